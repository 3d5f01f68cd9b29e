/* The chain, the pool and the sealer together, over the memory store. */
#include "chain/sealer.h"
#include "crypto/secp256k1.h"
#include "system/precompiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct world {
    gvm_genesis genesis;
    gvm_store *store;
    gvm_chain *chain;
    gvm_pool *pool;
    gvm_sealer *sealer;
    uint8_t key[32];
    gvm_address me;
    size_t added, removed;
} world;

/* Logs its caller and stops: LOG1(0, 0, caller), and stores the call value at slot 0. */
static const uint8_t logger[] = {0x34, 0x5f, 0x55, 0x33, 0x5f, 0x5f, 0xa1, 0x00};
static const gvm_address logger_address = {{[19] = 0x77}};

static void on_event(void *ctx, const gvm_chain_event *event) {
    world *w = ctx;
    if (event->removed)
        w->removed++;
    else
        w->added++;
}

static void open_chain(world *w) {
    gvm_error err = {0};
    gvm_chain_options options = {.natives = gvm_precompile_lookup};
    gvm_status status = gvm_chain_open(&w->chain, NULL, w->store, &w->genesis, &options, &err);
    if (status != GVM_OK) print_error("%s\n", gvm_error_text(&err));
    assert_int_equal(status, GVM_OK);
    gvm_pool_options pool_options = {0};
    gvm_sealer_options sealer_options = {.coinbase = {{[0] = 0xcb}}};
    assert_int_equal(gvm_pool_new(&w->pool, w->chain, &pool_options), GVM_OK);
    assert_int_equal(gvm_sealer_new(&w->sealer, w->chain, w->pool, &sealer_options), GVM_OK);
    assert_int_equal(gvm_chain_listen(w->chain, on_event, w), GVM_OK);
}

static void close_chain(world *w) {
    gvm_sealer_delete(w->sealer);
    gvm_chain_close(w->chain);
    gvm_pool_delete(w->pool);
}

static const gvm_hash text_hash = {{7}};

static int setup(void **state) {
    world *w = calloc(1, sizeof *w);
    gvm_chain_config config;
    uint8_t public_key[64];
    w->key[31] = 42;
    assert_int_equal(gvm_secp256k1_public_key(public_key, w->key), GVM_OK);
    gvm_secp256k1_address(&w->me, public_key);
    gvm_config_init(&config, 1337, GVM_FORK_OSAKA);
    assert_int_equal(gvm_genesis_new(&w->genesis, &config), GVM_OK);
    w->genesis.header.later = gvm_header_fields_of(GVM_FORK_OSAKA);
    gvm_account_change rich = {.address = w->me, .account.balance = {{0, 1000, 0, 0}}};
    gvm_account_change contract = {.address = logger_address, .code = {logger, sizeof logger}};
    assert_int_equal(gvm_genesis_add(&w->genesis, &rich), GVM_OK);
    assert_int_equal(gvm_genesis_add(&w->genesis, &contract), GVM_OK);
    assert_int_equal(gvm_genesis_add_system_contracts(&w->genesis), GVM_OK);
    w->genesis.text_hash = text_hash;
    assert_int_equal(gvm_store_open_memory(&w->store), GVM_OK);
    open_chain(w);
    *state = w;
    return 0;
}

static int teardown(void **state) {
    world *w = *state;
    close_chain(w);
    gvm_store_close(w->store);
    gvm_genesis_free(&w->genesis);
    free(w);
    return 0;
}

static gvm_status send(world *w, gvm_hash *hash, uint64_t nonce, uint64_t tip,
                       const gvm_address *to, uint64_t value) {
    gvm_tx tx = {.type = GVM_TX_DYNAMIC_FEE,
                 .replay_protected = true,
                 .chain_id = 1337,
                 .nonce = nonce,
                 .gas_limit = 100000,
                 .to = *to,
                 .value = gvm_u256_from_u64(value)};
    tx.max_priority_fee = gvm_u256_from_u64(tip);
    tx.max_fee = gvm_u256_from_u64(10000000000u);
    gvm_hash message;
    gvm_secp256k1_signature signature;
    assert_int_equal(gvm_tx_signing_hash(&message, &tx), GVM_OK);
    assert_int_equal(gvm_secp256k1_sign(&signature, &message, w->key), GVM_OK);
    tx.r = gvm_u256_from_be(signature.r);
    tx.s = gvm_u256_from_be(signature.s);
    tx.y_parity = signature.y_parity;
    gvm_buf raw = {0};
    gvm_tx_encode(&raw, &tx);
    gvm_status status = gvm_pool_add(w->pool, hash, gvm_buf_bytes(&raw), false, NULL);
    gvm_buf_free(&raw);
    return status;
}

static gvm_u256 balance(world *w, const gvm_address *address) {
    gvm_header head;
    gvm_stateview *view;
    gvm_account account = {0};
    gvm_chain_head(w->chain, &head, NULL);
    assert_int_equal(gvm_chain_view(w->chain, &view, head.number), GVM_OK);
    gvm_status status = gvm_statedb_account(view, &account, address);
    assert_true(status == GVM_OK || status == GVM_ERR_NOT_FOUND);
    gvm_statedb_view_close(view);
    return account.balance;
}

static void test_seals_what_is_pending(void **state) {
    world *w = *state;
    gvm_address to = {{[0] = 1}};
    gvm_hash a, b, block_hash;
    uint64_t number, nonce;
    uint32_t index;
    assert_int_equal(send(w, &b, 1, 1, &to, 5), GVM_OK); /* queued until nonce 0 is there */
    size_t pending, queued;
    gvm_pool_count(w->pool, &pending, &queued);
    assert_int_equal(pending, 0);
    assert_int_equal(queued, 1);
    assert_int_equal(send(w, &a, 0, 1, &to, 7), GVM_OK);
    assert_int_equal(send(w, &a, 0, 1, &to, 7), GVM_ERR_EXISTS);
    assert_int_equal(gvm_pool_next_nonce(w->pool, &nonce, &w->me), GVM_OK);
    assert_int_equal(nonce, 2);
    assert_int_equal(gvm_sealer_seal(w->sealer, &block_hash, 1000, NULL), GVM_OK);
    assert_int_equal(balance(w, &to).w[0], 12);
    gvm_pool_count(w->pool, &pending, &queued);
    assert_int_equal(pending + queued, 0);
    assert_int_equal(gvm_chain_tx_place(w->chain, &number, &index, &b), GVM_OK);
    assert_int_equal(number, 1);
    assert_int_equal(index, 1);
    gvm_stored_block block;
    assert_int_equal(gvm_chain_read(w->chain, &block, &block_hash, GVM_READ_RECEIPTS), GVM_OK);
    assert_int_equal(block.block.tx_count, 2);
    assert_int_equal(block.receipts[1].cumulative_gas, 42000);
    assert_true(gvm_address_equal(&block.block.txs[0].sender, &w->me));
    assert_int_equal(block.block.header.timestamp, 1000);
    gvm_stored_block_free(&block);
    assert_int_equal(send(w, &a, 0, 1, &to, 7), GVM_ERR_TX_NONCE_TOO_LOW);
    assert_int_equal(w->added, 1);
}

static void test_replacement_wants_a_tenth_more(void **state) {
    world *w = *state;
    gvm_address to = {{[0] = 1}};
    gvm_hash hash;
    assert_int_equal(send(w, &hash, 0, 100, &to, 1), GVM_OK);
    assert_int_equal(send(w, &hash, 0, 105, &to, 2), GVM_ERR_TX_REPLACEMENT);
    size_t pending, queued;
    gvm_pool_count(w->pool, &pending, &queued);
    assert_int_equal(pending, 1);
}

static gvm_status count_log(void *ctx, const gvm_stored_block *block, uint32_t tx_index,
                            uint32_t log_index, const gvm_log *log) {
    (void)block;
    (void)tx_index;
    (void)log_index;
    (void)log;
    ++*(size_t *)ctx;
    return GVM_OK;
}

static size_t logs_of(world *w, const gvm_address *address, const gvm_hash *topic) {
    gvm_log_filter filter = {.to = 100, .addresses = address, .address_count = address != NULL};
    size_t n = 0;
    if (topic != NULL) {
        filter.topic_places = 1;
        filter.topics[0].any = topic;
        filter.topics[0].count = 1;
    }
    assert_int_equal(gvm_chain_logs(w->chain, &filter, 1000, count_log, &n), GVM_OK);
    return n;
}

static void test_logs_are_found_by_address_and_topic(void **state) {
    world *w = *state;
    gvm_hash hash;
    gvm_address other = {{[0] = 1}};
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(send(w, &hash, i, 1, i == 1 ? &other : &logger_address, i), GVM_OK);
        assert_int_equal(gvm_sealer_seal(w->sealer, NULL, 1000 + i, NULL), GVM_OK);
    }
    gvm_hash topic = {{0}}, none = {{1}};
    memcpy(topic.b + 12, w->me.b, 20);
    assert_int_equal(logs_of(w, &logger_address, NULL), 2);
    assert_int_equal(logs_of(w, &logger_address, &topic), 2);
    assert_int_equal(logs_of(w, NULL, &topic), 2);
    assert_int_equal(logs_of(w, &other, NULL), 0);
    assert_int_equal(logs_of(w, NULL, &none), 0);
}

/* The chain goes back and forth between two branches; transactions of the one left come back to the
 * pool. */
static void test_moves_between_branches(void **state) {
    world *w = *state;
    gvm_address to = {{[0] = 1}};
    gvm_hash tx, genesis, old_head, new_head;
    gvm_header head;
    gvm_chain_head(w->chain, &head, &genesis);
    assert_int_equal(send(w, &tx, 0, 1, &to, 7), GVM_OK);
    assert_int_equal(gvm_sealer_seal(w->sealer, NULL, 1000, NULL), GVM_OK);
    assert_int_equal(gvm_sealer_seal(w->sealer, &old_head, 1010, NULL), GVM_OK);

    assert_int_equal(gvm_chain_set_head(w->chain, &genesis, NULL), GVM_OK);
    assert_int_equal(w->removed, 2);
    assert_true(gvm_u256_is_zero(balance(w, &to)));
    size_t pending, queued;
    gvm_pool_count(w->pool, &pending, &queued);
    assert_int_equal(pending, 1);
    gvm_pool_clear(w->pool);
    assert_int_equal(gvm_sealer_seal(w->sealer, &new_head, 1020, NULL), GVM_OK);

    assert_int_equal(gvm_chain_set_head(w->chain, &old_head, NULL), GVM_OK);
    assert_int_equal(balance(w, &to).w[0], 7);
    gvm_chain_head(w->chain, &head, NULL);
    assert_int_equal(head.number, 2);
    assert_int_equal(gvm_chain_set_head(w->chain, &new_head, NULL), GVM_OK);
    assert_true(gvm_u256_is_zero(balance(w, &to)));
    gvm_hash unknown = {{9}};
    assert_int_equal(gvm_chain_set_head(w->chain, &unknown, NULL), GVM_ERR_NOT_FOUND);
}

/* Blocks sealed by one chain are taken by another from their bytes; a changed one is refused and
 * leaves no trace. */
static void test_imports_what_another_sealed(void **state) {
    world *w = *state, other = {.genesis = w->genesis};
    gvm_address to = {{[0] = 1}};
    gvm_hash tx, hash;
    gvm_buf raw = {0};
    gvm_stored_block block;
    bool head;
    assert_int_equal(gvm_store_open_memory(&other.store), GVM_OK);
    open_chain(&other);
    assert_int_equal(send(w, &tx, 0, 1, &logger_address, 7), GVM_OK);
    assert_int_equal(gvm_sealer_seal(w->sealer, &hash, 1000, NULL), GVM_OK);
    assert_int_equal(gvm_chain_read(w->chain, &block, &hash, GVM_READ_BODY), GVM_OK);
    gvm_block_encode(&raw, &block.block);
    assert_int_equal(raw.len, block.size);

    block.block.header.state_root.b[0] ^= 1;
    gvm_buf bad = {0};
    gvm_block_encode(&bad, &block.block);
    assert_int_equal(gvm_chain_import(other.chain, &head, gvm_buf_bytes(&bad), NULL),
                     GVM_ERR_BLOCK_STATE_ROOT);
    assert_int_equal(gvm_chain_import(other.chain, &head, gvm_buf_bytes(&raw), NULL), GVM_OK);
    assert_true(head);
    assert_int_equal(gvm_chain_import(other.chain, &head, gvm_buf_bytes(&raw), NULL), GVM_OK);
    assert_int_equal(balance(&other, &logger_address).w[0], 7);
    (void)to;
    gvm_buf_free(&raw);
    gvm_buf_free(&bad);
    gvm_stored_block_free(&block);
    close_chain(&other);
    gvm_store_close(other.store);
}

static void test_opens_again_where_it_was(void **state) {
    world *w = *state;
    gvm_address to = {{[0] = 1}};
    gvm_hash tx, hash, again;
    gvm_header head;
    assert_int_equal(send(w, &tx, 0, 1, &to, 7), GVM_OK);
    assert_int_equal(gvm_sealer_seal(w->sealer, &hash, 1000, NULL), GVM_OK);
    close_chain(w);
    open_chain(w);
    gvm_chain_head(w->chain, &head, &again);
    assert_true(gvm_hash_equal(&hash, &again));
    assert_int_equal(balance(w, &to).w[0], 7);

    gvm_hash other_text = {{8}};
    assert_true(gvm_chain_made_from(w->store, &text_hash));
    assert_false(gvm_chain_made_from(w->store, &other_text));

    gvm_chain_config config;
    gvm_genesis foreign;
    gvm_chain *chain;
    gvm_chain_options options = {.natives = gvm_precompile_lookup};
    gvm_config_init(&config, 5, GVM_FORK_OSAKA);
    assert_int_equal(gvm_genesis_new(&foreign, &config), GVM_OK);
    assert_int_equal(gvm_chain_open(&chain, NULL, w->store, &foreign, &options, NULL),
                     GVM_ERR_GENESIS);
    gvm_genesis_free(&foreign);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_seals_what_is_pending, setup, teardown),
        cmocka_unit_test_setup_teardown(test_replacement_wants_a_tenth_more, setup, teardown),
        cmocka_unit_test_setup_teardown(test_logs_are_found_by_address_and_topic, setup, teardown),
        cmocka_unit_test_setup_teardown(test_moves_between_branches, setup, teardown),
        cmocka_unit_test_setup_teardown(test_imports_what_another_sealed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_opens_again_where_it_was, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
