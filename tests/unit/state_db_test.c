/* The durable state against a naive model that keeps every block whole, over both backends of the
 * store. Roots are those of the accounts in memory (state/memory.h), which the official state tests
 * check. */
#include "state/db.h"

#include "crypto/keccak.h"
#include "state/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define ok(expr) assert_int_equal((expr), GVM_OK)

enum { ACCOUNTS = 24, SLOTS = 10, BLOCKS = 80 };

typedef struct model_account {
    bool exists;
    uint64_t nonce, balance;
    uint32_t code; /* 0: none */
    uint64_t slot[SLOTS];
} model_account;

typedef struct model {
    model_account a[ACCOUNTS];
    gvm_hash root;
} model;

static uint64_t rng_state;
static uint32_t rnd(uint32_t below) {
    rng_state = rng_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(rng_state >> 33) % below;
}

static gvm_address address_of(int i) {
    gvm_address a = {{0x10}};
    a.b[19] = (uint8_t)i;
    return a;
}

static gvm_u256 key_of(int i) {
    gvm_u256 k = gvm_u256_from_u64((uint64_t)i);
    if (i % 2) k.w[3] = 0x8000000000000000u + (uint64_t)i;
    return k;
}

static gvm_u256 value_of(uint64_t v) {
    return (gvm_u256){{v, 0, v % 3 == 0 ? v : 0, v && v % 5 == 0 ? ~v : 0}};
}

static gvm_bytes code_of(uint8_t buf[64], uint32_t code) {
    memset(buf, (int)code, 64);
    return gvm_bytes_make(buf, code ? 1 + code % 60 : 0);
}

/* ---- diffs: some accounts change somehow */

typedef struct diff_memory {
    gvm_account_change change[ACCOUNTS];
    gvm_slot_change slot[ACCOUNTS][SLOTS];
    uint8_t code[ACCOUNTS][64];
    gvm_state_diff diff;
} diff_memory;

static void change_one(diff_memory *d, model_account *m, int i, size_t n) {
    gvm_account_change *c = &d->change[n];
    *c = (gvm_account_change){.address = address_of(i)};
    if (rnd(6) == 0) {
        c->deleted = true;
        memset(m, 0, sizeof *m);
        return;
    }
    if (m->exists && rnd(8) == 0) {
        c->storage_wiped = true;
        memset(m->slot, 0, sizeof m->slot);
    }
    m->exists = true;
    if (rnd(4)) m->nonce += rnd(300);
    if (rnd(4)) m->balance = rnd(2) ? 0 : (uint64_t)rnd(1u << 31) << 30;
    if (rnd(5) == 0) {
        m->code = 1 + rnd(200);
        c->code = code_of(d->code[n], m->code);
    }
    uint8_t buf[64];
    gvm_keccak256(&c->account.code_hash, code_of(buf, m->code));
    c->account.nonce = m->nonce;
    c->account.balance = value_of(m->balance);
    uint32_t slots = rnd(3) ? rnd(SLOTS) : 0;
    c->slots = d->slot[n];
    bool clear = rnd(4) == 0;
    for (int s = SLOTS - 1; s >= 0; s--) {
        if (rnd(SLOTS) >= slots) continue;
        m->slot[s] = clear || rnd(3) == 0 ? 0 : 1 + rnd(1u << 31);
        d->slot[n][c->slot_count++] = (gvm_slot_change){key_of(s), value_of(m->slot[s])};
    }
}

static void random_diff(diff_memory *d, model *m) {
    size_t n = 0;
    uint32_t chance = 1 + rnd(10);
    for (int i = ACCOUNTS - 1; i >= 0; i--)
        if (rnd(10) < chance) change_one(d, &m->a[i], i, n++);
    d->diff = (gvm_state_diff){d->change, n};
}

/* ---- checks */

static void check_proof(gvm_stateview *v, const model *m, int i) {
    gvm_address address = address_of(i);
    gvm_u256 keys[2] = {key_of((int)rnd(SLOTS)), key_of((int)rnd(SLOTS))};
    gvm_account_proof proof;
    ok(gvm_statedb_prove(v, &proof, &address, keys, 2));
    gvm_bytes nodes[70], value;
    gvm_hash h, slot;
    gvm_keccak256(&h, gvm_bytes_make(address.b, 20));
    for (size_t k = 0; k < proof.nodes.count; k++) nodes[k] = gvm_trie_nodes_get(&proof.nodes, k);
    ok(gvm_trie_verify(&value, &m->root, gvm_bytes_make(h.b, 32), nodes, proof.nodes.count));
    assert_int_equal(proof.exists, m->a[i].exists);
    assert_int_equal(value.ptr != NULL, m->a[i].exists);
    for (int s = 0; s < 2; s++) {
        const gvm_storage_proof *p = &proof.storage[s];
        for (size_t k = 0; k < p->nodes.count; k++) nodes[k] = gvm_trie_nodes_get(&p->nodes, k);
        slot = gvm_u256_to_hash(keys[s]);
        gvm_keccak256(&h, gvm_bytes_make(slot.b, 32));
        ok(gvm_trie_verify(&value, &proof.account.storage_root, gvm_bytes_make(h.b, 32), nodes,
                           p->nodes.count));
        uint64_t want = 0;
        for (int k = 0; k < SLOTS; k++)
            if (gvm_u256_eq(key_of(k), keys[s])) want = m->a[i].slot[k];
        assert_true(gvm_u256_eq(p->value, value_of(want)));
        assert_int_equal(value.ptr != NULL, want != 0);
    }
    gvm_account_proof_free(&proof);
}

static void check_walks(gvm_stateview *v, const model *m) {
    gvm_hash at = {{0}}, hash, h;
    gvm_address address;
    gvm_account account;
    int accounts = 0, want = 0;
    for (int i = 0; i < ACCOUNTS; i++) want += m->a[i].exists;
    gvm_status s;
    while ((s = gvm_statedb_account_next(v, &hash, &address, &account, &at)) == GVM_OK) {
        gvm_keccak256(&h, gvm_bytes_make(address.b, 20));
        assert_memory_equal(h.b, hash.b, 32);
        const model_account *a = &m->a[address.b[19]];
        assert_true(a->exists && a->nonce == account.nonce);
        gvm_hash slot_at = {{0}};
        gvm_u256 key, value;
        int slots = 0, want_slots = 0;
        for (int k = 0; k < SLOTS; k++) want_slots += a->slot[k] != 0;
        while ((s = gvm_statedb_storage_next(v, NULL, &key, &value, &slot_at, &address)) ==
               GVM_OK) {
            for (int k = 0; k < SLOTS; k++)
                if (gvm_u256_eq(key_of(k), key))
                    assert_true(gvm_u256_eq(value, value_of(a->slot[k])));
            slots++;
        }
        assert_int_equal(s, GVM_ERR_NOT_FOUND);
        assert_int_equal(slots, want_slots);
        accounts++;
    }
    assert_int_equal(s, GVM_ERR_NOT_FOUND);
    assert_int_equal(accounts, want);
}

static void check_view(gvm_stateview *v, const model *m) {
    gvm_hash root = gvm_statedb_view_root(v);
    assert_memory_equal(root.b, m->root.b, 32);
    gvm_state_reader r = gvm_statedb_reader(v);
    for (int i = 0; i < ACCOUNTS; i++) {
        const model_account *a = &m->a[i];
        gvm_address address = address_of(i);
        gvm_account got;
        gvm_status s = r.account(r.ctx, &got, &address);
        assert_int_equal(s, a->exists ? GVM_OK : GVM_ERR_NOT_FOUND);
        for (int k = 0; k < SLOTS; k++) {
            gvm_u256 key = key_of(k), value;
            ok(r.storage(r.ctx, &value, &address, &key));
            assert_true(gvm_u256_eq(value, value_of(a->slot[k])));
        }
        if (rnd(3) == 0) check_proof(v, m, i);
        if (!a->exists) continue;
        assert_true(got.nonce == a->nonce && gvm_u256_eq(got.balance, value_of(a->balance)));
        uint8_t buf[64];
        gvm_bytes code;
        ok(r.code(r.ctx, &code, &got.code_hash));
        assert_true(gvm_bytes_equal(code, code_of(buf, a->code)));
    }
    check_walks(v, m);
}

static void check_block(gvm_statedb *db, const model *m, uint64_t block) {
    gvm_stateview *v;
    ok(gvm_statedb_view_open(&v, db, block));
    assert_int_equal(gvm_statedb_view_block(v), block);
    check_view(v, m);
    gvm_statedb_view_close(v);
}

static size_t count_records(gvm_store *store, gvm_table table) {
    gvm_store_txn *txn;
    gvm_store_cursor *c;
    size_t n = 0;
    ok(gvm_store_read_begin(&txn, store));
    ok(gvm_store_cursor_open(&c, txn, table));
    for (gvm_status s = gvm_store_seek(c, (gvm_bytes){0}); s == GVM_OK; s = gvm_store_next(c)) n++;
    gvm_store_cursor_close(c);
    gvm_store_read_end(txn);
    return n;
}

/* Records of branches that are kept as differences (see db_trie.c): the model must meet them. */
static size_t differences;

static void count_differences(gvm_store *store) {
    gvm_store_txn *txn;
    gvm_store_cursor *c;
    ok(gvm_store_read_begin(&txn, store));
    ok(gvm_store_cursor_open(&c, txn, GVM_TABLE_STATE_TRIE));
    for (gvm_status s = gvm_store_seek(c, (gvm_bytes){0}); s == GVM_OK; s = gvm_store_next(c)) {
        gvm_bytes v = gvm_store_cursor_value(c);
        differences += v.len && v.ptr[0] & 0x40;
    }
    gvm_store_cursor_close(c);
    gvm_store_read_end(txn);
}

static gvm_hash root_in_memory(gvm_state_memory *memory, const model *m) {
    gvm_hash root;
    gvm_state_memory_clear(memory);
    for (int i = 0; i < ACCOUNTS; i++) {
        uint8_t buf[64];
        gvm_address address = address_of(i);
        if (!m->a[i].exists) continue;
        ok(gvm_state_memory_set(memory, &address, m->a[i].nonce, value_of(m->a[i].balance),
                                code_of(buf, m->a[i].code)));
        for (int k = 0; k < SLOTS; k++)
            if (m->a[i].slot[k])
                ok(gvm_state_memory_set_slot(memory, &address, key_of(k),
                                             value_of(m->a[i].slot[k])));
    }
    ok(gvm_state_memory_root(memory, &root));
    return root;
}

/* Three ways to the next block, which must agree: root only, prepare and commit, apply. */
static void next_block(gvm_statedb *db, gvm_store *store, gvm_state_memory *memory, model *m,
                       uint64_t block) {
    static diff_memory d;
    gvm_hash root;
    gvm_store_txn *w;
    gvm_stateview *v;
    gvm_statepatch *patch = NULL;
    random_diff(&d, m);
    m->root = root_in_memory(memory, m);
    if (rnd(2)) {
        gvm_status s = gvm_statedb_view_open(&v, db, GVM_STATEDB_HEAD);
        if (s == GVM_ERR_NOT_FOUND) s = gvm_statedb_view_empty(&v, db);
        ok(s);
        ok(gvm_statedb_root(v, &root, &d.diff));
        assert_memory_equal(root.b, m->root.b, 32);
        ok(gvm_statedb_prepare(&patch, &root, v, &d.diff));
        gvm_statedb_view_close(v);
    }
    ok(gvm_store_write_begin(&w, store));
    if (patch) {
        assert_int_equal(gvm_statedb_commit(db, w, patch, block + 5),
                         block ? GVM_ERR_STATE : GVM_OK);
        if (block == 0) {
            gvm_store_write_abort(w);
            ok(gvm_store_write_begin(&w, store));
        }
        ok(gvm_statedb_commit(db, w, patch, block));
        assert_int_equal(gvm_statedb_commit(db, w, patch, block + 1), GVM_ERR_STATE);
    } else {
        ok(gvm_statedb_apply(db, &root, w, block, &d.diff));
    }
    assert_memory_equal(root.b, m->root.b, 32);
    gvm_statedb_patch_free(patch);
    ok(gvm_statedb_view_in(&v, db, w, GVM_STATEDB_HEAD));
    check_view(v, m);
    gvm_statedb_view_close(v);
    ok(gvm_store_write_commit(w, NULL));
}

static void run_model(gvm_store *store, uint64_t seed) {
    static model blocks[BLOCKS];
    gvm_statedb *db;
    gvm_state_memory *memory;
    gvm_store_txn *w;
    bool more;
    rng_state = seed;
    ok(gvm_statedb_open(&db, store, NULL));
    ok(gvm_state_memory_new(&memory));
    memset(&blocks[0], 0, sizeof blocks[0]);
    uint64_t head = 0, oldest = 0;
    next_block(db, store, memory, &blocks[0], 0);
    for (int step = 0; step < 120 && head + 1 < BLOCKS; step++) {
        uint32_t what = rnd(10);
        if (what == 0) {
            uint64_t back = rnd(6), to = back > head - oldest ? oldest : head - back;
            ok(gvm_store_write_begin(&w, store));
            ok(gvm_statedb_unwind(db, w, to));
            if (oldest) assert_int_equal(gvm_statedb_unwind(db, w, oldest - 1), GVM_ERR_NOT_FOUND);
            ok(gvm_store_write_commit(w, NULL));
            head = to;
        } else if (what == 1) {
            uint64_t window = 8 + rnd(10);
            ok(gvm_store_write_begin(&w, store));
            do ok(gvm_statedb_prune(db, &more, w, window, 20));
            while (more);
            ok(gvm_store_write_commit(w, NULL));
            if (head - oldest >= window) oldest = head - window + 1;
        } else {
            blocks[head + 1] = blocks[head];
            head++;
            next_block(db, store, memory, &blocks[head], head);
        }
        uint64_t some = oldest + rnd((uint32_t)(head - oldest + 1));
        check_block(db, &blocks[some], some);
        gvm_stateview *v;
        if (oldest) assert_int_equal(gvm_statedb_view_open(&v, db, oldest - 1), GVM_ERR_NOT_FOUND);
        assert_int_equal(gvm_statedb_view_open(&v, db, head + 1), GVM_ERR_NOT_FOUND);
    }
    for (uint64_t b = oldest; b <= head; b++) check_block(db, &blocks[b], b);
    count_differences(store);
    /* With one block kept, nothing is left of all the others. */
    ok(gvm_store_write_begin(&w, store));
    ok(gvm_statedb_prune(db, &more, w, 1, 0));
    assert_false(more);
    ok(gvm_store_write_commit(w, NULL));
    check_block(db, &blocks[head], head);
    size_t accounts = 0, slots = 0;
    for (int i = 0; i < ACCOUNTS; i++) {
        accounts += blocks[head].a[i].exists;
        for (int k = 0; k < SLOTS; k++) slots += blocks[head].a[i].slot[k] != 0;
    }
    assert_int_equal(count_records(store, GVM_TABLE_STATE_ACCOUNT), accounts);
    assert_int_equal(count_records(store, GVM_TABLE_STATE_STORAGE), slots);
    assert_int_equal(count_records(store, GVM_TABLE_STATE_GARBAGE), 0);
    assert_int_equal(count_records(store, GVM_TABLE_STATE_CHANGES), 1);
    gvm_state_memory_delete(memory);
    gvm_statedb_close(db);
}

static void test_memory_follows_the_model(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed < 9; seed++) {
        gvm_store *store;
        ok(gvm_store_open_memory(&store));
        run_model(store, seed);
        gvm_store_close(store);
    }
    assert_true(differences > 100);
}

static char folder[64];

static gvm_store *open_disk(void) {
    gvm_store *store;
    ok(gvm_store_open(&store, NULL, folder, NULL, NULL));
    return store;
}

static int make_folder(void **state) {
    (void)state;
    strcpy(folder,
           access("/dev/shm", W_OK) == 0 ? "/dev/shm/gvm-state-XXXXXX" : "/tmp/gvm-state-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    static const char *const names[] = {"data.mdb", "lock.mdb", "store.lock", "store.checkpoint"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static void test_disk_follows_the_model(void **state) {
    (void)state;
    for (uint64_t seed = 20; seed < 23; seed++) {
        gvm_store *store = open_disk();
        run_model(store, seed);
        gvm_store_close(store);
        remove_folder(NULL);
        make_folder(NULL);
    }
}

/* A view outlives new blocks, renewals and the watchdog, and says so when its block is taken back.
 */
static void test_views_last(void **state) {
    (void)state;
    gvm_store *store = open_disk();
    gvm_statedb *db;
    gvm_state_memory *memory;
    gvm_store_txn *w;
    gvm_stateview *v, *parked;
    static model blocks[8];
    bool more;
    rng_state = 77;
    ok(gvm_statedb_open(&db, store, NULL));
    ok(gvm_state_memory_new(&memory));
    assert_int_equal(gvm_statedb_view_open(&v, db, GVM_STATEDB_HEAD), GVM_ERR_NOT_FOUND);
    for (uint64_t b = 0; b < 8; b++) {
        if (b) blocks[b] = blocks[b - 1];
        next_block(db, store, memory, &blocks[b], b);
        if (b == 5) {
            ok(gvm_statedb_view_open(&v, db, GVM_STATEDB_HEAD));
            ok(gvm_statedb_view_open(&parked, db, 5));
            gvm_statedb_view_park(parked);
        }
    }
    check_view(v, &blocks[5]);
    assert_int_equal(gvm_store_expire(store, 0), 1);
    check_view(v, &blocks[5]);
    check_view(parked, &blocks[5]);

    gvm_address a = address_of(1);
    gvm_u256 key = key_of(SLOTS + 1), value;
    gvm_account account;
    ok(gvm_store_write_begin(&w, store));
    ok(gvm_statedb_unwind(db, w, 4));
    ok(gvm_store_write_commit(w, NULL));
    check_view(v, &blocks[5]);
    gvm_store_expire(store, 0);
    gvm_address unknown = {{0x99}};
    assert_int_equal(gvm_statedb_account(v, &account, &unknown), GVM_ERR_STATE);
    gvm_statedb_view_close(v);
    ok(gvm_statedb_view_open(&v, db, 4));
    static model other[2];
    other[0] = blocks[4];
    next_block(db, store, memory, &other[0], 5);
    other[1] = other[0];
    next_block(db, store, memory, &other[1], 6);
    gvm_statedb_view_park(parked);
    assert_int_equal(gvm_statedb_account(parked, &account, &unknown), GVM_ERR_STATE);
    gvm_statedb_view_close(parked);
    check_view(v, &blocks[4]);
    ok(gvm_store_write_begin(&w, store));
    ok(gvm_statedb_prune(db, &more, w, 1, 0));
    ok(gvm_store_write_commit(w, NULL));
    gvm_statedb_view_park(v);
    assert_int_equal(gvm_statedb_account(v, &account, &unknown), GVM_ERR_STATE);
    gvm_statedb_view_close(v);

    gvm_store_close((gvm_statedb_close(db), store));
    store = open_disk();
    ok(gvm_statedb_open(&db, store, NULL));
    check_block(db, &other[1], 6);
    ok(gvm_statedb_view_empty(&v, db));
    ok(gvm_statedb_storage(v, &value, &a, &key));
    assert_int_equal(gvm_statedb_account(v, &account, &a), GVM_ERR_NOT_FOUND);
    gvm_statedb_view_close(v);
    gvm_statedb_close(db);
    gvm_store_close(store);
    gvm_state_memory_delete(memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_follows_the_model),
        cmocka_unit_test_setup_teardown(test_disk_follows_the_model, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_views_last, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
