// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {MemberSeats} from "./base/MemberSeats.sol";

/// @notice The proxy of the MemberRegistry. Everything goes to the upgradeable code but the two reads on which every write of the
/// consortium depends: these are answered here, from the storage that the upgradeable code keeps.
/// @dev Who holds a seat stays the upgradeable code's to decide; only how a seat is read is fixed. An upgrade that needs another
/// rule leaves seats as they are, adds a function, and has the other contracts, upgradeable themselves, ask that one.
contract MemberRegistryProxy is ERC1967Proxy, MemberSeats {
    /// @param implementation The MemberRegistry's code.
    /// @param data Its initialisation.
    constructor(address implementation, bytes memory data) ERC1967Proxy(implementation, data) {}

    /// @notice See {IMemberRegistry-hospitalOf}.
    function hospitalOf(address operator) external view returns (uint32) {
        return _hospitalOf(operator);
    }

    /// @notice See {IMemberRegistry-isActiveHospital}.
    function isActiveHospital(uint32 id) external view returns (bool) {
        return _isActiveHospital(id);
    }
}
