/* The identities contract: who may change keys, documents and permissions.
 *
 * A key rules an account only after it signed for it, so that nobody locks an account with a key
 * that nobody has. Keys and guardians are changed by the account's own transaction alone
 * (`direct`): code that an account runs by delegation (EIP-7702) cannot. */
#include "system/identities.h"

#include "system/contract.h"

#define GVM_ROWS "system/identities.inc"
#include "system/declare.inc"

#define GUARDIANS_MOST 16
#define METHODS_MOST   32
#define SERVICES_MOST  32
#define ALIASES_MOST   32
#define TEXT_MOST      1024
#define FOREVER        UINT64_MAX
enum { KIND_BLS12_381 = 8, KIND_X25519 = 9 };

/* ---- common steps */

static gvm_sys_value text_of(const gvm_error *err) {
    return gvm_sys_bytes(gvm_bytes_str(gvm_error_text(err)));
}
static gvm_sys_value id_value(const gvm_permanent_id *id) {
    gvm_hash word = {{0}};
    memcpy(word.b, id->b, sizeof id->b);
    return gvm_sys_word(&word);
}
static gvm_permanent_id id_arg(const gvm_sys *c, size_t i) {
    gvm_hash word = gvm_sys_arg_word(c, i);
    gvm_permanent_id id;
    memcpy(id.b, word.b, sizeof id.b);
    return id;
}
static gvm_key key_arg(const gvm_sys *c, size_t i) {
    return (gvm_key){(uint8_t)gvm_sys_arg_u64(c, i), gvm_sys_arg_bytes(c, i + 1)};
}

static bool direct(gvm_sys *c) {
    return (c->frame->depth == 0 &&
            gvm_address_equal(gvm_sys_sender(c), &c->frame->vm->tx.origin)) ||
           gvm_sys_revert_plain(c, ERR_NOT_DIRECT);
}

/* The key is good, and signed for the account. */
static bool proven(gvm_sys *c, gvm_key key, const gvm_address *account, gvm_bytes proof,
                   gvm_hash *commitment) {
    gvm_error err = {0};
    gvm_auth auth = {key, proof};
    gvm_auth_digest digest = {0};
    uint64_t gas = 0;
    size_t signatures = 0;
    if (gvm_key_check(key, &err) != GVM_OK)
        return gvm_sys_revert(c, ERR_INVALID_KEY, GVM_SYS_VALUES(text_of(&err)));
    gvm_key_commitment(commitment, key);
    gvm_identity_proof_hash(&digest.hash, c->frame->vm->block.chain_id, account, commitment);
    bool good = gvm_auth_measure(&gas, &signatures, &auth, &err) == GVM_OK;
    gvm_sys_charge(c, (int64_t)gas);
    if (!gvm_cells_ok(&c->cells)) return true;
    return (good && gvm_auth_verify(&auth, &digest, &err) == GVM_OK) ||
           gvm_sys_revert(c, ERR_INVALID_PROOF, GVM_SYS_VALUES(text_of(&err)));
}

/* ---- keys of accounts */

static gvm_u256 guardians_cell(const gvm_address *account) {
    return gvm_cell_map_address(gvm_cell(GVM_IDENTITIES_SLOT_GUARDIANS), account);
}
static gvm_u256 recovery_cell(const gvm_address *account) {
    return gvm_cell_map_address(gvm_cell(GVM_IDENTITIES_SLOT_RECOVERIES), account);
}

static void end_recovery(gvm_sys *c, const gvm_address *account) {
    gvm_u256 cell = recovery_cell(account), zero = gvm_u256_from_u64(0);
    if (gvm_u256_is_zero(gvm_cells_load(&c->cells, cell))) return;
    for (uint64_t i = 0; i < 3; i++) gvm_cells_store(&c->cells, gvm_cell_plus(cell, i), zero);
}

static void clear_delegation(gvm_sys *c, const gvm_address *account) {
    gvm_state *state = c->frame->vm->state;
    gvm_entry *entry = gvm_state_entry(state, account);
    gvm_address target;
    if (gvm_cells_ok(&c->cells) && gvm_delegation_target(&target, gvm_state_code(state, entry)))
        gvm_state_set_code(state, entry, gvm_bytes_make(NULL, 0));
}

static bool fn_rotate_key(gvm_sys *c) {
    const gvm_address *account = gvm_sys_sender(c);
    gvm_key key = key_arg(c, 0);
    gvm_hash commitment;
    if (!direct(c) || !proven(c, key, account, gvm_sys_arg_bytes(c, 2), &commitment)) return false;
    if (!gvm_cells_ok(&c->cells)) return true;
    bool keeps = gvm_key_holds_account(key, account);
    gvm_identity_set_key(&c->cells, account, &commitment, keeps);
    end_recovery(c, account);
    if (!gvm_sys_arg_bool(c, 3)) clear_delegation(c, account);
    gvm_sys_log(
        c, EV_KEY_ROTATED,
        GVM_SYS_VALUES(gvm_sys_address(account), gvm_sys_word(&commitment), gvm_sys_u64(keeps)));
    return true;
}

static bool fn_key_of(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    gvm_hash commitment;
    (void)gvm_identity_key(&c->cells, &commitment, &account);
    bool replaced = gvm_identity_key_replaced(&c->cells, &account);
    return gvm_sys_return(c, GVM_SYS_VALUES(gvm_sys_word(&commitment), gvm_sys_u64(!replaced)));
}

static bool fn_proof_hash(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    gvm_hash commitment, hash;
    gvm_sys_charge(c, (int64_t)gvm_sys_arg_bytes(c, 2).len / 8);
    gvm_key_commitment(&commitment, key_arg(c, 1));
    gvm_identity_proof_hash(&hash, c->frame->vm->block.chain_id, &account, &commitment);
    return gvm_sys_return(c, GVM_SYS_VALUES(gvm_sys_word(&hash)));
}

static bool fn_set_guardians(gvm_sys *c) {
    const gvm_address *account = gvm_sys_sender(c);
    const gvm_abi_value *list = &c->args.items[0];
    uint64_t threshold = gvm_sys_arg_u64(c, 1);
    gvm_u256 cell = guardians_cell(account), members = gvm_cell_plus(cell, 1);
    if (!direct(c)) return false;
    bool good = list->count <= GUARDIANS_MOST &&
                (list->count == 0 ? threshold == 0 : threshold >= 1 && threshold <= list->count);
    for (size_t i = 0; good && i < list->count; i++) {
        gvm_address member = gvm_abi_address(&list->items[i]);
        good = !gvm_address_is_zero(&member) && !gvm_address_equal(&member, account);
        for (size_t k = 0; good && k < i; k++)
            good = !gvm_hash_equal(&list->items[i].word, &list->items[k].word);
    }
    if (!good) return gvm_sys_revert_plain(c, ERR_INVALID_GUARDIANS);
    uint64_t before = gvm_cells_array_length(&c->cells, members);
    gvm_u256 first = gvm_cell_array(members);
    for (uint64_t i = 0; i < list->count || i < before; i++)
        gvm_cells_store(&c->cells, gvm_cell_plus(first, i),
                        i < list->count ? gvm_abi_u256(&list->items[i]) : gvm_u256_from_u64(0));
    gvm_cells_store(&c->cells, members, gvm_u256_from_u64(list->count));
    gvm_cells_store(&c->cells, cell, gvm_u256_from_u64(threshold));
    end_recovery(c, account);
    gvm_sys_log(
        c, EV_GUARDIANS_SET,
        GVM_SYS_VALUES(gvm_sys_address(account), gvm_sys_u64(list->count), gvm_sys_u64(threshold)));
    return true;
}

static bool fn_guardians_of(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    gvm_u256 cell = guardians_cell(&account), members = gvm_cell_plus(cell, 1);
    uint64_t count = gvm_cells_array_length(&c->cells, members);
    gvm_abi_value *out = gvm_sys_result(c);
    if (out == NULL) return true;
    if (gvm_abi_value_resize(&out->items[0], c->arena, count) != GVM_OK) {
        gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
        return true;
    }
    for (uint64_t i = 0; i < count; i++)
        gvm_abi_set_u256(&out->items[0].items[i], gvm_cells_array_load(&c->cells, members, i));
    gvm_abi_set_u256(&out->items[1], gvm_cells_load(&c->cells, cell));
    return gvm_sys_return_tuple(c, out);
}

/* The sender's place among the account's guardians. */
static bool guardian_place(gvm_sys *c, uint64_t *place, const gvm_address *account) {
    gvm_u256 members = gvm_cell_plus(guardians_cell(account), 1);
    gvm_u256 sender = gvm_u256_from_address(gvm_sys_sender(c));
    uint64_t count = gvm_cells_array_length(&c->cells, members);
    for (*place = 0; *place < count && gvm_cells_ok(&c->cells); ++*place)
        if (gvm_u256_eq(gvm_cells_array_load(&c->cells, members, *place), sender)) return true;
    return gvm_sys_revert(c, ERR_NOT_GUARDIAN, GVM_SYS_VALUES(gvm_sys_address(gvm_sys_sender(c))));
}

/* readyAt 0/8, keepsOwn 8/1, support 9/1 */
static bool add_support(gvm_sys *c, const gvm_address *account, uint64_t place) {
    gvm_u256 cell = recovery_cell(account), at = gvm_cell_plus(cell, 1);
    gvm_u256 bits = gvm_cells_load(&c->cells, gvm_cell_plus(cell, 2));
    if (bits.w[0] >> place & 1)
        return gvm_sys_revert(c, ERR_ALREADY_SUPPORTED,
                              GVM_SYS_VALUES(gvm_sys_address(gvm_sys_sender(c))));
    gvm_u256 word = gvm_cells_load(&c->cells, at);
    uint64_t support = gvm_cell_get_u64(word, 9, 1) + 1, ready = gvm_cell_get_u64(word, 0, 8);
    uint64_t threshold = gvm_cells_load(&c->cells, guardians_cell(account)).w[0];
    if (ready == 0 && support >= threshold) ready = gvm_sys_now(c) + GVM_RECOVERY_DELAY;
    word = gvm_cell_put(word, 9, 1, gvm_u256_from_u64(support));
    word = gvm_cell_put(word, 0, 8, gvm_u256_from_u64(ready));
    bits.w[0] |= (uint64_t)1 << place;
    gvm_cells_store(&c->cells, at, word);
    gvm_cells_store(&c->cells, gvm_cell_plus(cell, 2), bits);
    gvm_sys_log(c, EV_RECOVERY_SUPPORTED,
                GVM_SYS_VALUES(gvm_sys_address(account), gvm_sys_address(gvm_sys_sender(c)),
                               gvm_sys_u64(ready)));
    return true;
}

static bool fn_start_recovery(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    gvm_key key = key_arg(c, 1);
    gvm_u256 cell = recovery_cell(&account);
    gvm_hash commitment;
    uint64_t place;
    if (!guardian_place(c, &place, &account)) return false;
    if (!gvm_u256_is_zero(gvm_cells_load(&c->cells, cell)))
        return gvm_sys_revert(c, ERR_RECOVERY_PENDING, GVM_SYS_VALUES(gvm_sys_address(&account)));
    if (!proven(c, key, &account, gvm_sys_arg_bytes(c, 3), &commitment)) return false;
    if (!gvm_cells_ok(&c->cells)) return true;
    gvm_u256 word = gvm_cell_put(gvm_u256_from_u64(0), 8, 1,
                                 gvm_u256_from_u64(gvm_key_holds_account(key, &account)));
    gvm_cells_store(&c->cells, cell, gvm_u256_from_hash(&commitment));
    gvm_cells_store(&c->cells, gvm_cell_plus(cell, 1), word);
    gvm_sys_log(c, EV_RECOVERY_STARTED,
                GVM_SYS_VALUES(gvm_sys_address(&account), gvm_sys_address(gvm_sys_sender(c)),
                               gvm_sys_word(&commitment)));
    return add_support(c, &account, place);
}

static bool pending(gvm_sys *c, const gvm_address *account) {
    return !gvm_u256_is_zero(gvm_cells_load(&c->cells, recovery_cell(account))) ||
           !gvm_cells_ok(&c->cells) ||
           gvm_sys_revert(c, ERR_NO_RECOVERY, GVM_SYS_VALUES(gvm_sys_address(account)));
}

static bool fn_support_recovery(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    uint64_t place;
    return guardian_place(c, &place, &account) && pending(c, &account) &&
           add_support(c, &account, place);
}

static bool fn_cancel_recovery(gvm_sys *c) {
    const gvm_address *account = gvm_sys_sender(c);
    if (!pending(c, account)) return false;
    end_recovery(c, account);
    gvm_sys_log(c, EV_RECOVERY_CANCELLED, GVM_SYS_VALUES(gvm_sys_address(account)));
    return true;
}

static bool fn_finish_recovery(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    gvm_u256 cell = recovery_cell(&account);
    if (!pending(c, &account)) return false;
    gvm_hash commitment = gvm_u256_to_hash(gvm_cells_load(&c->cells, cell));
    gvm_u256 word = gvm_cells_load(&c->cells, gvm_cell_plus(cell, 1));
    uint64_t ready = gvm_cell_get_u64(word, 0, 8);
    bool keeps = gvm_cell_get_u64(word, 8, 1) != 0;
    if (ready == 0 || gvm_sys_now(c) < ready)
        return gvm_sys_revert(c, ERR_TOO_EARLY, GVM_SYS_VALUES(gvm_sys_u64(ready)));
    gvm_identity_set_key(&c->cells, &account, &commitment, keeps);
    end_recovery(c, &account);
    clear_delegation(c, &account);
    gvm_sys_log(
        c, EV_KEY_ROTATED,
        GVM_SYS_VALUES(gvm_sys_address(&account), gvm_sys_word(&commitment), gvm_sys_u64(keeps)));
    return true;
}

static bool fn_recovery_of(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    gvm_u256 cell = recovery_cell(&account), key = gvm_cells_load(&c->cells, cell);
    gvm_u256 word = gvm_cells_load(&c->cells, gvm_cell_plus(cell, 1));
    return gvm_sys_return(c, GVM_SYS_VALUES(gvm_sys_u256(key),
                                            gvm_sys_u64(gvm_cell_get_u64(word, 9, 1)),
                                            gvm_sys_u64(gvm_cell_get_u64(word, 0, 8))));
}

/* ---- identities */

static bool read_identity(gvm_sys *c, gvm_identity *out, size_t index) {
    gvm_permanent_id id = id_arg(c, index);
    return gvm_identity_look(&c->cells, out, &id) || !gvm_cells_ok(&c->cells) ||
           gvm_sys_revert(c, ERR_IDENTITY_NOT_FOUND, GVM_SYS_VALUES(id_value(&id)));
}

static bool refuse_stranger(gvm_sys *c, const gvm_identity *identity) {
    return gvm_sys_revert(
        c, ERR_NOT_CONTROLLER,
        GVM_SYS_VALUES(id_value(&identity->id), gvm_sys_address(gvm_sys_sender(c))));
}

/* An identity that the sender controls. */
static bool read_controlled(gvm_sys *c, gvm_identity *out, size_t index) {
    if (!read_identity(c, out, index)) return false;
    if (out->deactivated || out->revoked)
        return gvm_sys_revert(c, ERR_IDENTITY_INACTIVE, GVM_SYS_VALUES(id_value(&out->id)));
    return gvm_address_equal(&out->controller, gvm_sys_sender(c)) || refuse_stranger(c, out);
}

static gvm_u256 delegate_cell(const gvm_permanent_id *id, const gvm_address *delegate) {
    gvm_hash word = {{0}};
    memcpy(word.b, id->b, sizeof id->b);
    return gvm_cell_map_address(gvm_cell_map_word(gvm_cell(GVM_IDENTITIES_SLOT_DELEGATES), &word),
                                delegate);
}

/* An identity whose document the sender may change. */
static bool read_changeable(gvm_sys *c, gvm_identity *out) {
    const gvm_address *sender = gvm_sys_sender(c);
    if (!read_identity(c, out, 0)) return false;
    if (out->deactivated || out->revoked)
        return gvm_sys_revert(c, ERR_IDENTITY_INACTIVE, GVM_SYS_VALUES(id_value(&out->id)));
    if (gvm_address_equal(&out->controller, sender)) return true;
    uint64_t until = gvm_cells_load(&c->cells, delegate_cell(&out->id, sender)).w[0];
    return (gvm_sys_now(c) < until &&
            (gvm_identity_has_permission(&c->cells, sender, GVM_PERMISSION_DELEGATE_IDENTITY) ||
             gvm_identity_has_permission(&c->cells, sender, GVM_PERMISSION_UPDATE_IDENTITY))) ||
           !gvm_cells_ok(&c->cells) || refuse_stranger(c, out);
}

static bool changed(gvm_sys *c, gvm_identity *identity) {
    identity->updated = gvm_sys_now(c);
    gvm_identity_store(&c->cells, identity);
    gvm_sys_log(c, EV_IDENTITY_UPDATED,
                GVM_SYS_VALUES(id_value(&identity->id), gvm_sys_address(gvm_sys_sender(c))));
    return true;
}

static bool fn_create(gvm_sys *c) {
    const gvm_address *sender = gvm_sys_sender(c);
    gvm_key key = key_arg(c, 0);
    gvm_identity identity = {
        .controller = *sender, .created = gvm_sys_now(c), .updated = gvm_sys_now(c)};
    gvm_identity there;
    gvm_permanent_id mine;
    gvm_hash registered, commitment;
    gvm_error err = {0};
    if (gvm_key_check_shape(key, &err) != GVM_OK)
        return gvm_sys_revert(c, ERR_INVALID_KEY, GVM_SYS_VALUES(text_of(&err)));
    bool has = gvm_identity_key(&c->cells, &registered, sender);
    if (gvm_auth_check_policy(key, sender, has ? &registered : NULL, &err) != GVM_OK &&
        !proven(c, key, sender, gvm_sys_arg_bytes(c, 2), &commitment))
        return false;
    gvm_sys_charge(c, (int64_t)key.bytes.len / 8);
    gvm_permanent_id_of_key(&identity.id, key.bytes);
    if (gvm_identity_look(&c->cells, &there, &identity.id) ||
        gvm_identity_of_account(&c->cells, &mine, sender))
        return gvm_sys_revert(c, ERR_IDENTITY_EXISTS, GVM_SYS_VALUES(id_value(&identity.id)));
    gvm_identity_store(&c->cells, &identity);
    gvm_identity_bind(&c->cells, sender, &identity.id);
    gvm_id_method method = {.kind = key.scheme, .purposes = 3, .key = key.bytes};
    gvm_identity_put_method(&c->cells, &identity.id, 0, &method);
    gvm_sys_log(c, EV_IDENTITY_CREATED,
                GVM_SYS_VALUES(id_value(&identity.id), gvm_sys_address(sender)));
    gvm_sys_value id = id_value(&identity.id);
    return gvm_sys_return(c, &id, 1);
}

static bool fn_verify(gvm_sys *c) {
    gvm_permanent_id id = id_arg(c, 0);
    gvm_identity identity;
    gvm_hash registered;
    gvm_auth auth = {key_arg(c, 2), gvm_sys_arg_bytes(c, 4)};
    gvm_auth_digest digest = {.hash = gvm_sys_arg_word(c, 1)};
    uint64_t gas = 0;
    size_t signatures;
    if (!gvm_identity_look(&c->cells, &identity, &id) || identity.deactivated || identity.revoked)
        return gvm_sys_return_bool(c, false);
    bool has = gvm_identity_key(&c->cells, &registered, &identity.controller);
    bool good = gvm_auth_measure(&gas, &signatures, &auth, NULL) == GVM_OK &&
                gvm_auth_check_policy(auth.key, &identity.controller, has ? &registered : NULL,
                                      NULL) == GVM_OK;
    gvm_sys_charge(c, (int64_t)gas);
    if (!gvm_cells_ok(&c->cells)) return true;
    return gvm_sys_return_bool(c, good && gvm_auth_verify(&auth, &digest, NULL) == GVM_OK);
}

static bool fn_resolve(gvm_sys *c) {
    gvm_bytes did = gvm_sys_arg_bytes(c, 0);
    gvm_address account;
    gvm_permanent_id id;
    gvm_sys_charge(c, 3 * (int64_t)did.len);
    if (!gvm_identity_resolve(&c->cells, c->arena, &account, &id, did))
        return !gvm_cells_ok(&c->cells) ||
               gvm_sys_revert(c, ERR_NOT_RESOLVED, GVM_SYS_VALUES(gvm_sys_bytes(did)));
    return gvm_sys_return_address(c, &account);
}

static bool fn_get_identity(gvm_sys *c) {
    gvm_identity identity;
    if (!read_identity(c, &identity, 0)) return false;
    gvm_abi_value *out = gvm_sys_result(c);
    if (out == NULL) return true;
    gvm_abi_value *v = out->items[0].items;
    memcpy(v[0].word.b, identity.id.b, sizeof identity.id.b);
    gvm_abi_set_address(&v[1], &identity.controller);
    gvm_abi_set_u256(&v[2], gvm_u256_from_u64(identity.created));
    gvm_abi_set_u256(&v[3], gvm_u256_from_u64(identity.updated));
    gvm_abi_set_u256(&v[4], gvm_u256_from_u64(identity.deactivated));
    gvm_abi_set_u256(&v[5], gvm_u256_from_u64(identity.revoked));
    return gvm_sys_return_tuple(c, out);
}

static bool fn_id_of(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    gvm_permanent_id id;
    (void)gvm_identity_of_account(&c->cells, &id, &account);
    gvm_sys_value v = id_value(&id);
    return gvm_sys_return(c, &v, 1);
}

/* A result that is one list, made as long as said; NULL: failed. */
static gvm_abi_value *list_result(gvm_sys *c, gvm_abi_value **out, uint64_t count) {
    *out = gvm_sys_result(c);
    if (*out == NULL) return NULL;
    if (gvm_abi_value_resize(&(*out)->items[0], c->arena, count) == GVM_OK)
        return (*out)->items[0].items;
    gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
    return NULL;
}

static bool fn_get_methods(gvm_sys *c) {
    gvm_permanent_id id = id_arg(c, 0);
    uint64_t count = gvm_identity_methods(&c->cells, &id);
    gvm_abi_value *out, *items = list_result(c, &out, count);
    for (uint64_t i = 0; items != NULL && i < count && gvm_cells_ok(&c->cells); i++) {
        gvm_id_method m;
        gvm_identity_method(&c->cells, c->arena, &m, &id, i);
        gvm_abi_set_u256(&items[i].items[0], gvm_u256_from_u64(m.kind));
        gvm_abi_set_u256(&items[i].items[1], gvm_u256_from_u64(m.purposes));
        items[i].items[2].bytes = m.key;
    }
    return items == NULL || gvm_sys_return_tuple(c, out);
}

static bool fn_get_services(gvm_sys *c) {
    gvm_permanent_id id = id_arg(c, 0);
    uint64_t count = gvm_identity_services(&c->cells, &id);
    gvm_abi_value *out, *items = list_result(c, &out, count);
    for (uint64_t i = 0; items != NULL && i < count && gvm_cells_ok(&c->cells); i++) {
        gvm_id_service s;
        gvm_identity_service(&c->cells, c->arena, &s, &id, i);
        items[i].items[0].bytes = s.name;
        items[i].items[1].bytes = s.kind;
        items[i].items[2].bytes = s.endpoint;
    }
    return items == NULL || gvm_sys_return_tuple(c, out);
}

static bool fn_get_aliases(gvm_sys *c) {
    gvm_permanent_id id = id_arg(c, 0);
    uint64_t count = gvm_identity_aliases(&c->cells, &id);
    gvm_abi_value *out, *items = list_result(c, &out, count);
    for (uint64_t i = 0; items != NULL && i < count && gvm_cells_ok(&c->cells); i++)
        items[i].bytes = gvm_identity_alias(&c->cells, c->arena, &id, i);
    return items == NULL || gvm_sys_return_tuple(c, out);
}

static bool bad_document(gvm_sys *c, const char *why) {
    return gvm_sys_revert(c, ERR_INVALID_DOCUMENT,
                          GVM_SYS_VALUES(gvm_sys_bytes(gvm_bytes_str(why))));
}

static bool method_good(const gvm_id_method *m) {
    if (m->purposes == 0 || m->purposes > 31) return false;
    if (m->kind == KIND_BLS12_381) return m->key.len == 48;
    if (m->kind == KIND_X25519) return m->key.len == 32 && m->purposes == 4;
    return gvm_key_check((gvm_key){m->kind, m->key}, NULL) == GVM_OK;
}

static bool fn_add_method(gvm_sys *c) {
    const gvm_abi_value *v = c->args.items[1].items;
    gvm_id_method method = {(uint8_t)gvm_abi_u256(&v[0]).w[0], (uint8_t)gvm_abi_u256(&v[1]).w[0],
                            v[2].bytes};
    gvm_identity identity;
    if (!read_changeable(c, &identity)) return false;
    gvm_sys_charge(c, 3000);
    if (!gvm_cells_ok(&c->cells)) return true;
    if (!method_good(&method))
        return bad_document(c, "the key is not one of its kind and purposes");
    uint64_t count = gvm_identity_methods(&c->cells, &identity.id);
    if (count >= METHODS_MOST) return bad_document(c, "at most 32 keys");
    gvm_identity_put_method(&c->cells, &identity.id, count, &method);
    return changed(c, &identity);
}

/* Documents are JSON: no control characters, and a bound. */
static bool text_good(gvm_bytes text, bool may_be_empty) {
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= 0x20 || text.ptr[i] == '"' || text.ptr[i] == '\\' || text.ptr[i] >= 0x7f)
            return false;
    return text.len <= TEXT_MOST && (may_be_empty || text.len > 0);
}

static bool fn_add_service(gvm_sys *c) {
    const gvm_abi_value *v = c->args.items[1].items;
    gvm_id_service service = {v[0].bytes, v[1].bytes, v[2].bytes};
    gvm_identity identity;
    if (!read_changeable(c, &identity)) return false;
    if (!text_good(service.name, false) || !text_good(service.kind, false) ||
        !text_good(service.endpoint, false))
        return bad_document(
            c, "texts have 1 to 1,024 printable ASCII characters, without spaces and quotes");
    uint64_t count = gvm_identity_services(&c->cells, &identity.id);
    if (count >= SERVICES_MOST) return bad_document(c, "at most 32 services");
    gvm_identity_put_service(&c->cells, &identity.id, count, &service);
    return changed(c, &identity);
}

static bool fn_add_alias(gvm_sys *c) {
    gvm_bytes uri = gvm_sys_arg_bytes(c, 1);
    gvm_identity identity;
    if (!read_changeable(c, &identity)) return false;
    if (!text_good(uri, false))
        return bad_document(
            c, "texts have 1 to 1,024 printable ASCII characters, without spaces and quotes");
    uint64_t count = gvm_identity_aliases(&c->cells, &identity.id);
    if (count >= ALIASES_MOST) return bad_document(c, "at most 32 aliases");
    gvm_identity_put_alias(&c->cells, &identity.id, count, uri);
    return changed(c, &identity);
}

/* Argument 1 is a place in a list of `count`. */
static bool place_good(gvm_sys *c, uint64_t *index, uint64_t count) {
    gvm_u256 v = gvm_sys_arg_u256(c, 1);
    *index = v.w[0];
    return gvm_u256_cmp(v, gvm_u256_from_u64(count)) < 0 ||
           bad_document(c, "there is no such item");
}

static bool fn_remove_method(gvm_sys *c) {
    gvm_identity identity;
    uint64_t index;
    if (!read_changeable(c, &identity) ||
        !place_good(c, &index, gvm_identity_methods(&c->cells, &identity.id)))
        return false;
    gvm_identity_remove_method(&c->cells, c->arena, &identity.id, index);
    return changed(c, &identity);
}
static bool fn_remove_service(gvm_sys *c) {
    gvm_identity identity;
    uint64_t index;
    if (!read_changeable(c, &identity) ||
        !place_good(c, &index, gvm_identity_services(&c->cells, &identity.id)))
        return false;
    gvm_identity_remove_service(&c->cells, c->arena, &identity.id, index);
    return changed(c, &identity);
}
static bool fn_remove_alias(gvm_sys *c) {
    gvm_identity identity;
    uint64_t index;
    if (!read_changeable(c, &identity) ||
        !place_good(c, &index, gvm_identity_aliases(&c->cells, &identity.id)))
        return false;
    gvm_identity_remove_alias(&c->cells, c->arena, &identity.id, index);
    return changed(c, &identity);
}

static bool fn_set_delegate(gvm_sys *c) {
    gvm_identity identity;
    gvm_address delegate = gvm_sys_arg_address(c, 1);
    if (!read_controlled(c, &identity, 0)) return false;
    gvm_cells_store(&c->cells, delegate_cell(&identity.id, &delegate), gvm_sys_arg_u256(c, 2));
    gvm_sys_log(c, EV_DELEGATE_SET,
                GVM_SYS_VALUES(id_value(&identity.id), gvm_sys_address(&delegate),
                               gvm_sys_u256(gvm_sys_arg_u256(c, 2))));
    return true;
}

static bool fn_delegate_until(gvm_sys *c) {
    gvm_permanent_id id = id_arg(c, 0);
    gvm_address delegate = gvm_sys_arg_address(c, 1);
    return gvm_sys_return_u256(c, gvm_cells_load(&c->cells, delegate_cell(&id, &delegate)));
}

static bool fn_set_controller(gvm_sys *c) {
    gvm_identity identity;
    gvm_permanent_id none = {{0}}, other;
    gvm_address to = gvm_sys_arg_address(c, 1), from;
    if (!read_controlled(c, &identity, 0)) return false;
    if (gvm_address_is_zero(&to)) return bad_document(c, "the zero address controls nothing");
    if (gvm_identity_of_account(&c->cells, &other, &to))
        return gvm_sys_revert(c, ERR_IDENTITY_EXISTS, GVM_SYS_VALUES(id_value(&other)));
    from = identity.controller;
    gvm_identity_bind(&c->cells, &from, &none);
    gvm_identity_bind(&c->cells, &to, &identity.id);
    identity.controller = to;
    gvm_sys_log(
        c, EV_CONTROLLER_CHANGED,
        GVM_SYS_VALUES(id_value(&identity.id), gvm_sys_address(&from), gvm_sys_address(&to)));
    return changed(c, &identity);
}

static bool fn_deactivate(gvm_sys *c) {
    gvm_identity identity;
    if (!read_controlled(c, &identity, 0)) return false;
    identity.deactivated = true;
    gvm_sys_log(c, EV_DEACTIVATED, GVM_SYS_VALUES(id_value(&identity.id)));
    return changed(c, &identity);
}

static bool fn_set_revoked(gvm_sys *c) {
    gvm_identity identity;
    if (!read_identity(c, &identity, 0)) return false;
    identity.revoked = gvm_sys_arg_bool(c, 1);
    gvm_sys_log(c, EV_REVOKED,
                GVM_SYS_VALUES(id_value(&identity.id), gvm_sys_u64(identity.revoked)));
    return changed(c, &identity);
}

/* ---- permissions */

static bool is_permission(uint64_t n) {
    return n < GVM_PERMISSION_BUILT_IN || (n >= GVM_PERMISSION_APPLICATION && n < 256);
}
static bool bit_of(gvm_u256 word, unsigned bit) {
    return (word.w[bit / 64] >> bit % 64 & 1) != 0;
}

/* Grants (until 0: for ever) or takes one permission of an account. */
static void set_permission(gvm_sys *c, const gvm_address *account, unsigned n, bool held,
                           uint64_t until) {
    gvm_u256 slot = gvm_cell_map_address(gvm_cell(GVM_IDENTITIES_SLOT_PERMISSIONS), account);
    gvm_u256 expiry =
        gvm_cell_map(gvm_cell_map_address(gvm_cell(GVM_IDENTITIES_SLOT_EXPIRIES), account),
                     gvm_u256_from_u64(n));
    gvm_u256 word = gvm_cells_load(&c->cells, slot);
    if (!bit_of(word, GVM_PERMISSION_WORD_SET))
        word = gvm_permissions_word(gvm_u256_or(word, gvm_permissions_new()));
    uint64_t bit = (uint64_t)1 << n % 64;
    if (held)
        word.w[n / 64] |= bit;
    else
        word.w[n / 64] &= ~bit;
    if (until != 0)
        word.w[GVM_PERMISSION_WORD_EXPIRES / 64] |= (uint64_t)1 << GVM_PERMISSION_WORD_EXPIRES % 64;
    gvm_cells_store(&c->cells, slot, word);
    if (bit_of(word, GVM_PERMISSION_WORD_EXPIRES) &&
        !gvm_u256_eq(gvm_cells_load(&c->cells, expiry), gvm_u256_from_u64(until)))
        gvm_cells_store(&c->cells, expiry, gvm_u256_from_u64(until));
    if (held)
        gvm_sys_log(c, EV_PERMISSION_GRANTED,
                    GVM_SYS_VALUES(gvm_sys_address(account), gvm_sys_u64(n), gvm_sys_u64(until)));
    else
        gvm_sys_log(c, EV_PERMISSION_REVOKED,
                    GVM_SYS_VALUES(gvm_sys_address(account), gvm_sys_u64(n)));
}

static bool permission_arg(gvm_sys *c, unsigned *out) {
    uint64_t n = gvm_sys_arg_u64(c, 1);
    *out = (unsigned)n;
    return is_permission(n) ||
           gvm_sys_revert(c, ERR_INVALID_PERMISSION, GVM_SYS_VALUES(gvm_sys_u64(n)));
}

static bool fn_has_permission(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    return gvm_sys_return_bool(
        c, gvm_identity_has_permission(&c->cells, &account, (unsigned)gvm_sys_arg_u64(c, 1)));
}

static bool fn_permissions_of(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    return gvm_sys_return_u256(c, gvm_identity_permissions(&c->cells, &account));
}

static bool fn_grant(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    unsigned n;
    if (!permission_arg(c, &n)) return false;
    set_permission(c, &account, n, true, gvm_sys_arg_u64(c, 2));
    return true;
}

static bool fn_revoke(gvm_sys *c) {
    gvm_address account = gvm_sys_arg_address(c, 0);
    unsigned n;
    if (!permission_arg(c, &n)) return false;
    set_permission(c, &account, n, false, 0);
    return true;
}

static gvm_u256 role_cell(const gvm_hash *role) {
    return gvm_cell_map_word(gvm_cell(GVM_IDENTITIES_SLOT_ROLES), role);
}
static gvm_u256 member_cell(const gvm_hash *role, const gvm_address *account) {
    return gvm_cell_map_address(gvm_cell_map_word(gvm_cell(GVM_IDENTITIES_SLOT_MEMBERS), role),
                                account);
}

/* Nobody hands out through roles what he does not hold. */
static bool may_hand_out(gvm_sys *c, gvm_u256 bits) {
    const gvm_address *sender = gvm_sys_sender(c);
    if (gvm_identity_has_permission(&c->cells, sender, GVM_PERMISSION_ADMIN_ACCESS)) return true;
    gvm_u256 held = gvm_identity_permissions(&c->cells, sender);
    for (unsigned n = 0; n < 256; n++)
        if (bit_of(bits, n) && !bit_of(held, n))
            return gvm_sys_revert(c, GVM_E_MISSING_PERMISSION,
                                  GVM_SYS_VALUES(gvm_sys_address(sender), gvm_sys_u64(n)));
    return true;
}

static bool fn_set_role(gvm_sys *c) {
    gvm_hash role = gvm_sys_arg_word(c, 0);
    gvm_u256 bits = gvm_sys_arg_u256(c, 1);
    for (unsigned n = 0; n < 256; n++)
        if (bit_of(bits, n) && !is_permission(n))
            return gvm_sys_revert(c, ERR_INVALID_PERMISSION, GVM_SYS_VALUES(gvm_sys_u64(n)));
    if (!may_hand_out(c, bits)) return false;
    gvm_cells_store(&c->cells, role_cell(&role), bits);
    gvm_sys_log(c, EV_ROLE_SET, GVM_SYS_VALUES(gvm_sys_word(&role), gvm_sys_u256(bits)));
    return true;
}

static bool fn_role_permissions(gvm_sys *c) {
    gvm_hash role = gvm_sys_arg_word(c, 0);
    return gvm_sys_return_u256(c, gvm_cells_load(&c->cells, role_cell(&role)));
}

static bool change_member(gvm_sys *c, bool member, uint64_t until) {
    gvm_hash role = gvm_sys_arg_word(c, 0);
    gvm_address account = gvm_sys_arg_address(c, 1);
    gvm_u256 bits = gvm_cells_load(&c->cells, role_cell(&role));
    if (!may_hand_out(c, bits)) return false;
    gvm_cells_store(&c->cells, member_cell(&role, &account),
                    gvm_u256_from_u64(!member      ? 0
                                      : until == 0 ? FOREVER
                                                   : until));
    for (unsigned n = 0; n < 256 && gvm_cells_ok(&c->cells); n++)
        if (bit_of(bits, n)) set_permission(c, &account, n, member, until);
    if (member)
        gvm_sys_log(
            c, EV_MEMBER_ADDED,
            GVM_SYS_VALUES(gvm_sys_word(&role), gvm_sys_address(&account), gvm_sys_u64(until)));
    else
        gvm_sys_log(c, EV_MEMBER_REMOVED,
                    GVM_SYS_VALUES(gvm_sys_word(&role), gvm_sys_address(&account)));
    return true;
}
static bool fn_add_member(gvm_sys *c) {
    return change_member(c, true, gvm_sys_arg_u64(c, 2));
}
static bool fn_remove_member(gvm_sys *c) {
    return change_member(c, false, 0);
}

static bool fn_has_role(gvm_sys *c) {
    gvm_hash role = gvm_sys_arg_word(c, 0);
    gvm_address account = gvm_sys_arg_address(c, 1);
    uint64_t until = gvm_cells_load(&c->cells, member_cell(&role, &account)).w[0];
    return gvm_sys_return_bool(c, gvm_sys_now(c) < until);
}

#include "system/define.inc"

const gvm_sys_contract gvm_sys_identities = {
    GVM_SYS_TABLE,
    .name = "Identities",
    .about = "GhostID: keys that rule accounts and their recovery, identities and what their DID "
             "documents say, permissions and roles.",
};
