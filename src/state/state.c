/* Entries and slots are allocated once, from an arena, and never move: the journal, the frames and
 * the tables hold plain pointers to them. The two hash tables (accounts by address; per account,
 * slots by key) are open-addressed arrays of such pointers, hashed with a key drawn per process,
 * since contracts choose what is in them.
 *
 * The journal has one record a change, with the old value. What must outlive a revert does not go
 * through it: loaded values, and the touch of address 3, which stays touched after a revert as it
 * did on the main network (block 2,675,119).
 */
#include "state/state.h"

#include "base/arena.h"
#include "crypto/keccak.h"

#include <stdlib.h>
#include <sys/random.h>

typedef enum change_kind {
    CHANGE_BALANCE,
    CHANGE_NONCE,
    CHANGE_CODE,
    CHANGE_EXISTS,
    CHANGE_CREATED,
    CHANGE_DESTRUCTED,
    CHANGE_TOUCHED,
    CHANGE_WARM,
    CHANGE_CODE_WARM,
    CHANGE_SLOT,
    CHANGE_SLOT_WARM,
    CHANGE_TRANSIENT,
} change_kind;

typedef struct change {
    change_kind kind;
    union {
        gvm_entry *entry;
        gvm_slot *slot;
    };
    gvm_u256 old; /* CHANGE_CODE: w[0] is a pointer to saved_code */
} change;

typedef struct saved_code {
    gvm_bytes code;
    gvm_hash hash;
    bool loaded;
    void *object;
} saved_code;

typedef struct gvm_slot_table {
    gvm_slot **at;
    uint32_t mask, count; /* mask + 1 places */
} gvm_slot_table;

struct gvm_state {
    gvm_state_reader reader;
    gvm_status status;
    gvm_arena arena;    /* lives until reset */
    gvm_arena tx_arena; /* lives until the next begin_tx */
    gvm_arena diff_arena;
    gvm_entry **accounts;
    uint32_t account_mask, account_count;
    gvm_entry *dirty, *touched;
    change *journal;
    size_t journal_len, journal_cap;
    gvm_log *logs;
    size_t log_count, log_cap;
    int64_t refund;
    gvm_u256 destroyed; /* balances that vanished with their accounts */
    uint32_t tx;
    gvm_entry lost; /* what callers get once memory is out */
    gvm_slot lost_slot;
};

#define FIRST_ACCOUNTS 256u
#define FIRST_SLOTS    8u
#define ARENA_KEPT     (4u << 20)

static uint64_t hash_seed[4];

static void seed_once(void) {
    if (__atomic_load_n(&hash_seed[3], __ATOMIC_ACQUIRE) != 0) return;
    uint64_t s[4];
    GVM_ASSERT(getrandom(s, sizeof s, 0) == (ssize_t)sizeof s);
    hash_seed[0] = s[0];
    hash_seed[1] = s[1];
    hash_seed[2] = s[2];
    __atomic_store_n(&hash_seed[3], s[3] | 1, __ATOMIC_RELEASE);
}

static inline uint64_t fold(uint64_t a, uint64_t b) {
    gvm_u128 p = (gvm_u128)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}
static inline uint64_t hash_address(const gvm_address *a) {
    uint64_t x = gvm_load_le64(a->b), y = gvm_load_le64(a->b + 8), z = gvm_load_le32(a->b + 16);
    return fold(fold(x ^ hash_seed[0], y ^ hash_seed[1]) ^ z, hash_seed[3]);
}
static inline uint64_t hash_key(const gvm_u256 *k) {
    return fold(fold(k->w[0] ^ hash_seed[0], k->w[1] ^ hash_seed[1]) ^
                    fold(k->w[2] ^ hash_seed[2], k->w[3] ^ hash_seed[3]),
                hash_seed[3]);
}

static void lose(gvm_state *s, gvm_status why) {
    if (s->status == GVM_OK) s->status = why;
}

/* ---- life */

gvm_status gvm_state_new(gvm_state **out, gvm_state_reader reader) {
    seed_once();
    gvm_state *s = calloc(1, sizeof *s);
    if (s == NULL) return GVM_ERR_NOMEM;
    s->accounts = calloc(FIRST_ACCOUNTS, sizeof *s->accounts);
    s->journal_cap = 256;
    s->journal = malloc(s->journal_cap * sizeof *s->journal);
    if (s->accounts == NULL || s->journal == NULL) {
        gvm_state_delete(s);
        return GVM_ERR_NOMEM;
    }
    s->account_mask = FIRST_ACCOUNTS - 1;
    s->reader = reader;
    s->tx = 1;
    *out = s;
    return GVM_OK;
}

void gvm_state_delete(gvm_state *s) {
    if (s == NULL) return;
    gvm_arena_free(&s->arena);
    gvm_arena_free(&s->tx_arena);
    gvm_arena_free(&s->diff_arena);
    free(s->accounts);
    free(s->journal);
    free(s->logs);
    free(s);
}

void gvm_state_reset(gvm_state *s, gvm_state_reader reader) {
    gvm_arena_reset(&s->arena, ARENA_KEPT);
    gvm_arena_reset(&s->tx_arena, ARENA_KEPT);
    gvm_arena_reset(&s->diff_arena, ARENA_KEPT);
    memset(s->accounts, 0, ((size_t)s->account_mask + 1) * sizeof *s->accounts);
    s->account_count = 0;
    s->dirty = s->touched = NULL;
    s->journal_len = s->log_count = 0;
    s->refund = 0;
    s->tx = 1;
    s->status = GVM_OK;
    s->reader = reader;
}

gvm_status gvm_state_status(const gvm_state *s) {
    return s->status;
}

/* ---- journal */

static void record(gvm_state *s, change_kind kind, void *what, gvm_u256 old) {
    if (s->journal_len == s->journal_cap) {
        size_t cap = s->journal_cap * 2;
        change *grown = realloc(s->journal, cap * sizeof *grown);
        if (grown == NULL) {
            lose(s, GVM_ERR_NOMEM);
            return;
        }
        s->journal = grown;
        s->journal_cap = cap;
    }
    change *c = &s->journal[s->journal_len++];
    c->kind = kind;
    c->entry = what;
    c->old = old;
}

static inline void record_u64(gvm_state *s, change_kind kind, void *what, uint64_t old) {
    record(s, kind, what, gvm_u256_from_u64(old));
}

gvm_checkpoint gvm_state_checkpoint(const gvm_state *s) {
    return (gvm_checkpoint){s->journal_len, s->log_count, s->refund};
}

static void undo(const change *c) {
    switch (c->kind) {
    case CHANGE_BALANCE: c->entry->balance = c->old; break;
    case CHANGE_NONCE: c->entry->nonce = c->old.w[0]; break;
    case CHANGE_CODE: {
        const saved_code *old = (const saved_code *)(uintptr_t)c->old.w[0];
        c->entry->code = old->code;
        c->entry->code_hash = old->hash;
        c->entry->code_loaded = old->loaded;
        c->entry->code_object = old->object;
        break;
    }
    case CHANGE_EXISTS: c->entry->exists = c->old.w[0] != 0; break;
    case CHANGE_CREATED: c->entry->created_tx = (uint32_t)c->old.w[0]; break;
    case CHANGE_DESTRUCTED: c->entry->destructed_tx = (uint32_t)c->old.w[0]; break;
    case CHANGE_TOUCHED: c->entry->touched_tx = (uint32_t)c->old.w[0]; break;
    case CHANGE_WARM: c->entry->warm_tx = (uint32_t)c->old.w[0]; break;
    case CHANGE_CODE_WARM: c->entry->code_warm_tx = (uint32_t)c->old.w[0]; break;
    case CHANGE_SLOT:
    case CHANGE_TRANSIENT: c->slot->current = c->old; break;
    case CHANGE_SLOT_WARM: c->slot->warm_tx = (uint32_t)c->old.w[0]; break;
    }
}

void gvm_state_revert(gvm_state *s, gvm_checkpoint to) {
    GVM_ASSERT(to.journal <= s->journal_len && to.logs <= s->log_count);
    while (s->journal_len > to.journal) undo(&s->journal[--s->journal_len]);
    s->log_count = to.logs;
    s->refund = to.refund;
}

/* ---- transactions */

uint32_t gvm_state_tx(const gvm_state *s) {
    return s->tx;
}

void gvm_state_begin_tx(gvm_state *s) {
    gvm_arena_reset(&s->tx_arena, ARENA_KEPT);
    s->tx++;
    s->journal_len = s->log_count = 0;
    s->refund = 0;
    for (gvm_entry *e = s->touched; e != NULL; e = e->next_touched) e->transient = NULL;
    s->touched = NULL;
}

static void wipe_storage(gvm_entry *e) {
    e->storage_wiped = true;
    if (e->slots == NULL) return;
    for (uint32_t i = 0; i <= e->slots->mask; i++)
        if (e->slots->at[i] != NULL) e->slots->at[i]->current = gvm_u256_zero();
}

static void vanish(gvm_entry *e) {
    e->exists = false;
    e->nonce = 0;
    e->balance = gvm_u256_zero();
    e->code = gvm_bytes_make(NULL, 0);
    e->code_hash = GVM_EMPTY_CODE_HASH;
    e->code_loaded = true;
    e->code_object = NULL;
    wipe_storage(e);
}

void gvm_state_end_tx(gvm_state *s, bool clear_empty) {
    for (gvm_entry *e = s->touched; e != NULL; e = e->next_touched) {
        e->transient = NULL;
        if (e->destructed_tx == s->tx) {
            s->destroyed = gvm_u256_add(s->destroyed, e->balance);
            vanish(e);
        } else if (clear_empty && e->touched_tx == s->tx && e->exists && gvm_entry_is_empty(e))
            vanish(e);
    }
    s->touched = NULL;
    s->journal_len = 0;
    s->refund = 0;
}

gvm_u256 gvm_state_take_destroyed(gvm_state *s) {
    gvm_u256 amount = s->destroyed;
    s->destroyed = gvm_u256_zero();
    return amount;
}

/* ---- accounts */

static bool grow_accounts(gvm_state *s) {
    uint32_t mask = s->account_mask * 2 + 1;
    gvm_entry **at = calloc((size_t)mask + 1, sizeof *at);
    if (at == NULL) return false;
    for (uint32_t i = 0; i <= s->account_mask; i++) {
        gvm_entry *e = s->accounts[i];
        if (e == NULL) continue;
        uint64_t h = hash_address(&e->address);
        while (at[h & mask] != NULL) h++;
        at[h & mask] = e;
    }
    free(s->accounts);
    s->accounts = at;
    s->account_mask = mask;
    return true;
}

static void load_entry(gvm_state *s, gvm_entry *e) {
    e->code_hash = GVM_EMPTY_CODE_HASH;
    e->base.code_hash = GVM_EMPTY_CODE_HASH;
    e->base.storage_root = GVM_EMPTY_ROOT;
    if (s->status != GVM_OK) return;
    gvm_account account;
    gvm_status status = s->reader.account(s->reader.ctx, &account, &e->address);
    if (status == GVM_ERR_NOT_FOUND) {
        e->code_loaded = true;
        return;
    }
    if (status != GVM_OK) {
        lose(s, status);
        return;
    }
    e->base = account;
    e->exists = e->base_exists = true;
    e->base_storage = !gvm_hash_equal(&account.storage_root, &GVM_EMPTY_ROOT);
    e->nonce = account.nonce;
    e->balance = account.balance;
    e->code_hash = account.code_hash;
    e->code_loaded = !gvm_account_has_code(&account);
}

gvm_entry *gvm_state_entry(gvm_state *s, const gvm_address *address) {
    uint64_t h = hash_address(address);
    for (gvm_entry *e; (e = s->accounts[h & s->account_mask]) != NULL; h++)
        if (gvm_address_equal(&e->address, address)) return e;
    if (s->account_count >= s->account_mask - s->account_mask / 4) {
        if (!grow_accounts(s)) goto lost;
        h = hash_address(address);
        while (s->accounts[h & s->account_mask] != NULL) h++;
    }
    gvm_entry *e = gvm_arena_zalloc(&s->arena, sizeof *e);
    if (e == NULL) goto lost;
    e->address = *address;
    load_entry(s, e);
    s->accounts[h & s->account_mask] = e;
    s->account_count++;
    return e;
lost:
    lose(s, GVM_ERR_NOMEM);
    memset(&s->lost, 0, sizeof s->lost);
    s->lost.address = *address;
    s->lost.code_hash = GVM_EMPTY_CODE_HASH;
    s->lost.code_loaded = true;
    return &s->lost;
}

gvm_bytes gvm_state_code(gvm_state *s, gvm_entry *e) {
    if (__builtin_expect(!e->code_loaded, 0)) {
        gvm_bytes code = {NULL, 0};
        if (s->status == GVM_OK) {
            gvm_status status = s->reader.code(s->reader.ctx, &code, &e->code_hash);
            if (status != GVM_OK) lose(s, status);
        }
        e->code = code;
        e->code_loaded = true;
    }
    return e->code;
}

bool gvm_state_warm(gvm_state *s, gvm_entry *e) {
    if (e->warm_tx == s->tx) return false;
    record_u64(s, CHANGE_WARM, e, e->warm_tx);
    e->warm_tx = s->tx;
    return true;
}

bool gvm_state_warm_code(gvm_state *s, gvm_entry *e) {
    if (e->code_warm_tx == s->tx) return false;
    record_u64(s, CHANGE_CODE_WARM, e, e->code_warm_tx);
    e->code_warm_tx = s->tx;
    return true;
}

static const gvm_address ripemd_address = {{[19] = 3}};

static void list_entry(gvm_state *s, gvm_entry *e) {
    if (e->listed_tx != s->tx) {
        e->listed_tx = s->tx;
        e->next_touched = s->touched;
        s->touched = e;
    }
    if (!e->dirty) {
        e->dirty = true;
        e->next_dirty = s->dirty;
        s->dirty = e;
    }
}

void gvm_state_touch(gvm_state *s, gvm_entry *e) {
    list_entry(s, e);
    if (e->touched_tx != s->tx) {
        if (!gvm_address_equal(&e->address, &ripemd_address))
            record_u64(s, CHANGE_TOUCHED, e, e->touched_tx);
        e->touched_tx = s->tx;
    }
    if (!e->exists) {
        record_u64(s, CHANGE_EXISTS, e, 0);
        e->exists = true;
    }
}

void gvm_state_set_balance(gvm_state *s, gvm_entry *e, gvm_u256 balance) {
    gvm_state_touch(s, e);
    record(s, CHANGE_BALANCE, e, e->balance);
    e->balance = balance;
}

void gvm_state_add_balance(gvm_state *s, gvm_entry *e, gvm_u256 amount) {
    gvm_state_set_balance(s, e, gvm_u256_add(e->balance, amount));
}

void gvm_state_sub_balance(gvm_state *s, gvm_entry *e, gvm_u256 amount) {
    gvm_u256 rest;
    bool under = gvm_u256_sub_overflow(&rest, e->balance, amount);
    GVM_ASSERT(!under);
    gvm_state_set_balance(s, e, rest);
}

void gvm_state_set_nonce(gvm_state *s, gvm_entry *e, uint64_t nonce) {
    gvm_state_touch(s, e);
    record_u64(s, CHANGE_NONCE, e, e->nonce);
    e->nonce = nonce;
}

void gvm_state_set_code(gvm_state *s, gvm_entry *e, gvm_bytes code) {
    gvm_state_touch(s, e);
    saved_code *old = gvm_arena_alloc(&s->tx_arena, sizeof *old);
    gvm_bytes copy;
    if (old == NULL || gvm_arena_copy(&s->arena, &copy, code) != GVM_OK) {
        lose(s, GVM_ERR_NOMEM);
        return;
    }
    *old = (saved_code){e->code, e->code_hash, e->code_loaded, e->code_object};
    record_u64(s, CHANGE_CODE, e, (uintptr_t)old);
    e->code = copy;
    e->code_loaded = true;
    e->code_object = NULL;
    if (code.len == 0)
        e->code_hash = GVM_EMPTY_CODE_HASH;
    else
        gvm_keccak256(&e->code_hash, code);
}

bool gvm_state_collides(gvm_state *s, gvm_entry *e) {
    (void)s;
    return e->nonce != 0 || !gvm_hash_equal(&e->code_hash, &GVM_EMPTY_CODE_HASH) ||
           (e->base_storage && !e->storage_wiped);
}

void gvm_state_create_contract(gvm_state *s, gvm_entry *e, uint64_t nonce) {
    gvm_state_set_nonce(s, e, nonce);
    record_u64(s, CHANGE_CREATED, e, e->created_tx);
    e->created_tx = s->tx;
}

bool gvm_state_destruct(gvm_state *s, gvm_entry *e) {
    gvm_state_touch(s, e);
    if (e->destructed_tx == s->tx) return false;
    record_u64(s, CHANGE_DESTRUCTED, e, e->destructed_tx);
    e->destructed_tx = s->tx;
    return true;
}

/* ---- storage */

/* The slot, or a new zeroed one with its key set; NULL where memory is out. *fresh tells. */
static gvm_slot *find_slot(gvm_arena *arena, gvm_slot_table **table, const gvm_u256 *key,
                           bool *fresh) {
    gvm_slot_table *t = *table;
    *fresh = false;
    if (t == NULL) {
        t = gvm_arena_alloc(arena, sizeof *t);
        if (t == NULL) return NULL;
        t->at = gvm_arena_zalloc(arena, FIRST_SLOTS * sizeof(gvm_slot *));
        if (t->at == NULL) return NULL;
        t->mask = FIRST_SLOTS - 1;
        t->count = 0;
        *table = t;
    }
    uint64_t h = hash_key(key);
    for (gvm_slot *slot; (slot = t->at[h & t->mask]) != NULL; h++)
        if (gvm_u256_eq(slot->key, *key)) return slot;
    if (t->count >= t->mask - t->mask / 4) {
        uint32_t mask = t->mask * 2 + 1;
        gvm_slot **at = gvm_arena_zalloc(arena, ((size_t)mask + 1) * sizeof(gvm_slot *));
        if (at == NULL) return NULL;
        for (uint32_t i = 0; i <= t->mask; i++) {
            if (t->at[i] == NULL) continue;
            uint64_t g = hash_key(&t->at[i]->key);
            while (at[g & mask] != NULL) g++;
            at[g & mask] = t->at[i];
        }
        t->at = at;
        t->mask = mask;
        h = hash_key(key);
        while (at[h & mask] != NULL) h++;
    }
    gvm_slot *slot = gvm_arena_zalloc(arena, sizeof *slot);
    if (slot == NULL) return NULL;
    slot->key = *key;
    t->at[h & t->mask] = slot;
    t->count++;
    *fresh = true;
    return slot;
}

static gvm_slot *lost_slot(gvm_state *s, const gvm_u256 *key) {
    lose(s, GVM_ERR_NOMEM);
    memset(&s->lost_slot, 0, sizeof s->lost_slot);
    s->lost_slot.key = *key;
    return &s->lost_slot;
}

gvm_slot *gvm_state_slot(gvm_state *s, gvm_entry *e, const gvm_u256 *key) {
    bool fresh;
    gvm_slot *slot = find_slot(&s->arena, &e->slots, key, &fresh);
    if (__builtin_expect(slot == NULL, 0)) return lost_slot(s, key);
    if (fresh && e->base_storage && s->status == GVM_OK) {
        gvm_status status = s->reader.storage(s->reader.ctx, &slot->base, &e->address, key);
        if (status != GVM_OK) {
            lose(s, status);
            slot->base = gvm_u256_zero();
        }
        if (!e->storage_wiped) slot->current = slot->base;
    }
    if (slot->tx != s->tx) {
        slot->tx = s->tx;
        slot->original = slot->current;
    }
    return slot;
}

bool gvm_state_warm_slot(gvm_state *s, gvm_slot *slot) {
    if (slot->warm_tx == s->tx) return false;
    record_u64(s, CHANGE_SLOT_WARM, slot, slot->warm_tx);
    slot->warm_tx = s->tx;
    return true;
}

void gvm_state_set_slot(gvm_state *s, gvm_entry *e, gvm_slot *slot, const gvm_u256 *value) {
    list_entry(s, e);
    record(s, CHANGE_SLOT, slot, slot->current);
    slot->current = *value;
}

void gvm_state_wipe_storage(gvm_state *s, gvm_entry *e) {
    gvm_state_touch(s, e);
    wipe_storage(e);
}

gvm_u256 gvm_state_transient(gvm_state *s, gvm_entry *e, const gvm_u256 *key) {
    (void)s;
    if (e->transient == NULL) return gvm_u256_zero();
    const gvm_slot_table *t = e->transient;
    uint64_t h = hash_key(key);
    for (const gvm_slot *slot; (slot = t->at[h & t->mask]) != NULL; h++)
        if (gvm_u256_eq(slot->key, *key)) return slot->current;
    return gvm_u256_zero();
}

void gvm_state_set_transient(gvm_state *s, gvm_entry *e, const gvm_u256 *key,
                             const gvm_u256 *value) {
    bool fresh;
    list_entry(s, e); /* so that the end of the transaction drops the table */
    gvm_slot *slot = find_slot(&s->tx_arena, &e->transient, key, &fresh);
    if (slot == NULL) {
        lose(s, GVM_ERR_NOMEM);
        return;
    }
    record(s, CHANGE_TRANSIENT, slot, slot->current);
    slot->current = *value;
}

/* ---- refund and logs */

int64_t gvm_state_refund(const gvm_state *s) {
    return s->refund;
}

void gvm_state_add_refund(gvm_state *s, int64_t amount) {
    s->refund += amount;
}

void gvm_state_log(gvm_state *s, const gvm_address *address, const gvm_hash *topics,
                   uint32_t topic_count, gvm_bytes data) {
    GVM_ASSERT(topic_count <= 4);
    if (s->log_count == s->log_cap) {
        size_t cap = s->log_cap == 0 ? 64 : s->log_cap * 2;
        gvm_log *grown = realloc(s->logs, cap * sizeof *grown);
        if (grown == NULL) {
            lose(s, GVM_ERR_NOMEM);
            return;
        }
        s->logs = grown;
        s->log_cap = cap;
    }
    gvm_log *log = &s->logs[s->log_count];
    log->address = *address;
    log->topic_count = topic_count;
    for (uint32_t i = 0; i < topic_count; i++) log->topics[i] = topics[i];
    if (gvm_arena_copy(&s->tx_arena, &log->data, data) != GVM_OK) {
        lose(s, GVM_ERR_NOMEM);
        return;
    }
    s->log_count++;
}

const gvm_log *gvm_state_logs(const gvm_state *s, size_t *count) {
    *count = s->log_count;
    return s->logs;
}

/* ---- the result */

static bool slot_changed(const gvm_entry *e, const gvm_slot *slot) {
    return e->storage_wiped ? !gvm_u256_is_zero(slot->current)
                            : !gvm_u256_eq(slot->current, slot->base);
}

static gvm_status collect_slots(gvm_state *s, gvm_account_change *c, const gvm_entry *e) {
    if (e->slots == NULL) return GVM_OK;
    size_t n = 0;
    for (uint32_t i = 0; i <= e->slots->mask; i++)
        n += e->slots->at[i] != NULL && slot_changed(e, e->slots->at[i]);
    if (n == 0) return GVM_OK;
    gvm_slot_change *slots = gvm_arena_alloc(&s->diff_arena, n * sizeof *slots);
    if (slots == NULL) return GVM_ERR_NOMEM;
    c->slots = slots;
    c->slot_count = n;
    for (uint32_t i = 0; i <= e->slots->mask; i++) {
        const gvm_slot *slot = e->slots->at[i];
        if (slot != NULL && slot_changed(e, slot))
            *slots++ = (gvm_slot_change){slot->key, slot->current};
    }
    return GVM_OK;
}

gvm_status gvm_state_diff_build(gvm_state *s, gvm_state_diff *out) {
    GVM_TRY(s->status);
    gvm_arena_reset(&s->diff_arena, ARENA_KEPT);
    size_t dirty = 0, n = 0;
    for (const gvm_entry *e = s->dirty; e != NULL; e = e->next_dirty) dirty++;
    gvm_account_change *changes = gvm_arena_zalloc(&s->diff_arena, dirty * sizeof *changes);
    if (changes == NULL) return GVM_ERR_NOMEM;
    for (const gvm_entry *e = s->dirty; e != NULL; e = e->next_dirty) {
        gvm_account_change *c = &changes[n];
        if (!e->exists && !e->base_exists) continue;
        *c = (gvm_account_change){.address = e->address, .deleted = !e->exists};
        if (e->exists) {
            c->storage_wiped = e->storage_wiped && e->base_storage;
            c->account = (gvm_account){e->nonce, e->balance, e->code_hash, GVM_EMPTY_ROOT};
            bool new_code = !gvm_hash_equal(&e->code_hash, &e->base.code_hash);
            if (new_code && e->code.len > 0) c->code = e->code;
            GVM_TRY(collect_slots(s, c, e));
            if (e->base_exists && !new_code && !c->storage_wiped && c->slot_count == 0 &&
                e->nonce == e->base.nonce && gvm_u256_eq(e->balance, e->base.balance))
                continue;
        }
        n++;
    }
    *out = (gvm_state_diff){changes, n};
    return GVM_OK;
}
