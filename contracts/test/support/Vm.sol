// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The test runner's own calls that the properties use
/// @dev Answered by Hardhat's Solidity test runner at a fixed address, after the convention of Foundry's cheatcodes.
interface Vm {
    /// @notice Sets the time of the block.
    function warp(uint256 timestamp) external;

    /// @notice The next call comes from `sender`.
    function prank(address sender) external;

    /// @notice Throws the present input away unless the condition holds.
    function assume(bool condition) external pure;

    /// @notice The account of a private key.
    function addr(uint256 privateKey) external pure returns (address account);

    /// @notice ECDSA over the digest, low s.
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    /// @notice The address of the contract that `deployer` makes with this nonce.
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address created);

    /// @notice The nonce of an account.
    function getNonce(address account) external view returns (uint64 nonce);

    /// @notice Sets the number of the chain.
    function chainId(uint256 newChainId) external;

    /// @notice The creation code of a compiled contract, "path:name".
    function getCode(string calldata contract_) external view returns (bytes memory code);
}
