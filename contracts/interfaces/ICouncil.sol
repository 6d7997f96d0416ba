// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title One institution, one vote
/// @notice OpenZeppelin's Governor over MemberRegistry's votes: proposed and voted by governors of Active hospitals, queued in a
/// TimelockController, executed by anyone once the delay has passed. The timelock holds COUNCIL and ADMIN of ConsortiumAuthority;
/// Council is its only proposer, executor and canceller. Time is block time in seconds (ERC-6372, mode=timestamp).
///
/// Who may vote: the governor key of a hospital that was Active at the proposal's snapshot, by transaction or by signature
/// (EIP-712 "Fiducial Council" version "1", Ballot and ExtendedBallot of OpenZeppelin's Governor). No delegation.
///
/// What carries a proposal, counted against all votes at the snapshot, cast or not: more than half for admission, suspension,
/// reinstatement, the rules of the ledgers and of this contract, and the release of the brake; two thirds for everything else:
/// expulsion, replacement of a governor's key (it moves a vote), upgrades, roles, the authority, the timelock and any call nobody
/// thought of. A batch needs what its gravest call needs. No vote against is needed to stop a proposal: absence does.
///
/// What a proposal may not do: leave fewer Active hospitals than `minHospitals` when it makes them fewer, or leave a Council that
/// can decide nothing any more. Both are judged after the calls ran, and undo them: at proposal time nobody knows what the state
/// will be. The proposal stays queued and may be executed again until it expires.
///
/// Whoever holds GUARDIAN may cancel any proposal that is not final, except one that deals with nothing but guardians (the role, or
/// who sits on the panel that holds it): else it could never be removed. A proposal that was carried but not queued, or queued but not executed, expires after the grace period.
interface ICouncil {
    /// @notice What the Council itself goes by. Changes bind proposals made afterwards only.
    struct Rules {
        /// Seconds from proposal to snapshot, at most 30 days.
        uint48 votingDelay;
        /// Seconds from snapshot to the end of the vote, 1 second to 60 days.
        uint32 votingPeriod;
        /// Seconds in which a carried proposal must be queued, and a queued one that became ready executed; 1 second to 180 days.
        uint32 gracePeriod;
        /// Fewest Active hospitals a proposal may leave, 2 to 100: with one left, it alone would change the rules.
        uint32 minHospitals;
    }

    /// @notice Raised when the voter had no vote at the proposal's snapshot.
    error VoteMissing(uint256 proposalId, address voter);

    /// @notice Raised when an execution would leave too few Active hospitals.
    error HospitalsTooFew(uint256 left, uint256 minimum);

    /// @notice Raised when an execution would leave a Council without power.
    /// @param lost What would be lost, in ASCII: ADMIN, COUNCIL (roles of ConsortiumAuthority), PROPOSER, EXECUTOR, CANCELLER (roles
    /// of the timelock), DELAY (of the timelock, over 60 days) or REGISTRY (it answers to another authority).
    error PowerLost(bytes32 lost);

    /// @notice A proposal was weighed; follows its ProposalCreated.
    /// @param twoThirds Whether it needs two thirds of all votes, not more than half.
    /// @param guardiansOnly Whether it deals with guardians only, so that none of them may cancel it.
    event ProposalWeighed(uint256 indexed proposalId, bool twoThirds, bool guardiansOnly, uint32 gracePeriod);

    /// @notice The Council goes by other rules.
    event RulesChanged(Rules rules);

    /// @notice Changes the rules. Only by a proposal. Raises ParameterOutOfBounds.
    function setRules(Rules calldata rules_) external;

    /// @notice The present rules.
    function rules() external view returns (Rules memory);

    /// @notice How a proposal was weighed; all false and 0 when there is none.
    function weightOf(uint256 proposalId) external view returns (bool twoThirds, bool guardiansOnly, uint32 gracePeriod);

    /// @notice Votes in favour that carry the proposal; known once its snapshot is past.
    function votesNeeded(uint256 proposalId) external view returns (uint256);

    /// @notice Whether a proposal of these calls would need two thirds.
    function needsTwoThirds(address[] calldata targets, uint256[] calldata values, bytes[] calldata calldatas) external view returns (bool);
}
