// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Reason} from "./Reason.sol";

/// @title Who asked for what, and what came of it
/// @notice A request is decided at once and its outcome recorded, refusals included: a refused attempt belongs to the history.
/// Granted -> Delivered -> Acknowledged is the good path; a delivery may be Disputed, an undelivered grant Expired.
/// @dev A request is reviewed at most once. An emergency (ETREAT) is under review from the start, about its requester. A
/// dispute of any other request puts it under review about the other side; a dispute of an emergency is recorded and opens no
/// second review. Signed reviews: EIP-712, domain "Fiducial Access" version "1".
interface IAccessLedger {
    enum Outcome {
        None,
        Granted,
        Denied
    }

    enum RequestState {
        None,
        Denied,
        Granted,
        Delivered,
        Acknowledged,
        Disputed,
        Expired
    }

    enum ReviewState {
        None,
        Pending,
        Justified,
        Unjustified
    }

    struct Request {
        bytes32 studyId;
        uint32 requester;
        /// 0 when the study was unknown.
        uint32 custodian;
        uint8 purpose;
        Outcome outcome;
        Reason reason;
        RequestState state;
        ReviewState review;
        /// The member under review; 0 when there is none.
        uint32 accused;
        /// Seconds since 1970.
        uint48 requestedAt;
        /// When an undelivered grant may be expired; seconds since 1970, 0 when denied.
        uint48 dueBy;
        /// Account that earns the patient's credit, known from delivery (PATRQT: from the request).
        address creditAccount;
    }

    /// @dev EIP-712: Review(bytes32 requestId,bool justified,bytes32 note)
    struct Review {
        bytes32 requestId;
        bool justified;
        /// Digest of the reasons, which stay off chain.
        bytes32 note;
    }

    /// @notice Raised when the request id is zero or belongs to another request.
    error RequestIdTaken(bytes32 requestId);

    /// @notice Raised when the purpose is none of the seven.
    error PurposeUnknown(uint8 purpose);

    /// @notice Raised when a hospital asks for a study it keeps itself.
    error OwnStudy(bytes32 studyId);

    /// @notice Raised when no request has this id.
    error RequestUnknown(bytes32 requestId);

    /// @notice Raised when the request's state does not allow the step.
    error RequestStateUnexpected(bytes32 requestId, RequestState state);

    /// @notice Raised when the caller is not an operator of the member whose step this is.
    error CallerNotParty(bytes32 requestId, address caller);

    /// @notice Raised at delivery when consent or study no longer stand; the key must not be released.
    error ConsentLapsed(bytes32 requestId, Reason reason);

    /// @notice Raised when a digest that must be given is zero.
    error DigestMissing(bytes32 requestId);

    /// @notice Raised when the delivery deadline has not passed. Seconds since 1970.
    error NotYetDue(bytes32 requestId, uint48 dueBy);

    /// @notice Raised when there is nothing to review, or it has been reviewed.
    error ReviewNotPending(bytes32 requestId, ReviewState review);

    /// @notice Raised when the signer does not hold the role REVIEWER.
    error SignerNotReviewer(address reviewer);

    /// @notice Raised when the signature is not the reviewer's over this review.
    error SignatureInvalid(bytes32 requestId);

    /// @notice Raised when an anchor does not continue the member's log.
    error AnchorDetached(uint32 member, bytes32 expectedRoot, uint64 expectedAbove);

    /// @notice A hospital asked and was answered. Patient and custodian are zero for an unknown study.
    event AccessRequested(
        bytes32 requestId,
        bytes32 indexed studyId,
        uint32 indexed requester,
        address indexed patient,
        uint32 custodian,
        uint8 purpose,
        Outcome outcome,
        Reason reason,
        bool emergency,
        uint48 dueBy
    );

    /// @notice The custodian wrapped the study's key for the requester; `keyDigest` is SHA-256 of the wrapped key.
    event AccessDelivered(
        bytes32 indexed requestId, bytes32 indexed studyId, uint32 indexed requester, uint32 custodian, bytes32 keyDigest
    );

    /// @notice The requester opened and verified the whole study; `receipt` is its digest of what it verified.
    event AccessAcknowledged(
        bytes32 indexed requestId, bytes32 indexed studyId, uint32 indexed requester, uint32 custodian, bytes32 receipt
    );

    /// @notice A party disputes. `by` is the member that does, `reason` its code, without meaning on chain.
    event AccessDisputed(bytes32 indexed requestId, bytes32 indexed studyId, uint32 indexed by, uint8 reason);

    /// @notice A grant was not delivered in time. `penalised` is false when the custodian could not deliver: the consent
    /// or the study did not stand until the deadline, or the custodian was not Active.
    event AccessExpired(
        bytes32 indexed requestId, bytes32 indexed studyId, uint32 indexed requester, uint32 custodian, bool penalised
    );

    /// @notice A reviewer decided; when not justified, `accused` has lost credit.
    event AccessReviewed(
        bytes32 indexed requestId,
        bytes32 indexed studyId,
        uint32 indexed accused,
        address reviewer,
        bool justified,
        bytes32 note
    );

    /// @notice A member's access log has grown to `size` entries and the tree head `root`.
    event LogAnchored(uint32 indexed member, bytes32 prevRoot, bytes32 root, uint64 size);

    /// @notice The Council changed the time to deliver. Seconds.
    event DeadlinesChanged(uint32 delivery, uint32 emergencyDelivery);

    /// @notice Asks for a study. Never raises for a reason of policy. Operator of an Active hospital.
    /// @param requestId 32 random bytes chosen by the requester. The same call again answers the same and changes nothing.
    /// @return outcome Granted or Denied.
    /// @return reason Why it was denied.
    function request(bytes32 requestId, bytes32 studyId, uint8 purpose) external returns (Outcome outcome, Reason reason);

    /// @notice Records that the key was wrapped for the requester. Raises ConsentLapsed when the consent no longer stands,
    /// except for ETREAT. Operator of the custodian.
    function deliver(bytes32 requestId, bytes32 keyDigest) external;

    /// @notice Records that the requester verified the whole study; earns custodian and patient credit. Operator of the requester.
    function acknowledge(bytes32 requestId, bytes32 receipt) external;

    /// @notice Disputes a delivery (by the requester, before acknowledging) or a use (by the custodian, after delivery).
    function dispute(bytes32 requestId, uint8 reason) external;

    /// @notice Closes a grant that was not delivered in time; costs the custodian credit if it could have delivered.
    /// Operator of any Active hospital.
    function expire(bytes32 requestId) external;

    /// @notice Decides a pending review. Role REVIEWER.
    function review(bytes32 requestId, bool justified, bytes32 note) external;

    /// @notice Decides a pending review by a reviewer's signature. Operator of any Active hospital relays.
    /// @param reviewer Account that holds REVIEWER and signed (ECDSA, or a contract after ERC-1271).
    function reviewBySig(Review calldata review_, address reviewer, bytes calldata signature) external;

    /// @notice Anchors the caller's access log. The log only grows: `prevRoot` must be the last anchored root (zero at first)
    /// and `size` greater than the last.
    function anchorLog(bytes32 prevRoot, bytes32 root, uint64 size) external;

    /// @notice Changes the time to deliver, 1 second to 30 days each. Role COUNCIL.
    function setDeadlines(uint32 delivery, uint32 emergencyDelivery) external;

    /// @notice The request with this id; all zero when there is none.
    function accessRequest(bytes32 requestId) external view returns (Request memory);

    /// @notice The last anchor of a member's log; zero when there is none.
    function anchor(uint32 member) external view returns (bytes32 root, uint64 size);

    /// @notice The time to deliver in seconds.
    function deadlines() external view returns (uint32 delivery, uint32 emergencyDelivery);

    /// @notice The digest a reviewer signs (EIP-712).
    function hashReview(Review calldata review_) external view returns (bytes32);

    /// @notice Where this contract looks up studies; fixed in its code.
    function studyRegistry() external view returns (address);

    /// @notice Where this contract looks up consents; fixed in its code.
    function consentRegistry() external view returns (address);

    /// @notice Where this contract keeps credit; fixed in its code.
    function creditLedger() external view returns (address);
}
