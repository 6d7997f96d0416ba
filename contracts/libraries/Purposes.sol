// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Purposes of use
/// @notice HL7 v3 PurposeOfUse codes (ActReason). The number of a purpose is its bit in a consent's mask.
library Purposes {
    uint8 internal constant TREAT = 0;
    uint8 internal constant PATRQT = 1;
    uint8 internal constant HRESCH = 2;
    uint8 internal constant PUBHLTH = 3;
    uint8 internal constant HLEGAL = 4;
    uint8 internal constant HOPERAT = 5;
    uint8 internal constant ETREAT = 6;

    /// @dev Every purpose a consent can cover: all but ETREAT, which needs none.
    uint16 internal constant CONSENTABLE = (1 << 6) - 1;

    /// @notice Whether `purpose` is one of the seven codes.
    function known(uint8 purpose) internal pure returns (bool) {
        return purpose <= ETREAT;
    }

    /// @notice Whether `purposes` is a non-empty mask of consentable purposes.
    function consentable(uint16 purposes) internal pure returns (bool) {
        return purposes != 0 && purposes & ~CONSENTABLE == 0;
    }

    /// @notice Whether the mask covers the purpose.
    function covers(uint16 purposes, uint8 purpose) internal pure returns (bool) {
        return purposes & (uint16(1) << purpose) != 0;
    }

    /// @notice Research and public health: the purposes whose quota is smallest while a member's credit gate is shut.
    function isResearch(uint8 purpose) internal pure returns (bool) {
        return purpose == HRESCH || purpose == PUBHLTH;
    }
}
