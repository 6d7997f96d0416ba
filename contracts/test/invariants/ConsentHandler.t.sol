// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsentRegistry} from "../../interfaces/IConsentRegistry.sol";
import {MemberHandler} from "./MemberHandler.t.sol";

/// @dev Studies, consents and revocations.
abstract contract ConsentHandler is MemberHandler {
    function register(uint256 seed, uint256 by) external {
        uint32 id = _oneMember(by);
        uint256 key = _patientKey(seed % PATIENTS);
        bytes32 studyId = bytes32(1 + seed % 64);
        address patient = VM.addr(key);
        bool fresh = true;
        for (uint256 i = 0; i < _studies.length; ++i) if (_studies[i].id == studyId || _studies[i].patient == patient) fresh = false;
        bytes memory call = abi.encodeCall(studies.register, (studyId, patient, keccak256(abi.encode(seed))));
        bool ok = _try("register", _members[id - 1].operator, address(studies), call);
        _claim(ok == (fresh && _active(id) && !_paused[1]), "a study was registered that could not be, or not");
        if (ok) _studies.push(StudyFacts(studyId, key, patient, id, 1, false));
        _pass(1);
    }

    function supersede(uint256 seed) external {
        if (_studies.length == 0) return;
        StudyFacts storage facts = _studies[seed % _studies.length];
        bytes memory call = abi.encodeCall(studies.supersede, (facts.id, facts.version, keccak256(abi.encode(seed, facts.version))));
        bool ok = _try("supersede", _members[facts.custodian - 1].operator, address(studies), call);
        _claim(ok == (!facts.withdrawn && _active(facts.custodian) && !_paused[1]), "a version came that could not, or not");
        if (ok) ++facts.version;
        _pass(1);
    }

    function withdraw(uint256 seed) external {
        if (_studies.length == 0 || seed % 6 != 0) return;
        StudyFacts storage facts = _studies[(seed / 6) % _studies.length];
        bytes memory call = abi.encodeCall(studies.withdraw, (facts.id, 1));
        bool ok = _try("withdraw", _members[facts.custodian - 1].operator, address(studies), call);
        _claim(ok == (!facts.withdrawn && _active(facts.custodian)), "the brake, or anything else, stopped a withdrawal");
        if (ok) facts.withdrawn = true;
        _pass(1);
    }

    function grant(uint256 seed, uint32 grantee, uint32 term, uint16 mask, bool named) external {
        if (_studies.length == 0) return;
        uint256 study = seed % _studies.length;
        grantee = uint32(grantee % (_members.length + 1));
        ConsentFacts storage facts = _consents[study][grantee];
        uint48 now_ = uint48(block.timestamp);
        uint48 expiry = now_ + 1 + term % 20 days;
        IConsentRegistry.Consent memory given = IConsentRegistry.Consent(
            _studies[study].id, grantee, 1 + mask % 63, now_, expiry, named ? address(0xACC0 + uint160(seed % 3)) : address(0), facts.nonce
        );
        bytes memory signature = _signature(_studies[study].key, consents.hashConsent(given));
        bytes memory call = abi.encodeCall(consents.grantBySig, (given, abi.encodePacked(_studies[study].patient), signature));
        uint32 relayer = _oneMember(seed / 7);
        bool ok = _try("grant", _members[relayer - 1].operator, address(consents), call);
        _claim(ok == (!_studies[study].withdrawn && _active(relayer) && !_paused[2]), "a consent was taken that could not be, or not");
        if (ok) {
            _consents[study][grantee] = ConsentFacts(now_, expiry, given.purposes, true, false, facts.nonce + 1);
            _used.push(Used(given, _studies[study].patient, signature));
        }
        _pass(1);
    }

    function revoke(uint256 seed, uint32 grantee) external {
        if (_studies.length == 0) return;
        uint256 study = seed % _studies.length;
        grantee = uint32(grantee % (_members.length + 1));
        // Mostly of a consent that was given.
        if (_used.length > 0 && seed % 4 != 0) {
            Used storage used = _used[seed % _used.length];
            for (uint256 i = 0; i < _studies.length; ++i) if (_studies[i].id == used.given.studyId) study = i;
            grantee = used.given.grantee;
        }
        ConsentFacts storage facts = _consents[study][grantee];
        IConsentRegistry.Revocation memory ended = IConsentRegistry.Revocation(_studies[study].id, grantee, facts.nonce);
        bytes memory signature = _signature(_studies[study].key, consents.hashRevocation(ended));
        bytes memory call = abi.encodeCall(consents.revokeBySig, (ended, abi.encodePacked(_studies[study].patient), signature));
        uint32 relayer = _oneMember(seed / 7);
        bool ok = _try("revoke", _members[relayer - 1].operator, address(consents), call);
        _claim(ok == _active(relayer), "the brake, or anything else, stopped a revocation");
        if (ok) _consents[study][grantee] = ConsentFacts(0, 0, 0, false, true, facts.nonce + 1);
        _pass(1);
    }

    function attest(uint256 seed, uint32 grantee, uint32 term) external {
        if (_studies.length == 0) return;
        uint256 study = seed % _studies.length;
        grantee = uint32(grantee % (_members.length + 1));
        ConsentFacts storage facts = _consents[study][grantee];
        uint32 custodian = _studies[study].custodian;
        uint48 now_ = uint48(block.timestamp);
        uint48 expiry = now_ + 1 + term % 20 days;
        bytes memory call = abi.encodeCall(consents.attest, (_studies[study].id, grantee, 63, now_, expiry));
        bool standing = consents.consent(_studies[study].id, grantee).class == IConsentRegistry.ConsentClass.Signed && facts.expiry > now_;
        bool ok = _try("attest", _members[custodian - 1].operator, address(consents), call);
        bool allowed = !_studies[study].withdrawn && !standing && _active(custodian) && !_paused[2];
        _claim(ok == allowed, "an attestation was taken that could not be, or not");
        if (ok) _consents[study][grantee] = ConsentFacts(now_, expiry, 63, true, false, facts.nonce);
        _pass(1);
    }

    function withdrawAttestation(uint256 seed, uint32 grantee) external {
        if (_studies.length == 0) return;
        uint256 study = seed % _studies.length;
        grantee = uint32(grantee % (_members.length + 1));
        uint32 custodian = _studies[study].custodian;
        bool attested = consents.consent(_studies[study].id, grantee).class == IConsentRegistry.ConsentClass.Attested;
        if (!attested && seed % 8 != 0) return;
        bytes memory call = abi.encodeCall(consents.withdrawAttestation, (_studies[study].id, grantee));
        bool ok = _try("withdrawAttestation", _members[custodian - 1].operator, address(consents), call);
        _claim(ok == (attested && _active(custodian)), "the brake, or anything else, stopped a withdrawal of paper");
        if (ok) {
            ConsentFacts storage facts = _consents[study][grantee];
            (facts.stands, facts.revoked, facts.expiry) = (false, true, 0);
        }
        _pass(1);
    }

    /// @dev Every signature that was taken once is offered again, here and on another chain.
    function replay(uint256 seed, uint64 chain) external {
        if (_used.length == 0) return;
        Used storage used = _used[seed % _used.length];
        bytes memory call = abi.encodeCall(consents.grantBySig, (used.given, abi.encodePacked(used.patient), used.signature));
        address relayer = _members[_oneMember(seed / 7) - 1].operator;
        _claim(!_try("replay", relayer, address(consents), call), "a signature was taken twice");
        // A message that nobody brought yet: right here, worth nothing elsewhere.
        uint256 study = seed % _studies.length;
        uint48 now_ = uint48(block.timestamp);
        IConsentRegistry.Consent memory given =
            IConsentRegistry.Consent(_studies[study].id, 2, 1, now_, now_ + 1000, address(0), _consents[study][2].nonce);
        bytes memory signature = _signature(_studies[study].key, consents.hashConsent(given));
        uint256 before = block.chainid;
        if (chain != before && chain != 0) {
            VM.chainId(chain);
            call = abi.encodeCall(consents.grantBySig, (given, abi.encodePacked(_studies[study].patient), signature));
            _claim(!_try("elsewhere", relayer, address(consents), call), "a signature was taken on another chain");
            VM.chainId(before);
        }
        _pass(1);
    }
}
