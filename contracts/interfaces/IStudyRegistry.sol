// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which studies exist, who keeps them, and whose they are
/// @notice A study id is 32 random bytes; the patient address is fresh for each study. Nothing here is derived from a person.
interface IStudyRegistry {
    enum StudyStatus {
        None,
        Active,
        Withdrawn
    }

    struct Study {
        uint32 custodian;
        address patient;
        /// SHA-256 digest of the dag-pb root of the study's UnixFS directory; the CIDv1 is rebuilt from it.
        bytes32 root;
        /// 1 at registration, one more with every new root.
        uint32 version;
        StudyStatus status;
        /// Seconds since 1970.
        uint48 registeredAt;
    }

    /// @notice Raised when the study id is taken.
    error StudyExists(bytes32 studyId);

    /// @notice Raised when no study has this id.
    error StudyUnknown(bytes32 studyId);

    /// @notice Raised when the study is withdrawn.
    error StudyNotActive(bytes32 studyId);

    /// @notice Raised when the patient address already belongs to a study: a repeated address would link two of them.
    error PatientAddressReused(address patient);

    /// @notice Raised when the caller is not an operator of the study's custodian.
    error CallerNotCustodian(bytes32 studyId, address caller);

    /// @notice Raised when the study has moved on since the caller looked.
    error VersionUnexpected(bytes32 studyId, uint32 expected, uint32 actual);

    /// @notice Raised when a study id, patient address or root is zero.
    error StudyMalformed(bytes32 studyId);

    /// @notice Raised when the new root is the present one.
    error RootUnchanged(bytes32 studyId);

    /// @notice A study was registered, version 1.
    event StudyRegistered(bytes32 indexed studyId, uint32 indexed custodian, address indexed patient, bytes32 root);

    /// @notice A study has a new root.
    event StudySuperseded(bytes32 indexed studyId, uint32 indexed custodian, address indexed patient, uint32 version, bytes32 root);

    /// @notice A study is no longer offered. `reason` is the custodian's code, without meaning on chain.
    event StudyWithdrawn(bytes32 indexed studyId, uint32 indexed custodian, address indexed patient, uint8 reason);

    /// @notice Registers a study kept by the caller's hospital. Operator of an Active hospital.
    function register(bytes32 studyId, address patient, bytes32 root) external;

    /// @notice Registers 1 to 200 studies, all or none; the three arrays go together.
    function registerBatch(bytes32[] calldata studyIds, address[] calldata patients, bytes32[] calldata roots) external;

    /// @notice Gives a study a new root. Operator of the custodian.
    /// @param expectedVersion The version the caller believes to be the present one.
    function supersede(bytes32 studyId, uint32 expectedVersion, bytes32 newRoot) external;

    /// @notice Stops offering a study, for ever; possible while writes are paused. Operator of the custodian.
    function withdraw(bytes32 studyId, uint8 reason) external;

    /// @notice The study with this id; all zero, status None, when there is none. Two storage reads.
    function study(bytes32 studyId) external view returns (Study memory);

    /// @notice Who keeps a study and whose it is; all zero when there is none. One storage read.
    function parties(bytes32 studyId) external view returns (uint32 custodian, address patient, StudyStatus status);
}
