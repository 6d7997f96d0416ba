// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IAccessLedger} from "../interfaces/IAccessLedger.sol";
import {IConsentRegistry} from "../interfaces/IConsentRegistry.sol";
import {IConsortiumContract} from "../interfaces/IConsortiumContract.sol";
import {ICouncil} from "../interfaces/ICouncil.sol";
import {ICreditLedger} from "../interfaces/ICreditLedger.sol";
import {IGuardianPanel} from "../interfaces/IGuardianPanel.sol";
import {IMemberRegistry} from "../interfaces/IMemberRegistry.sol";
import {CouncilGuards} from "./CouncilGuards.sol";
import {Roles} from "./Roles.sol";

/// @title What a proposal's calls amount to
/// @dev The ordinary calls are listed; whatever is not listed is grave. A function that a later version adds is grave until the
/// Council's own code names it.
library ProposalWeight {
    /// @dev Contracts whose calls are told apart by more than their selector.
    struct Places {
        address registry;
        address council;
        address authority;
        address timelock;
    }

    /// @dev Selector and one word: the least that can name a role.
    uint256 private constant ROLE_CALL = 36;

    /// @dev Whether any of the calls needs two thirds of all votes.
    function twoThirds(address[] memory targets, uint256[] memory values, bytes[] memory calldatas, Places memory places)
        internal
        pure
        returns (bool)
    {
        for (uint256 i = 0; i < targets.length; ++i) {
            if (values[i] != 0 || !_ordinary(targets[i], calldatas[i], places)) return true;
        }
        return false;
    }

    /// @dev Whether every call grants or revokes the role GUARDIAN, or names the guardians of a panel that holds it, and does nothing else.
    function guardiansOnly(address[] memory targets, bytes[] memory calldatas, address authority) internal view returns (bool) {
        for (uint256 i = 0; i < targets.length; ++i) {
            if (!_dealsWithGuardians(targets[i], calldatas[i], authority)) return false;
        }
        return true;
    }

    function _dealsWithGuardians(address target, bytes memory data, address authority) private view returns (bool) {
        bytes4 selector = bytes4(data);
        if (target != authority) return selector == IGuardianPanel.setGuardians.selector && CouncilGuards.isGuardian(authority, target);
        if (data.length < ROLE_CALL) return false;
        if (selector != IAccessManager.grantRole.selector && selector != IAccessManager.revokeRole.selector) return false;
        uint256 role;
        assembly ("memory-safe") {
            role := mload(add(data, 0x24))
        }
        return role == Roles.GUARDIAN;
    }

    function _ordinary(address target, bytes memory data, Places memory places) private pure returns (bool) {
        if (data.length < 4) return false;
        bytes4 selector = bytes4(data);
        if (target == places.authority || target == places.timelock) return false;
        if (target == places.council) return selector == ICouncil.setRules.selector;
        if (selector == IConsortiumContract.resume.selector) return true;
        if (target == places.registry) {
            return
                selector == IMemberRegistry.admit.selector ||
                selector == IMemberRegistry.suspend.selector ||
                selector == IMemberRegistry.reinstate.selector;
        }
        return
            selector == IConsentRegistry.setTerms.selector ||
            selector == IAccessLedger.setDeadlines.selector ||
            selector == ICreditLedger.setParameters.selector;
    }
}
