/* The names contract: who may do what, and what it costs. What is stored and how is in names.c.
 *
 * Work on `.ghost` names costs half as much gas again: charge_premium, before each end of a
 * function that changes one. */
#include "crypto/keccak.h"
#include "system/contract.h"
#include "system/names.h"
#include "system/permissions.h"
#include "system/token_ledger.h"

#define GVM_ROWS "system/names.inc"
#include "system/declare.inc"

#define PAGE_MOST    256
#define RECORDS_MOST 64

/* ---- common steps. Each that can fail reverts and returns false. */

static gvm_sys_value text_value(gvm_bytes text) {
    return gvm_sys_bytes(text);
}

static bool bad_name(gvm_sys *c, gvm_bytes name, const char *why) {
    return gvm_sys_revert(c, ERR_INVALID_DOMAIN,
                          GVM_SYS_VALUES(text_value(name), text_value(gvm_bytes_str(why))));
}

/* Argument `index` as a name. Hashing is paid by its length. */
static bool read_path(gvm_sys *c, gvm_name_path *path, size_t index) {
    const char *why;
    gvm_bytes name = gvm_sys_arg_bytes(c, index);
    gvm_sys_charge(c, 3 * (int64_t)name.len);
    return gvm_name_path_read(path, &why, name) || bad_name(c, name, why);
}

/* The same, and what is there. */
static bool read_name(gvm_sys *c, gvm_name_path *path, gvm_name_info *info, size_t index) {
    if (!read_path(c, path, index)) return false;
    gvm_names_look(&c->cells, info, &path->node[0]);
    return true;
}
static bool read_existing(gvm_sys *c, gvm_name_path *path, gvm_name_info *info, size_t index) {
    if (!read_name(c, path, info, index)) return false;
    return gvm_name_resolves(info) || !gvm_cells_ok(&c->cells) ||
           gvm_sys_revert(c, ERR_NOT_FOUND, GVM_SYS_VALUES(text_value(path->name)));
}

/* The caller is owner or manager of the active name. */
static bool may_change(gvm_sys *c, const gvm_name_info *info, gvm_bytes name) {
    if (info->phase == GVM_NAME_GRACE)
        return gvm_sys_revert(c, ERR_DOMAIN_EXPIRED,
                              GVM_SYS_VALUES(text_value(name), gvm_sys_u64(info->expires)));
    return gvm_name_may_change(info, gvm_sys_sender(c)) ||
           gvm_sys_revert(c, ERR_UNAUTHORIZED,
                          GVM_SYS_VALUES(text_value(name), gvm_sys_address(gvm_sys_sender(c))));
}
static bool read_own(gvm_sys *c, gvm_name_path *path, gvm_name_info *info, size_t index) {
    return read_existing(c, path, info, index) &&
           (!gvm_cells_ok(&c->cells) || may_change(c, info, path->name));
}

static bool charge_premium(gvm_sys *c, uint8_t tld) {
    if (tld == 1) gvm_sys_charge(c, (c->frame->msg.gas - c->frame->gas) / 2);
    return true;
}

static gvm_bytes name_text(gvm_sys *c, const gvm_name_info *info) {
    return gvm_names_text(&c->cells, c->arena, info);
}

/* ---- commitments */

static gvm_u256 commitment_cell(const gvm_hash *commitment) {
    return gvm_cell_map_word(gvm_cell(GVM_NAMES_SLOT_COMMITMENTS), commitment);
}

static void commitment_times(gvm_sys *c, uint64_t *from, uint64_t *until, uint64_t made) {
    gvm_u256 config = gvm_cells_load(&c->cells, gvm_cell(GVM_NAMES_SLOT_CONFIG));
    uint64_t least = gvm_cell_get_u64(config, 0, 8), most = gvm_cell_get_u64(config, 8, 8);
    *from = made + (least != 0 ? least : GVM_NAMES_COMMIT_LEAST);
    *until = made + (most != 0 ? most : GVM_NAMES_COMMIT_MOST);
}

/* keccak256(abi.encode(node, owner, payer, numYears, records, secret)); `records` NULL: none. */
static bool commitment_of(gvm_sys *c, gvm_hash *out, const gvm_hash *node, const gvm_address *owner,
                          const gvm_address *payer, uint64_t years, const gvm_abi_value *records,
                          const gvm_hash *secret) {
    static const char types[] = "bytes32,address,address,uint32,(uint16,uint32,bytes)[],bytes32";
    const gvm_abi_type *type;
    gvm_abi_value tuple;
    gvm_buf encoded = {0};
    bool good = gvm_abi_parse_types(&type, c->arena, gvm_bytes_str(types), NULL) == GVM_OK &&
                gvm_abi_value_init(&tuple, c->arena, type) == GVM_OK;
    if (good) {
        tuple.items[0].word = *node;
        gvm_abi_set_address(&tuple.items[1], owner);
        gvm_abi_set_address(&tuple.items[2], payer);
        gvm_abi_set_u256(&tuple.items[3], gvm_u256_from_u64(years));
        if (records != NULL) {
            tuple.items[4].items = records->items;
            tuple.items[4].count = records->count;
        }
        tuple.items[5].word = *secret;
        good = gvm_abi_encode(&encoded, &tuple) == GVM_OK;
    }
    if (good) {
        gvm_sys_charge(c, 30 + 6 * (int64_t)(encoded.len / 32));
        gvm_keccak256(out, gvm_buf_bytes(&encoded));
    } else {
        gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
    }
    gvm_buf_free(&encoded);
    return good;
}

static bool fn_make_commitment(gvm_sys *c) {
    gvm_name_path path;
    gvm_hash commitment = {{0}}, secret = gvm_sys_arg_word(c, 5);
    gvm_address owner = gvm_sys_arg_address(c, 1), payer = gvm_sys_arg_address(c, 2);
    if (!read_path(c, &path, 0)) return false;
    (void)commitment_of(c, &commitment, &path.node[0], &owner, &payer, gvm_sys_arg_u64(c, 3),
                        &c->args.items[4], &secret);
    return gvm_sys_return(c, GVM_SYS_VALUES(gvm_sys_word(&commitment)));
}

static bool fn_commit(gvm_sys *c) {
    gvm_hash commitment = gvm_sys_arg_word(c, 0);
    gvm_u256 cell = commitment_cell(&commitment);
    uint64_t made = gvm_cell_get_u64(gvm_cells_load(&c->cells, cell), 0, 8), from, until;
    if (made != 0) {
        commitment_times(c, &from, &until, made);
        if (gvm_sys_now(c) <= until)
            return gvm_sys_revert(c, ERR_COMMITMENT_LIVE,
                                  GVM_SYS_VALUES(gvm_sys_word(&commitment), gvm_sys_u64(until)));
    }
    gvm_cells_store(&c->cells, cell, gvm_u256_from_u64(gvm_sys_now(c)));
    gvm_sys_log(c, EV_COMMITTED,
                GVM_SYS_VALUES(gvm_sys_word(&commitment), gvm_sys_address(gvm_sys_sender(c))));
    return true;
}

static bool fn_commitment_made(gvm_sys *c) {
    gvm_hash commitment = gvm_sys_arg_word(c, 0);
    uint64_t from = 0, until = 0;
    uint64_t made = gvm_cell_get_u64(gvm_cells_load(&c->cells, commitment_cell(&commitment)), 0, 8);
    if (made != 0) commitment_times(c, &from, &until, made);
    return gvm_sys_return(c,
                          GVM_SYS_VALUES(gvm_sys_u64(made), gvm_sys_u64(from), gvm_sys_u64(until)));
}

/* Uses up the commitment: it must be ripe. */
static bool use_commitment(gvm_sys *c, const gvm_hash *commitment) {
    gvm_u256 cell = commitment_cell(commitment);
    uint64_t made = gvm_cell_get_u64(gvm_cells_load(&c->cells, cell), 0, 8), from = 0, until = 0;
    if (made != 0) commitment_times(c, &from, &until, made);
    if (made == 0 || gvm_sys_now(c) > until)
        return gvm_sys_revert(c, ERR_COMMITMENT_MISSING, GVM_SYS_VALUES(gvm_sys_word(commitment)));
    if (gvm_sys_now(c) < from)
        return gvm_sys_revert(c, ERR_COMMITMENT_TOO_NEW,
                              GVM_SYS_VALUES(gvm_sys_word(commitment), gvm_sys_u64(from)));
    gvm_cells_store(&c->cells, cell, gvm_u256_from_u64(0));
    return true;
}

/* ---- records */

static bool bad_record(gvm_sys *c, uint64_t type, uint64_t index) {
    return gvm_sys_revert(c, ERR_INVALID_RECORD,
                          GVM_SYS_VALUES(gvm_sys_u64(type), gvm_sys_u64(index)));
}

/* Packs records of one type; `data(i)` for i below count. CNAME, GHOST and CONTRACT stand alone. */
static bool pack(gvm_sys *c, gvm_buf *packed, uint16_t type, uint64_t ttl,
                 const gvm_bytes *const *data, size_t count) {
    bool single = type == GVM_RTYPE_CNAME || type == GVM_RTYPE_GHOST || type == GVM_RTYPE_CONTRACT;
    if (single && count > 1) return bad_record(c, type, 1);
    if (ttl < GVM_NAMES_TTL_LEAST || ttl > GVM_NAMES_TTL_MOST)
        return gvm_sys_revert(c, ERR_INVALID_TTL, GVM_SYS_VALUES(gvm_sys_u64(ttl)));
    uint8_t head[4];
    gvm_store_be32(head, (uint32_t)ttl);
    gvm_buf_append(packed, head, 4);
    for (size_t i = 0; i < count; i++) {
        gvm_sys_charge(c, 20 + (int64_t)data[i]->len / 8);
        if (gvm_rdata_check(NULL, type, *data[i]) != GVM_OK ||
            packed->len + 2 + data[i]->len > GVM_NAMES_RECORDS_MOST)
            return bad_record(c, type, i);
        gvm_buf_put(packed, (uint8_t)(data[i]->len >> 8));
        gvm_buf_put(packed, (uint8_t)data[i]->len);
        gvm_buf_append(packed, data[i]->ptr, data[i]->len);
    }
    if (packed->failed) gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
    return true;
}

static bool store(gvm_sys *c, const gvm_name_info *info, gvm_bytes name, uint16_t type,
                  uint64_t ttl, const gvm_bytes *const *data, size_t count) {
    gvm_buf packed = {0};
    bool good = gvm_rtype_name(type) != NULL || bad_record(c, type, 0);
    if (good && count > 0) good = pack(c, &packed, type, ttl, data, count);
    if (good && gvm_cells_ok(&c->cells)) {
        gvm_names_store_records(&c->cells, info, type, gvm_buf_bytes(&packed));
        gvm_sys_log(c, EV_UPDATED,
                    GVM_SYS_VALUES(gvm_sys_word(&info->node), gvm_sys_u64(type), text_value(name)));
    }
    gvm_buf_free(&packed);
    return good;
}

/* The records of a registration: gathered by type, in the order in which types come first. */
static bool store_all(gvm_sys *c, const gvm_name_info *info, gvm_bytes name,
                      const gvm_abi_value *records) {
    const gvm_bytes *data[RECORDS_MOST];
    if (records->count > RECORDS_MOST) return bad_record(c, 0, RECORDS_MOST);
    for (size_t i = 0; i < records->count && gvm_cells_ok(&c->cells); i++) {
        uint64_t type = gvm_abi_u256(&records->items[i].items[0]).w[0], ttl = 0;
        size_t count = 0;
        bool earlier = false;
        for (size_t k = 0; k < records->count; k++) {
            const gvm_abi_value *r = records->items[k].items;
            if (gvm_abi_u256(&r[0]).w[0] != type) continue;
            earlier |= k < i;
            uint64_t own = gvm_abi_u256(&r[1]).w[0];
            ttl = own > ttl ? own : ttl;
            data[count++] = &r[2].bytes;
        }
        if (!earlier && !store(c, info, name, (uint16_t)type, ttl, data, count)) return false;
    }
    return true;
}

static bool fn_set_records(gvm_sys *c) {
    gvm_name_path path;
    gvm_name_info info;
    const gvm_abi_value *list = &c->args.items[3];
    const gvm_bytes *data[RECORDS_MOST];
    if (!read_own(c, &path, &info, 0)) return false;
    if (list->count > RECORDS_MOST) return bad_record(c, gvm_sys_arg_u64(c, 1), RECORDS_MOST);
    for (size_t i = 0; i < list->count; i++) data[i] = &list->items[i].bytes;
    if (!store(c, &info, path.name, (uint16_t)gvm_sys_arg_u64(c, 1), gvm_sys_arg_u64(c, 2), data,
               list->count))
        return false;
    gvm_names_touch(&c->cells, info.tld);
    return charge_premium(c, info.tld);
}

static bool fn_set_record(gvm_sys *c) {
    gvm_name_path path;
    gvm_name_info info;
    gvm_bytes one = gvm_sys_arg_bytes(c, 2);
    const gvm_bytes *data[1] = {&one};
    if (!read_own(c, &path, &info, 0) ||
        !store(c, &info, path.name, (uint16_t)gvm_sys_arg_u64(c, 1), GVM_NAMES_TTL, data, 1))
        return false;
    gvm_names_touch(&c->cells, info.tld);
    return charge_premium(c, info.tld);
}

static bool fn_get_records(gvm_sys *c) {
    gvm_name_path path;
    gvm_name_info info;
    uint32_t ttl;
    if (!read_existing(c, &path, &info, 0)) return false;
    gvm_bytes packed =
        gvm_names_records(&c->cells, c->arena, &ttl, &info, (uint16_t)gvm_sys_arg_u64(c, 1));
    gvm_bytes rest = packed, data;
    size_t count = 0;
    while (gvm_names_next_record(&data, &rest)) count++;
    gvm_abi_value *out = gvm_sys_result(c);
    if (out == NULL) return true;
    gvm_abi_set_u256(&out->items[0], gvm_u256_from_u64(ttl));
    if (gvm_abi_value_resize(&out->items[1], c->arena, count) != GVM_OK) {
        gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
        return true;
    }
    for (size_t i = 0; gvm_names_next_record(&data, &packed); i++)
        out->items[1].items[i].bytes = data;
    return gvm_sys_return_tuple(c, out);
}

static bool fn_record_types(gvm_sys *c) {
    gvm_name_path path;
    gvm_name_info info;
    const uint16_t *types;
    size_t all = gvm_rtype_list(&types), count = 0;
    if (!read_existing(c, &path, &info, 0)) return false;
    gvm_u256 bits = gvm_names_types(&c->cells, &info);
    for (size_t i = 0; i < all; i++) count += bits.w[i / 64] >> i % 64 & 1;
    gvm_abi_value *out = gvm_sys_result(c);
    if (out == NULL) return true;
    if (gvm_abi_value_resize(&out->items[0], c->arena, count) != GVM_OK) {
        gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
        return true;
    }
    count = 0;
    for (size_t i = 0; i < all; i++)
        if (bits.w[i / 64] >> i % 64 & 1)
            gvm_abi_set_u256(&out->items[0].items[count++], gvm_u256_from_u64(types[i]));
    return gvm_sys_return_tuple(c, out);
}

/* ---- registration */

static bool years_good(gvm_sys *c, uint64_t years, uint64_t expires) {
    uint64_t last = gvm_sys_now(c) + (uint64_t)GVM_NAMES_YEARS_MOST * GVM_NAMES_YEAR;
    return (years >= 1 && years <= GVM_NAMES_YEARS_MOST && expires <= last) ||
           gvm_sys_revert(c, ERR_INVALID_YEARS, GVM_SYS_VALUES(gvm_sys_u64(years)));
}

static bool pay(gvm_sys *c, gvm_u256 price, gvm_u256 most) {
    gvm_u256 have = gvm_token_balance(&c->cells, GVM_TOKEN_GHOST, gvm_sys_sender(c));
    gvm_u256 offered = gvm_u256_cmp(have, most) < 0 ? have : most;
    if (gvm_u256_cmp(offered, price) < 0)
        return gvm_sys_revert(c, ERR_INSUFFICIENT_PAYMENT,
                              GVM_SYS_VALUES(gvm_sys_u256(price), gvm_sys_u256(offered)));
    return gvm_token_move(c, GVM_TOKEN_GHOST, gvm_sys_sender(c), &gvm_names_address, price,
                          GVM_TOKEN_PAYMENT);
}

/* Whether the sender may register a name of that kind; reverts where not. */
static bool may_register(gvm_sys *c, const gvm_name_path *path) {
    if (path->labels != 2)
        return bad_name(c, path->name, "is not directly below a top-level domain");
    if (gvm_name_path_forbidden(path))
        return bad_name(c, path->name, "looks like an address or an id");
    if (path->tld->who == GVM_TLD_RESERVED)
        return bad_name(c, path->name, "is below a reserved top-level domain");
    return !gvm_name_path_reserved(path) ||
           gvm_identity_has_permission(&c->cells, gvm_sys_sender(c), GVM_PERMISSION_ADMIN_ACCESS) ||
           bad_name(c, path->name, "is reserved for governance");
}

static bool register_name(gvm_sys *c, const gvm_abi_value *records, const gvm_hash *secret,
                          gvm_u256 most) {
    gvm_name_path path;
    gvm_name_info info;
    gvm_hash commitment;
    gvm_u256 premium;
    gvm_address owner = gvm_sys_arg_address(c, 1), nobody = {{0}};
    uint64_t years = gvm_sys_arg_u64(c, 2), expires = gvm_sys_now(c) + years * GVM_NAMES_YEAR;
    if (!read_name(c, &path, &info, 0) || !may_register(c, &path) || !years_good(c, years, expires))
        return false;
    if (gvm_name_resolves(&info))
        return gvm_sys_revert(c, ERR_ALREADY_EXISTS, GVM_SYS_VALUES(text_value(path.name)));
    if (gvm_address_is_zero(&owner))
        return gvm_sys_revert(c, ERR_ERC721_INVALID_RECEIVER,
                              GVM_SYS_VALUES(gvm_sys_address(&owner)));
    if (!commitment_of(c, &commitment, &path.node[0], &owner, gvm_sys_sender(c), years, records,
                       secret))
        return true;
    if (!use_commitment(c, &commitment)) return false;
    gvm_u256 price = gvm_names_price(&c->cells, &premium, &path, &info, (uint32_t)years);
    price = gvm_u256_add(price, premium);
    if (!gvm_cells_ok(&c->cells) || !pay(c, price, most)) return !gvm_cells_ok(&c->cells);
    if (info.phase == GVM_NAME_EXPIRED && !info.is_sub) {
        gvm_sys_log(c, EV_TRANSFER,
                    GVM_SYS_VALUES(gvm_sys_address(&info.owner), gvm_sys_address(&nobody),
                                   gvm_sys_word(&info.node)));
        gvm_sys_log(c, EV_EXPIRED,
                    GVM_SYS_VALUES(gvm_sys_word(&info.node), gvm_sys_address(&info.owner)));
    }
    gvm_names_register(&c->cells, &path, &info, &owner, expires);
    gvm_sys_log(c, EV_TRANSFER,
                GVM_SYS_VALUES(gvm_sys_address(&nobody), gvm_sys_address(&owner),
                               gvm_sys_word(&info.node)));
    gvm_sys_log(c, EV_CREATED,
                GVM_SYS_VALUES(gvm_sys_word(&info.node), gvm_sys_address(&owner),
                               text_value(path.name), gvm_sys_u64(expires), gvm_sys_u256(price)));
    if (records != NULL && !store_all(c, &info, path.name, records)) return false;
    return charge_premium(c, info.tld);
}

static bool fn_register(gvm_sys *c) {
    gvm_hash secret = gvm_sys_arg_word(c, 4);
    return register_name(c, &c->args.items[3], &secret, gvm_sys_arg_u256(c, 5));
}
static bool fn_register_plain(gvm_sys *c) {
    gvm_hash secret = gvm_sys_arg_word(c, 3);
    return register_name(c, NULL, &secret, gvm_u256_not(gvm_u256_from_u64(0)));
}

static bool fn_renew(gvm_sys *c) {
    gvm_name_path path;
    gvm_name_info info;
    gvm_u256 premium;
    uint64_t years = gvm_sys_arg_u64(c, 1);
    if (!read_existing(c, &path, &info, 0)) return false;
    if (!gvm_cells_ok(&c->cells)) return true;
    if (info.is_sub) return bad_name(c, path.name, "is not directly below a top-level domain");
    uint64_t expires = info.expires + years * GVM_NAMES_YEAR;
    if (!years_good(c, years, expires)) return false;
    gvm_u256 price = gvm_names_price(&c->cells, &premium, &path, &info, (uint32_t)years);
    if (!pay(c, price, gvm_u256_not(gvm_u256_from_u64(0)))) return !gvm_cells_ok(&c->cells);
    gvm_names_set_expires(&c->cells, &info, expires);
    gvm_sys_log(c, EV_RENEWED,
                GVM_SYS_VALUES(gvm_sys_word(&info.node), text_value(path.name),
                               gvm_sys_u64(expires), gvm_sys_u256(price)));
    return charge_premium(c, info.tld);
}

static bool fn_expire(gvm_sys *c) {
    gvm_name_path path;
    gvm_name_info info;
    gvm_address nobody = {{0}};
    if (!read_name(c, &path, &info, 0)) return false;
    if (info.is_sub || info.phase == GVM_NAME_FREE)
        return gvm_sys_revert(c, ERR_NOT_FOUND, GVM_SYS_VALUES(text_value(path.name)));
    if (info.phase != GVM_NAME_EXPIRED)
        return gvm_sys_revert(c, ERR_ALREADY_EXISTS, GVM_SYS_VALUES(text_value(path.name)));
    gvm_address owner = info.owner;
    gvm_names_remove(&c->cells, &info);
    gvm_sys_log(c, EV_TRANSFER,
                GVM_SYS_VALUES(gvm_sys_address(&owner), gvm_sys_address(&nobody),
                               gvm_sys_word(&info.node)));
    gvm_sys_log(c, EV_EXPIRED, GVM_SYS_VALUES(gvm_sys_word(&info.node), gvm_sys_address(&owner)));
    return charge_premium(c, info.tld);
}

static bool fn_price(gvm_sys *c) {
    gvm_name_path path;
    gvm_name_info info;
    gvm_u256 premium;
    uint64_t years = gvm_sys_arg_u64(c, 1);
    if (!read_name(c, &path, &info, 0) || !years_good(c, years, 0)) return false;
    gvm_u256 base = gvm_names_price(&c->cells, &premium, &path, &info, (uint32_t)years);
    return gvm_sys_return(c, GVM_SYS_VALUES(gvm_sys_u256(base), gvm_sys_u256(premium)));
}

static bool fn_available(gvm_sys *c) {
    gvm_name_path path;
    gvm_name_info info;
    if (!read_name(c, &path, &info, 0)) return false;
    return gvm_sys_return_bool(c, path.labels == 2 && !gvm_name_resolves(&info) &&
                                      !gvm_name_path_forbidden(&path) &&
                                      !gvm_name_path_reserved(&path));
}

/* ---- reading */

static bool fn_resolve(gvm_sys *c) {
    gvm_name_path path;
    gvm_name_info info;
    if (!read_existing(c, &path, &info, 0)) return false;
    gvm_address account = gvm_names_account(&c->cells, c->arena, &info);
    return gvm_sys_return_address(c, &account);
}

static bool fn_owner(gvm_sys *c) {
    gvm_name_path path;
    gvm_name_info info;
    return read_existing(c, &path, &info, 0) && gvm_sys_return_address(c, &info.owner);
}

static bool return_info(gvm_sys *c, const gvm_name_info *info, gvm_bytes name) {
    gvm_abi_value *out = gvm_sys_result(c);
    if (out == NULL) return true;
    gvm_abi_value *v = out->items[0].items;
    v[0].word = info->node;
    v[1].bytes = name;
    gvm_abi_set_u256(&v[2], gvm_u256_from_u64(info->phase));
    if (info->phase != GVM_NAME_FREE) {
        gvm_abi_set_address(&v[3], &info->owner);
        gvm_abi_set_address(&v[4], &info->manager);
        gvm_abi_set_u256(&v[5], gvm_u256_from_u64(info->created));
        gvm_abi_set_u256(&v[6], gvm_u256_from_u64(info->expires));
        gvm_abi_set_u256(&v[7], gvm_u256_from_u64(info->version));
    }
    return gvm_sys_return_tuple(c, out);
}

static bool fn_get_name(gvm_sys *c) {
    gvm_name_path path;
    gvm_name_info info;
    return read_name(c, &path, &info, 0) && return_info(c, &info, path.name);
}

static bool fn_get_node(gvm_sys *c) {
    gvm_name_info info;
    gvm_hash node = gvm_sys_arg_word(c, 0);
    gvm_names_look(&c->cells, &info, &node);
    return return_info(c, &info, name_text(c, &info));
}

/* A page of a list of nodes, as names. */
static bool return_page(gvm_sys *c, gvm_u256 list) {
    gvm_u256 from = gvm_sys_arg_u256(c, 1), want = gvm_sys_arg_u256(c, 2);
    uint64_t total = gvm_cells_array_length(&c->cells, list), count = 0, start = total;
    if (gvm_u256_cmp(from, gvm_u256_from_u64(total)) < 0) {
        start = from.w[0];
        count = total - start;
        if (gvm_u256_cmp(want, gvm_u256_from_u64(count)) < 0) count = want.w[0];
        if (count > PAGE_MOST) count = PAGE_MOST;
    }
    gvm_abi_value *out = gvm_sys_result(c);
    if (out == NULL) return true;
    gvm_abi_set_u256(&out->items[0], gvm_u256_from_u64(total));
    if (gvm_abi_value_resize(&out->items[1], c->arena, count) != GVM_OK) {
        gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
        return true;
    }
    for (uint64_t i = 0; i < count && gvm_cells_ok(&c->cells); i++) {
        gvm_name_info info;
        gvm_hash node = gvm_u256_to_hash(gvm_cells_array_load(&c->cells, list, start + i));
        gvm_names_look(&c->cells, &info, &node);
        out->items[1].items[i].bytes = name_text(c, &info);
    }
    return gvm_sys_return_tuple(c, out);
}

static bool fn_names_of(gvm_sys *c) {
    gvm_address owner = gvm_sys_arg_address(c, 0);
    return return_page(c, gvm_cell_map_address(gvm_cell(GVM_NAMES_SLOT_OWNED), &owner));
}

static bool read_tld(gvm_sys *c, const gvm_tld **out) {
    gvm_bytes label = gvm_sys_arg_bytes(c, 0);
    *out = gvm_tld_by_label(label);
    return *out != NULL || bad_name(c, label, "is not a top-level domain of this chain");
}

static bool fn_names_under(gvm_sys *c) {
    const gvm_tld *tld;
    return read_tld(c, &tld) && return_page(c, gvm_cell_map(gvm_cell(GVM_NAMES_SLOT_LISTED),
                                                            gvm_u256_from_u64(tld->number)));
}

static bool fn_subnames(gvm_sys *c) {
    gvm_name_path path;
    gvm_name_info info;
    return read_existing(c, &path, &info, 0) &&
           return_page(
               c, gvm_cell_map(gvm_cell_map_word(gvm_cell(GVM_NAMES_SLOT_CHILDREN), &info.node),
                               gvm_u256_from_u64(info.version)));
}

static bool fn_primary_name(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    return gvm_sys_return_bytes(c, gvm_names_primary(&c->cells, c->arena, &account));
}

static bool fn_get_tld(gvm_sys *c) {
    const gvm_tld *tld;
    if (!read_tld(c, &tld)) return false;
    return gvm_sys_return(c, GVM_SYS_VALUES(gvm_sys_u64(tld->number), gvm_sys_u64(tld->who),
                                            gvm_sys_u64(gvm_names_serial(&c->cells, tld->number)),
                                            gvm_sys_u256(gvm_names_year(&c->cells, tld))));
}

/* ---- changing */

static bool fn_set_manager(gvm_sys *c) {
    gvm_name_path path;
    gvm_name_info info;
    gvm_address manager = gvm_sys_arg_address(c, 1);
    if (!read_existing(c, &path, &info, 0)) return false;
    info.manager = info.owner; /* a manager cannot name another */
    if (gvm_cells_ok(&c->cells) && !may_change(c, &info, path.name)) return false;
    gvm_names_set_manager(&c->cells, &info, &manager);
    gvm_names_touch(&c->cells, info.tld);
    gvm_sys_log(c, EV_UPDATED,
                GVM_SYS_VALUES(gvm_sys_word(&info.node), gvm_sys_u64(0), text_value(path.name)));
    return charge_premium(c, info.tld);
}

static bool fn_set_subname(gvm_sys *c) {
    gvm_name_path path;
    gvm_name_info parent, now;
    gvm_address owner = gvm_sys_arg_address(c, 1);
    if (!read_path(c, &path, 0)) return false;
    if (path.labels < 3) return bad_name(c, path.name, "is not below another name");
    gvm_bytes above = gvm_bytes_make(path.label[1].ptr, path.name.len - path.label[0].len - 1);
    gvm_names_look(&c->cells, &parent, &path.node[1]);
    if (!gvm_cells_ok(&c->cells)) return true;
    if (!gvm_name_resolves(&parent))
        return gvm_sys_revert(c, ERR_NOT_FOUND, GVM_SYS_VALUES(text_value(above)));
    if (!may_change(c, &parent, above)) return false;
    gvm_names_look(&c->cells, &now, &path.node[0]);
    bool there = now.phase != GVM_NAME_FREE;
    if (!there && gvm_address_is_zero(&owner))
        return gvm_sys_revert(c, ERR_NOT_FOUND, GVM_SYS_VALUES(text_value(path.name)));
    gvm_names_set_sub(&c->cells, &parent, &path.node[0], path.label[0], &owner);
    if (gvm_address_is_zero(&owner))
        gvm_sys_log(c, EV_EXPIRED,
                    GVM_SYS_VALUES(gvm_sys_word(&path.node[0]), gvm_sys_address(&now.owner)));
    else if (there)
        gvm_sys_log(c, EV_TRANSFERRED,
                    GVM_SYS_VALUES(gvm_sys_word(&path.node[0]), gvm_sys_address(&now.owner),
                                   gvm_sys_address(&owner)));
    else
        gvm_sys_log(c, EV_CREATED,
                    GVM_SYS_VALUES(gvm_sys_word(&path.node[0]), gvm_sys_address(&owner),
                                   text_value(path.name), gvm_sys_u64(0), gvm_sys_u64(0)));
    return charge_premium(c, parent.tld);
}

static bool fn_set_primary(gvm_sys *c) {
    gvm_name_path path;
    gvm_name_info info;
    gvm_bytes name = gvm_sys_arg_bytes(c, 0);
    gvm_hash none = {{0}};
    if (name.len > 0) {
        if (!read_existing(c, &path, &info, 0)) return false;
        gvm_address account = gvm_names_account(&c->cells, c->arena, &info);
        if (gvm_cells_ok(&c->cells) && !gvm_address_equal(&account, gvm_sys_sender(c)))
            return gvm_sys_revert(
                c, ERR_UNAUTHORIZED,
                GVM_SYS_VALUES(text_value(name), gvm_sys_address(gvm_sys_sender(c))));
    }
    gvm_names_set_primary(&c->cells, gvm_sys_sender(c), name.len > 0 ? &info.node : &none);
    gvm_sys_log(c, EV_PRIMARY_CHANGED,
                GVM_SYS_VALUES(gvm_sys_address(gvm_sys_sender(c)), text_value(name)));
    return name.len == 0 || charge_premium(c, info.tld);
}

/* ---- tokens */

static gvm_u256 approval_cell(const gvm_hash *node) {
    return gvm_cell_map_word(gvm_cell(GVM_NAMES_SLOT_APPROVALS), node);
}
static gvm_u256 operator_cell(const gvm_address *owner, const gvm_address *operator) {
    return gvm_cell_map_address(
        gvm_cell_map_address(gvm_cell(GVM_NAMES_SLOT_OPERATORS), owner), operator);
}

static bool read_token(gvm_sys *c, gvm_name_info *info, size_t index) {
    gvm_hash node = gvm_sys_arg_word(c, index);
    gvm_names_look(&c->cells, info, &node);
    return (!info->is_sub && gvm_name_resolves(info)) || !gvm_cells_ok(&c->cells) ||
           gvm_sys_revert(c, ERR_NONEXISTENT_TOKEN, GVM_SYS_VALUES(gvm_sys_word(&node)));
}

static bool transfer(gvm_sys *c, gvm_name_info *info, const gvm_address *from,
                     const gvm_address *to) {
    const gvm_address *sender = gvm_sys_sender(c);
    gvm_sys_value id = gvm_sys_word(&info->node);
    if (!gvm_cells_ok(&c->cells)) return true;
    if (!gvm_address_equal(from, &info->owner))
        return gvm_sys_revert(
            c, ERR_INCORRECT_OWNER,
            GVM_SYS_VALUES(gvm_sys_address(from), id, gvm_sys_address(&info->owner)));
    if (gvm_address_is_zero(to))
        return gvm_sys_revert(c, ERR_ERC721_INVALID_RECEIVER, GVM_SYS_VALUES(gvm_sys_address(to)));
    if (!gvm_address_equal(sender, from)) {
        gvm_address approved = gvm_cells_load_address(&c->cells, approval_cell(&info->node));
        if (!gvm_address_equal(sender, &approved) &&
            gvm_u256_is_zero(gvm_cells_load(&c->cells, operator_cell(from, sender))))
            return gvm_sys_revert(c, ERR_INSUFFICIENT_APPROVAL,
                                  GVM_SYS_VALUES(gvm_sys_address(sender), id));
    }
    if (info->phase != GVM_NAME_ACTIVE)
        return gvm_sys_revert(
            c, ERR_DOMAIN_EXPIRED,
            GVM_SYS_VALUES(text_value(name_text(c, info)), gvm_sys_u64(info->expires)));
    if (!gvm_identity_has_permission(&c->cells, from, GVM_PERMISSION_TRANSFER_DOMAIN))
        return gvm_sys_revert(
            c, GVM_E_MISSING_PERMISSION,
            GVM_SYS_VALUES(gvm_sys_address(from), gvm_sys_u64(GVM_PERMISSION_TRANSFER_DOMAIN)));
    gvm_names_give(&c->cells, info, to);
    gvm_sys_log(c, EV_TRANSFER, GVM_SYS_VALUES(gvm_sys_address(from), gvm_sys_address(to), id));
    gvm_sys_log(c, EV_TRANSFERRED, GVM_SYS_VALUES(id, gvm_sys_address(from), gvm_sys_address(to)));
    return charge_premium(c, info->tld);
}

static bool fn_transfer_name(gvm_sys *c) {
    gvm_name_path path;
    gvm_name_info info;
    gvm_address to = gvm_sys_arg_address(c, 1);
    if (!read_existing(c, &path, &info, 0)) return false;
    if (info.is_sub) return bad_name(c, path.name, "is not directly below a top-level domain");
    gvm_address from = info.owner;
    return transfer(c, &info, &from, &to);
}

static bool fn_transfer_from(gvm_sys *c) {
    gvm_name_info info;
    gvm_address from = gvm_sys_arg_address(c, 0), to = gvm_sys_arg_address(c, 1);
    return read_token(c, &info, 2) && transfer(c, &info, &from, &to);
}

/* Asks a receiver that is a contract (EIP-721: onERC721Received). */
static bool safe_transfer(gvm_sys *c, gvm_bytes data) {
    static const uint8_t magic[4] = {0x15, 0x0b, 0x7a, 0x02};
    gvm_address from = gvm_sys_arg_address(c, 0), to = gvm_sys_arg_address(c, 1);
    gvm_hash id = gvm_sys_arg_word(c, 2);
    if (c->stage == 0) {
        uint64_t size;
        if (!fn_transfer_from(c)) return false;
        if (!gvm_cells_ok(&c->cells)) return true;
        gvm_cells_fail(&c->cells, gvm_host_code_size(c->frame, &size, &to));
        if (!gvm_cells_ok(&c->cells) || size == 0) return true;
        gvm_bytes input = gvm_sys_encode_call(
            c, "onERC721Received(address,address,uint256,bytes)",
            GVM_SYS_VALUES(gvm_sys_address(gvm_sys_sender(c)), gvm_sys_address(&from),
                           gvm_sys_word(&id), gvm_sys_bytes(data)));
        return gvm_sys_call(c, 1, GVM_CALL, &to, gvm_u256_from_u64(0), input, UINT64_MAX);
    }
    if (c->child.outcome == GVM_OUT_REVERT && c->child.output.len > 0)
        return gvm_sys_revert_data(c, c->child.output);
    return (c->child.outcome == GVM_OUT_SUCCESS && c->child.output.len >= 32 &&
            memcmp(c->child.output.ptr, magic, 4) == 0) ||
           gvm_sys_revert(c, ERR_ERC721_INVALID_RECEIVER, GVM_SYS_VALUES(gvm_sys_address(&to)));
}
static bool fn_safe_transfer(gvm_sys *c) {
    return safe_transfer(c, gvm_bytes_make(NULL, 0));
}
static bool fn_safe_transfer_data(gvm_sys *c) {
    return safe_transfer(c, gvm_sys_arg_bytes(c, 3));
}

static bool fn_approve(gvm_sys *c) {
    gvm_name_info info;
    gvm_address to = gvm_sys_arg_address(c, 0);
    const gvm_address *sender = gvm_sys_sender(c);
    if (!read_token(c, &info, 1)) return false;
    if (!gvm_address_equal(sender, &info.owner) &&
        gvm_u256_is_zero(gvm_cells_load(&c->cells, operator_cell(&info.owner, sender))))
        return gvm_sys_revert(c, ERR_INSUFFICIENT_APPROVAL,
                              GVM_SYS_VALUES(gvm_sys_address(sender), gvm_sys_word(&info.node)));
    gvm_cells_store_address(&c->cells, approval_cell(&info.node), &to);
    gvm_sys_log(c, EV_APPROVAL,
                GVM_SYS_VALUES(gvm_sys_address(&info.owner), gvm_sys_address(&to),
                               gvm_sys_word(&info.node)));
    return true;
}

static bool fn_get_approved(gvm_sys *c) {
    gvm_name_info info;
    if (!read_token(c, &info, 0)) return false;
    gvm_address to = gvm_cells_load_address(&c->cells, approval_cell(&info.node));
    return gvm_sys_return_address(c, &to);
}

static bool fn_set_approval_for_all(gvm_sys *c) {
    gvm_address operator= gvm_sys_arg_address(c, 0);
    if (gvm_address_is_zero(&operator))
        return gvm_sys_revert(c, ERR_INVALID_OPERATOR, GVM_SYS_VALUES(gvm_sys_address(&operator)));
    gvm_cells_store(&c->cells, operator_cell(gvm_sys_sender(c), &operator), gvm_sys_arg_u256(c, 1));
    gvm_sys_log(c, EV_APPROVAL_FOR_ALL,
                GVM_SYS_VALUES(gvm_sys_address(gvm_sys_sender(c)), gvm_sys_address(&operator),
                               gvm_sys_u256(gvm_sys_arg_u256(c, 1))));
    return true;
}

static bool fn_is_approved_for_all(gvm_sys *c) {
    gvm_address owner = gvm_sys_arg_address(c, 0), operator= gvm_sys_arg_address(c, 1);
    return gvm_sys_return_u256(c, gvm_cells_load(&c->cells, operator_cell(&owner, &operator)));
}

static bool fn_balance_of(gvm_sys *c) {
    gvm_address owner = gvm_sys_arg_address(c, 0);
    if (gvm_address_is_zero(&owner))
        return gvm_sys_revert(c, ERR_INVALID_OWNER, GVM_SYS_VALUES(gvm_sys_address(&owner)));
    gvm_u256 list = gvm_cell_map_address(gvm_cell(GVM_NAMES_SLOT_OWNED), &owner);
    return gvm_sys_return(c, GVM_SYS_VALUES(gvm_sys_u64(gvm_cells_array_length(&c->cells, list))));
}

static bool fn_owner_of(gvm_sys *c) {
    gvm_name_info info;
    return read_token(c, &info, 0) && gvm_sys_return_address(c, &info.owner);
}

static bool fn_token_of_owner(gvm_sys *c) {
    gvm_address owner = gvm_sys_arg_address(c, 0);
    gvm_u256 list = gvm_cell_map_address(gvm_cell(GVM_NAMES_SLOT_OWNED), &owner);
    gvm_u256 index = gvm_sys_arg_u256(c, 1);
    uint64_t total = gvm_cells_array_length(&c->cells, list);
    if (gvm_u256_cmp(index, gvm_u256_from_u64(total)) >= 0)
        return gvm_sys_revert(c, ERR_OUT_OF_BOUNDS,
                              GVM_SYS_VALUES(gvm_sys_address(&owner), gvm_sys_u256(index)));
    return gvm_sys_return_u256(c, gvm_cells_array_load(&c->cells, list, index.w[0]));
}

static bool fn_erc_name(gvm_sys *c) {
    return gvm_sys_return_bytes(c, gvm_bytes_str("Ghost Names"));
}
static bool fn_erc_symbol(gvm_sys *c) {
    return gvm_sys_return_bytes(c, gvm_bytes_str("NAME"));
}

static bool fn_token_uri(gvm_sys *c) {
    gvm_name_info info;
    gvm_buf uri = {0};
    if (!read_token(c, &info, 0)) return false;
    gvm_bytes name = name_text(c, &info);
    /* a name has no character that JSON or a URI would have to escape, but beyond ASCII */
    gvm_buf_str(&uri, "data:application/json;charset=utf-8,%7B%22name%22:%22");
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] < 0x80)
            gvm_buf_put(&uri, name.ptr[i]);
        else
            gvm_buf_printf(&uri, "%%%02X", name.ptr[i]);
    }
    gvm_buf_str(&uri, "%22%7D");
    if (uri.failed)
        gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
    else
        (void)gvm_sys_return_bytes(c, gvm_buf_bytes(&uri));
    gvm_buf_free(&uri);
    return true;
}

static bool fn_supports_interface(gvm_sys *c) {
    gvm_hash id = gvm_sys_arg_word(c, 0);
    uint32_t n = gvm_load_be32(id.b);
    /* ERC-165, ERC-721, ERC-721's metadata */
    return gvm_sys_return_bool(c, n == 0x01ffc9a7 || n == 0x80ac58cd || n == 0x5b5e139f);
}

/* ---- governance */

static bool fn_set_tld_price(gvm_sys *c) {
    const gvm_tld *tld;
    gvm_u256 price = gvm_sys_arg_u256(c, 1), unit = gvm_u256_from_u64(1000000000000000ull);
    if (!read_tld(c, &tld)) return false;
    gvm_u256 least = gvm_u256_mul(gvm_u256_from_u64(tld->price), unit);
    gvm_u256 most = gvm_u256_mul(least, gvm_u256_from_u64(100));
    if (gvm_u256_cmp(price, least) < 0 || gvm_u256_cmp(price, most) > 0)
        return gvm_sys_revert(c, ERR_PRICE_OUT_OF_BOUNDS,
                              GVM_SYS_VALUES(gvm_sys_u256(least), gvm_sys_u256(most)));
    gvm_names_set_year(&c->cells, tld->number, price);
    gvm_sys_log(c, EV_PRICE_CHANGED, GVM_SYS_VALUES(gvm_sys_u64(tld->number), gvm_sys_u256(price)));
    return true;
}

static bool fn_withdraw(gvm_sys *c) {
    gvm_address to = gvm_sys_arg_address(c, 0);
    gvm_u256 amount = gvm_sys_arg_u256(c, 1);
    if (!gvm_token_move(c, GVM_TOKEN_GHOST, &gvm_names_address, &to, amount, GVM_TOKEN_PAYMENT))
        return false;
    gvm_sys_log(c, EV_WITHDRAWN, GVM_SYS_VALUES(gvm_sys_address(&to), gvm_sys_u256(amount)));
    return true;
}

#include "system/define.inc"

const gvm_sys_contract gvm_sys_names = {
    GVM_SYS_TABLE,
    .name = "Names",
    .about = "Names (ZNS): registration, records, sub-names, and names as ERC-721 tokens. The "
             "account's GHOST is the treasury.",
};
