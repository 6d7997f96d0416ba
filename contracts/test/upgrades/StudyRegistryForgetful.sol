// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";

/// @title A next StudyRegistry that anybody may upgrade: it forgot its authority and its storage
contract StudyRegistryForgetful is UUPSUpgradeable {
    // solhint-disable-next-line no-empty-blocks
    function _authorizeUpgrade(address) internal override {}
}
