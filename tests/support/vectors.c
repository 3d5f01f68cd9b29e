#include "vectors.h"

#include "codec/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void join(char *out, size_t size, const char *sub) {
    const char *root = getenv("GHOSTVM_VECTORS");
    if (root == NULL || root[0] == '\0') root = "../shared/vectors";
    (void)snprintf(out, size, "%s/%s", root, sub);
}

const char *vectors_path(const char *sub) {
    static char path[4096];
    join(path, sizeof path, sub);
    return access(path, R_OK) == 0 ? path : NULL;
}

void vectors_require(const char *sub) {
    if (vectors_path(sub) != NULL) return;
    char path[4096];
    join(path, sizeof path, sub);
    (void)fprintf(stderr, "skipped: no vectors at %s (set GHOSTVM_VECTORS)\n", path);
    exit(77);
}

typedef struct each {
    const char *suffix, *filter;
    vectors_visit visit;
    void *ctx;
    size_t count;
} each;

static bool want(void *ctx, const char *name) {
    const each *e = ctx;
    if (e->filter != NULL && strstr(name, e->filter) == NULL) return false;
    size_t n = strlen(name), k = e->suffix == NULL ? 0 : strlen(e->suffix);
    return n >= k && (k == 0 || strcmp(name + n - k, e->suffix) == 0);
}

static gvm_status visit(void *ctx, const char *name, gvm_bytes data) {
    each *e = ctx;
    e->count++;
    e->visit(e->ctx, name, data);
    return GVM_OK;
}

size_t vectors_each(const char *sub, const char *suffix, const char *filter, vectors_visit callback,
                    void *ctx) {
    const char *path = vectors_path(sub);
    each e = {suffix, filter, callback, ctx, 0};
    gvm_archive_visitor visitor = {&e, want, visit};
    gvm_error err = {0};
    if (path == NULL || gvm_archive_walk(path, &visitor, NULL, &err) != GVM_OK) {
        (void)fprintf(stderr, "vectors: %s: %s\n", sub,
                      path == NULL ? "missing" : gvm_error_text(&err));
        exit(1);
    }
    return e.count;
}
