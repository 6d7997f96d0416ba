// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What every contract of the consortium shares
/// @notice The guardian's brake and the errors every contract can raise. The brake stops writes; it never stops reads,
/// revocations, suspensions or expulsions.
interface IConsortiumContract {
    /// @notice Raised when a write needs the operator of an Active hospital and the caller is none.
    error CallerNotActiveHospital(address caller);

    /// @notice Raised when an address that must be given is zero.
    error AddressMissing();

    /// @notice Raised by writes while the guardian's brake is on.
    error WritesArePaused();

    /// @notice Raised when the brake is already in the wanted position.
    error PauseUnchanged(bool paused);

    /// @notice Raised when a Council parameter is outside its bounds.
    /// @param name The parameter's name in ASCII.
    error ParameterOutOfBounds(bytes32 name, uint256 given, uint256 minimum, uint256 maximum);

    /// @notice Raised when a batch is empty, too large, or its arrays differ in length.
    error BatchMalformed(uint256 size, uint256 other, uint256 maximum);

    /// @notice The guardian stopped writes.
    event WritesPaused(address indexed by);

    /// @notice The Council let writes go on.
    event WritesResumed(address indexed by);

    /// @notice Stops writes. Role GUARDIAN, which the panel of guardians holds.
    function pause() external;

    /// @notice Lets writes go on. Role COUNCIL: whoever may brake alone may not release the brake alone.
    function resume() external;

    /// @notice Whether writes are stopped.
    function writesPaused() external view returns (bool);
}
