// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";

/// @title Who may govern what
/// @notice OpenZeppelin's AccessManager with the consortium's role numbers. Not upgradeable: it is what upgrades answer to.
interface IConsortiumAuthority is IAccessManager {
    /// @notice Membership, parameters, upgrades, release of the brake.
    function COUNCIL() external view returns (uint64);

    /// @notice The brake, and the veto on proposals: held by the GuardianPanel, for which k of n guardians approve.
    function GUARDIAN() external view returns (uint64);

    /// @notice Reviews of emergencies and disputes: regulators.
    function REVIEWER() external view returns (uint64);
}
