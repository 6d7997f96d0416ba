// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title A contract that says yes to every signature, and calls back when its vote is wanted, for tests of re-entrancy
contract ReentrantSigner is IERC1271 {
    address private _target;
    bytes private _call;

    /// @notice Whether the last call back went through.
    bool public reentered;

    /// @notice What to call when `poke` is called.
    function arm(address target, bytes calldata call) external {
        _target = target;
        _call = call;
    }

    /// @notice Calls back, and remembers whether it worked.
    function poke() external {
        (reentered, ) = _target.call(_call);
    }

    /// @inheritdoc IERC1271
    /// @dev The caller asks by STATICCALL: a call back that writes fails, and takes the answer with it.
    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        if (_target != address(0)) {
            (bool success, ) = _target.staticcall(_call);
            if (!success) return bytes4(0xffffffff);
        }
        return IERC1271.isValidSignature.selector;
    }
}
