// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {IMemberRegistry} from "../interfaces/IMemberRegistry.sol";

/// @dev ERC-5805 votes that follow membership: a governor holds one vote while its hospital is Active, and cannot delegate it.
abstract contract MemberVotes is IMemberRegistry {
    using Checkpoints for Checkpoints.Trace208;

    /// @custom:storage-location erc7201:fiducial.storage.MemberVotes
    struct MemberVotesStorage {
        mapping(address governor => Checkpoints.Trace208) votes;
        Checkpoints.Trace208 total;
    }

    bytes32 private constant STORAGE = 0x14b580b519af2776f3a113d00d34362767ecc3d1a5719286070696455ca4c400;

    // ---------------------------------------------------------------------------------------------------------------- writes

    /// @inheritdoc IVotes
    function delegate(address) external pure {
        revert DelegationUnsupported();
    }

    /// @inheritdoc IVotes
    function delegateBySig(address, uint256, uint256, uint8, bytes32, bytes32) external pure {
        revert DelegationUnsupported();
    }

    // ----------------------------------------------------------------------------------------------------------------- reads

    /// @inheritdoc IVotes
    function getVotes(address account) external view returns (uint256) {
        return _votesStorage().votes[account].latest();
    }

    /// @inheritdoc IVotes
    function getPastVotes(address account, uint256 timepoint) external view returns (uint256) {
        return _votesStorage().votes[account].upperLookupRecent(_past(timepoint));
    }

    /// @inheritdoc IVotes
    function getPastTotalSupply(uint256 timepoint) external view returns (uint256) {
        return _votesStorage().total.upperLookupRecent(_past(timepoint));
    }

    /// @inheritdoc IVotes
    function delegates(address account) external pure returns (address) {
        return account;
    }

    /// @inheritdoc IERC6372
    function clock() public view returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @inheritdoc IERC6372
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() external pure returns (string memory) {
        return "mode=timestamp";
    }

    // ------------------------------------------------------------------------------------------------------------- internals

    function _giveVote(address governor) internal {
        MemberVotesStorage storage $ = _votesStorage();
        $.votes[governor].push(clock(), 1);
        $.total.push(clock(), $.total.latest() + 1);
        emit DelegateVotesChanged(governor, 0, 1);
    }

    function _takeVote(address governor) internal {
        MemberVotesStorage storage $ = _votesStorage();
        $.votes[governor].push(clock(), 0);
        $.total.push(clock(), $.total.latest() - 1);
        emit DelegateVotesChanged(governor, 1, 0);
    }

    function _past(uint256 timepoint) private view returns (uint48) {
        if (timepoint >= clock()) revert ERC5805FutureLookup(timepoint, clock());
        return uint48(timepoint);
    }

    function _votesStorage() private pure returns (MemberVotesStorage storage $) {
        assembly {
            $.slot := STORAGE
        }
    }
}
