#include "chain/ghost_genesis.h"

#include "codec/hex.h"
#include "state/memory.h"
#include "system/permissions.h"
#include "system/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <yyjson.h>

static gvm_u256 whole(uint64_t tokens) {
    return gvm_u256_mul(gvm_token_unit(), gvm_u256_from_u64(tokens));
}

void gvm_ghost_genesis_init(gvm_ghost_genesis *out) {
    *out = (gvm_ghost_genesis){.params = gvm_token_params_default()};
    out->caps[GVM_TOKEN_GCC] = whole(1000000000);
    out->caps[GVM_TOKEN_SPIRIT] = whole(100000000);
    out->caps[GVM_TOKEN_MANA] = gvm_u256_max();
    out->caps[GVM_TOKEN_GHOST] = whole(1000000);
    out->rates[GVM_TOKEN_SPIRIT] = whole(10);
    out->rates[GVM_TOKEN_MANA] = gvm_u256_div(whole(1), gvm_u256_from_u64(10));
    out->rates[GVM_TOKEN_GHOST] = whole(1000);
}

void gvm_ghost_genesis_free(gvm_ghost_genesis *gh) {
    gvm_buf_free(&gh->holders);
    gvm_buf_free(&gh->roles);
    *gh = (gvm_ghost_genesis){0};
}

void gvm_ghost_genesis_hold(gvm_ghost_genesis *gh, gvm_token token, const gvm_address *account,
                            gvm_u256 amount) {
    gvm_ghost_holder h = {token, *account, amount};
    gvm_buf_append(&gh->holders, &h, sizeof h);
}

void gvm_ghost_genesis_allow(gvm_ghost_genesis *gh, const gvm_address *account,
                             unsigned permission) {
    gvm_ghost_role role = {*account, gvm_u256_shl_u64(gvm_u256_from_u64(1), permission)};
    gvm_buf_append(&gh->roles, &role, sizeof role);
}

/* ---- the object */

typedef struct reader {
    gvm_ghost_genesis *out;
    gvm_error *err;
} reader;

static gvm_status bad(const reader *r, const char *path, const char *key, const char *expected,
                      yyjson_val *found) {
    char *text = found != NULL ? yyjson_val_write(found, 0, NULL) : NULL;
    gvm_status status = gvm_error_set(
        r->err, GVM_ERR_CONFIG, "genesis: ghost.%s%s%.80s: expected %s, found %.80s", path,
        path[0] != 0 ? "." : "", key, expected, text != NULL ? text : "nothing");
    free(text);
    return status;
}

static bool number(gvm_u256 *out, yyjson_val *v) {
    if (yyjson_is_uint(v)) {
        *out = gvm_u256_from_u64(yyjson_get_uint(v));
        return true;
    }
    return yyjson_is_str(v) && gvm_u256_parse(out, yyjson_get_str(v), yyjson_get_len(v)) == GVM_OK;
}

static gvm_status read_number(const reader *r, gvm_u256 *out, const char *path, const char *key,
                              yyjson_val *v, gvm_u256 most) {
    if (!number(out, v) || gvm_u256_lt(most, *out))
        return bad(r, path, key, "a number in its range", v);
    return GVM_OK;
}

static gvm_status read_small(const reader *r, uint64_t *out, const char *path, const char *key,
                             yyjson_val *v, uint64_t most) {
    gvm_u256 n;
    GVM_TRY(read_number(r, &n, path, key, v, gvm_u256_from_u64(most)));
    *out = n.w[0];
    return GVM_OK;
}

static gvm_status read_address(const reader *r, gvm_address *out, const char *path, const char *key,
                               yyjson_val *v) {
    if (!yyjson_is_str(v) ||
        gvm_hex_decode_fixed(out->b, 20, gvm_bytes_make(yyjson_get_str(v), yyjson_get_len(v)),
                             GVM_HEX_PREFIX_OPTIONAL) != GVM_OK)
        return bad(r, path, key, "an address of 20 bytes", v);
    return GVM_OK;
}

static gvm_status read_holders(const reader *r, gvm_token token, const char *path,
                               yyjson_val *object) {
    size_t i, max;
    yyjson_val *key, *value;
    if (!yyjson_is_obj(object)) return bad(r, path, "holders", "amounts by address", object);
    yyjson_obj_foreach(object, i, max, key, value) {
        gvm_address account;
        gvm_u256 amount;
        GVM_TRY(read_address(r, &account, path, yyjson_get_str(key), key));
        GVM_TRY(read_number(r, &amount, path, yyjson_get_str(key), value, gvm_u256_max()));
        gvm_ghost_genesis_hold(r->out, token, &account, amount);
    }
    return gvm_buf_status(&r->out->holders);
}

static gvm_status read_token(const reader *r, gvm_token token, const char *name,
                             yyjson_val *object) {
    size_t i, max;
    yyjson_val *key, *value;
    char path[64];
    (void)snprintf(path, sizeof path, "tokens.%s", name != NULL ? name : "");
    if (!yyjson_is_obj(object)) return bad(r, path, "", "an object", object);
    gvm_u256 most = gvm_cell_get(gvm_u256_max(), 0, 16);
    yyjson_obj_foreach(object, i, max, key, value) {
        const char *k = yyjson_get_str(key);
        if (strcmp(k, "cap") == 0)
            GVM_TRY(read_number(r, &r->out->caps[token], path, k, value, gvm_u256_max()));
        else if (strcmp(k, "rate") == 0 && token != GVM_TOKEN_GCC)
            GVM_TRY(read_number(r, &r->out->rates[token], path, k, value, most));
        else if (strcmp(k, "holders") == 0 && token != GVM_TOKEN_GCC)
            GVM_TRY(read_holders(r, token, path, value));
        else if (strcmp(k, "soulbound") == 0 && token == GVM_TOKEN_GHOST && yyjson_is_bool(value))
            r->out->params.soulbound = yyjson_get_bool(value);
        else
            return bad(r, path, k, "cap, or but for gcc rate or holders, or of ghost soulbound",
                       value);
    }
    return GVM_OK;
}

static gvm_status read_tokens(const reader *r, yyjson_val *object) {
    size_t i, max;
    yyjson_val *key, *value;
    if (!yyjson_is_obj(object)) return bad(r, "tokens", "", "an object", object);
    yyjson_obj_foreach(object, i, max, key, value) {
        int token = GVM_TOKEN_GCC;
        while (token < GVM_TOKEN_END &&
               strcasecmp(gvm_token_symbol((gvm_token)token), yyjson_get_str(key)) != 0)
            token++;
        if (token == GVM_TOKEN_END)
            return bad(r, "tokens", yyjson_get_str(key), "gcc, spirit, mana or ghost", value);
        GVM_TRY(read_token(r, (gvm_token)token, yyjson_get_str(key), value));
    }
    return GVM_OK;
}

static gvm_status read_fees(const reader *r, yyjson_val *object) {
    size_t i, max;
    yyjson_val *key, *value;
    gvm_token_params *p = &r->out->params;
    gvm_u256 most = gvm_cell_get(gvm_u256_max(), 0, 16);
    if (!yyjson_is_obj(object)) return bad(r, "fees", "", "an object", object);
    yyjson_obj_foreach(object, i, max, key, value) {
        const char *k = yyjson_get_str(key);
        uint64_t n = 0;
        if (strcmp(k, "discountLeast") == 0) {
            GVM_TRY(read_number(r, &p->discount_least, "fees", k, value, most));
        } else if (strcmp(k, "epochBlocks") == 0) {
            GVM_TRY(read_small(r, &p->epoch_blocks, "fees", k, value, UINT32_MAX));
            if (p->epoch_blocks == 0) return bad(r, "fees", k, "a number above 0", value);
        } else {
            GVM_TRY(read_small(r, &n, "fees", k, value, 10000));
            if (strcmp(k, "discount") == 0)
                p->discount = (uint16_t)n;
            else if (strcmp(k, "mana") == 0)
                p->mana = (uint16_t)n;
            else if (strcmp(k, "rateStep") == 0)
                p->rate_step = (uint16_t)n;
            else
                return bad(r, "fees", k, "epochBlocks, discount, discountLeast, mana or rateStep",
                           value);
        }
    }
    return GVM_OK;
}

static gvm_status read_staking(const reader *r, yyjson_val *object) {
    size_t i, max;
    yyjson_val *key, *value;
    gvm_token_params *p = &r->out->params;
    gvm_u256 most = gvm_cell_get(gvm_u256_max(), 0, 16);
    if (!yyjson_is_obj(object)) return bad(r, "staking", "", "an object", object);
    yyjson_obj_foreach(object, i, max, key, value) {
        const char *k = yyjson_get_str(key);
        uint64_t n = 0;
        if (strcmp(k, "least") == 0) {
            GVM_TRY(read_number(r, &p->stake_least, "staking", k, value, most));
            continue;
        }
        GVM_TRY(read_small(r, &n, "staking", k, value, 10000));
        if (strcmp(k, "validators") == 0 && n <= 1000)
            p->validators_max = (uint32_t)n;
        else if (strcmp(k, "unbondingEpochs") == 0)
            p->unbonding_epochs = (uint32_t)n;
        else if (strcmp(k, "slash") == 0)
            p->slash = (uint16_t)n;
        else
            return bad(r, "staking", k, "least, validators (to 1,000), unbondingEpochs or slash",
                       value);
    }
    return GVM_OK;
}

static gvm_status read_roles(const reader *r, yyjson_val *object) {
    size_t i, max;
    yyjson_val *key, *value;
    if (!yyjson_is_obj(object)) return bad(r, "roles", "", "an object", object);
    yyjson_obj_foreach(object, i, max, key, value) {
        const char *k = yyjson_get_str(key);
        if (strcmp(k, "rateKeeper") == 0)
            GVM_TRY(read_address(r, &r->out->params.rate_keeper, "roles", k, value));
        else if (strcmp(k, "slasher") == 0)
            GVM_TRY(read_address(r, &r->out->params.slasher, "roles", k, value));
        else
            return bad(r, "roles", k, "rateKeeper or slasher", value);
    }
    return GVM_OK;
}

static gvm_status read_permission(const reader *r, const gvm_address *account, yyjson_val *v) {
    uint64_t bit = yyjson_get_uint(v);
    if (yyjson_is_uint(v) && bit >= GVM_PERMISSION_APPLICATION && bit < 256) {
        gvm_ghost_genesis_allow(r->out, account, (unsigned)bit);
        return GVM_OK;
    }
    for (unsigned i = 0; yyjson_is_str(v) && i < GVM_PERMISSION_BUILT_IN; i++) {
        if (strcmp(gvm_permission_name(i), yyjson_get_str(v)) != 0) continue;
        gvm_ghost_genesis_allow(r->out, account, i);
        return GVM_OK;
    }
    return bad(r, "permissions", "", "a permission's name, or a number from 128 to 255", v);
}

static gvm_status read_permissions(const reader *r, yyjson_val *object) {
    size_t i, max, k, list_max;
    yyjson_val *key, *value, *item;
    if (!yyjson_is_obj(object)) return bad(r, "permissions", "", "lists by address", object);
    yyjson_obj_foreach(object, i, max, key, value) {
        gvm_address account;
        GVM_TRY(read_address(r, &account, "permissions", yyjson_get_str(key), key));
        if (!yyjson_is_arr(value))
            return bad(r, "permissions", yyjson_get_str(key), "a list of permissions", value);
        yyjson_arr_foreach(value, k, list_max, item) GVM_TRY(read_permission(r, &account, item));
    }
    return gvm_buf_status(&r->out->roles);
}

gvm_status gvm_ghost_genesis_read(gvm_ghost_genesis *out, struct yyjson_val *object,
                                  gvm_error *err) {
    static const struct {
        const char *key;
        gvm_status (*read)(const reader *r, yyjson_val *object);
    } parts[] = {{"tokens", read_tokens},
                 {"fees", read_fees},
                 {"staking", read_staking},
                 {"roles", read_roles},
                 {"permissions", read_permissions}};
    enum { PARTS = sizeof parts / sizeof parts[0] };
    reader r = {out, err};
    size_t i, max;
    yyjson_val *key, *value;
    if (!yyjson_is_obj(object)) return bad(&r, "", "", "an object", object);
    yyjson_obj_foreach(object, i, max, key, value) {
        size_t k = 0;
        while (k < PARTS && strcmp(parts[k].key, yyjson_get_str(key)) != 0) k++;
        if (k == PARTS)
            return bad(&r, "", yyjson_get_str(key), "tokens, fees, staking, roles or permissions",
                       value);
        GVM_TRY(parts[k].read(&r, value));
    }
    if (!gvm_tokens_rate_allowed(&out->params, GVM_TOKEN_MANA, out->rates[GVM_TOKEN_MANA]))
        return bad(&r, "tokens.mana", "rate",
                   "a rate at which MANA earned does not pay for the gas that earns it", NULL);
    return GVM_OK;
}

/* ---- the first state */

static gvm_status over_cap(gvm_error *err, gvm_token token) {
    return gvm_error_set(err, GVM_ERR_CONFIG, "genesis: the holders of %s have more than its cap",
                         gvm_token_symbol(token));
}

static gvm_status write_supply(gvm_cells *cells, const gvm_ghost_genesis *gh, gvm_token token,
                               gvm_u256 supply, gvm_error *err) {
    gvm_address address = gvm_token_face(token);
    gvm_cells face = gvm_cells_at(cells, &address);
    gvm_cells_store(&face, gvm_cell(GVM_FACE_SLOT_CAP), gh->caps[token]);
    gvm_cells_store(&face, gvm_cell(GVM_FACE_SLOT_SUPPLY), supply);
    if (token != GVM_TOKEN_GCC) gvm_tokens_set_rate(cells, token, gh->rates[token]);
    return gvm_u256_lt(gh->caps[token], supply) ? over_cap(err, token) : GVM_OK;
}

static gvm_status write_tokens(gvm_cells *cells, const gvm_genesis *g, const gvm_ghost_genesis *gh,
                               gvm_error *err) {
    gvm_u256 supply[GVM_TOKEN_END] = {{{0}}};
    const gvm_ghost_holder *holders = (const gvm_ghost_holder *)(const void *)gh->holders.ptr;
    for (size_t i = 0; i < g->alloc_count; i++)
        if (gvm_u256_add_overflow(&supply[GVM_TOKEN_GCC], supply[GVM_TOKEN_GCC],
                                  g->alloc[i].account.balance))
            return over_cap(err, GVM_TOKEN_GCC);
    for (size_t i = 0; i < gh->holders.len / sizeof *holders; i++) {
        gvm_token token = holders[i].token;
        if (gvm_u256_add_overflow(&supply[token], supply[token], holders[i].amount))
            return over_cap(err, token);
        gvm_token_give(cells, token, &holders[i].account, holders[i].amount);
    }
    gvm_tokens_set_params(cells, &gh->params);
    for (int t = GVM_TOKEN_GCC; t < GVM_TOKEN_END; t++)
        GVM_TRY(write_supply(cells, gh, (gvm_token)t, supply[t], err));
    return GVM_OK;
}

static void write_roles(gvm_cells *cells, const gvm_ghost_genesis *gh) {
    const gvm_ghost_role *roles = (const gvm_ghost_role *)(const void *)gh->roles.ptr;
    gvm_cells identities = gvm_cells_at(cells, &gvm_identities_address);
    for (size_t i = 0; i < gh->roles.len / sizeof *roles; i++) {
        gvm_u256 slot =
            gvm_cell_map_address(gvm_cell(GVM_IDENTITIES_SLOT_PERMISSIONS), &roles[i].account);
        gvm_u256 word = gvm_cells_load(&identities, slot);
        if (gvm_u256_is_zero(word)) word = gvm_permissions_word(gvm_permissions_new());
        gvm_cells_store(&identities, slot, gvm_u256_or(word, roles[i].permissions));
    }
    gvm_cells_join(cells, &identities);
}

static void make_account(gvm_state *state, const gvm_address *address) {
    static const uint8_t marker[] = {0xfe};
    gvm_entry *e = gvm_state_entry(state, address);
    gvm_state_set_nonce(state, e, 1);
    gvm_state_set_code(state, e, gvm_bytes_make(marker, sizeof marker));
}

static gvm_status make_accounts(gvm_state *state, const gvm_genesis *g, gvm_error *err) {
    make_account(state, &gvm_identities_address); /* permissions stand there in any case */
    for (size_t i = 0; i < gvm_system_count(); i++) {
        const gvm_sys_entry *entry = gvm_system_at(i);
        for (size_t k = 0; k < g->alloc_count; k++)
            if (gvm_address_equal(&g->alloc[k].address, &entry->address))
                return gvm_error_set(err, GVM_ERR_CONFIG,
                                     "genesis: alloc: the address 0x..%02x%02x is a system "
                                     "contract's",
                                     entry->address.b[18], entry->address.b[19]);
        make_account(state, &entry->address);
        gvm_cells cells = gvm_cells_of_state(state, &entry->address, g->header.timestamp, 0);
        if (entry->contract->genesis != NULL && entry->index == 0) entry->contract->genesis(&cells);
    }
    return GVM_OK;
}

gvm_status gvm_ghost_genesis_apply(gvm_genesis *g, const gvm_ghost_genesis *gh, gvm_error *err) {
    gvm_state_memory *empty = NULL;
    gvm_state *state = NULL;
    gvm_state_diff diff;
    gvm_status status;
    GVM_TRY_GOTO(gvm_buf_status(&gh->holders));
    GVM_TRY_GOTO(gvm_buf_status(&gh->roles));
    GVM_TRY_GOTO(gvm_state_memory_new(&empty));
    GVM_TRY_GOTO(gvm_state_new(&state, gvm_state_memory_reader(empty)));
    gvm_state_begin_tx(state);
    gvm_cells cells = gvm_cells_of_state(state, &gvm_tokens_address, g->header.timestamp, 0);
    GVM_TRY_GOTO(make_accounts(state, g, err));
    GVM_TRY_GOTO(write_tokens(&cells, g, gh, err));
    write_roles(&cells, gh);
    gvm_state_end_tx(state, true);
    GVM_TRY_GOTO(gvm_state_diff_build(state, &diff));
    for (size_t i = 0; i < diff.count; i++) GVM_TRY_GOTO(gvm_genesis_add(g, &diff.accounts[i]));
    g->config.ghost = true;
fail:
    gvm_state_delete(state);
    gvm_state_memory_delete(empty);
    return status;
}
