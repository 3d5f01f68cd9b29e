/* Type 0x47 through exec: calls by name, and what the receipt says of them; and which keys may act
 * for an account after it registered another. */
#include "crypto/ed25519.h"
#include "crypto/keccak.h"
#include "crypto/secp256k1.h"
#include "exec/account_keys.h"
#include "exec/execute.h"
#include "exec/ghost_tx.h"
#include "support/ghost_world.h"
#include "system/identities.h"
#include "system/names.h"
#include "system/tokens.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECRET "0x5ec2e70000000000000000000000000000000000000000000000000000000001"
#define ALICE  "0xac00000000000000000000000000000000000001"

/* Account 1 registers alice.ghost; no records, so it leads to its owner. */
static void open_world(ghost_world *w) {
    char commitment[80];
    gvm_address alice = ghost_account(1);
    ghost_world_open(w);
    gvm_cells tokens = gvm_cells_of_vm(&w->vm, &gvm_tokens_address);
    gvm_token_give(&tokens, GVM_TOKEN_GHOST, &alice,
                   gvm_u256_mul(gvm_u256_from_u64(100), gvm_token_unit()));
    (void)snprintf(
        commitment, sizeof commitment, "%s",
        GHOST_CALL(w, &gvm_names_address,
                   "makeCommitment(string,address,address,uint32,(uint16,uint32,bytes)[],"
                   "bytes32)(bytes32)",
                   "alice.ghost", ALICE, ALICE, "1", "[]", SECRET));
    assert_int_equal(w->result.outcome, GVM_OUT_SUCCESS);
    commitment[67] = 0;
    (void)GHOST_CALL(w, &gvm_names_address, "commit(bytes32)", commitment + 1);
    w->vm.block.timestamp += 60;
    (void)GHOST_CALL(w, &gvm_names_address,
                     "register(string,address,uint32,(uint16,uint32,bytes)[],bytes32,uint256)",
                     "alice.ghost", ALICE, "1", "[]", SECRET, "1000000000000000000000000");
    assert_int_equal(w->result.outcome, GVM_OUT_SUCCESS);
}

typedef struct sent {
    gvm_status status;
    gvm_receipt receipt;
    gvm_u256 received; /* by account 1 */
} sent;

/* Account 2 sends one wei; fees are zero, so that balances are easy to read. */
static sent send(ghost_world *w, const char *name, uint64_t gas) {
    sent s;
    gvm_ghost g = {.fee_token = GVM_FEE_TOKEN_GCC, .name = gvm_bytes_str(name)};
    gvm_exec_block block = {0};
    gvm_address alice = ghost_account(1), bob = ghost_account(2);
    gvm_ghost_measure(&g, NULL);
    gvm_u256 before = gvm_state_entry(w->state, &alice)->balance;
    gvm_tx tx = {.type = GVM_TX_GHOST,
                 .replay_protected = true,
                 .chain_id = 1337,
                 .nonce = gvm_state_entry(w->state, &bob)->nonce,
                 .gas_limit = gas,
                 .value = gvm_u256_from_u64(1),
                 .to = alice,
                 .sender = bob,
                 .ghost = &g};
    s.status = gvm_exec_tx(&w->vm, &block, &s.receipt, &tx, 0, NULL);
    s.received = gvm_u256_sub(gvm_state_entry(w->state, &alice)->balance, before);
    return s;
}

static void by_name(void **state) {
    (void)state;
    ghost_world w;
    open_world(&w);
    gvm_address alice = ghost_account(1), bob = ghost_account(2);
    (void)GHOST_CALL(&w, &gvm_names_address, "resolve(string)(address)", "alice.ghost");
    int64_t price = w.gas_used; /* what resolving costs a contract */
    sent plain = send(&w, "", 100000);
    assert_int_equal(plain.status, GVM_OK);
    sent s = send(&w, "alice.ghost", 100000);
    assert_int_equal(s.status, GVM_OK);
    assert_true(gvm_receipt_succeeded(&s.receipt));
    assert_true(s.receipt.ghost.called);
    assert_true(gvm_address_equal(&s.receipt.ghost.to, &alice));
    assert_true(gvm_address_equal(&s.receipt.ghost.payer, &bob));
    assert_true(gvm_u256_eq(s.received, gvm_u256_from_u64(1)));
    assert_int_equal(s.receipt.gas_used, plain.receipt.gas_used + (uint64_t)price);
    ghost_world_close(&w);
}

static void by_a_name_that_leads_nowhere(void **state) {
    (void)state;
    ghost_world w;
    open_world(&w);
    gvm_address bob = ghost_account(2);
    uint64_t nonce = gvm_state_entry(w.state, &bob)->nonce;
    sent s = send(&w, "bob.ghost", 100000);
    assert_int_equal(s.status, GVM_OK); /* included, charged, without effect */
    assert_int_equal(s.receipt.outcome, GVM_OUT_REVERT);
    assert_false(s.receipt.ghost.called);
    assert_true(gvm_u256_is_zero(s.received));
    assert_true(s.receipt.gas_used > 21000 && s.receipt.gas_used < 40000);
    assert_int_equal(gvm_state_entry(w.state, &bob)->nonce, nonce + 1);
    /* expired: grace still leads to the owner, later it does not */
    w.vm.block.timestamp += GVM_NAMES_YEAR + GVM_NAMES_GRACE - 1;
    s = send(&w, "alice.ghost", 100000);
    assert_true(gvm_receipt_succeeded(&s.receipt));
    w.vm.block.timestamp += 1;
    s = send(&w, "alice.ghost", 100000);
    assert_false(gvm_receipt_succeeded(&s.receipt));
    ghost_world_close(&w);
}

static void out_of_gas_in_the_name(void **state) {
    (void)state;
    ghost_world w;
    open_world(&w);
    sent s = send(&w, "alice.ghost", 23000);
    assert_int_equal(s.status, GVM_OK);
    assert_int_equal(s.receipt.outcome, GVM_OUT_OUT_OF_GAS);
    assert_int_equal(s.receipt.gas_used, 23000);
    assert_true(gvm_u256_is_zero(s.received));
    ghost_world_close(&w);
}

/* ---- keys */

typedef struct rotated {
    uint8_t secret[32], old_key[33], new_key[32], signature[66];
    gvm_address account; /* of the old key */
    gvm_key old, new;
} rotated;

/* An account that registered an Ed25519 key; `keeps`: its own key still counts. */
static void rotate(ghost_world *w, rotated *k, bool keeps) {
    uint8_t point[64];
    gvm_hash commitment;
    *k = (rotated){.secret = {7}};
    assert_int_equal(gvm_secp256k1_public_key(point, k->secret), GVM_OK);
    gvm_secp256k1_compress(k->old_key, point);
    gvm_secp256k1_address(&k->account, point);
    gvm_ed25519_public_key(k->new_key, k->secret);
    k->old = (gvm_key){GVM_SCHEME_SECP256K1, gvm_bytes_make(k->old_key, 33)};
    k->new = (gvm_key){GVM_SCHEME_ED25519, gvm_bytes_make(k->new_key, 32)};
    gvm_key_commitment(&commitment, k->new);
    gvm_cells cells = gvm_cells_of_vm(&w->vm, &gvm_identities_address);
    gvm_identity_set_key(&cells, &k->account, &commitment, keeps);
    assert_int_equal(cells.outcome, GVM_OUT_SUCCESS);
}

/* What becomes of a transaction of the type that the key signed. (That the signature holds is
 * gvm_tx_recover's affair, which came before.) */
static gvm_status send_by(ghost_world *w, const rotated *k, gvm_tx_type type, gvm_key key) {
    gvm_exec_block block = {.blobs = {.max = 6}};
    gvm_receipt receipt;
    gvm_auth auth = {key, gvm_bytes_make(k->signature, key.scheme == 1 ? 66 : 64)};
    gvm_ghost g = {.fee_token = GVM_FEE_TOKEN_GCC, .auths = &auth, .auth_count = 1};
    gvm_hash blob = {{1}};
    gvm_tx_auth nobody = {.nonce = 1};
    gvm_ghost_measure(&g, NULL);
    gvm_tx tx = {.type = (uint8_t)type,
                 .replay_protected = true,
                 .chain_id = 1337,
                 .nonce = gvm_state_entry(w->state, &k->account)->nonce,
                 .gas_limit = 100000,
                 .to = ghost_account(1),
                 .sender = k->account,
                 .ghost = type == GVM_TX_GHOST ? &g : NULL,
                 .blob_hashes = &blob,
                 .blob_hash_count = type == GVM_TX_BLOB,
                 .auths = &nobody,
                 .auth_count = type == GVM_TX_SET_CODE};
    return gvm_exec_tx(&w->vm, &block, &receipt, &tx, 0, NULL);
}

static void the_old_key_is_refused(void **state) {
    (void)state;
    ghost_world w;
    rotated k;
    ghost_world_open(&w);
    rotate(&w, &k, false);
    for (gvm_tx_type t = GVM_TX_LEGACY; t <= GVM_TX_SET_CODE; t++)
        assert_int_equal(send_by(&w, &k, t, k.old), GVM_ERR_TX_KEY_REPLACED);
    assert_int_equal(send_by(&w, &k, GVM_TX_GHOST, k.old), GVM_ERR_AUTH_POLICY);
    assert_int_equal(send_by(&w, &k, GVM_TX_GHOST, k.new), GVM_OK);
    ghost_world_close(&w);
}

static void an_old_key_that_is_kept_counts(void **state) {
    (void)state;
    ghost_world w;
    rotated k;
    ghost_world_open(&w);
    rotate(&w, &k, true);
    for (gvm_tx_type t = GVM_TX_LEGACY; t <= GVM_TX_SET_CODE; t++)
        assert_int_equal(send_by(&w, &k, t, k.old), GVM_OK);
    assert_int_equal(send_by(&w, &k, GVM_TX_GHOST, k.new), GVM_OK);
    ghost_world_close(&w);
}

static void nothing_changes_without_a_registered_key(void **state) {
    (void)state;
    ghost_world w;
    rotated k, other;
    ghost_world_open(&w);
    rotate(&w, &other, false);
    ghost_world_close(&w);
    ghost_world_open(&w); /* another world: nothing is registered in it */
    k = other;
    for (gvm_tx_type t = GVM_TX_LEGACY; t <= GVM_TX_SET_CODE; t++)
        assert_int_equal(send_by(&w, &k, t, k.old), GVM_OK);
    assert_int_equal(send_by(&w, &k, GVM_TX_GHOST, k.old), GVM_OK);
    assert_int_equal(send_by(&w, &k, GVM_TX_GHOST, k.new), GVM_ERR_AUTH_POLICY);
    ghost_world_close(&w);
}

/* A delegation that the old key signed, sent by somebody else. */
static bool delegates(ghost_world *w, const rotated *k) {
    gvm_tx_auth auth = {.address = {{0xde}}, .nonce = 0};
    gvm_exec_block block = {0};
    gvm_receipt receipt;
    gvm_secp256k1_signature s;
    uint8_t form[1 + 1 + 1 + 21 + 1] = {0x05, 0xd7, 0x80, 0x94, 0xde};
    gvm_hash digest;
    gvm_address bob = ghost_account(2);
    form[24] = 0x80;
    gvm_keccak256(&digest, gvm_bytes_make(form, sizeof form));
    assert_int_equal(gvm_secp256k1_sign(&s, &digest, k->secret), GVM_OK);
    auth.r = gvm_u256_from_be(s.r), auth.s = gvm_u256_from_be(s.s), auth.y_parity = s.y_parity;
    gvm_tx tx = {.type = GVM_TX_SET_CODE,
                 .replay_protected = true,
                 .chain_id = 1337,
                 .nonce = gvm_state_entry(w->state, &bob)->nonce,
                 .gas_limit = 100000,
                 .to = bob,
                 .sender = bob,
                 .auths = &auth,
                 .auth_count = 1};
    assert_int_equal(gvm_exec_tx(&w->vm, &block, &receipt, &tx, 0, NULL), GVM_OK);
    gvm_address target;
    gvm_entry *entry = gvm_state_entry(w->state, &k->account);
    return gvm_delegation_target(&target, gvm_state_code(w->state, entry));
}

static void the_old_key_delegates_no_longer(void **state) {
    (void)state;
    ghost_world w;
    rotated k;
    ghost_world_open(&w);
    rotate(&w, &k, false);
    assert_false(delegates(&w, &k));
    rotate(&w, &k, true);
    assert_true(delegates(&w, &k));
    ghost_world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_name),
        cmocka_unit_test(by_a_name_that_leads_nowhere),
        cmocka_unit_test(out_of_gas_in_the_name),
        cmocka_unit_test(the_old_key_is_refused),
        cmocka_unit_test(an_old_key_that_is_kept_counts),
        cmocka_unit_test(nothing_changes_without_a_registered_key),
        cmocka_unit_test(the_old_key_delegates_no_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
