// SPDX-License-Identifier: Apache-2.0
// Written by `ghostvm system interface`: change src/system/*.inc instead.
pragma solidity >=0.8.4;

/// @notice GhostID: keys that rule accounts and their recovery, identities and what their DID documents say,
/// permissions and roles.
interface IIdentities {
    /// An identity; revoked: marked by a holder of RevokeIdentity.
    struct IdentityInfo {
        bytes16 id;
        address controller;
        uint64 created;
        uint64 updated;
        bool deactivated;
        bool revoked;
    }

    /// A key of the document. kind: a scheme of accounts (1 to 7), 8 BLS12-381, 9 X25519. purposes, bits: 1
    /// authentication, 2 assertionMethod, 4 keyAgreement, 8 capabilityInvocation, 16 capabilityDelegation.
    struct Method {
        uint8 kind;
        uint8 purposes;
        bytes key;
    }

    /// A service of the document.
    struct Service {
        string name;
        string kind;
        string endpoint;
    }

    /// The contract has no function with this selector.
    error UnknownFunction(bytes4 selector);

    /// The calldata is not the canonical encoding of the function's arguments.
    error InvalidArguments();

    /// The function takes no value.
    error NotPayable();

    /// The account does not hold the permission that the function asks for.
    error MissingPermission(address account, uint8 permission);

    /// Nothing answers at this address yet.
    error NotAvailable(address contractAddress);

    /// The account holds less than is to be moved (ERC-6093).
    error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);

    /// Tokens cannot come from this address (ERC-6093).
    error ERC20InvalidSender(address sender);

    /// Tokens cannot go to this address (ERC-6093).
    error ERC20InvalidReceiver(address receiver);

    /// The owner has allowed less than is to be moved (ERC-6093).
    error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);

    /// Nothing can be allowed to this address (ERC-6093).
    error ERC20InvalidSpender(address spender);

    /// Tokens are 1 GCC, 2 SPIRIT, 3 MANA, 4 GHOST.
    error UnknownToken(uint8 token);

    /// More would be outstanding than the token's cap allows.
    error CapExceeded(uint8 token, uint256 supply, uint256 cap);

    /// The genesis forbids transfers of this token.
    error Soulbound(uint8 token);

    /// The key is not one of its scheme.
    error InvalidKey(string reason);

    /// The key did not sign for this account.
    error InvalidProof(string reason);

    /// Only a transaction of the account itself, that calls this contract, may do so.
    error NotDirect();

    /// The key or the account has an identity already.
    error IdentityExists(bytes16 id);

    /// There is no such identity.
    error IdentityNotFound(bytes16 id);

    /// It leads to no account.
    error NotResolved(string did);

    /// The identity was deactivated or revoked.
    error IdentityInactive(bytes16 id);

    /// The account neither controls the identity nor is its delegate.
    error NotController(bytes16 id, address account);

    /// At most 16, none twice, not the account itself nor zero, and a threshold between 1 and their number.
    error InvalidGuardians();

    /// The account is none of the guardians.
    error NotGuardian(address account);

    /// No recovery is under way.
    error NoRecovery(address account);

    /// A recovery is under way.
    error RecoveryPending(address account);

    /// The guardian supports this recovery already.
    error AlreadySupported(address guardian);

    /// The delay of a recovery is not over; 0: too few guardians support it.
    error TooEarly(uint64 readyAt);

    /// Permissions are 0 to 16, and 128 to 255.
    error InvalidPermission(uint8 permission);

    /// The document cannot say that.
    error InvalidDocument(string reason);

    /// Another key rules the account.
    event KeyRotated(address indexed account, bytes32 commitment, bool ownKeyHolds);

    /// An account named its guardians.
    event GuardiansSet(address indexed account, uint256 members, uint8 threshold);

    /// A guardian proposed a key.
    event RecoveryStarted(address indexed account, address indexed guardian, bytes32 commitment);

    /// A guardian supports it; readyAt is set when enough do.
    event RecoverySupported(address indexed account, address indexed guardian, uint64 readyAt);

    /// The account ended the recovery.
    event RecoveryCancelled(address indexed account);

    /// An identity was made.
    event IdentityCreated(bytes16 indexed id, address indexed controller);

    /// The document changed.
    event IdentityUpdated(bytes16 indexed id, address indexed by);

    /// A delegate may change the document until that time.
    event DelegateSet(bytes16 indexed id, address indexed delegate, uint64 until);

    /// The identity has another account.
    event ControllerChanged(bytes16 indexed id, address indexed from, address indexed to);

    /// The identity ended, for ever.
    event IdentityDeactivated(bytes16 indexed id);

    /// The identity was marked, or the mark taken back.
    event IdentityRevoked(bytes16 indexed id, bool revoked);

    /// The account holds the permission until that time; 0: for ever.
    event PermissionGranted(address indexed account, uint8 permission, uint64 until);

    /// The account holds the permission no longer.
    event PermissionRevoked(address indexed account, uint8 permission);

    /// The role grants other permissions.
    event RoleSet(bytes32 indexed role, uint256 permissions);

    /// The account has the role until that time; 0: for ever.
    event MemberAdded(bytes32 indexed role, address indexed account, uint64 until);

    /// The account has the role no longer.
    event MemberRemoved(bytes32 indexed role, address indexed account);

    /// @notice Makes this key rule the caller's account, from the next transaction on. `proof` is its signature
    /// over proofHash(caller, scheme, key). Only a transaction that calls this contract directly can do
    /// so. An EIP-7702 delegation is cleared unless it is kept.
    /// @dev 5000 gas and the cells it touches.
    function rotateKey(uint8 scheme, bytes calldata key, bytes calldata proof, bool keepDelegation) external;

    /// @notice BLAKE3(scheme, key) of the registered key (zero: none), and whether the account's secp256k1 key
    /// may still sign transactions alone.
    /// @dev 300 gas and the cells it touches.
    function keyOf(address account) external view returns (bytes32 commitment, bool ownKeyHolds);

    /// @notice What a key signs to be registered for an account.
    /// @dev 500 gas and the cells it touches.
    function proofHash(address account, uint8 scheme, bytes calldata key) external view returns (bytes32 hash);

    /// @notice Names who may recover the caller's account together: at most 16. An empty list removes them.
    /// Ends a recovery under way. Only by a transaction that calls directly.
    /// @dev 5000 gas and the cells it touches.
    function setGuardians(address[] calldata members, uint8 threshold) external;

    /// @notice The account's guardians.
    /// @dev 300 gas and the cells it touches.
    function guardiansOf(address account) external view returns (address[] memory members, uint8 threshold);

    /// @notice By a guardian: proposes the key that shall rule the account, and supports it.
    /// @dev 5000 gas and the cells it touches.
    function startRecovery(address account, uint8 scheme, bytes calldata key, bytes calldata proof) external;

    /// @notice By another guardian. The last that is needed starts the delay of 48 hours.
    /// @dev 5000 gas and the cells it touches.
    function supportRecovery(address account) external;

    /// @notice By the account itself, at any time before the end.
    /// @dev 5000 gas and the cells it touches.
    function cancelRecovery() external;

    /// @notice By anybody, after the delay: the key rules the account.
    /// @dev 5000 gas and the cells it touches.
    function finishRecovery(address account) external;

    /// @notice The recovery under way.
    /// @dev 300 gas and the cells it touches.
    function recoveryOf(address account) external view returns (bytes32 key, uint8 support, uint64 readyAt);

    /// @notice An identity that the caller controls. The key is its first; where it is not the key that rules
    /// the caller's account, `proof` is its signature over proofHash(caller, scheme, key).
    /// @dev 2000 gas and the cells it touches; asks for CreateIdentity.
    function create(uint8 scheme, bytes calldata key, bytes calldata proof) external returns (bytes16 id);

    /// @notice Whether the key rules the identity's controller now and signed the hash. False for identities
    /// that are deactivated or revoked.
    /// @dev 1000 gas and the cells it touches.
    function verify(bytes16 id, bytes32 hash, uint8 scheme, bytes calldata key, bytes calldata signature) external view returns (bool holds);

    /// @notice The account of a DID, an id, an address or a name.
    /// @dev 500 gas and the cells it touches.
    function resolve(string calldata did) external view returns (address account);

    /// @notice Reverts IdentityNotFound where there is none.
    /// @dev 300 gas and the cells it touches.
    function getIdentity(bytes16 id) external view returns (IdentityInfo memory info);

    /// @notice The identity of an account; zero where it has none.
    /// @dev 300 gas and the cells it touches.
    function idOf(address account) external view returns (bytes16 id);

    /// @notice Keys of the document.
    /// @dev 300 gas and the cells it touches.
    function getMethods(bytes16 id) external view returns (Method[] memory methods);

    /// @notice Services of the document.
    /// @dev 300 gas and the cells it touches.
    function getServices(bytes16 id) external view returns (Service[] memory services);

    /// @notice alsoKnownAs of the document.
    /// @dev 300 gas and the cells it touches.
    function getAliases(bytes16 id) external view returns (string[] memory aliases);

    /// @notice By the controller or a delegate.
    /// @dev 2000 gas and the cells it touches.
    function addMethod(bytes16 id, Method calldata method) external;

    /// @notice By the controller or a delegate. The last takes its place.
    /// @dev 2000 gas and the cells it touches.
    function removeMethod(bytes16 id, uint256 index) external;

    /// @notice By the controller or a delegate.
    /// @dev 2000 gas and the cells it touches.
    function addService(bytes16 id, Service calldata service) external;

    /// @notice By the controller or a delegate. The last takes its place.
    /// @dev 2000 gas and the cells it touches.
    function removeService(bytes16 id, uint256 index) external;

    /// @notice By the controller or a delegate.
    /// @dev 2000 gas and the cells it touches.
    function addAlias(bytes16 id, string calldata uri) external;

    /// @notice By the controller or a delegate. The last takes its place.
    /// @dev 2000 gas and the cells it touches.
    function removeAlias(bytes16 id, uint256 index) external;

    /// @notice By the controller: lets an account that holds DelegateIdentity or UpdateIdentity change the
    /// document until that time; 0 ends it.
    /// @dev 2000 gas and the cells it touches.
    function setDelegate(bytes16 id, address delegate, uint64 until) external;

    /// @notice Until when an account may change the document; 0: not at all.
    /// @dev 300 gas and the cells it touches.
    function delegateUntil(bytes16 id, address delegate) external view returns (uint64 until);

    /// @notice By the controller: gives the identity to an account that has none.
    /// @dev 5000 gas and the cells it touches.
    function setController(bytes16 id, address controller) external;

    /// @notice By the controller, for ever.
    /// @dev 2000 gas and the cells it touches.
    function deactivate(bytes16 id) external;

    /// @notice Marks an identity. It moves neither assets nor names nor keys.
    /// @dev 2000 gas and the cells it touches; asks for RevokeIdentity.
    function setRevoked(bytes16 id, bool revoked) external;

    /// @notice Implied ones too.
    /// @dev 300 gas and the cells it touches.
    function hasPermission(address account, uint8 permission) external view returns (bool held);

    /// @notice All that the account holds now.
    /// @dev 500 gas and the cells it touches.
    function permissionsOf(address account) external view returns (uint256 bits);

    /// @notice until: a block timestamp, 0 for ever.
    /// @dev 2000 gas and the cells it touches; asks for AdminAccess.
    function grantPermission(address account, uint8 permission, uint64 until) external;

    /// @notice What other permissions imply stays.
    /// @dev 2000 gas and the cells it touches; asks for AdminAccess.
    function revokePermission(address account, uint8 permission) external;

    /// @notice What members that are added from now on are granted. Without AdminAccess, at most what the
    /// caller holds.
    /// @dev 2000 gas and the cells it touches; asks for PolicyManagement.
    function setRole(bytes32 role, uint256 permissions) external;

    /// @notice What the role grants, as bits.
    /// @dev 300 gas and the cells it touches.
    function rolePermissions(bytes32 role) external view returns (uint256 permissions);

    /// @notice Grants the role's permissions. Without AdminAccess, roles of at most what the caller holds.
    /// @dev 5000 gas and the cells it touches; asks for PolicyManagement.
    function addMember(bytes32 role, address account, uint64 until) external;

    /// @notice Takes the role's permissions back.
    /// @dev 5000 gas and the cells it touches; asks for PolicyManagement.
    function removeMember(bytes32 role, address account) external;

    /// @notice Whether the account is a member now.
    /// @dev 300 gas and the cells it touches.
    function hasRole(bytes32 role, address account) external view returns (bool member);
}
