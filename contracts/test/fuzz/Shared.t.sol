// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {ConsortiumContract} from "../../base/ConsortiumContract.sol";
import {IConsortiumContract} from "../../interfaces/IConsortiumContract.sol";
import {Consortium} from "../support/Consortium.t.sol";

/// @notice What the contracts behind proxies have in common, for every one of them and every caller.
contract SharedFuzz is Consortium {
    /// The brake is the guardian's to pull and the Council's to release, each once.
    function testFuzz_theBrake(uint8 which, address caller) external {
        VM.assume(caller != GUARDIAN && caller != address(panel) && caller != address(this) && caller != address(timelock));
        ConsortiumContract target = _pick(which);
        bytes4 no = IAccessManaged.AccessManagedUnauthorized.selector;
        _refused(caller, address(target), abi.encodeCall(target.pause, ()), no);
        _refused(address(this), address(target), abi.encodeCall(target.pause, ()), no);
        _refused(address(this), address(target), abi.encodeCall(target.resume, ()), IConsortiumContract.PauseUnchanged.selector);
        assert(!target.writesPaused());
        _must(GUARDIAN, address(target), abi.encodeCall(target.pause, ()));
        assert(target.writesPaused());
        _refused(GUARDIAN, address(target), abi.encodeCall(target.pause, ()), IConsortiumContract.PauseUnchanged.selector);
        _refused(caller, address(target), abi.encodeCall(target.resume, ()), no);
        _refused(GUARDIAN, address(target), abi.encodeCall(target.resume, ()), no);
        target.resume();
        assert(!target.writesPaused());
    }

    /// Nobody but the Council puts other code or another authority behind a proxy.
    function testFuzz_codeAndAuthorityAreTheCouncils(uint8 which, address caller, address code, bytes calldata data) external {
        VM.assume(caller != address(this) && caller != address(timelock) && caller != address(authority));
        ConsortiumContract target = _pick(which);
        bytes4 no = IAccessManaged.AccessManagedUnauthorized.selector;
        _refused(caller, address(target), abi.encodeCall(target.upgradeToAndCall, (code, data)), no);
        _refused(caller, address(target), abi.encodeCall(target.setAuthority, (code)), no);
        _refused(address(this), address(target), abi.encodeCall(target.setAuthority, (code)), no);
        _refused(caller, address(council), abi.encodeCall(council.upgradeToAndCall, (code, data)), no);
        _refused(caller, address(council), abi.encodeCall(council.setAuthority, (code)), no);
        assert(target.authority() == address(authority) && council.authority() == address(authority));
        assert(target.isConsumingScheduledOp() == bytes4(0) && council.isConsumingScheduledOp() == bytes4(0));
        // The slot's name is answered by the code itself, and refused through a proxy.
        (bool ok,) = _as(caller, address(target), abi.encodeCall(target.proxiableUUID, ()));
        (bool also,) = _as(caller, address(council), abi.encodeCall(council.proxiableUUID, ()));
        assert(!ok && !also);
        bytes32 version = keccak256("5.0.0");
        assert(keccak256(bytes(target.UPGRADE_INTERFACE_VERSION())) == version && keccak256(bytes(council.UPGRADE_INTERFACE_VERSION())) == version);
    }

    /// What was initialised once is never initialised again, whoever asks with whatever.
    function testFuzz_nothingIsInitialisedTwice(address caller, address given, uint32 one, uint32 two) external {
        bytes4 no = Initializable.InvalidInitialization.selector;
        _refused(caller, address(members), abi.encodeCall(members.initialize, (given)), no);
        _refused(caller, address(studies), abi.encodeCall(studies.initialize, (given)), no);
        _refused(caller, address(consents), abi.encodeCall(consents.initialize, (given, one, two)), no);
        _refused(caller, address(access), abi.encodeCall(access.initialize, (given, one, two)), no);
        _refused(caller, address(credit), abi.encodeCall(credit.initialize, (given, _parameters())), no);
        _refused(caller, address(council), abi.encodeCall(council.initialize, (given, given, payable(given), _rules())), no);
    }
}
