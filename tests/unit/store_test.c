/* Both backends against one naive model, then what each promises for itself. */
#include "crypto/keccak.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define ok(expr) assert_int_equal((expr), GVM_OK)

enum { MODEL_KEYS = 3000 };

typedef struct model {
    int value[MODEL_KEYS]; /* 0: absent */
} model;

static uint64_t rng_state;
static uint32_t rnd(uint32_t below) {
    rng_state = rng_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(rng_state >> 33) % below;
}

/* Key i as bytes of uneven length whose order is that of the index. */
static gvm_bytes key_of(char *buf, int i) {
    int n = snprintf(buf, 40, "k%04d%.*s", i, i % 17, "abcdefghijklmnopqrst");
    return gvm_bytes_make(buf, (size_t)n);
}

static void check_model(gvm_store_txn *txn, const model *m) {
    char buf[40];
    gvm_store_cursor *c;
    ok(gvm_store_cursor_open(&c, txn, GVM_TABLE_META));
    gvm_status s = gvm_store_seek(c, (gvm_bytes){0});
    int last = -1;
    for (int i = 0; i < MODEL_KEYS; i++) {
        gvm_bytes v;
        gvm_status g = gvm_store_get(txn, &v, GVM_TABLE_META, key_of(buf, i));
        assert_int_equal(g, m->value[i] ? GVM_OK : GVM_ERR_NOT_FOUND);
        if (!m->value[i]) continue;
        assert_int_equal(v.len, sizeof(int));
        assert_memory_equal(v.ptr, &m->value[i], sizeof(int));
        assert_int_equal(s, GVM_OK);
        assert_true(gvm_bytes_equal(gvm_store_cursor_key(c), key_of(buf, i)));
        s = gvm_store_next(c);
        last = i;
    }
    assert_int_equal(s, GVM_ERR_NOT_FOUND);
    s = gvm_store_seek_before(c, (gvm_bytes){0});
    for (int i = last; i >= 0; i--) {
        if (!m->value[i]) continue;
        assert_int_equal(s, GVM_OK);
        assert_true(gvm_bytes_equal(gvm_store_cursor_key(c), key_of(buf, i)));
        s = gvm_store_prev(c);
    }
    assert_int_equal(s, GVM_ERR_NOT_FOUND);
    for (int n = 0; n < 50; n++) {
        int at = (int)rnd(MODEL_KEYS), above = at, below = at - 1;
        while (above < MODEL_KEYS && !m->value[above]) above++;
        while (below >= 0 && !m->value[below]) below--;
        s = gvm_store_seek(c, key_of(buf, at));
        assert_int_equal(s, above < MODEL_KEYS ? GVM_OK : GVM_ERR_NOT_FOUND);
        if (s == GVM_OK) assert_true(gvm_bytes_equal(gvm_store_cursor_key(c), key_of(buf, above)));
        s = gvm_store_seek_before(c, key_of(buf, at));
        assert_int_equal(s, below >= 0 ? GVM_OK : GVM_ERR_NOT_FOUND);
        if (s == GVM_OK) assert_true(gvm_bytes_equal(gvm_store_cursor_key(c), key_of(buf, below)));
    }
    gvm_store_cursor_close(c);
}

static void run_model(gvm_store *store) {
    static model now, held;
    memset(&now, 0, sizeof now);
    rng_state = 7;
    gvm_store_txn *old = NULL;
    for (int round = 0; round < 60; round++) {
        model before = now;
        gvm_store_txn *w;
        ok(gvm_store_write_begin(&w, store));
        /* Waves of growth and of shrinking, so that trees split and collapse. */
        int grow = (round / 10) % 2 == 0;
        for (int n = 0; n < 400; n++) {
            char buf[40];
            int i = (int)rnd(MODEL_KEYS);
            gvm_bytes k = key_of(buf, i);
            if (rnd(10) < (grow ? 9u : 1u)) {
                now.value[i] = round * 1000 + n + 1;
                ok(gvm_store_put(w, GVM_TABLE_META, k, gvm_bytes_make(&now.value[i], sizeof(int))));
            } else {
                gvm_status s = gvm_store_del(w, GVM_TABLE_META, k);
                assert_int_equal(s, now.value[i] ? GVM_OK : GVM_ERR_NOT_FOUND);
                now.value[i] = 0;
            }
        }
        check_model(w, &now);
        if (round % 5 == 4) {
            gvm_store_write_abort(w);
            now = before;
        } else {
            ok(gvm_store_write_commit(w, NULL));
        }
        if (old) {
            check_model(old, &held);
            gvm_store_read_end(old);
        }
        ok(gvm_store_read_begin(&old, store));
        check_model(old, &now);
        held = now;
    }
    gvm_store_read_end(old);
    gvm_store_txn *w;
    ok(gvm_store_write_begin(&w, store));
    for (int i = 0; i < MODEL_KEYS; i++) {
        char buf[40];
        if (now.value[i]) ok(gvm_store_del(w, GVM_TABLE_META, key_of(buf, i)));
    }
    gvm_store_cursor *c;
    ok(gvm_store_cursor_open(&c, w, GVM_TABLE_META));
    assert_int_equal(gvm_store_seek(c, (gvm_bytes){0}), GVM_ERR_NOT_FOUND);
    assert_int_equal(gvm_store_seek_before(c, (gvm_bytes){0}), GVM_ERR_NOT_FOUND);
    gvm_store_cursor_close(c);
    ok(gvm_store_write_commit(w, NULL));
}

static void run_rules(gvm_store *store) {
    gvm_store_txn *w, *r;
    gvm_bytes v;
    ok(gvm_store_write_begin(&w, store));
    assert_int_equal(gvm_store_put(w, GVM_TABLE_META, (gvm_bytes){0}, v = gvm_bytes_str("v")),
                     GVM_ERR_LIMIT);
    gvm_store_write_abort(w);

    ok(gvm_store_write_begin(&w, store));
    ok(gvm_store_append(w, GVM_TABLE_META, gvm_bytes_str("a"), gvm_bytes_str("1")));
    ok(gvm_store_append(w, GVM_TABLE_META, gvm_bytes_str("b"), gvm_bytes_str("")));
    assert_int_equal(gvm_store_append(w, GVM_TABLE_META, gvm_bytes_str("b"), gvm_bytes_str("3")),
                     GVM_ERR_ARGUMENT);
    gvm_store_cursor *c;
    ok(gvm_store_cursor_open(&c, w, GVM_TABLE_META));
    assert_int_equal(gvm_store_next(c), GVM_ERR_STATE);
    ok(gvm_store_seek(c, gvm_bytes_str("a")));
    assert_true(gvm_store_cursor_in(c, gvm_bytes_str("a")));
    ok(gvm_store_put(w, GVM_TABLE_META, gvm_bytes_str("aa"), gvm_bytes_str("2")));
    assert_int_equal(gvm_store_next(c), GVM_ERR_STATE);
    ok(gvm_store_seek(c, gvm_bytes_str("a")));
    ok(gvm_store_next(c));
    assert_true(gvm_bytes_equal(gvm_store_cursor_value(c), gvm_bytes_str("2")));
    gvm_store_cursor_close(c);
    ok(gvm_store_write_commit(w, NULL));

    ok(gvm_store_read_begin(&r, store));
    ok(gvm_store_get(r, &v, GVM_TABLE_META, gvm_bytes_str("b")));
    assert_int_equal(v.len, 0);
    ok(gvm_store_write_begin(&w, store));
    ok(gvm_store_del(w, GVM_TABLE_META, gvm_bytes_str("b")));
    ok(gvm_store_write_commit(w, NULL));
    ok(gvm_store_get(r, &v, GVM_TABLE_META, gvm_bytes_str("b")));
    ok(gvm_store_read_renew(r));
    assert_int_equal(gvm_store_get(r, &v, GVM_TABLE_META, gvm_bytes_str("b")), GVM_ERR_NOT_FOUND);

    assert_int_equal(gvm_store_expire(store, 0), 1);
    assert_false(gvm_store_read_valid(r));
    assert_int_equal(gvm_store_get(r, &v, GVM_TABLE_META, gvm_bytes_str("a")), GVM_ERR_TIMEOUT);
    ok(gvm_store_read_renew(r));
    assert_true(gvm_store_read_valid(r));
    ok(gvm_store_get(r, &v, GVM_TABLE_META, gvm_bytes_str("a")));
    gvm_store_read_end(r);
}

static void test_memory_follows_the_model(void **state) {
    (void)state;
    gvm_store *store;
    ok(gvm_store_open_memory(&store));
    run_model(store);
    gvm_store_stats stats;
    gvm_store_stats_get(store, &stats);
    assert_int_equal(stats.file_bytes, 0);
    run_rules(store);
    gvm_store_close(store);
}

/* ---- on disk */

static char folder[64];

static int make_folder(void **state) {
    (void)state;
    strcpy(folder,
           access("/dev/shm", W_OK) == 0 ? "/dev/shm/gvm-store-XXXXXX" : "/tmp/gvm-store-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    static const char *const names[] = {"data.mdb",         "lock.mdb",  "store.lock",
                                        "store.checkpoint", "data.copy", "store.checkpoint.new",
                                        "checkpoint.copy"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static gvm_store *open_with(gvm_store_report *report, gvm_store_options options) {
    gvm_store *store;
    gvm_error err = {0};
    gvm_status s = gvm_store_open(&store, report, folder, &options, &err);
    if (s != GVM_OK) fail_msg("open: %s: %s", gvm_status_name(s), gvm_error_text(&err));
    return store;
}

static void test_disk_follows_the_model(void **state) {
    (void)state;
    for (int grade = 0; grade < 2; grade++) {
        gvm_store_report report;
        gvm_store *store = open_with(&report, (gvm_store_options){.grade = (gvm_store_grade)grade});
        assert_int_equal(report.created, grade == 0);
        assert_false(report.unclean);
        run_model(store);
        if (grade == 1) run_rules(store);
        gvm_store_close(store);
    }
    gvm_store_report report;
    gvm_store *store = open_with(&report, (gvm_store_options){.verify = true});
    assert_false(report.created);
    assert_true(report.pages_checked > 0);
    gvm_store_txn *r;
    gvm_bytes v;
    ok(gvm_store_read_begin(&r, store));
    ok(gvm_store_get(r, &v, GVM_TABLE_META, gvm_bytes_str("aa")));
    gvm_store_read_end(r);
    gvm_store_close(store);
}

static void test_second_process_is_refused(void **state) {
    (void)state;
    gvm_store *store = open_with(NULL, (gvm_store_options){0}), *other;
    gvm_error err = {0};
    assert_int_equal(gvm_store_open(&other, NULL, folder, NULL, &err), GVM_ERR_BUSY);
    char pid[32];
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    assert_non_null(strstr(gvm_error_text(&err), pid));
    gvm_store_close(store);
}

/* Batch n writes n under every key, so a batch that is there in part shows. */
enum { BATCH_KEYS = 200, FILLER = 300 };

static void write_batch(gvm_store *store, uint32_t n) {
    gvm_store_txn *w;
    uint8_t value[FILLER];
    ok(gvm_store_write_begin(&w, store));
    memset(value, (int)n, sizeof value);
    memcpy(value, &n, 4);
    for (uint32_t i = 0; i < BATCH_KEYS; i++) {
        uint8_t key[8];
        gvm_store_be32(key, i * 2654435761u);
        gvm_store_be32(key + 4, i);
        ok(gvm_store_put(w, GVM_TABLE_STATE_ACCOUNT, gvm_bytes_make(key, 8),
                         gvm_bytes_make(value, sizeof value)));
    }
    uint8_t key[4];
    gvm_store_be32(key, n);
    ok(gvm_store_put(w, GVM_TABLE_STATE_TRIE, gvm_bytes_make(key, 4), gvm_bytes_make(value, 40)));
    ok(gvm_store_write_commit(w, NULL));
}

static uint32_t read_batches(gvm_store *store) {
    gvm_store_txn *r;
    gvm_store_cursor *c;
    uint32_t n = 0, count = 0;
    ok(gvm_store_read_begin(&r, store));
    ok(gvm_store_cursor_open(&c, r, GVM_TABLE_STATE_ACCOUNT));
    for (gvm_status s = gvm_store_seek(c, (gvm_bytes){0}); s == GVM_OK; s = gvm_store_next(c)) {
        uint32_t found;
        gvm_bytes v = gvm_store_cursor_value(c);
        assert_int_equal(v.len, FILLER);
        memcpy(&found, v.ptr, 4);
        if (count++ == 0) n = found;
        assert_int_equal(found, n);
        assert_int_equal(v.ptr[FILLER - 1], (uint8_t)n);
    }
    assert_true(count == BATCH_KEYS || (count == 0 && n == 0));
    gvm_store_cursor_close(c);
    ok(gvm_store_cursor_open(&c, r, GVM_TABLE_STATE_TRIE));
    uint32_t marks = 0;
    for (gvm_status s = gvm_store_seek(c, (gvm_bytes){0}); s == GVM_OK; s = gvm_store_next(c))
        marks++;
    assert_int_equal(marks, n);
    gvm_store_cursor_close(c);
    gvm_store_read_end(r);
    return n;
}

static void test_kill_loses_no_commit(void **state) {
    (void)state;
    uint32_t last = 0;
    for (int round = 0; round < 12; round++) {
        int told[2];
        assert_int_equal(pipe(told), 0);
        gvm_store_grade grade = round % 3 == 2 ? GVM_STORE_POWER : GVM_STORE_PROCESS;
        pid_t pid = fork();
        if (pid == 0) {
            gvm_store_report report;
            gvm_store *store =
                open_with(&report, (gvm_store_options){.grade = grade, .sync_ms = 10});
            if (read_batches(store) != last) _exit(9);
            if (report.unclean != (round > 0) || report.rolled_back) _exit(8);
            for (uint32_t n = last + 1;; n++) {
                write_batch(store, n);
                if (write(told[1], &n, 4) != 4) _exit(7);
            }
        }
        close(told[1]);
        uint32_t n, stop = last + 1 + (uint32_t)(round * 7) % 40;
        bool killed = false;
        /* Everything that was acknowledged counts, also what comes through the pipe after the kill.
         */
        uint32_t acknowledged = last;
        while (read(told[0], &n, 4) == 4) {
            acknowledged = n;
            if (!killed && n >= stop) {
                kill(pid, SIGKILL);
                killed = true;
            }
        }
        close(told[0]);
        int status;
        waitpid(pid, &status, 0);
        assert_true(WIFSIGNALED(status));
        gvm_store_report report;
        /* Look without opening for good: as the next process would, and die again. */
        int result[2];
        assert_int_equal(pipe(result), 0);
        pid = fork();
        if (pid == 0) {
            gvm_store *store = open_with(&report, (gvm_store_options){.verify = true});
            last = read_batches(store);
            if (write(result[1], &last, 4) != 4) _exit(7);
            kill(getpid(), SIGKILL);
        }
        assert_int_equal(read(result[0], &last, 4), 4);
        close(result[0]);
        close(result[1]);
        waitpid(pid, &status, 0);
        assert_true(last == acknowledged || last == acknowledged + 1);
    }
}

static gvm_buf read_file(const char *name) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    gvm_buf b = {0};
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    uint8_t chunk[65536];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;) gvm_buf_append(&b, chunk, n);
    fclose(f);
    ok(gvm_buf_status(&b));
    return b;
}

static void write_file(const char *name, const gvm_buf *b) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(b->ptr, 1, b->len, f), b->len);
    fclose(f);
}

/* The file as a power cut may leave it: of each page written since the last sync, the old or the
 * new. */
static void test_power_cut_rolls_back_to_the_last_sync(void **state) {
    (void)state;
    rng_state = 99;
    for (int round = 0; round < 8; round++) {
        int told[2], go[2];
        assert_true(pipe(told) == 0 && pipe(go) == 0);
        uint32_t synced = 30 + (uint32_t)round * 3;
        pid_t pid = fork();
        if (pid == 0) {
            gvm_store *store = open_with(NULL, (gvm_store_options){.sync_ms = 1000000});
            for (uint32_t n = 1; n <= synced; n++) write_batch(store, n);
            ok(gvm_store_sync(store, NULL));
            char c = 'x';
            if (write(told[1], &c, 1) != 1 || read(go[0], &c, 1) != 1) _exit(7);
            for (uint32_t n = synced + 1; n <= synced + 50; n++) write_batch(store, n);
            kill(getpid(), SIGKILL);
        }
        char c;
        assert_int_equal(read(told[0], &c, 1), 1);
        gvm_buf old = read_file("data.mdb");
        assert_int_equal(write(go[1], &c, 1), 1);
        int status;
        waitpid(pid, &status, 0);
        assert_true(WIFSIGNALED(status));
        for (int i = 0; i < 2; i++) {
            close(told[i]);
            close(go[i]);
        }
        gvm_buf now = read_file("data.mdb");
        assert_true(now.len > old.len);
        for (size_t at = 0; at < now.len; at += 4096) {
            size_t n = now.len - at < 4096 ? now.len - at : 4096;
            if (rnd(100) < 40) {
                if (at + n <= old.len)
                    memcpy(now.ptr + at, old.ptr + at, n);
                else
                    memset(now.ptr + at, 0, n);
            }
        }
        /* The new meta pages made it to the disk, which is the worst case. */
        gvm_buf newest = read_file("data.mdb");
        memcpy(now.ptr, newest.ptr, 8192);
        write_file("data.mdb", &now);
        gvm_buf ckpt = read_file("store.checkpoint");
        ckpt.ptr[8] ^= 1; /* another boot */
        gvm_hash sum;
        gvm_keccak256(&sum, gvm_bytes_make(ckpt.ptr, ckpt.len - 32));
        memcpy(ckpt.ptr + ckpt.len - 32, sum.b, 32);
        write_file("store.checkpoint", &ckpt);
        gvm_store_report report;
        gvm_store *store = open_with(&report, (gvm_store_options){.verify = true});
        assert_true(report.unclean);
        assert_true(report.rolled_back);
        assert_int_equal(read_batches(store), synced);
        write_batch(store, synced + 1);
        gvm_store_close(store);
        store = open_with(&report, (gvm_store_options){.verify = true});
        assert_false(report.unclean || report.rolled_back);
        assert_int_equal(read_batches(store), synced + 1);
        gvm_store_close(store);
        gvm_buf_free(&old);
        gvm_buf_free(&now);
        gvm_buf_free(&newest);
        gvm_buf_free(&ckpt);
        remove_folder(NULL);
        assert_int_equal(mkdir(folder, 0700), 0);
    }
}

/* A checkpoint of a process-grade life must not outlive a power-grade one. */
static void test_power_grade_removes_an_old_checkpoint(void **state) {
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        gvm_store *store = open_with(NULL, (gvm_store_options){0});
        write_batch(store, 1);
        kill(getpid(), SIGKILL);
    }
    int status;
    waitpid(pid, &status, 0);
    char path[128];
    snprintf(path, sizeof path, "%s/store.checkpoint", folder);
    assert_int_equal(access(path, F_OK), 0);
    gvm_store *store = open_with(NULL, (gvm_store_options){.grade = GVM_STORE_POWER});
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(read_batches(store), 1);
    gvm_store_close(store);
}

static void test_map_grows_by_itself(void **state) {
    (void)state;
    gvm_store *store = open_with(NULL, (gvm_store_options){.map_initial = 1 << 20});
    gvm_store_txn *w, *r;
    gvm_bytes v;
    static uint8_t value[3000];
    for (uint32_t round = 0; round < 4; round++) {
        ok(gvm_store_write_begin(&w, store));
        gvm_store_cursor *c;
        ok(gvm_store_cursor_open(&c, w, GVM_TABLE_META));
        for (uint32_t i = 0; i < 2000; i++) {
            uint8_t key[8];
            gvm_store_be32(key, round);
            gvm_store_be32(key + 4, i);
            memset(value, (int)(i + round), sizeof value);
            ok(gvm_store_append(w, GVM_TABLE_META, gvm_bytes_make(key, 8),
                                gvm_bytes_make(value, sizeof value)));
            if (i % 3 == 0) ok(gvm_store_del(w, GVM_TABLE_META, gvm_bytes_make(key, 8)));
            if (i % 99 == 1) {
                ok(gvm_store_seek(c, gvm_bytes_make(key, 8)));
                assert_true(gvm_bytes_equal(gvm_store_cursor_key(c), gvm_bytes_make(key, 8)));
            }
        }
        gvm_store_cursor_close(c);
        ok(gvm_store_write_commit(w, NULL));
        ok(gvm_store_read_begin(&r, store));
        for (uint32_t i = 0; i < 2000; i++) {
            uint8_t key[8];
            gvm_store_be32(key, round);
            gvm_store_be32(key + 4, i);
            gvm_status s = gvm_store_get(r, &v, GVM_TABLE_META, gvm_bytes_make(key, 8));
            assert_int_equal(s, i % 3 == 0 ? GVM_ERR_NOT_FOUND : GVM_OK);
            if (s == GVM_OK) assert_int_equal(v.ptr[2999], (uint8_t)(i + round));
        }
        gvm_store_read_end(r);
    }
    gvm_store_stats stats;
    gvm_store_stats_get(store, &stats);
    assert_true(stats.grown > 3);
    assert_true(stats.map_bytes > 16 << 20);
    gvm_store_close(store);
}

static void test_full_disk_damages_nothing(void **state) {
    (void)state;
    gvm_store *store = open_with(NULL, (gvm_store_options){0});
    write_batch(store, 1);
    gvm_store_stats stats;
    gvm_store_stats_get(store, &stats);
    struct rlimit was, tight;
    getrlimit(RLIMIT_FSIZE, &was);
    tight = was;
    tight.rlim_cur = stats.file_bytes + (1 << 20);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    gvm_store_txn *w;
    static uint8_t big[3 << 20];
    gvm_error err = {0};
    ok(gvm_store_write_begin(&w, store));
    gvm_status s =
        gvm_store_put(w, GVM_TABLE_META, gvm_bytes_str("big"), gvm_bytes_make(big, sizeof big));
    if (s == GVM_OK)
        s = gvm_store_write_commit(w, &err);
    else
        gvm_store_write_abort(w);
    assert_int_equal(s, GVM_ERR_FULL);
    assert_int_equal(read_batches(store), 1);
    write_batch(store, 2);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    ok(gvm_store_write_begin(&w, store));
    ok(gvm_store_put(w, GVM_TABLE_META, gvm_bytes_str("big"), gvm_bytes_make(big, sizeof big)));
    ok(gvm_store_write_commit(w, &err));
    gvm_store_close(store);
    store = open_with(NULL, (gvm_store_options){.verify = true});
    assert_int_equal(read_batches(store), 2);
    gvm_store_close(store);
}

static void test_file_stays_bounded_under_a_stalled_reader(void **state) {
    (void)state;
    gvm_store *store = open_with(NULL, (gvm_store_options){.reader_limit_ms = 200, .sync_ms = 100});
    write_batch(store, 1);
    gvm_store_txn *stalled;
    gvm_bytes v;
    ok(gvm_store_read_begin(&stalled, store));
    uint64_t commits = 0;
    gvm_store_stats stats;
    time_t start = time(NULL);
    uint64_t at_expiry = 0;
    do {
        /* The same mark each time: only replaced pages pile up. */
        write_batch(store, 1);
        commits++;
        struct timespec pause = {0, 500000};
        nanosleep(&pause, NULL);
        gvm_store_stats_get(store, &stats);
        if (at_expiry == 0 && stats.expired) at_expiry = stats.file_bytes;
    } while (time(NULL) - start < 3);
    assert_int_equal(stats.expired, 1);
    assert_int_equal(gvm_store_get(stalled, &v, GVM_TABLE_META, gvm_bytes_str("a")),
                     GVM_ERR_TIMEOUT);
    gvm_store_stats_get(store, &stats);
    /* A batch replaces about 20 pages: without the watchdog the file would hold them all. */
    assert_true(commits > 300);
    assert_true(stats.file_bytes < at_expiry + (8 << 20));
    assert_true(stats.file_bytes < commits * 20 * 4096 / 2);
    gvm_store_read_end(stalled);
    gvm_store_close(store);
}

static void damage(uint64_t at, const void *bytes, size_t len) {
    char path[128];
    snprintf(path, sizeof path, "%s/data.mdb", folder);
    int fd = open(path, O_RDWR);
    assert_int_equal(pwrite(fd, bytes, len, (off_t)at), (ssize_t)len);
    close(fd);
}

static gvm_status try_open(gvm_error *err) {
    gvm_store *store;
    gvm_store_options options = {.verify = true};
    gvm_status s = gvm_store_open(&store, NULL, folder, &options, err);
    if (s == GVM_OK) {
        gvm_store_txn *r;
        ok(gvm_store_read_begin(&r, store));
        for (int t = 0; t < GVM_TABLE_COUNT; t++) {
            gvm_store_cursor *c;
            ok(gvm_store_cursor_open(&c, r, (gvm_table)t));
            volatile uint8_t sum = 0;
            for (s = gvm_store_seek(c, (gvm_bytes){0}); s == GVM_OK; s = gvm_store_next(c)) {
                gvm_bytes v = gvm_store_cursor_value(c);
                for (size_t i = 0; i < v.len; i++) sum = (uint8_t)(sum + v.ptr[i]);
            }
            gvm_store_cursor_close(c);
        }
        gvm_store_read_end(r);
        gvm_store_close(store);
        s = GVM_OK;
    }
    return s;
}

static void test_damage_is_found_and_named(void **state) {
    (void)state;
    gvm_store *store = open_with(NULL, (gvm_store_options){0});
    gvm_store_txn *w;
    ok(gvm_store_write_begin(&w, store));
    for (uint32_t i = 0; i < 20000; i++) {
        uint8_t key[8] = {0};
        gvm_store_be32(key, i * 2654435761u);
        ok(gvm_store_put(w, GVM_TABLE_STATE_STORAGE, gvm_bytes_make(key, 8),
                         gvm_bytes_make(key, 4)));
    }
    ok(gvm_store_write_commit(w, NULL));
    write_batch(store, 1);
    gvm_store_close(store);
    gvm_buf good = read_file("data.mdb");
    gvm_error err = {0};

    damage(16, "\x01\x02\x03\x04", 4);
    assert_int_equal(try_open(&err), GVM_ERR_CORRUPT);
    assert_non_null(strstr(gvm_error_text(&err), "page 0"));
    write_file("data.mdb", &good);
    damage(20, "\x09\x00\x00\x00", 4);
    assert_int_equal(try_open(&err), GVM_ERR_FORMAT_VERSION);
    write_file("data.mdb", &good);

    rng_state = 4;
    int found = 0;
    for (int n = 0; n < 400; n++) {
        uint8_t noise[64];
        for (size_t i = 0; i < sizeof noise; i++) noise[i] = (uint8_t)rnd(256);
        uint64_t page = 2 + rnd((uint32_t)(good.len / 4096) - 2);
        size_t len = 1 + rnd(64), at = rnd(3) ? rnd(64) : rnd(4096 - 64);
        damage(page * 4096 + at, noise, len);
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) _exit(try_open(NULL) == GVM_ERR_CORRUPT ? 1 : 0);
        int status;
        waitpid(pid, &status, 0);
        if (!WIFEXITED(status)) fail_msg("damage %d of page %d at %zu: died", n, (int)page, at);
        found += WEXITSTATUS(status);
        write_file("data.mdb", &good);
    }
    /* The rest hit keys, values and free pages, where the structure stays whole. */
    assert_in_range(found, 150, 400);
    assert_int_equal(
        truncate((snprintf(err.text, 128, "%s/data.mdb", folder), err.text), (off_t)(good.len / 2)),
        0);
    assert_int_equal(try_open(&err), GVM_ERR_CORRUPT);
    gvm_buf_free(&good);
}

static void test_foreign_and_unreadable_folders(void **state) {
    (void)state;
    gvm_error err = {0};
    gvm_store *store;
    assert_int_equal(gvm_store_open(&store, NULL, "/nonexistent/a/b", NULL, &err), GVM_ERR_IO);
    gvm_buf junk = {0};
    gvm_buf_str(&junk, "this is somebody's diary, not a database; it goes on for some time......"
                       "................................................................"
                       "......................................................");
    write_file("data.mdb", &junk);
    assert_int_equal(gvm_store_open(&store, NULL, folder, NULL, &err), GVM_ERR_CORRUPT);
    gvm_buf now = read_file("data.mdb");
    assert_true(gvm_bytes_equal(gvm_buf_bytes(&now), gvm_buf_bytes(&junk)));
    gvm_buf_free(&now);
    gvm_buf_free(&junk);
    if (geteuid() == 0) return;
    assert_int_equal(chmod(folder, 0), 0);
    assert_int_equal(gvm_store_open(&store, NULL, folder, NULL, &err), GVM_ERR_PERMISSION);
    assert_int_equal(chmod(folder, 0700), 0);
}

typedef struct reading {
    gvm_store *store;
    _Atomic bool stop;
    _Atomic uint32_t rounds;
} reading;

static void *reader_thread(void *arg) {
    reading *r = arg;
    while (!atomic_load(&r->stop)) {
        read_batches(r->store);
        atomic_fetch_add(&r->rounds, 1);
    }
    return NULL;
}

/* Readers on other threads see whole batches while the map grows under them and syncs run. */
static void test_readers_and_writer_side_by_side(void **state) {
    (void)state;
    reading r = {.store =
                     open_with(NULL, (gvm_store_options){.map_initial = 1 << 20, .sync_ms = 5})};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, reader_thread, &r);
    for (uint32_t n = 1; n <= 300 || atomic_load(&r.rounds) < 20; n++) write_batch(r.store, n);
    atomic_store(&r.stop, true);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    gvm_store_close(r.store);
}

#define on_disk(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_follows_the_model),
        on_disk(test_disk_follows_the_model),
        on_disk(test_second_process_is_refused),
        on_disk(test_kill_loses_no_commit),
        on_disk(test_power_cut_rolls_back_to_the_last_sync),
        on_disk(test_power_grade_removes_an_old_checkpoint),
        on_disk(test_map_grows_by_itself),
        on_disk(test_full_disk_damages_nothing),
        on_disk(test_file_stays_bounded_under_a_stalled_reader),
        on_disk(test_damage_is_found_and_named),
        on_disk(test_foreign_and_unreadable_folders),
        on_disk(test_readers_and_writer_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
