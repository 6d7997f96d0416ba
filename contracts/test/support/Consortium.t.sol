// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {AccessLedger} from "../../AccessLedger.sol";
import {ConsentRegistry} from "../../ConsentRegistry.sol";
import {ConsortiumAuthority} from "../../ConsortiumAuthority.sol";
import {Council} from "../../Council.sol";
import {CreditLedger} from "../../CreditLedger.sol";
import {GuardianPanel} from "../../GuardianPanel.sol";
import {MemberRegistry} from "../../MemberRegistry.sol";
import {StudyRegistry} from "../../StudyRegistry.sol";
import {ConsortiumContract} from "../../base/ConsortiumContract.sol";
import {ICouncil} from "../../interfaces/ICouncil.sol";
import {ICreditLedger} from "../../interfaces/ICreditLedger.sol";
import {IMemberRegistry} from "../../interfaces/IMemberRegistry.sol";
import {Roles} from "../../libraries/Roles.sol";
import {Vm} from "./Vm.sol";

/// @title A whole consortium for properties: every contract behind its proxy, four hospitals, and this contract as its council
/// @dev This contract holds ADMIN and COUNCIL. Keys are small numbers, so that accounts can sign: `_key(kind, index)`.
abstract contract Consortium {
    Vm internal constant VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    uint32 internal constant HOSPITALS = 4;
    uint32 internal constant EPOCH = 1 days;
    uint32 internal constant SIGNED_TERM = 5 * 365 days;
    uint32 internal constant ATTESTED_TERM = 180 days;
    uint32 internal constant DELIVERY = 1 days;
    uint32 internal constant EMERGENCY = 900;
    uint256 internal constant BEGIN = 1_800_000_000;
    address internal constant GUARDIAN = address(0x6A4D);
    uint256 internal constant REVIEWER_KEY = 0x4E5;

    ConsortiumAuthority internal authority;
    MemberRegistry internal members;
    StudyRegistry internal studies;
    ConsentRegistry internal consents;
    AccessLedger internal access;
    CreditLedger internal credit;
    Council internal council;
    TimelockController internal timelock;
    GuardianPanel internal panel;
    address[HOSPITALS + 1] private _governors;
    address[HOSPITALS + 1] private _operators;

    function setUp() public virtual {
        VM.warp(BEGIN);
        for (uint32 id = 1; id <= HOSPITALS; ++id) {
            _governors[id] = VM.addr(_governorKey(id));
            _operators[id] = VM.addr(0x2000 + uint256(id));
        }
        _deployContracts();
        authority.grantRole(Roles.COUNCIL, address(this), 0);
        authority.grantRole(Roles.GUARDIAN, GUARDIAN, 0);
        authority.grantRole(Roles.REVIEWER, VM.addr(REVIEWER_KEY), 0);
        _deployCouncil();
        _deployPanel();
        _restrictAll();
        for (uint32 id = 1; id <= HOSPITALS; ++id) _admitHospital(id);
        VM.warp(BEGIN + 10);
    }

    // ---------------------------------------------------------------------------------------------------------------- people

    function _governorKey(uint32 id) internal pure returns (uint256) {
        return 0x1000 + id;
    }

    function _guardianKey(uint256 index) internal pure returns (uint256) {
        return 0x7000 + index;
    }

    /// @dev Kept, because to derive an account of its key takes longer than most properties.
    function _governor(uint32 id) internal view returns (address) {
        return _governors[id];
    }

    function _operator(uint32 id) internal view returns (address) {
        return _operators[id];
    }

    function _patientKey(uint256 index) internal pure returns (uint256) {
        return 0x30000 + index;
    }

    function _patient(uint256 index) internal pure returns (address) {
        return VM.addr(_patientKey(index));
    }

    function _profile(bytes32 seed) internal pure returns (IMemberRegistry.Profile memory) {
        return IMemberRegistry.Profile("a hospital", "https://a.example", keccak256(abi.encode(seed, 1)), keccak256(abi.encode(seed, 2)));
    }

    function _admitHospital(uint32 id) internal {
        address[] memory operators = new address[](1);
        operators[0] = _operator(id);
        members.admit(IMemberRegistry.Kind.Hospital, _governor(id), operators, _profile(bytes32(uint256(id))));
    }

    function _signature(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    // ----------------------------------------------------------------------------------------------------------------- calls

    /// @dev Calls as `sender`; gives whether it went through, and the selector of the error otherwise.
    function _as(address sender, address target, bytes memory data) internal returns (bool ok, bytes4 problem) {
        bytes memory answer;
        VM.prank(sender);
        (ok, answer) = target.call(data);
        if (!ok) problem = bytes4(answer);
    }

    /// @dev Calls as `sender` and demands that it goes through.
    function _must(address sender, address target, bytes memory data) internal {
        (bool ok,) = _as(sender, target, data);
        assert(ok);
    }

    /// @dev Calls as `sender` and demands this refusal.
    function _refused(address sender, address target, bytes memory data, bytes4 expected) internal {
        (bool ok, bytes4 problem) = _as(sender, target, data);
        assert(!ok && problem == expected);
    }

    /// @dev Calls as `sender` and demands success exactly when `allowed`, and otherwise this refusal.
    function _decided(address sender, address target, bytes memory data, bool allowed, bytes4 expected) internal returns (bool) {
        (bool ok, bytes4 problem) = _as(sender, target, data);
        assert(ok == allowed);
        if (!ok) assert(problem == expected);
        return ok;
    }

    /// @dev One of the five contracts that share base/ConsortiumContract.
    function _pick(uint8 which) internal view returns (ConsortiumContract) {
        if (which % 5 == 0) return members;
        if (which % 5 == 1) return studies;
        if (which % 5 == 2) return consents;
        if (which % 5 == 3) return access;
        return credit;
    }

    // ------------------------------------------------------------------------------------------------------------ deployment

    function _parameters() internal pure returns (ICreditLedger.Parameters memory) {
        return ICreditLedger.Parameters({
            treatFloor: 100,
            newcomerCap: 400,
            gateEnter: 600,
            gateLeave: 550,
            goldEnter: 800,
            goldLeave: 750,
            epochCap: 50,
            missedPenalty: 50,
            misusePenalty: 200,
            researchShut: 0,
            researchOpen: 200,
            operationsShut: 20,
            operationsOpen: 200,
            minCounterparties: 3,
            openBronze: 2,
            openSilver: 5,
            openGold: 10
        });
    }

    function _rules() internal pure returns (ICouncil.Rules memory) {
        return ICouncil.Rules({votingDelay: 10, votingPeriod: 100, gracePeriod: 1000, minHospitals: 2});
    }

    function _deployContracts() private {
        authority = ConsortiumAuthority(_create("ConsortiumAuthority", abi.encode(address(this))));
        address at_ = address(authority);
        bytes memory init = abi.encodeCall(MemberRegistry.initialize, (at_));
        members = MemberRegistry(_create("MemberRegistryProxy", abi.encode(_create("MemberRegistry", ""), init)));
        studies = StudyRegistry(_proxy("StudyRegistry", abi.encode(members), abi.encodeCall(StudyRegistry.initialize, (at_))));
        consents = ConsentRegistry(
            _proxy(
                "ConsentRegistry",
                abi.encode(members, studies),
                abi.encodeCall(ConsentRegistry.initialize, (at_, SIGNED_TERM, ATTESTED_TERM))
            )
        );
        // The two ledgers name each other: the access ledger's proxy is the fourth contract from here.
        address ahead = VM.computeCreateAddress(address(this), VM.getNonce(address(this)) + 3);
        credit = CreditLedger(
            _proxy("CreditLedger", abi.encode(ahead, EPOCH), abi.encodeCall(CreditLedger.initialize, (at_, _parameters())))
        );
        access = AccessLedger(
            _proxy(
                "AccessLedger",
                abi.encode(members, studies, consents, credit),
                abi.encodeCall(AccessLedger.initialize, (at_, DELIVERY, EMERGENCY))
            )
        );
        assert(address(access) == ahead);
    }

    function _deployCouncil() private {
        address ahead = VM.computeCreateAddress(address(this), VM.getNonce(address(this)) + 2);
        address[] memory only = new address[](1);
        only[0] = ahead;
        bytes memory code = VM.getCode("TimelockController.sol:TimelockController");
        timelock = TimelockController(payable(_make(code, abi.encode(50, only, only, address(0)))));
        bytes memory init =
            abi.encodeCall(Council.initialize, (address(authority), address(members), payable(address(timelock)), _rules()));
        council = Council(payable(_proxy("Council", "", init)));
        assert(address(council) == ahead);
        authority.grantRole(Roles.COUNCIL, address(timelock), 0);
        authority.grantRole(0, address(timelock), 0);
    }

    /// @dev Two of three; beside GUARDIAN, which properties of the contracts themselves use for short.
    function _deployPanel() private {
        address[] memory targets = new address[](5);
        for (uint8 which = 0; which < 5; ++which) targets[which] = address(_pick(which));
        address[] memory sitting = new address[](3);
        for (uint256 index = 0; index < 3; ++index) sitting[index] = VM.addr(_guardianKey(index));
        panel = GuardianPanel(_create("GuardianPanel", abi.encode(authority, council, targets, sitting, 2)));
        authority.grantRole(Roles.GUARDIAN, address(panel), 0);
        _restrict(address(panel), panel.setGuardians.selector, Roles.COUNCIL);
    }

    function _restrictAll() private {
        for (uint8 which = 0; which < 5; ++which) {
            ConsortiumContract target = _pick(which);
            _restrict(address(target), target.pause.selector, Roles.GUARDIAN);
            _restrict(address(target), target.resume.selector, Roles.COUNCIL);
            _restrict(address(target), target.upgradeToAndCall.selector, Roles.COUNCIL);
        }
        _restrict(address(council), council.upgradeToAndCall.selector, Roles.COUNCIL);
        _restrict(address(members), members.admit.selector, Roles.COUNCIL);
        _restrict(address(members), members.suspend.selector, Roles.COUNCIL);
        _restrict(address(members), members.reinstate.selector, Roles.COUNCIL);
        _restrict(address(members), members.expel.selector, Roles.COUNCIL);
        _restrict(address(members), members.replaceGovernor.selector, Roles.COUNCIL);
        _restrict(address(consents), consents.setTerms.selector, Roles.COUNCIL);
        _restrict(address(access), access.setDeadlines.selector, Roles.COUNCIL);
        _restrict(address(access), access.review.selector, Roles.REVIEWER);
        _restrict(address(credit), credit.setParameters.selector, Roles.COUNCIL);
    }

    function _restrict(address target, bytes4 selector, uint64 role) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        authority.setTargetFunctionRole(target, selectors, role);
    }

    function _proxy(string memory name, bytes memory args, bytes memory init) private returns (address) {
        bytes memory code = VM.getCode("ERC1967Proxy.sol:ERC1967Proxy");
        return _make(code, abi.encode(_create(name, args), init));
    }

    /// @dev From the compiled artifacts: with `new`, the code of every contract would be compiled into every property's.
    function _create(string memory name, bytes memory args) internal returns (address) {
        return _make(VM.getCode(string.concat("contracts/", name, ".sol:", name)), args);
    }

    function _make(bytes memory code, bytes memory args) private returns (address made) {
        bytes memory whole = bytes.concat(code, args);
        assembly ("memory-safe") {
            made := create(0, add(whole, 0x20), mload(whole))
        }
        assert(made != address(0));
    }
}
