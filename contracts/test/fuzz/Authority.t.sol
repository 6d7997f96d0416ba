// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Consortium} from "../support/Consortium.t.sol";

/// @notice Roles: who holds none cannot give, take, lend or redirect any, for every caller and argument.
contract AuthorityFuzz is Consortium {
    /// Nobody without ADMIN changes a role, a restriction or an authority.
    function testFuzz_powersAreTheAdmins(address caller, address account, uint64 role, uint32 delay, bytes4 selector, bool flag) external {
        VM.assume(caller != address(this) && caller != address(timelock));
        VM.assume(role != authority.PUBLIC_ROLE());
        bytes4 no = IAccessManager.AccessManagerUnauthorizedAccount.selector;
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        address at_ = address(authority);
        _refused(caller, at_, abi.encodeCall(authority.grantRole, (role, account, delay)), no);
        _refused(caller, at_, abi.encodeCall(authority.revokeRole, (role, account)), no);
        _refused(caller, at_, abi.encodeCall(authority.labelRole, (role, "x")), no);
        _refused(caller, at_, abi.encodeCall(authority.setRoleAdmin, (role, 7)), no);
        _refused(caller, at_, abi.encodeCall(authority.setRoleGuardian, (role, 7)), no);
        _refused(caller, at_, abi.encodeCall(authority.setGrantDelay, (role, delay)), no);
        _refused(caller, at_, abi.encodeCall(authority.setTargetFunctionRole, (address(members), selectors, role)), no);
        _refused(caller, at_, abi.encodeCall(authority.setTargetClosed, (address(members), flag)), no);
        _refused(caller, at_, abi.encodeCall(authority.setTargetAdminDelay, (address(members), delay)), no);
        _refused(caller, at_, abi.encodeCall(authority.updateAuthority, (address(members), account)), no);
    }

    /// Nobody calls through the authority what they may not call themselves, at once, later, or in a bundle.
    function testFuzz_nothingGoesThroughTheAuthority(address caller, uint32 id, uint48 when, bytes4 selector) external {
        VM.assume(caller != address(this) && caller != address(timelock) && caller != address(members));
        bytes memory call = abi.encodeCall(members.suspend, (id));
        bytes4 no = IAccessManager.AccessManagerUnauthorizedCall.selector;
        _refused(caller, address(authority), abi.encodeCall(authority.execute, (address(members), call)), no);
        _refused(caller, address(authority), abi.encodeCall(authority.schedule, (address(members), call, when)), no);
        bytes4 none = IAccessManager.AccessManagerNotScheduled.selector;
        _refused(caller, address(authority), abi.encodeCall(authority.cancel, (caller, address(members), call)), none);
        bytes[] memory bundle = new bytes[](1);
        bundle[0] = abi.encodeCall(authority.grantRole, (0, caller, 0));
        bytes4 unauthorized = IAccessManager.AccessManagerUnauthorizedAccount.selector;
        _refused(caller, address(authority), abi.encodeCall(authority.multicall, (bundle)), unauthorized);
        (bool ok,) = _as(caller, address(authority), abi.encodeCall(authority.consumeScheduledOp, (caller, call)));
        assert(!ok);
        bytes32 operation = authority.hashOperation(caller, address(members), call);
        assert(authority.getSchedule(operation) == 0 && authority.getNonce(operation) == 0);
        (bool immediate, uint32 delay) = authority.canCall(caller, address(members), selector);
        bytes4 brake = members.pause.selector;
        assert(!immediate || (caller == GUARDIAN && selector == brake));
        assert(delay == 0);
    }

    /// A role that was given is held until it is taken or given back, and says so.
    function testFuzz_rolesAreHeldUntilTaken(address account, uint64 role, bool renounce) external {
        VM.assume(role > 3 && role != authority.PUBLIC_ROLE());
        (bool holds,) = authority.hasRole(role, account);
        assert(!holds);
        authority.grantRole(role, account, 0);
        uint32 delay;
        (holds, delay) = authority.hasRole(role, account);
        (uint48 since,,,) = authority.getAccess(role, account);
        assert(holds && delay == 0 && since == block.timestamp);
        bytes memory call = abi.encodeCall(authority.renounceRole, (role, account));
        address other = address(uint160(account) ^ 1);
        _refused(other, address(authority), call, IAccessManager.AccessManagerBadConfirmation.selector);
        if (renounce) _must(account, address(authority), call);
        else authority.revokeRole(role, account);
        (holds,) = authority.hasRole(role, account);
        assert(!holds);
    }

    /// A role that nobody set up is under ADMIN, without delay; the three of the consortium have their numbers.
    function testFuzz_rolesAreUnderAdmin(uint64 role, address target, bytes4 selector) external view {
        VM.assume(target != address(members) && target != address(studies) && target != address(consents));
        VM.assume(target != address(access) && target != address(credit) && target != address(council));
        assert(authority.getRoleAdmin(role) == authority.ADMIN_ROLE() && authority.getRoleGuardian(role) == 0);
        assert(authority.getRoleGrantDelay(role) == 0 && authority.getTargetAdminDelay(target) == 0);
        assert(authority.getTargetFunctionRole(target, selector) == 0 && !authority.isTargetClosed(target));
        assert(authority.COUNCIL() == 1 && authority.GUARDIAN() == 2 && authority.REVIEWER() == 3);
        assert(authority.expiration() == 7 days && authority.minSetback() == 5 days);
    }
}
