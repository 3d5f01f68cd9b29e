/* One producer walks the paths and unpacks archives, workers parse and run. The queue between them
 * is bounded by bytes, so that a folder of archives never unpacks faster than it is worked off. */
#include "service/conformance/runner.h"

#include "codec/archive.h"

#include <getopt.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { QUEUE_BYTES = 256 << 20, JOBS_MAX = 256 };

typedef struct job {
    struct job *next;
    char *name;
    uint8_t *data; /* followed by YYJSON_PADDING_SIZE zero bytes */
    size_t len;
} job;

struct gvm_conf {
    const gvm_conf_options *options;
    const gvm_conf_suite *suite;
    gvm_conf_counts counts;
    pthread_mutex_t lock; /* everything here but options and suite */
    pthread_cond_t filled, emptied;
    job *head, *tail;
    size_t queued_bytes;
    bool closed;
    struct timespec last_progress;
};

const gvm_conf_options *gvm_conf_get_options(const gvm_conf *conf) {
    return conf->options;
}

/* ---- choosing */

/* FNV-1a over the id from the file's own name on: stable between versions and machines, so that a
 * sample stays the same sample. */
static uint64_t id_hash(const char *id) {
    uint64_t h = 0xcbf29ce484222325;
    const char *from = strstr(id, "::");
    if (from == NULL) from = id + strlen(id);
    while (from > id && from[-1] != '/') from--;
    for (; *from != 0; from++) h = (h ^ (uint8_t)*from) * 0x100000001b3;
    return h ^ h >> 32;
}

bool gvm_conf_wants(const gvm_conf *conf, const char *id, const char *fork) {
    const gvm_conf_options *o = conf->options;
    if (o->fork != NULL && fork != NULL && strcasecmp(o->fork, fork) != 0) return false;
    if (o->pattern != NULL && strstr(id, o->pattern) == NULL) return false;
    return o->sample == 0 || o->sample >= 100 || id_hash(id) % 100 < o->sample;
}

/* ---- telling */

static void show_progress(gvm_conf *conf, bool last) {
    struct timespec now;
    if (!conf->options->progress) return;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t ms = (now.tv_sec - conf->last_progress.tv_sec) * 1000 +
                 (now.tv_nsec - conf->last_progress.tv_nsec) / 1000000;
    if (ms < 200 && !last) return;
    conf->last_progress = now;
    fprintf(stderr, "\r%llu passed, %llu failed, %llu skipped%s",
            (unsigned long long)conf->counts.passed, (unsigned long long)conf->counts.failed,
            (unsigned long long)conf->counts.skipped, last ? "\r\033[K" : "");
    fflush(stderr);
}

static void put_json_string(FILE *out, const char *s) {
    fputc('"', out);
    for (; *s != 0; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c == '\n')
            fputs("\\n", out);
        else if (c < 0x20)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void tell(gvm_conf *conf, const char *id, const char *verdict, const char *text) {
    FILE *out = conf->options->out;
    if (conf->options->quiet) return;
    if (conf->options->json) {
        fputs("{\"name\":", out);
        put_json_string(out, id);
        fprintf(out, ",\"result\":\"%s\"", verdict);
        if (text != NULL) {
            fputs(",\"reason\":", out);
            put_json_string(out, text);
        }
        fputs("}\n", out);
    } else if (text != NULL) {
        if (conf->options->progress) fputs("\r\033[K", stderr);
        fprintf(out, "%s %s\n  %s\n", verdict, id, text);
    }
}

void gvm_conf_pass(gvm_conf *conf, const char *id) {
    pthread_mutex_lock(&conf->lock);
    conf->counts.passed++;
    if (conf->options->json) tell(conf, id, "passed", NULL);
    show_progress(conf, false);
    pthread_mutex_unlock(&conf->lock);
}

void gvm_conf_fail(gvm_conf *conf, const char *id, const char *fmt, ...) {
    enum { TEXT = 1 << 16 };
    char *text = malloc(TEXT);
    va_list args;
    va_start(args, fmt);
    if (text != NULL) (void)vsnprintf(text, TEXT, fmt, args);
    va_end(args);
    pthread_mutex_lock(&conf->lock);
    conf->counts.failed++;
    tell(conf, id, "FAILED", text == NULL ? "out of memory" : text);
    pthread_mutex_unlock(&conf->lock);
    free(text);
}

void gvm_conf_skip(gvm_conf *conf, const char *id, const char *reason) {
    pthread_mutex_lock(&conf->lock);
    conf->counts.skipped++;
    tell(conf, id, "skipped", reason);
    pthread_mutex_unlock(&conf->lock);
}

/* ---- the queue */

static void job_free(job *j) {
    if (j == NULL) return;
    free(j->name);
    free(j->data);
    free(j);
}

static job *job_new(const char *name, gvm_bytes data) {
    job *j = calloc(1, sizeof *j);
    if (j == NULL) return NULL;
    j->name = strdup(name);
    j->data = malloc(data.len + YYJSON_PADDING_SIZE);
    j->len = data.len;
    if (j->name == NULL || j->data == NULL) {
        job_free(j);
        return NULL;
    }
    memcpy(j->data, data.ptr, data.len);
    memset(j->data + data.len, 0, YYJSON_PADDING_SIZE);
    return j;
}

static void run_job(gvm_conf *conf, void *worker, const char *name, uint8_t *data, size_t len) {
    yyjson_read_err err;
    yyjson_doc *doc = yyjson_read_opts((char *)data, len, YYJSON_READ_INSITU, NULL, &err);
    if (doc == NULL) {
        gvm_conf_fail(conf, name, "not JSON: %s at byte %zu", err.msg, err.pos);
        return;
    }
    yyjson_val *root = yyjson_doc_get_root(doc), *key;
    if (!yyjson_is_obj(root)) gvm_conf_fail(conf, name, "not an object of tests");
    yyjson_obj_iter it = yyjson_obj_iter_with(root);
    while ((key = yyjson_obj_iter_next(&it)) != NULL)
        conf->suite->run(worker, name, yyjson_get_str(key), yyjson_obj_iter_get_val(key));
    yyjson_doc_free(doc);
}

static void *work(void *arg) {
    gvm_conf *conf = arg;
    void *worker = NULL;
    gvm_status status = conf->suite->worker_new(&worker, conf);
    for (;;) {
        pthread_mutex_lock(&conf->lock);
        while (conf->head == NULL && !conf->closed) pthread_cond_wait(&conf->filled, &conf->lock);
        job *j = conf->head;
        if (j != NULL) {
            conf->head = j->next;
            if (conf->head == NULL) conf->tail = NULL;
            conf->queued_bytes -= j->len;
            pthread_cond_signal(&conf->emptied);
        }
        pthread_mutex_unlock(&conf->lock);
        if (j == NULL) break;
        if (status == GVM_OK)
            run_job(conf, worker, j->name, j->data, j->len);
        else
            gvm_conf_fail(conf, j->name, "%s", gvm_status_text(status));
        job_free(j);
    }
    if (status == GVM_OK) conf->suite->worker_delete(worker);
    return NULL;
}

static bool want(void *ctx, const char *name) {
    (void)ctx;
    size_t n = strlen(name);
    return n > 5 && strcmp(name + n - 5, ".json") == 0;
}

static gvm_status visit(void *ctx, const char *name, gvm_bytes data) {
    gvm_conf *conf = ctx;
    job *j = job_new(name, data);
    if (j == NULL) return GVM_ERR_NOMEM;
    pthread_mutex_lock(&conf->lock);
    while (conf->queued_bytes > QUEUE_BYTES) pthread_cond_wait(&conf->emptied, &conf->lock);
    if (conf->tail == NULL)
        conf->head = j;
    else
        conf->tail->next = j;
    conf->tail = j;
    conf->queued_bytes += j->len;
    pthread_cond_signal(&conf->filled);
    pthread_mutex_unlock(&conf->lock);
    return GVM_OK;
}

gvm_status gvm_conf_run(const gvm_conf_suite *suite, const gvm_conf_options *options,
                        gvm_conf_counts *counts, gvm_error *err) {
    gvm_conf conf = {.options = options, .suite = suite};
    pthread_t threads[JOBS_MAX];
    unsigned jobs = options->jobs == 0 ? 1 : options->jobs, started = 0;
    gvm_status status = GVM_OK;
    GVM_ASSERT(jobs <= JOBS_MAX);
    (void)pthread_mutex_init(&conf.lock, NULL);
    (void)pthread_cond_init(&conf.filled, NULL);
    (void)pthread_cond_init(&conf.emptied, NULL);
    while (started < jobs && pthread_create(&threads[started], NULL, work, &conf) == 0) started++;
    if (started == 0) status = gvm_error_set(err, GVM_ERR_LIMIT, "cannot start a thread");
    gvm_archive_visitor visitor = {&conf, want, visit};
    for (size_t i = 0; i < options->path_count && status == GVM_OK; i++)
        status = gvm_archive_walk(options->paths[i], &visitor, &gvm_archive_default_limits, err);
    pthread_mutex_lock(&conf.lock);
    conf.closed = true;
    pthread_cond_broadcast(&conf.filled);
    pthread_mutex_unlock(&conf.lock);
    for (unsigned i = 0; i < started; i++) pthread_join(threads[i], NULL);
    show_progress(&conf, true);
    *counts = conf.counts;
    (void)pthread_mutex_destroy(&conf.lock);
    (void)pthread_cond_destroy(&conf.filled);
    (void)pthread_cond_destroy(&conf.emptied);
    return status;
}

/* ---- as a program */

static void usage(FILE *out, const char *name, const char *what) {
    fprintf(out,
            "usage: ghostvm %s [OPTIONS] PATH...\n\n"
            "Runs %s: JSON files, folders of them, .tar.zst archives of either.\n\n"
            "  --fork NAME     only tests of this fork\n"
            "  --run TEXT      only tests whose name contains TEXT\n"
            "  -j, --jobs N    threads (default: one per core)\n"
            "  --ghost         under Ghost's rules (state tests alone)\n"
            "  --sample N      N %% of the tests, always the same ones\n"
            "  --json          one JSON object a line for each test\n"
            "  --trace         EIP-3155 trace of each transaction on standard output\n"
            "  --help\n\n"
            "The last line is `N passed, N failed, N skipped`; exit code 1 if any failed.\n",
            name, what);
}

static bool number(unsigned *out, const char *text, unsigned max) {
    char *end;
    unsigned long v = strtoul(text, &end, 10);
    if (*text == 0 || *end != 0 || v > max) return false;
    *out = (unsigned)v;
    return true;
}

int gvm_conf_parse_args(gvm_conf_options *options, int argc, char **argv, const char *what) {
    static const struct option longs[] = {
        {"fork", required_argument, NULL, 'f'},
        {"run", required_argument, NULL, 'r'},
        {"jobs", required_argument, NULL, 'j'},
        {"json", no_argument, NULL, 'J'},
        {"sample", required_argument, NULL, 's'},
        {"trace", no_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},
        {"ghost", no_argument, NULL, 'g'},
        {NULL, 0, NULL, 0},
    };
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    *options = (gvm_conf_options){.out = stdout, .jobs = cores < 1 ? 1 : (unsigned)cores};
    if (options->jobs > JOBS_MAX) options->jobs = JOBS_MAX;
    options->progress = isatty(STDERR_FILENO) != 0;
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, "j:h", longs, NULL)) != -1;) {
        bool ok = true;
        switch (c) {
        case 'f': options->fork = optarg; break;
        case 'r': options->pattern = optarg; break;
        case 'j': ok = number(&options->jobs, optarg, JOBS_MAX); break;
        case 's': ok = number(&options->sample, optarg, 100); break;
        case 'g': options->ghost = true; break;
        case 'J': options->json = true; break;
        case 't': options->trace = true; break;
        case 'h': usage(stdout, argv[0], what); return 1;
        default: usage(stderr, argv[0], what); return 2;
        }
        if (!ok) {
            fprintf(stderr, "ghostvm %s: '%s' is not a number in range\n", argv[0], optarg);
            return 2;
        }
    }
    if (optind == argc) {
        usage(stderr, argv[0], what);
        return 2;
    }
    if (options->trace) options->jobs = 1;
    options->paths = (const char *const *)(argv + optind);
    options->path_count = (size_t)(argc - optind);
    return 0;
}

int gvm_conf_main(const gvm_conf_suite *suite, int argc, char **argv, const char *what) {
    gvm_conf_options options;
    gvm_conf_counts counts = {0};
    gvm_error err = {0};
    int code = gvm_conf_parse_args(&options, argc, argv, what);
    if (code != 0) return code == 1 ? 0 : 2;
    gvm_status status = gvm_conf_run(suite, &options, &counts, &err);
    if (status != GVM_OK) {
        fprintf(stderr, "ghostvm %s: %s\n", argv[0], gvm_error_text(&err));
        return 1;
    }
    printf("%llu passed, %llu failed, %llu skipped\n", (unsigned long long)counts.passed,
           (unsigned long long)counts.failed, (unsigned long long)counts.skipped);
    return counts.failed > 0 ? 1 : 0;
}
