// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Why a request was refused; None when it was granted. Values are part of the history: append, never reorder.
enum Reason {
    None,
    /// No study was ever registered under this id.
    UnknownStudy,
    /// The custodian withdrew the study.
    StudyWithdrawn,
    /// Nobody ever consented for this institution.
    NoConsent,
    /// A consent stood once and was revoked, or its attestation withdrawn.
    ConsentRevoked,
    /// The consent's window has not opened.
    ConsentNotYetValid,
    /// The consent's window has closed.
    ConsentExpired,
    /// A consent stands, for other purposes.
    PurposeNotCovered,
    /// The requester's credit is below what the purpose needs.
    CreditTooLow,
    /// The requester has used up its quota for this kind of purpose in this epoch.
    QuotaExceeded,
    /// The patient's credit account has as many open second-opinion requests as its tier allows.
    OpenRequestLimit,
    /// The custodian is suspended or expelled and cannot deliver.
    CustodianInactive,
    /// At delivery: the requester is no longer an Active hospital.
    RequesterInactive
}
