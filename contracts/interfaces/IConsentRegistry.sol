// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Reason} from "./Reason.sol";

/// @title What patients allow
/// @notice One grant per (study, grantee); grantee 0 is any Active hospital. A patient's own grants and revocations are signed
/// (EIP-712, domain "Fiducial Consent" version "1") and relayed by an operator of any Active hospital. A patient without a
/// device signs on paper and the custodian attests.
/// @dev A signer is 20 bytes (the study's patient address: ECDSA, or a contract after ERC-1271), or an ERC-7913 signer
/// `verifier || key` of which the last 20 bytes of the keccak256 hash are the study's patient address.
/// A specific revocation outweighs a grant to anyone: "not this hospital" stays true until the patient grants to it again.
interface IConsentRegistry {
    enum ConsentClass {
        None,
        Signed,
        Attested,
        Revoked
    }

    /// @dev EIP-712: Consent(bytes32 studyId,uint32 grantee,uint16 purposes,uint48 notBefore,uint48 expiry,address creditAccount,uint256 nonce)
    struct Consent {
        bytes32 studyId;
        uint32 grantee;
        /// Bit n stands for purpose n; see Purposes. ETREAT is not consentable.
        uint16 purposes;
        /// Seconds since 1970; the consent stands from notBefore (included) to expiry (excluded).
        uint48 notBefore;
        uint48 expiry;
        /// The account that earns the patient's credit; zero for none. Naming one twice links the consents.
        address creditAccount;
        uint256 nonce;
    }

    /// @dev EIP-712: Revocation(bytes32 studyId,uint32 grantee,uint256 nonce)
    struct Revocation {
        bytes32 studyId;
        uint32 grantee;
        uint256 nonce;
    }

    /// @notice What is kept for a (study, grantee), and the nonce its next signature must carry.
    struct Grant {
        uint48 notBefore;
        uint48 expiry;
        uint16 purposes;
        ConsentClass class;
        address creditAccount;
        uint256 nonce;
    }

    /// @notice Raised when the signature is not the signer's over this message.
    error SignatureInvalid(bytes32 studyId);

    /// @notice Raised when the signer is not the study's patient.
    error SignerNotPatient(bytes32 studyId);

    /// @notice Raised when the nonce is not the next one: a replay, or a message signed before a later one was relayed.
    error NonceUnexpected(bytes32 studyId, uint32 grantee, uint256 expected, uint256 given);

    /// @notice Raised when the (study, grantee) has no nonce left (65535).
    error NonceExhausted(bytes32 studyId, uint32 grantee);

    /// @notice Raised when the window is empty or already over.
    error WindowInvalid(uint48 notBefore, uint48 expiry);

    /// @notice Raised when the consent would stand longer than its class allows, counted from now. Seconds.
    error TermTooLong(uint256 term, uint256 maximum);

    /// @notice Raised when the mask is empty or has a bit that cannot be consented to.
    error PurposesInvalid(uint16 purposes);

    /// @notice Raised when the study is unknown or withdrawn.
    error StudyNotOffered(bytes32 studyId);

    /// @notice Raised when the caller is not an operator of the study's custodian.
    error CallerNotCustodian(bytes32 studyId, address caller);

    /// @notice Raised when the custodian would replace the patient's own standing signature by its attestation.
    error SignedConsentStands(bytes32 studyId, uint32 grantee);

    /// @notice Raised when there is no attested grant to withdraw.
    error AttestationMissing(bytes32 studyId, uint32 grantee);

    /// @notice A consent stands. `nonce` is the one consumed (for an attestation, which consumes none, the next one);
    /// `relayer` is the member that brought it.
    event ConsentGranted(
        bytes32 indexed studyId,
        uint32 indexed grantee,
        address indexed patient,
        uint16 purposes,
        uint48 notBefore,
        uint48 expiry,
        ConsentClass class,
        address creditAccount,
        uint256 nonce,
        uint32 relayer
    );

    /// @notice A consent ended. `class` is how it had been given (None when there was none: the patient voided a signature
    /// that was never relayed); `byCustodian` tells a withdrawn attestation from the patient's own revocation.
    event ConsentRevoked(
        bytes32 indexed studyId,
        uint32 indexed grantee,
        address indexed patient,
        ConsentClass class,
        bool byCustodian,
        uint256 nonce,
        uint32 relayer
    );

    /// @notice The Council changed the longest terms. Seconds.
    event TermsChanged(uint32 signedTerm, uint32 attestedTerm);

    /// @notice Grants what the patient signed, replacing what stood for the (study, grantee). Operator of an Active hospital.
    function grantBySig(Consent calldata consent_, bytes calldata signer, bytes calldata signature) external;

    /// @notice Grants 1 to 100 signed consents, all or none.
    function grantBatchBySig(Consent[] calldata consents, bytes[] calldata signers, bytes[] calldata signatures) external;

    /// @notice Revokes by the patient's signature, also an attested grant, also while writes are paused and also for a
    /// withdrawn study. Operator of an Active hospital.
    function revokeBySig(Revocation calldata revocation, bytes calldata signer, bytes calldata signature) external;

    /// @notice Revokes 1 to 100 times, all or none.
    function revokeBatchBySig(Revocation[] calldata revocations, bytes[] calldata signers, bytes[] calldata signatures) external;

    /// @notice Records a consent given on paper: class Attested, no credit account, shorter longest term, nonce unchanged.
    /// Operator of the custodian.
    function attest(bytes32 studyId, uint32 grantee, uint16 purposes, uint48 notBefore, uint48 expiry) external;

    /// @notice Ends an attested grant, also while writes are paused. Operator of the custodian.
    function withdrawAttestation(bytes32 studyId, uint32 grantee) external;

    /// @notice Changes the longest terms, each 1 hour to 10 years in seconds. Role COUNCIL.
    function setTerms(uint32 signedTerm, uint32 attestedTerm) external;

    /// @notice What is kept for (study, grantee).
    function consent(bytes32 studyId, uint32 grantee) external view returns (Grant memory);

    /// @notice The nonce the next signature for (study, grantee) must carry, shared by grants and revocations.
    function nonce(bytes32 studyId, uint32 grantee) external view returns (uint256);

    /// @notice Whether the grantee's own grant, or the grant to anyone, covers `purpose` at `moment` (seconds since 1970).
    /// @return reason None when it does.
    /// @return creditAccount Of the grant that does; zero otherwise.
    /// @return class Of the grant that does; otherwise of the grantee's own, or of the one to anyone when it has none.
    function check(bytes32 studyId, uint32 grantee, uint8 purpose, uint48 moment)
        external
        view
        returns (Reason reason, address creditAccount, ConsentClass class);

    /// @notice The digest a patient signs for a consent (EIP-712).
    function hashConsent(Consent calldata consent_) external view returns (bytes32);

    /// @notice The digest a patient signs for a revocation (EIP-712).
    function hashRevocation(Revocation calldata revocation) external view returns (bytes32);

    /// @notice The longest terms in seconds.
    function terms() external view returns (uint32 signedTerm, uint32 attestedTerm);

    /// @notice Where this contract looks up studies; fixed in its code.
    function studyRegistry() external view returns (address);
}
