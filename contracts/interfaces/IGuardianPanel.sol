// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Guardians: k of n people who may stop, and do nothing else
/// @notice Holds the role GUARDIAN, so that no single key does. Its guardians approve one act at a time: to stop the writes of one
/// contract, or to cancel one proposal. Once as many as the threshold have approved, anybody may have it done. These two calls, to
/// the addresses named at its construction, are the only ones this code can make; guardians and threshold are changed by the
/// members' vote alone. It is not upgradeable: where another panel is wanted, a vote gives the role to that one.
///
/// An approval names who gives it, for what, and until when it counts, 7 days ahead at most. It can be taken back until the act is
/// done. Approvals of a pause end with that pause: after the release of the brake everything begins anew. A change of guardians
/// ends all approvals.
///
/// A guardian approves by transaction, or by signature that anybody may bring (EIP-712 "Fiducial Guardians" version "1",
/// `Approval(address target,uint256 proposal,uint48 until,uint256 nonce)`; keys, and contracts by ERC-1271). A signature holds for
/// one chain, one panel, one nonce.
interface IGuardianPanel {
    /// @notice One guardian's approval that counts now.
    struct Approval {
        address guardian;
        /// Second in which it counts for the last time.
        uint48 until;
    }

    /// @notice Raised when somebody approves who is no guardian.
    error GuardianUnknown(address account);

    /// @notice Raised when there would be no guardian, more than 16, or a threshold that is none or that they cannot reach.
    error GuardiansMalformed(uint256 count, uint256 threshold);

    /// @notice Raised when a guardian is named twice: it would count twice.
    error GuardianRepeated(address guardian);

    /// @notice Raised when something is to be stopped that this panel was not made to stop.
    error TargetUnknown(address target, uint256 proposal);

    /// @notice Raised when an approval would end before it begins, or last longer than 7 days.
    error ApprovalTermInvalid(uint48 until, uint256 latest);

    /// @notice Raised when the signature is not this guardian's over this approval and its next nonce.
    error ApprovalSignatureInvalid(address guardian);

    /// @notice Raised when fewer guardians approve of an act than it needs.
    error ApprovalsMissing(address target, uint256 proposal, uint256 given, uint256 needed);

    /// @notice A guardian approves until a time, or takes its approval back (`until` 0).
    /// @param target The contract whose writes are to stop, or the Council.
    /// @param proposal The Council's proposal to be canceled; 0 for a pause.
    event ApprovalGiven(address indexed target, uint256 indexed proposal, address indexed guardian, uint48 until);

    /// @notice Enough guardians approved, and it was done.
    event GuardiansActed(address indexed target, uint256 indexed proposal, Approval[] approvals);

    /// @notice These are the guardians from now on; all earlier approvals ended.
    event GuardiansChanged(address[] guardians, uint256 threshold);

    /// @notice Approves, as a guardian. A later approval of the same replaces the earlier; `until` 0 takes it back.
    /// Raises GuardianUnknown, ApprovalTermInvalid, TargetUnknown, PauseUnchanged where writes are stopped already, and the
    /// Council's own error where there is no such proposal.
    function approve(address target, uint256 proposal, uint48 until) external;

    /// @notice The same by a guardian's signature, brought by anybody. Uses up the guardian's nonce.
    /// Raises also ApprovalSignatureInvalid.
    function approveBySig(address target, uint256 proposal, uint48 until, address guardian, bytes calldata signature) external;

    /// @notice Stops the writes of a contract that enough guardians want stopped. Anybody may call. Raises ApprovalsMissing.
    function pause(address target) external;

    /// @notice Cancels a proposal, named by its content, that enough guardians want canceled. Anybody may call.
    /// Raises ApprovalsMissing, and the Council's own error where it is final or deals with nothing but guardians.
    function cancel(address[] calldata targets, uint256[] calldata values, bytes[] calldata calldatas, bytes32 descriptionHash) external;

    /// @notice Other guardians, or another threshold. Role COUNCIL. Raises GuardiansMalformed, GuardianRepeated, AddressMissing.
    function setGuardians(address[] calldata guardians_, uint256 threshold_) external;

    /// @notice The guardians, in the order given.
    function guardians() external view returns (address[] memory);

    /// @notice How many of them must approve.
    function threshold() external view returns (uint256);

    /// @notice The contracts whose writes this panel can stop.
    function targets() external view returns (address[] memory);

    /// @notice The Council whose proposals it can cancel.
    function council() external view returns (address);

    /// @notice Approvals that count now.
    function approvals(address target, uint256 proposal) external view returns (Approval[] memory);

    /// @notice What a guardian signs.
    function hashApproval(address target, uint256 proposal, uint48 until, uint256 nonce) external view returns (bytes32);
}
