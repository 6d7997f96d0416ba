// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {GovernorUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/GovernorUpgradeable.sol";
import {TimelockControllerUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/TimelockControllerUpgradeable.sol";
import {GovernorCountingSimpleUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorCountingSimpleUpgradeable.sol";
import {GovernorTimelockControlUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorTimelockControlUpgradeable.sol";
import {GovernorVotesUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorVotesUpgradeable.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {CouncilGuards} from "./libraries/CouncilGuards.sol";
import {IConsortiumContract} from "./interfaces/IConsortiumContract.sol";
import {ICouncil} from "./interfaces/ICouncil.sol";
import {ProposalWeight} from "./libraries/ProposalWeight.sol";

/// @notice See {ICouncil}.
contract Council is
    UUPSUpgradeable,
    AccessManagedUpgradeable,
    GovernorCountingSimpleUpgradeable,
    GovernorVotesUpgradeable,
    GovernorTimelockControlUpgradeable,
    ICouncil
{
    // ------------------------------------------------------------------------------------------------------------- constants

    uint256 private constant MAX_VOTING_DELAY = 30 days;
    uint256 private constant MAX_VOTING_PERIOD = 60 days;
    uint256 private constant MAX_GRACE_PERIOD = 180 days;
    uint256 private constant MIN_HOSPITALS = 2;
    uint256 private constant MAX_MIN_HOSPITALS = 100;

    struct Weight {
        bool twoThirds;
        bool guardiansOnly;
        uint32 gracePeriod;
    }

    // --------------------------------------------------------------------------------------------------------------- storage

    /// @custom:storage-location erc7201:fiducial.storage.Council
    struct CouncilStorage {
        Rules rules;
        mapping(uint256 proposalId => Weight) weights;
    }

    bytes32 private constant STORAGE = 0x0e5fcedf5551262a27163338209d520fce35f49368f0721ad2b312dd3d9ba100;

    // -------------------------------------------------------------------------------------------------------- initialisation

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        _disableInitializers();
    }

    /// @param authority_ The ConsortiumAuthority.
    /// @param registry The MemberRegistry, whose votes count.
    /// @param timelock_ The TimelockController between vote and effect.
    function initialize(address authority_, address registry, address payable timelock_, Rules calldata rules_) external initializer {
        if (authority_ == address(0) || registry == address(0) || timelock_ == address(0)) revert IConsortiumContract.AddressMissing();
        __AccessManaged_init(authority_);
        __Governor_init("Fiducial Council");
        __GovernorVotes_init(IVotes(registry));
        __GovernorTimelockControl_init(TimelockControllerUpgradeable(timelock_));
        _setRules(rules_);
    }

    // ---------------------------------------------------------------------------------------------------------------- writes

    /// @inheritdoc ICouncil
    function setRules(Rules calldata rules_) external onlyGovernance {
        _setRules(rules_);
    }

    // ----------------------------------------------------------------------------------------------------------------- reads

    /// @inheritdoc ICouncil
    function rules() external view returns (Rules memory) {
        return _storage().rules;
    }

    /// @inheritdoc ICouncil
    function weightOf(uint256 proposalId) external view returns (bool twoThirds, bool guardiansOnly, uint32 gracePeriod) {
        Weight memory weight = _storage().weights[proposalId];
        return (weight.twoThirds, weight.guardiansOnly, weight.gracePeriod);
    }

    /// @inheritdoc ICouncil
    function votesNeeded(uint256 proposalId) public view returns (uint256) {
        uint256 snapshot = proposalSnapshot(proposalId);
        if (!_storage().weights[proposalId].twoThirds) return quorum(snapshot);
        return (token().getPastTotalSupply(snapshot) * 2 + 2) / 3;
    }

    /// @inheritdoc ICouncil
    function needsTwoThirds(address[] memory targets, uint256[] memory values, bytes[] memory calldatas) public view returns (bool) {
        return ProposalWeight.twoThirds(targets, values, calldatas, ProposalWeight.Places(address(token()), address(this), authority(), timelock()));
    }

    /// @dev Votes in favour that carry an ordinary proposal: more than half of all.
    function quorum(uint256 timepoint) public view override returns (uint256) {
        return token().getPastTotalSupply(timepoint) / 2 + 1;
    }

    function votingDelay() public view override returns (uint256) {
        return _storage().rules.votingDelay;
    }

    function votingPeriod() public view override returns (uint256) {
        return _storage().rules.votingPeriod;
    }

    /// @dev Whoever has a vote may propose, and nobody else.
    function proposalThreshold() public pure override returns (uint256) {
        return 1;
    }

    /// @dev Own clock, so that no fault of the registry can change what time means.
    function clock() public view override(GovernorUpgradeable, GovernorVotesUpgradeable) returns (uint48) {
        return uint48(block.timestamp);
    }

    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override(GovernorUpgradeable, GovernorVotesUpgradeable) returns (string memory) {
        return "mode=timestamp";
    }

    // solhint-disable-next-line func-name-mixedcase
    function COUNTING_MODE() public pure override(IGovernor, GovernorCountingSimpleUpgradeable) returns (string memory) {
        return "support=bravo&quorum=for";
    }

    /// @dev Adds expiry. The grace period is the one of the time of proposal: a later, longer one revives nothing.
    function state(uint256 proposalId)
        public
        view
        override(GovernorUpgradeable, GovernorTimelockControlUpgradeable)
        returns (ProposalState current)
    {
        current = super.state(proposalId);
        uint256 since;
        if (current == ProposalState.Succeeded) since = proposalDeadline(proposalId);
        else if (current == ProposalState.Queued) since = proposalEta(proposalId);
        else return current;
        if (clock() > since + _storage().weights[proposalId].gracePeriod) return ProposalState.Expired;
    }

    function proposalNeedsQueuing(uint256 proposalId)
        public
        view
        override(GovernorUpgradeable, GovernorTimelockControlUpgradeable)
        returns (bool)
    {
        return super.proposalNeedsQueuing(proposalId);
    }

    // ------------------------------------------------------------------------------------------------------------- internals

    // solhint-disable-next-line no-empty-blocks
    function _authorizeUpgrade(address) internal override restricted {}

    function _propose(address[] memory targets, uint256[] memory values, bytes[] memory calldatas, string memory description, address proposer)
        internal
        override
        returns (uint256 proposalId)
    {
        proposalId = super._propose(targets, values, calldatas, description, proposer);
        Weight memory weight = Weight({
            twoThirds: needsTwoThirds(targets, values, calldatas),
            guardiansOnly: ProposalWeight.guardiansOnly(targets, calldatas, authority()),
            gracePeriod: _storage().rules.gracePeriod
        });
        _storage().weights[proposalId] = weight;
        emit ProposalWeighed(proposalId, weight.twoThirds, weight.guardiansOnly, weight.gracePeriod);
    }

    function _countVote(uint256 proposalId, address account, uint8 support, uint256 totalWeight, bytes memory params)
        internal
        override(GovernorUpgradeable, GovernorCountingSimpleUpgradeable)
        returns (uint256)
    {
        if (totalWeight == 0) revert VoteMissing(proposalId, account);
        return super._countVote(proposalId, account, support, totalWeight, params);
    }

    /// @dev What carries a proposal is more than half of all votes at least, so that none are needed against it to be compared.
    function _quorumReached(uint256 proposalId)
        internal
        view
        override(GovernorUpgradeable, GovernorCountingSimpleUpgradeable)
        returns (bool)
    {
        (, uint256 forVotes, ) = proposalVotes(proposalId);
        return forVotes >= votesNeeded(proposalId);
    }

    function _validateCancel(uint256 proposalId, address caller) internal view override returns (bool) {
        if (super._validateCancel(proposalId, caller)) return true;
        return !_storage().weights[proposalId].guardiansOnly && CouncilGuards.isGuardian(authority(), caller);
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(GovernorUpgradeable, GovernorTimelockControlUpgradeable) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(GovernorUpgradeable, GovernorTimelockControlUpgradeable) {
        uint256 before = CouncilGuards.activeHospitals(address(token()));
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
        CouncilGuards.requireHospitals(address(token()), before, _storage().rules.minHospitals);
        CouncilGuards.requirePower(authority(), _executor(), address(token()));
    }

    function _cancel(address[] memory targets, uint256[] memory values, bytes[] memory calldatas, bytes32 descriptionHash)
        internal
        override(GovernorUpgradeable, GovernorTimelockControlUpgradeable)
        returns (uint256)
    {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor() internal view override(GovernorUpgradeable, GovernorTimelockControlUpgradeable) returns (address) {
        return super._executor();
    }

    function _setRules(Rules calldata rules_) private {
        _requireWithin("votingDelay", rules_.votingDelay, 0, MAX_VOTING_DELAY);
        _requireWithin("votingPeriod", rules_.votingPeriod, 1, MAX_VOTING_PERIOD);
        _requireWithin("gracePeriod", rules_.gracePeriod, 1, MAX_GRACE_PERIOD);
        _requireWithin("minHospitals", rules_.minHospitals, MIN_HOSPITALS, MAX_MIN_HOSPITALS);
        _storage().rules = rules_;
        emit RulesChanged(rules_);
    }

    function _requireWithin(bytes32 name_, uint256 given, uint256 minimum, uint256 maximum) private pure {
        if (given < minimum || given > maximum) revert IConsortiumContract.ParameterOutOfBounds(name_, given, minimum, maximum);
    }

    function _storage() private pure returns (CouncilStorage storage $) {
        assembly {
            $.slot := STORAGE
        }
    }
}
