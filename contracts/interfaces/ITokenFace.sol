// SPDX-License-Identifier: Apache-2.0
// Written by `ghostvm system interface`: change src/system/*.inc instead.
pragma solidity >=0.8.4;

/// @notice The ERC-20 face of a token: 0x..4711 GCC (the native balance), 0x..4712 SPIRIT, 0x..4713 MANA,
/// 0x..4714 GHOST.
interface ITokenFace {
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

    /// The permit's deadline has passed.
    error ERC2612ExpiredSignature(uint256 deadline);

    /// The permit is signed by somebody else, or by a key that the owner has replaced.
    error ERC2612InvalidSigner(address signer, address owner);

    /// Tokens moved, were made (from zero) or destroyed (to zero). GCC moved as value of calls and fees is not
    /// logged.
    event Transfer(address indexed from, address indexed to, uint256 value);

    /// An allowance was set.
    event Approval(address indexed owner, address indexed spender, uint256 value);

    /// Never: the domain does not change (EIP-5267 asks for the event).
    event EIP712DomainChanged();

    /// @notice The token's name.
    /// @dev 100 gas and the cells it touches.
    function name() external view returns (string memory);

    /// @notice The token's symbol.
    /// @dev 100 gas and the cells it touches.
    function symbol() external view returns (string memory);

    /// @notice 18.
    /// @dev 100 gas and the cells it touches.
    function decimals() external view returns (uint8);

    /// @notice The token's id: 1 GCC, 2 SPIRIT, 3 MANA, 4 GHOST.
    /// @dev 100 gas and the cells it touches.
    function token() external view returns (uint8);

    /// @notice What is outstanding, as of the last block's end.
    /// @dev 100 gas and the cells it touches.
    function totalSupply() external view returns (uint256);

    /// @notice The most that can be outstanding; all ones where there is no cap.
    /// @dev 100 gas and the cells it touches.
    function cap() external view returns (uint256);

    /// @notice What was burned since the genesis, as of the last block's end.
    /// @dev 100 gas and the cells it touches.
    function totalBurned() external view returns (uint256);

    /// @notice What the account holds; of MANA also what has accrued and is not claimed.
    /// @dev 100 gas and the cells it touches.
    function balanceOf(address account) external view returns (uint256);

    /// @notice Moves tokens of the caller. Calls no code of the receiver, also where the token is GCC.
    /// @dev 5000 gas and the cells it touches; asks for TransferTokens.
    function transfer(address to, uint256 value) external returns (bool);

    /// @notice Moves tokens of an owner who has allowed it. An allowance of all ones does not shrink.
    /// @dev 5000 gas and the cells it touches; asks for TransferTokens.
    function transferFrom(address from, address to, uint256 value) external returns (bool);

    /// @notice Sets what the spender may move of the caller's tokens.
    /// @dev 2000 gas and the cells it touches.
    function approve(address spender, uint256 value) external returns (bool);

    /// @notice What the spender may still move of the owner's tokens.
    /// @dev 100 gas and the cells it touches.
    function allowance(address owner, address spender) external view returns (uint256);

    /// @notice Sets an allowance by the owner's signature (EIP-2612). Refused where the owner's key set no
    /// longer holds the secp256k1 key.
    /// @dev 8000 gas and the cells it touches.
    function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice The owner's next permit carries this number.
    /// @dev 100 gas and the cells it touches.
    function nonces(address owner) external view returns (uint256);

    /// @notice EIP-712 domain: name, version 1, chain id, this address.
    /// @dev 300 gas and the cells it touches.
    function DOMAIN_SEPARATOR() external view returns (bytes32);

    /// @notice The same in parts (EIP-5267).
    /// @dev 500 gas and the cells it touches.
    function eip712Domain() external view returns (bytes1 fields, string memory name, string memory version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] memory extensions);

    /// @notice Makes new tokens, up to the cap.
    /// @dev 10000 gas and the cells it touches; asks for MintTokens.
    function mint(address to, uint256 value) external;

    /// @notice Destroys tokens of the caller.
    /// @dev 5000 gas and the cells it touches; asks for BurnTokens.
    function burn(uint256 value) external;
}
