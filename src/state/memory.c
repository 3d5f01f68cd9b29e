/* Two maps. Accounts by address; slots by (account number, generation, key) in one map for all
 * accounts, so that a state of ten thousand accounts is three allocations and not ten thousand.
 * Wiping an account's storage raises its generation: the slots of former generations are never
 * found again and are passed over where all are walked.
 *
 * Hashed keys stay with their entries, storage roots with their accounts until a slot changes. */
#include "state/memory.h"

#include "base/arena.h"
#include "base/map.h"
#include "codec/rlp.h"
#include "crypto/keccak.h"
#include "trie/root.h"

#include <stdlib.h>

typedef struct slot_key {
    uint32_t account, generation;
    gvm_u256 key;
} slot_key;

typedef struct slot_value {
    gvm_u256 value;
    gvm_hash hashed_key;
    bool hashed;
} slot_value;

typedef struct account_value {
    gvm_account account; /* storage_root is right unless root_stale */
    gvm_hash hashed_address;
    uint32_t number, generation;
    size_t slots; /* that are not zero */
    bool exists, hashed, root_stale;
} account_value;

typedef struct code_value {
    gvm_bytes code;
} code_value;

enum { ACCOUNT_RLP = 4 + 9 + 33 + 33 + 33, SLOT_RLP = 33, KEPT_CODE = 4 << 20 };

/* A slot on its way to a root. */
typedef struct gathered {
    uint32_t account;
    const slot_value *slot;
} gathered;

struct gvm_state_memory {
    gvm_map accounts, slots, codes;
    gvm_arena code_arena;
    gathered *gathered;
    gvm_trie_item *items;
    uint8_t *values;
    size_t gathered_cap, items_cap;
};

gvm_status gvm_state_memory_new(gvm_state_memory **out) {
    gvm_state_memory *m = calloc(1, sizeof *m);
    if (m == NULL) return GVM_ERR_NOMEM;
    gvm_map_init(&m->accounts, sizeof(gvm_address), sizeof(account_value));
    gvm_map_init(&m->slots, sizeof(slot_key), sizeof(slot_value));
    gvm_map_init(&m->codes, sizeof(gvm_hash), sizeof(code_value));
    *out = m;
    return GVM_OK;
}

void gvm_state_memory_delete(gvm_state_memory *m) {
    if (m == NULL) return;
    gvm_map_free(&m->accounts);
    gvm_map_free(&m->slots);
    gvm_map_free(&m->codes);
    gvm_arena_free(&m->code_arena);
    free(m->gathered);
    free(m->items);
    free(m->values);
    free(m);
}

void gvm_state_memory_clear(gvm_state_memory *m) {
    gvm_map_clear(&m->accounts);
    gvm_map_clear(&m->slots);
    gvm_map_clear(&m->codes);
    gvm_arena_reset(&m->code_arena, KEPT_CODE);
}

/* ---- accounts and slots */

static gvm_status put_code(gvm_state_memory *m, const gvm_hash *hash, gvm_bytes code) {
    bool created;
    code_value *v = gvm_map_put(&m->codes, &created, hash);
    if (v == NULL) return GVM_ERR_NOMEM;
    return created ? gvm_arena_copy(&m->code_arena, &v->code, code) : GVM_OK;
}

static gvm_status put_account(gvm_state_memory *m, account_value **out,
                              const gvm_address *address) {
    bool created;
    account_value *a = gvm_map_put(&m->accounts, &created, address);
    if (a == NULL) return GVM_ERR_NOMEM;
    if (created) a->number = (uint32_t)gvm_map_count(&m->accounts) - 1;
    if (!a->exists) {
        a->exists = true;
        a->account =
            (gvm_account){.code_hash = GVM_EMPTY_CODE_HASH, .storage_root = GVM_EMPTY_ROOT};
    }
    *out = a;
    return GVM_OK;
}

static void wipe_storage(account_value *a) {
    a->generation++;
    a->slots = 0;
    a->root_stale = false;
    a->account.storage_root = GVM_EMPTY_ROOT;
}

static gvm_status put_slot(gvm_state_memory *m, account_value *a, gvm_u256 key, gvm_u256 value) {
    slot_key k = {a->number, a->generation, key};
    bool clears = gvm_u256_is_zero(value);
    slot_value *slot = clears ? gvm_map_get(&m->slots, &k) : gvm_map_put(&m->slots, NULL, &k);
    if (slot == NULL) return clears ? GVM_OK : GVM_ERR_NOMEM;
    if (gvm_u256_eq(slot->value, value)) return GVM_OK;
    if (gvm_u256_is_zero(slot->value)) a->slots++;
    if (clears) a->slots--;
    slot->value = value;
    a->root_stale = true;
    return GVM_OK;
}

gvm_status gvm_state_memory_set(gvm_state_memory *m, const gvm_address *address, uint64_t nonce,
                                gvm_u256 balance, gvm_bytes code) {
    account_value *a;
    GVM_TRY(put_account(m, &a, address));
    a->account.nonce = nonce;
    a->account.balance = balance;
    if (code.len == 0) {
        a->account.code_hash = GVM_EMPTY_CODE_HASH;
        return GVM_OK;
    }
    gvm_keccak256(&a->account.code_hash, code);
    return put_code(m, &a->account.code_hash, code);
}

gvm_status gvm_state_memory_set_slot(gvm_state_memory *m, const gvm_address *address, gvm_u256 key,
                                     gvm_u256 value) {
    account_value *a = gvm_map_get(&m->accounts, address);
    if (a == NULL || !a->exists) return GVM_ERR_NOT_FOUND;
    return put_slot(m, a, key, value);
}

static gvm_status apply_change(gvm_state_memory *m, const gvm_account_change *c) {
    account_value *a;
    if (c->deleted) {
        a = gvm_map_get(&m->accounts, &c->address);
        if (a == NULL) return GVM_OK;
        wipe_storage(a);
        a->exists = false;
        return GVM_OK;
    }
    GVM_TRY(put_account(m, &a, &c->address));
    if (c->storage_wiped) wipe_storage(a);
    a->account.nonce = c->account.nonce;
    a->account.balance = c->account.balance;
    a->account.code_hash = c->account.code_hash;
    if (c->code.ptr != NULL && c->code.len > 0)
        GVM_TRY(put_code(m, &c->account.code_hash, c->code));
    for (size_t i = 0; i < c->slot_count; i++)
        GVM_TRY(put_slot(m, a, c->slots[i].key, c->slots[i].value));
    return GVM_OK;
}

gvm_status gvm_state_memory_apply(gvm_state_memory *m, const gvm_state_diff *diff) {
    for (size_t i = 0; i < diff->count; i++) GVM_TRY(apply_change(m, &diff->accounts[i]));
    return GVM_OK;
}

gvm_status gvm_state_memory_copy(gvm_state_memory *to, const gvm_state_memory *from) {
    gvm_state_memory_clear(to);
    for (size_t i = 0; i < gvm_map_count(&from->codes); i++) {
        const code_value *c = gvm_map_value_at(&from->codes, i);
        GVM_TRY(put_code(to, gvm_map_key_at(&from->codes, i), c->code));
    }
    for (size_t i = 0; i < gvm_map_count(&from->accounts); i++) {
        account_value *a = gvm_map_put(&to->accounts, NULL, gvm_map_key_at(&from->accounts, i));
        if (a == NULL) return GVM_ERR_NOMEM;
        *a = *(const account_value *)gvm_map_value_at(&from->accounts, i);
    }
    for (size_t i = 0; i < gvm_map_count(&from->slots); i++) {
        slot_value *s = gvm_map_put(&to->slots, NULL, gvm_map_key_at(&from->slots, i));
        if (s == NULL) return GVM_ERR_NOMEM;
        *s = *(const slot_value *)gvm_map_value_at(&from->slots, i);
    }
    return GVM_OK;
}

/* ---- the reader */

static gvm_status read_account(void *ctx, gvm_account *out, const gvm_address *address) {
    gvm_state_memory *m = ctx;
    const account_value *a = gvm_map_get(&m->accounts, address);
    if (a == NULL || !a->exists) return GVM_ERR_NOT_FOUND;
    *out = a->account;
    /* A root that is not computed yet only has to differ from the empty one. */
    if (a->root_stale) out->storage_root = a->slots == 0 ? GVM_EMPTY_ROOT : (gvm_hash){{0}};
    return GVM_OK;
}

static gvm_status read_storage(void *ctx, gvm_u256 *out, const gvm_address *address,
                               const gvm_u256 *key) {
    gvm_state_memory *m = ctx;
    *out = gvm_u256_zero();
    const account_value *a = gvm_map_get(&m->accounts, address);
    if (a == NULL || !a->exists) return GVM_OK;
    slot_key k = {a->number, a->generation, *key};
    const slot_value *slot = gvm_map_get(&m->slots, &k);
    if (slot != NULL) *out = slot->value;
    return GVM_OK;
}

static gvm_status read_code(void *ctx, gvm_bytes *out, const gvm_hash *code_hash) {
    gvm_state_memory *m = ctx;
    const code_value *c = gvm_map_get(&m->codes, code_hash);
    if (c == NULL) return GVM_ERR_CORRUPT;
    *out = c->code;
    return GVM_OK;
}

gvm_state_reader gvm_state_memory_reader(gvm_state_memory *m) {
    return (gvm_state_reader){m, read_account, read_storage, read_code};
}

/* ---- roots */

static gvm_status reserve(gvm_state_memory *m, size_t slots, size_t items) {
    if (slots > m->gathered_cap) {
        size_t cap = slots * 2;
        gathered *g = realloc(m->gathered, cap * sizeof *g);
        if (g == NULL) return GVM_ERR_NOMEM;
        m->gathered = g;
        m->gathered_cap = cap;
    }
    if (items > m->items_cap) {
        size_t cap = items * 2;
        gvm_trie_item *i = realloc(m->items, cap * sizeof *i);
        if (i != NULL) m->items = i;
        uint8_t *v = realloc(m->values, cap * ACCOUNT_RLP);
        if (v != NULL) m->values = v;
        if (i == NULL || v == NULL) return GVM_ERR_NOMEM;
        m->items_cap = cap;
    }
    return GVM_OK;
}

static int by_account(const void *a, const void *b) {
    const gathered *x = a, *y = b;
    return (x->account > y->account) - (x->account < y->account);
}

/* The slots of accounts whose root is stale, account by account. */
static gvm_status gather_slots(gvm_state_memory *m, size_t *count) {
    size_t n = 0;
    for (size_t i = 0; i < gvm_map_count(&m->slots); i++) {
        const slot_key *k = gvm_map_key_at(&m->slots, i);
        slot_value *slot = gvm_map_value_at(&m->slots, i);
        const account_value *a = gvm_map_value_at(&m->accounts, k->account);
        if (!a->exists || !a->root_stale || k->generation != a->generation ||
            gvm_u256_is_zero(slot->value))
            continue;
        if (!slot->hashed) {
            uint8_t be[32];
            gvm_u256_to_be(be, k->key);
            gvm_keccak256(&slot->hashed_key, gvm_bytes_make(be, sizeof be));
            slot->hashed = true;
        }
        m->gathered[n++] = (gathered){k->account, slot};
    }
    if (n > 1) qsort(m->gathered, n, sizeof *m->gathered, by_account);
    *count = n;
    return GVM_OK;
}

static gvm_status storage_roots(gvm_state_memory *m) {
    size_t count;
    GVM_TRY(reserve(m, gvm_map_count(&m->slots), gvm_map_count(&m->slots)));
    GVM_TRY(gather_slots(m, &count));
    for (size_t i = 0, end; i < count; i = end) {
        uint32_t number = m->gathered[i].account;
        for (end = i; end < count && m->gathered[end].account == number; end++) {
            const slot_value *slot = m->gathered[end].slot;
            uint8_t *value = m->values + (end - i) * SLOT_RLP;
            gvm_hash word = gvm_u256_to_hash(slot->value);
            size_t len = gvm_rlp_write_word(value, &word);
            m->items[end - i] =
                (gvm_trie_item){gvm_bytes_make(slot->hashed_key.b, 32), gvm_bytes_make(value, len)};
        }
        account_value *a = gvm_map_value_at(&m->accounts, number);
        GVM_TRY(gvm_trie_root_unsorted(&a->account.storage_root, m->items, end - i));
        a->root_stale = false;
    }
    return GVM_OK;
}

static size_t write_account(uint8_t *out, const gvm_account *a) {
    uint8_t fields[ACCOUNT_RLP];
    gvm_hash balance = gvm_u256_to_hash(a->balance);
    size_t n = gvm_rlp_write_u64(fields, a->nonce);
    n += gvm_rlp_write_word(fields + n, &balance);
    n += gvm_rlp_write_bytes(fields + n, gvm_bytes_make(a->storage_root.b, 32));
    n += gvm_rlp_write_bytes(fields + n, gvm_bytes_make(a->code_hash.b, 32));
    size_t header = gvm_rlp_write_list_header(out, n);
    memcpy(out + header, fields, n);
    return header + n;
}

gvm_status gvm_state_memory_root(gvm_state_memory *m, gvm_hash *root) {
    GVM_TRY(storage_roots(m));
    size_t total = gvm_map_count(&m->accounts), n = 0;
    GVM_TRY(reserve(m, 0, total));
    for (size_t i = 0; i < total; i++) {
        account_value *a = gvm_map_value_at(&m->accounts, i);
        if (!a->exists) continue;
        if (a->root_stale) { /* every slot went away */
            a->account.storage_root = GVM_EMPTY_ROOT;
            a->root_stale = false;
        }
        if (!a->hashed) {
            gvm_keccak256(&a->hashed_address, gvm_bytes_make(gvm_map_key_at(&m->accounts, i), 20));
            a->hashed = true;
        }
        uint8_t *value = m->values + n * ACCOUNT_RLP;
        size_t len = write_account(value, &a->account);
        m->items[n++] =
            (gvm_trie_item){gvm_bytes_make(a->hashed_address.b, 32), gvm_bytes_make(value, len)};
    }
    return gvm_trie_root_unsorted(root, m->items, n);
}

/* ---- walking */

size_t gvm_state_memory_count(const gvm_state_memory *m) {
    return gvm_map_count(&m->accounts);
}

bool gvm_state_memory_at(const gvm_state_memory *m, size_t i, gvm_address *address,
                         gvm_account *account) {
    const account_value *a = gvm_map_value_at(&m->accounts, i);
    memcpy(address->b, gvm_map_key_at(&m->accounts, i), sizeof address->b);
    *account = a->account;
    return a->exists;
}

size_t gvm_state_memory_slot_count(const gvm_state_memory *m) {
    return gvm_map_count(&m->slots);
}

bool gvm_state_memory_slot_at(const gvm_state_memory *m, size_t i, gvm_address *address,
                              gvm_slot_change *slot) {
    const slot_key *k = gvm_map_key_at(&m->slots, i);
    const slot_value *v = gvm_map_value_at(&m->slots, i);
    const account_value *a = gvm_map_value_at(&m->accounts, k->account);
    memcpy(address->b, gvm_map_key_at(&m->accounts, k->account), sizeof address->b);
    *slot = (gvm_slot_change){k->key, v->value};
    return a->exists && a->generation == k->generation && !gvm_u256_is_zero(v->value);
}
