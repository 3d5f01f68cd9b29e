// SPDX-License-Identifier: Apache-2.0
// Written by `ghostvm system interface`: change src/system/*.inc instead.
pragma solidity >=0.8.4;

/// @notice ENS's Universal Resolver over the names of this chain.
interface IUniversalResolver {
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

    /// The name is not DNS-encoded.
    error DNSDecodingFailed(bytes dns);

    /// The name does not resolve.
    error ResolverNotFound(bytes name);

    /// The resolver reverted.
    error ResolverError(bytes errorData);

    /// @notice Asks the name's resolver; the name is DNS-encoded, `data` a call of a resolver's function.
    /// @dev 500 gas and the cells it touches.
    function resolve(bytes calldata name, bytes calldata data) external view returns (bytes memory result, address resolver);

    /// @notice The same.
    /// @dev 500 gas and the cells it touches.
    function resolveWithGateways(bytes calldata name, bytes calldata data, string[] calldata gateways) external view returns (bytes memory result, address resolver);

    /// @notice The chosen name of an account, where the name resolves to the account; else empty.
    /// @dev 500 gas and the cells it touches.
    function reverse(bytes calldata account, uint256 coinType) external view returns (string memory primary, address resolver, address reverseResolver);

    /// @notice The same.
    /// @dev 500 gas and the cells it touches.
    function reverseWithGateways(bytes calldata account, uint256 coinType, string[] calldata gateways) external view returns (string memory primary, address resolver, address reverseResolver);

    /// @notice The resolver of a DNS-encoded name.
    /// @dev 500 gas and the cells it touches.
    function findResolver(bytes calldata name) external view returns (address resolver, bytes32 node, uint256 offset);

    /// @notice ERC-165.
    /// @dev 100 gas and the cells it touches.
    function supportsInterface(bytes4 interfaceId) external view returns (bool yes);
}
