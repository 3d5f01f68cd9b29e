/* What all runners of official test fixtures have in common: finding files, parsing them, spreading
 * them over threads, choosing tests, counting, telling.
 *
 * A suite sees one test of a file at a time, on a worker of its own per thread. */
#ifndef GVM_SERVICE_CONFORMANCE_RUNNER_H
#define GVM_SERVICE_CONFORMANCE_RUNNER_H

#include "base/bytes.h"

#include <stdio.h>
#include <yyjson.h>

typedef struct gvm_conf_options {
    const char *const *paths; /* JSON files, folders (walked), .tar.zst archives of JSON files */
    size_t path_count;
    const char *fork;    /* only this fork, by name; NULL: all */
    const char *pattern; /* only tests whose id contains this text; NULL: all */
    unsigned jobs;       /* threads; 0: one */
    unsigned sample;     /* so many percent of the tests, chosen by a hash of the id; 0: all */
    bool ghost;          /* under Ghost's rules on top of the fork's (state tests alone) */
    bool json;           /* one JSON object a line for each test, instead of text */
    bool trace;          /* EIP-3155 traces to `out` */
    bool progress;       /* a line on stderr that counts */
    bool quiet;          /* failures and skips are counted, not told */
    FILE *out;
} gvm_conf_options;

typedef struct gvm_conf_counts {
    uint64_t passed, failed, skipped;
} gvm_conf_counts;

/* The telling side, shared by all workers. */
typedef struct gvm_conf gvm_conf;

typedef struct gvm_conf_suite {
    /* One per thread. */
    gvm_status (*worker_new)(void **worker, gvm_conf *conf);
    void (*worker_delete)(void *worker);
    /* One top-level entry of a fixture file. `file` is a path for people. The suite asks
     * gvm_conf_wants for each test in it and reports each once. */
    void (*run)(void *worker, const char *file, const char *name, yyjson_val *test);
} gvm_conf_suite;

/* Runs everything; failures of files (unreadable, not JSON) count as failed tests. */
GVM_NODISCARD gvm_status gvm_conf_run(const gvm_conf_suite *suite, const gvm_conf_options *options,
                                      gvm_conf_counts *counts, gvm_error *err);

/* ---- for suites; thread-safe */
const gvm_conf_options *gvm_conf_get_options(const gvm_conf *conf);
/* Whether the options choose this test. fork may be NULL. */
bool gvm_conf_wants(const gvm_conf *conf, const char *id, const char *fork);
void gvm_conf_pass(gvm_conf *conf, const char *id);
void gvm_conf_fail(gvm_conf *conf, const char *id, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void gvm_conf_skip(gvm_conf *conf, const char *id, const char *reason);

/* The command line of all runners: OPTIONS and PATHs as `--help` of statetest tells. Returns 0 to
 * go on, 1 to exit with code 0 (help was asked), 2 for wrong usage (said on stderr). */
int gvm_conf_parse_args(gvm_conf_options *options, int argc, char **argv, const char *what);
/* Runs a suite as a program does: last line "N passed, N failed, N skipped", exit code. */
int gvm_conf_main(const gvm_conf_suite *suite, int argc, char **argv, const char *what);

#endif
