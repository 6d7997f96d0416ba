// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A contract that is written by operators of Active hospitals
interface IMemberServed {
    /// @notice Where this contract looks up members; fixed in its code.
    function memberRegistry() external view returns (address);
}
