#include "service/conformance/txtest.h"

#include "chain/config.h"
#include "exec/validity.h"
#include "service/conformance/exceptions.h"
#include "service/conformance/fixture.h"

#include <stdlib.h>

typedef struct worker {
    gvm_conf *conf;
    gvm_arena arena;
} worker;

static void worker_delete(void *arg) {
    worker *w = arg;
    gvm_arena_free(&w->arena);
    free(w);
}

static gvm_status worker_new(void **out, gvm_conf *conf) {
    worker *w = calloc(1, sizeof *w);
    if (w == NULL) return GVM_ERR_NOMEM;
    w->conf = conf;
    *out = w;
    return GVM_OK;
}

static bool type_is_unknown(gvm_bytes raw, const gvm_rules *rules) {
    gvm_tx typed = {.type = raw.len > 0 && raw.ptr[0] < 0xc0 ? raw.ptr[0] : 0};
    return gvm_tx_check(&typed, rules, 1, NULL, 0, NULL) == GVM_ERR_TX_TYPE;
}

/* Everything that can be said of a transaction without a state: the signature before what it signs.
 */
static gvm_status judge(gvm_tx *tx, gvm_bytes raw, const gvm_rules *rules, gvm_error *err) {
    enum { CHAIN_ID = 1 };
    gvm_blob_params blobs = {0};
    gvm_u256 price;
    (void)!gvm_blob_params_by_name(&blobs, rules->name);
    GVM_TRY(gvm_tx_decode(tx, raw, err));
    GVM_TRY(gvm_tx_recover(tx, rules));
    GVM_TRY(gvm_tx_check(tx, rules, CHAIN_ID, &blobs, 0, err));
    bool over = gvm_u256_mul_overflow(&price, tx->max_fee, gvm_u256_from_u64(tx->gas_limit));
    return over ? GVM_ERR_TX_COST_OVERFLOW : GVM_OK;
}

/* "" where all is as expected. */
static const char *compare(const gvm_tx *tx, const gvm_rules *rules, yyjson_val *expected) {
    gvm_hash hash;
    gvm_address sender;
    uint64_t gas;
    if (gvm_fixture_hash(&hash, yyjson_obj_get(expected, "hash")) != GVM_OK ||
        gvm_fixture_address(&sender, yyjson_obj_get(expected, "sender")) != GVM_OK ||
        gvm_fixture_u64(&gas, yyjson_obj_get(expected, "intrinsicGas")) != GVM_OK)
        return "the fixture's result";
    if (!gvm_hash_equal(&hash, &tx->hash)) return "another hash";
    if (!gvm_address_equal(&sender, &tx->sender)) return "another sender";
    return gas == gvm_intrinsic_gas(tx, rules).gas ? "" : "another intrinsic gas";
}

static void run_fork(worker *w, const char *id, const char *fork_name, gvm_bytes raw,
                     yyjson_val *expected) {
    gvm_error err = {0};
    gvm_fork fork;
    gvm_tx tx = {0};
    const char *exception = yyjson_get_str(yyjson_obj_get(expected, "exception"));
    if (gvm_fork_by_name(&fork, fork_name) != GVM_OK) {
        gvm_conf_skip(w->conf, id, "a fork that we do not know");
        return;
    }
    const gvm_rules *rules = gvm_rules_get(fork);
    gvm_status status = judge(&tx, raw, rules, &err);
    const char *reason = err.text[0] != 0 ? err.text : gvm_status_text(status);
    if (exception != NULL) {
        /* Of a transaction that is not well-formed and of an unknown type either may be said. */
        if (gvm_exception_matches(status, exception) ||
            (status != GVM_OK && type_is_unknown(raw, rules) &&
             gvm_exception_matches(GVM_ERR_TX_TYPE, exception)))
            gvm_conf_pass(w->conf, id);
        else
            gvm_conf_fail(w->conf, id, "expected refusal with %s, found %s (%s)", exception,
                          gvm_status_name(status), reason);
    } else if (status != GVM_OK) {
        gvm_conf_fail(w->conf, id, "refused: %s (%s)", gvm_status_name(status), reason);
    } else {
        const char *wrong = compare(&tx, rules, expected);
        if (*wrong == 0)
            gvm_conf_pass(w->conf, id);
        else
            gvm_conf_fail(w->conf, id, "%s", wrong);
    }
    gvm_tx_free(&tx);
}

static void run(void *arg, const char *file, const char *name, yyjson_val *test) {
    worker *w = arg;
    char id[1024];
    gvm_bytes raw;
    yyjson_val *result = yyjson_obj_get(test, "result"), *key;
    gvm_arena_reset(&w->arena, 1 << 20);
    if (result == NULL) return; /* not a transaction test */
    if (gvm_fixture_bytes(&raw, &w->arena, yyjson_obj_get(test, "txbytes")) != GVM_OK) {
        gvm_conf_fail(w->conf, file, "the fixture's txbytes");
        return;
    }
    yyjson_obj_iter it = yyjson_obj_iter_with(result);
    while ((key = yyjson_obj_iter_next(&it)) != NULL) {
        const char *fork = yyjson_get_str(key);
        (void)snprintf(id, sizeof id, "%s::%s[%s]", file, name, fork);
        if (gvm_conf_wants(w->conf, id, fork))
            run_fork(w, id, fork, raw, yyjson_obj_iter_get_val(key));
    }
}

const gvm_conf_suite gvm_txtest_suite = {worker_new, worker_delete, run};
