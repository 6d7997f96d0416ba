// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsortiumContract} from "../../interfaces/IConsortiumContract.sol";
import {ICreditLedger} from "../../interfaces/ICreditLedger.sol";
import {Reason} from "../../interfaces/Reason.sol";
import {Consortium} from "../support/Consortium.t.sol";

/// @notice Scores, gates and quotas through the hooks, for every input. Decay.t.sol looks at the arithmetic alone.
contract CreditLedgerFuzz is Consortium {
    /// Only the access ledger's word changes credit.
    function testFuzz_hooksAreTheAccessLedgers(address caller, uint32 one, uint32 two, address account, uint8 purpose) external {
        VM.assume(caller != address(access));
        bytes4 no = ICreditLedger.CallerNotAccessLedger.selector;
        _refused(caller, address(credit), abi.encodeCall(credit.onRequest, (one, account, purpose)), no);
        _refused(caller, address(credit), abi.encodeCall(credit.onAcknowledged, (one, two, account)), no);
        _refused(caller, address(credit), abi.encodeCall(credit.onMissedDeadline, (one, two)), no);
        _refused(caller, address(credit), abi.encodeCall(credit.onMisuse, (one, two)), no);
        _refused(caller, address(credit), abi.encodeCall(credit.onSecondOpinionClosed, (account)), no);
    }

    /// A score never leaves 0..1000, and moves by a reward of at most ten or by the penalty of its cause, whatever comes in whatever order.
    function testFuzz_scoresMoveByTheirCauses(uint256 script, uint32 member) external {
        bytes32 subject = credit.memberSubject(member);
        for (uint256 i = 0; i < 12; ++i) {
            uint256 word = (script >> (i * 20)) & 0xfffff;
            ICreditLedger.Credit memory before = credit.credit(subject);
            uint256 move = word % 4;
            uint32 other = uint32(word >> 4) % 5;
            if (move == 0) _hook(abi.encodeCall(credit.onAcknowledged, (member, other, address(0))));
            if (move == 1) _hook(abi.encodeCall(credit.onMissedDeadline, (member, other)));
            if (move == 2) _hook(abi.encodeCall(credit.onMisuse, (member, other)));
            if (move == 3) VM.warp(block.timestamp + (word >> 8) * 1 hours);
            ICreditLedger.Credit memory later = credit.credit(subject);
            assert(later.raw <= 1000 && later.score <= later.raw && later.earned <= 50);
            if (move == 0) assert(later.raw >= before.raw && later.raw <= before.raw + 10);
            if (move == 1 || move == 2) assert(_penalised(before.raw, later.raw, move == 1 ? 50 : 200));
            if (move == 3) assert(before.raw >= 500 ? later.raw >= 500 && later.raw <= before.raw : later.raw <= 500 && later.raw >= before.raw);
        }
    }

    /// Looking changes nothing, and settling on the way changes nothing: whoever misses nothing between two moments has at the second
    /// what a twin has whose record was written in between.
    function testFuzz_writingInBetweenChangesNoScore(uint16 first, uint16 second, uint8 gains, bool fallen) external {
        (uint32 watched, uint32 left) = (7, 8);
        for (uint256 i = 0; i < gains % 8; ++i) {
            _hook(abi.encodeCall(credit.onAcknowledged, (watched, uint32(100 + i), address(0))));
            _hook(abi.encodeCall(credit.onAcknowledged, (left, uint32(100 + i), address(0))));
        }
        if (fallen) {
            _hook(abi.encodeCall(credit.onMisuse, (watched, 1)));
            _hook(abi.encodeCall(credit.onMisuse, (left, 1)));
        }
        VM.warp(block.timestamp + uint256(first) * 1 hours);
        // A quota used writes the record, and no score.
        _hook(abi.encodeCall(credit.onRequest, (watched, address(0), 5)));
        VM.warp(block.timestamp + uint256(second) * 1 hours);
        assert(credit.credit(credit.memberSubject(watched)).raw == credit.credit(credit.memberSubject(left)).raw);
    }

    /// Per counterparty and epoch 10, 5, 2, 1 and then nothing, for the custodian and for the account that the patient named.
    function testFuzz_onAcknowledgedDiminishes(uint8 times, uint32 custodian, uint32 requester, address account) external {
        uint16[6] memory sums = [uint16(0), 10, 15, 17, 18, 18];
        for (uint256 i = 0; i < times % 10; ++i) _hook(abi.encodeCall(credit.onAcknowledged, (custodian, requester, account)));
        uint16 gained = sums[times % 10 > 5 ? 5 : times % 10];
        ICreditLedger.Credit memory kept = credit.credit(credit.memberSubject(custodian));
        assert(kept.raw == 500 + gained && kept.earned == gained && kept.counterparties == (gained > 0 ? 1 : 0));
        if (gained > 0) assert(kept.score == 400);
        if (account != address(0)) assert(credit.credit(credit.accountSubject(account)).raw == 500 + gained);
    }

    /// Treatment is answered by the floor alone; research and operations by gate and quota; emergencies never come here.
    function testFuzz_onRequestCountsQuotas(uint32 member, uint8 purpose, uint8 times, uint8 falls) external {
        purpose = purpose % 6;
        VM.assume(purpose != 1);
        for (uint256 i = 0; i < falls % 4; ++i) _hook(abi.encodeCall(credit.onMisuse, (member, 1)));
        uint256 raw = falls % 4 > 2 ? 0 : 500 - 200 * uint256(falls % 4);
        bool research = purpose == 2 || purpose == 3;
        for (uint256 i = 0; i < times % 25; ++i) {
            Reason reason = abi.decode(_hook(abi.encodeCall(credit.onRequest, (member, address(0), purpose))), (Reason));
            if (raw < 100 || (research && purpose != 0)) assert(reason == Reason.CreditTooLow);
            else if (purpose == 0 || i < 20) assert(reason == Reason.None);
            else assert(reason == Reason.QuotaExceeded);
        }
    }

    /// A patient's open second opinions are counted up to its tier's limit, and down as they close; never below none.
    function testFuzz_secondOpinionsAreCounted(address account, uint16 script) external {
        uint256 open = 0;
        bytes32 subject = credit.accountSubject(account);
        for (uint256 i = 0; i < 16; ++i) {
            if ((script >> i) & 1 == 1) {
                Reason reason = abi.decode(_hook(abi.encodeCall(credit.onRequest, (1, account, 1))), (Reason));
                assert(reason == (open < 2 ? Reason.None : Reason.OpenRequestLimit));
                if (open < 2) ++open;
            } else if (open > 0) {
                _hook(abi.encodeCall(credit.onSecondOpinionClosed, (account)));
                --open;
            } else {
                (bool ok,) = _as(address(access), address(credit), abi.encodeCall(credit.onSecondOpinionClosed, (account)));
                assert(!ok);
            }
            assert(credit.credit(subject).openRequests == open);
        }
    }

    /// Parameters are taken exactly within their bounds, so that no score can skip a gate or a floor stand above the newcomers' cap.
    function testFuzz_setParametersWithinBounds(uint8 which, uint16 value) external {
        ICreditLedger.Parameters memory p = _parameters();
        which = which % 8;
        if (which == 0) p.treatFloor = value;
        if (which == 1) p.newcomerCap = value;
        if (which == 2) p.gateEnter = value;
        if (which == 3) p.gateLeave = value;
        if (which == 4) p.goldEnter = value;
        if (which == 5) p.epochCap = value;
        if (which == 6) p.misusePenalty = value;
        if (which == 7) p.openSilver = uint8(value);
        bool allowed = which == 0
            ? value <= 400
            : which == 1
                ? value >= 100 && value <= 500
                : which == 2
                    ? value > 550 && value <= 750
                    : which == 3
                        ? value > 500 && value < 600
                        : which == 4 ? value > 750 && value <= 1000 : which == 5 ? value > 0 && value <= 1000 : which == 6 ? value <= 1000 : uint8(value) >= 2 && uint8(value) <= 10;
        bytes memory call = abi.encodeCall(credit.setParameters, (p));
        _decided(address(this), address(credit), call, allowed, IConsortiumContract.ParameterOutOfBounds.selector);
        bytes32 kept = keccak256(abi.encode(credit.parameters()));
        assert(kept == keccak256(abi.encode(allowed ? p : _parameters())));
    }

    /// A member's subject and an account's never meet, and who never appeared has the base, capped as a newcomer.
    function testFuzz_subjectsAreApart(uint32 member, uint32 other, address account) external view {
        VM.assume(member != 0 && member != other);
        assert(credit.memberSubject(member) != credit.accountSubject(account));
        assert(credit.memberSubject(member) != credit.memberSubject(other));
        ICreditLedger.Credit memory kept = credit.credit(credit.accountSubject(account));
        assert(kept.raw == 500 && kept.score == 400 && kept.counterparties == 0 && !kept.gateOpen);
        assert(kept.epoch == block.timestamp / EPOCH && credit.epochSeconds() == EPOCH && credit.accessLedger() == address(access));
    }

    /// @dev Points are shown rounded towards the base, so a fraction on either side of it may show as one point less.
    function _penalised(uint16 before, uint16 later, uint16 penalty) private pure returns (bool) {
        uint16 exact = before > penalty ? before - penalty : 0;
        return later == exact || (before >= 500 && later == exact + 1 && later <= 500);
    }

    function _hook(bytes memory data) private returns (bytes memory answer) {
        bool ok;
        VM.prank(address(access));
        (ok, answer) = address(credit).call(data);
        assert(ok);
    }
}
