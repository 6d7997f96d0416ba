// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IConsortiumAuthority} from "./interfaces/IConsortiumAuthority.sol";
import {Roles} from "./libraries/Roles.sol";

/// @notice See {IConsortiumAuthority}.
contract ConsortiumAuthority is AccessManager, IConsortiumAuthority {
    /// @inheritdoc IConsortiumAuthority
    uint64 public constant COUNCIL = Roles.COUNCIL;

    /// @inheritdoc IConsortiumAuthority
    uint64 public constant GUARDIAN = Roles.GUARDIAN;

    /// @inheritdoc IConsortiumAuthority
    uint64 public constant REVIEWER = Roles.REVIEWER;

    constructor(address initialAdmin) AccessManager(initialAdmin) {}
}
