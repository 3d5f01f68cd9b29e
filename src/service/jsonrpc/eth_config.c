/* eth_config (EIP-7910): the rules of the head's fork, of the next one and of the last that is
 * scheduled, so that operators can compare their nodes. */
#include "chain/fork_id.h"
#include "service/jsonrpc/eth.h"
#include "system/precompiles.h"

static const char *precompile_name(const gvm_address *a) {
    /* Names are the EIP's; the place is the address's last byte. */
    static const char *const names[] = {
        [0x01] = "ECREC",
        [0x02] = "SHA256",
        [0x03] = "RIPEMD160",
        [0x04] = "ID",
        [0x05] = "MODEXP",
        [0x06] = "BN254_ADD",
        [0x07] = "BN254_MUL",
        [0x08] = "BN254_PAIRING",
        [0x09] = "BLAKE2F",
        [0x0a] = "KZG_POINT_EVALUATION",
        [0x0b] = "BLS12_G1ADD",
        [0x0c] = "BLS12_G1MSM",
        [0x0d] = "BLS12_G2ADD",
        [0x0e] = "BLS12_G2MSM",
        [0x0f] = "BLS12_PAIRING_CHECK",
        [0x10] = "BLS12_MAP_FP_TO_G1",
        [0x11] = "BLS12_MAP_FP2_TO_G2",
    };
    uint8_t last = a->b[19];
    if (a->b[18] == 1 && last == 0) return "P256VERIFY";
    return last < sizeof names / sizeof names[0] ? names[last] : NULL;
}

static yyjson_mut_val *precompiles(gvm_rpc_call *call, const gvm_rules *rules) {
    gvm_address all[GVM_PRECOMPILE_MOST];
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    yyjson_mut_val *object = yyjson_mut_obj(doc);
    size_t n = gvm_precompile_addresses(all, rules);
    for (size_t i = 0; i < n; i++) {
        const char *name = precompile_name(&all[i]);
        GVM_ASSERT(name != NULL);
        yyjson_mut_obj_add_val(doc, object, name, gvm_rpc_val_address(call, &all[i]));
    }
    return object;
}

static yyjson_mut_val *system_contracts(gvm_rpc_call *call, const gvm_chain_config *c,
                                        gvm_fork fork) {
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    yyjson_mut_val *object = yyjson_mut_obj(doc);
    const struct {
        const char *name;
        const gvm_address *address;
        gvm_fork since;
    } all[] = {
        {"BEACON_ROOTS_ADDRESS", &gvm_beacon_roots_address, GVM_FORK_CANCUN},
        {"CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS", &gvm_consolidation_requests_address,
         GVM_FORK_PRAGUE},
        {"DEPOSIT_CONTRACT_ADDRESS", &c->deposit_contract, GVM_FORK_PRAGUE},
        {"HISTORY_STORAGE_ADDRESS", &gvm_history_address, GVM_FORK_PRAGUE},
        {"WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS", &gvm_withdrawal_requests_address, GVM_FORK_PRAGUE},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (fork >= all[i].since)
            yyjson_mut_obj_add_val(doc, object, all[i].name,
                                   gvm_rpc_val_address(call, all[i].address));
    return object;
}

/* The fork that is in force at that time. */
static yyjson_mut_val *fork_at(gvm_rpc_call *call, const gvm_header *genesis, uint64_t time) {
    gvm_node *node = gvm_eth_node(call);
    const gvm_chain_config *c = gvm_chain_config_of(node->chain);
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    yyjson_mut_val *object = yyjson_mut_obj(doc);
    gvm_fork fork = gvm_config_fork(c, UINT64_MAX, time, true);
    gvm_blob_params blobs = gvm_config_blobs(c, time);
    uint8_t id[4];
    gvm_hash hash = gvm_chain_genesis_hash(node->chain);
    gvm_fork_id(id, c, &hash, genesis->timestamp, UINT64_MAX, time);
    yyjson_mut_obj_add_uint(doc, object, "activationTime", time > genesis->timestamp ? time : 0);
    if (blobs.update_fraction != 0) {
        yyjson_mut_val *schedule = yyjson_mut_obj_add_obj(doc, object, "blobSchedule");
        yyjson_mut_obj_add_uint(doc, schedule, "baseFeeUpdateFraction", blobs.update_fraction);
        yyjson_mut_obj_add_uint(doc, schedule, "max", blobs.max);
        yyjson_mut_obj_add_uint(doc, schedule, "target", blobs.target);
    } else {
        yyjson_mut_obj_add_null(doc, object, "blobSchedule");
    }
    yyjson_mut_obj_add_val(doc, object, "chainId", gvm_rpc_val_u64(call, c->chain_id));
    yyjson_mut_obj_add_val(doc, object, "forkId",
                           gvm_rpc_val_data(call, gvm_bytes_make(id, sizeof id)));
    yyjson_mut_obj_add_val(doc, object, "precompiles", precompiles(call, gvm_rules_get(fork)));
    yyjson_mut_obj_add_val(doc, object, "systemContracts", system_contracts(call, c, fork));
    return object;
}

/* The times at which rules or blob schedule change: the last one up to `time`, the first after it,
 * the last of all. GVM_NEVER where there is none. */
static void changes(const gvm_chain_config *c, uint64_t time, uint64_t *current, uint64_t *next,
                    uint64_t *last) {
    uint64_t all[GVM_FORK_COUNT + GVM_BLOB_STEPS];
    size_t n = 0;
    for (size_t f = GVM_FORK_SHANGHAI; f < GVM_FORK_COUNT; f++) all[n++] = c->begins[f];
    for (size_t i = 0; i < GVM_BLOB_STEPS; i++) all[n++] = c->blobs[i].time;
    *current = 0;
    *next = *last = GVM_NEVER;
    for (size_t i = 0; i < n; i++) {
        if (all[i] == GVM_NEVER) continue;
        if (all[i] <= time && all[i] > *current) *current = all[i];
        if (all[i] > time && all[i] < *next) *next = all[i];
        if (all[i] > time && (*last == GVM_NEVER || all[i] > *last)) *last = all[i];
    }
}

gvm_status gvm_rpc_eth_config(gvm_rpc_call *call) {
    gvm_node *node = gvm_eth_node(call);
    gvm_header head;
    gvm_stored_block genesis;
    uint64_t current, next, last;
    gvm_rpc_block first = {.kind = GVM_RPC_AT_EARLIEST};
    GVM_TRY(gvm_eth_read_block(call, &genesis, &first, GVM_READ_HEADER));
    gvm_chain_head(node->chain, &head, NULL);
    changes(gvm_chain_config_of(node->chain), head.timestamp, &current, &next, &last);
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    yyjson_mut_val *result = yyjson_mut_obj(doc);
    const gvm_header *g = &genesis.block.header;
    yyjson_mut_obj_add_val(doc, result, "current", fork_at(call, g, current));
    yyjson_mut_obj_add_val(doc, result, "next",
                           next == GVM_NEVER ? yyjson_mut_null(doc) : fork_at(call, g, next));
    yyjson_mut_obj_add_val(doc, result, "last",
                           last == GVM_NEVER ? yyjson_mut_null(doc) : fork_at(call, g, last));
    gvm_stored_block_free(&genesis);
    return gvm_rpc_return(call, result);
}
