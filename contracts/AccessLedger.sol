// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712Upgradeable} from "@openzeppelin/contracts-upgradeable/utils/cryptography/EIP712Upgradeable.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {MemberServed} from "./base/MemberServed.sol";
import {IAccessLedger} from "./interfaces/IAccessLedger.sol";
import {IConsentRegistry} from "./interfaces/IConsentRegistry.sol";
import {ICreditLedger} from "./interfaces/ICreditLedger.sol";
import {IStudyRegistry} from "./interfaces/IStudyRegistry.sol";
import {Reason} from "./interfaces/Reason.sol";
import {Purposes} from "./libraries/Purposes.sol";
import {RequestCore} from "./libraries/RequestCore.sol";
import {Roles} from "./libraries/Roles.sol";

/// @notice See {IAccessLedger}.
contract AccessLedger is MemberServed, EIP712Upgradeable, IAccessLedger {
    // ------------------------------------------------------------------------------------------------------------- constants

    string private constant NAME = "Fiducial Access";
    string private constant VERSION = "1";
    uint256 private constant MAX_DEADLINE = 30 days;

    bytes32 private constant REVIEW_TYPEHASH = keccak256("Review(bytes32 requestId,bool justified,bytes32 note)");

    /// @dev A request writes the first two slots; the third is written by a delivery that earns the patient credit, or by a
    /// PATRQT request.
    struct Record {
        RequestCore.Core core;
        bytes32 studyId;
        address creditAccount;
    }

    struct Anchor {
        bytes32 root;
        uint64 size;
    }

    // --------------------------------------------------------------------------------------------------------------- storage

    /// @custom:storage-location erc7201:fiducial.storage.AccessLedger
    struct AccessLedgerStorage {
        bool paused;
        uint32 delivery;
        uint32 emergencyDelivery;
        mapping(bytes32 requestId => Record) records;
        mapping(uint32 member => Anchor) anchors;
    }

    bytes32 private constant STORAGE = 0x42b8f38e91e01983d037eb46aa8aab8134bba0c2d4489a0773dcd0b1251d6800;

    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IStudyRegistry private immutable STUDIES;

    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IConsentRegistry private immutable CONSENTS;

    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    ICreditLedger private immutable CREDIT;

    // -------------------------------------------------------------------------------------------------------- initialisation

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(address members, address studies, address consents, address credit) MemberServed(members) {
        _requireAddress(studies);
        _requireAddress(consents);
        _requireAddress(credit);
        STUDIES = IStudyRegistry(studies);
        CONSENTS = IConsentRegistry(consents);
        CREDIT = ICreditLedger(credit);
    }

    /// @param authority_ The ConsortiumAuthority.
    /// @param delivery Time to deliver in seconds.
    /// @param emergencyDelivery The same for ETREAT.
    function initialize(address authority_, uint32 delivery, uint32 emergencyDelivery) external initializer {
        __ConsortiumContract_init(authority_);
        __EIP712_init(NAME, VERSION);
        _setDeadlines(delivery, emergencyDelivery);
    }

    // -------------------------------------------------------------------------------------------------- writes: the requester

    /// @inheritdoc IAccessLedger
    function request(bytes32 requestId, bytes32 studyId, uint8 purpose) external whenWriting returns (Outcome, Reason) {
        uint32 requester = _callerHospital();
        if (!Purposes.known(purpose)) revert PurposeUnknown(purpose);
        Record storage record = _storage().records[requestId];
        if (record.core.state != RequestState.None) {
            bool same = record.core.requester == requester && record.studyId == studyId && record.core.purpose == purpose;
            if (!same) revert RequestIdTaken(requestId);
            return (_outcome(record.core.state), record.core.reason);
        }
        if (requestId == 0) revert RequestIdTaken(requestId);
        return _request(record, requestId, studyId, requester, purpose);
    }

    /// @inheritdoc IAccessLedger
    function acknowledge(bytes32 requestId, bytes32 receipt) external whenWriting {
        Record storage record = _expect(requestId, RequestState.Delivered);
        if (_callerHospital() != record.core.requester) revert CallerNotParty(requestId, _msgSender());
        if (receipt == 0) revert DigestMissing(requestId);
        record.core.state = RequestState.Acknowledged;
        emit AccessAcknowledged(requestId, record.studyId, record.core.requester, record.core.custodian, receipt);
        CREDIT.onAcknowledged(record.core.custodian, record.core.requester, record.core.accountNamed ? record.creditAccount : address(0));
        _closeSecondOpinion(record);
    }

    // -------------------------------------------------------------------------------------------------- writes: the custodian

    /// @inheritdoc IAccessLedger
    function deliver(bytes32 requestId, bytes32 keyDigest) external whenWriting {
        Record storage record = _expect(requestId, RequestState.Granted);
        if (_callerHospital() != record.core.custodian) revert CallerNotParty(requestId, _msgSender());
        if (keyDigest == 0) revert DigestMissing(requestId);
        (Reason reason, address creditAccount) = _obstacle(record, uint48(block.timestamp));
        if (reason != Reason.None) revert ConsentLapsed(requestId, reason);
        if (creditAccount != address(0) && record.core.purpose != Purposes.PATRQT) {
            record.creditAccount = creditAccount;
            record.core.accountNamed = true;
        }
        record.core.state = RequestState.Delivered;
        emit AccessDelivered(requestId, record.studyId, record.core.requester, record.core.custodian, keyDigest);
    }

    // ----------------------------------------------------------------------------------------------------- writes: either side

    /// @inheritdoc IAccessLedger
    function dispute(bytes32 requestId, uint8 reason) external whenWriting {
        Record storage record = _known(requestId);
        uint32 by = _callerHospital();
        bool byRequester = by == record.core.requester;
        if (!byRequester && by != record.core.custodian) revert CallerNotParty(requestId, _msgSender());
        RequestState state = record.core.state;
        bool allowed = state == RequestState.Delivered || (state == RequestState.Acknowledged && !byRequester);
        if (!allowed) revert RequestStateUnexpected(requestId, state);
        record.core.state = RequestState.Disputed;
        if (record.core.purpose != Purposes.ETREAT) {
            record.core.review = ReviewState.Pending;
            record.core.custodianAccused = byRequester;
        }
        emit AccessDisputed(requestId, record.studyId, by, reason);
        if (state == RequestState.Delivered) _closeSecondOpinion(record);
    }

    /// @inheritdoc IAccessLedger
    function expire(bytes32 requestId) external whenWriting {
        _callerHospital();
        Record storage record = _expect(requestId, RequestState.Granted);
        if (block.timestamp <= record.core.dueBy) revert NotYetDue(requestId, record.core.dueBy);
        (Reason reason,) = _obstacle(record, record.core.dueBy);
        bool penalised = reason == Reason.None && MEMBERS.isActiveHospital(record.core.custodian);
        record.core.state = RequestState.Expired;
        emit AccessExpired(requestId, record.studyId, record.core.requester, record.core.custodian, penalised);
        if (penalised) CREDIT.onMissedDeadline(record.core.custodian, record.core.requester);
        _closeSecondOpinion(record);
    }

    /// @inheritdoc IAccessLedger
    function anchorLog(bytes32 prevRoot, bytes32 root, uint64 size) external whenWriting {
        uint32 id = _callerHospital();
        Anchor storage last = _storage().anchors[id];
        if (root == 0 || prevRoot != last.root || size <= last.size) revert AnchorDetached(id, last.root, last.size);
        last.root = root;
        last.size = size;
        emit LogAnchored(id, prevRoot, root, size);
    }

    // -------------------------------------------------------------------------------------------------- writes: the reviewers

    /// @inheritdoc IAccessLedger
    function review(bytes32 requestId, bool justified, bytes32 note) external restricted whenWriting {
        _review(requestId, justified, note, _msgSender());
    }

    /// @inheritdoc IAccessLedger
    function reviewBySig(Review calldata review_, address reviewer, bytes calldata signature) external whenWriting {
        _callerHospital();
        (bool holds,) = IAccessManager(authority()).hasRole(Roles.REVIEWER, reviewer);
        if (!holds) revert SignerNotReviewer(reviewer);
        bool signed = SignatureChecker.isValidSignatureNow(reviewer, hashReview(review_), signature);
        if (!signed) revert SignatureInvalid(review_.requestId);
        _review(review_.requestId, review_.justified, review_.note, reviewer);
    }

    // ---------------------------------------------------------------------------------------------------- writes: the Council

    /// @inheritdoc IAccessLedger
    function setDeadlines(uint32 delivery, uint32 emergencyDelivery) external restricted {
        _setDeadlines(delivery, emergencyDelivery);
    }

    // ----------------------------------------------------------------------------------------------------------------- reads

    /// @inheritdoc IAccessLedger
    function accessRequest(bytes32 requestId) external view returns (Request memory) {
        Record memory record = _storage().records[requestId];
        return Request({
            studyId: record.studyId,
            requester: record.core.requester,
            custodian: record.core.custodian,
            purpose: record.core.purpose,
            outcome: _outcome(record.core.state),
            reason: record.core.reason,
            state: record.core.state,
            review: record.core.review,
            accused: record.core.review == ReviewState.None ? 0 : record.core.custodianAccused ? record.core.custodian : record.core.requester,
            requestedAt: record.core.requestedAt,
            dueBy: record.core.dueBy,
            creditAccount: record.core.accountNamed ? record.creditAccount : address(0)
        });
    }

    /// @inheritdoc IAccessLedger
    function anchor(uint32 member) external view returns (bytes32 root, uint64 size) {
        Anchor memory last = _storage().anchors[member];
        return (last.root, last.size);
    }

    /// @inheritdoc IAccessLedger
    function deadlines() external view returns (uint32 delivery, uint32 emergencyDelivery) {
        return (_storage().delivery, _storage().emergencyDelivery);
    }

    /// @inheritdoc IAccessLedger
    function hashReview(Review calldata review_) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REVIEW_TYPEHASH, review_)));
    }

    /// @inheritdoc IAccessLedger
    function studyRegistry() external view returns (address) {
        return address(STUDIES);
    }

    /// @inheritdoc IAccessLedger
    function consentRegistry() external view returns (address) {
        return address(CONSENTS);
    }

    /// @inheritdoc IAccessLedger
    function creditLedger() external view returns (address) {
        return address(CREDIT);
    }

    // ------------------------------------------------------------------------------------------------------------- internals

    function _request(Record storage record, bytes32 requestId, bytes32 studyId, uint32 requester, uint8 purpose)
        private
        returns (Outcome outcome, Reason reason)
    {
        (uint32 custodian, address patient, IStudyRegistry.StudyStatus status) = STUDIES.parties(studyId);
        if (custodian == requester) revert OwnStudy(studyId);
        address creditAccount;
        (reason, creditAccount) = _decide(studyId, custodian, patient, status, requester, purpose);
        outcome = reason == Reason.None ? Outcome.Granted : Outcome.Denied;
        RequestCore.Core memory core;
        core.requester = requester;
        core.custodian = custodian;
        core.purpose = purpose;
        core.reason = reason;
        if (outcome == Outcome.Granted && purpose == Purposes.PATRQT) {
            core.accountNamed = creditAccount != address(0);
            record.creditAccount = core.accountNamed ? creditAccount : patient;
        }
        _open(core, requestId, studyId, patient);
        RequestCore.write(record.core, core);
        record.studyId = studyId;
    }

    /// @dev Sets what follows from the decision, and tells it.
    function _open(RequestCore.Core memory core, bytes32 requestId, bytes32 studyId, address patient) private {
        bool emergency = core.purpose == Purposes.ETREAT;
        core.state = RequestState.Denied;
        core.requestedAt = uint40(block.timestamp);
        if (core.reason == Reason.None) {
            core.state = RequestState.Granted;
            core.dueBy = core.requestedAt + (emergency ? _storage().emergencyDelivery : _storage().delivery);
            if (emergency) core.review = ReviewState.Pending;
        }
        emit AccessRequested(
            requestId,
            studyId,
            core.requester,
            patient,
            core.custodian,
            core.purpose,
            _outcome(core.state),
            core.reason,
            emergency,
            core.dueBy
        );
    }

    /// @dev The policy in order: the study, the emergency, the custodian, the patient, and last the credit, which counts.
    function _decide(
        bytes32 studyId,
        uint32 custodian,
        address patient,
        IStudyRegistry.StudyStatus status,
        uint32 requester,
        uint8 purpose
    ) private returns (Reason reason, address creditAccount) {
        if (status == IStudyRegistry.StudyStatus.None) return (Reason.UnknownStudy, address(0));
        if (status == IStudyRegistry.StudyStatus.Withdrawn) return (Reason.StudyWithdrawn, address(0));
        if (purpose == Purposes.ETREAT) return (Reason.None, address(0));
        if (!MEMBERS.isActiveHospital(custodian)) return (Reason.CustodianInactive, address(0));
        (reason, creditAccount,) = CONSENTS.check(studyId, requester, purpose, uint48(block.timestamp));
        if (reason != Reason.None) return (reason, address(0));
        reason = CREDIT.onRequest(requester, creditAccount == address(0) ? patient : creditAccount, purpose);
    }

    function _review(bytes32 requestId, bool justified, bytes32 note, address reviewer) private {
        Record storage record = _known(requestId);
        if (record.core.review != ReviewState.Pending) revert ReviewNotPending(requestId, record.core.review);
        record.core.review = justified ? ReviewState.Justified : ReviewState.Unjustified;
        (uint32 accused, uint32 other) =
            record.core.custodianAccused ? (record.core.custodian, record.core.requester) : (record.core.requester, record.core.custodian);
        emit AccessReviewed(requestId, record.studyId, accused, reviewer, justified, note);
        if (!justified) CREDIT.onMisuse(accused, other);
    }

    function _closeSecondOpinion(Record storage record) private {
        if (record.core.purpose == Purposes.PATRQT) CREDIT.onSecondOpinionClosed(record.creditAccount);
    }

    function _setDeadlines(uint32 delivery, uint32 emergencyDelivery) private {
        _requireWithin("delivery", delivery, 1, MAX_DEADLINE);
        _requireWithin("emergencyDelivery", emergencyDelivery, 1, MAX_DEADLINE);
        AccessLedgerStorage storage $ = _storage();
        $.delivery = delivery;
        $.emergencyDelivery = emergencyDelivery;
        emit DeadlinesChanged(delivery, emergencyDelivery);
    }

    function _storePause(bool paused) internal override {
        _storage().paused = paused;
    }

    function _writesPaused() internal view override returns (bool) {
        return _storage().paused;
    }

    /// @dev What stands between a granted request and its delivery at `moment`; None when nothing does.
    function _obstacle(Record storage record, uint48 moment) private view returns (Reason reason, address creditAccount) {
        if (!MEMBERS.isActiveHospital(record.core.requester)) return (Reason.RequesterInactive, address(0));
        if (record.core.purpose == Purposes.ETREAT) return (Reason.None, address(0));
        (,, IStudyRegistry.StudyStatus status) = STUDIES.parties(record.studyId);
        if (status != IStudyRegistry.StudyStatus.Active) return (Reason.StudyWithdrawn, address(0));
        (reason, creditAccount,) = CONSENTS.check(record.studyId, record.core.requester, record.core.purpose, moment);
    }

    function _known(bytes32 requestId) private view returns (Record storage record) {
        record = _storage().records[requestId];
        if (record.core.state == RequestState.None) revert RequestUnknown(requestId);
    }

    function _expect(bytes32 requestId, RequestState state) private view returns (Record storage record) {
        record = _known(requestId);
        if (record.core.state != state) revert RequestStateUnexpected(requestId, record.core.state);
    }

    function _outcome(RequestState state) private pure returns (Outcome) {
        if (state == RequestState.None) return Outcome.None;
        return state == RequestState.Denied ? Outcome.Denied : Outcome.Granted;
    }

    /// @dev Constants, so that no signature check reads the domain from storage.
    function _EIP712Name() internal pure override returns (string memory) {
        return NAME;
    }

    function _EIP712Version() internal pure override returns (string memory) {
        return VERSION;
    }

    function _storage() private pure returns (AccessLedgerStorage storage $) {
        assembly {
            $.slot := STORAGE
        }
    }
}
