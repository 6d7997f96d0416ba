// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consortium} from "./Consortium.t.sol";

/// @title Proposals and ballots, for properties of the Council
abstract contract Proposals is Consortium {
    struct Proposal {
        uint256 id;
        address[] targets;
        uint256[] values;
        bytes[] calldatas;
        string text;
    }

    function _proposal(address target, bytes memory data) internal view returns (Proposal memory p) {
        p.targets = new address[](1);
        p.values = new uint256[](1);
        p.calldatas = new bytes[](1);
        p.targets[0] = target;
        p.calldatas[0] = data;
        p.text = "a proposal";
        p.id = council.getProposalId(p.targets, p.values, p.calldatas, keccak256(bytes(p.text)));
    }

    function _propose(Proposal memory p) internal {
        _must(_governor(1), address(council), abi.encodeCall(council.propose, (p.targets, p.values, p.calldatas, p.text)));
    }

    /// @dev Proposed and voted for by all, with its vote just over.
    function _carried(address target, bytes memory data) internal returns (Proposal memory p) {
        p = _proposal(target, data);
        _propose(p);
        VM.warp(block.timestamp + 11);
        for (uint32 id = 1; id <= HOSPITALS; ++id) _must(_governor(id), address(council), abi.encodeCall(council.castVote, (p.id, 1)));
        VM.warp(block.timestamp + 101);
    }

    function _queue(Proposal memory p) internal view returns (bytes memory) {
        return abi.encodeCall(council.queue, (p.targets, p.values, p.calldatas, keccak256(bytes(p.text))));
    }

    function _execute(Proposal memory p) internal view returns (bytes memory) {
        return abi.encodeCall(council.execute, (p.targets, p.values, p.calldatas, keccak256(bytes(p.text))));
    }

    /// @dev A ballot in one of the three ways to cast one.
    function _ballot(uint256 id, uint8 support, uint8 way) internal view returns (bytes memory) {
        if (way % 3 == 0) return abi.encodeCall(council.castVote, (id, support));
        if (way % 3 == 1) return abi.encodeCall(council.castVoteWithReason, (id, support, "for a reason"));
        return abi.encodeCall(council.castVoteWithReasonAndParams, (id, support, "for a reason", "x"));
    }

    function _signedBallot(uint256 proposal, uint8 support, uint32 id, bool extended, bytes memory signature) internal view returns (bytes memory) {
        address voter = _governor(id);
        if (extended) return abi.encodeCall(council.castVoteWithReasonAndParamsBySig, (proposal, support, voter, "why", "x", signature));
        return abi.encodeCall(council.castVoteBySig, (proposal, support, voter, signature));
    }

    /// @dev What a voter signs (EIP-712), built from the standard's own parts rather than asked of the Council.
    function _ballotDigest(uint256 proposal, uint8 support, address voter, bool extended) internal view returns (bytes32) {
        bytes32 ballot = extended
            ? keccak256(
                abi.encode(council.EXTENDED_BALLOT_TYPEHASH(), proposal, support, voter, council.nonces(voter), keccak256("why"), keccak256("x"))
            )
            : keccak256(abi.encode(council.BALLOT_TYPEHASH(), proposal, support, voter, council.nonces(voter)));
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Fiducial Council"),
                keccak256("1"),
                block.chainid,
                address(council)
            )
        );
        return keccak256(abi.encodePacked("\x19\x01", domain, ballot));
    }
}
