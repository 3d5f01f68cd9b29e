// SPDX-License-Identifier: Apache-2.0
// Written by `ghostvm system interface`: change src/system/*.inc instead.
pragma solidity >=0.8.4;

/// @notice Verification of signatures of every scheme that accounts have, of threshold and aggregate
/// signatures, hashes, and decapsulation. Nothing here has state.
interface ISignatures {
    /// A signature over a 32-byte hash, in the forms of verify.
    struct Check {
        uint8 scheme;
        bytes key;
        bytes32 hash;
        bytes signature;
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
    error InvalidKey();

    /// The ciphertext has not 1,088 bytes.
    error InvalidCiphertext();

    /// Suites are 1, 2 and 3.
    error UnknownSuite(uint8 suite);

    /// @notice Ed25519 (RFC 8032), strictly: S below the order, key and R canonical and not of small order, no
    /// cofactor.
    /// @dev 8000 gas and the cells it touches.
    function verifyEd25519(bytes32 key, bytes calldata message, bytes calldata signature) external view returns (bool);

    /// @notice ECDSA over P-256: key of 33, 64 or 65 bytes, signature r || s. s may be in either half: who must
    /// not be fooled by the other form uses verify.
    /// @dev 6900 gas and the cells it touches.
    function verifyP256(bytes calldata key, bytes32 hash, bytes calldata signature) external view returns (bool);

    /// @notice ECDSA over secp256k1: key of 33, 64 or 65 bytes, signature r || s, either half.
    /// @dev 3000 gas and the cells it touches.
    function verifySecp256k1(bytes calldata key, bytes32 hash, bytes calldata signature) external view returns (bool);

    /// @notice ML-DSA-65 (FIPS 204), pure, with the empty context.
    /// @dev 14000 gas and the cells it touches.
    function verifyMlDsa65(bytes calldata key, bytes calldata message, bytes calldata signature) external view returns (bool);

    /// @notice The same with a context of at most 255 bytes.
    /// @dev 14000 gas and the cells it touches.
    function verifyMlDsa65WithContext(bytes calldata key, bytes calldata message, bytes calldata context, bytes calldata signature) external view returns (bool);

    /// @notice BIP-340: the key is x alone, the message of any length.
    /// @dev 3500 gas and the cells it touches.
    function verifySchnorr(bytes32 key, bytes calldata message, bytes calldata signature) external view returns (bool);

    /// @notice What FROST signers made together (RFC 9591). Suites: 1 FROST(Ed25519, SHA-512), 2
    /// FROST(secp256k1, SHA-256) with a key of 33 and a signature of 65 bytes, 3 secp256k1 for Taproot,
    /// whose result is a BIP-340 signature under a key of 32 bytes.
    /// @dev 3500 gas and the cells it touches.
    function verifyThreshold(uint8 suite, bytes calldata key, bytes calldata message, bytes calldata signature) external view returns (bool);

    /// @notice BLS12-381, keys in G1 (48 bytes), signature in G2 (96 bytes), suite
    /// BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_: one signature over message i by key i, for all i.
    /// Owners of keys must have proved that they possess them.
    /// @dev 70300 gas and the cells it touches.
    function verifyAggregate(bytes[] calldata keys, bytes[] calldata messages, bytes calldata signature) external view returns (bool);

    /// @notice The same for one message that all keys signed.
    /// @dev 151100 gas and the cells it touches.
    function verifyAggregateSame(bytes[] calldata keys, bytes calldata message, bytes calldata signature) external view returns (bool);

    /// @notice M-of-N over keys of any schemes: keySet is RLP([m, [[scheme, key], ...]]), signature
    /// RLP([[index, signature], ...]), as in transactions.
    /// @dev 1000 gas and the cells it touches.
    function verifyMultisig(bytes calldata keySet, bytes32 hash, bytes calldata signature) external view returns (bool);

    /// @notice A signature in the canonical form that transactions hold (docs/transactions.md), of any of the
    /// seven schemes.
    /// @dev 100 gas and the cells it touches.
    function verify(uint8 scheme, bytes calldata key, bytes32 hash, bytes calldata signature) external view returns (bool);

    /// @notice Whether all hold.
    /// @dev 100 gas and the cells it touches.
    function verifyBatch(Check[] calldata checks) external view returns (bool);

    /// @notice The address that a key owns by itself.
    /// @dev 3000 gas and the cells it touches.
    function addressOf(uint8 scheme, bytes calldata key) external view returns (address);

    /// @notice BLAKE3(scheme || key): what the identities contract keeps of a registered key.
    /// @dev 60 gas and the cells it touches.
    function commitmentOf(uint8 scheme, bytes calldata key) external view returns (bytes32);

    /// @notice SHA-256.
    /// @dev 60 gas and the cells it touches.
    function sha256Hash(bytes calldata data) external view returns (bytes32);

    /// @notice BLAKE3.
    /// @dev 20 gas and the cells it touches.
    function blake3Hash(bytes calldata data) external view returns (bytes32);

    /// @notice ML-KEM-768 (FIPS 203): the shared key. The secret key is public then, as everything that a
    /// contract sees.
    /// @dev 7500 gas and the cells it touches.
    function decapsulateMlKem768(bytes calldata secretKey, bytes calldata ciphertext) external view returns (bytes32);
}
