/* What is in the cells of the identities contract, but for permissions. */
#include "system/identities.h"

#include "crypto/address.h"
#include "crypto/blake3.h"
#include "system/names.h"

#define IDENTITY_CONTROLLER  0, 20
#define IDENTITY_CREATED     20, 6
#define IDENTITY_UPDATED     26, 6
#define IDENTITY_DEACTIVATED 0, 1
#define IDENTITY_REVOKED     1, 1
#define METHOD_SLOTS         2
#define SERVICE_SLOTS        3

static gvm_cells identities_at(const gvm_cells *cells) {
    return gvm_cells_at(cells, &gvm_identities_address);
}

/* ---- keys */

static gvm_u256 key_cell(const gvm_address *account) {
    return gvm_cell_map_address(gvm_cell(GVM_IDENTITIES_SLOT_KEYS), account);
}

bool gvm_identity_key(gvm_cells *cells, gvm_hash *commitment, const gvm_address *account) {
    gvm_cells own = identities_at(cells);
    *commitment = gvm_u256_to_hash(gvm_cells_load(&own, key_cell(account)));
    gvm_cells_join(cells, &own);
    return !gvm_hash_is_zero(commitment);
}

void gvm_identity_set_key(gvm_cells *cells, const gvm_address *account, const gvm_hash *commitment,
                          bool keeps_own) {
    gvm_cells own = identities_at(cells);
    gvm_cells_store(&own, key_cell(account), gvm_u256_from_hash(commitment));
    gvm_u256 slot = gvm_cell_map_address(gvm_cell(GVM_IDENTITIES_SLOT_PERMISSIONS), account);
    gvm_u256 word = gvm_cells_load(&own, slot), changed = word;
    uint64_t bit = (uint64_t)1 << (GVM_PERMISSION_WORD_KEY_REPLACED & 63);
    if (keeps_own)
        changed.w[GVM_PERMISSION_WORD_KEY_REPLACED >> 6] &= ~bit;
    else
        changed.w[GVM_PERMISSION_WORD_KEY_REPLACED >> 6] |= bit;
    if (!gvm_u256_eq(word, changed)) gvm_cells_store(&own, slot, changed);
    gvm_cells_join(cells, &own);
}

void gvm_identity_proof_hash(gvm_hash *out, uint64_t chain_id, const gvm_address *account,
                             const gvm_hash *commitment) {
    uint8_t text[12 + 8 + 20 + 32];
    memcpy(text, "ghost-key-v1", 12);
    gvm_store_be64(text + 12, chain_id);
    memcpy(text + 20, account->b, 20);
    memcpy(text + 40, commitment->b, 32);
    gvm_blake3(out, gvm_bytes_make(text, sizeof text));
}

/* ---- identities */

/* mapping[id] for bytes16 keys: left-aligned words. */
static gvm_u256 id_cell(uint64_t slot, const gvm_permanent_id *id) {
    gvm_hash word = {{0}};
    memcpy(word.b, id->b, sizeof id->b);
    return gvm_cell_map_word(gvm_cell(slot), &word);
}

void gvm_permanent_id_of_key(gvm_permanent_id *out, gvm_bytes key) {
    gvm_hash hash;
    gvm_blake3(&hash, key);
    memcpy(out->b, hash.b, sizeof out->b);
}

bool gvm_identity_look(gvm_cells *cells, gvm_identity *out, const gvm_permanent_id *id) {
    gvm_cells own = identities_at(cells);
    gvm_u256 cell = id_cell(GVM_IDENTITIES_SLOT_IDENTITIES, id);
    gvm_u256 first = gvm_cells_load(&own, cell), second = gvm_u256_from_u64(0);
    *out = (gvm_identity){.id = *id};
    bool there = !gvm_u256_is_zero(gvm_cell_get(first, IDENTITY_CONTROLLER));
    if (there) {
        second = gvm_cells_load(&own, gvm_cell_plus(cell, 1));
        out->controller = gvm_u256_to_address(gvm_cell_get(first, IDENTITY_CONTROLLER));
        out->created = gvm_cell_get_u64(first, IDENTITY_CREATED);
        out->updated = gvm_cell_get_u64(first, IDENTITY_UPDATED);
        out->deactivated = gvm_cell_get_u64(second, IDENTITY_DEACTIVATED) != 0;
        out->revoked = gvm_cell_get_u64(second, IDENTITY_REVOKED) != 0;
    }
    gvm_cells_join(cells, &own);
    return there;
}

void gvm_identity_store(gvm_cells *cells, const gvm_identity *v) {
    gvm_cells own = identities_at(cells);
    gvm_u256 cell = id_cell(GVM_IDENTITIES_SLOT_IDENTITIES, &v->id);
    gvm_u256 word = gvm_u256_from_address(&v->controller);
    word = gvm_cell_put(word, IDENTITY_CREATED, gvm_u256_from_u64(v->created));
    word = gvm_cell_put(word, IDENTITY_UPDATED, gvm_u256_from_u64(v->updated));
    gvm_cells_store(&own, cell, word);
    gvm_u256 flags = gvm_u256_from_u64((uint64_t)v->deactivated | (uint64_t)v->revoked << 8);
    if (!gvm_u256_eq(gvm_cells_load(&own, gvm_cell_plus(cell, 1)), flags))
        gvm_cells_store(&own, gvm_cell_plus(cell, 1), flags);
    gvm_cells_join(cells, &own);
}

bool gvm_identity_of_account(gvm_cells *cells, gvm_permanent_id *out, const gvm_address *account) {
    gvm_cells own = identities_at(cells);
    gvm_hash word = gvm_u256_to_hash(
        gvm_cells_load(&own, gvm_cell_map_address(gvm_cell(GVM_IDENTITIES_SLOT_IDS), account)));
    gvm_cells_join(cells, &own);
    memcpy(out->b, word.b, sizeof out->b);
    return !gvm_hash_is_zero(&word);
}

void gvm_identity_bind(gvm_cells *cells, const gvm_address *account, const gvm_permanent_id *id) {
    gvm_cells own = identities_at(cells);
    gvm_hash word = {{0}};
    memcpy(word.b, id->b, sizeof id->b);
    gvm_cells_store(&own, gvm_cell_map_address(gvm_cell(GVM_IDENTITIES_SLOT_IDS), account),
                    gvm_u256_from_hash(&word));
    gvm_cells_join(cells, &own);
}

static bool hex_id(gvm_permanent_id *out, gvm_bytes text) {
    if (text.len != 32) return false;
    for (size_t i = 0; i < 32; i++) {
        uint8_t c = text.ptr[i];
        unsigned d = c >= '0' && c <= '9' ? c - 48u : c >= 'a' && c <= 'f' ? c - 87u : 99;
        if (d > 15) return false;
        out->b[i / 2] = (uint8_t)(i % 2 == 0 ? d << 4 : out->b[i / 2] | d);
    }
    return true;
}

static bool resolve_name(gvm_cells *cells, gvm_arena *arena, gvm_address *account, gvm_bytes name) {
    gvm_name_path path;
    gvm_name_info info;
    const char *why;
    uint8_t text[GVM_NAME_MOST + 8];
    if (name.len == 0 || name.len > GVM_NAME_MOST) return false;
    if (memchr(name.ptr, '.', name.len) == NULL) {
        memcpy(text, name.ptr, name.len);
        memcpy(text + name.len, ".ghost", 6);
        name = gvm_bytes_make(text, name.len + 6);
    }
    (void)arena;
    if (!gvm_name_path_read(&path, &why, name)) return false;
    gvm_cells names = gvm_cells_at(cells, &gvm_names_address);
    gvm_names_look(&names, &info, &path.node[0]);
    gvm_cells_join(cells, &names);
    *account = info.owner;
    return gvm_name_resolves(&info);
}

bool gvm_identity_resolve(gvm_cells *cells, gvm_arena *arena, gvm_address *account,
                          gvm_permanent_id *id, gvm_bytes did) {
    static const char prefix[] = "did:ghost:";
    gvm_identity identity;
    *id = (gvm_permanent_id){{0}};
    if (did.len > 10 && memcmp(did.ptr, prefix, 10) == 0)
        did = gvm_bytes_make(did.ptr + 10, did.len - 10);
    if (did.len == 42 && gvm_address_parse(account, did) == GVM_OK) {
        (void)gvm_identity_of_account(cells, id, account);
        return true;
    }
    if (hex_id(id, did)) {
        bool there = gvm_identity_look(cells, &identity, id);
        *account = identity.controller;
        return there;
    }
    *id = (gvm_permanent_id){{0}};
    if (!resolve_name(cells, arena, account, did)) return false;
    (void)gvm_identity_of_account(cells, id, account);
    return true;
}

/* ---- lists of what documents say: a length, and items of some slots each */

static uint64_t list_length(gvm_cells *cells, uint64_t slot, const gvm_permanent_id *id) {
    gvm_cells own = identities_at(cells);
    uint64_t n = gvm_cells_array_length(&own, id_cell(slot, id));
    gvm_cells_join(cells, &own);
    return n;
}
static gvm_u256 list_item(uint64_t slot, const gvm_permanent_id *id, uint64_t index,
                          uint64_t size) {
    return gvm_cell_plus(gvm_cell_array(id_cell(slot, id)), index * size);
}
/* Makes the list as long as `length`, if it is shorter by one, or sets it shorter. */
static void set_length(gvm_cells *own, uint64_t slot, const gvm_permanent_id *id, uint64_t length) {
    gvm_cells_store(own, id_cell(slot, id), gvm_u256_from_u64(length));
}

uint64_t gvm_identity_methods(gvm_cells *cells, const gvm_permanent_id *id) {
    return list_length(cells, GVM_IDENTITIES_SLOT_METHODS, id);
}
uint64_t gvm_identity_services(gvm_cells *cells, const gvm_permanent_id *id) {
    return list_length(cells, GVM_IDENTITIES_SLOT_SERVICES, id);
}
uint64_t gvm_identity_aliases(gvm_cells *cells, const gvm_permanent_id *id) {
    return list_length(cells, GVM_IDENTITIES_SLOT_ALIASES, id);
}

void gvm_identity_method(gvm_cells *cells, gvm_arena *arena, gvm_id_method *out,
                         const gvm_permanent_id *id, uint64_t index) {
    gvm_cells own = identities_at(cells);
    gvm_u256 item = list_item(GVM_IDENTITIES_SLOT_METHODS, id, index, METHOD_SLOTS);
    gvm_u256 word = gvm_cells_load(&own, item);
    out->kind = (uint8_t)gvm_cell_get_u64(word, 0, 1);
    out->purposes = (uint8_t)gvm_cell_get_u64(word, 1, 1);
    out->key = gvm_cells_load_bytes(&own, arena, gvm_cell_plus(item, 1));
    gvm_cells_join(cells, &own);
}

void gvm_identity_service(gvm_cells *cells, gvm_arena *arena, gvm_id_service *out,
                          const gvm_permanent_id *id, uint64_t index) {
    gvm_cells own = identities_at(cells);
    gvm_u256 item = list_item(GVM_IDENTITIES_SLOT_SERVICES, id, index, SERVICE_SLOTS);
    out->name = gvm_cells_load_bytes(&own, arena, item);
    out->kind = gvm_cells_load_bytes(&own, arena, gvm_cell_plus(item, 1));
    out->endpoint = gvm_cells_load_bytes(&own, arena, gvm_cell_plus(item, 2));
    gvm_cells_join(cells, &own);
}

gvm_bytes gvm_identity_alias(gvm_cells *cells, gvm_arena *arena, const gvm_permanent_id *id,
                             uint64_t index) {
    gvm_cells own = identities_at(cells);
    gvm_bytes text =
        gvm_cells_load_bytes(&own, arena, list_item(GVM_IDENTITIES_SLOT_ALIASES, id, index, 1));
    gvm_cells_join(cells, &own);
    return text;
}

static void grow_to(gvm_cells *own, uint64_t slot, const gvm_permanent_id *id, uint64_t index) {
    if (gvm_cells_array_length(own, id_cell(slot, id)) == index)
        set_length(own, slot, id, index + 1);
}

void gvm_identity_put_method(gvm_cells *cells, const gvm_permanent_id *id, uint64_t index,
                             const gvm_id_method *method) {
    gvm_cells own = identities_at(cells);
    gvm_u256 item = list_item(GVM_IDENTITIES_SLOT_METHODS, id, index, METHOD_SLOTS);
    grow_to(&own, GVM_IDENTITIES_SLOT_METHODS, id, index);
    gvm_cells_store(&own, item, gvm_u256_from_u64((uint64_t)method->purposes << 8 | method->kind));
    gvm_cells_store_bytes(&own, gvm_cell_plus(item, 1), method->key);
    gvm_cells_join(cells, &own);
}

void gvm_identity_put_service(gvm_cells *cells, const gvm_permanent_id *id, uint64_t index,
                              const gvm_id_service *service) {
    gvm_cells own = identities_at(cells);
    gvm_u256 item = list_item(GVM_IDENTITIES_SLOT_SERVICES, id, index, SERVICE_SLOTS);
    grow_to(&own, GVM_IDENTITIES_SLOT_SERVICES, id, index);
    gvm_cells_store_bytes(&own, item, service->name);
    gvm_cells_store_bytes(&own, gvm_cell_plus(item, 1), service->kind);
    gvm_cells_store_bytes(&own, gvm_cell_plus(item, 2), service->endpoint);
    gvm_cells_join(cells, &own);
}

void gvm_identity_put_alias(gvm_cells *cells, const gvm_permanent_id *id, uint64_t index,
                            gvm_bytes name) {
    gvm_cells own = identities_at(cells);
    grow_to(&own, GVM_IDENTITIES_SLOT_ALIASES, id, index);
    gvm_cells_store_bytes(&own, list_item(GVM_IDENTITIES_SLOT_ALIASES, id, index, 1), name);
    gvm_cells_join(cells, &own);
}

void gvm_identity_remove_method(gvm_cells *cells, gvm_arena *arena, const gvm_permanent_id *id,
                                uint64_t index) {
    static const gvm_id_method none = {0};
    gvm_id_method moved;
    uint64_t last = gvm_identity_methods(cells, id) - 1;
    if (index != last) {
        gvm_identity_method(cells, arena, &moved, id, last);
        gvm_identity_put_method(cells, id, index, &moved);
    }
    gvm_identity_put_method(cells, id, last, &none);
    gvm_cells own = identities_at(cells);
    set_length(&own, GVM_IDENTITIES_SLOT_METHODS, id, last);
    gvm_cells_join(cells, &own);
}

void gvm_identity_remove_service(gvm_cells *cells, gvm_arena *arena, const gvm_permanent_id *id,
                                 uint64_t index) {
    static const gvm_id_service none = {0};
    gvm_id_service moved;
    uint64_t last = gvm_identity_services(cells, id) - 1;
    if (index != last) {
        gvm_identity_service(cells, arena, &moved, id, last);
        gvm_identity_put_service(cells, id, index, &moved);
    }
    gvm_identity_put_service(cells, id, last, &none);
    gvm_cells own = identities_at(cells);
    set_length(&own, GVM_IDENTITIES_SLOT_SERVICES, id, last);
    gvm_cells_join(cells, &own);
}

void gvm_identity_remove_alias(gvm_cells *cells, gvm_arena *arena, const gvm_permanent_id *id,
                               uint64_t index) {
    uint64_t last = gvm_identity_aliases(cells, id) - 1;
    if (index != last)
        gvm_identity_put_alias(cells, id, index, gvm_identity_alias(cells, arena, id, last));
    gvm_identity_put_alias(cells, id, last, gvm_bytes_make(NULL, 0));
    gvm_cells own = identities_at(cells);
    set_length(&own, GVM_IDENTITIES_SLOT_ALIASES, id, last);
    gvm_cells_join(cells, &own);
}
