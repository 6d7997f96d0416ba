// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {ICouncil} from "../interfaces/ICouncil.sol";
import {IMemberRegistry} from "../interfaces/IMemberRegistry.sol";
import {Roles} from "./Roles.sol";

/// @title What no proposal may leave behind
library CouncilGuards {
    uint64 private constant ADMIN = 0;
    uint256 private constant MAX_DELAY = 60 days;

    /// @dev Whether `account` holds GUARDIAN now.
    function isGuardian(address authority, address account) internal view returns (bool) {
        return _holds(authority, Roles.GUARDIAN, account);
    }

    /// @dev Counted one by one: it is asked twice per executed proposal, and a counter in the registry would cost every change of it.
    function activeHospitals(address registry) internal view returns (uint256 count) {
        uint32 last = IMemberRegistry(registry).memberCount();
        for (uint32 id = 1; id <= last; ++id) {
            if (IMemberRegistry(registry).isActiveHospital(id)) ++count;
        }
    }

    /// @dev A consortium founded smaller than the minimum may still decide, only not shrink.
    function requireHospitals(address registry, uint256 before, uint256 minimum) internal view {
        uint256 left = activeHospitals(registry);
        if (left < before && left < minimum) revert ICouncil.HospitalsTooFew(left, minimum);
    }

    /// @dev Whether this contract can still decide anything through `timelock`.
    function requirePower(address authority, address timelock, address registry) internal view {
        if (!_holds(authority, ADMIN, timelock)) revert ICouncil.PowerLost("ADMIN");
        if (!_holds(authority, Roles.COUNCIL, timelock)) revert ICouncil.PowerLost("COUNCIL");
        if (!_acts(timelock, keccak256("PROPOSER_ROLE"))) revert ICouncil.PowerLost("PROPOSER");
        if (!_acts(timelock, keccak256("EXECUTOR_ROLE"))) revert ICouncil.PowerLost("EXECUTOR");
        if (!_acts(timelock, keccak256("CANCELLER_ROLE"))) revert ICouncil.PowerLost("CANCELLER");
        if (TimelockController(payable(timelock)).getMinDelay() > MAX_DELAY) revert ICouncil.PowerLost("DELAY");
        if (IAccessManaged(registry).authority() != authority) revert ICouncil.PowerLost("REGISTRY");
    }

    function _holds(address authority, uint64 role, address account) private view returns (bool) {
        (bool member, uint32 delay) = IAccessManager(authority).hasRole(role, account);
        return member && delay == 0;
    }

    function _acts(address timelock, bytes32 role) private view returns (bool) {
        return IAccessControl(timelock).hasRole(role, address(this));
    }
}
