// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IConsortiumContract} from "../../interfaces/IConsortiumContract.sol";
import {IGuardianPanel} from "../../interfaces/IGuardianPanel.sol";
import {ConsortiumContract} from "../../base/ConsortiumContract.sol";
import {Proposals} from "../support/Proposals.t.sol";

/// @notice Two of three guardians stop, one does not, and nobody does anything else through them.
contract GuardianPanelFuzz is Proposals {
    function _guardian(uint256 index) private pure returns (address) {
        return VM.addr(_guardianKey(index));
    }

    function _signedApproval(address target, uint48 until, uint256 index, bytes memory signature) private view returns (bytes memory) {
        return abi.encodeCall(panel.approveBySig, (target, 0, until, _guardian(index % 3), signature));
    }

    function _notSigned(bytes memory call) private {
        _refused(address(7), address(panel), call, IGuardianPanel.ApprovalSignatureInvalid.selector);
    }

    /// Writes stop exactly when two different guardians' approvals for that contract have not ended.
    function testFuzz_pauseTakesTwo(uint8 which, uint8 other, uint8 one, uint8 two, uint24 ahead, uint24 later) external {
        ConsortiumContract target = _pick(which);
        ConsortiumContract wanted = _pick(other);
        uint48 until = uint48(block.timestamp + ahead % 7 days);
        address at_ = address(panel);
        _must(_guardian(one % 3), at_, abi.encodeCall(panel.approve, (address(target), 0, until)));
        _must(_guardian(two % 3), at_, abi.encodeCall(panel.approve, (address(wanted), 0, until)));
        VM.warp(block.timestamp + later % 7 days);
        bool enough = address(target) == address(wanted) && one % 3 != two % 3 && block.timestamp <= until;
        assert((panel.approvals(address(target), 0).length == 2) == enough);
        bytes4 no = IGuardianPanel.ApprovalsMissing.selector;
        if (_decided(address(7), at_, abi.encodeCall(panel.pause, (address(target))), enough, no)) {
            assert(panel.approvals(address(target), 0).length == 0);
            // Once released, what was approved before stops nothing again.
            target.resume();
            _refused(address(7), at_, abi.encodeCall(panel.pause, (address(target))), no);
        }
        assert(!target.writesPaused());
    }

    /// A guardian approves within 7 days of what the panel can stop; nobody else, and nothing else.
    function testFuzz_approveIsTheGuardians(address caller, address target, uint256 proposal, uint48 until, uint8 which) external {
        for (uint256 index = 0; index < 3; ++index) VM.assume(caller != _guardian(index));
        bytes4 unknown = IGuardianPanel.GuardianUnknown.selector;
        ConsortiumContract good = _pick(which);
        _refused(caller, address(panel), abi.encodeCall(panel.approve, (address(good), 0, until)), unknown);
        bool inTerm = until == 0 || (until >= block.timestamp && until <= block.timestamp + 7 days);
        bytes memory call = abi.encodeCall(panel.approve, (address(good), 0, until));
        _decided(_guardian(which % 3), address(panel), call, inTerm, IGuardianPanel.ApprovalTermInvalid.selector);
        VM.assume(target != address(council));
        for (uint8 index = 0; index < 5; ++index) VM.assume(target != address(_pick(index)));
        uint48 soon = uint48(block.timestamp + 1);
        bytes4 strange = IGuardianPanel.TargetUnknown.selector;
        _refused(_guardian(0), address(panel), abi.encodeCall(panel.approve, (target, proposal, soon)), strange);
        if (proposal != 0) _refused(_guardian(0), address(panel), abi.encodeCall(panel.approve, (address(good), proposal, soon)), strange);
        _refused(caller, address(panel), abi.encodeCall(panel.pause, (target)), IGuardianPanel.ApprovalsMissing.selector);
    }

    /// An approval signed by a guardian counts once for exactly what it says; no other signature does.
    function testFuzz_approveBySigIsTheGuardiansWord(uint8 which, uint8 who, uint24 ahead, uint256 key, uint8 changed) external {
        // No guardian's: theirs begin at 0x7000.
        key = 1 + key % 0x6fff;
        address target = address(_pick(which));
        uint48 until = uint48(block.timestamp + ahead % 7 days);
        bytes32 digest = panel.hashApproval(target, 0, until, panel.nonces(_guardian(who % 3)));
        bytes memory signed = _signature(_guardianKey(who % 3), digest);
        _notSigned(_signedApproval(target, until, who, _signature(key, digest)));
        if (changed % 3 == 0) _notSigned(_signedApproval(target, until + 1, who, signed));
        if (changed % 3 == 1) _notSigned(_signedApproval(address(_pick(which % 5 + 1)), until, who, signed));
        if (changed % 3 == 2) _notSigned(_signedApproval(target, until, who % 3 + 1, signed));
        _must(address(7), address(panel), _signedApproval(target, until, who, signed));
        IGuardianPanel.Approval[] memory counting = panel.approvals(target, 0);
        assert(counting.length == 1 && counting[0].guardian == _guardian(who % 3) && counting[0].until == until);
        assert(panel.nonces(_guardian(who % 3)) == 1);
        _notSigned(_signedApproval(target, until, who, signed));
    }

    /// A proposal is canceled by two guardians who approved of just that one, in time.
    function testFuzz_cancelTakesTwo(uint32 id, uint8 one, uint8 two, bool same, uint24 later) external {
        Proposal memory p = _proposal(address(members), abi.encodeCall(members.suspend, (1 + id % HOSPITALS)));
        _propose(p);
        Proposal memory q = _proposal(address(members), abi.encodeCall(members.expel, (1 + id % HOSPITALS)));
        _propose(q);
        uint48 until = uint48(block.timestamp + 1 days);
        _must(_guardian(one % 3), address(panel), abi.encodeCall(panel.approve, (address(council), p.id, until)));
        _must(_guardian(two % 3), address(panel), abi.encodeCall(panel.approve, (address(council), same ? p.id : q.id, until)));
        VM.warp(block.timestamp + later % 100);
        bytes memory call = abi.encodeCall(panel.cancel, (p.targets, p.values, p.calldatas, keccak256(bytes(p.text))));
        bool enough = same && one % 3 != two % 3;
        _decided(address(7), address(panel), call, enough, IGuardianPanel.ApprovalsMissing.selector);
        assert((uint8(council.state(p.id)) == 2) == enough && uint8(council.state(q.id)) != 2);
    }

    /// Guardians are the members' to change, never so that nobody could stop anything, or one would count twice; approvals end then.
    function testFuzz_setGuardiansByVoteAlone(address caller, address[] memory sitting, uint256 threshold_) external {
        // The authority itself may hand over to another: that is how it is replaced.
        VM.assume(caller != address(this) && caller != address(timelock) && caller != address(authority));
        bytes memory call = abi.encodeCall(panel.setGuardians, (sitting, threshold_));
        _refused(caller, address(panel), call, IAccessManaged.AccessManagedUnauthorized.selector);
        _refused(caller, address(panel), abi.encodeCall(panel.setAuthority, (caller)), IAccessManaged.AccessManagedUnauthorized.selector);
        _must(_guardian(0), address(panel), abi.encodeCall(panel.approve, (address(members), 0, uint48(block.timestamp + 1))));
        threshold_ = threshold_ % 4;
        bool fits = sitting.length <= 16 && threshold_ != 0 && threshold_ <= sitting.length;
        bytes4 problem = IGuardianPanel.GuardiansMalformed.selector;
        for (uint256 i = 0; fits && problem == IGuardianPanel.GuardiansMalformed.selector && i < sitting.length; ++i) {
            if (sitting[i] == address(0)) problem = IConsortiumContract.AddressMissing.selector;
            for (uint256 j = 0; j < i; ++j) if (sitting[i] == sitting[j]) problem = IGuardianPanel.GuardianRepeated.selector;
        }
        bool good = fits && problem == IGuardianPanel.GuardiansMalformed.selector;
        if (!_decided(address(this), address(panel), abi.encodeCall(panel.setGuardians, (sitting, threshold_)), good, problem)) {
            assert(panel.guardians().length == 3 && panel.threshold() == 2 && panel.approvals(address(members), 0).length == 1);
            return;
        }
        assert(panel.threshold() == threshold_ && keccak256(abi.encode(panel.guardians())) == keccak256(abi.encode(sitting)));
        assert(panel.approvals(address(members), 0).length == 0);
    }

    /// Whom it answers to and what it can stop stays as it was made, whatever time it is.
    function testFuzz_itsPlacesStay(uint32 later) external {
        VM.warp(block.timestamp + later);
        assert(panel.council() == address(council) && panel.authority() == address(authority));
        address[] memory known = panel.targets();
        assert(known.length == 5);
        for (uint8 which = 0; which < 5; ++which) assert(known[which] == address(_pick(which)));
        assert(panel.isConsumingScheduledOp() == bytes4(0));
        (,,, uint256 chainId, address place,,) = panel.eip712Domain();
        assert(chainId == block.chainid && place == address(panel));
    }
}
