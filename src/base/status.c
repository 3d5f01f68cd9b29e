#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *name, *text;
} table[GVM_STATUS_COUNT] = {
#define X(name, number, sentence) [GVM_##name] = {#name, sentence},
#include "ghostvm/status.inc"
#undef X
#define X(name, sentence) [GVM_##name] = {#name, sentence},
#include "base/status.inc"
#undef X
};

const char *gvm_status_name(gvm_status s) {
    return (unsigned)s < GVM_STATUS_COUNT ? table[s].name : "UNKNOWN";
}

const char *gvm_status_text(gvm_status s) {
    return (unsigned)s < GVM_STATUS_COUNT ? table[s].text : "unknown status";
}

gvm_status gvm_error_set(gvm_error *err, gvm_status code, const char *fmt, ...) {
    if (err == NULL) return code;
    err->code = code;
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    return code;
}

const char *gvm_error_text(const gvm_error *err) {
    return err->text[0] != '\0' ? err->text : gvm_status_text(err->code);
}

void gvm_assert_failed(const char *what, const char *file, int line) {
    (void)fprintf(stderr, "ghostvm: broken invariant: %s (%s:%d)\n", what, file, line);
    abort();
}
