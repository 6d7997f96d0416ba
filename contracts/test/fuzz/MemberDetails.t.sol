// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../interfaces/IMemberRegistry.sol";
import {Consortium} from "../support/Consortium.t.sol";

/// @notice What members say of themselves, and their votes through time, for every input.
contract MemberDetailsFuzz is Consortium {
    /// A profile is the member's own to set, by governor or operator, and is taken by the lengths of its texts and its digests.
    function testFuzz_setProfileByTheRule(uint16 name, uint16 endpoint, bytes32 openpgp, bytes32 spki, uint32 id, uint8 by) external {
        id = 1 + id % HOSPITALS;
        name = name % 140;
        endpoint = endpoint % 270;
        IMemberRegistry.Profile memory given = IMemberRegistry.Profile(_text(name), _text(endpoint), openpgp, spki);
        bool own = by % 3 != 2;
        address caller = by % 3 == 0 ? _governor(id) : own ? _operator(id) : _operator(1 + id % HOSPITALS);
        bool texts = name > 0 && name <= 128 && endpoint > 0 && endpoint <= 256;
        bytes4 refusal = !own
            ? IMemberRegistry.CallerNotMember.selector
            : texts ? IMemberRegistry.ProfileDigestMissing.selector : IMemberRegistry.TextMalformed.selector;
        bytes memory call = abi.encodeCall(members.setProfile, (id, given));
        bool taken = _decided(caller, address(members), call, own && texts && openpgp != 0 && spki != 0, refusal);
        IMemberRegistry.Profile memory kept = members.profile(id);
        assert((keccak256(abi.encode(kept)) == keccak256(abi.encode(given))) == taken);
    }

    /// Nodes are replaced as a whole, at most 16, each with a key of 64 bytes, a port and a host.
    function testFuzz_setNodesReplacesAll(uint8 first, uint8 second, uint8 keyLength, uint16 port, uint16 host, uint32 id) external {
        id = 1 + id % HOSPITALS;
        _must(_operator(id), address(members), abi.encodeCall(members.setNodes, (id, _nodes(first % 4, 64, 30303, 9))));
        uint256 count = second % 19;
        // Mostly well-formed, so that each rule is what decides.
        uint256 key = keyLength % 4 == 0 ? keyLength : 64;
        uint256 text = host % 4 == 0 ? host % 300 : 9;
        bool formed = key == 64 && port != 0 && text > 0 && text <= 256;
        bytes4 refusal = count > 16
            ? IMemberRegistry.NodesTooMany.selector
            : key != 64 || port == 0 ? IMemberRegistry.NodeMalformed.selector : IMemberRegistry.TextMalformed.selector;
        IMemberRegistry.Node[] memory given = _nodes(count, key, port, text);
        bytes memory call = abi.encodeCall(members.setNodes, (id, given));
        bool taken = _decided(_operator(id), address(members), call, count <= 16 && (formed || count == 0), refusal);
        IMemberRegistry.Node[] memory kept = members.nodes(id);
        assert(kept.length == (taken ? count : first % 4));
        if (taken) assert(keccak256(abi.encode(kept)) == keccak256(abi.encode(given)));
    }

    /// Votes of the past do not change: what an account and all together held at a moment is what is read later.
    function testFuzz_votesOfThePastStand(uint32 steps, uint16 gap, uint32 id) external {
        id = 1 + id % HOSPITALS;
        uint256[6] memory moments;
        uint256[6] memory own;
        uint256[6] memory all;
        bool active = true;
        for (uint256 i = 0; i < 6; ++i) {
            if ((steps >> i) & 1 == 1) {
                if (active) members.suspend(id);
                else members.reinstate(id);
                active = !active;
            }
            moments[i] = block.timestamp;
            own[i] = members.getVotes(_governor(id));
            all[i] = HOSPITALS - 1 + own[i];
            assert(own[i] == (active ? 1 : 0));
            VM.warp(block.timestamp + 1 + gap % 1000);
        }
        for (uint256 i = 0; i < 6; ++i) {
            assert(members.getPastVotes(_governor(id), moments[i]) == own[i]);
            assert(members.getPastTotalSupply(moments[i]) == all[i]);
        }
        assert(members.clock() == block.timestamp);
    }

    /// The future is not looked up, and a vote is delegated to nobody.
    function testFuzz_votesAreNobodyElses(address account, address other, uint48 ahead, uint256 nonce, uint8 v, bytes32 r, bytes32 s) external {
        uint256 moment = block.timestamp + ahead;
        bytes4 future = IMemberRegistry.ERC5805FutureLookup.selector;
        _refused(account, address(members), abi.encodeCall(members.getPastVotes, (account, moment)), future);
        _refused(account, address(members), abi.encodeCall(members.getPastTotalSupply, (moment)), future);
        bytes4 never = IMemberRegistry.DelegationUnsupported.selector;
        _refused(account, address(members), abi.encodeCall(members.delegate, (other)), never);
        _refused(account, address(members), abi.encodeCall(members.delegateBySig, (other, nonce, moment, v, r, s)), never);
        assert(members.delegates(account) == account);
        assert(keccak256(bytes(members.CLOCK_MODE())) == keccak256("mode=timestamp"));
    }

    function _text(uint256 length) private pure returns (string memory) {
        bytes memory text = new bytes(length);
        for (uint256 i = 0; i < length; ++i) text[i] = "x";
        return string(text);
    }

    function _nodes(uint256 count, uint256 key, uint16 port, uint256 host) private pure returns (IMemberRegistry.Node[] memory nodes) {
        nodes = new IMemberRegistry.Node[](count);
        for (uint256 i = 0; i < count; ++i) nodes[i] = IMemberRegistry.Node(new bytes(key), _text(host), port, true, "ipfs", "cluster");
    }
}
