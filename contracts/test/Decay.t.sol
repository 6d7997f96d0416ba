// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Decay} from "../libraries/Decay.sol";

/// @notice Properties of the credit arithmetic, for every input.
contract DecayTest {
    uint32 private constant EPOCHS = 50_000;
    uint16 private constant BOUND = 500;

    /// Two steps are one, bit for bit, wherever the stop between them lies.
    function testFuzz_settlingTwiceIsSettlingOnce(int64 seed, uint32 a, uint32 b, uint32 c) external pure {
        (uint32 from, uint32 by, uint32 to) = _ordered(a, b, c);
        int64 deviation = _deviation(seed, from);
        int64 once = Decay.settle(deviation, from, to);
        assert(Decay.settle(Decay.settle(deviation, from, by), by, to) == once);
    }

    /// After one half-life exactly half is left, in whole points rounded towards the base.
    function testFuzz_halfIsLeftAfterAHalfLife(int64 seed, uint32 a) external pure {
        uint32 from = a % EPOCHS;
        int64 deviation = _deviation(seed, from);
        int256 before = Decay.points(deviation, from);
        uint32 to = from + Decay.HALF_LIFE;
        assert(Decay.points(Decay.settle(deviation, from, to), to) == before / 2);
    }

    /// Time only ever brings a score closer to the base, and never across it.
    function testFuzz_timeBringsItCloserToTheBase(int64 seed, uint32 a, uint32 b) external pure {
        (uint32 from, uint32 to,) = _ordered(a, b, type(uint32).max);
        int64 deviation = _deviation(seed, from);
        int256 before = Decay.points(deviation, from);
        int256 later = Decay.points(Decay.settle(deviation, from, to), to);
        assert(before >= 0 ? later >= 0 && later <= before : later <= 0 && later >= before);
    }

    /// A score can never leave its bounds.
    function testFuzz_additionStaysWithinTheBound(int64 seed, uint32 a, int16 delta) external pure {
        uint32 epoch = a % EPOCHS;
        int64 sum = Decay.add(_deviation(seed, epoch), epoch, delta, BOUND);
        int256 worth = Decay.points(sum, epoch);
        assert(worth <= 500 && worth >= -500);
    }

    /// Whole points are worth what they say in the epoch in which they come.
    function testFuzz_pointsAreWholeWhenTheyCome(int16 delta, uint32 a) external pure {
        uint32 epoch = a % EPOCHS;
        int256 given = int256(delta) % 501;
        assert(Decay.points(Decay.add(0, epoch, given, BOUND), epoch) == given);
    }

    /// What is given and taken in the same epoch cancels.
    function testFuzz_whatIsGivenAndTakenCancels(int64 seed, int16 delta, uint32 a) external pure {
        uint32 epoch = a % EPOCHS;
        int256 given = int256(delta) % 250;
        int64 deviation = _deviation(seed, epoch) / 2;
        int64 there = Decay.add(deviation, epoch, given, BOUND);
        assert(Decay.add(there, epoch, -given, BOUND) == deviation);
    }

    /// Weights double over a half-life and rise with every epoch of it.
    function testFuzz_weightsRise(uint32 a) external pure {
        uint32 epoch = a % EPOCHS;
        uint256 w = Decay.weight(epoch);
        assert(w >= 1 << 40 && w < 1 << 41);
        if (epoch % Decay.HALF_LIFE != Decay.HALF_LIFE - 1) assert(Decay.weight(epoch + 1) > w);
        assert(Decay.weight(epoch + Decay.HALF_LIFE) == w);
    }

    function _deviation(int64 seed, uint32 epoch) private pure returns (int64) {
        int256 limit = int256(uint256(BOUND) * Decay.weight(epoch));
        return int64(int256(seed) % (limit + 1));
    }

    function _ordered(uint32 a, uint32 b, uint32 c) private pure returns (uint32, uint32, uint32) {
        uint32 first = a % EPOCHS;
        uint32 second = first + b % EPOCHS;
        return (first, second, second + c % EPOCHS);
    }
}
