#include "service/client/contract_code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

static const uint8_t module[] = {0, 'a', 's', 'm', 1,   0,   0,   0,   0,   10,
                                 9, 'g', 'h', 'o', 's', 't', '.', 'e', 'n', 'd'};

typedef struct file {
    char path[64];
} file;

static file file_of(gvm_bytes in) {
    file f = {"/tmp/ghostvm-contract-code-XXXXXX"};
    int fd = mkstemp(f.path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, in.ptr, in.len), (ssize_t)in.len);
    (void)close(fd);
    return f;
}

static gvm_status read_bytes(gvm_buf *out, gvm_bytes in) {
    gvm_error err = {0};
    file f = file_of(in);
    gvm_status status = gvm_contract_code_read(out, f.path, &err);
    (void)unlink(f.path);
    return status;
}
static void reads(gvm_bytes in) {
    gvm_buf out = {0};
    assert_int_equal(read_bytes(&out, in), GVM_OK);
    assert_true(gvm_bytes_equal(gvm_buf_bytes(&out), gvm_bytes_make(module, sizeof module)));
    gvm_buf_free(&out);
}
static void refuses(gvm_status expected, gvm_bytes in) {
    gvm_buf out = {0};
    assert_int_equal(read_bytes(&out, in), expected);
    gvm_buf_free(&out);
}

static void every_form(void **state) {
    (void)state;
    const gvm_bytes whole = gvm_bytes_make(module, sizeof module);
    gvm_buf packed = {0};
    reads(whole);
    reads(gvm_bytes_str("0061736d01000000000a0967686f73742e656e64\n"));
    reads(gvm_bytes_str(
        "{\"abi\": [], \"bytecode\": \"0x0061736d01000000000a0967686f73742e656e64\"}"));
    assert_int_equal(gvm_contract_code_pack(&packed, whole), GVM_OK);
    assert_memory_equal(packed.ptr, "\xef\x47\x01", 3);
    /* what FORMATS asks of the frame: one, with its size declared */
    assert_int_equal(ZSTD_getFrameContentSize(packed.ptr + 3, packed.len - 3), sizeof module);
    assert_int_equal(ZSTD_findFrameCompressedSize(packed.ptr + 3, packed.len - 3), packed.len - 3);
    reads(gvm_buf_bytes(&packed));
    refuses(GVM_ERR_SYNTAX, gvm_bytes_make(packed.ptr, packed.len - 1));
    refuses(GVM_ERR_SYNTAX, gvm_bytes_make(packed.ptr, 4));
    gvm_buf_free(&packed);
}

static void what_is_no_module(void **state) {
    (void)state;
    refuses(GVM_ERR_SYNTAX, gvm_bytes_str(""));
    refuses(GVM_ERR_SYNTAX, gvm_bytes_str("0x6001"));
    refuses(GVM_ERR_SYNTAX, gvm_bytes_make("\xef\x47\x02\x00", 4));
}

static void limits(void **state) {
    (void)state;
    size_t len = (1 << 20) + 1;
    uint8_t *large = calloc(1, len);
    gvm_buf packed = {0};
    assert_non_null(large);
    memcpy(large, module, 8);
    refuses(GVM_ERR_LIMIT, gvm_bytes_make(large, len));
    assert_int_equal(gvm_contract_code_pack(&packed, gvm_bytes_make(large, len)), GVM_OK);
    refuses(GVM_ERR_LIMIT, gvm_buf_bytes(&packed));
    gvm_buf_free(&packed);
    free(large);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form),
        cmocka_unit_test(what_is_no_module),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
