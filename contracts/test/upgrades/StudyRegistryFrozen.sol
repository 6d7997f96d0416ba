// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {StudyRegistry} from "../../StudyRegistry.sol";

/// @title A next StudyRegistry that could never be upgraded again
contract StudyRegistryFrozen is StudyRegistry {
    error UpgradesAreOver();

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(address members) StudyRegistry(members) {}

    /// @dev Passes every check of a proxy, and refuses whoever comes next.
    function upgradeToAndCall(address, bytes memory) public payable override {
        revert UpgradesAreOver();
    }
}
