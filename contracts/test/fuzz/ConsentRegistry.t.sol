// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsentRegistry} from "../../interfaces/IConsentRegistry.sol";
import {IConsortiumContract} from "../../interfaces/IConsortiumContract.sol";
import {Reason} from "../../interfaces/Reason.sol";
import {Consortium} from "../support/Consortium.t.sol";

/// @notice Consents and revocations under real signatures, for every input. ConsentWindow.t.sol looks at windows and terms.
contract ConsentRegistryFuzz is Consortium {
    bytes32 private constant STUDY = keccak256("study");
    uint256 private constant KEY = 0x30001;

    address private _holder;

    function setUp() public override {
        super.setUp();
        _holder = VM.addr(KEY);
        _must(_operator(1), address(studies), abi.encodeCall(studies.register, (STUDY, _holder, keccak256("root"))));
    }

    /// The patient's signature over exactly these words grants, once; of any other key or over any other words it grants nothing.
    function testFuzz_grantBySigTakesThePatientsWordOnce(uint32 grantee, uint16 mask, uint32 term, address account, uint256 key, uint32 relayer) external {
        relayer = 1 + relayer % HOSPITALS;
        IConsentRegistry.Consent memory given = _consent(grantee, 1 + mask % 63, term, account);
        key = 1 + key % 1000;
        bytes memory other = _signature(key, consents.hashConsent(given));
        _refused(_operator(relayer), address(consents), _grant(given, other), IConsentRegistry.SignatureInvalid.selector);
        bytes memory signed = _signature(KEY, consents.hashConsent(given));
        given.expiry += 1;
        _refused(_operator(relayer), address(consents), _grant(given, signed), IConsentRegistry.SignatureInvalid.selector);
        given.expiry -= 1;
        _must(_operator(relayer), address(consents), _grant(given, signed));
        _refused(_operator(relayer), address(consents), _grant(given, signed), IConsentRegistry.NonceUnexpected.selector);
        IConsentRegistry.Grant memory kept = consents.consent(STUDY, grantee);
        assert(kept.purposes == given.purposes && kept.notBefore == given.notBefore && kept.expiry == given.expiry);
        assert(kept.class == IConsentRegistry.ConsentClass.Signed && kept.creditAccount == account && kept.nonce == 1);
    }

    /// What comes from no operator of an Active hospital is not relayed, whatever was signed.
    function testFuzz_onlyHospitalsRelay(address stranger, uint32 grantee, uint16 mask, uint32 term) external {
        VM.assume(members.hospitalOf(stranger) == 0);
        IConsentRegistry.Consent memory given = _consent(grantee, 1 + mask % 63, term, address(0));
        bytes memory call = _grant(given, _signature(KEY, consents.hashConsent(given)));
        _refused(stranger, address(consents), call, IConsortiumContract.CallerNotActiveHospital.selector);
        bytes memory end = _revoke(grantee, 0, KEY);
        _refused(stranger, address(consents), end, IConsortiumContract.CallerNotActiveHospital.selector);
        _must(_operator(2), address(consents), call);
        (IConsentRegistry.Consent[] memory given_, bytes[] memory signers, bytes[] memory signatures) = _many(grantee, 1, 0);
        _refused(
            stranger,
            address(consents),
            abi.encodeCall(consents.grantBatchBySig, (given_, signers, signatures)),
            IConsortiumContract.CallerNotActiveHospital.selector
        );
    }

    /// A batch of consents is all or none.
    function testFuzz_grantBatchBySigIsAllOrNone(uint32 grantee, uint8 size, uint8 broken, bool breakIt) external {
        uint256 count = 1 + size % 4;
        (IConsentRegistry.Consent[] memory given, bytes[] memory signers, bytes[] memory signatures) =
            _many(grantee, count, breakIt ? 1 + broken % count : 0);
        bytes memory call = abi.encodeCall(consents.grantBatchBySig, (given, signers, signatures));
        _decided(_operator(1), address(consents), call, !breakIt, IConsentRegistry.SignatureInvalid.selector);
        for (uint256 i = 0; i < count; ++i) {
            (Reason reason,,) = consents.check(STUDY, given[i].grantee, 0, uint48(block.timestamp));
            assert((reason == Reason.None) == !breakIt);
        }
    }

    /// A revocation takes the patient's key and the next nonce, brake or no brake; afterwards no purpose is covered at any moment.
    function testFuzz_revokeBySigEndsIt(uint32 grantee, uint8 purpose, uint48 moment, uint8 nonce, bool paused, uint256 key) external {
        IConsentRegistry.Consent memory given = _consent(grantee, 63, 1000, address(0));
        _must(_operator(1), address(consents), _grant(given, _signature(KEY, consents.hashConsent(given))));
        if (paused) _must(GUARDIAN, address(consents), abi.encodeCall(consents.pause, ()));
        _refused(_operator(1), address(consents), _revoke(grantee, 1, 1 + key % 1000), IConsentRegistry.SignatureInvalid.selector);
        nonce = nonce % 3;
        bytes memory call = _revoke(grantee, nonce, KEY);
        if (!_decided(_operator(2), address(consents), call, nonce == 1, IConsentRegistry.NonceUnexpected.selector)) return;
        (Reason reason,,) = consents.check(STUDY, grantee, purpose, moment);
        assert(reason == Reason.ConsentRevoked && consents.nonce(STUDY, grantee) == 2);
        _refused(_operator(2), address(consents), call, IConsentRegistry.NonceUnexpected.selector);
    }

    /// A batch of revocations is all or none, and a revocation may come before any grant.
    function testFuzz_revokeBatchBySigIsAllOrNone(uint32 grantee, uint8 size, uint8 broken, bool breakIt) external {
        uint256 count = 1 + size % 4;
        IConsentRegistry.Revocation[] memory given = new IConsentRegistry.Revocation[](count);
        bytes[] memory signers = new bytes[](count);
        bytes[] memory signatures = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            unchecked {
                given[i] = IConsentRegistry.Revocation(STUDY, grantee + uint32(i), 0);
            }
            signers[i] = abi.encodePacked(_holder);
            bool wrong = breakIt && i == broken % count;
            signatures[i] = _signature(wrong ? KEY + 1 : KEY, consents.hashRevocation(given[i]));
        }
        bytes memory call = abi.encodeCall(consents.revokeBatchBySig, (given, signers, signatures));
        _decided(_operator(1), address(consents), call, !breakIt, IConsentRegistry.SignatureInvalid.selector);
        for (uint256 i = 0; i < count; ++i) assert(consents.nonce(STUDY, given[i].grantee) == (breakIt ? 0 : 1));
    }

    /// The custodian attests and withdraws what it attested, and nobody else; a signed consent that stands is not replaced.
    function testFuzz_attestIsTheCustodians(uint32 grantee, uint16 mask, uint32 term, uint32 id, bool signedBefore) external {
        id = 1 + id % HOSPITALS;
        uint16 purposes = 1 + mask % 63;
        uint48 now_ = uint48(block.timestamp);
        if (signedBefore) {
            IConsentRegistry.Consent memory given = _consent(grantee, 63, 1000, address(0));
            _must(_operator(1), address(consents), _grant(given, _signature(KEY, consents.hashConsent(given))));
        }
        bytes memory call = abi.encodeCall(consents.attest, (STUDY, grantee, purposes, now_, now_ + 1 + term % ATTESTED_TERM));
        bytes4 refusal = id != 1 ? IConsentRegistry.CallerNotCustodian.selector : IConsentRegistry.SignedConsentStands.selector;
        bytes memory undo = abi.encodeCall(consents.withdrawAttestation, (STUDY, grantee));
        if (!_decided(_operator(id), address(consents), call, id == 1 && !signedBefore, refusal)) {
            bytes4 none = id != 1 ? IConsentRegistry.CallerNotCustodian.selector : IConsentRegistry.AttestationMissing.selector;
            _refused(_operator(id), address(consents), undo, none);
            return;
        }
        assert(consents.consent(STUDY, grantee).class == IConsentRegistry.ConsentClass.Attested && consents.nonce(STUDY, grantee) == 0);
        _refused(_operator(2), address(consents), undo, IConsentRegistry.CallerNotCustodian.selector);
        _must(_operator(1), address(consents), undo);
        (Reason reason,,) = consents.check(STUDY, grantee, 0, now_);
        assert(reason == Reason.ConsentRevoked);
    }

    /// Terms lie between an hour and ten years, and are the Council's.
    function testFuzz_setTermsWithinBounds(uint32 signedTerm, uint32 attestedTerm) external {
        bool allowed = signedTerm >= 1 hours && signedTerm <= 3650 days && attestedTerm >= 1 hours && attestedTerm <= 3650 days;
        bytes memory call = abi.encodeCall(consents.setTerms, (signedTerm, attestedTerm));
        _decided(address(this), address(consents), call, allowed, IConsortiumContract.ParameterOutOfBounds.selector);
        (uint32 one, uint32 two) = consents.terms();
        assert(allowed ? one == signedTerm && two == attestedTerm : one == SIGNED_TERM && two == ATTESTED_TERM);
    }

    /// Digests differ whenever any word, the contract or the chain does.
    function testFuzz_digestsSayEverything(IConsentRegistry.Consent memory given, uint8 which, uint64 chain) external {
        bytes32 digest = consents.hashConsent(given);
        IConsentRegistry.Revocation memory ended = IConsentRegistry.Revocation(given.studyId, given.grantee, given.nonce);
        bytes32 end = consents.hashRevocation(ended);
        assert(digest != end);
        VM.assume(chain != block.chainid && chain != 0);
        uint256 before = block.chainid;
        VM.chainId(chain);
        assert(consents.hashConsent(given) != digest && consents.hashRevocation(ended) != end);
        VM.chainId(before);
        unchecked {
            if (which % 7 == 0) given.studyId = ~given.studyId;
            if (which % 7 == 1) given.grantee += 1;
            if (which % 7 == 2) given.purposes += 1;
            if (which % 7 == 3) given.notBefore += 1;
            if (which % 7 == 4) given.expiry += 1;
            if (which % 7 == 5) given.creditAccount = address(~uint160(given.creditAccount));
            if (which % 7 == 6) given.nonce += 1;
        }
        assert(consents.hashConsent(given) != digest);
        (, string memory name, string memory version, uint256 chainId, address place,,) = consents.eip712Domain();
        assert(keccak256(bytes(name)) == keccak256("Fiducial Consent") && keccak256(bytes(version)) == keccak256("1"));
        assert(chainId == block.chainid && place == address(consents));
        assert(consents.studyRegistry() == address(studies) && consents.memberRegistry() == address(members));
    }

    function _consent(uint32 grantee, uint16 purposes, uint32 term, address account) private view returns (IConsentRegistry.Consent memory) {
        uint48 now_ = uint48(block.timestamp);
        return IConsentRegistry.Consent(STUDY, grantee, purposes, now_, now_ + 1 + term % (SIGNED_TERM - 1), account, consents.nonce(STUDY, grantee));
    }

    /// @dev Consents of consecutive grantees; the one numbered `broken` from 1 signed by another.
    function _many(uint32 grantee, uint256 count, uint256 broken)
        private
        view
        returns (IConsentRegistry.Consent[] memory given, bytes[] memory signers, bytes[] memory signatures)
    {
        given = new IConsentRegistry.Consent[](count);
        signers = new bytes[](count);
        signatures = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            unchecked {
                given[i] = _consent(grantee + uint32(i), 63, 1000, address(0));
            }
            signers[i] = abi.encodePacked(_holder);
            signatures[i] = _signature(broken == i + 1 ? KEY + 1 : KEY, consents.hashConsent(given[i]));
        }
    }

    function _grant(IConsentRegistry.Consent memory given, bytes memory signature) private view returns (bytes memory) {
        return abi.encodeCall(consents.grantBySig, (given, abi.encodePacked(_holder), signature));
    }

    function _revoke(uint32 grantee, uint256 nonce, uint256 key) private view returns (bytes memory) {
        IConsentRegistry.Revocation memory ended = IConsentRegistry.Revocation(STUDY, grantee, nonce);
        return abi.encodeCall(consents.revokeBySig, (ended, abi.encodePacked(_holder), _signature(key, consents.hashRevocation(ended))));
    }
}
