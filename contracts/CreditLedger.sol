// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ConsortiumContract} from "./base/ConsortiumContract.sol";
import {ICreditLedger} from "./interfaces/ICreditLedger.sol";
import {Reason} from "./interfaces/Reason.sol";
import {CreditRules} from "./libraries/CreditRules.sol";
import {Decay} from "./libraries/Decay.sol";
import {Purposes} from "./libraries/Purposes.sol";

/// @notice See {ICreditLedger}.
contract CreditLedger is ConsortiumContract, ICreditLedger {
    // ------------------------------------------------------------------------------------------------------------- constants

    /// @dev The base score, which is also the greatest distance from it: scores lie in 0..1000.
    uint16 private constant BASE = 500;
    uint16 private constant TOP = 1000;

    /// @dev One slot. Counters other than `openRequests` and `counterparties` belong to `epoch`.
    struct Record {
        int64 deviation;
        uint32 epoch;
        uint16 earned;
        uint16 counterparties;
        uint16 researchUsed;
        uint16 operationsUsed;
        uint16 openRequests;
        Tier tier;
    }

    struct Pair {
        uint32 epoch;
        uint8 steps;
        bool known;
    }

    // --------------------------------------------------------------------------------------------------------------- storage

    /// @custom:storage-location erc7201:fiducial.storage.CreditLedger
    struct CreditLedgerStorage {
        Parameters parameters;
        bool paused;
        mapping(bytes32 subject => Record) records;
        mapping(bytes32 subject => mapping(bytes32 counterparty => Pair)) pairs;
    }

    bytes32 private constant STORAGE = 0x42821dc0296ee6fa62be17dd2d0848e6073b6ab191ceabe74f279de5d1930400;

    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    address private immutable ACCESS_LEDGER;

    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    uint32 private immutable EPOCH_SECONDS;

    // -------------------------------------------------------------------------------------------------------- initialisation

    /// @param accessLedger_ The AccessLedger, whose address is known before it is deployed.
    /// @param epochSeconds_ Length of an epoch, 1 second to 7 days.
    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(address accessLedger_, uint32 epochSeconds_) {
        _requireAddress(accessLedger_);
        _requireWithin("epochSeconds", epochSeconds_, 1, 7 days);
        ACCESS_LEDGER = accessLedger_;
        EPOCH_SECONDS = epochSeconds_;
    }

    /// @param authority_ The ConsortiumAuthority.
    function initialize(address authority_, Parameters calldata parameters_) external initializer {
        __ConsortiumContract_init(authority_);
        _setParameters(parameters_);
    }

    // ---------------------------------------------------------------------------------------------- writes: the access ledger

    /// @dev The hooks change credit only on the access ledger's word.
    modifier onlyAccessLedger() {
        if (_msgSender() != ACCESS_LEDGER) revert CallerNotAccessLedger(_msgSender());
        _;
    }

    /// @inheritdoc ICreditLedger
    function onRequest(uint32 requester, address patientAccount, uint8 purpose) external onlyAccessLedger returns (Reason) {
        bytes32 subject = memberSubject(requester);
        // Treatment by a member at or above the base, nearly every request there is: the floor cannot be above the base nor
        // above the newcomers' cap, so nothing else need be read.
        if (purpose == Purposes.TREAT && _storage().records[subject].deviation >= 0) return Reason.None;
        if (purpose == Purposes.PATRQT) return _openSecondOpinion(patientAccount);
        Parameters memory p = _storage().parameters;
        Record memory record = _settled(subject, p);
        if (_score(record, p) < p.treatFloor) return Reason.CreditTooLow;
        // Treatment writes nothing here, so the brake does not apply to it.
        if (purpose == Purposes.TREAT) return Reason.None;
        _requireWriting();
        bool gateOpen = record.tier != Tier.Bronze;
        bool research = Purposes.isResearch(purpose);
        uint16 limit = research
            ? (gateOpen ? p.researchOpen : p.researchShut)
            : (gateOpen ? p.operationsOpen : p.operationsShut);
        if (limit == 0) return Reason.CreditTooLow;
        if ((research ? record.researchUsed : record.operationsUsed) >= limit) return Reason.QuotaExceeded;
        if (research) ++record.researchUsed;
        else ++record.operationsUsed;
        _storage().records[subject] = record;
        return Reason.None;
    }

    /// @inheritdoc ICreditLedger
    function onAcknowledged(uint32 custodian, uint32 requester, address creditAccount) external onlyAccessLedger whenWriting {
        bytes32 counterparty = memberSubject(requester);
        _reward(memberSubject(custodian), counterparty);
        if (creditAccount != address(0)) _reward(accountSubject(creditAccount), counterparty);
    }

    /// @inheritdoc ICreditLedger
    function onMissedDeadline(uint32 custodian, uint32 requester) external onlyAccessLedger whenWriting {
        _penalise(custodian, requester, Cause.MissedDeadline, _storage().parameters.missedPenalty);
    }

    /// @inheritdoc ICreditLedger
    function onMisuse(uint32 accused, uint32 counterparty) external onlyAccessLedger whenWriting {
        _penalise(accused, counterparty, Cause.Misuse, _storage().parameters.misusePenalty);
    }

    /// @inheritdoc ICreditLedger
    function onSecondOpinionClosed(address patientAccount) external onlyAccessLedger whenWriting {
        --_storage().records[accountSubject(patientAccount)].openRequests;
    }

    // ---------------------------------------------------------------------------------------------------- writes: the Council

    /// @inheritdoc ICreditLedger
    function setParameters(Parameters calldata parameters_) external restricted {
        _setParameters(parameters_);
    }

    // ----------------------------------------------------------------------------------------------------------------- reads

    /// @inheritdoc ICreditLedger
    function credit(bytes32 subject) external view returns (Credit memory) {
        Parameters memory p = _storage().parameters;
        Record memory record = _settled(subject, p);
        return Credit({
            score: _score(record, p),
            raw: _raw(record),
            epoch: record.epoch,
            counterparties: record.counterparties,
            gateOpen: record.tier != Tier.Bronze,
            tier: record.tier,
            earned: record.earned,
            researchUsed: record.researchUsed,
            operationsUsed: record.operationsUsed,
            openRequests: record.openRequests
        });
    }

    /// @inheritdoc ICreditLedger
    function memberSubject(uint32 member) public pure returns (bytes32) {
        return bytes32(bytes4(member));
    }

    /// @inheritdoc ICreditLedger
    function accountSubject(address account) public pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }

    /// @inheritdoc ICreditLedger
    function parameters() external view returns (Parameters memory) {
        return _storage().parameters;
    }

    /// @inheritdoc ICreditLedger
    function epochSeconds() external view returns (uint32) {
        return EPOCH_SECONDS;
    }

    /// @inheritdoc ICreditLedger
    function accessLedger() external view returns (address) {
        return ACCESS_LEDGER;
    }

    // ------------------------------------------------------------------------------------------------------------- internals

    function _openSecondOpinion(address patientAccount) private returns (Reason) {
        _requireWriting();
        Parameters memory p = _storage().parameters;
        bytes32 subject = accountSubject(patientAccount);
        Record memory record = _settled(subject, p);
        uint8 limit = record.tier == Tier.Gold ? p.openGold : record.tier == Tier.Silver ? p.openSilver : p.openBronze;
        if (record.openRequests >= limit) return Reason.OpenRequestLimit;
        ++record.openRequests;
        _storage().records[subject] = record;
        return Reason.None;
    }

    /// @dev 10, 5, 2, 1, then nothing, per counterparty and epoch; never more than the cap per epoch.
    function _reward(bytes32 subject, bytes32 counterparty) private {
        Parameters memory p = _storage().parameters;
        Record memory record = _settled(subject, p);
        Pair memory pair = _storage().pairs[subject][counterparty];
        if (pair.epoch != record.epoch) pair.steps = 0;
        uint16 delta = CreditRules.reward(pair.steps, record.earned, p.epochCap);
        if (!pair.known) ++record.counterparties;
        record.earned += delta;
        _storage().pairs[subject][counterparty] =
            Pair({epoch: record.epoch, steps: CreditRules.nextStep(pair.steps), known: true});
        _change(subject, record, p, Cause.Delivery, counterparty, int16(delta));
    }

    function _penalise(uint32 member, uint32 counterparty, Cause cause, uint16 penalty) private {
        Parameters memory p = _storage().parameters;
        bytes32 subject = memberSubject(member);
        _change(subject, _settled(subject, p), p, cause, memberSubject(counterparty), -int16(penalty));
    }

    /// @dev The one place where a score changes.
    function _change(
        bytes32 subject,
        Record memory record,
        Parameters memory p,
        Cause cause,
        bytes32 counterparty,
        int16 delta
    ) private {
        Record storage stored = _storage().records[subject];
        record.deviation = Decay.add(record.deviation, record.epoch, delta, BASE);
        uint16 score = _score(record, p);
        record.tier = _tierOf(score, record.tier, p);
        bool moved = record.tier != stored.tier;
        _storage().records[subject] = record;
        emit CreditChanged(subject, cause, counterparty, delta, score, _raw(record), record.epoch);
        if (moved) emit TierChanged(subject, record.tier, record.epoch);
    }

    function _setParameters(Parameters calldata p) private {
        _requireWithin("treatFloor", p.treatFloor, 0, p.newcomerCap);
        _requireWithin("newcomerCap", p.newcomerCap, 0, BASE);
        _requireWithin("gateLeave", p.gateLeave, BASE + 1, TOP);
        _requireWithin("gateEnter", p.gateEnter, p.gateLeave + 1, TOP);
        _requireWithin("goldLeave", p.goldLeave, p.gateEnter, TOP);
        _requireWithin("goldEnter", p.goldEnter, p.goldLeave + 1, TOP);
        _requireWithin("epochCap", p.epochCap, 1, TOP);
        _requireWithin("missedPenalty", p.missedPenalty, 0, TOP);
        _requireWithin("misusePenalty", p.misusePenalty, 0, TOP);
        _requireWithin("researchOpen", p.researchOpen, p.researchShut, type(uint16).max);
        _requireWithin("operationsOpen", p.operationsOpen, p.operationsShut, type(uint16).max);
        _requireWithin("minCounterparties", p.minCounterparties, 1, type(uint8).max);
        _requireWithin("openBronze", p.openBronze, 1, type(uint8).max);
        _requireWithin("openSilver", p.openSilver, p.openBronze, type(uint8).max);
        _requireWithin("openGold", p.openGold, p.openSilver, type(uint8).max);
        _storage().parameters = p;
        emit ParametersChanged(p);
    }

    function _storePause(bool paused) internal override {
        _storage().paused = paused;
    }

    function _writesPaused() internal view override returns (bool) {
        return _storage().paused;
    }

    /// @dev The record as of the present epoch. Between writes a score above the base only falls and one below only rises, and
    /// every gate lies above the base: so judging the tier late gives what judging it at every epoch would have given.
    function _settled(bytes32 subject, Parameters memory p) private view returns (Record memory record) {
        record = _storage().records[subject];
        uint32 epoch = uint32(block.timestamp / EPOCH_SECONDS);
        if (record.epoch != epoch) {
            record.deviation = Decay.settle(record.deviation, record.epoch, epoch);
            record.epoch = epoch;
            record.earned = 0;
            record.researchUsed = 0;
            record.operationsUsed = 0;
        }
        record.tier = _tierOf(_score(record, p), record.tier, p);
    }

    function _raw(Record memory record) private pure returns (uint16) {
        return uint16(uint256(int256(uint256(BASE)) + Decay.points(record.deviation, record.epoch)));
    }

    function _score(Record memory record, Parameters memory p) private pure returns (uint16) {
        return CreditRules.score(_raw(record), record.counterparties, p.minCounterparties, p.newcomerCap);
    }

    function _tierOf(uint16 score, Tier before, Parameters memory p) private pure returns (Tier) {
        return CreditRules.tierOf(score, before, p);
    }

    function _storage() private pure returns (CreditLedgerStorage storage $) {
        assembly {
            $.slot := STORAGE
        }
    }
}
