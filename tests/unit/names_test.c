#include "system/names.h"

#include "support/ghost_world.h"
#include "system/permissions.h"
#include "system/tokens.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECRET "0x5ec2e70000000000000000000000000000000000000000000000000000000001"
#define ALICE  "0xac00000000000000000000000000000000000001"
#define BOB    "0xac00000000000000000000000000000000000002"
#define CAROL  "0xac00000000000000000000000000000000000003"
#define LIMIT  "1000000000000000000000000"
#define YEAR   (365u * 24 * 3600)

static gvm_address names;

static void open_world(ghost_world *w) {
    ghost_world_open(w);
    names = gvm_names_address;
    gvm_cells tokens = gvm_cells_of_vm(&w->vm, &gvm_tokens_address);
    for (uint8_t n = 1; n < 4; n++) {
        gvm_address a = ghost_account(n);
        gvm_token_give(&tokens, GVM_TOKEN_GHOST, &a,
                       gvm_u256_mul(gvm_u256_from_u64(100), gvm_token_unit()));
    }
    assert_int_equal(tokens.outcome, GVM_OUT_SUCCESS);
}

/* As an administrator would: all permissions. */
static void make_admin(ghost_world *w, const gvm_address *account) {
    gvm_cells cells = gvm_cells_of_vm(&w->vm, &gvm_identities_address);
    gvm_u256 bits = gvm_u256_from_u64(1ull << GVM_PERMISSION_ADMIN_ACCESS);
    gvm_cells_store(&cells,
                    gvm_cell_map_address(gvm_cell(GVM_IDENTITIES_SLOT_PERMISSIONS), account),
                    gvm_permissions_word(bits));
}

static const char *expect(ghost_world *w, const char *text, const char *expected) {
    (void)w;
    assert_string_equal(text, expected);
    return text;
}
#define CALL(expected, signature, ...) \
    expect(&w, GHOST_CALL(&w, &names, signature, ##__VA_ARGS__), expected)

static void commit(ghost_world *w, const char *name, const char *owner, const char *payer,
                   const char *years, const char *records) {
    char commitment[80];
    (void)snprintf(
        commitment, sizeof commitment, "%s",
        GHOST_CALL(w, &names,
                   "makeCommitment(string,address,address,uint32,(uint16,uint32,bytes)[],"
                   "bytes32)(bytes32)",
                   name, owner, payer, years, records, SECRET));
    assert_int_equal(w->result.outcome, GVM_OUT_SUCCESS);
    commitment[67] = 0; /* "(0x..)" */
    (void)GHOST_CALL(w, &names, "commit(bytes32)", commitment + 1);
    assert_int_equal(w->result.outcome, GVM_OUT_SUCCESS);
}

static const char *reveal(ghost_world *w, const char *name, const char *owner, const char *years,
                          const char *records) {
    return GHOST_CALL(w, &names,
                      "register(string,address,uint32,(uint16,uint32,bytes)[],bytes32,uint256)",
                      name, owner, years, records, SECRET, LIMIT);
}

static void have(ghost_world *w, const char *name) {
    commit(w, name, ALICE, ALICE, "1", "[]");
    w->vm.block.timestamp += 60;
    expect(w, reveal(w, name, ALICE, "1", "[]"), "");
}

static void register_and_read(void **state) {
    (void)state;
    ghost_world w;
    open_world(&w);
    CALL("(true)", "available(string)(bool)", "alice.ghost");
    CALL("(1000000000000000000,0)", "price(string,uint32)(uint256,uint256)", "alice.ghost", "1");
    have(&w, "alice.ghost");
    CALL("(false)", "available(string)(bool)", "alice.ghost");
    CALL("(" ALICE ")", "owner(string)(address)", "alice.ghost");
    CALL("(" ALICE ")", "resolve(string)(address)", "alice.ghost");
    CALL("(1,[\"alice.ghost\"])", "namesOf(address,uint256,uint256)(uint256,string[])", ALICE, "0",
         "10");
    CALL("(1,[\"alice.ghost\"])", "namesUnder(string,uint256,uint256)(uint256,string[])", "ghost",
         "0", "10");
    CALL("(1,0,1,1000000000000000000)", "getTld(string)(uint8,uint8,uint64,uint256)", "ghost");
    /* the price went from Alice to the treasury */
    gvm_address face = gvm_token_face(GVM_TOKEN_GHOST);
    expect(&w, GHOST_CALL(&w, &face, "balanceOf(address)(uint256)", ALICE),
           "(99000000000000000000)");
    ghost_world_close(&w);
}

static void commitments(void **state) {
    (void)state;
    ghost_world w;
    open_world(&w);
    (void)reveal(&w, "alice.ghost", ALICE, "1", "[]");
    assert_memory_equal(w.text, "CommitmentMissing", 17);
    commit(&w, "alice.ghost", ALICE, ALICE, "1", "[]");
    w.vm.block.timestamp += 59;
    (void)reveal(&w, "alice.ghost", ALICE, "1", "[]");
    assert_memory_equal(w.text, "CommitmentTooNew", 16);
    w.vm.block.timestamp += 1;
    /* everything is bound: owner, years, records, payer, name */
    (void)reveal(&w, "alice.ghost", BOB, "1", "[]");
    assert_memory_equal(w.text, "CommitmentMissing", 17);
    (void)reveal(&w, "alice.ghost", ALICE, "2", "[]");
    assert_memory_equal(w.text, "CommitmentMissing", 17);
    (void)reveal(&w, "alice.ghost", ALICE, "1", "[(1,300,0x7f000001)]");
    assert_memory_equal(w.text, "CommitmentMissing", 17);
    (void)reveal(&w, "alicf.ghost", ALICE, "1", "[]");
    assert_memory_equal(w.text, "CommitmentMissing", 17);
    w.sender = ghost_account(2);
    (void)reveal(&w, "alice.ghost", ALICE, "1", "[]");
    assert_memory_equal(w.text, "CommitmentMissing", 17);
    w.sender = ghost_account(1);
    /* a live one cannot be made again; a day later, to the second, it is still good */
    char again[80];
    (void)snprintf(again, sizeof again, "%s",
                   GHOST_CALL(&w, &names,
                              "makeCommitment(string,address,address,uint32,(uint16,uint32,bytes)[]"
                              ",bytes32)(bytes32)",
                              "alice.ghost", ALICE, ALICE, "1", "[]", SECRET));
    again[67] = 0;
    w.vm.block.timestamp += 86400 - 60;
    (void)GHOST_CALL(&w, &names, "commit(bytes32)", again + 1);
    assert_memory_equal(w.text, "CommitmentLive", 14);
    w.vm.block.timestamp += 1;
    (void)reveal(&w, "alice.ghost", ALICE, "1", "[]");
    assert_memory_equal(w.text, "CommitmentMissing", 17);
    CALL("", "commit(bytes32)", again + 1);
    w.vm.block.timestamp += 86400;
    expect(&w, reveal(&w, "alice.ghost", ALICE, "1", "[]"), "");
    /* used up */
    (void)reveal(&w, "alice.ghost", ALICE, "1", "[]");
    assert_memory_equal(w.text, "DomainAlreadyExists", 19);
    ghost_world_close(&w);
}

static void names_that_cannot_be(void **state) {
    (void)state;
    ghost_world w;
    open_world(&w);
    static const char *const bad[] = {"Alice.ghost",
                                      "a_b.ghost",
                                      "alice",
                                      "ghost",
                                      "alice.eth",
                                      "a.alice.ghost",
                                      "x.tmp",
                                      "x.warp",
                                      "abc.ghost",
                                      "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed.ghost",
                                      "ghost5aaeb6053f3e94c9b9a09f33669435e7ef1beaed.ghost",
                                      "5aaeb6053f3e94c9b9a09f33669435e7.ghost",
                                      "-a.bc",
                                      "\xd0\xb0pple.bc"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)reveal(&w, bad[i], ALICE, "1", "[]");
        if (memcmp(w.text, "InvalidDomain", 13) != 0) fail_msg("%s: %s", bad[i], w.text);
    }
    /* governance may have the reserved ones */
    have(&w, "dev.ghost");
    gvm_address alice = ghost_account(1);
    make_admin(&w, &alice);
    have(&w, "abc.ghost");
    have(&w, "x.warp");
    (void)reveal(&w, "x.tmp", ALICE, "1", "[]");
    assert_memory_equal(w.text, "InvalidDomain", 13);
    ghost_world_close(&w);
}

/* The table of the formats: 1, 0.5, 0.1, 0.05 GHOST a year; 10, 5, 2, 1.5 times for short ones. */
static void prices(void **state) {
    (void)state;
    ghost_world w;
    open_world(&w);
    static const struct {
        const char *name, *years, *price;
    } cases[] = {
        {"alice.ghost", "1", "1000000000000000000"},
        {"alice.ghost", "10", "10000000000000000000"},
        {"node.ghost", "1", "1500000000000000000"},
        {"alice.gcc", "1", "500000000000000000"},
        {"alice.sig", "1", "500000000000000000"},
        {"alice.key", "1", "100000000000000000"},
        {"alice.bc", "1", "50000000000000000"},
        {"a.bc", "1", "500000000000000000"},
        {"ab.bc", "1", "250000000000000000"},
        {"abc.bc", "1", "100000000000000000"},
        {"abcd.bc", "1", "75000000000000000"},
        {"\xed\x95\x9c\xea\xb5\xad.bc", "1", "250000000000000000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char expected[80];
        (void)snprintf(expected, sizeof expected, "(%s,0)", cases[i].price);
        CALL(expected, "price(string,uint32)(uint256,uint256)", cases[i].name, cases[i].years);
    }
    (void)GHOST_CALL(&w, &names, "price(string,uint32)", "alice.bc", "0");
    assert_memory_equal(w.text, "InvalidYears", 12);
    (void)GHOST_CALL(&w, &names, "price(string,uint32)", "alice.bc", "11");
    assert_memory_equal(w.text, "InvalidYears", 12);
    ghost_world_close(&w);
}

static void a_name_through_time(void **state) {
    (void)state;
    ghost_world w;
    open_world(&w);
    have(&w, "alice.ghost");
    uint64_t expires = w.vm.block.timestamp + YEAR;
    CALL("", "setRecord(string,uint16,bytes)", "alice.ghost", "1", "0x7f000001");
    CALL("", "setSubname(string,address)", "www.alice.ghost", CAROL);
    w.vm.block.timestamp = expires - 1;
    CALL("", "setRecord(string,uint16,bytes)", "alice.ghost", "1", "0x7f000002");
    w.vm.block.timestamp = expires; /* grace begins */
    (void)GHOST_CALL(&w, &names, "setRecord(string,uint16,bytes)", "alice.ghost", "1",
                     "0x7f000001");
    assert_memory_equal(w.text, "DomainExpired", 13);
    CALL("(" ALICE ")", "resolve(string)(address)", "alice.ghost");
    CALL("(" CAROL ")", "owner(string)(address)", "www.alice.ghost");
    w.vm.block.timestamp = expires + 30 * 86400 - 1;
    CALL("(false)", "available(string)(bool)", "alice.ghost");
    w.vm.block.timestamp++; /* grace is over */
    (void)GHOST_CALL(&w, &names, "renew(string,uint32)", "alice.ghost", "1");
    assert_memory_equal(w.text, "DomainNotFound", 14);
    (void)GHOST_CALL(&w, &names, "resolve(string)(address)", "alice.ghost");
    assert_memory_equal(w.text, "DomainNotFound", 14);
    CALL("(true)", "available(string)(bool)", "alice.ghost");
    CALL("(1000000000000000000,100000000000000000000)", "price(string,uint32)(uint256,uint256)",
         "alice.ghost", "1");
    w.vm.block.timestamp += 21 * 86400 / 2;
    CALL("(1000000000000000000,50000000000000000000)", "price(string,uint32)(uint256,uint256)",
         "alice.ghost", "1");
    w.vm.block.timestamp += 21 * 86400 / 2;
    CALL("(1000000000000000000,0)", "price(string,uint32)(uint256,uint256)", "alice.ghost", "1");
    /* another's now: records and sub-names are void */
    w.sender = ghost_account(2);
    commit(&w, "alice.ghost", BOB, BOB, "1", "[(16,300,0x0162)]");
    w.vm.block.timestamp += 60;
    expect(&w, reveal(&w, "alice.ghost", BOB, "1", "[(16,300,0x0162)]"), "");
    CALL("(0,[])", "getRecords(string,uint16)(uint32,bytes[])", "alice.ghost", "1");
    CALL("(300,[0x0162])", "getRecords(string,uint16)(uint32,bytes[])", "alice.ghost", "16");
    CALL("([16])", "recordTypes(string)(uint16[])", "alice.ghost");
    (void)GHOST_CALL(&w, &names, "owner(string)(address)", "www.alice.ghost");
    assert_memory_equal(w.text, "DomainNotFound", 14);
    CALL("(0,[])", "namesOf(address,uint256,uint256)(uint256,string[])", ALICE, "0", "9");
    CALL("(1,[\"alice.ghost\"])", "namesOf(address,uint256,uint256)(uint256,string[])", BOB, "0",
         "9");
    ghost_world_close(&w);
}

static void records(void **state) {
    (void)state;
    ghost_world w;
    open_world(&w);
    have(&w, "alice.ghost");
    CALL("", "setRecords(string,uint16,uint32,bytes[])", "alice.ghost", "1", "600",
         "[0x7f000001,0x7f000002]");
    CALL("(600,[0x7f000001,0x7f000002])", "getRecords(string,uint16)(uint32,bytes[])",
         "alice.ghost", "1");
    static const char *const bad[][4] = {
        {"1", "300", "[0x7f0000]", "InvalidRecord"},  {"6", "300", "[0x00]", "InvalidRecord"},
        {"5", "300", "[0x00,0x00]", "InvalidRecord"}, {"2", "300", "[0x0141]", "InvalidRecord"},
        {"1", "59", "[0x7f000001]", "InvalidTtl"},    {"1", "86401", "[0x7f000001]", "InvalidTtl"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)GHOST_CALL(&w, &names, "setRecords(string,uint16,uint32,bytes[])", "alice.ghost",
                         bad[i][0], bad[i][1], bad[i][2]);
        assert_memory_equal(w.text, bad[i][3], strlen(bad[i][3]));
    }
    /* a contract's record leads calls and payments */
    CALL("", "setRecord(string,uint16,bytes)", "alice.ghost", "65282",
         "0xc000000000000000000000000000000000000001");
    CALL("(0xc000000000000000000000000000000000000001)", "resolve(string)(address)", "alice.ghost");
    CALL("([1,65282])", "recordTypes(string)(uint16[])", "alice.ghost");
    CALL("", "setRecords(string,uint16,uint32,bytes[])", "alice.ghost", "1", "300", "[]");
    CALL("([65282])", "recordTypes(string)(uint16[])", "alice.ghost");
    /* strangers, the manager, and the manager's limits */
    w.sender = ghost_account(2);
    (void)GHOST_CALL(&w, &names, "setRecord(string,uint16,bytes)", "alice.ghost", "1",
                     "0x7f000001");
    assert_memory_equal(w.text, "Unauthorized", 12);
    w.sender = ghost_account(1);
    CALL("", "setManager(string,address)", "alice.ghost", BOB);
    w.sender = ghost_account(2);
    CALL("", "setRecord(string,uint16,bytes)", "alice.ghost", "1", "0x7f000001");
    (void)GHOST_CALL(&w, &names, "setManager(string,address)", "alice.ghost", CAROL);
    assert_memory_equal(w.text, "Unauthorized", 12);
    (void)GHOST_CALL(&w, &names, "transferName(string,address)", "alice.ghost", CAROL);
    assert_memory_equal(w.text, "ERC721InsufficientApproval", 26);
    w.is_static = true;
    (void)GHOST_CALL(&w, &names, "setRecord(string,uint16,bytes)", "alice.ghost", "1",
                     "0x7f000001");
    assert_string_equal(w.text, "STATIC_VIOLATION");
    ghost_world_close(&w);
}

static void sub_names(void **state) {
    (void)state;
    ghost_world w;
    open_world(&w);
    have(&w, "alice.ghost");
    CALL("", "setSubname(string,address)", "www.alice.ghost", BOB);
    CALL("", "setSubname(string,address)", "mail.alice.ghost", ALICE);
    CALL("(2,[\"www.alice.ghost\",\"mail.alice.ghost\"])",
         "subnames(string,uint256,uint256)(uint256,string[])", "alice.ghost", "0", "10");
    w.sender = ghost_account(2);
    CALL("", "setSubname(string,address)", "a.www.alice.ghost", CAROL);
    (void)GHOST_CALL(&w, &names, "setSubname(string,address)", "x.alice.ghost", BOB);
    assert_memory_equal(w.text, "Unauthorized", 12);
    CALL("(" CAROL ")", "owner(string)(address)", "a.www.alice.ghost");
    /* given anew, what hung below is gone */
    w.sender = ghost_account(1);
    CALL("", "setSubname(string,address)", "www.alice.ghost", CAROL);
    (void)GHOST_CALL(&w, &names, "owner(string)(address)", "a.www.alice.ghost");
    assert_memory_equal(w.text, "DomainNotFound", 14);
    CALL("", "setSubname(string,address)", "www.alice.ghost",
         "0x0000000000000000000000000000000000000000");
    CALL("(1,[\"mail.alice.ghost\"])", "subnames(string,uint256,uint256)(uint256,string[])",
         "alice.ghost", "0", "10");
    (void)GHOST_CALL(&w, &names, "owner(string)(address)", "www.alice.ghost");
    assert_memory_equal(w.text, "DomainNotFound", 14);
    ghost_world_close(&w);
}

static void tokens(void **state) {
    (void)state;
    ghost_world w;
    open_world(&w);
    have(&w, "alice.ghost");
    have(&w, "bee.bc");
    gvm_hash node;
    char id[67];
    gvm_namehash(&node, gvm_bytes_str("alice.ghost"));
    id[gvm_hex_data_hash(id, &node)] = 0;
    CALL("(2)", "balanceOf(address)(uint256)", ALICE);
    CALL("(" ALICE ")", "ownerOf(uint256)(address)", id);
    CALL("(true)", "supportsInterface(bytes4)(bool)", "0x80ac58cd");
    /* the owner must hold TransferDomain, which new accounts do not */
    (void)GHOST_CALL(&w, &names, "transferFrom(address,address,uint256)", ALICE, BOB, id);
    assert_memory_equal(w.text, "MissingPermission", 17);
    gvm_address alice = ghost_account(1);
    make_admin(&w, &alice);
    CALL("", "approve(address,uint256)", CAROL, id);
    w.sender = ghost_account(2);
    (void)GHOST_CALL(&w, &names, "transferFrom(address,address,uint256)", ALICE, BOB, id);
    assert_memory_equal(w.text, "ERC721InsufficientApproval", 26);
    w.sender = ghost_account(3);
    (void)GHOST_CALL(&w, &names, "transferFrom(address,address,uint256)", BOB, CAROL, id);
    assert_memory_equal(w.text, "ERC721IncorrectOwner", 20);
    CALL("", "safeTransferFrom(address,address,uint256)", ALICE, BOB, id);
    CALL("(" BOB ")", "ownerOf(uint256)(address)", id);
    CALL("(0x0000000000000000000000000000000000000000)", "getApproved(uint256)(address)", id);
    CALL("(1,[\"bee.bc\"])", "namesOf(address,uint256,uint256)(uint256,string[])", ALICE, "0", "9");
    w.sender = ghost_account(2);
    /* a contract that is no receiver refuses */
    (void)GHOST_CALL(&w, &names, "safeTransferFrom(address,address,uint256)", BOB,
                     "0x0000000000000000000000000000000000004701", id);
    assert_memory_equal(w.text, "MissingPermission", 17);
    gvm_address bob = ghost_account(2);
    make_admin(&w, &bob);
    (void)GHOST_CALL(&w, &names, "safeTransferFrom(address,address,uint256)", BOB,
                     "0x0000000000000000000000000000000000004701", id);
    assert_int_equal(w.result.outcome, GVM_OUT_REVERT);
    CALL("(" BOB ")", "ownerOf(uint256)(address)", id);
    ghost_world_close(&w);
}

static void ens_faces(void **state) {
    (void)state;
    ghost_world w;
    open_world(&w);
    have(&w, "alice.ghost");
    CALL("", "setRecord(string,uint16,bytes)", "alice.ghost", "16", "0x0b75726c3d68747470733a2f");
    CALL("", "setPrimary(string)", "alice.ghost");
    CALL("(\"alice.ghost\")", "nameOf(address)(string)", ALICE);
    gvm_address ens = gvm_system_address(0x4731), universal = gvm_system_address(0x4732);
    gvm_hash node;
    char id[67];
    gvm_namehash(&node, gvm_bytes_str("alice.ghost"));
    id[gvm_hex_data_hash(id, &node)] = 0;
    expect(&w, GHOST_CALL(&w, &ens, "resolver(bytes32)(address)", id),
           "(0x0000000000000000000000000000000000004731)");
    expect(&w, GHOST_CALL(&w, &ens, "addr(bytes32)(address)", id), "(" ALICE ")");
    expect(&w, GHOST_CALL(&w, &ens, "addr(bytes32,uint256)(bytes)", id, "60"), "(" ALICE ")");
    expect(&w, GHOST_CALL(&w, &ens, "text(bytes32,string)(string)", id, "url"), "(\"https:/\")");
    expect(&w, GHOST_CALL(&w, &ens, "text(bytes32,string)(string)", id, "ur"), "(\"\")");
    expect(
        &w,
        GHOST_CALL(&w, &universal, "reverse(bytes,uint256)(string,address,address)", ALICE, "60"),
        "(\"alice.ghost\",0x0000000000000000000000000000000000004731,"
        "0x0000000000000000000000000000000000004731)");
    char data[80];
    (void)snprintf(data, sizeof data, "0x3b3b57de%s", id + 2);
    expect(&w,
           GHOST_CALL(&w, &universal, "resolve(bytes,bytes)(bytes,address)",
                      "0x05616c6963650567686f737400", data),
           "(0x000000000000000000000000ac00000000000000000000000000000000000001,"
           "0x0000000000000000000000000000000000004731)");
    (void)GHOST_CALL(&w, &universal, "resolve(bytes,bytes)(bytes,address)",
                     "0x03626f620567686f737400", data);
    assert_memory_equal(w.text, "ResolverNotFound", 16);
    (void)GHOST_CALL(&w, &universal, "resolve(bytes,bytes)(bytes,address)", "0x0362", data);
    assert_memory_equal(w.text, "DNSDecodingFailed", 17);
    /* another's name does not stand for an account */
    w.sender = ghost_account(2);
    (void)GHOST_CALL(&w, &names, "setPrimary(string)", "alice.ghost");
    assert_memory_equal(w.text, "Unauthorized", 12);
    ghost_world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(register_and_read),
        cmocka_unit_test(commitments),
        cmocka_unit_test(names_that_cannot_be),
        cmocka_unit_test(prices),
        cmocka_unit_test(a_name_through_time),
        cmocka_unit_test(records),
        cmocka_unit_test(sub_names),
        cmocka_unit_test(tokens),
        cmocka_unit_test(ens_faces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
