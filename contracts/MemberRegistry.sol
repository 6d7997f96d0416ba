// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ConsortiumContract} from "./base/ConsortiumContract.sol";
import {MemberSeats} from "./base/MemberSeats.sol";
import {MemberVotes} from "./base/MemberVotes.sol";
import {IMemberRegistry} from "./interfaces/IMemberRegistry.sol";

/// @notice See {IMemberRegistry}.
contract MemberRegistry is ConsortiumContract, MemberSeats, MemberVotes {
    // ------------------------------------------------------------------------------------------------------------- constants

    uint256 private constant MAX_OPERATORS = 16;
    uint256 private constant MAX_NODES = 16;
    uint256 private constant MAX_NAME = 128;
    uint256 private constant MAX_TEXT = 256;
    uint256 private constant ENODE_KEY = 64;

    // --------------------------------------------------------------------------------------------------------------- storage

    /// @custom:storage-location erc7201:fiducial.storage.MemberRegistry
    struct MemberRegistryStorage {
        uint64 epoch;
        uint32 count;
        bool paused;
        mapping(uint32 id => address[]) operators;
        mapping(uint32 id => Profile) profiles;
        mapping(uint32 id => Node[]) nodes;
    }

    bytes32 private constant STORAGE = 0x40250dc305563f277a226c09794b94b805800393e4118bc9beef3f6fdb2a7000;

    // -------------------------------------------------------------------------------------------------------- initialisation

    /// @param authority_ The ConsortiumAuthority.
    function initialize(address authority_) external initializer {
        __ConsortiumContract_init(authority_);
    }

    // ------------------------------------------------------------------------------------------------------ writes: the Council

    /// @inheritdoc IMemberRegistry
    function admit(Kind kind, address governor, address[] calldata operators_, Profile calldata profile_)
        external
        restricted
        whenWriting
        returns (uint32 id)
    {
        if (kind == Kind.None) revert MemberKindMissing();
        _requireProfile(kind, profile_);
        if (operators_.length > MAX_OPERATORS) revert OperatorsTooMany(0, MAX_OPERATORS);
        MemberRegistryStorage storage $ = _storage();
        id = ++$.count;
        _seatsStorage().members[id] = Member({kind: kind, status: Status.Active, governor: governor, admittedAt: uint48(block.timestamp)});
        _seat(governor, Seat({member: id, part: Part.Governor, kind: kind, status: Status.Active}));
        for (uint256 i = 0; i < operators_.length; ++i) {
            _seat(operators_[i], Seat({member: id, part: Part.Operator, kind: kind, status: Status.Active}));
        }
        $.operators[id] = operators_;
        $.profiles[id] = profile_;
        if (kind == Kind.Hospital) _giveVote(governor);
        emit MemberAdmitted(id, kind, governor, operators_, profile_, _nextEpoch());
    }

    /// @inheritdoc IMemberRegistry
    function suspend(uint32 id) external restricted {
        _setStatus(_expect(id, Status.Active), id, Status.Suspended);
        emit MemberSuspended(id, _nextEpoch());
    }

    /// @inheritdoc IMemberRegistry
    function reinstate(uint32 id) external restricted whenWriting {
        _setStatus(_expect(id, Status.Suspended), id, Status.Active);
        emit MemberReinstated(id, _nextEpoch());
    }

    /// @inheritdoc IMemberRegistry
    function expel(uint32 id) external restricted {
        _setStatus(_present(id), id, Status.Expelled);
        emit MemberExpelled(id, _nextEpoch());
    }

    /// @inheritdoc IMemberRegistry
    function replaceGovernor(uint32 id, address governor) external restricted {
        Member storage record = _present(id);
        address previous = record.governor;
        _seat(governor, Seat({member: id, part: Part.Governor, kind: record.kind, status: record.status}));
        _seatsStorage().seats[previous].part = Part.Former;
        record.governor = governor;
        if (_votes(record)) {
            _takeVote(previous);
            _giveVote(governor);
        }
        emit GovernorReplaced(id, previous, governor, _nextEpoch());
    }

    // ------------------------------------------------------------------------------------------------------ writes: the member

    /// @inheritdoc IMemberRegistry
    function setProfile(uint32 id, Profile calldata profile_) external whenWriting {
        Member storage record = _expect(id, Status.Active);
        _requireMember(record, id);
        _requireProfile(record.kind, profile_);
        _storage().profiles[id] = profile_;
        emit ProfileChanged(id, profile_, _nextEpoch());
    }

    /// @inheritdoc IMemberRegistry
    function setNodes(uint32 id, Node[] calldata nodes_) external whenWriting {
        _requireMember(_expect(id, Status.Active), id);
        if (nodes_.length > MAX_NODES) revert NodesTooMany(id, MAX_NODES);
        Node[] storage stored = _storage().nodes[id];
        while (stored.length > 0) stored.pop();
        for (uint256 i = 0; i < nodes_.length; ++i) {
            _requireNode(nodes_[i], i);
            stored.push(nodes_[i]);
        }
        emit NodesChanged(id, nodes_, _nextEpoch());
    }

    /// @inheritdoc IMemberRegistry
    function addOperator(uint32 id, address operator) external whenWriting {
        Member storage record = _expect(id, Status.Active);
        _requireGovernor(record, id);
        address[] storage list = _storage().operators[id];
        if (list.length == MAX_OPERATORS) revert OperatorsTooMany(id, MAX_OPERATORS);
        _seat(operator, Seat({member: id, part: Part.Operator, kind: record.kind, status: Status.Active}));
        list.push(operator);
        emit OperatorAdded(id, operator, _nextEpoch());
    }

    /// @inheritdoc IMemberRegistry
    function removeOperator(uint32 id, address operator) external {
        _requireGovernor(_known(id), id);
        MemberRegistryStorage storage $ = _storage();
        Seat storage seat = _seatsStorage().seats[operator];
        if (seat.member != id || seat.part != Part.Operator) revert OperatorUnknown(id, operator);
        seat.part = Part.Former;
        address[] storage list = $.operators[id];
        uint256 last = list.length - 1;
        for (uint256 i = 0; i < last; ++i) {
            if (list[i] == operator) list[i] = list[last];
        }
        list.pop();
        emit OperatorRemoved(id, operator, _nextEpoch());
    }

    // ----------------------------------------------------------------------------------------------------------------- reads

    /// @inheritdoc IMemberRegistry
    function member(uint32 id) external view returns (Member memory) {
        return _known(id);
    }

    /// @inheritdoc IMemberRegistry
    function memberOf(address operator) external view returns (uint32 id, Kind kind, Status status) {
        Seat memory seat = _seatsStorage().seats[operator];
        if (seat.part == Part.Operator) return (seat.member, seat.kind, seat.status);
    }

    /// @inheritdoc IMemberRegistry
    function hospitalOf(address operator) external view returns (uint32 id) {
        return _hospitalOf(operator);
    }

    /// @inheritdoc IMemberRegistry
    function isActiveHospital(uint32 id) external view returns (bool) {
        return _isActiveHospital(id);
    }

    /// @inheritdoc IMemberRegistry
    function memberCount() external view returns (uint32) {
        return _storage().count;
    }

    /// @inheritdoc IMemberRegistry
    function epoch() external view returns (uint64) {
        return _storage().epoch;
    }

    /// @inheritdoc IMemberRegistry
    function profile(uint32 id) external view returns (Profile memory) {
        _known(id);
        return _storage().profiles[id];
    }

    /// @inheritdoc IMemberRegistry
    function nodes(uint32 id) external view returns (Node[] memory) {
        _known(id);
        return _storage().nodes[id];
    }

    /// @inheritdoc IMemberRegistry
    function operators(uint32 id) external view returns (address[] memory) {
        _known(id);
        return _storage().operators[id];
    }

    // ------------------------------------------------------------------------------------------------------------- internals

    function _seat(address account, Seat memory seat) private {
        _requireAddress(account);
        Seat storage stored = _seatsStorage().seats[account];
        if (stored.part != Part.None) revert AddressTaken(account, stored.member);
        _seatsStorage().seats[account] = seat;
    }

    function _setStatus(Member storage record, uint32 id, Status status) private {
        bool voted = _votes(record);
        record.status = status;
        bool votes = _votes(record);
        if (voted && !votes) _takeVote(record.governor);
        if (!voted && votes) _giveVote(record.governor);
        MemberRegistryStorage storage $ = _storage();
        address[] storage list = $.operators[id];
        for (uint256 i = 0; i < list.length; ++i) _seatsStorage().seats[list[i]].status = status;
    }

    function _nextEpoch() private returns (uint64) {
        return ++_storage().epoch;
    }

    function _writesPaused() internal view override returns (bool) {
        return _storage().paused;
    }

    function _storePause(bool paused) internal override {
        _storage().paused = paused;
    }

    function _votes(Member storage record) private view returns (bool) {
        return record.kind == Kind.Hospital && record.status == Status.Active;
    }

    function _known(uint32 id) private view returns (Member storage record) {
        record = _seatsStorage().members[id];
        if (record.status == Status.None) revert MemberUnknown(id);
    }

    function _present(uint32 id) private view returns (Member storage record) {
        record = _known(id);
        if (record.status == Status.Expelled) revert MemberStatusUnexpected(id, record.status);
    }

    function _expect(uint32 id, Status status) private view returns (Member storage record) {
        record = _known(id);
        if (record.status != status) revert MemberStatusUnexpected(id, record.status);
    }

    function _requireGovernor(Member storage record, uint32 id) private view {
        if (_msgSender() != record.governor) revert CallerNotGovernor(id, _msgSender());
    }

    function _requireMember(Member storage record, uint32 id) private view {
        if (_msgSender() == record.governor) return;
        Seat storage seat = _seatsStorage().seats[_msgSender()];
        if (seat.member != id || seat.part != Part.Operator) revert CallerNotMember(id, _msgSender());
    }

    /// @dev An observer has no peer listener and no key that others wrap for: it may leave those fields empty.
    function _requireProfile(Kind kind, Profile calldata profile_) private pure {
        bool hospital = kind == Kind.Hospital;
        _requireText("displayName", bytes(profile_.displayName).length, 1, MAX_NAME);
        _requireText("endpoint", bytes(profile_.endpoint).length, hospital ? 1 : 0, MAX_TEXT);
        if (!hospital) return;
        if (profile_.openpgpSha256 == 0) revert ProfileDigestMissing("openpgpSha256");
        if (profile_.spkiSha256 == 0) revert ProfileDigestMissing("spkiSha256");
    }

    function _requireNode(Node calldata node, uint256 index) private pure {
        if (node.enodeKey.length != ENODE_KEY || node.port == 0) revert NodeMalformed(index);
        _requireText("host", bytes(node.host).length, 1, MAX_TEXT);
        _requireText("ipfsPeerId", bytes(node.ipfsPeerId).length, 0, MAX_TEXT);
        _requireText("clusterPeerId", bytes(node.clusterPeerId).length, 0, MAX_TEXT);
    }

    function _requireText(bytes32 field, uint256 length, uint256 minimum, uint256 maximum) private pure {
        if (length < minimum || length > maximum) revert TextMalformed(field, length, maximum);
    }

    function _storage() private pure returns (MemberRegistryStorage storage $) {
        assembly {
            $.slot := STORAGE
        }
    }
}
