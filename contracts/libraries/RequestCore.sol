// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessLedger} from "../interfaces/IAccessLedger.sol";
import {Reason} from "../interfaces/Reason.sol";

/// @title The slot in which a request lives
library RequestCore {
    /// @dev One slot. Seconds in 40 bits.
    struct Core {
        uint32 requester;
        uint32 custodian;
        uint8 purpose;
        Reason reason;
        IAccessLedger.RequestState state;
        IAccessLedger.ReviewState review;
        /// Whether the review is about the custodian rather than the requester.
        bool custodianAccused;
        /// Whether the patient named the credit account; otherwise it is the study's address, that a PATRQT counts against.
        bool accountNamed;
        uint40 requestedAt;
        uint40 dueBy;
    }

    /// @notice Writes a new request by one SSTORE in the layout of Core, where the compiler would read and write the slot once
    /// per field. Nobody is accused but the requester yet: `custodianAccused` is not written.
    function write(Core storage stored, Core memory core) internal {
        uint256 word = uint256(core.requester) | (uint256(core.custodian) << 32) | (uint256(core.purpose) << 64)
            | (uint256(core.reason) << 72) | (uint256(core.state) << 80) | (uint256(core.review) << 88)
            | (uint256(core.accountNamed ? 1 : 0) << 104) | (uint256(core.requestedAt) << 112) | (uint256(core.dueBy) << 152);
        assembly {
            sstore(stored.slot, word)
        }
    }
}
