#include "app/ghostvm/cmd.h"
#include "app/ghostvm/tool.h"
#include "service/conformance/spectest.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const gvm_setting_option options[] = {
    {.name = "engine",
     .type = GVM_SETTING_CHOICE,
     .choices = "interp|jit|both",
     .fallback = "interp",
     .help = "Interpreter, compiled code, or each command by both, which must then agree in fuel."},
    GVM_TOOL_OPTION("run", TEXT, NULL, "TEXT", "Only scripts whose path contains TEXT."),
    GVM_TOOL_OPTION("json", BOOL, NULL, NULL, "A JSON object a line for each command."),
};
static const gvm_tool_spec spec = {
    .usage = "spectest [OPTIONS] PATH...",
    .about =
        "Runs the WebAssembly specification's tests as wast2json gives them: JSON files with their "
        "modules\nbeside them, folders of them, .tar.zst archives of either. What is about the "
        "text format is\nskipped. The last line is `N passed, N failed, N skipped`; exit code 1 if "
        "any failed.",
    .examples = "  ghostvm spectest ../shared/vectors/wasm/spec-2.0/json.tar.zst\n"
                "  ghostvm spectest --engine both --run simd wasm/spec-2.0/json.tar.zst\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_min = 1,
    .args_max = SIZE_MAX,
};

typedef struct teller {
    const gvm_tool *t;
    bool progress;
    uint64_t told, failed;
    struct timespec last;
} teller;

static void tell_json(const gvm_spectest_verdict *v) {
    static const char *const results[] = {"passed", "FAILED", "skipped"};
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *o = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, o);
    yyjson_mut_obj_add_str(doc, o, "script", v->script);
    yyjson_mut_obj_add_sint(doc, o, "line", v->line);
    yyjson_mut_obj_add_str(doc, o, "command", v->type);
    yyjson_mut_obj_add_str(doc, o, "result", results[v->outcome]);
    if (v->why != NULL) yyjson_mut_obj_add_str(doc, o, "reason", v->why);
    yyjson_mut_write_fp(stdout, doc, YYJSON_WRITE_ALLOW_INVALID_UNICODE, NULL, NULL);
    putchar('\n');
    yyjson_mut_doc_free(doc);
}

static void show_progress(teller *p) {
    struct timespec now;
    if (!p->progress) return;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t ms = (now.tv_sec - p->last.tv_sec) * 1000 + (now.tv_nsec - p->last.tv_nsec) / 1000000;
    if (ms < 200) return;
    p->last = now;
    fprintf(stderr, "\r%llu commands, %llu failed", (unsigned long long)p->told,
            (unsigned long long)p->failed);
    fflush(stderr);
}

static void tell(void *ctx, const gvm_spectest_verdict *v) {
    teller *p = ctx;
    p->told++;
    if (v->outcome == GVM_SPECTEST_FAILED) p->failed++;
    if (p->t->json) {
        tell_json(v);
    } else if (v->outcome == GVM_SPECTEST_FAILED) {
        if (p->progress) fputs("\r\033[K", stderr);
        printf("%sFAILED%s %s:%lld %s\n  %s\n", gvm_tool_bad(p->t), gvm_tool_plain(p->t), v->script,
               (long long)v->line, v->type, v->why);
    }
    show_progress(p);
}

static gvm_status run(gvm_tool *t) {
    const char *engine = gvm_settings_text(&t->settings, "engine");
    teller p = {.t = t, .progress = isatty(STDERR_FILENO) != 0};
    gvm_spectest_options o = {.engine = strcmp(engine, "both") == 0  ? GVM_SPECTEST_BOTH
                                        : strcmp(engine, "jit") == 0 ? GVM_SPECTEST_COMPILED
                                                                     : GVM_SPECTEST_INTERPRETER,
                              .pattern = gvm_settings_text(&t->settings, "run"),
                              .tell = tell,
                              .ctx = &p};
    gvm_spectest_totals totals = {0};
    gvm_status status = GVM_OK;
    t->working = true;
    for (size_t i = 0; i < t->arg_count && status == GVM_OK; i++)
        status = gvm_spectest_run(&totals, t->args[i], &o, &t->err);
    if (p.progress) fputs("\r\033[K", stderr);
    if (status != GVM_OK) return status;
    printf("%llu passed, %llu failed, %llu skipped\n", (unsigned long long)totals.passed,
           (unsigned long long)totals.failed, (unsigned long long)totals.skipped);
    if (totals.failed == 0) return GVM_OK;
    return gvm_error_set(&t->err, GVM_ERR_STATE, "%llu commands failed",
                         (unsigned long long)totals.failed);
}

int gvm_cmd_spectest(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
