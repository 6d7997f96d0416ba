// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712Upgradeable} from "@openzeppelin/contracts-upgradeable/utils/cryptography/EIP712Upgradeable.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {MemberServed} from "./base/MemberServed.sol";
import {IConsentRegistry} from "./interfaces/IConsentRegistry.sol";
import {IStudyRegistry} from "./interfaces/IStudyRegistry.sol";
import {Reason} from "./interfaces/Reason.sol";
import {Purposes} from "./libraries/Purposes.sol";

/// @notice See {IConsentRegistry}.
contract ConsentRegistry is MemberServed, EIP712Upgradeable, IConsentRegistry {
    // ------------------------------------------------------------------------------------------------------------- constants

    string private constant NAME = "Fiducial Consent";
    string private constant VERSION = "1";
    uint256 private constant MAX_BATCH = 100;
    uint256 private constant MIN_TERM = 1 hours;
    uint256 private constant MAX_TERM = 3650 days;

    bytes32 private constant CONSENT_TYPEHASH = keccak256(
        "Consent(bytes32 studyId,uint32 grantee,uint16 purposes,uint48 notBefore,uint48 expiry,address creditAccount,uint256 nonce)"
    );
    bytes32 private constant REVOCATION_TYPEHASH = keccak256("Revocation(bytes32 studyId,uint32 grantee,uint256 nonce)");

    /// @dev One slot, nonce included, because a grant would otherwise write two. Seconds in 32 bits last until 2106; the
    /// longest term keeps every expiry below that until 2096.
    struct Slot {
        uint32 notBefore;
        uint32 expiry;
        uint8 purposes;
        ConsentClass class;
        uint16 nonce;
        address creditAccount;
    }

    // --------------------------------------------------------------------------------------------------------------- storage

    /// @custom:storage-location erc7201:fiducial.storage.ConsentRegistry
    struct ConsentRegistryStorage {
        bool paused;
        uint32 signedTerm;
        uint32 attestedTerm;
        mapping(bytes32 studyId => mapping(uint32 grantee => Slot)) slots;
    }

    bytes32 private constant STORAGE = 0x828d52b79c9f705c723f8aaab6a187eae4f479f8cf5da484870567965b3ce200;

    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IStudyRegistry private immutable STUDIES;

    // -------------------------------------------------------------------------------------------------------- initialisation

    /// @param members The MemberRegistry.
    /// @param studies The StudyRegistry.
    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(address members, address studies) MemberServed(members) {
        _requireAddress(studies);
        STUDIES = IStudyRegistry(studies);
    }

    /// @param authority_ The ConsortiumAuthority.
    /// @param signedTerm Longest term of a signed consent in seconds.
    /// @param attestedTerm Longest term of an attested consent in seconds.
    function initialize(address authority_, uint32 signedTerm, uint32 attestedTerm) external initializer {
        __ConsortiumContract_init(authority_);
        __EIP712_init(NAME, VERSION);
        _setTerms(signedTerm, attestedTerm);
    }

    // ---------------------------------------------------------------------------------------------------- writes: the patient

    /// @inheritdoc IConsentRegistry
    function grantBySig(Consent calldata consent_, bytes calldata signer, bytes calldata signature) external whenWriting {
        _grantBySig(consent_, signer, signature, _callerHospital());
    }

    /// @inheritdoc IConsentRegistry
    function grantBatchBySig(Consent[] calldata consents, bytes[] calldata signers, bytes[] calldata signatures)
        external
        whenWriting
    {
        _requireBatch(consents.length, signers.length, MAX_BATCH);
        _requireBatch(consents.length, signatures.length, MAX_BATCH);
        uint32 relayer = _callerHospital();
        for (uint256 i = 0; i < consents.length; ++i) _grantBySig(consents[i], signers[i], signatures[i], relayer);
    }

    /// @inheritdoc IConsentRegistry
    function revokeBySig(Revocation calldata revocation, bytes calldata signer, bytes calldata signature) external {
        _revokeBySig(revocation, signer, signature, _callerHospital());
    }

    /// @inheritdoc IConsentRegistry
    function revokeBatchBySig(Revocation[] calldata revocations, bytes[] calldata signers, bytes[] calldata signatures) external {
        _requireBatch(revocations.length, signers.length, MAX_BATCH);
        _requireBatch(revocations.length, signatures.length, MAX_BATCH);
        uint32 relayer = _callerHospital();
        for (uint256 i = 0; i < revocations.length; ++i) _revokeBySig(revocations[i], signers[i], signatures[i], relayer);
    }

    // -------------------------------------------------------------------------------------------------- writes: the custodian

    /// @inheritdoc IConsentRegistry
    function attest(bytes32 studyId, uint32 grantee, uint16 purposes, uint48 notBefore, uint48 expiry) external whenWriting {
        (uint32 custodian, address patient) = _asCustodian(studyId);
        Slot storage slot = _storage().slots[studyId][grantee];
        if (slot.class == ConsentClass.Signed && slot.expiry > block.timestamp) revert SignedConsentStands(studyId, grantee);
        _requireGrantable(purposes, notBefore, expiry, _storage().attestedTerm);
        uint16 next = slot.nonce;
        _assign(slot, _slot(purposes, notBefore, expiry, ConsentClass.Attested, next, address(0)));
        emit ConsentGranted(
            studyId, grantee, patient, purposes, notBefore, expiry, ConsentClass.Attested, address(0), next, custodian
        );
    }

    /// @inheritdoc IConsentRegistry
    function withdrawAttestation(bytes32 studyId, uint32 grantee) external {
        (uint32 custodian, address patient,) = STUDIES.parties(studyId);
        if (custodian == 0 || custodian != _callerHospital()) revert CallerNotCustodian(studyId, _msgSender());
        Slot storage slot = _storage().slots[studyId][grantee];
        if (slot.class != ConsentClass.Attested) revert AttestationMissing(studyId, grantee);
        uint16 next = slot.nonce;
        _assign(slot, _slot(0, 0, 0, ConsentClass.Revoked, next, address(0)));
        emit ConsentRevoked(studyId, grantee, patient, ConsentClass.Attested, true, next, custodian);
    }

    // ---------------------------------------------------------------------------------------------------- writes: the Council

    /// @inheritdoc IConsentRegistry
    function setTerms(uint32 signedTerm, uint32 attestedTerm) external restricted {
        _setTerms(signedTerm, attestedTerm);
    }

    // ----------------------------------------------------------------------------------------------------------------- reads

    /// @inheritdoc IConsentRegistry
    function consent(bytes32 studyId, uint32 grantee) external view returns (Grant memory) {
        Slot memory slot = _storage().slots[studyId][grantee];
        return Grant({
            notBefore: slot.notBefore,
            expiry: slot.expiry,
            purposes: slot.purposes,
            class: slot.class,
            creditAccount: slot.creditAccount,
            nonce: slot.nonce
        });
    }

    /// @inheritdoc IConsentRegistry
    function nonce(bytes32 studyId, uint32 grantee) external view returns (uint256) {
        return _storage().slots[studyId][grantee].nonce;
    }

    /// @inheritdoc IConsentRegistry
    function check(bytes32 studyId, uint32 grantee, uint8 purpose, uint48 moment)
        external
        view
        returns (Reason reason, address creditAccount, ConsentClass class)
    {
        mapping(uint32 grantee => Slot) storage slots = _storage().slots[studyId];
        Slot memory own = slots[grantee];
        reason = _judge(own, purpose, moment);
        if (reason == Reason.None) return (reason, own.creditAccount, own.class);
        if (own.class == ConsentClass.Revoked) return (reason, address(0), own.class);
        Slot memory anyones = slots[0];
        Reason general = _judge(anyones, purpose, moment);
        if (general == Reason.None) return (general, anyones.creditAccount, anyones.class);
        return own.class == ConsentClass.None ? (general, address(0), anyones.class) : (reason, address(0), own.class);
    }

    /// @inheritdoc IConsentRegistry
    function hashConsent(Consent calldata consent_) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(CONSENT_TYPEHASH, consent_)));
    }

    /// @inheritdoc IConsentRegistry
    function hashRevocation(Revocation calldata revocation) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REVOCATION_TYPEHASH, revocation)));
    }

    /// @inheritdoc IConsentRegistry
    function terms() external view returns (uint32 signedTerm, uint32 attestedTerm) {
        return (_storage().signedTerm, _storage().attestedTerm);
    }

    /// @inheritdoc IConsentRegistry
    function studyRegistry() external view returns (address) {
        return address(STUDIES);
    }

    // ------------------------------------------------------------------------------------------------------------- internals

    function _grantBySig(Consent calldata given, bytes calldata signer, bytes calldata signature, uint32 relayer) private {
        (, address patient, IStudyRegistry.StudyStatus status) = STUDIES.parties(given.studyId);
        if (status != IStudyRegistry.StudyStatus.Active) revert StudyNotOffered(given.studyId);
        Slot storage slot = _storage().slots[given.studyId][given.grantee];
        uint16 used = slot.nonce;
        if (given.nonce != used) revert NonceUnexpected(given.studyId, given.grantee, used, given.nonce);
        // The last nonce is kept for a revocation: what can be granted can always be revoked.
        if (used == type(uint16).max) revert NonceExhausted(given.studyId, given.grantee);
        _requireGrantable(given.purposes, given.notBefore, given.expiry, _storage().signedTerm);
        _requireSigned(given.studyId, patient, hashConsent(given), signer, signature);
        _write(slot, given, used + 1);
        _tell(given, patient, relayer);
    }

    function _write(Slot storage slot, Consent calldata given, uint16 next) private {
        Slot memory filled =
            _slot(given.purposes, given.notBefore, given.expiry, ConsentClass.Signed, next, given.creditAccount);
        _assign(slot, filled);
    }

    function _tell(Consent calldata given, address patient, uint32 relayer) private {
        emit ConsentGranted(
            given.studyId,
            given.grantee,
            patient,
            given.purposes,
            given.notBefore,
            given.expiry,
            ConsentClass.Signed,
            given.creditAccount,
            given.nonce,
            relayer
        );
    }

    function _revokeBySig(Revocation calldata given, bytes calldata signer, bytes calldata signature, uint32 relayer) private {
        (, address patient, IStudyRegistry.StudyStatus status) = STUDIES.parties(given.studyId);
        if (status == IStudyRegistry.StudyStatus.None) revert StudyNotOffered(given.studyId);
        Slot storage slot = _storage().slots[given.studyId][given.grantee];
        uint16 used = slot.nonce;
        if (given.nonce != used) revert NonceUnexpected(given.studyId, given.grantee, used, given.nonce);
        _requireSigned(given.studyId, patient, hashRevocation(given), signer, signature);
        ConsentClass class = slot.class;
        // The last nonce is not consumed: after it nothing can be granted by signature, so a replay can only revoke again.
        uint16 next = used == type(uint16).max ? used : used + 1;
        _assign(slot, _slot(0, 0, 0, ConsentClass.Revoked, next, address(0)));
        emit ConsentRevoked(given.studyId, given.grantee, patient, class, false, used, relayer);
    }

    function _slot(uint16 purposes, uint48 notBefore, uint48 expiry, ConsentClass class, uint16 next, address creditAccount)
        private
        pure
        returns (Slot memory)
    {
        return Slot({
            notBefore: SafeCast.toUint32(notBefore),
            expiry: SafeCast.toUint32(expiry),
            purposes: uint8(purposes),
            class: class,
            nonce: next,
            creditAccount: creditAccount
        });
    }

    /// @dev One SSTORE in the layout of Slot, where the compiler would read and write the slot once per field.
    function _assign(Slot storage slot, Slot memory next) private {
        uint256 word = uint256(next.notBefore) | (uint256(next.expiry) << 32) | (uint256(next.purposes) << 64)
            | (uint256(next.class) << 72) | (uint256(next.nonce) << 80) | (uint256(uint160(next.creditAccount)) << 96);
        assembly {
            sstore(slot.slot, word)
        }
    }

    function _setTerms(uint32 signedTerm, uint32 attestedTerm) private {
        _requireWithin("signedTerm", signedTerm, MIN_TERM, MAX_TERM);
        _requireWithin("attestedTerm", attestedTerm, MIN_TERM, MAX_TERM);
        ConsentRegistryStorage storage $ = _storage();
        $.signedTerm = signedTerm;
        $.attestedTerm = attestedTerm;
        emit TermsChanged(signedTerm, attestedTerm);
    }

    function _storePause(bool paused) internal override {
        _storage().paused = paused;
    }

    function _writesPaused() internal view override returns (bool) {
        return _storage().paused;
    }

    function _asCustodian(bytes32 studyId) private view returns (uint32 custodian, address patient) {
        IStudyRegistry.StudyStatus status;
        (custodian, patient, status) = STUDIES.parties(studyId);
        if (status != IStudyRegistry.StudyStatus.Active) revert StudyNotOffered(studyId);
        if (custodian != _callerHospital()) revert CallerNotCustodian(studyId, _msgSender());
    }

    function _requireGrantable(uint16 purposes, uint48 notBefore, uint48 expiry, uint256 maximum) private view {
        if (!Purposes.consentable(purposes)) revert PurposesInvalid(purposes);
        if (notBefore >= expiry || expiry <= block.timestamp) revert WindowInvalid(notBefore, expiry);
        uint256 term = expiry - block.timestamp;
        if (term > maximum) revert TermTooLong(term, maximum);
    }

    function _requireSigned(bytes32 studyId, address patient, bytes32 digest, bytes calldata signer, bytes calldata signature)
        private
        view
    {
        address account = signer.length == 20 ? address(bytes20(signer)) : address(uint160(uint256(keccak256(signer))));
        if (account != patient) revert SignerNotPatient(studyId);
        if (signer.length == 20 && _signedByKey(patient, digest, signature)) return;
        if (!SignatureChecker.isValidSignatureNow(signer, digest, signature)) revert SignatureInvalid(studyId);
    }

    /// @dev Asked before anything else, because nearly every patient is a key, and to learn that an account has no code costs
    /// 2,600 gas. A key whose account has code (EIP-7702) may always change that code, so it may sign here too.
    function _signedByKey(address patient, bytes32 digest, bytes calldata signature) private pure returns (bool) {
        (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(digest, signature);
        return failure == ECDSA.RecoverError.NoError && recovered == patient;
    }

    function _judge(Slot memory slot, uint8 purpose, uint48 moment) private pure returns (Reason) {
        if (slot.class == ConsentClass.None) return Reason.NoConsent;
        if (slot.class == ConsentClass.Revoked) return Reason.ConsentRevoked;
        if (moment < slot.notBefore) return Reason.ConsentNotYetValid;
        if (moment >= slot.expiry) return Reason.ConsentExpired;
        return Purposes.covers(slot.purposes, purpose) ? Reason.None : Reason.PurposeNotCovered;
    }

    /// @dev Constants, so that no signature check reads the domain from storage.
    function _EIP712Name() internal pure override returns (string memory) {
        return NAME;
    }

    function _EIP712Version() internal pure override returns (string memory) {
        return VERSION;
    }

    function _storage() private pure returns (ConsentRegistryStorage storage $) {
        assembly {
            $.slot := STORAGE
        }
    }
}
