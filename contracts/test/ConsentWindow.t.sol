// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {ConsentRegistry} from "../ConsentRegistry.sol";
import {ConsortiumAuthority} from "../ConsortiumAuthority.sol";
import {MemberRegistry} from "../MemberRegistry.sol";
import {StudyRegistry} from "../StudyRegistry.sol";
import {IConsentRegistry} from "../interfaces/IConsentRegistry.sol";
import {IMemberRegistry} from "../interfaces/IMemberRegistry.sol";
import {Reason} from "../interfaces/Reason.sol";

/// @notice Consent windows against a plain restatement of the rule, for every input. This contract is council, operator of the
/// one hospital, and, as a contract that signs everything, the patient.
contract ConsentWindowTest {
    uint32 private constant SIGNED_TERM = 5 * 365 days;
    uint32 private constant ATTESTED_TERM = 180 days;

    ConsentRegistry private immutable CONSENTS;
    bytes32 private constant STUDY = keccak256("study");

    constructor() {
        ConsortiumAuthority authority = new ConsortiumAuthority(address(this));
        address members = _proxy(address(new MemberRegistry()), abi.encodeCall(MemberRegistry.initialize, (address(authority))));
        address studies =
            _proxy(address(new StudyRegistry(members)), abi.encodeCall(StudyRegistry.initialize, (address(authority))));
        CONSENTS = ConsentRegistry(
            _proxy(
                address(new ConsentRegistry(members, studies)),
                abi.encodeCall(ConsentRegistry.initialize, (address(authority), SIGNED_TERM, ATTESTED_TERM))
            )
        );
        address[] memory operators = new address[](1);
        operators[0] = address(this);
        MemberRegistry(members).admit(
            IMemberRegistry.Kind.Hospital, address(1), operators, IMemberRegistry.Profile("one", "https://one", "a", "b")
        );
        StudyRegistry(studies).register(STUDY, address(this), "root");
    }

    /// ERC-1271: the patient agrees to whatever is asked here.
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return this.isValidSignature.selector;
    }

    /// A grant is taken exactly when its window is not empty, not over and not too long, and its mask is allowed.
    function testFuzz_grantsAreTakenByTheRule(uint48 notBefore, uint48 expiry, uint16 purposes, bool near) external {
        if (near) (notBefore, expiry) = _near(notBefore, expiry);
        bool allowed = purposes != 0 && purposes < 64 && notBefore < expiry && expiry > block.timestamp
            && expiry <= block.timestamp + SIGNED_TERM;
        assert(_grant(2, notBefore, expiry, purposes) == allowed);
    }

    /// A standing grant covers exactly its window and its purposes.
    function testFuzz_aGrantCoversItsWindow(uint48 start, uint32 length, uint16 mask, uint8 purpose, uint48 moment) external {
        uint48 notBefore = uint48(block.timestamp) + start % 365 days;
        uint48 expiry = notBefore + 1 + length % 365 days;
        uint16 purposes = 1 + mask % 63;
        assert(_grant(3, notBefore, expiry, purposes));
        uint48 at_ = moment % (expiry + 200);
        (Reason reason,,) = CONSENTS.check(STUDY, 3, purpose, at_);
        bool covered = at_ >= notBefore && at_ < expiry && purpose < 6 && (purposes >> purpose) & 1 == 1;
        assert((reason == Reason.None) == covered);
    }

    /// After a revocation nothing is covered, whatever stood.
    function testFuzz_aRevocationEndsEverything(uint32 length, uint8 purpose, uint48 moment) external {
        uint48 notBefore = uint48(block.timestamp);
        assert(_grant(4, notBefore, notBefore + 1 + length % 365 days, 63));
        IConsentRegistry.Revocation memory revocation = IConsentRegistry.Revocation(STUDY, 4, CONSENTS.nonce(STUDY, 4));
        CONSENTS.revokeBySig(revocation, abi.encodePacked(address(this)), "");
        (Reason reason,,) = CONSENTS.check(STUDY, 4, purpose, moment);
        assert(reason == Reason.ConsentRevoked);
    }

    /// An attestation never outlasts its own, shorter, term.
    function testFuzz_attestationsAreShorter(uint48 notBefore, uint48 expiry, bool near) external {
        if (near) (notBefore, expiry) = _near(notBefore, expiry);
        bool allowed = notBefore < expiry && expiry > block.timestamp && expiry <= block.timestamp + ATTESTED_TERM;
        bool taken;
        try CONSENTS.attest(STUDY, 5, 1, notBefore, expiry) {
            taken = true;
        } catch {
            taken = false;
        }
        assert(taken == allowed);
    }

    function _grant(uint32 grantee, uint48 notBefore, uint48 expiry, uint16 purposes) private returns (bool) {
        IConsentRegistry.Consent memory given = IConsentRegistry.Consent(
            STUDY, grantee, purposes, notBefore, expiry, address(0), CONSENTS.nonce(STUDY, grantee)
        );
        try CONSENTS.grantBySig(given, abi.encodePacked(address(this)), "") {
            return true;
        } catch {
            return false;
        }
    }

    /// @dev Brings random times to where the rule decides: around now and around now plus the longest term.
    function _near(uint48 notBefore, uint48 expiry) private view returns (uint48, uint48) {
        uint48 now_ = uint48(block.timestamp);
        return (now_ - now_ / 2 + notBefore % (SIGNED_TERM + now_), now_ - 1 + expiry % (SIGNED_TERM + 3));
    }

    function _proxy(address code, bytes memory init) private returns (address) {
        // The authority lets this contract call `admit` because its ADMIN may call every function that has no other role.
        return address(new ERC1967Proxy(code, init));
    }
}
