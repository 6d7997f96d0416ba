// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";

/// @title What a second version of a contract adds in upgrade drills: a field of its own, set once, when it is upgraded to
abstract contract SecondVersion is Initializable {
    /// @custom:storage-location erc7201:fiducial.test.SecondVersion
    struct SecondVersionStorage {
        uint64 upgradedBy;
    }

    /// @notice What no agent of the first version can read.
    event SecondVersionBegan(uint64 indexed upgradedBy);

    bytes32 private constant STORAGE = 0x670ae15099e53035fc93046da84ca634c2fa5ca0a91a2a3158175482dc889700;

    /// @notice Sets the field; runs with the upgrade and never again.
    function initializeSecond(uint64 upgradedBy_) external reinitializer(2) {
        _second().upgradedBy = upgradedBy_;
        emit SecondVersionBegan(upgradedBy_);
    }

    /// @notice The field.
    function upgradedBy() external view returns (uint64) {
        return _second().upgradedBy;
    }

    function _second() private pure returns (SecondVersionStorage storage $) {
        assembly {
            $.slot := STORAGE
        }
    }
}
