// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../interfaces/IMemberRegistry.sol";

/// @dev Who may write, and the two questions that every write of the other contracts asks. Shared by the MemberRegistry, which
/// changes it, and by the registry's proxy, which answers the two questions itself: asked through the upgradeable code each
/// would cost 4,700 gas more, a cold slot and a cold account.
abstract contract MemberSeats {
    /// @dev What an address is to its member. Former: once was, and may be nothing else ever.
    enum Part {
        None,
        Governor,
        Operator,
        Former
    }

    /// @dev Kind and status are repeated from the member so that a write elsewhere is authorised by one storage read.
    struct Seat {
        uint32 member;
        Part part;
        IMemberRegistry.Kind kind;
        IMemberRegistry.Status status;
    }

    /// @custom:storage-location erc7201:fiducial.storage.MemberSeats
    struct MemberSeatsStorage {
        mapping(address account => Seat) seats;
        mapping(uint32 id => IMemberRegistry.Member) members;
    }

    bytes32 private constant STORAGE = 0xbc2efa1e265fd3946ecc6fd9a5563e425e9ad59d9c3bd6985149164e3b8e1500;

    /// @dev A seat's 24 bits above its member, and a member's lowest 16 bits, when they allow to write. Compared as one word, where
    /// the compiler would read the slot once per field.
    uint256 private constant WRITING_SEAT = uint256(uint8(Part.Operator)) | (uint256(uint8(IMemberRegistry.Kind.Hospital)) << 8)
        | (uint256(uint8(IMemberRegistry.Status.Active)) << 16);
    uint256 private constant WRITING_MEMBER =
        uint256(uint8(IMemberRegistry.Kind.Hospital)) | (uint256(uint8(IMemberRegistry.Status.Active)) << 8);

    /// @dev The Active hospital that `operator` writes for; 0 when there is none.
    function _hospitalOf(address operator) internal view returns (uint32) {
        Seat storage seat = _seatsStorage().seats[operator];
        uint256 word;
        assembly {
            word := sload(seat.slot)
        }
        return uint24(word >> 32) == WRITING_SEAT ? uint32(word) : 0;
    }

    /// @dev Whether `id` is a hospital and Active.
    function _isActiveHospital(uint32 id) internal view returns (bool) {
        IMemberRegistry.Member storage record = _seatsStorage().members[id];
        uint256 word;
        assembly {
            word := sload(record.slot)
        }
        return uint16(word) == WRITING_MEMBER;
    }

    function _seatsStorage() internal pure returns (MemberSeatsStorage storage $) {
        assembly {
            $.slot := STORAGE
        }
    }
}
