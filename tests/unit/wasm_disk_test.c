/* Compiled code on disk: what was written comes back and runs; what was cut, altered, exchanged or
 * brought from elsewhere is as if it were not there; nothing that others can reach is used; pages
 * come when they are touched and can be given back; and the set in memory stays in its bounds. */
#include "support/wasm_contract.h"
#include "vm/wasmhost/code.h"
#include "vm/wasmhost/code_entry.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- modules: f(x) = (x * k) / (x - 7), which traps for 7; `pad` functions make it longer */

static gvm_wasm_module *load(uint32_t k, uint32_t pad) {
    gvm_buf b = {0}, s = {0}, f = {0};
    wb_begin(&b);
    WB_SECTION(&b, WB_TYPE, 1, FUNC, 1, I32, 1, I32);
    wb_u32(&s, 1 + pad);
    for (uint32_t i = 0; i <= pad; i++) gvm_buf_put(&s, 0);
    wb_section(&b, WB_FUNCTION, &s);
    WB_SECTION(&b, WB_MEMORY, 1, 0, 1);
    WB_SECTION(&b, WB_EXPORT, 1, 1, 'f', 0, 0);
    wb_u32(&s, 1 + pad);
    for (uint32_t i = 0; i <= pad; i++) {
        WB_RAW(&f, 0, 0x20, 0);
        wc_i32(&f, k + i);
        WB_RAW(&f, 0x6c, 0x20, 0);
        wc_i32(&f, 7);
        WB_RAW(&f, 0x6b, 0x6e, 0x0b);
        wb_sized(&s, &f);
    }
    wb_section(&b, WB_CODE, &s);
    gvm_wasm_module *m = NULL;
    assert_int_equal(gvm_wasm_load(&m, NULL, gvm_buf_bytes(&b), NULL), GVM_OK);
    gvm_buf_free(&b);
    gvm_buf_free(&s);
    gvm_buf_free(&f);
    return m;
}

static gvm_hash hash_of(uint32_t k) {
    return (gvm_hash){{(uint8_t)k, (uint8_t)(k >> 8), 0x77}};
}

/* f(x), or its trap's offset behind 1 << 40; `interpret`: the words are read. */
static uint64_t call(gvm_wasm_module *m, uint32_t x, bool interpret) {
    gvm_wasm_store *store = gvm_wasm_store_new();
    gvm_wasm_exec *exec = gvm_wasm_exec_new(1 << 16);
    gvm_wasm_instance *i;
    gvm_wasm_extern e;
    gvm_wasm_value arg = {.i32 = x}, result = {0};
    assert_int_equal(gvm_wasm_instantiate(store, &i, exec, NULL, m, NULL, 0), GVM_OK);
    assert_true(gvm_wasm_instance_export(i, &e, gvm_bytes_str("f")));
    gvm_wasm_exec_interpret(exec, interpret);
    gvm_status status = gvm_wasm_call(exec, &result, e.func, &arg);
    uint64_t answer =
        status == GVM_OK ? result.i32 : (UINT64_C(1) << 40) + gvm_wasm_exec_trap(exec)->offset;
    gvm_wasm_exec_delete(exec);
    gvm_wasm_store_delete(store);
    return answer;
}

/* ---- folders */

static char folder[64], other[64];
static gvm_wasm_disk *disk;

static void open_disk(gvm_wasm_disk **out, const char *path) {
    gvm_error err = {.code = GVM_OK};
    gvm_status status = gvm_wasm_disk_open(out, path, &gvm_entropy_os, &err);
    if (status != GVM_OK) fail_msg("%s", gvm_error_text(&err));
}

static int set_up(void **state) {
    (void)state;
    char base[] = "/tmp/wasm-disk-XXXXXX";
    assert_non_null(mkdtemp(base));
    snprintf(folder, sizeof folder, "%s/a", base);
    snprintf(other, sizeof other, "%s/b", base);
    open_disk(&disk, folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    char command[128];
    gvm_wasm_disk_close(disk);
    snprintf(command, sizeof command, "rm -rf %.*s", (int)(strlen(folder) - 2), folder);
    return system(command);
}

static void path_of(char out[192], const char *in, uint32_t k) {
    char name[GVM_WASM_DISK_NAME];
    gvm_hash hash = hash_of(k);
    gvm_wasm_disk_name(name, &gvm_wasm_limits_core, &hash);
    snprintf(out, 192, "%s/%s", in, name);
}

static gvm_wasm_module *compiled(uint32_t k, uint32_t pad) {
    gvm_wasm_module *m = load(k, pad);
    gvm_status status = gvm_wasm_module_compile(m);
    if (status == GVM_ERR_UNSUPPORTED) {
        gvm_wasm_module_delete(m);
        skip();
    }
    assert_int_equal(status, GVM_OK);
    return m;
}

/* Writes the entry of a module. */
static void save(gvm_wasm_disk *d, uint32_t k, uint32_t pad) {
    gvm_wasm_module *m = compiled(k, pad);
    gvm_hash hash = hash_of(k);
    assert_int_equal(gvm_wasm_disk_save(d, m, &gvm_wasm_limits_core, &hash), GVM_OK);
    gvm_wasm_module_delete(m);
}

/* Loads a fresh module's code: whether there was some that could be used; then it runs. */
static bool finds(gvm_wasm_disk *d, uint32_t k, uint32_t pad) {
    gvm_wasm_module *m = load(k, pad);
    gvm_hash hash = hash_of(k);
    gvm_status status = gvm_wasm_disk_load(d, m, &gvm_wasm_limits_core, &hash);
    bool has = gvm_wasm_module_native(m, gvm_wasm_form_here()) != NULL;
    assert_true(status == (has ? GVM_OK : GVM_ERR_NOT_FOUND));
    if (has) {
        assert_int_equal(call(m, 9, false), 9 * k / 2);
        assert_int_equal(call(m, 7, false), call(m, 7, true));
    } else {
        assert_int_equal(gvm_wasm_module_compile(m), GVM_OK);
    }
    gvm_wasm_module_delete(m);
    return has;
}

static gvm_wasm_disk_counts counts(void) {
    gvm_wasm_disk_counts c;
    gvm_wasm_disk_count(disk, &c);
    return c;
}

static void read_file(gvm_buf *out, const char *path) {
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    gvm_buf_clear(out);
    for (int c; (c = fgetc(f)) != EOF;) gvm_buf_put(out, (uint8_t)c);
    (void)fclose(f);
}

static void write_file(const char *path, gvm_bytes bytes) {
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), (ssize_t)bytes.len);
    (void)close(fd);
}

/* ---- what comes back */

static void comes_back(void **state) {
    (void)state;
    assert_false(finds(disk, 3, 40));
    assert_int_equal(counts().missing, 1);
    save(disk, 3, 40);
    assert_true(finds(disk, 3, 40));
    assert_int_equal(counts().loaded, 1);
    assert_int_equal(counts().refused, 0);
    /* Another process with the same folder. */
    gvm_wasm_disk *again;
    open_disk(&again, folder);
    assert_true(finds(again, 3, 40));
    gvm_wasm_disk_close(again);
    /* For other code, for other limits. */
    assert_false(finds(disk, 4, 40));
    gvm_wasm_module *m = load(3, 40);
    gvm_hash hash = hash_of(3);
    assert_int_equal(gvm_wasm_disk_load(disk, m, &gvm_wasm_limits_contract, &hash),
                     GVM_ERR_NOT_FOUND);
    gvm_wasm_module_delete(m);
    /* Of another module under the same hash: nobody can make that, but it must not run. */
    assert_false(finds(disk, 3, 41));
}

static void truncated_is_not_used(void **state) {
    (void)state;
    char path[192];
    gvm_buf file = {0};
    save(disk, 5, 40);
    path_of(path, folder, 5);
    read_file(&file, path);
    const size_t cuts[] = {0, 1, 15, 16, 79, 80, 200, 4095, 4096, 4097, file.len / 2, file.len - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        write_file(path, gvm_bytes_make(file.ptr, cuts[i]));
        assert_false(finds(disk, 5, 40));
    }
    gvm_buf_put(&file, 0);
    write_file(path, gvm_buf_bytes(&file));
    assert_false(finds(disk, 5, 40));
    assert_int_equal(counts().refused, sizeof cuts / sizeof cuts[0] + 1);
    /* Compiled again, it is written over. */
    save(disk, 5, 40);
    assert_true(finds(disk, 5, 40));
    gvm_buf_free(&file);
}

static void corrupted_is_not_used(void **state) {
    (void)state;
    char path[192];
    gvm_buf file = {0};
    save(disk, 6, 2);
    path_of(path, folder, 6);
    read_file(&file, path);
    for (size_t i = 0; i < file.len; i += i < 600 ? 1 : 13) {
        file.ptr[i] ^= (uint8_t)(1u << i % 8);
        write_file(path, gvm_buf_bytes(&file));
        if (finds(disk, 6, 2)) fail_msg("byte %zu", i);
        file.ptr[i] ^= (uint8_t)(1u << i % 8);
    }
    write_file(path, gvm_buf_bytes(&file));
    assert_true(finds(disk, 6, 2));
    gvm_buf_free(&file);
}

static void foreign_is_not_used(void **state) {
    (void)state;
    char from[192], to[192];
    gvm_wasm_disk *d;
    gvm_buf file = {0};
    open_disk(&d, other);
    save(d, 8, 5);
    assert_true(finds(d, 8, 5));
    gvm_wasm_disk_close(d);
    path_of(from, other, 8);
    path_of(to, folder, 8);
    read_file(&file, from);
    write_file(to, gvm_buf_bytes(&file));
    assert_false(finds(disk, 8, 5));
    assert_int_equal(counts().refused, 1);
    gvm_buf_free(&file);
}

static void swapped_is_not_used(void **state) {
    (void)state;
    char a[192], b[192];
    gvm_buf file = {0}, page = {0};
    gvm_wasm_entry e;
    save(disk, 10, 60);
    save(disk, 11, 60);
    path_of(a, folder, 10);
    path_of(b, folder, 11);
    read_file(&file, a);
    assert_int_equal(rename(b, a), 0);
    write_file(b, gvm_buf_bytes(&file));
    assert_false(finds(disk, 10, 60));
    assert_false(finds(disk, 11, 60));
    /* Pages of one entry, with their seals. */
    save(disk, 10, 60);
    read_file(&file, a);
    assert_int_equal(gvm_wasm_entry_parse(&e, gvm_buf_bytes(&file), file.len), GVM_OK);
    assert_true(e.pages >= 2);
    gvm_buf_append(&page, file.ptr + e.image, 4096);
    memcpy(file.ptr + e.image, file.ptr + e.image + 4096, 4096);
    memcpy(file.ptr + e.image + 4096, page.ptr, 4096);
    write_file(a, gvm_buf_bytes(&file));
    assert_false(finds(disk, 10, 60));
    gvm_buf_free(&page);
    gvm_buf_free(&file);
}

/* ---- what others can reach */

static void refuses(const char *path, gvm_status wanted) {
    gvm_wasm_disk *d;
    gvm_error err = {.code = GVM_OK};
    assert_int_equal(gvm_wasm_disk_open(&d, path, &gvm_entropy_os, &err), wanted);
    assert_null(d);
    assert_non_null(strstr(err.text, path));
}

static void nothing_that_others_reach(void **state) {
    (void)state;
    char key[128], path[192], moved[192];
    snprintf(key, sizeof key, "%s/key", folder);
    struct stat st;
    assert_int_equal(stat(key, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(chmod(folder, 0755), 0);
    refuses(folder, GVM_ERR_PERMISSION);
    assert_int_equal(chmod(folder, 0700), 0);
    assert_int_equal(chmod(key, 0640), 0);
    refuses(folder, GVM_ERR_PERMISSION);
    assert_int_equal(chmod(key, 0600), 0);
    assert_int_equal(symlink(folder, other), 0);
    refuses(other, GVM_ERR_PERMISSION);
    assert_int_equal(unlink(other), 0);
    /* A key that is a link, or too short. */
    snprintf(moved, sizeof moved, "%s/elsewhere", folder);
    assert_int_equal(rename(key, moved), 0);
    assert_int_equal(symlink("elsewhere", key), 0);
    refuses(folder, GVM_ERR_PERMISSION);
    assert_int_equal(unlink(key), 0);
    write_file(key, gvm_bytes_str("short"));
    refuses(folder, GVM_ERR_CORRUPT);
    assert_int_equal(rename(moved, key), 0);
    /* Entries: a link to a good one, one that others may write, a folder. */
    save(disk, 12, 3);
    path_of(path, folder, 12);
    assert_true(finds(disk, 12, 3));
    assert_int_equal(chmod(path, 0620), 0);
    assert_false(finds(disk, 12, 3));
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(rename(path, moved), 0);
    assert_int_equal(symlink("elsewhere", path), 0);
    assert_false(finds(disk, 12, 3));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(finds(disk, 12, 3));
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rename(moved, path), 0);
    assert_true(finds(disk, 12, 3));
}

/* ---- pages that come when they are touched: in a process of its own, for its signal handler */

static void in_child(int expected_signal, void (*work)(void)) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (gvm_wasm_traps_enable() != GVM_OK) _exit(77);
        work();
        _exit(0);
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    if (WIFEXITED(result) && WEXITSTATUS(result) == 77) skip();
    if (expected_signal != 0)
        assert_true(WIFSIGNALED(result) && WTERMSIG(result) == expected_signal);
    else
        assert_int_equal(result, 0);
}

#define CHECK(cond)                                       \
    do {                                                  \
        if (!(cond)) {                                    \
            fprintf(stderr, "%d: %s\n", __LINE__, #cond); \
            _exit(1);                                     \
        }                                                 \
    } while (0)

static gvm_wasm_module *load_lazy(uint32_t k, uint32_t pad) {
    gvm_hash hash = hash_of(k);
    gvm_wasm_module *m = load(k, pad);
    CHECK(gvm_wasm_module_compile(m) == GVM_OK);
    CHECK(gvm_wasm_disk_save(disk, m, &gvm_wasm_limits_core, &hash) == GVM_OK);
    gvm_wasm_module_delete(m);
    m = load(k, pad);
    CHECK(gvm_wasm_disk_load(disk, m, &gvm_wasm_limits_core, &hash) == GVM_OK);
    CHECK(counts().lazy == 1);
    return m;
}

static void touch_pages(void) {
    gvm_wasm_module *whole = load(13, 900), *m = load_lazy(13, 900);
    size_t idle = gvm_wasm_module_memory(m);
    CHECK(idle < gvm_wasm_module_memory(whole));
    CHECK(gvm_wasm_lazy_resident(m) == 0);
    CHECK(call(m, 9, false) == 9 * 13 / 2);
    size_t touched = gvm_wasm_lazy_resident(m);
    CHECK(touched >= 4096 && touched <= 4 * 4096);
    CHECK(gvm_wasm_lazy_resident_sum() == touched);
    /* A trap's place needs the tables. */
    uint64_t trap = call(m, 7, false);
    CHECK(trap >> 40 == 1 && gvm_wasm_lazy_resident(m) > touched);
    CHECK(gvm_wasm_module_compile(whole) == GVM_OK);
    CHECK(call(whole, 7, false) == trap);
    gvm_wasm_lazy_drop(m);
    CHECK(gvm_wasm_lazy_resident(m) == 0);
    CHECK(call(m, 7, true) == trap); /* the interpreter reads the words */
    CHECK(call(m, 100, true) == call(whole, 100, false));
    gvm_wasm_lazy_drop(m);
    CHECK(call(m, 100, false) == call(whole, 100, false));
    /* The file's name may go, and all of the folder. */
    char path[192];
    path_of(path, folder, 13);
    gvm_wasm_lazy_drop(m);
    CHECK(unlink(path) == 0);
    CHECK(call(m, 9, false) == 9 * 13 / 2);
    gvm_wasm_module_delete(m);
    gvm_wasm_module_delete(whole);
    CHECK(gvm_wasm_lazy_resident_sum() == 0);
}

static void pages_come_and_go(void **state) {
    (void)state;
    gvm_wasm_module_delete(compiled(1, 0));
    in_child(0, touch_pages);
}

/* Whoever alters the file in place, behind our back and after it was checked, stops us. */
static void alter_in_use(void) {
    gvm_wasm_module *m = load_lazy(14, 900);
    char path[192];
    path_of(path, folder, 14);
    int fd = open(path, O_RDWR);
    struct stat st;
    CHECK(fd >= 0 && fstat(fd, &st) == 0);
    for (off_t at = 0; at < st.st_size; at += 64) CHECK(pwrite(fd, "x", 1, at) == 1);
    (void)close(fd);
    CHECK(freopen("/dev/null", "w", stderr) != NULL);
    (void)call(m, 9, false);
}

static void altered_in_use_stops(void **state) {
    (void)state;
    gvm_wasm_module_delete(compiled(1, 0));
    in_child(SIGABRT, alter_in_use);
}

static void *call_often(void *m) {
    for (int i = 0; i < 2000; i++)
        CHECK(call(m, 9 + (uint32_t)i, false) == (uint32_t)(9 + i) * 15u / (uint32_t)(2 + i));
    return NULL;
}

static void race(void) {
    gvm_wasm_module *m = load_lazy(15, 200);
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) CHECK(pthread_create(&threads[i], NULL, call_often, m) == 0);
    for (int i = 0; i < 2000; i++) gvm_wasm_lazy_drop(m);
    for (int i = 0; i < 3; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    gvm_wasm_module_delete(m);
}

static void pages_may_go_while_code_runs(void **state) {
    (void)state;
    gvm_wasm_module_delete(compiled(1, 0));
    in_child(0, race);
}

/* ---- the set in memory */

static void build_contract(gvm_buf *code, uint32_t seed) {
    wasm_contract c = {.pages = 1};
    for (uint32_t i = 0; i < 400; i++) {
        wc_i32(&c.invoke, 256 + i);
        wc_i32(&c.invoke, seed + i);
        wc_op(&c.invoke, 0x36, 2, 0);
    }
    wc_i32(&c.invoke, 0);
    gvm_buf_append(code, "\xef\x47\0", 3);
    wc_finish(&c, code);
    wc_free(&c);
}

enum { CONTRACTS = 40 };
static void use_contracts(size_t bound) {
    void *hints[CONTRACTS] = {NULL};
    gvm_wasm_cache_disk(disk);
    gvm_wasm_cache_limit(bound);
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < CONTRACTS; i++) {
            gvm_buf code = {0};
            gvm_hash hash = hash_of(1000 + i);
            gvm_wasm_contract *c;
            build_contract(&code, i);
            CHECK(gvm_wasm_code_get(&c, &hints[i], &hash, gvm_buf_bytes(&code)) == GVM_OK);
            CHECK(gvm_wasm_module_native(c->module, gvm_wasm_form_here()) != NULL);
            gvm_wasm_code_put(c);
            CHECK(gvm_wasm_cache_bytes() <= bound);
            gvm_buf_free(&code);
        }
    }
    CHECK(counts().written == CONTRACTS);
    CHECK(counts().refused == 0);
    gvm_wasm_cache_limit(0);
    CHECK(gvm_wasm_cache_bytes() == 0);
    gvm_wasm_cache_disk(NULL);
}

static void small_set(void) {
    use_contracts(100000);
    CHECK(counts().loaded > 2 * CONTRACTS);
}

static void stays_in_its_bounds(void **state) {
    (void)state;
    gvm_wasm_module_delete(compiled(1, 0));
    use_contracts(100000);
    assert_true(counts().loaded >= 2 * CONTRACTS); /* from disk in later rounds: none fits long */
    use_contracts(64u << 20);
}

static void stays_in_its_bounds_by_pages(void **state) {
    (void)state;
    gvm_wasm_module_delete(compiled(1, 0));
    in_child(0, small_set);
}

/* Contracts in use by several threads, while the bound throws out what it can. */
static void *use_some(void *arg) {
    gvm_rng r;
    gvm_rng_init(&r, (uintptr_t)arg);
    for (int round = 0; round < 300; round++) {
        uint32_t i = (uint32_t)gvm_rng_below(&r, CONTRACTS);
        gvm_buf code = {0};
        gvm_hash hash = hash_of(1000 + i);
        gvm_wasm_contract *c;
        gvm_wasm_func_report report;
        build_contract(&code, i);
        CHECK(gvm_wasm_code_get(&c, NULL, &hash, gvm_buf_bytes(&code)) == GVM_OK);
        /* The first price is a word of the module's: of this one, whatever went meanwhile. */
        CHECK(gvm_wasm_module_func(c->module, &report, 0) && report.all_units != 0);
        CHECK(report.entry_units == report.all_units);
        gvm_wasm_code_put(c);
        gvm_buf_free(&code);
    }
    return NULL;
}

static void share(void) {
    pthread_t threads[4];
    gvm_wasm_cache_disk(disk);
    gvm_wasm_cache_limit(100000);
    for (uintptr_t i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, use_some, (void *)(i + 1)) == 0);
    for (int i = 0; i < 4; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(counts().refused == 0 && counts().written >= CONTRACTS);
    gvm_wasm_cache_limit(0);
    CHECK(gvm_wasm_cache_bytes() == 0);
    gvm_wasm_cache_disk(NULL);
}

static void threads_share_the_set(void **state) {
    (void)state;
    gvm_wasm_module_delete(compiled(1, 0));
    share();
}

static void threads_share_pages(void **state) {
    (void)state;
    gvm_wasm_module_delete(compiled(1, 0));
    in_child(0, share);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(comes_back),
        TEST(truncated_is_not_used),
        TEST(corrupted_is_not_used),
        TEST(foreign_is_not_used),
        TEST(swapped_is_not_used),
        TEST(nothing_that_others_reach),
        TEST(pages_come_and_go),
        TEST(altered_in_use_stops),
        TEST(pages_may_go_while_code_runs),
        TEST(stays_in_its_bounds),
        TEST(stays_in_its_bounds_by_pages),
        TEST(threads_share_the_set),
        TEST(threads_share_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
