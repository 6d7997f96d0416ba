// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessLedger} from "../../interfaces/IAccessLedger.sol";
import {IConsentRegistry} from "../../interfaces/IConsentRegistry.sol";
import {IConsortiumContract} from "../../interfaces/IConsortiumContract.sol";
import {Reason} from "../../interfaces/Reason.sol";
import {Consortium} from "../support/Consortium.t.sol";

/// @notice Requests from asking to review, for every input. Hospital 1 keeps the study, hospital 2 holds a consent for treatment.
contract AccessLedgerFuzz is Consortium {
    bytes32 private constant STUDY = keccak256("study");
    bytes32 private constant ID = keccak256("request");
    uint256 private constant KEY = 0x30001;
    uint8 private constant TREAT = 0;
    uint8 private constant ETREAT = 6;

    function setUp() public override {
        super.setUp();
        address patient = VM.addr(KEY);
        _must(_operator(1), address(studies), abi.encodeCall(studies.register, (STUDY, patient, keccak256("root"))));
        uint48 now_ = uint48(block.timestamp);
        IConsentRegistry.Consent memory given = IConsentRegistry.Consent(STUDY, 2, 1, now_, now_ + 30 days, address(0xACC), 0);
        bytes memory signature = _signature(KEY, consents.hashConsent(given));
        _must(_operator(2), address(consents), abi.encodeCall(consents.grantBySig, (given, abi.encodePacked(patient), signature)));
    }

    /// A request is recorded with what follows from study, consent and purpose, and raises nothing but for what is malformed.
    function testFuzz_requestDecidesByTheRule(bytes32 requestId, bool known, uint8 purpose, uint32 id, uint32 later) external {
        id = 1 + id % HOSPITALS;
        purpose = purpose % 9;
        VM.warp(block.timestamp + later % 60 days);
        bytes32 study = known ? STUDY : keccak256("unknown");
        bytes4 refusal = purpose > ETREAT
            ? IAccessLedger.PurposeUnknown.selector
            : requestId == 0 ? IAccessLedger.RequestIdTaken.selector : IAccessLedger.OwnStudy.selector;
        bool allowed = purpose <= ETREAT && requestId != 0 && !(known && id == 1);
        bytes memory call = abi.encodeCall(access.request, (requestId, study, purpose));
        if (!_decided(_operator(id), address(access), call, allowed, refusal)) return;
        bool lapsed = later % 60 days >= 30 days;
        bool granted = known && (purpose == ETREAT || (purpose == TREAT && id == 2 && !lapsed));
        IAccessLedger.Request memory kept = access.accessRequest(requestId);
        assert(kept.outcome == (granted ? IAccessLedger.Outcome.Granted : IAccessLedger.Outcome.Denied));
        assert((kept.reason == Reason.None) == granted && (kept.dueBy != 0) == granted);
        assert(kept.requester == id && kept.purpose == purpose && kept.requestedAt == block.timestamp);
        assert((kept.review == IAccessLedger.ReviewState.Pending) == (granted && purpose == ETREAT));
        if (granted) assert(kept.dueBy == block.timestamp + (purpose == ETREAT ? EMERGENCY : DELIVERY));
    }

    /// The same request again changes nothing; an id is nobody else's and for nothing else ever.
    function testFuzz_requestIdsAreUsedOnce(bytes32 requestId, uint8 purpose, uint8 other, bytes32 study, uint32 id) external {
        VM.assume(requestId != 0);
        purpose = purpose % 7;
        other = other % 7;
        id = 2 + id % (HOSPITALS - 1);
        if (uint256(study) % 2 == 0) study = STUDY;
        _must(_operator(2), address(access), abi.encodeCall(access.request, (requestId, STUDY, purpose)));
        bytes32 before = keccak256(abi.encode(access.accessRequest(requestId)));
        VM.warp(block.timestamp + 100);
        bool same = id == 2 && purpose == other && study == STUDY;
        bytes memory call = abi.encodeCall(access.request, (requestId, study, other));
        _decided(_operator(id), address(access), call, same, IAccessLedger.RequestIdTaken.selector);
        assert(keccak256(abi.encode(access.accessRequest(requestId))) == before);
    }

    /// Nobody without a seat at an Active hospital does anything here.
    function testFuzz_strangersDoNothing(address stranger, bytes32 requestId, uint8 reason, uint64 size) external {
        VM.assume(members.hospitalOf(stranger) == 0);
        _ask(TREAT);
        bytes4 no = IConsortiumContract.CallerNotActiveHospital.selector;
        _refused(stranger, address(access), abi.encodeCall(access.request, (requestId, STUDY, TREAT)), no);
        _refused(stranger, address(access), abi.encodeCall(access.deliver, (ID, requestId)), no);
        _refused(stranger, address(access), abi.encodeCall(access.dispute, (ID, reason)), no);
        _refused(stranger, address(access), abi.encodeCall(access.expire, (ID)), no);
        _refused(stranger, address(access), abi.encodeCall(access.anchorLog, (bytes32(0), requestId, size)), no);
        _must(_operator(1), address(access), abi.encodeCall(access.deliver, (ID, bytes32("key"))));
        _refused(stranger, address(access), abi.encodeCall(access.acknowledge, (ID, requestId)), no);
    }

    /// The custodian alone delivers, with a digest, while the consent stands.
    function testFuzz_deliverNeedsAStandingConsent(uint32 id, bytes32 digest, uint32 later) external {
        id = 1 + id % HOSPITALS;
        _ask(TREAT);
        VM.warp(block.timestamp + later % 60 days);
        bool stands = later % 60 days < 30 days;
        bytes4 refusal = id != 1
            ? IAccessLedger.CallerNotParty.selector
            : digest == 0 ? IAccessLedger.DigestMissing.selector : IAccessLedger.ConsentLapsed.selector;
        bytes memory call = abi.encodeCall(access.deliver, (ID, digest));
        if (!_decided(_operator(id), address(access), call, id == 1 && digest != 0 && stands, refusal)) return;
        assert(access.accessRequest(ID).creditAccount == address(0xACC));
        _refused(_operator(1), address(access), call, IAccessLedger.RequestStateUnexpected.selector);
    }

    /// The requester alone acknowledges, with a receipt, once; only that earns the custodian and the patient's account credit.
    function testFuzz_acknowledgeEarnsOnce(uint32 id, bytes32 receipt) external {
        id = 1 + id % HOSPITALS;
        _ask(TREAT);
        bytes memory call = abi.encodeCall(access.acknowledge, (ID, receipt));
        _refused(_operator(id), address(access), call, IAccessLedger.RequestStateUnexpected.selector);
        _must(_operator(1), address(access), abi.encodeCall(access.deliver, (ID, bytes32("key"))));
        bytes4 refusal = id != 2 ? IAccessLedger.CallerNotParty.selector : IAccessLedger.DigestMissing.selector;
        bool taken = _decided(_operator(id), address(access), call, id == 2 && receipt != 0, refusal);
        assert(credit.credit(credit.memberSubject(1)).raw == (taken ? 510 : 500));
        assert(credit.credit(credit.accountSubject(address(0xACC))).raw == (taken ? 510 : 500));
        if (taken) _refused(_operator(2), address(access), call, IAccessLedger.RequestStateUnexpected.selector);
    }

    /// Only the two parties dispute; the requester before it acknowledged, the custodian also after; the other one is accused.
    function testFuzz_disputeIsTheParties(uint32 id, uint8 reason, bool acknowledged, bool justified) external {
        id = 1 + id % HOSPITALS;
        _ask(TREAT);
        _must(_operator(1), address(access), abi.encodeCall(access.deliver, (ID, bytes32("key"))));
        if (acknowledged) _must(_operator(2), address(access), abi.encodeCall(access.acknowledge, (ID, bytes32("receipt"))));
        bytes4 refusal = id > 2 ? IAccessLedger.CallerNotParty.selector : IAccessLedger.RequestStateUnexpected.selector;
        bool allowed = id == 1 || (id == 2 && !acknowledged);
        bytes memory call = abi.encodeCall(access.dispute, (ID, reason));
        if (!_decided(_operator(id), address(access), call, allowed, refusal)) return;
        assert(access.accessRequest(ID).accused == 3 - id);
        uint16 before = credit.credit(credit.memberSubject(3 - id)).raw;
        bytes memory judge = abi.encodeCall(access.review, (ID, justified, bytes32("note")));
        _must(VM.addr(REVIEWER_KEY), address(access), judge);
        assert(credit.credit(credit.memberSubject(3 - id)).raw == (justified ? before : before - 200));
        _refused(VM.addr(REVIEWER_KEY), address(access), judge, IAccessLedger.ReviewNotPending.selector);
    }

    /// A request expires after its deadline and not before; who could have delivered then and did not loses credit.
    function testFuzz_expireAfterTheDeadline(uint32 later, uint32 id, bool revoked, bool suspended) external {
        id = 2 + id % (HOSPITALS - 1);
        _ask(TREAT);
        VM.warp(block.timestamp + later % 3 days);
        if (revoked) _revokeConsent();
        if (suspended) members.suspend(1);
        bool due = later % 3 days > DELIVERY;
        bytes memory call = abi.encodeCall(access.expire, (ID));
        bool done = _decided(_operator(id), address(access), call, due, IAccessLedger.NotYetDue.selector);
        assert(credit.credit(credit.memberSubject(1)).raw == (done && !revoked && !suspended ? 450 : 500));
    }

    /// A review is a reviewer's, by call or by signature, once; a signature by anyone else, or over another verdict, is worth nothing.
    function testFuzz_reviewBySigIsTheReviewers(bool justified, bytes32 note, uint256 key, address named) external {
        _ask(ETREAT);
        key = 1 + key % 1000;
        VM.assume(named != VM.addr(REVIEWER_KEY));
        IAccessLedger.Review memory given = IAccessLedger.Review(ID, justified, note);
        bytes memory signed = _signature(REVIEWER_KEY, access.hashReview(given));
        address reviewer = VM.addr(REVIEWER_KEY);
        bytes memory other = _signature(key, access.hashReview(given));
        _refused(_operator(3), address(access), abi.encodeCall(access.reviewBySig, (given, named, other)), IAccessLedger.SignerNotReviewer.selector);
        _refused(_operator(3), address(access), abi.encodeCall(access.reviewBySig, (given, reviewer, other)), IAccessLedger.SignatureInvalid.selector);
        given.justified = !justified;
        _refused(_operator(3), address(access), abi.encodeCall(access.reviewBySig, (given, reviewer, signed)), IAccessLedger.SignatureInvalid.selector);
        given.justified = justified;
        bytes memory call = abi.encodeCall(access.reviewBySig, (given, reviewer, signed));
        _must(_operator(3), address(access), call);
        assert(credit.credit(credit.memberSubject(2)).raw == (justified ? 500 : 300));
        _refused(_operator(3), address(access), call, IAccessLedger.ReviewNotPending.selector);
    }

    /// Anchors form one chain per member: each names the last root, and grows.
    function testFuzz_anchorsFormAChain(bytes32[4] memory roots, uint64[4] memory sizes, bool[4] memory detached, uint32 id) external {
        id = 1 + id % HOSPITALS;
        bytes32 last;
        uint64 size;
        for (uint256 i = 0; i < 4; ++i) {
            bytes32 previous = detached[i] ? keccak256(abi.encode(last)) : last;
            bool allowed = !detached[i] && roots[i] != 0 && sizes[i] > size;
            bytes memory call = abi.encodeCall(access.anchorLog, (previous, roots[i], sizes[i]));
            if (_decided(_operator(id), address(access), call, allowed, IAccessLedger.AnchorDetached.selector)) (last, size) = (roots[i], sizes[i]);
            (bytes32 root, uint64 length) = access.anchor(id);
            assert(root == last && length == size);
            (root, length) = access.anchor(1 + id % HOSPITALS);
            assert(root == 0 && length == 0);
        }
    }

    /// Deadlines lie between a second and thirty days, and are the Council's.
    function testFuzz_setDeadlinesWithinBounds(uint32 delivery, uint32 emergency) external {
        bool allowed = delivery > 0 && delivery <= 30 days && emergency > 0 && emergency <= 30 days;
        bytes memory call = abi.encodeCall(access.setDeadlines, (delivery, emergency));
        _decided(address(this), address(access), call, allowed, IConsortiumContract.ParameterOutOfBounds.selector);
        (uint32 one, uint32 two) = access.deadlines();
        assert(allowed ? one == delivery && two == emergency : one == DELIVERY && two == EMERGENCY);
    }

    /// Digests differ whenever any word or the chain does; what is unknown reads as nothing.
    function testFuzz_digestsAndReads(IAccessLedger.Review memory given, uint8 which, uint64 chain, bytes32 requestId) external {
        bytes32 digest = access.hashReview(given);
        VM.assume(chain != block.chainid && chain != 0);
        uint256 before = block.chainid;
        VM.chainId(chain);
        assert(access.hashReview(given) != digest);
        VM.chainId(before);
        if (which % 3 == 0) given.requestId = ~given.requestId;
        if (which % 3 == 1) given.justified = !given.justified;
        if (which % 3 == 2) given.note = ~given.note;
        assert(access.hashReview(given) != digest);
        (, string memory name, string memory version, uint256 chainId, address place,,) = access.eip712Domain();
        assert(keccak256(bytes(name)) == keccak256("Fiducial Access") && keccak256(bytes(version)) == keccak256("1"));
        assert(chainId == block.chainid && place == address(access));
        assert(access.accessRequest(requestId).state == IAccessLedger.RequestState.None && access.accessRequest(requestId).accused == 0);
        assert(access.studyRegistry() == address(studies) && access.consentRegistry() == address(consents));
        assert(access.creditLedger() == address(credit) && access.memberRegistry() == address(members));
    }

    function _ask(uint8 purpose) private {
        _must(_operator(2), address(access), abi.encodeCall(access.request, (ID, STUDY, purpose)));
    }

    function _revokeConsent() private {
        IConsentRegistry.Revocation memory ended = IConsentRegistry.Revocation(STUDY, 2, 1);
        bytes memory signature = _signature(KEY, consents.hashRevocation(ended));
        _must(_operator(3), address(consents), abi.encodeCall(consents.revokeBySig, (ended, abi.encodePacked(VM.addr(KEY)), signature)));
    }
}
