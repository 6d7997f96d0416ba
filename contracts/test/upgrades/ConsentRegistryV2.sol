// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ConsentRegistry} from "../../ConsentRegistry.sol";
import {SecondVersion} from "./SecondVersion.sol";

/// @title ConsentRegistry as a later release might be, for upgrade drills
/// @dev Its first initialiser ran long ago; the second must not call the parents again.
/// @custom:oz-upgrades-unsafe-allow missing-initializer
contract ConsentRegistryV2 is ConsentRegistry, SecondVersion {
    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(address members, address studies) ConsentRegistry(members, studies) {}
}
