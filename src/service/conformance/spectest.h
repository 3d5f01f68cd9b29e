/* Runs the WebAssembly specification's tests in the JSON form that wast2json gives them: a script
 * of commands, with the modules it names beside it. */
#ifndef GVM_SERVICE_CONFORMANCE_SPECTEST_H
#define GVM_SERVICE_CONFORMANCE_SPECTEST_H

#include "base/bytes.h"

#include <stdio.h>

typedef struct gvm_spectest_totals {
    uint64_t scripts, passed, failed, skipped; /* commands, all but the first */
} gvm_spectest_totals;

typedef struct gvm_spectest_options {
    FILE *report; /* a line for each command that failed; NULL: none */
    bool verbose; /* a line for each script, too */
    bool compile; /* run compiled code; GVM_ERR_UNSUPPORTED where there is no compiler */
} gvm_spectest_options;

/* Runs every script at `path`: a .json file, a folder, or a .tar.zst archive of either; *totals is
 * added to. Skipped is what is about the text format alone. GVM_OK whatever the tests say; errors
 * are those of reading the files. */
GVM_NODISCARD gvm_status gvm_spectest_run(gvm_spectest_totals *totals, const char *path,
                                          const gvm_spectest_options *options, gvm_error *err);

#endif
