// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditLedger} from "../../CreditLedger.sol";
import {SecondVersion} from "./SecondVersion.sol";

/// @title CreditLedger as a later release might be, for upgrade drills
/// @dev Its first initialiser ran long ago; the second must not call the parents again.
/// @custom:oz-upgrades-unsafe-allow missing-initializer
contract CreditLedgerV2 is CreditLedger, SecondVersion {
    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(address accessLedger_, uint32 epochSeconds_) CreditLedger(accessLedger_, epochSeconds_) {}
}
