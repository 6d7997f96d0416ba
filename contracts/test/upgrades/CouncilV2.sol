// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Council} from "../../Council.sol";
import {SecondVersion} from "./SecondVersion.sol";

/// @title Council as a later release might be, for upgrade drills
/// @dev Its first initialiser ran long ago; the second must not call the parents again.
/// @custom:oz-upgrades-unsafe-allow missing-initializer
contract CouncilV2 is Council, SecondVersion {}
