#include "chain/config.h"

#include <strings.h>

/* EIP-7840's table, with the steps of EIP-7892 that the main network took. */
static const struct {
    const char *name;
    gvm_blob_params params;
} steps[GVM_BLOB_STEPS] = {
    {"cancun", {3, 6, 3338477}},  {"prague", {6, 9, 5007716}},  {"osaka", {6, 9, 5007716}},
    {"bpo1", {10, 15, 8346193}},  {"bpo2", {14, 21, 11684671}}, {"bpo3", {21, 32, 20609697}},
    {"bpo4", {14, 21, 13739630}}, {"bpo5", {14, 21, 13739630}}, {"amsterdam", {14, 21, 11684671}},
};

static const gvm_address main_deposit_contract = {{0x00, 0x00, 0x00, 0x00, 0x21, 0x9a, 0xb5,
                                                   0x40, 0x35, 0x6c, 0xbb, 0x83, 0x9c, 0xbe,
                                                   0x05, 0x30, 0x3d, 0x77, 0x05, 0xfa}};

gvm_status gvm_blob_params_by_name(gvm_blob_params *out, const char *name) {
    for (size_t i = 0; i < GVM_BLOB_STEPS; i++) {
        if (strcasecmp(steps[i].name, name) != 0) continue;
        *out = steps[i].params;
        return GVM_OK;
    }
    return GVM_ERR_NOT_FOUND;
}

void gvm_config_init(gvm_chain_config *out, uint64_t chain_id, gvm_fork fork) {
    *out = (gvm_chain_config){.chain_id = chain_id, .deposit_contract = main_deposit_contract};
    for (int f = 0; f < GVM_FORK_COUNT; f++) out->begins[f] = f <= (int)fork ? 0 : GVM_NEVER;
    for (size_t i = 0; i < GVM_OTHER_FORKS; i++) out->other_forks[i] = GVM_NEVER;
    out->terminal_difficulty = fork >= GVM_FORK_PARIS ? gvm_u256_zero() : gvm_u256_max();
    for (size_t i = 0; i < GVM_BLOB_STEPS; i++) {
        out->blobs[i] = (gvm_blob_step){GVM_NEVER, steps[i].params};
    }
    if (fork >= GVM_FORK_CANCUN) out->blobs[0].time = 0;
    if (fork >= GVM_FORK_PRAGUE) out->blobs[1].time = 0;
    if (fork >= GVM_FORK_OSAKA) out->blobs[2].time = 0;
    if (fork >= GVM_FORK_AMSTERDAM) out->blobs[8].time = 0;
}

gvm_fork gvm_config_fork(const gvm_chain_config *c, uint64_t number, uint64_t timestamp,
                         bool merged) {
    int fork = GVM_FORK_FRONTIER;
    for (int f = GVM_FORK_HOMESTEAD; f <= GVM_FORK_LONDON; f++)
        if (c->begins[f] != GVM_NEVER && c->begins[f] <= number) fork = f;
    if (!merged) return (gvm_fork)fork;
    fork = GVM_FORK_PARIS;
    for (int f = GVM_FORK_SHANGHAI; f < GVM_FORK_COUNT; f++)
        if (c->begins[f] != GVM_NEVER && c->begins[f] <= timestamp) fork = f;
    return (gvm_fork)fork;
}

gvm_blob_params gvm_config_blobs(const gvm_chain_config *c, uint64_t timestamp) {
    gvm_blob_params params = {0};
    uint64_t latest = 0;
    for (size_t i = 0; i < GVM_BLOB_STEPS; i++) {
        const gvm_blob_step *s = &c->blobs[i];
        if (s->time == GVM_NEVER || s->time > timestamp || s->time < latest) continue;
        params = s->params;
        latest = s->time;
    }
    return params;
}

/* ---- as the store keeps it: [chain id, [forks], terminal difficulty, [[time, target, max,
 * fraction]], deposit contract, ghost, [other forks]]. Lists may grow; what a record does not name
 * is not scheduled. */

static void put_u256(gvm_buf *out, gvm_u256 v) {
    gvm_hash word = gvm_u256_to_hash(v);
    gvm_rlp_put_word(out, &word);
}

void gvm_config_encode(gvm_buf *out, const gvm_chain_config *c) {
    size_t all = gvm_rlp_list_begin(out);
    gvm_rlp_put_u64(out, c->chain_id);
    size_t list = gvm_rlp_list_begin(out);
    for (size_t i = 0; i < GVM_FORK_COUNT; i++) gvm_rlp_put_u64(out, c->begins[i]);
    gvm_rlp_list_end(out, list);
    put_u256(out, c->terminal_difficulty);
    list = gvm_rlp_list_begin(out);
    for (size_t i = 0; i < GVM_BLOB_STEPS; i++) {
        size_t step = gvm_rlp_list_begin(out);
        gvm_rlp_put_u64(out, c->blobs[i].time);
        gvm_rlp_put_u64(out, c->blobs[i].params.target);
        gvm_rlp_put_u64(out, c->blobs[i].params.max);
        gvm_rlp_put_u64(out, c->blobs[i].params.update_fraction);
        gvm_rlp_list_end(out, step);
    }
    gvm_rlp_list_end(out, list);
    gvm_rlp_put_address(out, &c->deposit_contract);
    gvm_rlp_put_bool(out, c->ghost);
    list = gvm_rlp_list_begin(out);
    for (size_t i = 0; i < GVM_OTHER_FORKS; i++) gvm_rlp_put_u64(out, c->other_forks[i]);
    gvm_rlp_list_end(out, list);
    gvm_rlp_list_end(out, all);
}

static gvm_status read_step(gvm_rlp_reader *in, gvm_blob_step *step) {
    gvm_rlp_reader r;
    uint64_t target, max;
    GVM_TRY(gvm_rlp_read_list(in, &r));
    GVM_TRY(gvm_rlp_read_u64(&r, &step->time));
    GVM_TRY(gvm_rlp_read_u64(&r, &target));
    GVM_TRY(gvm_rlp_read_u64(&r, &max));
    GVM_TRY(gvm_rlp_read_u64(&r, &step->params.update_fraction));
    if (target > max || max > UINT32_MAX || step->params.update_fraction == 0)
        return GVM_ERR_CORRUPT;
    step->params.target = (uint32_t)target;
    step->params.max = (uint32_t)max;
    return gvm_rlp_read_end(&r);
}

gvm_status gvm_config_decode(gvm_chain_config *out, gvm_bytes in) {
    gvm_rlp_reader whole = gvm_rlp_reader_make(in), r, list;
    gvm_hash word;
    gvm_config_init(out, 0, GVM_FORK_FRONTIER);
    GVM_TRY(gvm_rlp_read_list(&whole, &r));
    GVM_TRY(gvm_rlp_read_u64(&r, &out->chain_id));
    GVM_TRY(gvm_rlp_read_list(&r, &list));
    for (size_t i = 0; i < GVM_FORK_COUNT && !gvm_rlp_done(&list); i++)
        GVM_TRY(gvm_rlp_read_u64(&list, &out->begins[i]));
    GVM_TRY(gvm_rlp_read_word(&r, &word));
    out->terminal_difficulty = gvm_u256_from_hash(&word);
    GVM_TRY(gvm_rlp_read_list(&r, &list));
    for (size_t i = 0; i < GVM_BLOB_STEPS && !gvm_rlp_done(&list); i++)
        GVM_TRY(read_step(&list, &out->blobs[i]));
    GVM_TRY(gvm_rlp_read_address(&r, &out->deposit_contract));
    GVM_TRY(gvm_rlp_read_bool(&r, &out->ghost));
    if (gvm_rlp_done(&r)) return GVM_OK;
    GVM_TRY(gvm_rlp_read_list(&r, &list));
    for (size_t i = 0; i < GVM_OTHER_FORKS && !gvm_rlp_done(&list); i++)
        GVM_TRY(gvm_rlp_read_u64(&list, &out->other_forks[i]));
    return GVM_OK;
}
