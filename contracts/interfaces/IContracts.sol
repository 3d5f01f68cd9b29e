// SPDX-License-Identifier: Apache-2.0
// Written by `ghostvm system interface`: change src/system/*.inc instead.
pragma solidity >=0.8.4;

/// @notice Deployment of modules that are larger than a transaction: staged in chunks of up to 64 KiB, put
/// together and checked in one call.
interface IContracts {
    /// A staged piece of a module: who staged it, and the timestamp from which it counts no longer.
    struct Chunk {
        address stager;
        uint64 expires;
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

    /// A chunk has 1 to 65,536 bytes.
    error ChunkSize(uint256 size);

    /// There is no such chunk of the caller, or it has expired.
    error NoChunk(address chunk);

    /// Only its stager may delete a chunk that has not expired.
    error NotStager(address chunk);

    /// A module has at most 1 MiB.
    error ModuleSize();

    /// The chunks do not make the module whose hash was given.
    error ModuleHash(bytes32 found);

    /// The whole is neither a WebAssembly module nor a compressed one (EF 47 01).
    error NotAModule();

    /// The creation ended with this status_code: 2 out of gas, 3 trap, 7 refused.
    error DeployFailed(uint8 status);

    /// A chunk is there.
    event Staged(address indexed stager, address indexed chunk, uint64 expires);

    /// A chunk was deleted.
    event Unstaged(address indexed chunk);

    /// A contract was made of chunks.
    event Deployed(address indexed deployer, address indexed created, bytes32 hash);

    /// @notice Stores 1 to 65,536 bytes as code (EF 47 03 and the bytes) at an address that follows from the
    /// caller and the bytes, for 200 gas a byte. They count for 30 days; staging them again only renews
    /// that.
    /// @dev 57000 gas and the cells it touches.
    function stage(bytes calldata data) external returns (address chunk);

    /// @notice Deletes a chunk: by its stager, or by anybody once it has expired.
    /// @dev 5000 gas and the cells it touches.
    function unstage(address chunk) external;

    /// @notice Who staged it, and until when it counts; zeros where there is none.
    /// @dev 200 gas and the cells it touches.
    function chunkOf(address chunk) external view returns (Chunk memory info);

    /// @notice Where a chunk goes; hash is BLAKE3 of its bytes.
    /// @dev 200 gas and the cells it touches.
    function chunkAddress(address stager, bytes32 hash) external view returns (address chunk);

    /// @notice Uses the caller's chunks up: puts them together, checks that BLAKE3 of the whole is hash, and
    /// creates the contract with `data` as its constructor data and the value sent. Its bytes are not
    /// paid again. Its constructor sees the caller; its address is that of a CREATE by this contract.
    /// @dev 5000 gas and the cells it touches; asks for DeployContract.
    function deploy(bytes32 hash, address[] calldata chunks, bytes calldata data) external payable returns (address created);
}
