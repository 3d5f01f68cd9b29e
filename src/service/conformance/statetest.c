#include "service/conformance/statetest.h"

#include "crypto/keccak.h"
#include "exec/execute.h"
#include "service/conformance/exceptions.h"
#include "service/conformance/fixture.h"
#include "service/conformance/natives.h"
#include "system/system.h"
#include "vm/evm/trace3155.h"

#include <stdlib.h>

enum { ID_MAX = 1024, ARENA_KEPT = 16 << 20 };

typedef struct worker {
    gvm_conf *conf;
    gvm_state_memory *pre, *post; /* as the fixture has it; after the transaction */
    gvm_state *state;
    gvm_vm vm;
    gvm_trace3155 trace;
    gvm_arena arena;
    gvm_buf logs, text;
} worker;

/* One entry of `post`, on its way through. */
typedef struct entry {
    const char *fork_name;
    const gvm_rules *rules;
    yyjson_val *test, *json;
    const char *expected_error; /* NULL: the transaction must be taken */
    char id[ID_MAX];
} entry;

static void worker_delete(void *arg) {
    worker *w = arg;
    if (w == NULL) return;
    gvm_vm_free(&w->vm);
    gvm_trace3155_free(&w->trace);
    gvm_state_delete(w->state);
    gvm_state_memory_delete(w->pre);
    gvm_state_memory_delete(w->post);
    gvm_arena_free(&w->arena);
    gvm_buf_free(&w->logs);
    gvm_buf_free(&w->text);
    free(w);
}

static gvm_status worker_new(void **out, gvm_conf *conf) {
    worker *w = calloc(1, sizeof *w);
    gvm_status status = GVM_OK;
    if (w == NULL) return GVM_ERR_NOMEM;
    w->conf = conf;
    GVM_TRY_GOTO(gvm_state_memory_new(&w->pre));
    GVM_TRY_GOTO(gvm_state_memory_new(&w->post));
    GVM_TRY_GOTO(gvm_state_new(&w->state, gvm_state_memory_reader(w->pre)));
    GVM_TRY_GOTO(gvm_vm_init(&w->vm, w->state));
    w->vm.natives = gvm_conf_natives;
    const gvm_conf_options *options = gvm_conf_get_options(conf);
    if (options->trace) {
        gvm_trace3155_init(&w->trace, options->out, 0);
        w->vm.tracer = &w->trace.tracer;
    }
    *out = w;
    return GVM_OK;
fail:
    worker_delete(w);
    return status;
}

/* ---- one transaction */

static gvm_status read_indexes(gvm_fixture_indexes *out, yyjson_val *entry_json) {
    yyjson_val *indexes = yyjson_obj_get(entry_json, "indexes");
    uint64_t d, g, v;
    GVM_TRY(gvm_fixture_u64(&d, yyjson_obj_get(indexes, "data")));
    GVM_TRY(gvm_fixture_u64(&g, yyjson_obj_get(indexes, "gas")));
    GVM_TRY(gvm_fixture_u64(&v, yyjson_obj_get(indexes, "value")));
    *out = (gvm_fixture_indexes){d, g, v};
    return GVM_OK;
}

/* GVM_OK with *tx ready, or why it is no transaction. Free it in any case. */
static gvm_status read_tx(worker *w, gvm_tx *tx, const entry *e, gvm_error *err) {
    yyjson_val *json = yyjson_obj_get(e->test, "transaction");
    yyjson_val *raw = yyjson_obj_get(e->json, "txbytes");
    gvm_fixture_indexes indexes;
    *tx = (gvm_tx){0};
    GVM_TRY(read_indexes(&indexes, e->json));
    if (raw == NULL) return gvm_fixture_tx(tx, &w->arena, json, indexes);
    gvm_bytes bytes;
    gvm_address sender;
    GVM_TRY(gvm_fixture_bytes(&bytes, &w->arena, raw));
    GVM_TRY(gvm_tx_decode(tx, bytes, err));
    GVM_TRY(gvm_tx_recover(tx, e->rules));
    if (gvm_fixture_address(&sender, yyjson_obj_get(json, "sender")) == GVM_OK &&
        !gvm_address_equal(&sender, &tx->sender))
        return gvm_error_set(err, GVM_ERR_STATE, "recovered another sender than the fixture names");
    return GVM_OK;
}

/* Older tools ran a block around a refused transaction: before EIP-158 its reward, zero here, made
 * the coinbase's account exist. Newer ones, which say `state`, do not. */
static void reject(worker *w, const entry *e) {
    gvm_logs_encode(&w->logs, NULL, 0);
    bool newer = yyjson_obj_get(e->json, "state") != NULL;
    if (newer || w->vm.rules->fork >= GVM_FORK_SPURIOUS) return;
    gvm_state_touch(w->state, gvm_state_entry(w->state, &w->vm.block.coinbase));
}

/* Executes the entry's transaction over w->state. */
static gvm_status execute(worker *w, const entry *e, gvm_error *err) {
    yyjson_val *config = yyjson_obj_get(e->test, "config");
    gvm_exec_block block = {0};
    gvm_receipt receipt;
    gvm_tx tx;
    w->vm.rules = e->rules;
    gvm_buf_clear(&w->logs);
    gvm_status status = gvm_fixture_blobs(&block.blobs, e->fork_name, config);
    if (status == GVM_OK)
        status =
            gvm_fixture_env(&w->vm.block, e->rules, &block.blobs, yyjson_obj_get(e->test, "env"));
    if (status == GVM_OK)
        status = gvm_fixture_opt(
            gvm_fixture_u64(&w->vm.block.chain_id, yyjson_obj_get(config, "chainid")));
    if (status != GVM_OK) return gvm_error_set(err, GVM_ERR_STATE, "the fixture's env or config");
    status = read_tx(w, &tx, e, err);
    if (status == GVM_OK) status = gvm_exec_tx(&w->vm, &block, &receipt, &tx, 0, err);
    if (status == GVM_OK)
        gvm_logs_encode(&w->logs, receipt.logs, receipt.log_count);
    else
        reject(w, e);
    gvm_tx_free(&tx);
    return status;
}

/* ---- comparing */

static void describe_state(worker *w, const entry *e) {
    yyjson_val *expected = yyjson_obj_get(e->json, "state");
    if (expected == NULL) return;
    gvm_state_memory *want;
    if (gvm_state_memory_new(&want) != GVM_OK) return;
    if (gvm_fixture_load_accounts(want, &w->arena, expected) == GVM_OK)
        gvm_fixture_diff(&w->text, w->post, want);
    gvm_state_memory_delete(want);
}

static bool compare_hash(worker *w, const char *what, const gvm_hash *found, yyjson_val *json) {
    gvm_hash expected;
    if (gvm_fixture_hash(&expected, json) != GVM_OK) {
        gvm_buf_printf(&w->text, "%s: the fixture has none", what);
        return false;
    }
    if (gvm_hash_equal(&expected, found)) return true;
    gvm_buf_printf(&w->text, "%s%s: expected ", w->text.len > 0 ? "; " : "", what);
    for (int i = 0; i < 32; i++) gvm_buf_printf(&w->text, "%02x", expected.b[i]);
    gvm_buf_str(&w->text, ", found ");
    for (int i = 0; i < 32; i++) gvm_buf_printf(&w->text, "%02x", found->b[i]);
    return false;
}

static gvm_status post_root(worker *w, gvm_hash *root) {
    gvm_state_diff diff;
    GVM_TRY(gvm_state_diff_build(w->state, &diff));
    GVM_TRY(gvm_state_memory_copy(w->post, w->pre));
    GVM_TRY(gvm_state_memory_apply(w->post, &diff));
    return gvm_state_memory_root(w->post, root);
}

static void report(worker *w, const entry *e, bool ok) {
    if (ok) {
        gvm_conf_pass(w->conf, e->id);
        return;
    }
    gvm_buf_put(&w->text, 0);
    gvm_conf_fail(w->conf, e->id, "%s",
                  gvm_buf_status(&w->text) == GVM_OK ? (const char *)w->text.ptr : "out of memory");
}

static void run_entry(worker *w, const entry *e) {
    gvm_error err = {0};
    gvm_hash root = {{0}}, logs;
    bool ok = true;
    gvm_buf_clear(&w->text);
    gvm_state_reset(w->state, gvm_state_memory_reader(w->pre));
    gvm_status status = execute(w, e, &err);
    const char *reason = err.text[0] != 0 ? err.text : gvm_status_text(status);
    if (e->expected_error != NULL && status == GVM_OK) {
        gvm_buf_printf(&w->text, "expected refusal with %s, but it was taken", e->expected_error);
        ok = false;
    } else if (e->expected_error != NULL && !gvm_exception_matches(status, e->expected_error)) {
        gvm_buf_printf(&w->text, "expected refusal with %s, found %s (%s)", e->expected_error,
                       gvm_status_name(status), reason);
        ok = false;
    } else if (e->expected_error == NULL && status != GVM_OK) {
        gvm_buf_printf(&w->text, "refused: %s (%s)", gvm_status_name(status), reason);
        ok = false;
    }
    status = post_root(w, &root);
    if (w->vm.tracer != NULL && status == GVM_OK) {
        FILE *file = gvm_conf_get_options(w->conf)->out;
        fprintf(file, "{\"stateRoot\": \"0x");
        for (int i = 0; i < 32; i++) fprintf(file, "%02x", root.b[i]);
        fprintf(file, "\"}\n");
    }
    if (status != GVM_OK) gvm_buf_printf(&w->text, "no state root: %s", gvm_status_text(status));
    gvm_keccak256(&logs, gvm_buf_bytes(&w->logs));
    bool same =
        status == GVM_OK && compare_hash(w, "state root", &root, yyjson_obj_get(e->json, "hash"));
    same &= compare_hash(w, "logs", &logs, yyjson_obj_get(e->json, "logs"));
    if (!same) describe_state(w, e);
    report(w, e, ok && same);
}

/* ---- one test of a file */

static void run_fork(worker *w, entry *e, const char *file, const char *name, yyjson_val *posts) {
    size_t i, max;
    yyjson_val *v;
    gvm_fork fork;
    bool known = gvm_fork_by_name(&fork, e->fork_name) == GVM_OK;
    yyjson_arr_foreach(posts, i, max, v) {
        gvm_fixture_indexes at = {0};
        gvm_status status = read_indexes(&at, v);
        (void)snprintf(e->id, sizeof e->id, "%s::%s[%s/d%zug%zuv%zu]", file, name, e->fork_name,
                       at.data, at.gas, at.value);
        if (!gvm_conf_wants(w->conf, e->id, e->fork_name)) continue;
        if (status != GVM_OK) {
            gvm_conf_fail(w->conf, e->id, "the fixture's indexes");
            continue;
        }
        if (!known) {
            gvm_conf_skip(w->conf, e->id, "a fork that we do not know");
            continue;
        }
        bool ghost = gvm_conf_get_options(w->conf)->ghost;
        e->rules = ghost ? gvm_rules_ghost(fork) : gvm_rules_get(fork);
        w->vm.system = ghost ? gvm_system_find : NULL;
        e->json = v;
        e->expected_error = yyjson_get_str(yyjson_obj_get(v, "expectException"));
        gvm_arena_mark mark = gvm_arena_here(&w->arena);
        run_entry(w, e);
        gvm_arena_rewind(&w->arena, mark);
    }
}

static void run(void *arg, const char *file, const char *name, yyjson_val *test) {
    worker *w = arg;
    entry *e = &(entry){.test = test};
    yyjson_val *post = yyjson_obj_get(test, "post"), *fork;
    if (post == NULL || yyjson_obj_get(test, "transaction") == NULL) return; /* not a state test */
    gvm_arena_reset(&w->arena, ARENA_KEPT);
    gvm_state_memory_clear(w->pre);
    gvm_status status = gvm_fixture_load_accounts(w->pre, &w->arena, yyjson_obj_get(test, "pre"));
    gvm_hash root;
    if (status == GVM_OK) status = gvm_state_memory_root(w->pre, &root); /* hashes keys once */
    if (status != GVM_OK) {
        (void)snprintf(e->id, sizeof e->id, "%s::%s", file, name);
        gvm_conf_fail(w->conf, e->id, "the fixture's pre: %s", gvm_status_text(status));
        return;
    }
    yyjson_obj_iter it = yyjson_obj_iter_with(post);
    while ((fork = yyjson_obj_iter_next(&it)) != NULL) {
        yyjson_val *posts = yyjson_obj_iter_get_val(fork);
        e->fork_name = yyjson_get_str(fork);
        if (yyjson_is_arr(posts)) run_fork(w, e, file, name, posts);
    }
}

const gvm_conf_suite gvm_statetest_suite = {worker_new, worker_delete, run};
