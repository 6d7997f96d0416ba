// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TimelockControllerUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/TimelockControllerUpgradeable.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {ICouncil} from "../../interfaces/ICouncil.sol";
import {IConsortiumContract} from "../../interfaces/IConsortiumContract.sol";
import {Proposals} from "../support/Proposals.t.sol";

/// @notice From proposal to effect, for every voter, ballot and rule.
contract CouncilFuzz is Proposals {
    /// Who holds no vote proposes nothing and votes on nothing.
    function testFuzz_proposalsAreTheMembers(address stranger, uint32 id, uint8 support) external {
        VM.assume(members.getVotes(stranger) == 0);
        id = 1 + id % HOSPITALS;
        Proposal memory p = _proposal(address(members), abi.encodeCall(members.suspend, (id)));
        bytes memory call = abi.encodeCall(council.propose, (p.targets, p.values, p.calldatas, p.text));
        _refused(stranger, address(council), call, IGovernor.GovernorInsufficientProposerVotes.selector);
        _refused(stranger, address(council), abi.encodeCall(council.state, (p.id)), IGovernor.GovernorNonexistentProposal.selector);
        _must(_governor(id), address(council), call);
        assert(council.proposalProposer(p.id) == _governor(id) && council.state(p.id) == IGovernor.ProposalState.Pending);
        assert(council.proposalSnapshot(p.id) == block.timestamp + 10 && council.proposalDeadline(p.id) == block.timestamp + 110);
        assert(council.proposalEta(p.id) == 0 && council.proposalNeedsQueuing(p.id) && council.proposalThreshold() == 1);
        VM.warp(block.timestamp + 11);
        support = support % 3;
        bytes4 no = ICouncil.VoteMissing.selector;
        _refused(stranger, address(council), abi.encodeCall(council.castVote, (p.id, support)), no);
        _refused(stranger, address(council), abi.encodeCall(council.castVoteWithReason, (p.id, support, "why")), no);
        _refused(stranger, address(council), abi.encodeCall(council.castVoteWithReasonAndParams, (p.id, support, "why", "1")), no);
    }

    /// The majority that a proposal needs, of all votes, decides it, whoever abstains or votes against; each votes once.
    function testFuzz_ballotsAreCounted(uint256 ballots, bool grave, uint8 way) external {
        bytes memory what = grave ? abi.encodeCall(members.expel, (4)) : abi.encodeCall(members.suspend, (4));
        Proposal memory p = _proposal(address(members), what);
        assert(council.needsTwoThirds(p.targets, p.values, p.calldatas) == grave);
        _propose(p);
        VM.warp(block.timestamp + 11);
        assert(council.votesNeeded(p.id) == 3 && council.quorum(block.timestamp - 1) == 3);
        uint256[3] memory counted;
        for (uint32 id = 1; id <= HOSPITALS; ++id) {
            uint8 ballot = uint8(ballots >> (id * 8)) % 4;
            if (ballot == 3) continue;
            ++counted[ballot];
            assert(!council.hasVoted(p.id, _governor(id)));
            _must(_governor(id), address(council), _ballot(p.id, ballot, way));
            assert(council.hasVoted(p.id, _governor(id)));
            _refused(_governor(id), address(council), _ballot(p.id, ballot, way / 3), IGovernor.GovernorAlreadyCastVote.selector);
        }
        (uint256 against, uint256 inFavour, uint256 abstained) = council.proposalVotes(p.id);
        assert(against == counted[0] && inFavour == counted[1] && abstained == counted[2]);
        VM.warp(block.timestamp + 200);
        bool carried = inFavour >= 3;
        assert(council.state(p.id) == (carried ? IGovernor.ProposalState.Succeeded : IGovernor.ProposalState.Defeated));
        _decided(address(7), address(council), _queue(p), carried, IGovernor.GovernorUnexpectedProposalState.selector);
        assert((council.proposalEta(p.id) != 0) == carried);
    }

    /// A carried proposal takes effect after the delay, before it expires, and once.
    function testFuzz_executeInItsTimeAndOnce(uint16 queued, uint16 executed, uint32 id) external {
        id = 1 + id % HOSPITALS;
        Proposal memory p = _carried(address(members), abi.encodeCall(members.suspend, (id)));
        VM.warp(block.timestamp + queued % 1500);
        bool inTime = block.timestamp <= council.proposalDeadline(p.id) + 1000;
        bytes4 state = IGovernor.GovernorUnexpectedProposalState.selector;
        if (!_decided(address(7), address(council), _queue(p), inTime, state)) {
            assert(council.state(p.id) == IGovernor.ProposalState.Expired);
            return;
        }
        uint256 eta = council.proposalEta(p.id);
        VM.warp(block.timestamp + executed % 1500);
        bool ripe = block.timestamp >= eta && block.timestamp <= eta + 1000;
        (bool ok,) = _as(address(7), address(council), _execute(p));
        assert(ok == ripe && members.isActiveHospital(id) == !ripe);
        if (ok) _refused(address(7), address(council), _execute(p), state);
    }

    /// A guardian cancels at any time before the effect, the proposer before the vote, and nobody else.
    function testFuzz_cancelIsGuardiansAndProposers(address caller, uint16 later, uint32 id) external {
        id = 1 + id % HOSPITALS;
        Proposal memory p = _proposal(address(members), abi.encodeCall(members.suspend, (id)));
        _propose(p);
        VM.warp(block.timestamp + later % 100);
        VM.assume(caller != _governor(1) && caller != GUARDIAN && caller != address(panel));
        bytes32 text = keccak256(bytes(p.text));
        bytes memory call = abi.encodeCall(council.cancel, (p.targets, p.values, p.calldatas, text));
        _refused(caller, address(council), call, IGovernor.GovernorUnableToCancel.selector);
        if (later % 2 == 0) {
            bool pending = council.state(p.id) == IGovernor.ProposalState.Pending;
            if (!_decided(_governor(1), address(council), call, pending, IGovernor.GovernorUnableToCancel.selector)) return;
        } else {
            _must(GUARDIAN, address(council), call);
        }
        assert(council.state(p.id) == IGovernor.ProposalState.Canceled);
    }

    /// A ballot signed by the voter counts once for exactly what it says; no other signature does.
    function testFuzz_castVoteBySigIsTheVotersWord(uint32 id, uint8 support, uint256 key, bool extended) external {
        id = 1 + id % HOSPITALS;
        support = support % 3;
        VM.assume(key != 0 && key < type(uint128).max && key != _governorKey(id));
        Proposal memory p = _proposal(address(members), abi.encodeCall(members.suspend, (4)));
        _propose(p);
        VM.warp(block.timestamp + 11);
        assert(council.nonces(_governor(id)) == 0);
        bytes32 digest = _ballotDigest(p.id, support, _governor(id), extended);
        bytes4 no = IGovernor.GovernorInvalidSignature.selector;
        _refused(address(7), address(council), _signedBallot(p.id, support, id, extended, _signature(key, digest)), no);
        bytes memory signed = _signature(_governorKey(id), digest);
        _refused(address(7), address(council), _signedBallot(p.id, (support + 1) % 3, id, extended, signed), no);
        _must(address(7), address(council), _signedBallot(p.id, support, id, extended, signed));
        assert(council.nonces(_governor(id)) == 1 && council.hasVoted(p.id, _governor(id)));
        _refused(address(7), address(council), _signedBallot(p.id, support, id, extended, signed), no);
    }

    /// Rules change by vote alone, within their bounds.
    function testFuzz_setRulesByVoteWithinBounds(uint48 delay, uint32 period, uint32 grace, uint32 hospitals) external {
        ICouncil.Rules memory given = ICouncil.Rules(delay % 31 days, period % 61 days, grace % 181 days, hospitals % 110);
        bool allowed = given.votingDelay <= 30 days && given.votingPeriod > 0 && given.votingPeriod <= 60 days && given.gracePeriod > 0
            && given.gracePeriod <= 180 days && given.minHospitals >= 2 && given.minHospitals <= 100;
        Proposal memory p = _carried(address(council), abi.encodeCall(council.setRules, (given)));
        _must(address(7), address(council), _queue(p));
        VM.warp(block.timestamp + 51);
        _decided(address(7), address(council), _execute(p), allowed, IConsortiumContract.ParameterOutOfBounds.selector);
        ICouncil.Rules memory kept = council.rules();
        assert(keccak256(abi.encode(kept)) == keccak256(abi.encode(allowed ? given : _rules())));
        assert(council.votingDelay() == kept.votingDelay && council.votingPeriod() == kept.votingPeriod);
        (bool twoThirds, bool guardiansOnly, uint32 gracePeriod) = council.weightOf(p.id);
        assert(!twoThirds && !guardiansOnly && gracePeriod == 1000);
    }

    /// Without a vote nobody changes rules or timelock, nor acts through the Council, nor sends it tokens.
    function testFuzz_nothingWithoutAVote(address caller, address to, uint256 value, bytes calldata data) external {
        VM.assume(caller != address(timelock));
        bytes4 no = IGovernor.GovernorOnlyExecutor.selector;
        _refused(caller, address(council), abi.encodeCall(council.setRules, (_rules())), no);
        _refused(caller, address(council), abi.encodeCall(council.relay, (to, value, data)), no);
        TimelockControllerUpgradeable next = TimelockControllerUpgradeable(payable(to));
        _refused(caller, address(council), abi.encodeCall(council.updateTimelock, (next)), no);
        bytes4 deposit = IGovernor.GovernorDisabledDeposit.selector;
        _refused(caller, address(council), abi.encodeCall(council.onERC721Received, (caller, to, value, data)), deposit);
        _refused(caller, address(council), abi.encodeCall(council.onERC1155Received, (caller, to, value, value, data)), deposit);
        uint256[] memory some = new uint256[](1);
        _refused(caller, address(council), abi.encodeCall(council.onERC1155BatchReceived, (caller, to, some, some, data)), deposit);
    }

    /// A proposal's id follows from its calls and text alone, and two different proposals have two.
    function testFuzz_idsFollowFromTheContent(address target, uint256 value, bytes calldata data, bytes32 text, bytes4 unknown) external view {
        address[] memory targets = new address[](1);
        uint256[] memory values = new uint256[](1);
        bytes[] memory calldatas = new bytes[](1);
        (targets[0], values[0], calldatas[0]) = (target, value, data);
        uint256 id = council.hashProposal(targets, values, calldatas, text);
        assert(id == council.getProposalId(targets, values, calldatas, text));
        assert(id == uint256(keccak256(abi.encode(targets, values, calldatas, text))));
        assert(id != council.hashProposal(targets, values, calldatas, ~text));
        // Whatever moves value needs two thirds, and so does whatever names no function.
        if (value != 0 || data.length < 4) assert(council.needsTwoThirds(targets, values, calldatas));
        assert(!council.supportsInterface(0xffffffff) && council.supportsInterface(type(IGovernor).interfaceId));
        if (unknown != 0x01ffc9a7 && uint32(unknown) % 2 == 1) council.supportsInterface(unknown);
    }

    /// What the Council says of itself, at any moment, and whose votes it counts.
    function testFuzz_votesAreTheRegistrys(uint32 later, address account, bytes calldata params) external {
        VM.warp(block.timestamp + 1 + later);
        uint256 past = block.timestamp - 1;
        assert(council.clock() == block.timestamp && council.getVotes(account, past) == members.getPastVotes(account, past));
        assert(council.getVotesWithParams(account, past, params) == members.getPastVotes(account, past));
        assert(council.getVotes(_governor(1), past) == 1 && address(council.token()) == address(members));
        assert(council.timelock() == address(timelock) && keccak256(bytes(council.name())) == keccak256("Fiducial Council"));
        assert(keccak256(bytes(council.version())) == keccak256("1") && keccak256(bytes(council.CLOCK_MODE())) == keccak256("mode=timestamp"));
        assert(keccak256(bytes(council.COUNTING_MODE())) == keccak256("support=bravo&quorum=for"));
        (,,, uint256 chainId, address place,,) = council.eip712Domain();
        assert(chainId == block.chainid && place == address(council));
    }
}
