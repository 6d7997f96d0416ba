// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MemberServed} from "./base/MemberServed.sol";
import {IStudyRegistry} from "./interfaces/IStudyRegistry.sol";

/// @notice See {IStudyRegistry}.
contract StudyRegistry is MemberServed, IStudyRegistry {
    // ------------------------------------------------------------------------------------------------------------- constants

    uint256 private constant MAX_BATCH = 200;

    /// @dev One slot. Seconds in 32 bits last until 2106.
    struct Record {
        address patient;
        uint32 custodian;
        uint24 version;
        StudyStatus status;
        uint32 registeredAt;
    }

    // --------------------------------------------------------------------------------------------------------------- storage

    /// @dev Roots are kept by patient address: one address serves one study, so the slot that holds the root is also the proof
    /// that the address is used, and a registration writes two slots instead of three.
    /// @custom:storage-location erc7201:fiducial.storage.StudyRegistry
    struct StudyRegistryStorage {
        bool paused;
        mapping(bytes32 studyId => Record) records;
        mapping(address patient => bytes32) roots;
    }

    bytes32 private constant STORAGE = 0x1faf28b5b77f8cdd2d1698d83e4a6f869f7641c5d4f82d96726bb0de76a38700;

    // -------------------------------------------------------------------------------------------------------- initialisation

    /// @param members The MemberRegistry.
    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(address members) MemberServed(members) {}

    /// @param authority_ The ConsortiumAuthority.
    function initialize(address authority_) external initializer {
        __ConsortiumContract_init(authority_);
    }

    // ---------------------------------------------------------------------------------------------------------------- writes

    /// @inheritdoc IStudyRegistry
    function register(bytes32 studyId, address patient, bytes32 root) external whenWriting {
        _register(_callerHospital(), studyId, patient, root);
    }

    /// @inheritdoc IStudyRegistry
    function registerBatch(bytes32[] calldata studyIds, address[] calldata patients, bytes32[] calldata roots) external whenWriting {
        _requireBatch(studyIds.length, patients.length, MAX_BATCH);
        _requireBatch(studyIds.length, roots.length, MAX_BATCH);
        uint32 custodian = _callerHospital();
        for (uint256 i = 0; i < studyIds.length; ++i) _register(custodian, studyIds[i], patients[i], roots[i]);
    }

    /// @inheritdoc IStudyRegistry
    function supersede(bytes32 studyId, uint32 expectedVersion, bytes32 newRoot) external whenWriting {
        Record storage record = _own(studyId);
        if (record.version != expectedVersion) revert VersionUnexpected(studyId, expectedVersion, record.version);
        if (newRoot == 0) revert StudyMalformed(studyId);
        address patient = record.patient;
        StudyRegistryStorage storage $ = _storage();
        if ($.roots[patient] == newRoot) revert RootUnchanged(studyId);
        uint24 version = ++record.version;
        $.roots[patient] = newRoot;
        emit StudySuperseded(studyId, record.custodian, patient, version, newRoot);
    }

    /// @inheritdoc IStudyRegistry
    function withdraw(bytes32 studyId, uint8 reason) external {
        Record storage record = _own(studyId);
        record.status = StudyStatus.Withdrawn;
        emit StudyWithdrawn(studyId, record.custodian, record.patient, reason);
    }

    // ----------------------------------------------------------------------------------------------------------------- reads

    /// @inheritdoc IStudyRegistry
    function study(bytes32 studyId) external view returns (Study memory) {
        StudyRegistryStorage storage $ = _storage();
        Record memory record = $.records[studyId];
        return Study({
            custodian: record.custodian,
            patient: record.patient,
            root: $.roots[record.patient],
            version: record.version,
            status: record.status,
            registeredAt: record.registeredAt
        });
    }

    /// @inheritdoc IStudyRegistry
    function parties(bytes32 studyId) external view returns (uint32 custodian, address patient, StudyStatus status) {
        Record memory record = _storage().records[studyId];
        return (record.custodian, record.patient, record.status);
    }

    // ------------------------------------------------------------------------------------------------------------- internals

    function _register(uint32 custodian, bytes32 studyId, address patient, bytes32 root) private {
        if (studyId == 0 || patient == address(0) || root == 0) revert StudyMalformed(studyId);
        StudyRegistryStorage storage $ = _storage();
        Record storage record = $.records[studyId];
        if (record.status != StudyStatus.None) revert StudyExists(studyId);
        if ($.roots[patient] != 0) revert PatientAddressReused(patient);
        _assign(record, patient, custodian);
        $.roots[patient] = root;
        emit StudyRegistered(studyId, custodian, patient, root);
    }

    /// @dev An Active study of version 1, by one SSTORE in the layout of Record.
    function _assign(Record storage record, address patient, uint32 custodian) private {
        uint256 word = uint256(uint160(patient)) | (uint256(custodian) << 160) | (1 << 192)
            | (uint256(StudyStatus.Active) << 216) | (uint256(uint32(block.timestamp)) << 224);
        assembly {
            sstore(record.slot, word)
        }
    }

    function _storePause(bool paused) internal override {
        _storage().paused = paused;
    }

    function _writesPaused() internal view override returns (bool) {
        return _storage().paused;
    }

    /// @dev An Active study kept by the caller's hospital.
    function _own(bytes32 studyId) private view returns (Record storage record) {
        record = _storage().records[studyId];
        if (record.status == StudyStatus.None) revert StudyUnknown(studyId);
        if (record.custodian != _callerHospital()) revert CallerNotCustodian(studyId, _msgSender());
        if (record.status != StudyStatus.Active) revert StudyNotActive(studyId);
    }

    function _storage() private pure returns (StudyRegistryStorage storage $) {
        assembly {
            $.slot := STORAGE
        }
    }
}
