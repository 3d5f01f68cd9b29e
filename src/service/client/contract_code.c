#include "service/client/contract_code.h"

#include "service/client/files.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <zstd.h>

enum { MODULE_MAX = 1 << 20, PREFIX = 3, STYLUS_PREFIX = 4, WINDOW_LOG = 20, LEVEL = 19 };

static bool begins(gvm_bytes in, const char *prefix, size_t len) {
    return in.len >= len && memcmp(in.ptr, prefix, len) == 0;
}

static gvm_status too_large(gvm_error *err) {
    return gvm_error_set(err, GVM_ERR_LIMIT, "the module is over 1 MiB unpacked");
}

static gvm_status unpack_zstd(gvm_buf *out, gvm_bytes in, gvm_error *err) {
    unsigned long long size = ZSTD_getFrameContentSize(in.ptr, in.len);
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
        return gvm_error_set(err, GVM_ERR_SYNTAX,
                             "expected a zstd frame with its size behind EF 47 01");
    if (size > MODULE_MAX) return too_large(err);
    uint8_t *to = gvm_buf_extend(out, (size_t)size);
    if (to == NULL) return GVM_ERR_NOMEM;
    size_t got = ZSTD_decompress(to, (size_t)size, in.ptr, in.len);
    if (!ZSTD_isError(got) && got == size) return GVM_OK;
    return gvm_error_set(err, GVM_ERR_SYNTAX, "the zstd frame behind EF 47 01 is not whole");
}

typedef int brotli_decompress(size_t in_size, const uint8_t *in, size_t *out_size, uint8_t *out);

static gvm_status unpack_brotli(gvm_buf *out, gvm_bytes in, gvm_error *err) {
    size_t size = MODULE_MAX;
    void *library = dlopen("libbrotlidec.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return gvm_error_set(err, GVM_ERR_UNSUPPORTED,
                             "Stylus's compressed form needs libbrotlidec.so.1 (Debian: apt "
                             "install libbrotli1)");
    brotli_decompress *decompress;
    *(void **)&decompress = dlsym(library, "BrotliDecoderDecompress");
    uint8_t *to = malloc(size);
    gvm_status status = GVM_OK;
    if (to == NULL)
        status = GVM_ERR_NOMEM;
    else if (decompress == NULL || decompress(in.len, in.ptr, &size, to) != 1)
        status = gvm_error_set(err, GVM_ERR_SYNTAX,
                               "expected brotli of at most 1 MiB behind EF F0 00 00");
    else
        gvm_buf_append(out, to, size);
    free(to);
    (void)dlclose(library);
    return status == GVM_OK ? gvm_buf_status(out) : status;
}

static bool is_text(gvm_bytes in) {
    return in.len > 0 && in.ptr[0] != 0 && strchr("{\"0123456789abcdefABCDEF \n\r\t", in.ptr[0]) != NULL;
}

static gvm_status unpack(gvm_buf *module, gvm_bytes in, const char *file, gvm_error *err) {
    if (begins(in, "\xef\x47\x01", PREFIX))
        return unpack_zstd(module, gvm_bytes_make(in.ptr + PREFIX, in.len - PREFIX), err);
    if (begins(in, "\xef\xf0\0\0", STYLUS_PREFIX))
        return unpack_brotli(module, gvm_bytes_make(in.ptr + STYLUS_PREFIX, in.len - STYLUS_PREFIX),
                             err);
    if (!begins(in, "\0asm", 4))
        return gvm_error_set(err, GVM_ERR_SYNTAX,
                             "%.300s: expected a WebAssembly module, as it is, in a compiler's "
                             "JSON, behind EF 47 01 (zstd) or behind EF F0 00 00 (brotli)",
                             file);
    if (in.len > MODULE_MAX) return too_large(err);
    gvm_buf_append(module, in.ptr, in.len);
    return gvm_buf_status(module);
}

gvm_status gvm_contract_code_read(gvm_buf *module, const char *file, gvm_error *err) {
    gvm_buf raw = {0}, path = {0};
    gvm_status status = gvm_files_read(&raw, file, err);
    if (status == GVM_OK && is_text(gvm_buf_bytes(&raw))) {
        gvm_buf_clear(&raw);
        gvm_buf_printf(&path, "@%s", file);
        gvm_buf_put(&path, '\0');
        status = gvm_buf_status(&path);
        if (status == GVM_OK) status = gvm_files_code(&raw, (const char *)path.ptr, err);
    }
    if (status == GVM_OK) status = unpack(module, gvm_buf_bytes(&raw), file, err);
    gvm_buf_free(&raw);
    gvm_buf_free(&path);
    return status;
}

gvm_status gvm_contract_code_pack(gvm_buf *out, gvm_bytes module) {
    static const uint8_t prefix[PREFIX] = {0xef, 0x47, 0x01};
    size_t room = ZSTD_compressBound(module.len), got = 0;
    ZSTD_CCtx *z = ZSTD_createCCtx();
    uint8_t *frame = malloc(room);
    bool good = z != NULL && frame != NULL &&
                !ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, LEVEL)) &&
                !ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, WINDOW_LOG));
    if (good) got = ZSTD_compress2(z, frame, room, module.ptr, module.len);
    if (good && !ZSTD_isError(got)) {
        gvm_buf_append(out, prefix, sizeof prefix);
        gvm_buf_append(out, frame, got);
    }
    ZSTD_freeCCtx(z);
    free(frame);
    return good && !ZSTD_isError(got) ? gvm_buf_status(out) : GVM_ERR_NOMEM;
}
