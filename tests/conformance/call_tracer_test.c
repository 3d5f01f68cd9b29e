/* The call tracer against geth's recorded traces of mainnet and testnet transactions, by value. */
#include "codec/archive.h"
#include "exec/execute.h"
#include "state/memory.h"
#include "support/curve_vectors.h"
#include "system/precompiles.h"
#include "vm/trace/call_tracer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static uint64_t number(yyjson_val *object, const char *key) {
    yyjson_val *v = yyjson_obj_get(object, key);
    if (yyjson_is_uint(v)) return yyjson_get_uint(v);
    const char *text = yyjson_get_str(v);
    return text != NULL ? strtoull(text, NULL, 0) : 0;
}
static gvm_u256 word(yyjson_val *object, const char *key) {
    const char *text = yyjson_get_str(yyjson_obj_get(object, key));
    gvm_u256 v = gvm_u256_zero();
    if (text != NULL) assert_int_equal(gvm_u256_parse(&v, text, strlen(text)), GVM_OK);
    return v;
}
static gvm_address address(const char *hex) {
    gvm_buf b = {0};
    gvm_address a;
    assert_true(vector_hex_text(&b, hex) && b.len == sizeof a);
    memcpy(a.b, b.ptr, sizeof a);
    gvm_buf_free(&b);
    return a;
}

/* geth's chain configuration: the last fork that has begun. */
static gvm_fork fork_of(yyjson_val *config, uint64_t block, uint64_t time) {
    static const struct {
        const char *key;
        gvm_fork fork;
        bool by_time;
    } keys[] = {{"homesteadBlock", GVM_FORK_HOMESTEAD, false},
                {"eip150Block", GVM_FORK_TANGERINE, false},
                {"eip158Block", GVM_FORK_SPURIOUS, false},
                {"byzantiumBlock", GVM_FORK_BYZANTIUM, false},
                {"constantinopleBlock", GVM_FORK_CONSTANTINOPLE, false},
                {"petersburgBlock", GVM_FORK_PETERSBURG, false},
                {"istanbulBlock", GVM_FORK_ISTANBUL, false},
                {"IstanbulBlock", GVM_FORK_ISTANBUL, false}, /* so written in one case */
                {"berlinBlock", GVM_FORK_BERLIN, false},
                {"londonBlock", GVM_FORK_LONDON, false},
                {"shanghaiTime", GVM_FORK_SHANGHAI, true},
                {"cancunTime", GVM_FORK_CANCUN, true},
                {"pragueTime", GVM_FORK_PRAGUE, true}};
    gvm_fork fork = GVM_FORK_FRONTIER;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        yyjson_val *v = yyjson_obj_get(config, keys[i].key);
        if (v != NULL && yyjson_get_uint(v) <= (keys[i].by_time ? time : block))
            fork = keys[i].fork;
    }
    return fork;
}

static void load(gvm_state_memory *m, yyjson_val *alloc) {
    size_t i, n, j, k;
    yyjson_val *key, *account, *slot, *value;
    yyjson_obj_foreach(alloc, i, n, key, account) {
        gvm_address at = address(yyjson_get_str(key));
        gvm_buf code = vector_hex(account, "code");
        assert_int_equal(gvm_state_memory_set(m, &at, number(account, "nonce"),
                                              word(account, "balance"), gvm_buf_bytes(&code)),
                         GVM_OK);
        gvm_buf_free(&code);
        yyjson_obj_foreach(yyjson_obj_get(account, "storage"), j, k, slot, value) {
            gvm_u256 s, v;
            const char *a = yyjson_get_str(slot), *b = yyjson_get_str(value);
            assert_int_equal(gvm_u256_parse(&s, a, strlen(a)), GVM_OK);
            assert_int_equal(gvm_u256_parse(&v, b, strlen(b)), GVM_OK);
            assert_int_equal(gvm_state_memory_set_slot(m, &at, s, v), GVM_OK);
        }
    }
}

static void set_block(gvm_vm *vm, yyjson_val *genesis, yyjson_val *context) {
    yyjson_val *config = yyjson_obj_get(genesis, "config");
    vm->block =
        (gvm_block_env){.number = number(context, "number"),
                        .timestamp = number(context, "timestamp"),
                        .gas_limit = number(context, "gasLimit"),
                        .chain_id = number(config, "chainId"),
                        .coinbase = address(yyjson_get_str(yyjson_obj_get(context, "miner"))),
                        .difficulty = word(context, "difficulty"),
                        .base_fee = word(context, "baseFeePerGas"),
                        .blob_base_fee = gvm_u256_from_u64(1)};
    vm->rules = gvm_rules_get(fork_of(config, vm->block.number, vm->block.timestamp));
    vm->natives = gvm_precompile_lookup;
}

/* Cases recorded before geth told logs' indexes are compared without. */
static void without_indexes(gvm_buf *got) {
    static const char key[] = ",\"index\":\"0x";
    gvm_buf_put(got, 0);
    for (char *at; (at = strstr((char *)got->ptr, key)) != NULL;) {
        char *end = strchr(at + sizeof key - 1, '"') + 1;
        memmove(at, end, strlen(end) + 1);
    }
    got->len = strlen((const char *)got->ptr);
}

static bool same(gvm_buf *got, yyjson_val *want) {
    char *wanted = yyjson_val_write(want, 0, NULL);
    if (strstr(wanted, "\"index\"") == NULL) without_indexes(got);
    free(wanted);
    yyjson_doc *doc = yyjson_read((const char *)got->ptr, got->len, 0);
    bool equal = doc != NULL && yyjson_equals(yyjson_doc_get_root(doc), want);
    if (!equal) {
        char *text = yyjson_val_write(want, 0, NULL);
        printf("want %s\ngot  %.*s\n", text, (int)got->len, (const char *)got->ptr);
        free(text);
    }
    yyjson_doc_free(doc);
    return equal;
}

static bool run(yyjson_val *test) {
    yyjson_val *genesis = yyjson_obj_get(test, "genesis"),
               *options = yyjson_obj_get(test, "tracerConfig");
    unsigned flags = 0;
    if (yyjson_get_bool(yyjson_obj_get(options, "onlyTopCall"))) flags |= GVM_CALL_TRACER_ONLY_TOP;
    if (yyjson_get_bool(yyjson_obj_get(options, "withLog"))) flags |= GVM_CALL_TRACER_LOGS;
    gvm_state_memory *m;
    gvm_state *state;
    gvm_vm vm;
    assert_int_equal(gvm_state_memory_new(&m), GVM_OK);
    load(m, yyjson_obj_get(genesis, "alloc"));
    assert_int_equal(gvm_state_new(&state, gvm_state_memory_reader(m)), GVM_OK);
    assert_int_equal(gvm_vm_init(&vm, state), GVM_OK);
    set_block(&vm, genesis, yyjson_obj_get(test, "context"));
    gvm_call_tracer tracer;
    gvm_call_tracer_init(&tracer, flags);
    vm.tracer = &tracer.tracer;

    gvm_buf bytes = vector_hex(test, "input"), out = {0};
    gvm_tx tx;
    gvm_error err = {0};
    gvm_receipt receipt;
    gvm_exec_block block = {.blobs = {.target = 3, .max = 6, .update_fraction = 3338477}};
    assert_int_equal(gvm_tx_decode(&tx, gvm_buf_bytes(&bytes), &err), GVM_OK);
    assert_int_equal(gvm_tx_recover(&tx, vm.rules), GVM_OK);
    gvm_status status = gvm_exec_tx(&vm, &block, &receipt, &tx, 0, &err);
    bool good = status == GVM_OK &&
                gvm_call_tracer_write(&tracer, &out, tx.gas_limit, receipt.gas_used) == GVM_OK &&
                same(&out, yyjson_obj_get(test, "result"));
    if (status != GVM_OK) printf("%s: %s\n", gvm_status_name(status), gvm_error_text(&err));
    gvm_tx_free(&tx);
    gvm_buf_free(&bytes);
    gvm_buf_free(&out);
    gvm_call_tracer_free(&tracer);
    gvm_vm_free(&vm);
    gvm_state_delete(state);
    gvm_state_memory_delete(m);
    return good;
}

static bool want(void *ctx, const char *name) {
    (void)ctx;
    return strstr(name, "call_tracer/") != NULL || strstr(name, "call_tracer_withLog/") != NULL;
}
static gvm_status visit(void *ctx, const char *name, gvm_bytes data) {
    if (!want(NULL, name)) return GVM_OK;
    yyjson_doc *doc = yyjson_read((const char *)data.ptr, data.len, 0);
    assert_non_null(doc);
    vector_check(ctx, run(yyjson_doc_get_root(doc)), name, "trace");
    yyjson_doc_free(doc);
    return GVM_OK;
}

static void test_geth(void **state) {
    (void)state;
    char path[1024];
    snprintf(path, sizeof path, "%s/ethereum/geth/tracetest.tar.zst", vector_root());
    vector_count c = {.what = "geth callTracer"};
    gvm_archive_visitor visitor = {.ctx = &c, .visit = visit};
    gvm_error err = {0};
    assert_int_equal(gvm_archive_walk(path, &visitor, &gvm_archive_default_limits, &err), GVM_OK);
    assert_true(vector_report(&c));
}

int main(void) {
    vector_need("ethereum/geth/tracetest.tar.zst");
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_geth)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
