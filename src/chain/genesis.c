/* The genesis file: geth's format, read leniently in its numbers (hexadecimal or decimal, text or
 * JSON number, as the tools of the field write them) and strictly in what would change the chain's
 * rules. */
#include "chain/config.h"

#include "base/arena.h"
#include "chain/ghost_genesis.h"
#include "codec/hex.h"
#include "crypto/keccak.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <yyjson.h>

#define GENESIS_BYTES_MAX ((size_t)1 << 30)

gvm_status gvm_genesis_new(gvm_genesis *out, const gvm_chain_config *config) {
    *out = (gvm_genesis){.config = *config};
    out->arena = calloc(1, sizeof *out->arena);
    if (out->arena == NULL) return GVM_ERR_NOMEM;
    gvm_header *h = &out->header;
    h->ommers_hash = gvm_empty_ommers_hash;
    h->transactions_root = h->receipts_root = h->withdrawals_root = h->state_root = GVM_EMPTY_ROOT;
    h->gas_limit = 60000000;
    /* SHA-256 of nothing: no requests (EIP-7685). */
    h->requests_hash = (gvm_hash){{0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
                                   0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
                                   0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}};
    h->base_fee = gvm_u256_from_u64(GVM_INITIAL_BASE_FEE);
    return GVM_OK;
}

void gvm_genesis_free(gvm_genesis *g) {
    if (g->arena != NULL) gvm_arena_free(g->arena);
    free(g->arena);
    free(g->alloc);
    *g = (gvm_genesis){0};
}

gvm_status gvm_genesis_add(gvm_genesis *g, const gvm_account_change *account) {
    if (g->alloc_count == g->alloc_cap) {
        size_t cap = g->alloc_cap == 0 ? 16 : g->alloc_cap * 2;
        gvm_account_change *grown = realloc(g->alloc, cap * sizeof *grown);
        if (grown == NULL) return GVM_ERR_NOMEM;
        g->alloc = grown;
        g->alloc_cap = cap;
    }
    gvm_account_change copy = *account;
    if (account->code.len > 0) {
        GVM_TRY(gvm_arena_copy(g->arena, &copy.code, account->code));
        gvm_keccak256(&copy.account.code_hash, copy.code);
    } else {
        copy.code = gvm_bytes_make(NULL, 0);
        copy.account.code_hash = GVM_EMPTY_CODE_HASH;
    }
    copy.account.storage_root = GVM_EMPTY_ROOT;
    if (account->slot_count > 0) {
        gvm_slot_change *slots = gvm_arena_alloc(g->arena, account->slot_count * sizeof *slots);
        if (slots == NULL) return GVM_ERR_NOMEM;
        memcpy(slots, account->slots, account->slot_count * sizeof *slots);
        copy.slots = slots;
    }
    g->alloc[g->alloc_count++] = copy;
    return GVM_OK;
}

static const struct {
    gvm_fork fork;
    const char *address, *code;
} system_contracts[] = {
#define X(fork, address, ...) {fork, address, __VA_ARGS__},
#include "chain/system_contracts.inc"
#undef X
};

static bool in_alloc(const gvm_genesis *g, const gvm_address *address) {
    for (size_t i = 0; i < g->alloc_count; i++)
        if (gvm_address_equal(&g->alloc[i].address, address)) return true;
    return false;
}

gvm_status gvm_genesis_add_system_contracts(gvm_genesis *g) {
    gvm_fork fork = gvm_config_fork_of(&g->config, &g->header);
    for (size_t i = 0; i < sizeof system_contracts / sizeof system_contracts[0]; i++) {
        if (fork < system_contracts[i].fork) continue;
        gvm_account_change account = {.account.nonce = 1};
        gvm_buf code = {0};
        gvm_status status = gvm_hex_decode_fixed(
            account.address.b, 20, gvm_bytes_str(system_contracts[i].address), GVM_HEX_PREFIX_NONE);
        if (status == GVM_OK && !in_alloc(g, &account.address)) {
            status =
                gvm_hex_decode(&code, gvm_bytes_str(system_contracts[i].code), GVM_HEX_PREFIX_NONE);
            account.code = gvm_buf_bytes(&code);
            if (status == GVM_OK) status = gvm_genesis_add(g, &account);
        }
        gvm_buf_free(&code);
        GVM_TRY(status);
    }
    return GVM_OK;
}

/* ---- the file */

static gvm_status bad(gvm_error *err, const char *path, const char *key, const char *expected,
                      yyjson_val *found) {
    char *text = found != NULL ? yyjson_val_write(found, 0, NULL) : NULL;
    gvm_status status =
        gvm_error_set(err, GVM_ERR_CONFIG, "genesis: %s%s: expected %s, found %.80s", path, key,
                      expected, text != NULL ? text : "nothing");
    free(text);
    return status;
}

/* A number as text ("0x1f", "31") or as a JSON integer. */
static bool number(gvm_u256 *out, yyjson_val *v) {
    if (yyjson_is_uint(v)) {
        *out = gvm_u256_from_u64(yyjson_get_uint(v));
        return true;
    }
    if (!yyjson_is_str(v)) return false;
    const char *s = yyjson_get_str(v);
    size_t len = yyjson_get_len(v);
    if (len == 0 || (len == 2 && strcmp(s, "0x") == 0)) {
        *out = gvm_u256_zero();
        return true;
    }
    return gvm_u256_parse(out, s, len) == GVM_OK;
}

static gvm_status read_u256(gvm_u256 *out, yyjson_val *object, const char *path, const char *key,
                            gvm_error *err) {
    yyjson_val *v = yyjson_obj_get(object, key);
    if (v == NULL || yyjson_is_null(v)) return GVM_OK;
    return number(out, v) ? GVM_OK : bad(err, path, key, "a number", v);
}

static gvm_status read_u64(uint64_t *out, yyjson_val *object, const char *path, const char *key,
                           gvm_error *err) {
    yyjson_val *v = yyjson_obj_get(object, key);
    gvm_u256 n;
    if (v == NULL || yyjson_is_null(v)) return GVM_OK;
    if (!number(&n, v) || !gvm_u256_fits_u64(n))
        return bad(err, path, key, "a number of 64 bits", v);
    *out = n.w[0];
    return GVM_OK;
}

static gvm_bytes text_of(yyjson_val *v) {
    return gvm_bytes_make(yyjson_get_str(v), yyjson_get_len(v));
}

static gvm_status read_fixed(uint8_t *out, size_t len, yyjson_val *object, const char *key,
                             gvm_error *err) {
    yyjson_val *v = yyjson_obj_get(object, key);
    if (v == NULL || yyjson_is_null(v)) return GVM_OK;
    char expected[48];
    (void)snprintf(expected, sizeof expected, "%zu bytes in hexadecimal", len);
    if (!yyjson_is_str(v) ||
        gvm_hex_decode_fixed(out, len, text_of(v), GVM_HEX_PREFIX_OPTIONAL) != GVM_OK)
        return bad(err, "", key, expected, v);
    return GVM_OK;
}

static const struct {
    const char *key;
    gvm_fork fork;
} fork_keys[] = {
    {"homesteadBlock", GVM_FORK_HOMESTEAD},
    {"eip150Block", GVM_FORK_TANGERINE},
    {"eip158Block", GVM_FORK_SPURIOUS},
    {"byzantiumBlock", GVM_FORK_BYZANTIUM},
    {"constantinopleBlock", GVM_FORK_CONSTANTINOPLE},
    {"petersburgBlock", GVM_FORK_PETERSBURG},
    {"istanbulBlock", GVM_FORK_ISTANBUL},
    {"berlinBlock", GVM_FORK_BERLIN},
    {"londonBlock", GVM_FORK_LONDON},
    {"shanghaiTime", GVM_FORK_SHANGHAI},
    {"cancunTime", GVM_FORK_CANCUN},
    {"pragueTime", GVM_FORK_PRAGUE},
    {"osakaTime", GVM_FORK_OSAKA},
    {"amsterdamTime", GVM_FORK_AMSTERDAM},
};
static const char *const other_fork_keys[GVM_OTHER_FORKS] = {
    "daoForkBlock",      "eip155Block",      "muirGlacierBlock",
    "arrowGlacierBlock", "grayGlacierBlock", "mergeNetsplitBlock",
};
static const char *const blob_times[GVM_BLOB_STEPS] = {
    "cancunTime", "pragueTime", "osakaTime", "bpo1Time",      "bpo2Time",
    "bpo3Time",   "bpo4Time",   "bpo5Time",  "amsterdamTime",
};
static const char *const blob_names[GVM_BLOB_STEPS] = {
    "cancun", "prague", "osaka", "bpo1", "bpo2", "bpo3", "bpo4", "bpo5", "amsterdam",
};

static bool known_fork_key(const char *key) {
    for (size_t i = 0; i < sizeof fork_keys / sizeof fork_keys[0]; i++)
        if (strcmp(key, fork_keys[i].key) == 0) return true;
    for (size_t i = 0; i < GVM_OTHER_FORKS; i++)
        if (strcmp(key, other_fork_keys[i]) == 0) return true;
    for (size_t i = 0; i < GVM_BLOB_STEPS; i++)
        if (strcmp(key, blob_times[i]) == 0) return true;
    return false;
}

static gvm_status read_blob_schedule(gvm_chain_config *c, yyjson_val *config, gvm_error *err) {
    yyjson_val *schedule = yyjson_obj_get(config, "blobSchedule");
    for (size_t i = 0; i < GVM_BLOB_STEPS; i++) {
        gvm_blob_step *step = &c->blobs[i];
        GVM_TRY(read_u64(&step->time, config, "config.", blob_times[i], err));
        yyjson_val *v = yyjson_obj_get(schedule, blob_names[i]);
        if (v == NULL) continue;
        uint64_t target = step->params.target, max = step->params.max;
        GVM_TRY(read_u64(&target, v, "config.blobSchedule.*.", "target", err));
        GVM_TRY(read_u64(&max, v, "config.blobSchedule.*.", "max", err));
        GVM_TRY(read_u64(&step->params.update_fraction, v, "config.blobSchedule.*.",
                         "baseFeeUpdateFraction", err));
        if (target > max || max > 4096 || step->params.update_fraction == 0)
            return bad(err, "config.blobSchedule.", blob_names[i],
                       "target <= max <= 4096 and a baseFeeUpdateFraction above 0", v);
        step->params.target = (uint32_t)target;
        step->params.max = (uint32_t)max;
    }
    return GVM_OK;
}

static gvm_status read_config(gvm_chain_config *c, yyjson_val *root, gvm_error *err) {
    yyjson_val *config = yyjson_obj_get(root, "config"), *key, *value;
    if (!yyjson_is_obj(config))
        return bad(err, "", "config", "an object with chainId and forks", config);
    gvm_config_init(c, 0, GVM_FORK_FRONTIER);
    if (yyjson_obj_get(config, "chainId") == NULL)
        return bad(err, "config.", "chainId", "a number", NULL);
    GVM_TRY(read_u64(&c->chain_id, config, "config.", "chainId", err));
    size_t i, max;
    yyjson_obj_foreach(config, i, max, key, value) {
        const char *name = yyjson_get_str(key);
        size_t len = yyjson_get_len(key);
        bool dated = (len > 5 && strcmp(name + len - 5, "Block") == 0) ||
                     (len > 4 && strcmp(name + len - 4, "Time") == 0);
        if (dated && !known_fork_key(name))
            return bad(err, "config.", name, "a fork that this version knows", value);
    }
    for (size_t k = 0; k < sizeof fork_keys / sizeof fork_keys[0]; k++)
        GVM_TRY(read_u64(&c->begins[fork_keys[k].fork], config, "config.", fork_keys[k].key, err));
    for (size_t k = 0; k < GVM_OTHER_FORKS; k++)
        GVM_TRY(read_u64(&c->other_forks[k], config, "config.", other_fork_keys[k], err));
    /* Petersburg goes with Constantinople where it is not named. */
    if (yyjson_obj_get(config, "petersburgBlock") == NULL)
        c->begins[GVM_FORK_PETERSBURG] = c->begins[GVM_FORK_CONSTANTINOPLE];
    GVM_TRY(read_u256(&c->terminal_difficulty, config, "config.", "terminalTotalDifficulty", err));
    if (c->begins[GVM_FORK_SHANGHAI] != GVM_NEVER &&
        yyjson_obj_get(config, "terminalTotalDifficulty") == NULL)
        c->terminal_difficulty = gvm_u256_zero();
    GVM_TRY(read_blob_schedule(c, config, err));
    yyjson_val *ghost = yyjson_obj_get(config, "ghost");
    if (ghost != NULL && !yyjson_is_bool(ghost))
        return bad(err, "config.", "ghost", "true or false", ghost);
    c->ghost = yyjson_is_true(ghost);
    return read_fixed(c->deposit_contract.b, 20, config, "depositContractAddress", err);
}

static gvm_status read_header(gvm_genesis *g, yyjson_val *root, gvm_error *err) {
    gvm_header *h = &g->header;
    uint64_t nonce = 0;
    GVM_TRY(read_u64(&nonce, root, "", "nonce", err));
    gvm_store_be64(h->nonce, nonce);
    GVM_TRY(read_u64(&h->timestamp, root, "", "timestamp", err));
    GVM_TRY(read_u64(&h->gas_limit, root, "", "gasLimit", err));
    GVM_TRY(read_u64(&h->gas_used, root, "", "gasUsed", err));
    GVM_TRY(read_u64(&h->number, root, "", "number", err));
    GVM_TRY(read_u256(&h->difficulty, root, "", "difficulty", err));
    GVM_TRY(read_fixed(h->mix_hash.b, 32, root, "mixHash", err));
    GVM_TRY(read_fixed(h->coinbase.b, 20, root, "coinbase", err));
    GVM_TRY(read_fixed(h->parent_hash.b, 32, root, "parentHash", err));
    GVM_TRY(read_u256(&h->base_fee, root, "", "baseFeePerGas", err));
    GVM_TRY(read_u64(&h->excess_blob_gas, root, "", "excessBlobGas", err));
    GVM_TRY(read_u64(&h->blob_gas_used, root, "", "blobGasUsed", err));
    GVM_TRY(read_fixed(h->parent_beacon_root.b, 32, root, "parentBeaconBlockRoot", err));
    yyjson_val *extra = yyjson_obj_get(root, "extraData");
    if (extra != NULL && !yyjson_is_null(extra)) {
        gvm_buf bytes = {0};
        gvm_status status = yyjson_is_str(extra)
                                ? gvm_hex_decode(&bytes, text_of(extra), GVM_HEX_PREFIX_OPTIONAL)
                                : GVM_ERR_SYNTAX;
        bool fits = status == GVM_OK && bytes.len <= sizeof h->extra;
        if (fits && bytes.len > 0) memcpy(h->extra, bytes.ptr, bytes.len);
        h->extra_len = fits ? (uint8_t)bytes.len : 0;
        gvm_buf_free(&bytes);
        if (!fits) return bad(err, "", "extraData", "at most 32 bytes in hexadecimal", extra);
    }
    bool merged =
        gvm_u256_is_zero(h->difficulty) && gvm_u256_is_zero(g->config.terminal_difficulty);
    h->later = gvm_header_fields_of(gvm_config_fork(&g->config, h->number, h->timestamp, merged));
    return GVM_OK;
}

static gvm_status read_slots(gvm_buf *slots, yyjson_val *storage, const char *path,
                             gvm_error *err) {
    size_t i, max;
    yyjson_val *key, *value;
    yyjson_obj_foreach(storage, i, max, key, value) {
        gvm_slot_change slot;
        if (!number(&slot.key, key) || !number(&slot.value, value))
            return bad(err, path, ".storage", "32-byte words in hexadecimal", value);
        if (!gvm_u256_is_zero(slot.value)) gvm_buf_append(slots, &slot, sizeof slot);
    }
    return gvm_buf_status(slots);
}

static gvm_status read_account(gvm_genesis *g, gvm_buf *code, gvm_buf *slots, yyjson_val *key,
                               yyjson_val *value, gvm_error *err) {
    char path[96];
    gvm_account_change a = {0};
    (void)snprintf(path, sizeof path, "alloc.%.*s",
                   (int)(yyjson_get_len(key) < 64 ? yyjson_get_len(key) : 64), yyjson_get_str(key));
    if (gvm_hex_decode_fixed(a.address.b, 20, text_of(key), GVM_HEX_PREFIX_OPTIONAL) != GVM_OK)
        return bad(err, path, "", "an address of 20 bytes", key);
    if (!yyjson_is_obj(value))
        return bad(err, path, "", "an object with balance, nonce, code, storage", value);
    (void)strncat(path, ".", sizeof path - strlen(path) - 1);
    GVM_TRY(read_u256(&a.account.balance, value, path, "balance", err));
    GVM_TRY(read_u64(&a.account.nonce, value, path, "nonce", err));
    gvm_buf_clear(code);
    gvm_buf_clear(slots);
    yyjson_val *v = yyjson_obj_get(value, "code");
    if (v != NULL &&
        (!yyjson_is_str(v) || gvm_hex_decode(code, text_of(v), GVM_HEX_PREFIX_OPTIONAL) != GVM_OK))
        return bad(err, path, "code", "bytes in hexadecimal", v);
    GVM_TRY(read_slots(slots, yyjson_obj_get(value, "storage"), path, err));
    a.code = gvm_buf_bytes(code);
    a.slots = (const gvm_slot_change *)(const void *)slots->ptr;
    a.slot_count = slots->len / sizeof(gvm_slot_change);
    return gvm_genesis_add(g, &a);
}

static gvm_status read_alloc(gvm_genesis *g, yyjson_val *root, gvm_error *err) {
    yyjson_val *alloc = yyjson_obj_get(root, "alloc"), *key, *value;
    if (alloc == NULL) return GVM_OK;
    if (!yyjson_is_obj(alloc))
        return bad(err, "", "alloc", "an object of accounts by address", alloc);
    gvm_buf code = {0}, slots = {0};
    gvm_status status = GVM_OK;
    size_t i, max;
    yyjson_obj_foreach(alloc, i, max, key, value) {
        status = read_account(g, &code, &slots, key, value, err);
        if (status != GVM_OK) break;
    }
    gvm_buf_free(&code);
    gvm_buf_free(&slots);
    return status;
}

static gvm_status read_ghost(gvm_genesis *g, yyjson_val *root, gvm_error *err) {
    yyjson_val *object = yyjson_obj_get(root, "ghost");
    gvm_ghost_genesis gh;
    if (object == NULL && !g->config.ghost) return GVM_OK;
    gvm_ghost_genesis_init(&gh);
    gvm_status status = object != NULL ? gvm_ghost_genesis_read(&gh, object, err) : GVM_OK;
    if (status == GVM_OK) status = gvm_ghost_genesis_apply(g, &gh, err);
    gvm_ghost_genesis_free(&gh);
    return status;
}

static int by_address(const void *a, const void *b) {
    return memcmp(((const gvm_account_change *)a)->address.b,
                  ((const gvm_account_change *)b)->address.b, 20);
}

gvm_status gvm_genesis_parse(gvm_genesis *out, gvm_bytes json, gvm_error *err) {
    gvm_status status = GVM_OK;
    yyjson_doc *doc = NULL;
    *out = (gvm_genesis){0};
    if (json.len > GENESIS_BYTES_MAX)
        return gvm_error_set(err, GVM_ERR_LIMIT, "genesis: file over 1 GiB");
    yyjson_read_err why;
    doc = yyjson_read_opts((char *)(uintptr_t)json.ptr, json.len, 0, NULL, &why);
    if (doc == NULL)
        return gvm_error_set(err, GVM_ERR_SYNTAX, "genesis: not JSON: %s at byte %zu", why.msg,
                             why.pos);
    yyjson_val *root = yyjson_doc_get_root(doc);
    gvm_chain_config config;
    GVM_TRY_GOTO(read_config(&config, root, err));
    GVM_TRY_GOTO(gvm_genesis_new(out, &config));
    GVM_TRY_GOTO(read_header(out, root, err));
    GVM_TRY_GOTO(read_alloc(out, root, err));
    GVM_TRY_GOTO(read_ghost(out, root, err));
    if (out->alloc_count > 1) {
        qsort(out->alloc, out->alloc_count, sizeof *out->alloc, by_address);
        for (size_t i = 1; i < out->alloc_count; i++) {
            if (by_address(&out->alloc[i - 1], &out->alloc[i]) != 0) continue;
            status =
                gvm_error_set(err, GVM_ERR_CONFIG, "genesis: alloc: an address stands there twice");
            goto fail;
        }
    }
    yyjson_doc_free(doc);
    return GVM_OK;
fail:
    yyjson_doc_free(doc);
    gvm_genesis_free(out);
    return status;
}
