// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Exponential decay that does not depend on how often it is evaluated
/// @notice A deviation from the base score is kept in *forward* units: points multiplied by the weight 2^(r/180) of the epoch in
/// which they came, where r is the epoch's place in its half-life. Within a half-life nothing is ever rewritten, so looking
/// changes nothing; from one half-life to the next the number is halved by a shift, and shifts compose exactly:
/// (m >> a) >> b == m >> (a + b). Hence settling at any epochs in between gives bit for bit what settling once gives.
/// @dev Magnitude and sign are handled apart: shifts and divisions of negative numbers round differently.
library Decay {
    /// @dev Epochs in which a deviation halves.
    uint32 internal constant HALF_LIFE = 180;

    /// @dev Weights carry 40 fractional bits: 500 points times a weight below 2 stay below 2^50.
    uint256 private constant FRACTION = 40;
    uint256 private constant ONE = 1 << 64;

    /// @notice The weight of an epoch: 2^((epoch mod 180) / 180) with 40 fractional bits, in [2^40, 2^41).
    function weight(uint32 epoch) internal pure returns (uint256) {
        uint256 r = epoch % HALF_LIFE;
        uint256 w = ONE;
        // 2^(2^i / 180) with 64 fractional bits, i = 0..7.
        if (r & 1 != 0) w = (w * 18517916068977374788) >> 64;
        if (r & 2 != 0) w = (w * 18589362662997702059) >> 64;
        if (r & 4 != 0) w = (w * 18733083889256868486) >> 64;
        if (r & 8 != 0) w = (w * 19023868418171490373) >> 64;
        if (r & 16 != 0) w = (w * 19619048659524486462) >> 64;
        if (r & 32 != 0) w = (w * 20865854091474181023) >> 64;
        if (r & 64 != 0) w = (w * 23602206721521247639) >> 64;
        if (r & 128 != 0) w = (w * 30198508739510030727) >> 64;
        return w >> (64 - FRACTION);
    }

    /// @notice Brings a deviation written in epoch `from` to epoch `to` >= `from`.
    function settle(int64 deviation, uint32 from, uint32 to) internal pure returns (int64) {
        uint256 halvings = to / HALF_LIFE - from / HALF_LIFE;
        return _signed(_magnitude(deviation) >> halvings, deviation < 0);
    }

    /// @notice The whole points a settled deviation is worth in `epoch`, rounded towards zero.
    function points(int64 deviation, uint32 epoch) internal pure returns (int256) {
        return _signed(_magnitude(deviation) / weight(epoch), deviation < 0);
    }

    /// @notice Adds whole points in `epoch` to a settled deviation, held within plus and minus `bound` points.
    function add(int64 deviation, uint32 epoch, int256 delta, uint16 bound) internal pure returns (int64) {
        int256 w = int256(weight(epoch));
        int256 limit = int256(uint256(bound)) * w;
        int256 sum = deviation + delta * w;
        if (sum > limit) return int64(limit);
        if (sum < -limit) return int64(-limit);
        return int64(sum);
    }

    function _magnitude(int64 value) private pure returns (uint256) {
        return value < 0 ? uint256(-int256(value)) : uint256(int256(value));
    }

    function _signed(uint256 magnitude, bool negative) private pure returns (int64) {
        return negative ? -int64(int256(magnitude)) : int64(int256(magnitude));
    }
}
