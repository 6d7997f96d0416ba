// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberRegistry} from "../../interfaces/IMemberRegistry.sol";
import {ConsortiumContract} from "../../base/ConsortiumContract.sol";
import {Ghost} from "./Ghost.t.sol";

/// @dev Membership, keys and the brake.
abstract contract MemberHandler is Ghost {
    uint256 private constant MAX_MEMBERS = 9;

    function admit(uint256 seed, bool hospital) external {
        if (_members.length >= MAX_MEMBERS) return;
        address governor = address(uint160(0xA0000000 + seed % 1000));
        address[] memory operators = new address[](1);
        operators[0] = address(uint160(0xB0000000 + seed % 1000));
        IMemberRegistry.Kind kind = hospital ? IMemberRegistry.Kind.Hospital : IMemberRegistry.Kind.Observer;
        bytes memory call = abi.encodeCall(members.admit, (kind, governor, operators, _profile("new")));
        if (_try("admit", address(this), address(members), call)) {
            _claim(!_paused[0], "admitted under the brake");
            _members.push(MemberFacts(governor, operators[0], hospital, 1));
            ++epochs;
            _watch(credit.memberSubject(uint32(_members.length)));
        }
        _pass(1);
    }

    function suspend(uint256 seed) external {
        uint32 id = _oneMember(seed);
        bool was = _members[id - 1].status == 1;
        // Most of them stay, or nothing else happens any more.
        if (seed % 4 != 0) return;
        if (_try("suspend", address(this), address(members), abi.encodeCall(members.suspend, (id)))) {
            _members[id - 1].status = 2;
            ++epochs;
        } else {
            _claim(!was, "the brake, or anything else, stopped a suspension");
        }
        _pass(1);
    }

    function reinstate(uint256 seed) external {
        for (uint32 id = 1; id <= _members.length; ++id) {
            if (_members[id - 1].status != 2) continue;
            if (_try("reinstate", address(this), address(members), abi.encodeCall(members.reinstate, (id)))) {
                _claim(!_paused[0], "reinstated under the brake");
                _members[id - 1].status = 1;
                ++epochs;
            }
            if (seed % 2 == 0) break;
        }
        _pass(1);
    }

    function expel(uint256 seed) external {
        uint32 id = _oneMember(seed);
        if (id <= HOSPITALS || seed % 8 != 0) return;
        bool was = _members[id - 1].status != 3;
        bool ok = _try("expel", address(this), address(members), abi.encodeCall(members.expel, (id)));
        _claim(ok == was, "the brake, or anything else, stopped an expulsion");
        if (ok) {
            _members[id - 1].status = 3;
            ++epochs;
        }
        _pass(1);
    }

    function replaceGovernor(uint256 seed, uint256 other) external {
        uint32 id = _oneMember(seed);
        // Now and then a key that was used before, by anybody.
        address next = other % 4 == 0 ? _members[_oneMember(other) - 1].governor : address(uint160(0xC0000000 + other % 100_000));
        bool used = _wasUsed(next);
        if (_try("replaceGovernor", address(this), address(members), abi.encodeCall(members.replaceGovernor, (id, next)))) {
            _claim(!used, "a used key was seated again");
            _former.push(_members[id - 1].governor);
            _members[id - 1].governor = next;
            ++epochs;
        }
        _pass(1);
    }

    function rotateOperator(uint256 seed, uint256 other) external {
        uint32 id = _oneMember(seed);
        MemberFacts storage facts = _members[id - 1];
        address next = other % 4 == 0 ? _members[_oneMember(other) - 1].operator : address(uint160(0xD0000000 + other % 100_000));
        bool used = _wasUsed(next);
        if (!_try("addOperator", facts.governor, address(members), abi.encodeCall(members.addOperator, (id, next)))) return;
        ++epochs;
        _claim(!used && !_paused[0] && facts.status == 1, "an operator was added that could not be");
        bool removed = _try("removeOperator", facts.governor, address(members), abi.encodeCall(members.removeOperator, (id, facts.operator)));
        _claim(removed, "a governor could not remove its operator");
        ++epochs;
        _former.push(facts.operator);
        facts.operator = next;
        _pass(1);
    }

    function pause(uint8 which, uint256 seed) external {
        which = which % 5;
        if (seed % 6 != 0) return;
        ConsortiumContract target = _pick(which);
        bool ok = _try("pause", GUARDIAN, address(target), abi.encodeCall(target.pause, ()));
        _claim(ok == !_paused[which], "the guardian's brake did not answer");
        _paused[which] = true;
        _pass(1);
    }

    function resume(uint256 seed) external {
        for (uint8 which = 0; which < 5; ++which) {
            if (!_paused[which] || (seed >> which) & 1 == 0) continue;
            ConsortiumContract target = _pick(which);
            _claim(!_try("resumeByGuardian", GUARDIAN, address(target), abi.encodeCall(target.resume, ())), "the guardian released the brake");
            _claim(_try("resume", address(this), address(target), abi.encodeCall(target.resume, ())), "the Council could not release the brake");
            _paused[which] = false;
        }
        _pass(1);
    }

    function _wasUsed(address account) private view returns (bool) {
        for (uint256 i = 0; i < _former.length; ++i) if (_former[i] == account) return true;
        for (uint256 i = 0; i < _members.length; ++i) {
            if (_members[i].governor == account || _members[i].operator == account) return true;
        }
        return false;
    }
}
