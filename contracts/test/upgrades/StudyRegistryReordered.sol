// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";

/// @title A next StudyRegistry that puts a field before the ones there are: what it reads would be what was written for others
/// @custom:oz-upgrades-unsafe-allow missing-initializer
contract StudyRegistryReordered is UUPSUpgradeable, AccessManagedUpgradeable {
    /// @custom:storage-location erc7201:fiducial.storage.StudyRegistry
    struct StudyRegistryStorage {
        uint256 total;
        mapping(bytes32 studyId => bytes32) studies;
    }

    /// @custom:oz-upgrades-unsafe-allow constructor
    // solhint-disable-next-line no-empty-blocks
    constructor(address) {}

    // solhint-disable-next-line no-empty-blocks
    function _authorizeUpgrade(address) internal override restricted {}
}
