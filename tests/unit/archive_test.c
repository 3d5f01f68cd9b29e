#include "codec/archive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zstd.h>

#include <cmocka.h>

/* ---- a small tar writer */

static void put_member(gvm_buf *out, char type, const char *magic, const char *prefix,
                       const char *name, const char *data, size_t len) {
    uint8_t *h = gvm_buf_extend(out, 512);
    memset(h, 0, 512);
    memcpy(h, name, strlen(name));
    memcpy(h + 100, "0000644", 7);
    (void)snprintf((char *)h + 124, 12, "%011o", (unsigned)len);
    memset(h + 148, ' ', 8);
    h[156] = (uint8_t)type;
    memcpy(h + 257, magic, 8);
    memcpy(h + 345, prefix, strlen(prefix));
    unsigned sum = 0;
    for (int i = 0; i < 512; i++) sum += h[i];
    (void)snprintf((char *)h + 148, 8, "%06o", sum);
    gvm_buf_append(out, data, len);
    while (out->len % 512 != 0) gvm_buf_put(out, 0);
}

#define POSIX \
    "ustar\0" \
    "00"
#define GNU "ustar  "

static void put_end(gvm_buf *out) {
    memset(gvm_buf_extend(out, 1024), 0, 1024);
}

static void pack(gvm_buf *out, const gvm_buf *plain) {
    gvm_buf_clear(out);
    size_t room = ZSTD_compressBound(plain->len);
    uint8_t *at = gvm_buf_extend(out, room);
    size_t n = ZSTD_compress(at, room, plain->ptr, plain->len, 3);
    assert_false(ZSTD_isError(n));
    out->len = n;
}

/* ---- a visitor that writes down what it saw */

static gvm_status note(void *ctx, const char *name, gvm_bytes data) {
    gvm_buf *log = ctx;
    gvm_buf_printf(log, "%s=", name);
    gvm_buf_append(log, data.ptr, data.len);
    gvm_buf_put(log, '\n');
    if (data.ptr != NULL) {
        for (int i = 0; i < 8; i++) assert_int_equal(data.ptr[data.len + (size_t)i], 0);
    }
    return GVM_OK;
}

static bool want_json(void *ctx, const char *name) {
    (void)ctx;
    size_t n = strlen(name);
    return n > 5 && strcmp(name + n - 5, ".json") == 0;
}

static gvm_status walk(gvm_buf *log, const gvm_buf *packed, const gvm_archive_limits *limits) {
    gvm_archive_visitor v = {log, NULL, note};
    gvm_error err = {0};
    gvm_buf_clear(log);
    gvm_status status =
        gvm_archive_walk_bytes("a.tar.zst", gvm_buf_bytes(packed), &v, limits, &err);
    if (status != GVM_OK) assert_non_null(strstr(err.text, "a.tar.zst"));
    gvm_buf_put(log, 0);
    return status;
}

static void test_forms_of_names(void **state) {
    (void)state;
    gvm_buf plain = {0}, packed = {0}, log = {0};
    char longer[301], record[400];
    memset(longer, 'n', 300);
    longer[300] = '\0';
    put_member(&plain, '5', POSIX, "", "folder/", "", 0);
    put_member(&plain, '0', POSIX, "some/folder", "one.json", "{}", 2);
    put_member(&plain, 'L', GNU, "", "././@LongLink", longer, 301);
    put_member(&plain, '0', GNU, "", "cut short", "2", 1);
    put_member(&plain, 'g', POSIX, "", "pax_global_header", "52 comment=x", 12);
    int n = snprintf(record, sizeof record, "20 mtime=1234567890\n310 path=%s\n", longer);
    put_member(&plain, 'x', POSIX, "", "PaxHeaders/x", record, (size_t)n);
    put_member(&plain, '0', POSIX, "", "cut short", "3", 1);
    put_member(&plain, '2', POSIX, "", "link", "", 0);
    put_member(&plain, '\0', POSIX, "", "last", "", 0);
    put_end(&plain);
    pack(&packed, &plain);
    assert_int_equal(walk(&log, &packed, NULL), GVM_OK);
    gvm_buf want = {0};
    gvm_buf_printf(&want, "a.tar.zst/some/folder/one.json={}\na.tar.zst/%s=2\na.tar.zst/%s=3\n",
                   longer, longer);
    gvm_buf_str(&want, "a.tar.zst/last=\n");
    gvm_buf_put(&want, 0);
    assert_string_equal((char *)log.ptr, (char *)want.ptr);

    /* Cut anywhere, the archive is refused and nothing is read past its end. */
    for (size_t cut = 0; cut + 1 < packed.len; cut++) {
        gvm_buf copy = {0};
        gvm_buf_append(&copy, packed.ptr, cut);
        assert_int_not_equal(walk(&log, &copy, NULL), GVM_OK);
        gvm_buf_free(&copy);
    }
    /* So is one without its end mark. */
    plain.len -= 1024;
    pack(&packed, &plain);
    assert_int_equal(walk(&log, &packed, NULL), GVM_ERR_TRUNCATED);
    gvm_buf_free(&want);
    gvm_buf_free(&plain);
    gvm_buf_free(&packed);
    gvm_buf_free(&log);
}

static void test_damage_and_limits(void **state) {
    (void)state;
    gvm_buf plain = {0}, packed = {0}, log = {0};
    put_member(&plain, '0', POSIX, "", "one", "abc", 3);
    put_member(&plain, '0', POSIX, "", "two", "abcdef", 6);
    put_end(&plain);
    pack(&packed, &plain);
    gvm_archive_limits limits = gvm_archive_default_limits;
    limits.file_size = 5;
    assert_int_equal(walk(&log, &packed, &limits), GVM_ERR_LIMIT);
    assert_string_equal((char *)log.ptr, "a.tar.zst/one=abc\n");
    limits = gvm_archive_default_limits;
    limits.files = 1;
    assert_int_equal(walk(&log, &packed, &limits), GVM_ERR_LIMIT);
    limits = gvm_archive_default_limits;
    limits.total_size = 1024;
    assert_int_equal(walk(&log, &packed, &limits), GVM_ERR_LIMIT);

    plain.ptr[0] ^= 1; /* the name no longer fits the checksum */
    pack(&packed, &plain);
    assert_int_equal(walk(&log, &packed, NULL), GVM_ERR_CORRUPT);
    plain.ptr[0] ^= 1;
    plain.ptr[125] = 'x';
    pack(&packed, &plain);
    assert_int_equal(walk(&log, &packed, NULL), GVM_ERR_CORRUPT);

    gvm_buf_clear(&packed);
    gvm_buf_str(&packed, "this is not zstd at all");
    assert_int_equal(walk(&log, &packed, NULL), GVM_ERR_CORRUPT);

    /* A member that claims more than there is: what was allocated follows what was there. */
    gvm_buf_clear(&plain);
    put_member(&plain, '0', POSIX, "", "huge", "", 0);
    memcpy(plain.ptr + 124, "07777777777", 11);
    unsigned sum = 0;
    memset(plain.ptr + 148, ' ', 8);
    for (int i = 0; i < 512; i++) sum += plain.ptr[i];
    (void)snprintf((char *)plain.ptr + 148, 8, "%06o", sum);
    pack(&packed, &plain);
    limits.total_size = limits.file_size = UINT64_C(1) << 60;
    limits.files = 10;
    assert_int_equal(walk(&log, &packed, &limits), GVM_ERR_TRUNCATED);
    gvm_buf_free(&plain);
    gvm_buf_free(&packed);
    gvm_buf_free(&log);
}

static void write_file(const char *folder, const char *name, gvm_bytes data) {
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data.ptr, 1, data.len, f), data.len);
    assert_int_equal(fclose(f), 0);
}

static void test_folders_in_order(void **state) {
    (void)state;
    char root[] = "/tmp/gvm-archive-XXXXXX", sub[64], loop[64];
    assert_non_null(mkdtemp(root));
    (void)snprintf(sub, sizeof sub, "%s/b", root);
    (void)snprintf(loop, sizeof loop, "%s/b/loop", root);
    assert_int_equal(mkdir(sub, 0700), 0);
    assert_int_equal(symlink(root, loop), 0);
    write_file(root, "c.json", gvm_bytes_str("3"));
    write_file(root, "a.json", gvm_bytes_str("1"));
    write_file(root, "a.txt", gvm_bytes_str("-"));
    write_file(root, ".hidden.json", gvm_bytes_str("-"));
    write_file(sub, "z.json", gvm_bytes_str("2"));
    gvm_buf plain = {0}, packed = {0}, log = {0};
    put_member(&plain, '0', POSIX, "", "inside.json", "4", 1);
    put_member(&plain, '0', POSIX, "", "inside.txt", "-", 1);
    put_end(&plain);
    pack(&packed, &plain);
    write_file(root, "d.tar.zst", gvm_buf_bytes(&packed));

    gvm_archive_visitor v = {&log, want_json, note};
    gvm_error err = {0};
    assert_int_equal(gvm_archive_walk(root, &v, NULL, &err), GVM_OK);
    gvm_buf want = {0};
    gvm_buf_printf(&want, "%s/a.json=1\n%s/b/z.json=2\n%s/c.json=3\n%s/d.tar.zst/inside.json=4\n",
                   root, root, root, root);
    assert_true(gvm_bytes_equal(gvm_buf_bytes(&log), gvm_buf_bytes(&want)));

    gvm_buf_clear(&log);
    gvm_buf_clear(&want);
    assert_int_equal(gvm_archive_list(root, &v, NULL, &err), GVM_OK);
    gvm_buf_printf(&want, "%s/a.json=\n%s/b/z.json=\n%s/c.json=\n%s/d.tar.zst=\n", root, root, root,
                   root);
    assert_true(gvm_bytes_equal(gvm_buf_bytes(&log), gvm_buf_bytes(&want)));

    gvm_archive_limits limits = gvm_archive_default_limits;
    limits.depth = 1;
    assert_int_equal(gvm_archive_walk(root, &v, &limits, &err), GVM_ERR_LIMIT);
    limits = gvm_archive_default_limits;
    limits.files = 3;
    assert_int_equal(gvm_archive_walk(root, &v, &limits, &err), GVM_ERR_LIMIT);
    assert_int_equal(gvm_archive_walk("/tmp/no such file", &v, NULL, &err), GVM_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "/tmp/no such file"));
    assert_int_equal(gvm_archive_walk("/dev/null", &v, NULL, &err), GVM_OK);

    char command[128];
    (void)snprintf(command, sizeof command, "rm -r '%s'", root);
    assert_int_equal(system(command), 0);
    gvm_buf_free(&plain);
    gvm_buf_free(&packed);
    gvm_buf_free(&log);
    gvm_buf_free(&want);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms_of_names),
        cmocka_unit_test(test_damage_and_limits),
        cmocka_unit_test(test_folders_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
