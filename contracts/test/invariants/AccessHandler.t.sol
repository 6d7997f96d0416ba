// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessLedger} from "../../interfaces/IAccessLedger.sol";
import {ConsentHandler} from "./ConsentHandler.t.sol";

/// @dev Requests to their end, reviews, anchors, time, and whoever has no business here.
contract AccessHandler is ConsentHandler {
    uint8 private constant PATRQT = 1;
    uint8 private constant ETREAT = 6;
    address private constant STRANGER = address(0x57A6);

    constructor() {
        _begin();
    }

    function request(uint256 seed, uint256 by, uint8 purpose) external {
        if (_studies.length == 0) return;
        uint256 study = seed % _studies.length;
        uint32 requester = _oneMember(by);
        purpose = purpose % 7;
        bytes32 requestId = keccak256(abi.encode(_requests.length, seed % 97));
        bytes memory call = abi.encodeCall(access.request, (requestId, _studies[study].id, purpose));
        bool covered = purpose == ETREAT || (_covered(study, requester, purpose) && _active(_studies[study].custodian));
        bool ok = _try("request", _members[requester - 1].operator, address(access), call);
        if (ok) {
            _claim(_active(requester) && !_paused[3], "a request without an Active hospital behind it, or under the brake");
            IAccessLedger.Request memory kept = access.accessRequest(requestId);
            bool granted = kept.outcome == IAccessLedger.Outcome.Granted;
            _claim(!granted || (covered && !_studies[study].withdrawn), "granted without a consent that stands");
            _requests.push(RequestFacts(requestId, study, requester, purpose, kept.state, address(0)));
            if (granted) ++done["granted"];
            if (granted && purpose == PATRQT) _opened(study);
        }
        _pass(1);
    }

    function deliver(uint256 seed, bytes32 digest) external {
        (bool found, RequestFacts storage facts) = _one(seed, IAccessLedger.RequestState.Granted);
        if (!found) return;
        bytes memory call = abi.encodeCall(access.deliver, (facts.id, digest));
        bool covered = facts.purpose == ETREAT || (_covered(facts.study, facts.requester, facts.purpose) && !_studies[facts.study].withdrawn);
        uint32 custodian = _studies[facts.study].custodian;
        if (_try("deliver", _members[custodian - 1].operator, address(access), call)) {
            _claim(covered && _active(facts.requester) && _active(custodian) && !_paused[3], "a key was handed over past expiry or revocation");
            facts.state = IAccessLedger.RequestState.Delivered;
        }
        _pass(1);
    }

    function acknowledge(uint256 seed) external {
        (bool found, RequestFacts storage facts) = _one(seed, IAccessLedger.RequestState.Delivered);
        if (!found) return;
        uint32 custodian = _studies[facts.study].custodian;
        bytes32 subject = credit.memberSubject(custodian);
        address account = access.accessRequest(facts.id).creditAccount;
        uint256 earned = credit.credit(subject).earned;
        uint256 earnedByAccount = credit.credit(credit.accountSubject(account)).earned;
        bytes memory call = abi.encodeCall(access.acknowledge, (facts.id, bytes32("receipt")));
        if (_try("acknowledge", _members[facts.requester - 1].operator, address(access), call)) {
            _claim(_active(facts.requester) && !_paused[3] && !_paused[4], "an acknowledgement that could not be");
            facts.state = IAccessLedger.RequestState.Acknowledged;
            _moved(subject, int256(credit.credit(subject).earned - earned));
            bytes32 other = credit.accountSubject(account);
            if (account != address(0)) _moved(other, int256(credit.credit(other).earned - earnedByAccount));
            _closed(facts);
        }
        _pass(1);
    }

    function dispute(uint256 seed, bool byRequester) external {
        if (_requests.length == 0) return;
        RequestFacts storage facts = _requests[seed % _requests.length];
        uint32 custodian = _studies[facts.study].custodian;
        uint32 by = byRequester ? facts.requester : custodian;
        bool delivered = facts.state == IAccessLedger.RequestState.Delivered;
        if (_try("dispute", _members[by - 1].operator, address(access), abi.encodeCall(access.dispute, (facts.id, 1)))) {
            bool allowed = delivered || (facts.state == IAccessLedger.RequestState.Acknowledged && by == custodian);
            _claim(allowed && _active(by) && !_paused[3], "a dispute that could not be");
            facts.state = IAccessLedger.RequestState.Disputed;
            if (delivered) _closed(facts);
        }
        _pass(1);
    }

    function expire(uint256 seed) external {
        (bool found, RequestFacts storage facts) = _one(seed, IAccessLedger.RequestState.Granted);
        if (!found) return;
        uint32 custodian = _studies[facts.study].custodian;
        bytes32 subject = credit.memberSubject(custodian);
        uint48 dueBy = access.accessRequest(facts.id).dueBy;
        uint256 before = credit.credit(subject).raw;
        if (_try("expire", _members[_oneMember(seed / 3) - 1].operator, address(access), abi.encodeCall(access.expire, (facts.id)))) {
            _claim(block.timestamp > dueBy && !_paused[3], "expired before its deadline");
            facts.state = IAccessLedger.RequestState.Expired;
            if (credit.credit(subject).raw != before) {
                _claim(_active(custodian), "a penalty for a custodian that could not deliver");
                _moved(subject, -50);
            }
            _closed(facts);
        }
        _pass(1);
    }

    function review(uint256 seed, bool justified) external {
        if (_requests.length == 0) return;
        RequestFacts storage facts = _requests[seed % _requests.length];
        IAccessLedger.Request memory kept = access.accessRequest(facts.id);
        bool pending = kept.review == IAccessLedger.ReviewState.Pending;
        bytes memory call = abi.encodeCall(access.review, (facts.id, justified, bytes32("note")));
        if (_try("review", VM.addr(REVIEWER_KEY), address(access), call)) {
            _claim(pending && !_paused[3], "reviewed without cause, or twice");
            if (!justified) _moved(credit.memberSubject(kept.accused), -200);
        }
        _pass(1);
    }

    function anchor(uint256 by, bytes32 root, uint64 more, bool detached) external {
        uint32 id = _oneMember(by);
        uint64 size = _sizes[id] + 1 + more % 100;
        bytes32 previous = detached ? keccak256(abi.encode(root)) : _roots[id];
        if (_try("anchor", _members[id - 1].operator, address(access), abi.encodeCall(access.anchorLog, (previous, root, size)))) {
            _claim(!detached && root != 0 && _active(id) && !_paused[3], "a detached anchor was taken");
            (_roots[id], _sizes[id]) = (root, size);
        }
        _pass(1);
    }

    function wait_(uint32 seconds_) external {
        ++done["wait"];
        _pass(1 + seconds_ % (seconds_ % 8 == 0 ? 40 days : 1 days));
    }

    /// @dev Former keys, governors, patients, the guardian and strangers try what only operators, members and the Council may.
    function intrude(uint256 seed, uint256 what) external {
        address who = seed % 4 == 0 ? GUARDIAN : seed % 4 == 1 ? STRANGER : seed % 4 == 2 ? _members[seed % _members.length].governor : _studies.length == 0 ? STRANGER : _studies[seed % _studies.length].patient;
        if (_former.length > 0 && seed % 3 == 0) who = _former[seed % _former.length];
        bytes32 some = keccak256(abi.encode(seed, what));
        bool ok;
        if (what % 5 == 0) ok = _try("intrude", who, address(access), abi.encodeCall(access.request, (some, some, 6)));
        if (what % 5 == 1) ok = _try("intrude", who, address(studies), abi.encodeCall(studies.register, (some, who, some)));
        if (what % 5 == 2) ok = _try("intrude", who, address(members), abi.encodeCall(members.suspend, (1)));
        if (what % 5 == 3) ok = _try("intrude", who, address(credit), abi.encodeCall(credit.onMisuse, (1, 2)));
        if (what % 5 == 4) ok = _try("intrude", who, address(authority), abi.encodeCall(authority.grantRole, (1, who, 0)));
        _claim(!ok, "somebody without a part wrote");
    }

    function _opened(uint256 study) private {
        RequestFacts storage facts = _requests[_requests.length - 1];
        facts.account = access.accessRequest(facts.id).creditAccount;
        if (facts.account == address(0)) facts.account = _studies[study].patient;
        ++_open[facts.account];
        _watch(credit.accountSubject(facts.account));
    }

    function _closed(RequestFacts storage facts) private {
        if (facts.purpose == PATRQT) --_open[facts.account];
    }

    /// @dev A request in this state, the first from a random place on.
    function _one(uint256 seed, IAccessLedger.RequestState state) private view returns (bool any, RequestFacts storage found) {
        // Where there is none the caller looks no further than at the first answer.
        assembly {
            found.slot := 0
        }
        uint256 count = _requests.length;
        for (uint256 i = 0; i < count; ++i) {
            found = _requests[(seed % count + i) % count];
            if (found.state == state) return (true, found);
        }
    }
}
