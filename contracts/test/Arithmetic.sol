// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditLedger} from "../interfaces/ICreditLedger.sol";
import {CreditRules} from "../libraries/CreditRules.sol";
import {Decay} from "../libraries/Decay.sol";

/// @notice The credit arithmetic as it runs, for the comparison with what is proved of it.
contract Arithmetic {
    function weight(uint32 epoch) external pure returns (uint256) {
        return Decay.weight(epoch);
    }

    function settle(int64 deviation, uint32 from, uint32 to) external pure returns (int64) {
        return Decay.settle(deviation, from, to);
    }

    function points(int64 deviation, uint32 epoch) external pure returns (int256) {
        return Decay.points(deviation, epoch);
    }

    function add(int64 deviation, uint32 epoch, int256 delta, uint16 bound) external pure returns (int64) {
        return Decay.add(deviation, epoch, delta, bound);
    }

    function reward(uint8 steps, uint16 earned, uint16 cap) external pure returns (uint16) {
        return CreditRules.reward(steps, earned, cap);
    }

    function score(uint16 raw, uint16 counterparties, uint16 minimum, uint16 newcomerCap) external pure returns (uint16) {
        return CreditRules.score(raw, counterparties, minimum, newcomerCap);
    }

    function tierOf(uint16 s, ICreditLedger.Tier before, uint16 gateEnter, uint16 gateLeave, uint16 goldEnter, uint16 goldLeave)
        external
        pure
        returns (ICreditLedger.Tier)
    {
        ICreditLedger.Parameters memory p;
        (p.gateEnter, p.gateLeave, p.goldEnter, p.goldLeave) = (gateEnter, gateLeave, goldEnter, goldLeave);
        return CreditRules.tierOf(s, before, p);
    }
}
