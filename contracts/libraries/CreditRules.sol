// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditLedger} from "../interfaces/ICreditLedger.sol";

/// @title What a delivery earns, what a score counts for, which tier it gives
/// @notice Pure, so that it can be proved: `contracts/proofs` states these functions for a solver, and a test compares both.
library CreditRules {
    /// @dev Deliveries to the same counterparty within an epoch after which nothing more is earned.
    uint8 private constant PAIR_STEPS = 4;

    /// @notice Points of the next delivery: 10, 5, 2, 1, then nothing, per counterparty and epoch; never more than the cap per epoch.
    function reward(uint8 steps, uint16 earned, uint16 cap) internal pure returns (uint16 delta) {
        delta = uint8(bytes5(0x0a05020100)[steps]);
        uint16 room = cap > earned ? cap - earned : 0;
        if (delta > room) delta = room;
    }

    /// @notice How many deliveries count after one more.
    function nextStep(uint8 steps) internal pure returns (uint8) {
        return steps < PAIR_STEPS ? steps + 1 : PAIR_STEPS;
    }

    /// @notice The score that counts: whoever has too few counterparties shows no more than the newcomers' cap.
    function score(uint16 raw, uint16 counterparties, uint16 minimum, uint16 newcomerCap) internal pure returns (uint16) {
        return counterparties < minimum && raw > newcomerCap ? newcomerCap : raw;
    }

    /// @notice The tier a score gives; a gate is entered higher than it is left.
    function tierOf(uint16 s, ICreditLedger.Tier before, ICreditLedger.Parameters memory p) internal pure returns (ICreditLedger.Tier) {
        if (s >= (before == ICreditLedger.Tier.Gold ? p.goldLeave : p.goldEnter)) return ICreditLedger.Tier.Gold;
        if (s >= (before == ICreditLedger.Tier.Bronze ? p.gateEnter : p.gateLeave)) return ICreditLedger.Tier.Silver;
        return ICreditLedger.Tier.Bronze;
    }
}
