// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {StudyRegistry} from "../../StudyRegistry.sol";
import {SecondVersion} from "./SecondVersion.sol";

/// @title StudyRegistry as a later release might be, for upgrade drills
/// @dev Its first initialiser ran long ago; the second must not call the parents again.
/// @custom:oz-upgrades-unsafe-allow missing-initializer
contract StudyRegistryV2 is StudyRegistry, SecondVersion {
    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(address members) StudyRegistry(members) {}
}
