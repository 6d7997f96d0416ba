// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Reason} from "./Reason.sol";

/// @title What members and patients earned and lost
/// @notice A subject is a member (its id in the top four bytes) or a patient's credit account (its address in the low twenty
/// bytes); the two can never be equal. A raw score lies in 0..1000, begins at 500 and decays towards 500 with a half-life of 180
/// epochs, evaluated at whole epochs: a day unless the ledger was built otherwise. How often anybody looks never changes it.
/// @dev Newcomers: until a subject has `minCounterparties` distinct counterparties that acknowledged deliveries, its score is its
/// raw score cut at `newcomerCap` (400), which is below every gate and below the base: a fresh start gains nothing.
/// Gates have hysteresis: the first opens at `gateEnter` and shuts below `gateLeave`; the second (Gold) likewise.
/// ETREAT is never asked about here; PATRQT is limited by the patient's tier only, never by the requester's score.
interface ICreditLedger {
    enum Tier {
        Bronze,
        Silver,
        Gold
    }

    enum Cause {
        None,
        /// A delivery was acknowledged.
        Delivery,
        /// A granted request was not delivered in time.
        MissedDeadline,
        /// A reviewer found misuse, or an unjustified emergency.
        Misuse
    }

    struct Credit {
        /// The score that counts: raw, cut for newcomers.
        uint16 score;
        /// The score as earned and decayed.
        uint16 raw;
        /// The present epoch.
        uint32 epoch;
        /// Distinct counterparties so far.
        uint16 counterparties;
        /// Whether the first gate is open, the same as Silver or better.
        bool gateOpen;
        Tier tier;
        /// Points earned in this epoch.
        uint16 earned;
        /// Granted research and public health requests in this epoch.
        uint16 researchUsed;
        /// Granted legal and operations requests in this epoch.
        uint16 operationsUsed;
        /// Second-opinion requests of this account that are not yet closed.
        uint16 openRequests;
    }

    /// @notice What the Council may change. Bounds: treatFloor <= newcomerCap <= 500 < gateLeave < gateEnter <= goldLeave <
    /// goldEnter <= 1000; 1 <= minCounterparties; 1 <= epochCap <= 1000; penalties <= 1000; limits ordered, shut <= open and
    /// 1 <= bronze <= silver <= gold.
    struct Parameters {
        /// Least score for every purpose but PATRQT and ETREAT.
        uint16 treatFloor;
        uint16 newcomerCap;
        uint16 gateEnter;
        uint16 gateLeave;
        uint16 goldEnter;
        uint16 goldLeave;
        /// Most points earned per epoch.
        uint16 epochCap;
        uint16 missedPenalty;
        uint16 misusePenalty;
        /// Granted requests per epoch with the gate shut or open; 0 with the gate shut means the gate is needed.
        uint16 researchShut;
        uint16 researchOpen;
        uint16 operationsShut;
        uint16 operationsOpen;
        uint8 minCounterparties;
        /// Open second-opinion requests per tier.
        uint8 openBronze;
        uint8 openSilver;
        uint8 openGold;
    }

    /// @notice Raised when anything but the access ledger calls a hook.
    error CallerNotAccessLedger(address caller);

    /// @notice A subject's credit changed, or could have. `delta` is what the rules give: 0 when caps or diminishing returns
    /// left nothing; `raw` and `score` are what it came to after the bounds 0 and 1000.
    /// `counterparty` is the subject key of the other member.
    event CreditChanged(
        bytes32 indexed subject,
        Cause indexed cause,
        bytes32 indexed counterparty,
        int16 delta,
        uint16 score,
        uint16 raw,
        uint32 epoch
    );

    /// @notice A subject's tier changed with its last change of credit.
    event TierChanged(bytes32 indexed subject, Tier tier, uint32 epoch);

    /// @notice The Council changed parameters.
    event ParametersChanged(Parameters parameters);

    /// @notice Asks whether credit allows a request, and counts it if so. Access ledger.
    /// @param requester Member that asks.
    /// @param patientAccount Credit account that a PATRQT request counts against; ignored for other purposes.
    /// @param purpose Any but ETREAT.
    /// @return reason None, CreditTooLow, QuotaExceeded or OpenRequestLimit.
    function onRequest(uint32 requester, address patientAccount, uint8 purpose) external returns (Reason reason);

    /// @notice Rewards an acknowledged delivery: the custodian and, unless zero, the patient's credit account. Access ledger.
    function onAcknowledged(uint32 custodian, uint32 requester, address creditAccount) external;

    /// @notice Penalises a missed delivery. Access ledger.
    function onMissedDeadline(uint32 custodian, uint32 requester) external;

    /// @notice Penalises proven misuse. Access ledger.
    function onMisuse(uint32 accused, uint32 counterparty) external;

    /// @notice Counts a second-opinion request of the account as closed. Access ledger.
    function onSecondOpinionClosed(address patientAccount) external;

    /// @notice Changes the parameters, within the bounds written at Parameters. Role COUNCIL.
    function setParameters(Parameters calldata parameters_) external;

    /// @notice The credit of a subject now; a subject never seen has the base score.
    function credit(bytes32 subject) external view returns (Credit memory);

    /// @notice The subject key of a member.
    function memberSubject(uint32 member) external pure returns (bytes32);

    /// @notice The subject key of a patient's credit account.
    function accountSubject(address account) external pure returns (bytes32);

    /// @notice The parameters in force.
    function parameters() external view returns (Parameters memory);

    /// @notice The length of an epoch in seconds, fixed in the ledger's code; epoch n begins at n times this.
    function epochSeconds() external view returns (uint32);

    /// @notice The only caller of the hooks; fixed in the ledger's code.
    function accessLedger() external view returns (address);
}
