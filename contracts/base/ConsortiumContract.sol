// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IConsortiumContract} from "../interfaces/IConsortiumContract.sol";

/// @dev Upgrade by COUNCIL, brake by GUARDIAN. The brake's bit lives in each contract's own settings slot, which its writes
/// read anyway, so that it costs the hot path nothing.
abstract contract ConsortiumContract is UUPSUpgradeable, AccessManagedUpgradeable, IConsortiumContract {
    modifier whenWriting() {
        _requireWriting();
        _;
    }

    // -------------------------------------------------------------------------------------------------------- initialisation

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        _disableInitializers();
    }

    function __ConsortiumContract_init(address authority_) internal onlyInitializing {
        _requireAddress(authority_);
        __AccessManaged_init(authority_);
    }

    // ---------------------------------------------------------------------------------------------------------------- writes

    /// @inheritdoc IConsortiumContract
    function pause() external restricted {
        _changePause(true);
        emit WritesPaused(_msgSender());
    }

    /// @inheritdoc IConsortiumContract
    function resume() external restricted {
        _changePause(false);
        emit WritesResumed(_msgSender());
    }

    // ----------------------------------------------------------------------------------------------------------------- reads

    /// @inheritdoc IConsortiumContract
    function writesPaused() external view returns (bool) {
        return _writesPaused();
    }

    // ------------------------------------------------------------------------------------------------------------- internals

    function _writesPaused() internal view virtual returns (bool);

    function _storePause(bool paused) internal virtual;

    // solhint-disable-next-line no-empty-blocks
    function _authorizeUpgrade(address) internal override restricted {}

    function _changePause(bool paused) private {
        if (_writesPaused() == paused) revert PauseUnchanged(paused);
        _storePause(paused);
    }

    function _requireWriting() internal view {
        if (_writesPaused()) revert WritesArePaused();
    }

    function _requireAddress(address account) internal pure {
        if (account == address(0)) revert AddressMissing();
    }

    function _requireBatch(uint256 size, uint256 other, uint256 maximum) internal pure {
        if (size == 0 || size > maximum || size != other) revert BatchMalformed(size, other, maximum);
    }

    function _requireWithin(bytes32 name, uint256 given, uint256 minimum, uint256 maximum) internal pure {
        if (given < minimum || given > maximum) revert ParameterOutOfBounds(name, given, minimum, maximum);
    }
}
