/* What a root costs as the state grows, and a proof: states of 10^4, 10^5 and 10^6 accounts on
 * disk, blocks of 1,000 changed accounts and of one. Arguments: sizes (default those three). The
 * folder is made under $TMPDIR (/tmp). */
#include "crypto/keccak.h"
#include "state/db.h"
#include "trie/root.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { CHANGES = 1000, BLOCKS = 31, PROOFS = 20000, SIZES_MAX = 8 };

static void must(gvm_status s, const char *what) {
    if (s == GVM_OK) return;
    fprintf(stderr, "%s: %s\n", what, gvm_status_text(s));
    exit(1);
}
#define MUST(expr) must((expr), #expr)

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Of this thread alone: roots and proofs are computed, not waited for, and the machine may have
 * other things to do. */
static double cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t rng_state = 1;
static uint64_t rnd(void) {
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return rng_state;
}

static gvm_address address_of(uint64_t i) {
    gvm_address a = {{0}};
    gvm_store_be64(a.b + 12, i);
    gvm_store_be64(a.b, i * 0x9e3779b97f4a7c15u);
    return a;
}

static gvm_account_change change_of(uint64_t i) {
    gvm_account_change c = {.address = address_of(i)};
    c.account.nonce = rnd() % 1000;
    c.account.balance = (gvm_u256){{rnd(), rnd() & 0xffff, 0, 0}};
    c.account.code_hash = GVM_EMPTY_CODE_HASH;
    return c;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static double median(double *v, size_t n) {
    qsort(v, n, sizeof *v, ascending);
    return v[n / 2];
}

typedef struct row {
    size_t accounts;
    double genesis, root, commit, root_one, commit_one, proof, proof_p99, open;
    double mib, block_kib;
} row;

static uint64_t file_size(gvm_store *store) {
    gvm_store_stats s;
    gvm_store_stats_get(store, &s);
    return s.used_bytes;
}

/* `count` distinct accounts that exist. */
static void block(gvm_statedb *db, gvm_store *store, double *root_s, double *commit_s,
                  size_t accounts, size_t count, uint64_t number) {
    static gvm_account_change changes[CHANGES];
    uint64_t at = rnd() % accounts;
    for (size_t i = 0; i < count; i++) {
        at = (at + 1 + rnd() % (accounts / CHANGES)) % accounts;
        changes[i] = change_of(at);
    }
    gvm_state_diff diff = {changes, count};
    gvm_stateview *view;
    gvm_statepatch *patch;
    gvm_store_txn *txn;
    gvm_hash root;
    double start = cpu();
    MUST(gvm_statedb_view_open(&view, db, GVM_STATEDB_HEAD));
    MUST(gvm_statedb_prepare(&patch, &root, view, &diff));
    gvm_statedb_view_close(view);
    *root_s = cpu() - start;
    start = now();
    MUST(gvm_store_write_begin(&txn, store));
    MUST(gvm_statedb_commit(db, txn, patch, number));
    MUST(gvm_store_write_commit(txn, NULL));
    *commit_s = now() - start;
    gvm_statedb_patch_free(patch);
}

static void proofs(gvm_statedb *db, row *r) {
    static double took[PROOFS];
    for (size_t i = 0; i < PROOFS; i++) {
        gvm_address a = address_of(rnd() % r->accounts);
        gvm_stateview *view;
        gvm_account_proof proof;
        double start = now();
        MUST(gvm_statedb_view_open(&view, db, GVM_STATEDB_HEAD));
        MUST(gvm_statedb_prove(view, &proof, &a, NULL, 0));
        gvm_statedb_view_close(view);
        took[i] = now() - start;
        gvm_account_proof_free(&proof);
    }
    r->proof = median(took, PROOFS);
    r->proof_p99 = took[PROOFS * 99 / 100];
}

static void measure(row *r) {
    char folder[512], command[600];
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/gvm-trie-bench-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(folder)) exit(1);
    gvm_store *store;
    gvm_statedb *db;
    gvm_store_txn *txn;
    gvm_hash root;
    MUST(gvm_store_open(&store, NULL, folder, NULL, NULL));
    MUST(gvm_statedb_open(&db, store, NULL));

    gvm_account_change *all = malloc(r->accounts * sizeof *all);
    if (!all) exit(1);
    for (size_t i = 0; i < r->accounts; i++) all[i] = change_of(i);
    gvm_state_diff genesis = {all, r->accounts};
    double start = now();
    MUST(gvm_store_write_begin(&txn, store));
    MUST(gvm_statedb_apply(db, &root, txn, 0, &genesis));
    MUST(gvm_store_write_commit(txn, NULL));
    r->genesis = now() - start;
    free(all);
    r->mib = (double)file_size(store) / (1 << 20);

    double a[BLOCKS], b[BLOCKS];
    uint64_t number = 1;
    for (int i = 0; i < BLOCKS; i++) block(db, store, &a[i], &b[i], r->accounts, CHANGES, number++);
    r->root = median(a, BLOCKS);
    r->commit = median(b, BLOCKS);
    for (int i = 0; i < BLOCKS; i++) block(db, store, &a[i], &b[i], r->accounts, 1, number++);
    r->root_one = median(a, BLOCKS);
    r->commit_one = median(b, BLOCKS);
    r->block_kib = ((double)file_size(store) / 1024 - r->mib * 1024) / BLOCKS;
    proofs(db, r);

    gvm_statedb_close(db);
    gvm_store_close(store);
    start = now();
    MUST(gvm_store_open(&store, NULL, folder, NULL, NULL));
    MUST(gvm_statedb_open(&db, store, NULL));
    r->open = now() - start;
    gvm_statedb_close(db);
    gvm_store_close(store);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0) exit(1);
}

/* The streaming builder over entries in memory. */
static void measure_streaming(size_t count) {
    gvm_trie_item *items = malloc(count * sizeof *items);
    gvm_hash *keys = malloc(count * sizeof *keys), root;
    static uint8_t value[80];
    if (!items || !keys) exit(1);
    for (size_t i = 0; i < count; i++) {
        gvm_keccak256(&keys[i], gvm_bytes_make(&i, sizeof i));
        items[i] = (gvm_trie_item){gvm_bytes_make(keys[i].b, 32), gvm_bytes_make(value, 79)};
    }
    value[0] = 1;
    double start = now();
    MUST(gvm_trie_root_unsorted(&root, items, count));
    double sorting = now() - start;
    start = now();
    MUST(gvm_trie_root_sorted(&root, items, count));
    double took = now() - start;
    printf("streaming root of %zu entries in memory: %.0f ms sorted (%.2f us an entry), %.0f ms "
           "with sorting\n",
           count, took * 1e3, took * 1e6 / (double)count, sorting * 1e3);
    free(items);
    free(keys);
}

int main(int argc, char **argv) {
    size_t sizes[SIZES_MAX] = {10000, 100000, 1000000}, n = 3;
    if (argc > 1) {
        for (n = 0; n + 1 < (size_t)argc && n < SIZES_MAX; n++)
            sizes[n] = strtoull(argv[n + 1], NULL, 10);
    }
    printf("times in ms: roots in CPU time, the others by the clock; changes are to existing "
           "accounts at "
           "random; getProof opens a view each time\n");
    printf("%9s %9s %7s | %9s %9s | %8s %8s | %8s %8s | %7s %8s | %s\n", "accounts", "genesis",
           "MiB", "root 1000", "commit", "root 1", "commit", "getProof", "p99", "open", "KiB/blk",
           "root 1000 against the first row");
    double first = 0;
    for (size_t i = 0; i < n; i++) {
        row r = {.accounts = sizes[i]};
        measure(&r);
        if (first == 0) first = r.root;
        printf("%9zu %9.0f %7.0f | %9.2f %9.2f | %8.3f %8.3f | %8.4f %8.4f | %7.1f %8.0f | %.2f\n",
               r.accounts, r.genesis * 1e3, r.mib, r.root * 1e3, r.commit * 1e3, r.root_one * 1e3,
               r.commit_one * 1e3, r.proof * 1e3, r.proof_p99 * 1e3, r.open * 1e3, r.block_kib,
               r.root / first);
        fflush(stdout);
    }
    measure_streaming(sizes[n - 1]);
    return 0;
}
