/* First byte even: the rest is the packed archive. Odd: the rest is the tar inside, packed here. */
#include "codec/archive.h"

#include <stdlib.h>
#include <zstd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static gvm_status visit(void *ctx, const char *name, gvm_bytes data) {
    size_t *total = ctx;
    GVM_ASSERT(strncmp(name, "fuzz/", 5) == 0);
    for (size_t i = 0; i < data.len + 8; i++) *total += data.ptr[i];
    for (size_t i = 0; i < 8; i++) GVM_ASSERT(data.ptr[data.len + i] == 0);
    return GVM_OK;
}

static bool want(void *ctx, const char *name) {
    (void)ctx;
    return name[strlen(name) - 1] != '~';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    gvm_archive_limits limits = {
        .file_size = 1 << 20, .total_size = 1 << 22, .files = 100, .depth = 4};
    size_t total = 0;
    gvm_archive_visitor visitor = {&total, want, visit};
    gvm_error err = {0};
    gvm_bytes in = gvm_bytes_make(data + 1, size - 1);
    gvm_buf packed = {0};
    if (data[0] % 2 == 1) {
        size_t room = ZSTD_compressBound(in.len);
        uint8_t *at = gvm_buf_extend(&packed, room);
        GVM_ASSERT(at != NULL);
        size_t n = ZSTD_compress(at, room, in.ptr, in.len, 1);
        GVM_ASSERT(!ZSTD_isError(n));
        in = gvm_bytes_make(at, n);
    }
    gvm_status status = gvm_archive_walk_bytes("fuzz", in, &visitor, &limits, &err);
    GVM_ASSERT(status == GVM_OK || err.text[0] != '\0');
    gvm_buf_free(&packed);
    return 0;
}
