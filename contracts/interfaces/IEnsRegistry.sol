// SPDX-License-Identifier: Apache-2.0
// Written by `ghostvm system interface`: change src/system/*.inc instead.
pragma solidity >=0.8.4;

/// @notice The names as ENS shows them: registry and resolver in one, read only. Point ENS clients at this
/// address.
interface IEnsRegistry {
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

    /// @notice Registry: who owns the name; zero where it does not resolve.
    /// @dev 300 gas and the cells it touches.
    function owner(bytes32 node) external view returns (address account);

    /// @notice Registry: this contract, for names that resolve and for accounts that chose a name; else zero.
    /// @dev 300 gas and the cells it touches.
    function resolver(bytes32 node) external view returns (address account);

    /// @notice Registry: 300 for names that resolve.
    /// @dev 300 gas and the cells it touches.
    function ttl(bytes32 node) external view returns (uint64 seconds_);

    /// @notice Registry: whether the name resolves.
    /// @dev 300 gas and the cells it touches.
    function recordExists(bytes32 node) external view returns (bool exists);

    /// @notice Registry: as the names contract says.
    /// @dev 300 gas and the cells it touches.
    function isApprovedForAll(address owner, address operator) external view returns (bool approved);

    /// @notice Resolver (ERC-137): the WALLET record for ETH, else the CONTRACT record, else the owner.
    /// @dev 300 gas and the cells it touches.
    function addr(bytes32 node) external view returns (address account);

    /// @notice Resolver (ERC-2304): the same for coin 60 and for this chain (ENSIP-11); else empty.
    /// @dev 300 gas and the cells it touches.
    function addr(bytes32 node, uint256 coinType) external view returns (bytes memory data);

    /// @notice Resolver (ERC-634): what stands behind `key=` in a TXT record.
    /// @dev 300 gas and the cells it touches.
    function text(bytes32 node, string calldata key) external view returns (string memory value);

    /// @notice Resolver (ERC-181): the chosen name of the account whose node below addr.reverse this is.
    /// @dev 300 gas and the cells it touches.
    function name(bytes32 node) external view returns (string memory name);

    /// @notice Resolver (ERC-1577): names have no such record; empty.
    /// @dev 300 gas and the cells it touches.
    function contenthash(bytes32 node) external view returns (bytes memory hash);

    /// @notice ERC-165.
    /// @dev 100 gas and the cells it touches.
    function supportsInterface(bytes4 interfaceId) external view returns (bool yes);

    /// @notice The account's node below addr.reverse.
    /// @dev 300 gas and the cells it touches.
    function node(address account) external view returns (bytes32 hash);
}
