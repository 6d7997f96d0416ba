// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessLedger} from "../../AccessLedger.sol";
import {SecondVersion} from "./SecondVersion.sol";

/// @title AccessLedger as a later release might be, for upgrade drills
/// @dev Its first initialiser ran long ago; the second must not call the parents again.
/// @custom:oz-upgrades-unsafe-allow missing-initializer
contract AccessLedgerV2 is AccessLedger, SecondVersion {
    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(address members, address studies, address consents, address credit) AccessLedger(members, studies, consents, credit) {}
}
