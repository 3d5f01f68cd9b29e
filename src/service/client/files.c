#include "service/client/files.h"

#include "codec/hex.h"
#include "codec/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static gvm_status file_error(gvm_error *err, const char *path, int number) {
    gvm_status code = number == ENOENT   ? GVM_ERR_NOT_FOUND
                      : number == EACCES ? GVM_ERR_PERMISSION
                      : number == EEXIST ? GVM_ERR_EXISTS
                      : number == ENOSPC ? GVM_ERR_FULL
                                         : GVM_ERR_IO;
    return gvm_error_set(err, code, "%.300s: %s", path, strerror(number));
}

static gvm_status read_all(gvm_buf *out, int fd, const char *path, gvm_error *err) {
    for (size_t total = 0;;) {
        uint8_t part[65536];
        ssize_t n = read(fd, part, sizeof part);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return file_error(err, path, errno);
        if (n == 0) return gvm_buf_status(out);
        total += (size_t)n;
        if (total > GVM_FILES_MAX)
            return gvm_error_set(err, GVM_ERR_LIMIT, "%.300s: over %zu bytes", path, GVM_FILES_MAX);
        gvm_buf_append(out, part, (size_t)n);
        gvm_wipe(part, (size_t)n);
    }
}

gvm_status gvm_files_read(gvm_buf *out, const char *path, gvm_error *err) {
    if (strcmp(path, "-") == 0) return read_all(out, STDIN_FILENO, "standard input", err);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return file_error(err, path, errno);
    gvm_status status = read_all(out, fd, path, err);
    (void)close(fd);
    return status;
}

gvm_status gvm_files_write_private(const char *path, gvm_bytes in, gvm_error *err) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return file_error(err, path, errno);
    gvm_status status = GVM_OK;
    while (in.len > 0 && status == GVM_OK) {
        ssize_t n = write(fd, in.ptr, in.len);
        if (n >= 0) {
            in.ptr += n;
            in.len -= (size_t)n;
        } else if (errno != EINTR) {
            status = file_error(err, path, errno);
        }
    }
    if (status == GVM_OK && fsync(fd) != 0) status = file_error(err, path, errno);
    if (close(fd) != 0 && status == GVM_OK) status = file_error(err, path, errno);
    if (status != GVM_OK) (void)unlink(path);
    return status;
}

/* ---- code */

static gvm_status bad_code(gvm_error *err, const char *where) {
    return gvm_error_set(err, GVM_ERR_SYNTAX,
                         "%.200s: expected code as hex digits, two a byte, or a compiler's JSON "
                         "with \"bytecode\" (libraries linked)",
                         where);
}

static gvm_status code_of_json(gvm_buf *out, gvm_bytes text, const char *where, gvm_error *err) {
    yyjson_doc *doc;
    GVM_TRY(gvm_json_parse(&doc, text, NULL, err));
    yyjson_val *code = yyjson_obj_get(yyjson_doc_get_root(doc), "bytecode");
    if (code == NULL)
        code = yyjson_obj_get(
            yyjson_obj_get(yyjson_obj_get(yyjson_doc_get_root(doc), "evm"), "bytecode"), "object");
    if (yyjson_is_obj(code)) code = yyjson_obj_get(code, "object");
    const char *hex = yyjson_get_str(code);
    gvm_status status = GVM_ERR_SYNTAX;
    if (hex != NULL)
        status =
            gvm_hex_decode(out, gvm_bytes_make(hex, yyjson_get_len(code)), GVM_HEX_PREFIX_OPTIONAL);
    yyjson_doc_free(doc);
    return status == GVM_ERR_SYNTAX ? bad_code(err, where) : status;
}

static gvm_status code_of_text(gvm_buf *out, gvm_bytes text, const char *where, gvm_error *err) {
    gvm_buf digits = {0};
    size_t first = 0;
    while (first < text.len && strchr(" \t\r\n", text.ptr[first]) != NULL) first++;
    if (first < text.len && text.ptr[first] == '{') return code_of_json(out, text, where, err);
    for (size_t i = first; i < text.len; i++)
        if (text.ptr[i] == '\0' || strchr(" \t\r\n", text.ptr[i]) == NULL)
            gvm_buf_put(&digits, text.ptr[i]);
    gvm_status status = gvm_buf_status(&digits);
    if (status == GVM_OK)
        status = gvm_hex_decode(out, gvm_buf_bytes(&digits), GVM_HEX_PREFIX_OPTIONAL);
    gvm_buf_free(&digits);
    return status == GVM_ERR_SYNTAX ? bad_code(err, where) : status;
}

gvm_status gvm_files_code(gvm_buf *out, const char *text, gvm_error *err) {
    bool file = text[0] == '@' || strcmp(text, "-") == 0;
    if (!file) return code_of_text(out, gvm_bytes_str(text), "code", err);
    const char *path = text[0] == '@' ? text + 1 : text;
    gvm_buf content = {0};
    gvm_status status = gvm_files_read(&content, path, err);
    if (status == GVM_OK) status = code_of_text(out, gvm_buf_bytes(&content), path, err);
    gvm_buf_free(&content);
    return status;
}
