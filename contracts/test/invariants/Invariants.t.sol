// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../libraries/Roles.sol";
import {IAccessLedger} from "../../interfaces/IAccessLedger.sol";
import {IConsentRegistry} from "../../interfaces/IConsentRegistry.sol";
import {ICreditLedger} from "../../interfaces/ICreditLedger.sol";
import {IMemberRegistry} from "../../interfaces/IMemberRegistry.sol";
import {IStudyRegistry} from "../../interfaces/IStudyRegistry.sol";
import {Reason} from "../../interfaces/Reason.sol";
import {AccessHandler} from "./AccessHandler.t.sol";

/// @notice What holds after every action, whoever did what in whatever order. Each promise is one function, in one sentence.
/// @dev What an outcome itself breaks (a grant past expiry, a replayed signature, a braked write) is noted by the handlers.
contract Consequences is AccessHandler {
    /// 1. A score lies between 0 and 1000, the one that counts is never above the one that was earned, and no more than the cap is earned per epoch.
    function holds_scoreBounds() public view returns (bool) {
        for (uint256 i = 0; i < _subjects.length; ++i) {
            ICreditLedger.Credit memory kept = credit.credit(_subjects[i]);
            if (kept.raw > 1000 || kept.score > kept.raw || kept.earned > 50) return false;
        }
        return true;
    }

    /// 2. A score moves only by an acknowledged delivery, a missed deadline, a misuse that a reviewer found, and time.
    /// 3. Decay does not depend on how often it is evaluated: a book that is brought up to date after every action shows the same points.
    function holds_scoresMoveByNamedCauses() public view returns (bool) {
        for (uint256 i = 0; i < _subjects.length; ++i) if (credit.credit(_subjects[i]).raw != _points(_subjects[i])) return false;
        return true;
    }

    /// 4. Nothing is granted, and no key handed over, past a consent's expiry or revocation: what is written down agrees with what is answered.
    function holds_noGrantPastExpiryOrRevocation() public view returns (bool) {
        for (uint256 study = 0; study < _studies.length; ++study) {
            for (uint32 grantee = 1; grantee <= HOSPITALS; ++grantee) {
                (Reason reason,,) = consents.check(_studies[study].id, grantee, 0, uint48(block.timestamp));
                if ((reason == Reason.None) != _covered(study, grantee, 0)) return false;
            }
        }
        return true;
    }

    /// 5. Behind every request stands a member, and the study's custodian is another one.
    function holds_noRequestWithoutMember() public view returns (bool) {
        uint32 count = members.memberCount();
        for (uint256 i = 0; i < _requests.length; ++i) {
            IAccessLedger.Request memory kept = access.accessRequest(_requests[i].id);
            if (kept.requester == 0 || kept.requester > count || kept.requester == kept.custodian) return false;
        }
        return true;
    }

    /// 6. One Active hospital, one vote: its present governor holds exactly one, and no former key, operator or observer holds any.
    function holds_oneVotePerInstitution() public view returns (bool) {
        for (uint256 i = 0; i < _members.length; ++i) {
            uint256 due = _members[i].hospital && _members[i].status == 1 ? 1 : 0;
            if (members.getVotes(_members[i].governor) != due || members.getVotes(_members[i].operator) != 0) return false;
        }
        for (uint256 i = 0; i < _former.length; ++i) if (members.getVotes(_former[i]) != 0) return false;
        return true;
    }

    /// 7. All votes together are as many as there are Active hospitals.
    function holds_supplyEqualsActiveHospitals() public view returns (bool) {
        uint256 active = 0;
        for (uint32 id = 1; id <= _members.length; ++id) {
            bool writes = _active(id);
            if (writes) ++active;
            if (members.isActiveHospital(id) != writes) return false;
            if (members.hospitalOf(_members[id - 1].operator) != (writes ? id : 0)) return false;
        }
        return members.getPastTotalSupply(block.timestamp - 1) == active;
    }

    /// 8. The registry's sequence has no gap: it rises by one with each change of a member, and with nothing else.
    function holds_sequenceUnbroken() public view returns (bool) {
        return members.epoch() == epochs && members.memberCount() == _members.length;
    }

    /// 9. A member's anchors form one chain: the last root and size are those of the last anchor taken.
    function holds_anchorsUnbroken() public view returns (bool) {
        for (uint32 id = 1; id <= _members.length; ++id) {
            (bytes32 root, uint64 size) = access.anchor(id);
            if (root != _roots[id] || size != _sizes[id]) return false;
        }
        return true;
    }

    /// 10. Ids are never used again: a study keeps its custodian and patient, a request its study, requester and purpose, for ever.
    function holds_idsNeverReused() public view returns (bool) {
        for (uint256 i = 0; i < _studies.length; ++i) {
            IStudyRegistry.Study memory kept = studies.study(_studies[i].id);
            if (kept.custodian != _studies[i].custodian || kept.patient != _studies[i].patient || kept.version != _studies[i].version) return false;
            if ((kept.status == IStudyRegistry.StudyStatus.Withdrawn) != _studies[i].withdrawn) return false;
        }
        for (uint256 i = 0; i < _requests.length; ++i) {
            IAccessLedger.Request memory kept = access.accessRequest(_requests[i].id);
            if (kept.studyId != _studies[_requests[i].study].id || kept.requester != _requests[i].requester) return false;
            if (kept.purpose != _requests[i].purpose || kept.state != _requests[i].state) return false;
        }
        return true;
    }

    /// 11. The brake stops writes (the handlers see to it) and no read: this whole list is read under it too, and it says itself whether it is on.
    function holds_brakeStopsNoRead() public view returns (bool) {
        for (uint8 which = 0; which < 5; ++which) if (_pick(which).writesPaused() != _paused[which]) return false;
        return true;
    }

    /// 12. Each role has the holders it was given, and nobody who ever acted holds another.
    function holds_soleRoleHolders() public view returns (bool) {
        for (uint64 role = 0; role <= Roles.REVIEWER; ++role) {
            for (uint256 i = 0; i < _members.length; ++i) if (_holds(role, _members[i].governor) || _holds(role, _members[i].operator)) return false;
            for (uint256 i = 0; i < _former.length; ++i) if (_holds(role, _former[i])) return false;
            if (_holds(role, GUARDIAN) != (role == Roles.GUARDIAN)) return false;
            if (_holds(role, address(timelock)) != (role <= Roles.COUNCIL)) return false;
        }
        return true;
    }

    /// 13. A consent's nonce counts the signatures that were taken, so none is taken twice; on another chain none is taken at all.
    function holds_noncesCountSignatures() public view returns (bool) {
        for (uint256 study = 0; study < _studies.length; ++study) {
            for (uint32 grantee = 0; grantee <= HOSPITALS; ++grantee) {
                if (consents.nonce(_studies[study].id, grantee) != _consents[study][grantee].nonce) return false;
            }
        }
        return true;
    }

    /// 14. As many second opinions are counted open as there are PATRQT requests under way.
    function holds_openSecondOpinionsCounted() public view returns (bool) {
        for (uint256 i = 0; i < _requests.length; ++i) {
            address account = _requests[i].account;
            if (account != address(0) && credit.credit(credit.accountSubject(account)).openRequests != _open[account]) return false;
        }
        return true;
    }

    /// 15. A review is pending or done only where something can be judged: an emergency that was granted, or a dispute.
    function holds_reviewsHaveACause() public view returns (bool) {
        for (uint256 i = 0; i < _requests.length; ++i) {
            if (_requests[i].purpose == 6 || _requests[i].state == IAccessLedger.RequestState.Disputed) continue;
            if (access.accessRequest(_requests[i].id).review != IAccessLedger.ReviewState.None) return false;
        }
        return true;
    }

    function _holds(uint64 role, address account) private view returns (bool holds) {
        (holds,) = authority.hasRole(role, account);
    }
}

/// @notice The campaign: hundreds of runs of hundreds of random actions, with every promise looked at after each.
contract InvariantsTest {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Consequences private _history;

    function setUp() external {
        _history = new Consequences();
    }

    /// @dev Where the runner sends its random calls.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_history);
    }

    /// @dev What it calls there. An action that a deep state needs stands more than once.
    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        Consequences h = _history;
        bytes4[30] memory actions = [
            h.register.selector, h.register.selector, h.register.selector, h.supersede.selector, h.withdraw.selector,
            h.grant.selector, h.grant.selector, h.grant.selector, h.revoke.selector, h.attest.selector,
            h.withdrawAttestation.selector, h.replay.selector, h.request.selector, h.request.selector, h.request.selector,
            h.request.selector, h.deliver.selector, h.deliver.selector, h.acknowledge.selector, h.acknowledge.selector,
            h.dispute.selector, h.expire.selector, h.review.selector, h.anchor.selector, h.wait_.selector,
            h.intrude.selector, h.suspend.selector, h.reinstate.selector, h.pause.selector, h.resume.selector
        ];
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_history), new bytes4[](34));
        for (uint256 i = 0; i < 30; ++i) targets[0].selectors[i] = actions[i];
        targets[0].selectors[30] = h.admit.selector;
        targets[0].selectors[31] = h.expel.selector;
        targets[0].selectors[32] = h.replaceGovernor.selector;
        targets[0].selectors[33] = h.rotateOperator.selector;
    }

    /// Everything that is promised holds at every moment.
    function invariant_everyPromiseHolds() external view {
        require(bytes(_history.broken()).length == 0, _history.broken());
        require(_history.holds_scoreBounds(), "score bounds");
        require(_history.holds_scoresMoveByNamedCauses(), "scores move by named causes");
        require(_history.holds_noGrantPastExpiryOrRevocation(), "no grant past expiry or revocation");
        require(_history.holds_noRequestWithoutMember(), "no request without a member");
        require(_history.holds_oneVotePerInstitution(), "one vote per institution");
        require(_history.holds_supplyEqualsActiveHospitals(), "supply equals Active hospitals");
        require(_history.holds_sequenceUnbroken(), "sequence unbroken");
        require(_history.holds_anchorsUnbroken(), "anchors unbroken");
        require(_history.holds_idsNeverReused(), "ids never reused");
        require(_history.holds_brakeStopsNoRead(), "brake stops no read");
        require(_history.holds_soleRoleHolders(), "sole role holders");
        require(_history.holds_noncesCountSignatures(), "nonces count signatures");
        require(_history.holds_openSecondOpinionsCounted(), "open second opinions counted");
        require(_history.holds_reviewsHaveACause(), "reviews have a cause");
    }

    /// @dev A history in which nothing goes through proves nothing. How deep histories get on the whole is asked below, of a long one.
    function afterInvariant() external view {
        require(_history.done("register") > 0 && _history.done("request") > 0, "nothing happened");
    }

    /// One long history, the same every time: every action goes through in it, the common ones often, and everything promised holds.
    function test_historiesGetDeep() external {
        FuzzSelector memory target = this.targetSelectors()[0];
        for (uint256 i = 0; i < 2500; ++i) {
            bytes32 word = keccak256(abi.encode(i));
            bytes4 selector = target.selectors[uint256(word) % target.selectors.length];
            // Long enough for every action; what is too wide for its type makes the call fail, so all words are small.
            bytes memory call = abi.encodePacked(selector);
            for (uint256 field = 0; field < 5; ++field) {
                uint256 value = (uint256(word) >> (16 + field * 40)) & 0x7fffffff;
                call = bytes.concat(call, abi.encode(_fitting(selector, field, value)));
            }
            (bool ok,) = address(_history).call(call);
            ok;
            // Now and then in between too: what the brake would stop is seen only while it is on.
            if (i % 50 == 49) this.invariant_everyPromiseHolds();
        }
        this.invariant_everyPromiseHolds();
        string[18] memory deep = [
            "register", "supersede", "withdraw", "grant", "revoke", "attest", "withdrawAttestation", "request", "granted",
            "deliver", "acknowledge", "dispute", "expire", "review", "anchor", "suspend", "admit", "pause"
        ];
        for (uint256 i = 0; i < deep.length; ++i) require(_history.done(bytes32(bytes(deep[i]))) > 0, string.concat("never: ", deep[i]));
        require(_history.done("acknowledge") >= 5, "too few deliveries were acknowledged");
    }

    /// @dev Narrow arguments are taken modulo what their type holds.
    function _fitting(bytes4 selector, uint256 field, uint256 value) private view returns (uint256) {
        Consequences h = _history;
        bool flag = (selector == h.grant.selector && field == 4) || (selector == h.admit.selector && field == 1)
            || (selector == h.dispute.selector && field == 1) || (selector == h.review.selector && field == 1)
            || (selector == h.anchor.selector && field == 3);
        if (flag) return value % 4 == 0 ? 1 : 0;
        if (selector == h.grant.selector && field == 3) return value % 65_536;
        if ((selector == h.request.selector && field == 2) || (selector == h.pause.selector && field == 0)) return value % 256;
        return value;
    }
}
