#include "service/conformance/vmtest.h"

#include "crypto/keccak.h"
#include "exec/receipt.h"
#include "service/conformance/fixture.h"
#include "service/conformance/natives.h"

#include <stdlib.h>

typedef struct worker {
    gvm_conf *conf;
    gvm_state_memory *accounts, *expected;
    gvm_state *state;
    gvm_vm vm;
    gvm_arena arena;
    gvm_buf logs, text;
} worker;

static void worker_delete(void *arg) {
    worker *w = arg;
    if (w == NULL) return;
    gvm_vm_free(&w->vm);
    gvm_state_delete(w->state);
    gvm_state_memory_delete(w->accounts);
    gvm_state_memory_delete(w->expected);
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
    GVM_TRY_GOTO(gvm_state_memory_new(&w->accounts));
    GVM_TRY_GOTO(gvm_state_memory_new(&w->expected));
    GVM_TRY_GOTO(gvm_state_new(&w->state, gvm_state_memory_reader(w->accounts)));
    GVM_TRY_GOTO(gvm_vm_init(&w->vm, w->state));
    w->vm.natives = gvm_conf_natives;
    *out = w;
    return GVM_OK;
fail:
    worker_delete(w);
    return status;
}

/* Runs `exec`. A delegate call is a frame with a caller and a value that moves nothing, as these
 * tests want it. */
static gvm_status execute(worker *w, gvm_result *result, yyjson_val *test) {
    yyjson_val *exec = yyjson_obj_get(test, "exec");
    const gvm_rules *rules = gvm_rules_get(GVM_FORK_FRONTIER);
    gvm_blob_params no_blobs = {0};
    gvm_message msg = {.kind = GVM_DELEGATECALL};
    uint64_t gas;
    gvm_state_memory_clear(w->accounts);
    GVM_TRY(gvm_fixture_load_accounts(w->accounts, &w->arena, yyjson_obj_get(test, "pre")));
    gvm_state_reset(w->state, gvm_state_memory_reader(w->accounts));
    w->vm.rules = rules;
    GVM_TRY(gvm_fixture_env(&w->vm.block, rules, &no_blobs, yyjson_obj_get(test, "env")));
    GVM_TRY(gvm_fixture_address(&msg.recipient, yyjson_obj_get(exec, "address")));
    GVM_TRY(gvm_fixture_address(&msg.sender, yyjson_obj_get(exec, "caller")));
    GVM_TRY(gvm_fixture_address(&w->vm.tx.origin, yyjson_obj_get(exec, "origin")));
    GVM_TRY(gvm_fixture_u256(&w->vm.tx.gas_price, yyjson_obj_get(exec, "gasPrice")));
    GVM_TRY(gvm_fixture_u256(&msg.value, yyjson_obj_get(exec, "value")));
    GVM_TRY(gvm_fixture_bytes(&msg.input, &w->arena, yyjson_obj_get(exec, "data")));
    GVM_TRY(gvm_fixture_u64(&gas, yyjson_obj_get(exec, "gas")));
    if (gas > INT64_MAX) return GVM_ERR_RANGE;
    msg.gas = (int64_t)gas;
    msg.code_address = msg.recipient;
    gvm_state_begin_tx(w->state);
    return gvm_vm_execute(&w->vm, result, &msg);
}

static gvm_status compare_state(worker *w, yyjson_val *post) {
    gvm_state_diff diff;
    gvm_hash found, expected;
    gvm_state_end_tx(w->state, false);
    GVM_TRY(gvm_state_diff_build(w->state, &diff));
    GVM_TRY(gvm_state_memory_apply(w->accounts, &diff));
    gvm_state_memory_clear(w->expected);
    GVM_TRY(gvm_fixture_load_accounts(w->expected, &w->arena, post));
    GVM_TRY(gvm_state_memory_root(w->accounts, &found));
    GVM_TRY(gvm_state_memory_root(w->expected, &expected));
    if (gvm_hash_equal(&found, &expected)) return GVM_OK;
    gvm_buf_str(&w->text, "the accounts after differ");
    gvm_fixture_diff(&w->text, w->accounts, w->expected);
    return GVM_OK;
}

static gvm_status compare(worker *w, const gvm_result *result, yyjson_val *test) {
    uint64_t gas;
    gvm_bytes output;
    gvm_hash logs, expected_logs;
    size_t count;
    GVM_TRY(gvm_fixture_u64(&gas, yyjson_obj_get(test, "gas")));
    GVM_TRY(gvm_fixture_bytes(&output, &w->arena, yyjson_obj_get(test, "out")));
    GVM_TRY(gvm_fixture_hash(&expected_logs, yyjson_obj_get(test, "logs")));
    if (result->outcome != GVM_OUT_SUCCESS)
        gvm_buf_printf(&w->text, "failed: %s; ", gvm_outcome_text(result->outcome));
    if ((uint64_t)result->gas_left != gas)
        gvm_buf_printf(&w->text, "gas left: expected %llu, found %lld; ", (unsigned long long)gas,
                       (long long)result->gas_left);
    if (!gvm_bytes_equal(output, result->output)) gvm_buf_str(&w->text, "another output; ");
    const gvm_log *entries = gvm_state_logs(w->state, &count);
    gvm_buf_clear(&w->logs);
    gvm_logs_encode(&w->logs, entries, count);
    gvm_keccak256(&logs, gvm_buf_bytes(&w->logs));
    if (!gvm_hash_equal(&logs, &expected_logs)) gvm_buf_str(&w->text, "other logs; ");
    return compare_state(w, yyjson_obj_get(test, "post"));
}

static void run(void *arg, const char *file, const char *name, yyjson_val *test) {
    worker *w = arg;
    char id[1024];
    gvm_result result;
    if (yyjson_obj_get(test, "exec") == NULL) return; /* not a test of code alone */
    (void)snprintf(id, sizeof id, "%s::%s", file, name);
    if (!gvm_conf_wants(w->conf, id, NULL)) return;
    gvm_arena_reset(&w->arena, 1 << 20);
    gvm_buf_clear(&w->text);
    gvm_status status = execute(w, &result, test);
    if (status == GVM_OK && yyjson_obj_get(test, "post") == NULL) {
        if (result.outcome == GVM_OUT_SUCCESS) gvm_buf_str(&w->text, "expected to fail");
    } else if (status == GVM_OK) {
        status = compare(w, &result, test);
    }
    if (status != GVM_OK) gvm_buf_printf(&w->text, "%s", gvm_status_text(status));
    if (w->text.len == 0) {
        gvm_conf_pass(w->conf, id);
        return;
    }
    gvm_buf_put(&w->text, 0);
    gvm_conf_fail(w->conf, id, "%s",
                  gvm_buf_status(&w->text) == GVM_OK ? (const char *)w->text.ptr : "out of memory");
}

const gvm_conf_suite gvm_vmtest_suite = {worker_new, worker_delete, run};
