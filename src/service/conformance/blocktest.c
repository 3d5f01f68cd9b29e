#include "service/conformance/blocktest.h"

#include "service/conformance/dao.h"
#include "service/conformance/exceptions.h"
#include "service/conformance/fixture.h"
#include "service/conformance/memchain.h"
#include "service/conformance/network.h"
#include "vm/evm/trace3155.h"

#include <stdlib.h>

enum { ID_MAX = 1024, ARENA_KEPT = 16 << 20 };

typedef struct worker {
    gvm_conf *conf;
    gvm_memchain *chain;
    gvm_state_memory *expected;
    gvm_arena arena;
    gvm_buf text;         /* what is wrong; empty: nothing */
    gvm_trace3155 tracer; /* with --trace */
} worker;

static void worker_delete(void *arg) {
    worker *w = arg;
    if (w == NULL) return;
    gvm_memchain_delete(w->chain);
    gvm_state_memory_delete(w->expected);
    gvm_arena_free(&w->arena);
    gvm_buf_free(&w->text);
    if (w->tracer.file != NULL) gvm_trace3155_free(&w->tracer);
    free(w);
}

static gvm_status worker_new(void **out, gvm_conf *conf) {
    worker *w = calloc(1, sizeof *w);
    gvm_status status = GVM_OK;
    if (w == NULL) return GVM_ERR_NOMEM;
    w->conf = conf;
    GVM_TRY_GOTO(gvm_memchain_new(&w->chain));
    GVM_TRY_GOTO(gvm_state_memory_new(&w->expected));
    if (gvm_conf_get_options(conf)->trace) {
        gvm_trace3155_init(&w->tracer, gvm_conf_get_options(conf)->out, 0);
        gvm_memchain_vm(w->chain)->tracer = &w->tracer.tracer;
    }
    *out = w;
    return GVM_OK;
fail:
    worker_delete(w);
    return status;
}

/* ---- blocks */

/* The reason that a fixture expects for this block under this network; NULL: it must be taken. */
static const char *expected_refusal(yyjson_val *block, const char *network) {
    static const char prefix[] = "expectException";
    yyjson_val *key;
    yyjson_obj_iter it = yyjson_obj_iter_with(block);
    while ((key = yyjson_obj_iter_next(&it)) != NULL) {
        const char *name = yyjson_get_str(key);
        if (strncmp(name, prefix, sizeof prefix - 1) != 0) continue;
        name += sizeof prefix - 1;
        if (*name == 0 || strcmp(name, "ALL") == 0 || strcmp(name, network) == 0)
            return yyjson_get_str(yyjson_obj_iter_get_val(key));
    }
    /* Older fixtures show what they expect by leaving out the decoded form. */
    return yyjson_obj_get(block, "blockHeader") == NULL ? "any" : NULL;
}

static void import(worker *w, size_t number, yyjson_val *json, const char *network) {
    gvm_error err = {0};
    gvm_bytes rlp;
    gvm_hash hash, named;
    const char *refusal = expected_refusal(json, network);
    gvm_status status = gvm_fixture_bytes(&rlp, &w->arena, yyjson_obj_get(json, "rlp"));
    if (status == GVM_OK) status = gvm_memchain_import(w->chain, &hash, rlp, &err);
    const char *reason = err.text[0] != 0 ? err.text : gvm_status_text(status);
    if (refusal == NULL && status != GVM_OK) {
        gvm_buf_printf(&w->text, "block %zu refused: %s (%s)\n  ", number, gvm_status_name(status),
                       reason);
    } else if (refusal != NULL && status == GVM_OK) {
        gvm_buf_printf(&w->text, "block %zu: expected refusal with %s, but it was taken\n  ",
                       number, refusal);
    } else if (refusal != NULL && !gvm_exception_matches(status, refusal)) {
        gvm_buf_printf(&w->text, "block %zu: expected refusal with %s, found %s (%s)\n  ", number,
                       refusal, gvm_status_name(status), reason);
    }
    yyjson_val *header = yyjson_obj_get(json, "blockHeader");
    if (status == GVM_OK && gvm_fixture_hash(&named, yyjson_obj_get(header, "hash")) == GVM_OK &&
        !gvm_hash_equal(&hash, &named))
        gvm_buf_printf(&w->text, "block %zu has another hash\n  ", number);
}

/* ---- before and after */

static gvm_status set_up(worker *w, yyjson_val *test, const char *network, gvm_error *err) {
    gvm_chain_config config;
    gvm_state_memory *accounts;
    gvm_bytes genesis;
    gvm_hash hash;
    GVM_TRY(gvm_fixture_network(&config, network, yyjson_obj_get(test, "config")));
    GVM_TRY(gvm_memchain_reset(w->chain, &accounts));
    gvm_memchain_set_dao(w->chain, gvm_dao_block(network));
    GVM_TRY(gvm_fixture_load_accounts(accounts, &w->arena, yyjson_obj_get(test, "pre")));
    GVM_TRY(gvm_fixture_bytes(&genesis, &w->arena, yyjson_obj_get(test, "genesisRLP")));
    GVM_TRY(gvm_memchain_genesis(w->chain, &config, genesis, err));
    GVM_TRY(gvm_fixture_hash(&hash,
                             yyjson_obj_get(yyjson_obj_get(test, "genesisBlockHeader"), "hash")));
    if (gvm_hash_equal(&hash, &gvm_memchain_head(w->chain)->hash)) return GVM_OK;
    return gvm_error_set(err, GVM_ERR_STATE, "the genesis block has another hash");
}

static void put_hash(gvm_buf *out, const gvm_hash *h) {
    for (int i = 0; i < 32; i++) gvm_buf_printf(out, "%02x", h->b[i]);
}

static void compare_end(worker *w, yyjson_val *test) {
    gvm_hash last, root, expected_root;
    const gvm_block *head = gvm_memchain_head(w->chain);
    gvm_status status = gvm_fixture_hash(&last, yyjson_obj_get(test, "lastblockhash"));
    if (status != GVM_OK) gvm_buf_str(&w->text, "the fixture's lastblockhash");
    if (status == GVM_OK && !gvm_hash_equal(&last, &head->hash)) {
        gvm_buf_str(&w->text, "head: expected ");
        put_hash(&w->text, &last);
        gvm_buf_printf(&w->text, ", found number %llu, ", (unsigned long long)head->header.number);
        put_hash(&w->text, &head->hash);
    }
    yyjson_val *state = yyjson_obj_get(test, "postState");
    gvm_state_memory_clear(w->expected);
    if (yyjson_is_obj(state)) {
        status = gvm_fixture_load_accounts(w->expected, &w->arena, state);
        if (status == GVM_OK) status = gvm_state_memory_root(w->expected, &expected_root);
    } else {
        status = gvm_fixture_hash(&expected_root, yyjson_obj_get(test, "postStateHash"));
    }
    if (status == GVM_OK) status = gvm_state_memory_root(gvm_memchain_state(w->chain), &root);
    if (status != GVM_OK) {
        gvm_buf_str(&w->text, "the fixture's state after");
    } else if (!gvm_hash_equal(&root, &expected_root)) {
        gvm_buf_str(&w->text, "the state after differs");
        if (yyjson_is_obj(state))
            gvm_fixture_diff(&w->text, gvm_memchain_state(w->chain), w->expected);
    }
}

static void run(void *arg, const char *file, const char *name, yyjson_val *test) {
    worker *w = arg;
    char id[ID_MAX];
    gvm_error err = {0};
    size_t i, max;
    yyjson_val *block, *blocks = yyjson_obj_get(test, "blocks");
    const char *network = yyjson_get_str(yyjson_obj_get(test, "network"));
    if (blocks == NULL || network == NULL) return; /* not a blockchain test */
    (void)snprintf(id, sizeof id, "%s::%s[%s]", file, name, network);
    if (!gvm_conf_wants(w->conf, id, network)) return;
    gvm_arena_reset(&w->arena, ARENA_KEPT);
    gvm_buf_clear(&w->text);
    gvm_chain_config config;
    if (gvm_fixture_network(&config, network, NULL) == GVM_ERR_NOT_FOUND) {
        gvm_conf_skip(w->conf, id, "a fork that we do not know");
        return;
    }
    if (yyjson_obj_get(test, "genesisRLP") == NULL) {
        gvm_conf_skip(w->conf, id, "the fixture has no genesisRLP");
        return;
    }
    gvm_status status = set_up(w, test, network, &err);
    if (status != GVM_OK) {
        gvm_conf_fail(w->conf, id, "genesis: %s",
                      err.text[0] != 0 ? err.text : gvm_status_text(status));
        return;
    }
    yyjson_arr_foreach(blocks, i, max, block) import(w, i, block, network);
    compare_end(w, test);
    if (w->text.len == 0 && gvm_buf_status(&w->text) == GVM_OK) {
        gvm_conf_pass(w->conf, id);
        return;
    }
    gvm_buf_put(&w->text, 0);
    gvm_conf_fail(w->conf, id, "%s",
                  gvm_buf_status(&w->text) == GVM_OK ? (const char *)w->text.ptr : "out of memory");
}

const gvm_conf_suite gvm_blocktest_suite = {worker_new, worker_delete, run};
