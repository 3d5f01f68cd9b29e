// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.4;

/// Storage of a token's ERC-20 face, 0x..4711 to 0x..4714. The code is native (src/system/token_face.c);
/// this declares where it keeps what, so that solc's storageLayout and eth_getProof can be used on it.
contract TokenFaceStorage {
    /// Unused at GCC's face: GCC is the native balance. MANA that has accrued and is not claimed is in the
    /// tokens contract.
    mapping(address account => uint256) balances;
    /// What is outstanding, as of the last block's end.
    uint256 supply;
    mapping(address owner => mapping(address spender => uint256)) allowances;
    /// EIP-2612.
    mapping(address owner => uint256) nonces;
    /// All ones: none.
    uint256 cap;
    /// Since the genesis, as of the last block's end.
    uint256 burned;
    /// By calls of the running block; 0 between blocks.
    uint256 mintedNow;
    uint256 burnedNow;
}
