// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../interfaces/IMemberRegistry.sol";
import {IMemberServed} from "../interfaces/IMemberServed.sol";
import {ConsortiumContract} from "./ConsortiumContract.sol";

/// @dev For contracts whose writes come from operators of Active hospitals. The registry is an immutable of the code: an
/// address that never changes behind its proxy need not be read from storage on every write.
abstract contract MemberServed is ConsortiumContract, IMemberServed {
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IMemberRegistry internal immutable MEMBERS;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(address members) {
        _requireAddress(members);
        MEMBERS = IMemberRegistry(members);
    }

    /// @inheritdoc IMemberServed
    function memberRegistry() external view returns (address) {
        return address(MEMBERS);
    }

    /// @dev The Active hospital the caller writes for; raises CallerNotActiveHospital when there is none.
    function _callerHospital() internal view returns (uint32 id) {
        id = MEMBERS.hospitalOf(_msgSender());
        if (id == 0) revert CallerNotActiveHospital(_msgSender());
    }
}
