// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";

/// @title Who belongs to the consortium
/// @notice Members are numbered from 1; 0 is no member. A member has one governor (a cold key: votes, changes operators) and
/// operators (its agent's hot keys: write to the other contracts). An address serves one member in one part, for ever: it can
/// never be given to another member, nor come back after removal.
/// @dev Votes follow ERC-5805 and ERC-6372 by timestamp: one Active hospital is one vote, held by its governor; no delegation.
/// `epoch` counts every change of the registry, so that a follower can tell whether it has seen the latest.
interface IMemberRegistry is IERC5805 {
    enum Kind {
        None,
        Hospital,
        Observer
    }

    enum Status {
        None,
        Active,
        Suspended,
        Expelled
    }

    /// @notice What peers need to reach and recognise a member, and nothing more. An observer, which has no peer API and no
    /// keys, may leave the last three empty.
    struct Profile {
        /// At most 128 bytes of UTF-8.
        string displayName;
        /// Base URL of the agent's peer API, at most 256 bytes.
        string endpoint;
        /// SHA-256 of the member's OpenPGP certificate in binary form.
        bytes32 openpgpSha256;
        /// SHA-256 of the SubjectPublicKeyInfo (DER) of the agent's TLS key.
        bytes32 spkiSha256;
    }

    /// @notice A chain node and its IPFS companions.
    struct Node {
        /// The node's public key, 64 bytes.
        bytes enodeKey;
        string host;
        uint16 port;
        bool validator;
        string ipfsPeerId;
        string clusterPeerId;
    }

    struct Member {
        Kind kind;
        Status status;
        address governor;
        /// Seconds since 1970.
        uint48 admittedAt;
    }

    /// @notice Raised when no member has this id.
    error MemberUnknown(uint32 id);

    /// @notice Raised when the member's status does not allow the change.
    error MemberStatusUnexpected(uint32 id, Status status);

    /// @notice Raised when the kind given at admission is None.
    error MemberKindMissing();

    /// @notice Raised when only the member's governor may do this.
    error CallerNotGovernor(uint32 id, address caller);

    /// @notice Raised when only the member's governor or an operator of it may do this.
    error CallerNotMember(uint32 id, address caller);

    /// @notice Raised when the address already serves, or once served, member `id`.
    error AddressTaken(address account, uint32 id);

    /// @notice Raised when the address is not a present operator of the member.
    error OperatorUnknown(uint32 id, address operator);

    /// @notice Raised when a member would have more than `maximum` operators.
    error OperatorsTooMany(uint32 id, uint256 maximum);

    /// @notice Raised when a text of a profile or node is empty where it must not be, or longer than `maximum` bytes.
    error TextMalformed(bytes32 field, uint256 length, uint256 maximum);

    /// @notice Raised when a profile lacks the digest of its OpenPGP certificate or TLS key.
    error ProfileDigestMissing(bytes32 field);

    /// @notice Raised when a member would list more than `maximum` nodes.
    error NodesTooMany(uint32 id, uint256 maximum);

    /// @notice Raised when a node's public key is not 64 bytes or its port is 0.
    error NodeMalformed(uint256 index);

    /// @notice Raised by every form of delegation: one hospital, one vote.
    error DelegationUnsupported();

    /// @notice Raised when votes are asked for a time that is not past (name and form of OpenZeppelin's Votes).
    error ERC5805FutureLookup(uint256 timepoint, uint48 clock);

    /// @notice A member was admitted and is Active.
    event MemberAdmitted(uint32 indexed id, Kind kind, address indexed governor, address[] operators, Profile profile, uint64 epoch);

    /// @notice An Active member lost its rights for the time being.
    event MemberSuspended(uint32 indexed id, uint64 epoch);

    /// @notice A Suspended member is Active again.
    event MemberReinstated(uint32 indexed id, uint64 epoch);

    /// @notice A member lost its rights for ever.
    event MemberExpelled(uint32 indexed id, uint64 epoch);

    /// @notice A member has a new governor; the vote moved with it.
    event GovernorReplaced(uint32 indexed id, address indexed previous, address indexed governor, uint64 epoch);

    /// @notice A member changed its profile.
    event ProfileChanged(uint32 indexed id, Profile profile, uint64 epoch);

    /// @notice A member changed its nodes; the list is whole.
    event NodesChanged(uint32 indexed id, Node[] nodes, uint64 epoch);

    /// @notice A member has one more operator.
    event OperatorAdded(uint32 indexed id, address indexed operator, uint64 epoch);

    /// @notice A member has one operator less.
    event OperatorRemoved(uint32 indexed id, address indexed operator, uint64 epoch);

    /// @notice Admits a member as Active. Role COUNCIL.
    /// @param kind Hospital or Observer.
    /// @param governor Its governing key.
    /// @param operators Its agent's keys, 0 to 16; the governor may not be among them.
    /// @return id Its number.
    function admit(Kind kind, address governor, address[] calldata operators, Profile calldata profile) external returns (uint32 id);

    /// @notice Suspends an Active member: its operators may write nothing and its vote rests. Role COUNCIL.
    function suspend(uint32 id) external;

    /// @notice Reinstates a Suspended member. Role COUNCIL.
    function reinstate(uint32 id) external;

    /// @notice Expels an Active or Suspended member, for ever. Role COUNCIL.
    function expel(uint32 id) external;

    /// @notice Replaces a lost or stolen governing key of a member that is not expelled. Role COUNCIL.
    function replaceGovernor(uint32 id, address governor) external;

    /// @notice Changes the profile of an Active member. Its governor or an operator.
    function setProfile(uint32 id, Profile calldata profile) external;

    /// @notice Replaces the list of nodes (at most 16) of an Active member. Its governor or an operator.
    function setNodes(uint32 id, Node[] calldata nodes) external;

    /// @notice Adds an operator to an Active member. Its governor.
    function addOperator(uint32 id, address operator) external;

    /// @notice Removes an operator from a member, whatever its status and even while writes are paused. Its governor.
    function removeOperator(uint32 id, address operator) external;

    /// @notice The member with this id. Raises MemberUnknown.
    function member(uint32 id) external view returns (Member memory);

    /// @notice Whose operator an address is: (0, None, None) when nobody's. One storage read.
    function memberOf(address operator) external view returns (uint32 id, Kind kind, Status status);

    /// @notice The id of the Active hospital `operator` writes for; 0 when there is none. One storage read.
    function hospitalOf(address operator) external view returns (uint32 id);

    /// @notice Whether `id` is an Active hospital. One storage read.
    function isActiveHospital(uint32 id) external view returns (bool);

    /// @notice How many members were ever admitted; ids run from 1 to this.
    function memberCount() external view returns (uint32);

    /// @notice How many changes the registry has seen.
    function epoch() external view returns (uint64);

    /// @notice The profile of a member. Raises MemberUnknown.
    function profile(uint32 id) external view returns (Profile memory);

    /// @notice The nodes of a member. Raises MemberUnknown.
    function nodes(uint32 id) external view returns (Node[] memory);

    /// @notice The present operators of a member. Raises MemberUnknown.
    function operators(uint32 id) external view returns (address[] memory);
}
