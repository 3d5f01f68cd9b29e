/* Runs the WebAssembly specification's tests in the JSON form that wast2json gives them: a script
 * of commands, with the modules it names beside it. */
#ifndef GVM_SERVICE_CONFORMANCE_SPECTEST_H
#define GVM_SERVICE_CONFORMANCE_SPECTEST_H

#include "base/bytes.h"

typedef struct gvm_spectest_totals {
    uint64_t scripts, passed, failed, skipped; /* commands, all but the first */
} gvm_spectest_totals;

typedef enum gvm_spectest_engine {
    GVM_SPECTEST_INTERPRETER,
    GVM_SPECTEST_COMPILED,
    GVM_SPECTEST_BOTH /* each command by both, which must agree in fuel too */
} gvm_spectest_engine;

/* What came of a command. */
typedef struct gvm_spectest_verdict {
    const char *script; /* its path */
    int64_t line;
    const char *type; /* "assert_return" and so on */
    enum { GVM_SPECTEST_PASSED, GVM_SPECTEST_FAILED, GVM_SPECTEST_SKIPPED } outcome;
    const char *why; /* it failed */
} gvm_spectest_verdict;

typedef struct gvm_spectest_options {
    gvm_spectest_engine engine; /* GVM_ERR_UNSUPPORTED where there is no compiler */
    const char *pattern;        /* only scripts whose path contains this text; NULL: all */
    /* Told of each command; NULL: nobody is. */
    void (*tell)(void *ctx, const gvm_spectest_verdict *verdict);
    void *ctx;
} gvm_spectest_options;

/* Runs every script at `path`: a .json file, a folder, or a .tar.zst archive of either; *totals is
 * added to. Skipped is what is about the text format alone. GVM_OK whatever the tests say; errors
 * are those of reading the files, and GVM_ERR_NOT_FOUND where there is no script. */
GVM_NODISCARD gvm_status gvm_spectest_run(gvm_spectest_totals *totals, const char *path,
                                          const gvm_spectest_options *options, gvm_error *err);

#endif
