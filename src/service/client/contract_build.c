#include "service/client/contract_build.h"

#include "codec/hex.h"
#include "codec/json.h"
#include "service/client/bindings.h"
#include "service/client/files.h"
#include "service/client/module.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { PATH_SIZE = 1024, ARGS_MAX = 512, SOURCES_MAX = 256 };
enum { SOURCE_C, SOURCE_AS, SOURCE_WASM };

typedef struct job {
    const gvm_contract_build *b;
    gvm_contract_built *out;
    gvm_arena arena;
    int kind;
    char dir[PATH_SIZE];  /* of the source */
    char main[PATH_SIZE]; /* the .ts or .wasm; of C the file, or "" for all of the folder */
    char abi_path[PATH_SIZE];
    gvm_buf abi; /* JSON as it is in the file; empty: none */
    gvm_abi_contract contract;
    const char *argv[ARGS_MAX + 1];
    size_t argc;
    gvm_error *err;
} job;

/* ---- paths */

static gvm_status path_put(char out[PATH_SIZE], gvm_error *err, const char *format, const char *a,
                           const char *b) {
    int n = snprintf(out, PATH_SIZE, format, a, b);
    if (n < 0 || n >= PATH_SIZE)
        return gvm_error_set(err, GVM_ERR_LIMIT, "%.100s...: the path is too long", a);
    return GVM_OK;
}
static bool is_file(const char *path) {
    struct stat s;
    return stat(path, &s) == 0 && S_ISREG(s.st_mode);
}
static bool is_folder(const char *path) {
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}
static bool ends(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}
static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static gvm_status write_file(const char *path, gvm_bytes in, gvm_error *err) {
    FILE *f = fopen(path, "wb");
    bool done = f != NULL && fwrite(in.ptr, 1, in.len, f) == in.len;
    if (f != NULL && fclose(f) != 0) done = false;
    if (done) return GVM_OK;
    return gvm_error_set(err, GVM_ERR_IO, "%.300s: %s", path, strerror(errno));
}

/* Not touched where it holds this already, so that editors and builders see no change. */
static gvm_status write_text(const char *path, gvm_buf *text, gvm_error *err) {
    gvm_buf old = {0};
    gvm_status status = gvm_buf_status(text);
    if (status == GVM_OK && is_file(path) && gvm_files_read(&old, path, NULL) == GVM_OK &&
        gvm_bytes_equal(gvm_buf_bytes(&old), gvm_buf_bytes(text))) {
        gvm_buf_free(&old);
        return GVM_OK;
    }
    gvm_buf_free(&old);
    return status == GVM_OK ? write_file(path, gvm_buf_bytes(text), err) : status;
}

/* ---- what the source is */

static gvm_status set_name(job *j, const char *path) {
    char *name = j->out->name;
    const char *from = j->b->name != NULL ? j->b->name : base_name(path);
    size_t n = strlen(from);
    if (j->b->name == NULL && (ends(from, ".c") || ends(from, ".ts") || ends(from, ".wasm")))
        n = (size_t)(strrchr(from, '.') - from);
    if (n == 0 || n >= sizeof j->out->name || memchr(from, '/', n) != NULL)
        return gvm_error_set(j->err, GVM_ERR_CONFIG,
                             "--name: expected a file's name, at most %zu "
                             "bytes",
                             sizeof j->out->name - 1);
    memcpy(name, from, n);
    name[n] = '\0';
    return GVM_OK;
}

static bool find_as_main(job *j) {
    static const char *const places[] = {"index.ts", "assembly/index.ts"};
    char path[PATH_SIZE];
    if (snprintf(path, sizeof path, "%s/%s.ts", j->dir, j->out->name) < PATH_SIZE && is_file(path))
        return path_put(j->main, NULL, "%s%s", path, "") == GVM_OK;
    for (size_t i = 0; i < 2; i++)
        if (snprintf(path, sizeof path, "%s/%s", j->dir, places[i]) < PATH_SIZE && is_file(path))
            return path_put(j->main, NULL, "%s%s", path, "") == GVM_OK;
    return false;
}

static bool has_c(const char *dir) {
    DIR *d = opendir(dir);
    bool found = false;
    for (struct dirent *e; d != NULL && !found && (e = readdir(d)) != NULL;)
        found = ends(e->d_name, ".c");
    if (d != NULL) (void)closedir(d);
    return found;
}

static gvm_status find_source(job *j) {
    char real[PATH_MAX];
    const char *source = j->b->source;
    if (realpath(source, real) == NULL)
        return gvm_error_set(j->err, GVM_ERR_NOT_FOUND, "%.300s: %s", source, strerror(errno));
    GVM_TRY(set_name(j, real));
    if (is_folder(real)) {
        GVM_TRY(path_put(j->dir, j->err, "%s%s", real, ""));
        if (find_as_main(j)) {
            j->kind = SOURCE_AS;
            char *slash = strrchr(j->main, '/');
            memcpy(j->dir, j->main, (size_t)(slash - j->main));
            j->dir[slash - j->main] = '\0';
            return GVM_OK;
        }
        j->kind = SOURCE_C;
        if (has_c(real)) return GVM_OK;
        return gvm_error_set(j->err, GVM_ERR_CONFIG,
                             "%.300s: expected .c files, or %s.ts, index.ts or assembly/index.ts",
                             source, j->out->name);
    }
    GVM_TRY(path_put(j->main, j->err, "%s%s", real, ""));
    GVM_TRY(path_put(j->dir, j->err, "%s%s", real, ""));
    *strrchr(j->dir, '/') = '\0';
    j->kind = ends(real, ".c") ? SOURCE_C : ends(real, ".ts") ? SOURCE_AS : SOURCE_WASM;
    if (j->kind != SOURCE_WASM || ends(real, ".wasm")) return GVM_OK;
    return gvm_error_set(j->err, GVM_ERR_CONFIG, "%.300s: expected a .c, .ts or .wasm file",
                         source);
}

/* ---- the ABI and what is made of it */

static gvm_status read_abi(job *j) {
    if (j->b->abi != NULL) {
        GVM_TRY(path_put(j->abi_path, j->err, "%s%s", j->b->abi, ""));
    } else {
        char path[PATH_SIZE];
        GVM_TRY(path_put(path, j->err, "%s/%s.abi.json", j->dir, j->out->name));
        if (!is_file(path) && j->kind != SOURCE_WASM)
            return gvm_error_set(j->err, GVM_ERR_NOT_FOUND,
                                 "%.300s is not there: the contract's ABI as JSON; --abi names "
                                 "another file",
                                 path);
        if (!is_file(path)) return GVM_OK;
        GVM_TRY(path_put(j->abi_path, j->err, "%s%s", path, ""));
    }
    GVM_TRY(gvm_files_read(&j->abi, j->abi_path, j->err));
    GVM_TRY(gvm_abi_parse_json(&j->contract, &j->arena, gvm_buf_bytes(&j->abi), j->err));
    j->out->has_abi = true;
    return GVM_OK;
}

/* The bindings of one X.abi.json that is not the contract's own. */
static gvm_status write_interface(job *j, const char *file) {
    char from[PATH_SIZE], stem[256], to[PATH_SIZE];
    size_t n = strlen(file) - strlen(".abi.json");
    gvm_buf json = {0}, text = {0};
    gvm_abi_contract c;
    if (n == 0 || n >= sizeof stem) return GVM_OK;
    memcpy(stem, file, n);
    stem[n] = '\0';
    bool c_source = j->kind == SOURCE_C;
    GVM_TRY(path_put(from, j->err, "%s/%s", j->dir, file));
    GVM_TRY(path_put(to, j->err, c_source ? "%s/%s.abi.h" : "%s/%s.abi.ts",
                     c_source ? j->b->out_dir : j->dir, stem));
    if (strcmp(from, j->abi_path) == 0) return GVM_OK;
    gvm_status status = gvm_files_read(&json, from, j->err);
    if (status == GVM_OK) status = gvm_abi_parse_json(&c, &j->arena, gvm_buf_bytes(&json), j->err);
    if (status == GVM_OK && c_source)
        gvm_bindings_put_c_interface(&text, &c, file, stem);
    else if (status == GVM_OK)
        gvm_bindings_put_as(&text, &c, file);
    if (status == GVM_OK) status = write_text(to, &text, j->err);
    gvm_buf_free(&json);
    gvm_buf_free(&text);
    return status;
}

static gvm_status write_interfaces(job *j) {
    gvm_status status = GVM_OK;
    DIR *d = opendir(j->dir);
    for (struct dirent *e; d != NULL && status == GVM_OK && (e = readdir(d)) != NULL;)
        if (ends(e->d_name, ".abi.json")) status = write_interface(j, e->d_name);
    if (d != NULL) (void)closedir(d);
    return status;
}

static gvm_status write_bindings(job *j, char router[PATH_SIZE]) {
    char path[PATH_SIZE], module[300];
    gvm_buf text = {0};
    const char *file = base_name(j->abi_path);
    GVM_TRY(write_interfaces(j));
    if (j->kind == SOURCE_C) {
        gvm_bindings_put_c(&text, &j->contract, file);
        GVM_TRY(path_put(path, j->err, "%s/%s.abi.h", j->b->out_dir, j->out->name));
    } else {
        gvm_bindings_put_as(&text, &j->contract, file);
        GVM_TRY(path_put(path, j->err, "%s/%s.abi.ts", j->dir, j->out->name));
    }
    gvm_status status = write_text(path, &text, j->err);
    gvm_buf_clear(&text);
    if (status == GVM_OK && j->kind == SOURCE_AS) {
        const char *main = base_name(j->main);
        (void)snprintf(module, sizeof module, "./%.*s", (int)(strlen(main) - 3), main);
        gvm_bindings_put_as_router(&text, &j->contract, file, module);
        status = path_put(router, j->err, "%s/%s.router.ts", j->dir, j->out->name);
        if (status == GVM_OK) status = write_text(router, &text, j->err);
    }
    gvm_buf_free(&text);
    return status;
}

/* ---- compilers */

static void arg(job *j, const char *text) {
    GVM_ASSERT(j->argc < ARGS_MAX);
    j->argv[j->argc++] = text;
}
static gvm_status argf(job *j, const char *format, const char *a, const char *b) {
    char path[PATH_SIZE];
    GVM_TRY(path_put(path, j->err, format, a, b));
    size_t n = strlen(path) + 1;
    char *copy = gvm_arena_zalloc(&j->arena, n);
    if (copy == NULL) return GVM_ERR_NOMEM;
    memcpy(copy, path, n);
    arg(j, copy);
    return GVM_OK;
}

static gvm_status compile(job *j) {
    pid_t pid;
    int state;
    j->argv[j->argc] = NULL;
    if (j->b->verbose) {
        for (size_t i = 0; i < j->argc; i++) fprintf(stderr, "%s%s", i > 0 ? " " : "", j->argv[i]);
        fprintf(stderr, "\n");
    }
    int failed =
        posix_spawnp(&pid, j->argv[0], NULL, NULL, (char *const *)(uintptr_t)j->argv, environ);
    if (failed != 0)
        return gvm_error_set(j->err, GVM_ERR_CONFIG, "%.200s: %s%s", j->argv[0], strerror(failed),
                             j->kind == SOURCE_C ? "; C needs clang and lld (Debian: apt install "
                                                   "clang lld)"
                                                 : "");
    while (waitpid(pid, &state, 0) < 0)
        if (errno != EINTR)
            return gvm_error_set(j->err, GVM_ERR_IO, "waitpid: %s", strerror(errno));
    if (WIFEXITED(state) && WEXITSTATUS(state) == 0) return GVM_OK;
    return gvm_error_set(j->err, GVM_ERR_REMOTE, "%.200s failed; what it found is above",
                         base_name(j->argv[0]));
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static gvm_status add_c_sources(job *j) {
    if (j->main[0] != '\0') return argf(j, "%s%s", j->main, "");
    size_t first = j->argc;
    gvm_status status = GVM_OK;
    DIR *d = opendir(j->dir);
    for (struct dirent *e; d != NULL && status == GVM_OK && (e = readdir(d)) != NULL;) {
        if (!ends(e->d_name, ".c")) continue;
        if (j->argc - first == SOURCES_MAX)
            status = gvm_error_set(j->err, GVM_ERR_LIMIT, "over %d .c files", SOURCES_MAX);
        else
            status = argf(j, "%s/%s", j->dir, e->d_name);
    }
    if (d != NULL) (void)closedir(d);
    qsort(j->argv + first, j->argc - first, sizeof j->argv[0], by_name);
    return status;
}

static gvm_status add_flags(job *j) {
    if (j->b->flag_count > 128) return gvm_error_set(j->err, GVM_ERR_LIMIT, "over 128 flags");
    for (size_t i = 0; i < j->b->flag_count; i++) arg(j, j->b->flags[i]);
    return GVM_OK;
}

static gvm_status compile_c(job *j, const char *wasm) {
    static const char *const flags[] = {
        "--target=wasm32",
        "-std=gnu17",
        "-Oz",
        "-g",
        "-nostdlib",
        "-ffreestanding",
        "-fvisibility=hidden",
        "-mbulk-memory",
        "-msign-ext",
        "-mnontrapping-fptoint",
        "-Wall",
        "-Wextra",
        "-Werror=implicit-function-declaration",
        "-Werror=undefined-internal",
        "-Wl,--no-entry",
        "-Wl,--stack-first",
        "-Wl,--gc-sections",
        "-Wl,--fatal-warnings",
    };
    char stack[64];
    arg(j, j->b->clang);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) arg(j, flags[i]);
    (void)snprintf(stack, sizeof stack, "%u", j->b->stack);
    GVM_TRY(argf(j, "-Wl,-z,stack-size=%s%s", stack, ""));
    GVM_TRY(argf(j, "-I%s/c%s", j->b->sdk, ""));
    GVM_TRY(argf(j, "-I%s%s", j->b->out_dir, ""));
    GVM_TRY(add_flags(j));
    GVM_TRY(add_c_sources(j));
    arg(j, "-o");
    arg(j, wasm);
    return compile(j);
}

/* `relative` in `dir` or a folder above it. */
static bool find_above(char out[PATH_SIZE], const char *dir, const char *relative) {
    char at[PATH_SIZE];
    if (path_put(at, NULL, "%s%s", dir, "") != GVM_OK) return false;
    for (;;) {
        if (path_put(out, NULL, "%s/%s", at, relative) == GVM_OK && access(out, F_OK) == 0)
            return true;
        char *slash = strrchr(at, '/');
        if (slash == NULL || at[0] == '\0') return false;
        *slash = '\0';
    }
}

/* Where npm has not put the SDK, a folder of links that asc looks into. */
static gvm_status link_sdk(job *j, const char *out_dir) {
    char at[PATH_SIZE], target[PATH_SIZE], real[PATH_MAX];
    if (find_above(at, j->dir, "node_modules/@ghostvm/as/package.json")) return GVM_OK;
    GVM_TRY(path_put(target, j->err, "%s/%s", j->b->sdk, "assemblyscript"));
    if (realpath(target, real) == NULL)
        return gvm_error_set(j->err, GVM_ERR_CONFIG, "%.300s: %s; --sdk names contracts/sdk",
                             target, strerror(errno));
    GVM_TRY(path_put(at, j->err, "%s/%s", out_dir, ".sdk"));
    (void)mkdir(at, 0777);
    GVM_TRY(argf(j, "--path=%s%s", at, ""));
    GVM_TRY(path_put(target, j->err, "%s/%s", at, "@ghostvm"));
    (void)mkdir(target, 0777);
    GVM_TRY(path_put(at, j->err, "%s/%s", target, "as"));
    (void)unlink(at);
    if (symlink(real, at) != 0)
        return gvm_error_set(j->err, GVM_ERR_IO, "%.300s: %s", at, strerror(errno));
    return GVM_OK;
}

static gvm_status compile_as(job *j, const char *router) {
    static const char *const flags[] = {
        "--runtime=stub", "--optimizeLevel=3", "--shrinkLevel=1", "--debug", "--sourceMap",
    };
    char asc[PATH_SIZE], here[PATH_SIZE], out_dir[PATH_MAX];
    if (realpath(j->b->out_dir, out_dir) == NULL)
        return gvm_error_set(j->err, GVM_ERR_IO, "%.300s: %s", j->b->out_dir, strerror(errno));
    if (j->b->asc != NULL)
        arg(j, j->b->asc);
    else if (find_above(asc, j->dir, "node_modules/.bin/asc"))
        arg(j, asc);
    else if (getcwd(here, sizeof here) != NULL && find_above(asc, here, "node_modules/.bin/asc"))
        arg(j, asc);
    else
        return gvm_error_set(
            j->err, GVM_ERR_CONFIG,
            "asc is not there: `npm install assemblyscript` in %.300s or above, or "
            "--asc PATH",
            j->dir);
    arg(j, router);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) arg(j, flags[i]);
    GVM_TRY(argf(j, "--baseDir=%s%s", j->dir, "")); /* asc looks for node_modules from there up */
    GVM_TRY(link_sdk(j, out_dir));
    GVM_TRY(add_flags(j));
    arg(j, "--outFile");
    GVM_TRY(argf(j, "%s/%s.wasm", out_dir, j->out->name));
    return compile(j);
}

/* ---- results */

/* {contractName, abi, bytecode}, as Hardhat has it: viem, ethers and `ghostvm send` take it. */
static gvm_status write_artifact(job *j, gvm_bytes wasm, gvm_bytes abi) {
    gvm_buf text = {0};
    gvm_buf_printf(&text, "{\n  \"contractName\": \"%s\",\n  \"abi\": ", j->out->name);
    if (abi.len > 0)
        gvm_buf_append(&text, abi.ptr, abi.len);
    else
        gvm_buf_str(&text, "[]");
    gvm_buf_str(&text, ",\n  \"bytecode\": \"");
    gvm_hex_put_data(&text, wasm);
    gvm_buf_str(&text, "\"\n}\n");
    gvm_status status = write_text(j->out->json, &text, j->err);
    gvm_buf_free(&text);
    return status;
}

static gvm_status finish(job *j, const char *compiled) {
    gvm_buf raw = {0}, abi = {0}, wasm = {0};
    gvm_status status = gvm_files_read(&raw, compiled, j->err);
    if (status == GVM_OK && j->abi.len > 0)
        status = gvm_bindings_abi_json(&abi, gvm_buf_bytes(&j->abi), j->err);
    gvm_module_extras extras = {gvm_buf_bytes(&abi), j->b->module_flags, !j->b->strip};
    if (status == GVM_OK) status = gvm_module_finish(&wasm, gvm_buf_bytes(&raw), &extras, j->err);
    j->out->size = wasm.len;
    j->out->code_size = raw.len;
    if (status == GVM_OK && gvm_module_custom(NULL, gvm_buf_bytes(&raw), ".debug_"))
        status = write_file(j->out->debug, gvm_buf_bytes(&raw), j->err);
    else
        j->out->debug[0] = '\0';
    if (status == GVM_OK) status = write_file(j->out->wasm, gvm_buf_bytes(&wasm), j->err);
    if (status == GVM_OK) status = write_artifact(j, gvm_buf_bytes(&wasm), gvm_buf_bytes(&abi));
    gvm_buf_free(&raw);
    gvm_buf_free(&abi);
    gvm_buf_free(&wasm);
    return status;
}

/* With the folders above it. */
static gvm_status make_folder(const char *path, gvm_error *err) {
    char at[PATH_SIZE];
    GVM_TRY(path_put(at, err, "%s%s", path, ""));
    for (char *slash = at + 1; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
        *slash = '\0';
        (void)mkdir(at, 0777);
    }
    if (mkdir(path, 0777) == 0 || is_folder(path)) return GVM_OK;
    return gvm_error_set(err, GVM_ERR_IO, "%.300s: %s", path, strerror(errno));
}

static gvm_status build(job *j) {
    const char *dir = j->b->out_dir;
    char router[PATH_SIZE];
    GVM_TRY(find_source(j));
    GVM_TRY(make_folder(dir, j->err));
    GVM_TRY(path_put(j->out->wasm, j->err, "%s/%s.wasm", dir, j->out->name));
    GVM_TRY(path_put(j->out->json, j->err, "%s/%s.json", dir, j->out->name));
    GVM_TRY(path_put(j->out->debug, j->err, "%s/%s.debug.wasm", dir, j->out->name));
    GVM_TRY(read_abi(j));
    if (j->kind == SOURCE_WASM) return finish(j, j->main);
    GVM_TRY(write_bindings(j, router));
    GVM_TRY(j->kind == SOURCE_C ? compile_c(j, j->out->wasm) : compile_as(j, router));
    return finish(j, j->out->wasm);
}

gvm_status gvm_contract_build_run(gvm_contract_built *out, const gvm_contract_build *b,
                                  gvm_error *err) {
    job *j = calloc(1, sizeof *j);
    if (j == NULL) return gvm_error_set(err, GVM_ERR_NOMEM, "out of memory");
    *out = (gvm_contract_built){0};
    j->b = b;
    j->out = out;
    j->err = err;
    gvm_status status = build(j);
    gvm_buf_free(&j->abi);
    gvm_arena_free(&j->arena);
    free(j);
    return status;
}
