// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IConsortiumContract} from "../../interfaces/IConsortiumContract.sol";
import {IMemberRegistry} from "../../interfaces/IMemberRegistry.sol";
import {Consortium} from "../support/Consortium.t.sol";

/// @notice Admission, status and keys of members, for every input.
contract MemberRegistryFuzz is Consortium {
    /// Admission gives the next id, one vote to a hospital and none to an observer, and seats governor and operators once.
    function testFuzz_admitSeatsANewMember(address governor, address operator, bytes32 seed, bool hospital) external {
        VM.assume(governor != address(0) && operator != address(0) && !_seated(governor) && !_seated(operator));
        address[] memory operators = new address[](1);
        operators[0] = operator;
        IMemberRegistry.Kind kind = hospital ? IMemberRegistry.Kind.Hospital : IMemberRegistry.Kind.Observer;
        bytes memory call = abi.encodeCall(members.admit, (kind, governor, operators, _profile(seed)));
        uint64 epoch = members.epoch();
        bool allowed = governor != operator;
        if (!_decided(address(this), address(members), call, allowed, IMemberRegistry.AddressTaken.selector)) return;
        assert(members.memberCount() == HOSPITALS + 1 && members.epoch() == epoch + 1);
        _newcomer(governor, operator, kind);
        assert(members.profile(HOSPITALS + 1).openpgpSha256 == _profile(seed).openpgpSha256);
        _refused(address(this), address(members), call, IMemberRegistry.AddressTaken.selector);
    }

    function _newcomer(address governor, address operator, IMemberRegistry.Kind kind) private view {
        uint32 id = HOSPITALS + 1;
        bool hospital = kind == IMemberRegistry.Kind.Hospital;
        IMemberRegistry.Member memory kept = members.member(id);
        assert(kept.kind == kind && kept.status == IMemberRegistry.Status.Active && kept.governor == governor);
        assert(kept.admittedAt == block.timestamp && members.isActiveHospital(id) == hospital);
        assert(members.hospitalOf(operator) == (hospital ? id : 0) && members.hospitalOf(governor) == 0);
        (uint32 its, IMemberRegistry.Kind itsKind, IMemberRegistry.Status itsStatus) = members.memberOf(operator);
        assert(its == id && itsKind == kind && itsStatus == IMemberRegistry.Status.Active);
        assert(members.getVotes(governor) == (hospital ? 1 : 0) && members.operators(id)[0] == operator);
    }

    /// Whoever is not the Council changes nobody's membership.
    function testFuzz_membershipIsTheCouncilsAlone(address caller, uint32 id, address governor, bytes32 seed) external {
        VM.assume(caller != address(this) && caller != address(timelock));
        id = 1 + id % HOSPITALS;
        address[] memory none = new address[](0);
        bytes4 no = IAccessManaged.AccessManagedUnauthorized.selector;
        _refused(caller, address(members), abi.encodeCall(members.admit, (IMemberRegistry.Kind.Hospital, governor, none, _profile(seed))), no);
        _refused(caller, address(members), abi.encodeCall(members.suspend, (id)), no);
        _refused(caller, address(members), abi.encodeCall(members.reinstate, (id)), no);
        _refused(caller, address(members), abi.encodeCall(members.expel, (id)), no);
        _refused(caller, address(members), abi.encodeCall(members.replaceGovernor, (id, governor)), no);
    }

    /// A member goes only the ways there are: Active <-> Suspended, and from both to Expelled, for ever.
    function testFuzz_statusGoesOnlyTheWaysThereAre(uint32 id, uint32 steps) external {
        id = id % (HOSPITALS + 2);
        uint8 status = id == 0 || id > HOSPITALS ? 0 : 1;
        for (uint256 i = 0; i < 6; ++i) {
            uint32 step = (steps >> (i * 4)) % 3;
            bool allowed = step == 0 ? status == 1 : step == 1 ? status == 2 : status == 1 || status == 2;
            bytes memory call = step == 0
                ? abi.encodeCall(members.suspend, (id))
                : step == 1 ? abi.encodeCall(members.reinstate, (id)) : abi.encodeCall(members.expel, (id));
            bytes4 refusal = status == 0 ? IMemberRegistry.MemberUnknown.selector : IMemberRegistry.MemberStatusUnexpected.selector;
            if (_decided(address(this), address(members), call, allowed, refusal)) status = step == 0 ? 2 : step == 1 ? 1 : 3;
            if (status != 0) {
                assert(uint8(members.member(id).status) == status);
                assert(members.getVotes(_governor(id)) == (status == 1 ? 1 : 0));
                assert(members.hospitalOf(_operator(id)) == (status == 1 ? id : 0));
            }
            assert(members.isActiveHospital(id) == (status == 1));
        }
    }

    /// A governor's key is replaced by one that was never used; the vote goes with it and the old key is nothing any more.
    function testFuzz_replaceGovernorMovesTheVote(uint32 id, address governor, bool suspended) external {
        id = 1 + id % HOSPITALS;
        address before = _governor(id);
        if (suspended) members.suspend(id);
        bool taken = _seated(governor);
        bytes4 refusal = governor == address(0) ? IConsortiumContract.AddressMissing.selector : IMemberRegistry.AddressTaken.selector;
        bytes memory call = abi.encodeCall(members.replaceGovernor, (id, governor));
        if (!_decided(address(this), address(members), call, governor != address(0) && !taken, refusal)) return;
        assert(members.member(id).governor == governor && members.getVotes(before) == 0);
        assert(members.getVotes(governor) == (suspended ? 0 : 1));
        _refused(before, address(members), abi.encodeCall(members.removeOperator, (id, _operator(id))), IMemberRegistry.CallerNotGovernor.selector);
        _refused(address(this), address(members), abi.encodeCall(members.replaceGovernor, (id, before)), IMemberRegistry.AddressTaken.selector);
    }

    /// Operators are the governor's to add; a governor is never an operator, of whomever; nobody is seated twice.
    function testFuzz_addOperatorSeatsOnce(uint32 id, address caller, address operator, bool byGovernor) external {
        id = 1 + id % HOSPITALS;
        if (byGovernor) caller = _governor(id);
        else VM.assume(caller != _governor(id));
        bytes4 refusal = !byGovernor
            ? IMemberRegistry.CallerNotGovernor.selector
            : operator == address(0) ? IConsortiumContract.AddressMissing.selector : IMemberRegistry.AddressTaken.selector;
        bool allowed = byGovernor && operator != address(0) && !_seated(operator);
        bytes memory call = abi.encodeCall(members.addOperator, (id, operator));
        if (_decided(caller, address(members), call, allowed, refusal)) {
            assert(members.hospitalOf(operator) == id && members.operators(id).length == 2);
            _refused(caller, address(members), call, IMemberRegistry.AddressTaken.selector);
        }
        _refused(_governor(id), address(members), abi.encodeCall(members.addOperator, (id, _governor(1 + id % HOSPITALS))), IMemberRegistry.AddressTaken.selector);
    }

    /// A removed operator writes for nobody again, brake or no brake, even for a suspended member.
    function testFuzz_removeOperatorIsForEver(uint32 id, uint8 more, uint8 which, bool paused, bool suspended) external {
        id = 1 + id % HOSPITALS;
        uint256 count = 1 + more % 4;
        for (uint160 i = 1; i < count; ++i) {
            _must(_governor(id), address(members), abi.encodeCall(members.addOperator, (id, address(0xABC000 + i))));
        }
        address gone = which % count == 0 ? _operator(id) : address(0xABC000 + uint160(which % count));
        if (paused) _must(GUARDIAN, address(members), abi.encodeCall(members.pause, ()));
        if (suspended) members.suspend(id);
        bytes memory call = abi.encodeCall(members.removeOperator, (id, gone));
        _refused(_operator(id), address(members), call, IMemberRegistry.CallerNotGovernor.selector);
        _must(_governor(id), address(members), call);
        assert(members.hospitalOf(gone) == 0 && members.operators(id).length == count - 1);
        address[] memory left = members.operators(id);
        for (uint256 i = 0; i < left.length; ++i) {
            assert(left[i] != gone && members.hospitalOf(left[i]) == (suspended ? 0 : id));
            for (uint256 j = 0; j < i; ++j) assert(left[i] != left[j]);
        }
        _refused(_governor(id), address(members), call, IMemberRegistry.OperatorUnknown.selector);
        (uint32 its,,) = members.memberOf(gone);
        assert(its == 0);
    }

    /// An account nobody knows has no part in anything, and asking about it never fails.
    function testFuzz_readsOfTheUnknown(address account, uint32 id) external {
        VM.assume(!_seated(account));
        (uint32 its, IMemberRegistry.Kind kind, IMemberRegistry.Status status) = members.memberOf(account);
        assert(its == 0 && kind == IMemberRegistry.Kind.None && status == IMemberRegistry.Status.None);
        assert(members.hospitalOf(account) == 0 && members.getVotes(account) == 0);
        VM.assume(id == 0 || id > HOSPITALS);
        assert(!members.isActiveHospital(id));
        bytes4 unknown = IMemberRegistry.MemberUnknown.selector;
        _refused(account, address(members), abi.encodeCall(members.member, (id)), unknown);
        _refused(account, address(members), abi.encodeCall(members.profile, (id)), unknown);
        _refused(account, address(members), abi.encodeCall(members.nodes, (id)), unknown);
        _refused(account, address(members), abi.encodeCall(members.operators, (id)), unknown);
    }

    /// @dev Whether an address already is something to a member of this world.
    function _seated(address account) private view returns (bool) {
        for (uint32 id = 1; id <= HOSPITALS; ++id) if (account == _governor(id) || account == _operator(id)) return true;
        return false;
    }
}
