#include "system/identities.h"

#include "crypto/ed25519.h"
#include "crypto/mldsa.h"
#include "support/ghost_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ACCOUNT(n) "0xac000000000000000000000000000000000000" #n

static void say(ghost_world *w, const char *prefix) {
    if (memcmp(w->text, prefix, strlen(prefix)) != 0) fail_msg("%s, not %s", w->text, prefix);
}
#define SAYS(prefix, signature, ...)                                             \
    do {                                                                         \
        (void)GHOST_CALL(&w, &gvm_identities_address, signature, ##__VA_ARGS__); \
        say(&w, prefix);                                                         \
        if (*(prefix) == 0) assert_int_equal(w.result.outcome, GVM_OUT_SUCCESS); \
    } while (0)

static void put_hex(char *out, const uint8_t *p, size_t len) {
    out[0] = '0';
    out[1] = 'x';
    for (size_t i = 0; i < len; i++) (void)snprintf(out + 2 + 2 * i, 3, "%02x", p[i]);
}

/* An Ed25519 key, and its proof for an account. */
typedef struct test_key {
    uint8_t seed[32], key[32];
    char key_hex[67], proof_hex[131];
} test_key;

static void make_key(test_key *k, uint8_t n, const gvm_address *account) {
    gvm_hash commitment, hash;
    uint8_t signature[64];
    memset(k->seed, n, sizeof k->seed);
    gvm_ed25519_public_key(k->key, k->seed);
    gvm_key_commitment(&commitment, (gvm_key){2, gvm_bytes_make(k->key, 32)});
    gvm_identity_proof_hash(&hash, 1337, account, &commitment);
    gvm_ed25519_sign(signature, gvm_bytes_make(hash.b, 32), k->seed);
    put_hex(k->key_hex, k->key, 32);
    put_hex(k->proof_hex, signature, 64);
}

static void grant_admin(ghost_world *w, const gvm_address *account) {
    gvm_cells cells = gvm_cells_of_vm(&w->vm, &gvm_identities_address);
    gvm_cells_store(
        &cells, gvm_cell_map_address(gvm_cell(GVM_IDENTITIES_SLOT_PERMISSIONS), account),
        gvm_permissions_word(gvm_u256_from_u64((uint64_t)1 << GVM_PERMISSION_ADMIN_ACCESS)));
}

static void a_key_needs_its_signature(void **state) {
    (void)state;
    ghost_world w;
    test_key k, other;
    ghost_world_open(&w);
    gvm_address a = ghost_account(1), b = ghost_account(2);
    make_key(&k, 7, &a);
    make_key(&other, 7, &b);
    w.vm.tx.origin = a;
    SAYS("InvalidProof", "rotateKey(uint8,bytes,bytes,bool)", "2", k.key_hex, other.proof_hex,
         "false");
    SAYS("InvalidProof", "rotateKey(uint8,bytes,bytes,bool)", "2", k.key_hex, "0x", "false");
    SAYS("InvalidKey", "rotateKey(uint8,bytes,bytes,bool)", "2", "0x00", k.proof_hex, "false");
    SAYS("InvalidKey", "rotateKey(uint8,bytes,bytes,bool)", "9", k.key_hex, k.proof_hex, "false");
    SAYS("(0x0000000000000000000000000000000000000000000000000000000000000000,true)",
         "keyOf(address)(bytes32,bool)", ACCOUNT(01));
    w.vm.tx.origin = b; /* code that acts for the account is not the account */
    SAYS("NotDirect", "rotateKey(uint8,bytes,bytes,bool)", "2", k.key_hex, k.proof_hex, "false");
    w.vm.tx.origin = a;
    SAYS("", "rotateKey(uint8,bytes,bytes,bool)", "2", k.key_hex, k.proof_hex, "false");
    gvm_cells cells = gvm_cells_of_vm(&w.vm, &gvm_identities_address);
    gvm_hash registered, expected;
    assert_true(gvm_identity_key(&cells, &registered, &a));
    gvm_key_commitment(&expected, (gvm_key){2, gvm_bytes_make(k.key, 32)});
    assert_memory_equal(registered.b, expected.b, 32);
    assert_true(gvm_identity_key_replaced(&cells, &a));
    /* what the account may do is as before */
    assert_true(gvm_identity_has_permission(&cells, &a, GVM_PERMISSION_TRANSFER_TOKENS));
    assert_false(gvm_identity_has_permission(&cells, &a, GVM_PERMISSION_MINT_TOKENS));
    ghost_world_close(&w);
}

static void a_rotation_clears_a_delegation(void **state) {
    (void)state;
    static const uint8_t designator[23] = {0xef, 0x01, 0x00, 0xde};
    for (int keep = 0; keep < 2; keep++) {
        ghost_world w;
        test_key k;
        ghost_world_open(&w);
        gvm_address a = ghost_account(1);
        w.vm.tx.origin = a;
        make_key(&k, 7, &a);
        gvm_state_set_code(w.state, gvm_state_entry(w.state, &a), gvm_bytes_make(designator, 23));
        SAYS("", "rotateKey(uint8,bytes,bytes,bool)", "2", k.key_hex, k.proof_hex,
             keep ? "true" : "false");
        assert_int_equal(gvm_state_code(w.state, gvm_state_entry(w.state, &a)).len, keep ? 23 : 0);
        ghost_world_close(&w);
    }
}

static void post_quantum_keys(void **state) {
    (void)state;
    ghost_world w;
    static uint8_t key[GVM_MLDSA_PUBLIC_KEY], signature[GVM_MLDSA_SIGNATURE];
    static char key_hex[2 * GVM_MLDSA_PUBLIC_KEY + 3], proof_hex[2 * GVM_MLDSA_SIGNATURE + 3];
    uint8_t seed[32] = {1};
    gvm_hash commitment, hash;
    gvm_address a = ghost_account(1);
    ghost_world_open(&w);
    w.vm.tx.origin = a;
    gvm_mldsa_public_key(key, seed);
    gvm_key_commitment(&commitment, (gvm_key){4, gvm_bytes_make(key, sizeof key)});
    gvm_identity_proof_hash(&hash, 1337, &a, &commitment);
    assert_int_equal(
        gvm_mldsa_sign(signature, gvm_bytes_make(hash.b, 32), gvm_bytes_make(NULL, 0), seed, NULL),
        GVM_OK);
    put_hex(key_hex, key, sizeof key);
    put_hex(proof_hex, signature, sizeof signature);
    SAYS("", "rotateKey(uint8,bytes,bytes,bool)", "4", key_hex, proof_hex, "false");
    SAYS("", "create(uint8,bytes,bytes)", "4", key_hex, "0x");
    ghost_world_close(&w);
}

static void guardians_recover(void **state) {
    (void)state;
    ghost_world w;
    test_key k;
    ghost_world_open(&w);
    gvm_address a = ghost_account(1);
    make_key(&k, 9, &a);
    w.vm.tx.origin = a;
    SAYS("InvalidGuardians", "setGuardians(address[],uint8)", "[" ACCOUNT(02) "]", "2");
    SAYS("InvalidGuardians", "setGuardians(address[],uint8)", "[" ACCOUNT(02) "," ACCOUNT(02) "]",
         "1");
    SAYS("InvalidGuardians", "setGuardians(address[],uint8)", "[" ACCOUNT(01) "]", "1");
    SAYS("InvalidGuardians", "setGuardians(address[],uint8)", "[]", "1");
    SAYS("", "setGuardians(address[],uint8)", "[" ACCOUNT(02) "," ACCOUNT(03) "," ACCOUNT(04) "]",
         "2");
    SAYS("([" ACCOUNT(02) "," ACCOUNT(03) "," ACCOUNT(04) "],2)",
         "guardiansOf(address)(address[],uint8)", ACCOUNT(01));
    w.sender = ghost_account(5);
    SAYS("NotGuardian", "startRecovery(address,uint8,bytes,bytes)", ACCOUNT(01), "2", k.key_hex,
         k.proof_hex);
    w.sender = ghost_account(2);
    SAYS("NoRecovery", "supportRecovery(address)", ACCOUNT(01));
    SAYS("InvalidProof", "startRecovery(address,uint8,bytes,bytes)", ACCOUNT(01), "2", k.key_hex,
         "0x");
    SAYS("", "startRecovery(address,uint8,bytes,bytes)", ACCOUNT(01), "2", k.key_hex, k.proof_hex);
    SAYS("AlreadySupported", "supportRecovery(address)", ACCOUNT(01));
    SAYS("TooEarly", "finishRecovery(address)", ACCOUNT(01));
    w.sender = ghost_account(3);
    SAYS("RecoveryPending", "startRecovery(address,uint8,bytes,bytes)", ACCOUNT(01), "2", k.key_hex,
         k.proof_hex);
    SAYS("", "supportRecovery(address)", ACCOUNT(01));
    w.vm.block.timestamp += 48 * 3600 - 1;
    SAYS("TooEarly", "finishRecovery(address)", ACCOUNT(01));
    w.vm.block.timestamp += 1;
    SAYS("", "finishRecovery(address)", ACCOUNT(01));
    SAYS("NoRecovery", "finishRecovery(address)", ACCOUNT(01));
    gvm_cells cells = gvm_cells_of_vm(&w.vm, &gvm_identities_address);
    assert_true(gvm_identity_key_replaced(&cells, &a));
    /* and the owner can stop one */
    w.sender = ghost_account(2);
    SAYS("", "startRecovery(address,uint8,bytes,bytes)", ACCOUNT(01), "2", k.key_hex, k.proof_hex);
    w.sender = a;
    SAYS("", "cancelRecovery()");
    SAYS("NoRecovery", "cancelRecovery()");
    ghost_world_close(&w);
}

static void identities(void **state) {
    (void)state;
    ghost_world w;
    test_key k, k2;
    char id[40], id_text[40], did[64];
    ghost_world_open(&w);
    gvm_address a = ghost_account(1), b = ghost_account(2);
    make_key(&k, 5, &a);
    make_key(&k2, 6, &b);
    SAYS("InvalidProof", "create(uint8,bytes,bytes)", "2", k.key_hex, "0x");
    (void)GHOST_CALL(&w, &gvm_identities_address, "create(uint8,bytes,bytes)(bytes16)", "2",
                     k.key_hex, k.proof_hex);
    assert_int_equal(w.result.outcome, GVM_OUT_SUCCESS);
    (void)snprintf(id, sizeof id, "%.34s", w.text + 1);
    (void)snprintf(id_text, sizeof id_text, "%.32s", id + 2);
    gvm_permanent_id expected;
    gvm_permanent_id_of_key(&expected, gvm_bytes_make(k.key, 32));
    char expected_hex[40];
    put_hex(expected_hex, expected.b, 16);
    assert_string_equal(id, expected_hex);
    SAYS("IdentityExists", "create(uint8,bytes,bytes)", "2", k.key_hex, k.proof_hex);
    w.sender = b;
    SAYS("InvalidProof", "create(uint8,bytes,bytes)", "2", k.key_hex, k.proof_hex);
    /* three ways to the account */
    (void)snprintf(did, sizeof did, "did:ghost:%s", id_text);
    SAYS("(" ACCOUNT(01) ")", "resolve(string)(address)", did);
    SAYS("(" ACCOUNT(01) ")", "resolve(string)(address)", "did:ghost:" ACCOUNT(01));
    SAYS("NotResolved", "resolve(string)(address)", "did:ghost:nobody");
    SAYS("NotResolved", "resolve(string)(address)", "did:ghost:00000000000000000000000000000000");
    /* documents: the controller, strangers, delegates */
    SAYS("NotController", "addAlias(bytes16,string)", id, "https://b.example");
    w.sender = a;
    SAYS("", "addAlias(bytes16,string)", id, "https://a.example");
    SAYS("InvalidDocument", "addAlias(bytes16,string)", id, "a\\\"b");
    SAYS("", "addService(bytes16,(string,string,string))", id,
         "(hub,LinkedDomains,https://hub.example)");
    SAYS("([(\"hub\",\"LinkedDomains\",\"https://hub.example\")])",
         "getServices(bytes16)((string,string,string)[])", id);
    SAYS("", "setDelegate(bytes16,address,uint64)", id, ACCOUNT(02), "1000100");
    w.sender = b;
    SAYS("NotController", "addAlias(bytes16,string)", id, "https://b.example");
    grant_admin(&w, &b);
    SAYS("", "addAlias(bytes16,string)", id, "https://b.example");
    SAYS("([\"https://a.example\",\"https://b.example\"])", "getAliases(bytes16)(string[])", id);
    SAYS("", "removeAlias(bytes16,uint256)", id, "0");
    SAYS("([\"https://b.example\"])", "getAliases(bytes16)(string[])", id);
    w.vm.block.timestamp = 1000100;
    SAYS("NotController", "addAlias(bytes16,string)", id, "https://c.example");
    /* revoked is a mark; nothing moves */
    SAYS("", "setRevoked(bytes16,bool)", id, "true");
    w.sender = a;
    SAYS("IdentityInactive", "addAlias(bytes16,string)", id, "https://c.example");
    SAYS("MissingPermission", "setRevoked(bytes16,bool)", id, "false");
    w.sender = b;
    SAYS("", "setRevoked(bytes16,bool)", id, "false");
    w.sender = a;
    SAYS("", "setController(bytes16,address)", id, ACCOUNT(03));
    SAYS("NotController", "deactivate(bytes16)", id);
    w.sender = ghost_account(3);
    SAYS("", "deactivate(bytes16)", id);
    SAYS("IdentityInactive", "addAlias(bytes16,string)", id, "https://c.example");
    ghost_world_close(&w);
}

static void verify_by_identity(void **state) {
    (void)state;
    ghost_world w;
    test_key k, old;
    char id[40], hash_hex[67], signature_hex[131];
    uint8_t signature[64];
    gvm_hash hash = {{0x42}};
    ghost_world_open(&w);
    gvm_address a = ghost_account(1);
    w.vm.tx.origin = a;
    make_key(&old, 5, &a);
    make_key(&k, 6, &a);
    SAYS("", "rotateKey(uint8,bytes,bytes,bool)", "2", old.key_hex, old.proof_hex, "false");
    (void)GHOST_CALL(&w, &gvm_identities_address, "create(uint8,bytes,bytes)(bytes16)", "2",
                     old.key_hex, "0x");
    (void)snprintf(id, sizeof id, "%.34s", w.text + 1);
    put_hex(hash_hex, hash.b, 32);
    gvm_ed25519_sign(signature, gvm_bytes_make(hash.b, 32), old.seed);
    put_hex(signature_hex, signature, 64);
    SAYS("(true)", "verify(bytes16,bytes32,uint8,bytes,bytes)(bool)", id, hash_hex, "2",
         old.key_hex, signature_hex);
    SAYS("(false)", "verify(bytes16,bytes32,uint8,bytes,bytes)(bool)", id, hash_hex, "2", k.key_hex,
         signature_hex);
    /* after another rotation the old key's signature counts no more */
    SAYS("", "rotateKey(uint8,bytes,bytes,bool)", "2", k.key_hex, k.proof_hex, "false");
    SAYS("(false)", "verify(bytes16,bytes32,uint8,bytes,bytes)(bool)", id, hash_hex, "2",
         old.key_hex, signature_hex);
    gvm_ed25519_sign(signature, gvm_bytes_make(hash.b, 32), k.seed);
    put_hex(signature_hex, signature, 64);
    SAYS("(true)", "verify(bytes16,bytes32,uint8,bytes,bytes)(bool)", id, hash_hex, "2", k.key_hex,
         signature_hex);
    SAYS("", "deactivate(bytes16)", id);
    SAYS("(false)", "verify(bytes16,bytes32,uint8,bytes,bytes)(bool)", id, hash_hex, "2", k.key_hex,
         signature_hex);
    ghost_world_close(&w);
}

static void permissions_and_roles(void **state) {
    (void)state;
    ghost_world w;
    static const char role[] = "0x726f6c6500000000000000000000000000000000000000000000000000000000";
    ghost_world_open(&w);
    gvm_address a = ghost_account(1), b = ghost_account(2);
    SAYS("MissingPermission", "grantPermission(address,uint8,uint64)", ACCOUNT(02), "9", "0");
    grant_admin(&w, &a);
    SAYS("InvalidPermission", "grantPermission(address,uint8,uint64)", ACCOUNT(02), "17", "0");
    SAYS("(false)", "hasPermission(address,uint8)(bool)", ACCOUNT(02), "9");
    SAYS("", "grantPermission(address,uint8,uint64)", ACCOUNT(02), "9", "1000010");
    SAYS("(true)", "hasPermission(address,uint8)(bool)", ACCOUNT(02), "9");
    SAYS("(true)", "hasPermission(address,uint8)(bool)", ACCOUNT(02), "8");
    w.vm.block.timestamp = 1000010;
    SAYS("(false)", "hasPermission(address,uint8)(bool)", ACCOUNT(02), "9");
    SAYS("", "grantPermission(address,uint8,uint64)", ACCOUNT(02), "9", "0");
    SAYS("(true)", "hasPermission(address,uint8)(bool)", ACCOUNT(02), "9");
    SAYS("", "revokePermission(address,uint8)", ACCOUNT(02), "9");
    SAYS("(false)", "hasPermission(address,uint8)(bool)", ACCOUNT(02), "9");
    SAYS("", "revokePermission(address,uint8)", ACCOUNT(03), "8");
    SAYS("(false)", "hasPermission(address,uint8)(bool)", ACCOUNT(03), "8");
    /* roles: nobody hands out what he does not hold */
    SAYS("", "grantPermission(address,uint8,uint64)", ACCOUNT(02), "16", "0");
    w.sender = b;
    SAYS("MissingPermission", "setRole(bytes32,uint256)", role, "512");
    SAYS("", "setRole(bytes32,uint256)", role, "256");
    w.sender = a;
    SAYS("", "setRole(bytes32,uint256)", role, "768");
    w.sender = b;
    SAYS("MissingPermission", "addMember(bytes32,address,uint64)", role, ACCOUNT(04), "0");
    w.sender = a;
    SAYS("", "addMember(bytes32,address,uint64)", role, ACCOUNT(04), "1000020");
    SAYS("(true)", "hasRole(bytes32,address)(bool)", role, ACCOUNT(04));
    SAYS("(true)", "hasPermission(address,uint8)(bool)", ACCOUNT(04), "9");
    w.vm.block.timestamp = 1000020;
    SAYS("(false)", "hasRole(bytes32,address)(bool)", role, ACCOUNT(04));
    SAYS("(false)", "hasPermission(address,uint8)(bool)", ACCOUNT(04), "9");
    ghost_world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_needs_its_signature),
        cmocka_unit_test(a_rotation_clears_a_delegation),
        cmocka_unit_test(post_quantum_keys),
        cmocka_unit_test(guardians_recover),
        cmocka_unit_test(identities),
        cmocka_unit_test(verify_by_identity),
        cmocka_unit_test(permissions_and_roles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
