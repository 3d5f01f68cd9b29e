/* Addresses that are kept for contracts to come. Whoever calls them learns so. */
#include "system/contract.h"

const gvm_sys_contract gvm_sys_l2 = {
    .name = "L2",
    .about = "Layer 2: submission and batch verification. Not available yet: every call reverts "
             "NotAvailable(address).",
    .unavailable = true,
};
const gvm_sys_contract gvm_sys_bridge = {
    .name = "Bridge",
    .about = "ENS and cross-chain bridge. Not available yet: every call reverts "
             "NotAvailable(address).",
    .unavailable = true,
};
const gvm_sys_contract gvm_sys_proofs = {
    .name = "Proofs",
    .about =
        "Verification of Groth16, PLONK, KZG, STARK and Bulletproofs. Not available yet: every "
        "call reverts NotAvailable(address).",
    .unavailable = true,
};
