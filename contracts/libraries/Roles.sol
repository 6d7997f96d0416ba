// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Role numbers of ConsortiumAuthority
library Roles {
    uint64 internal constant COUNCIL = 1;
    uint64 internal constant GUARDIAN = 2;
    uint64 internal constant REVIEWER = 3;
}
