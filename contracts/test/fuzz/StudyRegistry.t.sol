// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsortiumContract} from "../../interfaces/IConsortiumContract.sol";
import {IStudyRegistry} from "../../interfaces/IStudyRegistry.sol";
import {Consortium} from "../support/Consortium.t.sol";

/// @notice The registry of studies, for every input.
contract StudyRegistryFuzz is Consortium {
    /// A study is taken exactly when nothing of it is empty and its caller writes for an Active hospital; what is read back is what was given.
    function testFuzz_registerKeepsWhatItTakes(bytes32 studyId, address patient, bytes32 root, address stranger, uint32 id) external {
        id = id % (HOSPITALS + 1);
        bool hospital = id != 0;
        if (!hospital) VM.assume(members.hospitalOf(stranger) == 0);
        bool whole = studyId != 0 && patient != address(0) && root != 0;
        bytes4 expected = hospital ? IStudyRegistry.StudyMalformed.selector : IConsortiumContract.CallerNotActiveHospital.selector;
        bytes memory call = abi.encodeCall(studies.register, (studyId, patient, root));
        if (!_decided(hospital ? _operator(id) : stranger, address(studies), call, hospital && whole, expected)) return;
        IStudyRegistry.Study memory kept = studies.study(studyId);
        assert(kept.custodian == id && kept.patient == patient && kept.root == root);
        assert(kept.version == 1 && kept.status == IStudyRegistry.StudyStatus.Active && kept.registeredAt == block.timestamp);
    }

    /// Neither an id nor a patient's address is ever used again, by whomever.
    function testFuzz_registerNeverReuses(bytes32 studyId, address patient, bytes32 other, address another, bytes32 root, uint32 id) external {
        VM.assume(studyId != 0 && other != 0 && root != 0 && patient != address(0) && another != address(0));
        VM.assume(studyId != other && patient != another);
        address by = _operator(1 + id % HOSPITALS);
        _must(_operator(1), address(studies), abi.encodeCall(studies.register, (studyId, patient, root)));
        _refused(by, address(studies), abi.encodeCall(studies.register, (studyId, another, root)), IStudyRegistry.StudyExists.selector);
        _refused(by, address(studies), abi.encodeCall(studies.register, (other, patient, root)), IStudyRegistry.PatientAddressReused.selector);
        _must(by, address(studies), abi.encodeCall(studies.register, (other, another, root)));
    }

    /// A batch is all of its studies or none.
    function testFuzz_registerBatchIsAllOrNone(bytes32 seed, uint8 size, uint8 broken, bool breakIt) external {
        uint256 count = 1 + size % 8;
        bytes32[] memory ids = new bytes32[](count);
        address[] memory patients = new address[](count);
        bytes32[] memory roots = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            ids[i] = keccak256(abi.encode(seed, i));
            patients[i] = address(uint160(uint256(keccak256(abi.encode(seed, i, "patient")))));
            roots[i] = keccak256(abi.encode(seed, i, "root"));
        }
        if (breakIt) roots[broken % count] = 0;
        bytes memory call = abi.encodeCall(studies.registerBatch, (ids, patients, roots));
        _decided(_operator(1), address(studies), call, !breakIt, IStudyRegistry.StudyMalformed.selector);
        for (uint256 i = 0; i < count; ++i) {
            (uint32 custodian, address patient, IStudyRegistry.StudyStatus status) = studies.parties(ids[i]);
            assert(custodian == (breakIt ? 0 : 1) && patient == (breakIt ? address(0) : patients[i]));
            assert(status == (breakIt ? IStudyRegistry.StudyStatus.None : IStudyRegistry.StudyStatus.Active));
        }
        _refused(
            _operator(1),
            address(studies),
            abi.encodeCall(studies.registerBatch, (ids, new address[](count + 1), roots)),
            IConsortiumContract.BatchMalformed.selector
        );
    }

    /// A new version comes from the custodian alone, on the version it knows, with another root; versions rise by one.
    function testFuzz_supersedeRaisesTheVersionByOne(bytes32 first, bytes32 second, uint32 expected, uint32 id) external {
        VM.assume(first != 0);
        bytes32 studyId = keccak256("study");
        _must(_operator(1), address(studies), abi.encodeCall(studies.register, (studyId, _patient(1), first)));
        id = 1 + id % HOSPITALS;
        expected = expected % 3;
        bytes4 refusal = id != 1
            ? IStudyRegistry.CallerNotCustodian.selector
            : expected != 1
                ? IStudyRegistry.VersionUnexpected.selector
                : second == 0 ? IStudyRegistry.StudyMalformed.selector : IStudyRegistry.RootUnchanged.selector;
        bool allowed = id == 1 && expected == 1 && second != 0 && second != first;
        bytes memory call = abi.encodeCall(studies.supersede, (studyId, expected, second));
        _decided(_operator(id), address(studies), call, allowed, refusal);
        IStudyRegistry.Study memory kept = studies.study(studyId);
        assert(kept.version == (allowed ? 2 : 1) && kept.root == (allowed ? second : first));
    }

    /// Withdrawal is the custodian's, once, brake or no brake; afterwards nothing changes any more.
    function testFuzz_withdrawIsFinal(uint8 reason, uint32 id, bool paused, bytes32 root) external {
        VM.assume(root != 0);
        bytes32 studyId = keccak256("study");
        _must(_operator(1), address(studies), abi.encodeCall(studies.register, (studyId, _patient(1), keccak256("root"))));
        if (paused) _must(GUARDIAN, address(studies), abi.encodeCall(studies.pause, ()));
        id = 1 + id % HOSPITALS;
        bytes memory call = abi.encodeCall(studies.withdraw, (studyId, reason));
        if (!_decided(_operator(id), address(studies), call, id == 1, IStudyRegistry.CallerNotCustodian.selector)) return;
        _refused(_operator(1), address(studies), call, IStudyRegistry.StudyNotActive.selector);
        if (paused) studies.resume();
        _refused(
            _operator(1), address(studies), abi.encodeCall(studies.supersede, (studyId, 1, root)), IStudyRegistry.StudyNotActive.selector
        );
    }

    /// What nobody registered reads as nothing, and never fails.
    function testFuzz_readsOfTheUnknownAreEmpty(bytes32 studyId) external view {
        IStudyRegistry.Study memory kept = studies.study(studyId);
        (uint32 custodian, address patient, IStudyRegistry.StudyStatus status) = studies.parties(studyId);
        assert(kept.custodian == 0 && kept.patient == address(0) && kept.root == 0 && kept.version == 0 && kept.registeredAt == 0);
        assert(custodian == 0 && patient == address(0) && status == IStudyRegistry.StudyStatus.None);
        assert(studies.memberRegistry() == address(members));
    }
}
