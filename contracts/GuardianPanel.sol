// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IConsortiumContract} from "./interfaces/IConsortiumContract.sol";
import {IGuardianPanel} from "./interfaces/IGuardianPanel.sol";

/// @notice See {IGuardianPanel}.
contract GuardianPanel is AccessManaged, EIP712, Nonces, IGuardianPanel {
    // ------------------------------------------------------------------------------------------------------------- constants

    uint256 private constant MAX_GUARDIANS = 16;
    uint256 private constant MAX_TERM = 7 days;
    bytes32 private constant APPROVAL_TYPEHASH =
        keccak256("Approval(address target,uint256 proposal,uint48 until,uint256 nonce)");

    address private immutable COUNCIL;

    // --------------------------------------------------------------------------------------------------------------- storage

    address[] private _targets;
    address[] private _guardians;
    /// @dev Also the threshold's slot mate: every change of guardians begins another generation, in which no approval was given.
    uint64 private _generation;
    uint64 private _threshold;
    mapping(address guardian => uint64) private _generationOf;
    /// @dev How often this panel stopped a contract: part of what an approval is kept under.
    mapping(address target => uint256) private _pauses;
    mapping(bytes32 act => mapping(address guardian => uint48)) private _until;

    // -------------------------------------------------------------------------------------------------------- initialisation

    /// @param authority_ The ConsortiumAuthority, whose role COUNCIL changes the guardians.
    /// @param council_ The Council whose proposals can be canceled.
    /// @param targets_ The contracts whose writes can be stopped.
    constructor(address authority_, address council_, address[] memory targets_, address[] memory guardians_, uint256 threshold_)
        AccessManaged(authority_)
        EIP712("Fiducial Guardians", "1")
    {
        _requireAddress(authority_);
        _requireAddress(council_);
        _requireAddresses(targets_);
        COUNCIL = council_;
        _targets = targets_;
        _setGuardians(guardians_, threshold_);
    }

    // ---------------------------------------------------------------------------------------------------------------- writes

    /// @inheritdoc IGuardianPanel
    function approve(address target, uint256 proposal, uint48 until) external {
        _approve(target, proposal, until, msg.sender);
    }

    /// @inheritdoc IGuardianPanel
    function approveBySig(address target, uint256 proposal, uint48 until, address guardian, bytes calldata signature) external {
        bytes32 digest = hashApproval(target, proposal, until, _useNonce(guardian));
        if (!SignatureChecker.isValidSignatureNowCalldata(guardian, digest, signature)) revert ApprovalSignatureInvalid(guardian);
        _approve(target, proposal, until, guardian);
    }

    /// @inheritdoc IGuardianPanel
    function pause(address target) external {
        _demandApprovals(target, 0);
        ++_pauses[target];
        IConsortiumContract(target).pause();
    }

    /// @inheritdoc IGuardianPanel
    function cancel(address[] calldata targets_, uint256[] calldata values, bytes[] calldata calldatas, bytes32 descriptionHash) external {
        // OpenZeppelin's proposal id: a hash over exactly what is handed on below.
        _demandApprovals(COUNCIL, uint256(keccak256(abi.encode(targets_, values, calldatas, descriptionHash))));
        IGovernor(COUNCIL).cancel(targets_, values, calldatas, descriptionHash);
    }

    /// @inheritdoc IGuardianPanel
    function setGuardians(address[] calldata guardians_, uint256 threshold_) external restricted {
        _setGuardians(guardians_, threshold_);
    }

    // ----------------------------------------------------------------------------------------------------------------- reads

    /// @inheritdoc IGuardianPanel
    function guardians() external view returns (address[] memory) {
        return _guardians;
    }

    /// @inheritdoc IGuardianPanel
    function threshold() external view returns (uint256) {
        return _threshold;
    }

    /// @inheritdoc IGuardianPanel
    function targets() external view returns (address[] memory) {
        return _targets;
    }

    /// @inheritdoc IGuardianPanel
    function council() external view returns (address) {
        return COUNCIL;
    }

    /// @inheritdoc IGuardianPanel
    function approvals(address target, uint256 proposal) public view returns (Approval[] memory counting) {
        mapping(address guardian => uint48) storage until = _until[_act(target, proposal)];
        uint256 count;
        counting = new Approval[](_guardians.length);
        for (uint256 i = 0; i < counting.length; ++i) {
            address guardian = _guardians[i];
            if (until[guardian] >= block.timestamp) counting[count++] = Approval(guardian, until[guardian]);
        }
        assembly ("memory-safe") {
            mstore(counting, count)
        }
    }

    /// @inheritdoc IGuardianPanel
    function hashApproval(address target, uint256 proposal, uint48 until, uint256 nonce) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(APPROVAL_TYPEHASH, target, proposal, until, nonce)));
    }

    // ------------------------------------------------------------------------------------------------------------- internals

    function _approve(address target, uint256 proposal, uint48 until, address guardian) private {
        if (_generationOf[guardian] != _generation) revert GuardianUnknown(guardian);
        uint256 latest = block.timestamp + MAX_TERM;
        if (until != 0 && (until < block.timestamp || until > latest)) revert ApprovalTermInvalid(until, latest);
        _requireTarget(target, proposal);
        _until[_act(target, proposal)][guardian] = until;
        emit ApprovalGiven(target, proposal, guardian, until);
    }

    /// @dev Nobody approves beforehand of what does not exist yet, nor of a pause that is on already.
    function _requireTarget(address target, uint256 proposal) private view {
        if (target == COUNCIL) {
            IGovernor(COUNCIL).state(proposal);
            return;
        }
        if (proposal != 0 || !_isTarget(target)) revert TargetUnknown(target, proposal);
        if (IConsortiumContract(target).writesPaused()) revert IConsortiumContract.PauseUnchanged(true);
    }

    function _isTarget(address target) private view returns (bool) {
        uint256 count = _targets.length;
        for (uint256 i = 0; i < count; ++i) {
            if (_targets[i] == target) return true;
        }
        return false;
    }

    function _demandApprovals(address target, uint256 proposal) private {
        Approval[] memory counting = approvals(target, proposal);
        if (counting.length < _threshold) revert ApprovalsMissing(target, proposal, counting.length, _threshold);
        emit GuardiansActed(target, proposal, counting);
    }

    /// @dev What an approval is kept under: another pause, or other guardians, and it is another act.
    function _act(address target, uint256 proposal) private view returns (bytes32) {
        return keccak256(abi.encode(target, proposal, _pauses[target], _generation));
    }

    function _setGuardians(address[] memory guardians_, uint256 threshold_) private {
        uint256 count = guardians_.length;
        if (count > MAX_GUARDIANS || threshold_ == 0 || threshold_ > count) revert GuardiansMalformed(count, threshold_);
        _requireAddresses(guardians_);
        uint64 generation = ++_generation;
        for (uint256 i = 0; i < count; ++i) {
            address guardian = guardians_[i];
            if (_generationOf[guardian] == generation) revert GuardianRepeated(guardian);
            _generationOf[guardian] = generation;
        }
        _guardians = guardians_;
        _threshold = uint64(threshold_);
        emit GuardiansChanged(guardians_, threshold_);
    }

    function _requireAddresses(address[] memory accounts) private pure {
        for (uint256 i = 0; i < accounts.length; ++i) _requireAddress(accounts[i]);
    }

    function _requireAddress(address account) private pure {
        if (account == address(0)) revert IConsortiumContract.AddressMissing();
    }
}
