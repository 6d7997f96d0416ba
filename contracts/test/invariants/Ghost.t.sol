// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessLedger} from "../../interfaces/IAccessLedger.sol";
import {IConsentRegistry} from "../../interfaces/IConsentRegistry.sol";
import {Decay} from "../../libraries/Decay.sol";
import {Consortium} from "../support/Consortium.t.sol";

/// @title What a witness of the whole history would know
/// @dev Handlers act on the contracts and write down here, in plain words, what must be true from then on. Where an outcome itself
/// breaks a promise the handler notes it in `broken`; the invariants read both.
abstract contract Ghost is Consortium {
    struct MemberFacts {
        address governor;
        address operator;
        bool hospital;
        uint8 status;
    }

    struct StudyFacts {
        bytes32 id;
        uint256 key;
        address patient;
        uint32 custodian;
        uint32 version;
        bool withdrawn;
    }

    struct ConsentFacts {
        uint48 notBefore;
        uint48 expiry;
        uint16 purposes;
        bool stands;
        bool revoked;
        uint256 nonce;
    }

    struct RequestFacts {
        bytes32 id;
        uint256 study;
        uint32 requester;
        uint8 purpose;
        IAccessLedger.RequestState state;
        address account;
    }

    /// @dev A signature that was taken once.
    struct Used {
        IConsentRegistry.Consent given;
        address patient;
        bytes signature;
    }

    uint256 internal constant PATIENTS = 24;

    string public broken;
    uint32 public epochs;
    MemberFacts[] internal _members;
    address[] internal _former;
    StudyFacts[] internal _studies;
    RequestFacts[] internal _requests;
    Used[] internal _used;
    mapping(uint256 study => mapping(uint32 grantee => ConsentFacts)) internal _consents;
    mapping(uint32 member => bytes32) internal _roots;
    mapping(uint32 member => uint64) internal _sizes;
    mapping(uint8 which => bool) internal _paused;
    mapping(address account => uint256) internal _open;

    /// @dev A second bookkeeping of scores, brought to the present after every single action.
    bytes32[] internal _subjects;
    mapping(bytes32 subject => bool) private _seen;
    mapping(bytes32 subject => int64) internal _shadow;
    uint32 private _shadowEpoch;

    /// @dev How often each action went through, and how often it was refused.
    mapping(bytes32 action => uint256) public done;
    mapping(bytes32 action => uint256) public refusedCount;

    function _begin() internal {
        setUp();
        for (uint32 id = 1; id <= HOSPITALS; ++id) {
            _members.push(MemberFacts(_governor(id), _operator(id), true, 1));
            _watch(credit.memberSubject(id));
        }
        epochs = HOSPITALS;
        _shadowEpoch = uint32(block.timestamp / EPOCH);
    }

    /// @dev A promise, checked at the moment of the outcome.
    function _claim(bool holds, string memory what) internal {
        if (!holds && bytes(broken).length == 0) broken = what;
    }

    function _try(bytes32 action, address sender, address target, bytes memory data) internal returns (bool ok) {
        (ok,) = _as(sender, target, data);
        if (ok) ++done[action];
        else ++refusedCount[action];
    }

    function _watch(bytes32 subject) internal {
        if (_seen[subject]) return;
        _seen[subject] = true;
        _subjects.push(subject);
    }

    /// @dev A named cause moved a score by whole points.
    function _moved(bytes32 subject, int256 delta) internal {
        _watch(subject);
        _shadow[subject] = Decay.add(_shadow[subject], _shadowEpoch, delta, 500);
    }

    /// @dev Time goes on by at least a second after every action, so that what it did is in the past that votes are read from.
    function _pass(uint256 seconds_) internal {
        VM.warp(block.timestamp + seconds_);
        uint32 epoch = uint32(block.timestamp / EPOCH);
        if (epoch == _shadowEpoch) return;
        for (uint256 i = 0; i < _subjects.length; ++i) {
            _shadow[_subjects[i]] = Decay.settle(_shadow[_subjects[i]], _shadowEpoch, epoch);
        }
        _shadowEpoch = epoch;
    }

    function _points(bytes32 subject) internal view returns (uint256) {
        return uint256(500 + Decay.points(_shadow[subject], _shadowEpoch));
    }

    function _active(uint32 id) internal view returns (bool) {
        return id != 0 && id <= _members.length && _members[id - 1].hospital && _members[id - 1].status == 1;
    }

    function _oneMember(uint256 seed) internal view returns (uint32) {
        return uint32(1 + seed % _members.length);
    }

    /// @dev Whether a consent as written down covers a purpose now: the grantee's own, or, unless that was revoked, the one to anybody.
    function _covered(uint256 study, uint32 grantee, uint8 purpose) internal view returns (bool) {
        if (_standing(_consents[study][grantee], purpose)) return true;
        return !_consents[study][grantee].revoked && _standing(_consents[study][0], purpose);
    }

    function _standing(ConsentFacts storage facts, uint8 purpose) private view returns (bool) {
        bool inWindow = block.timestamp >= facts.notBefore && block.timestamp < facts.expiry;
        return facts.stands && inWindow && (facts.purposes >> purpose) & 1 == 1;
    }
}
