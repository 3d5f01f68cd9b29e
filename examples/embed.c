/* Embeds libghostvm: a counter contract is deployed, called, committed, read back, and its slot
 * proven.
 *
 *     cc embed.c $(pkg-config --cflags --libs ghostvm) -o embed && ./embed */
#include <ghostvm/ghostvm.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(gvm_ledger *ledger, int status, const char *what) {
    if (status == GVM_LIB_OK) return;
    fprintf(stderr, "%s: %s (%s)\n", what, gvm_lib_status_text(status), gvm_ledger_error(ledger));
    exit(1);
}

/* Runtime code: slot 0 += 1, and return it. Init code before it copies it out. */
static const uint8_t init_code[] = {
    0x60, 0x10, 0x60, 0x0c, 0x60, 0x00, 0x39, 0x60, 0x10, 0x60,
    0x00, 0xf3, /* return the 16 bytes that follow */
    0x60, 0x00, 0x54, 0x60, 0x01, 0x01, 0x80, 0x60, 0x00, 0x55, /* sload(0) + 1, dup, sstore(0) */
    0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3,                         /* mstore(0), return(0, 32) */
};

int main(void) {
    gvm_ledger *ledger;
    char error[256];
    if (gvm_ledger_open(&ledger, NULL, error, sizeof error) != GVM_LIB_OK) {
        fprintf(stderr, "cannot open a ledger: %s\n", error);
        return 1;
    }
    uint8_t alice[20] = {0xa1}, balance[32] = {[31] = 100}, root[32], key[32] = {0};
    check(ledger, gvm_ledger_set_account(ledger, alice, 0, balance, NULL, 0), "set account");

    gvm_message_params m = {.kind = GVM_MESSAGE_CREATE,
                            .gas = 1000000,
                            .input = init_code,
                            .input_size = sizeof init_code};
    gvm_message_result r;
    memcpy(m.sender, alice, 20);
    check(ledger, gvm_ledger_execute(ledger, &m, &r), "create");
    printf("created: %s, gas left %lld\n", r.status_text, (long long)r.gas_left);
    uint8_t counter[20];
    memcpy(counter, r.created, 20);

    m = (gvm_message_params){.kind = GVM_MESSAGE_CALL, .gas = 100000};
    memcpy(m.sender, alice, 20);
    memcpy(m.to, counter, 20);
    for (int i = 0; i < 3; i++) check(ledger, gvm_ledger_execute(ledger, &m, &r), "call");
    printf("called: %s, the counter stands at %u\n", r.status_text,
           r.output_size == 32 ? r.output[31] : 0u);
    check(ledger, gvm_ledger_commit(ledger, root), "commit");

    gvm_proof *proof;
    check(ledger, gvm_ledger_prove(ledger, &proof, counter, key), "prove");
    size_t n = gvm_proof_account_nodes(proof);
    const uint8_t *nodes[64], *value;
    size_t sizes[64], value_size;
    uint8_t hashed[32];
    for (size_t i = 0; i < n && i < 64; i++) nodes[i] = gvm_proof_node(proof, i, &sizes[i]);
    gvm_lib_keccak256(hashed, counter, 20);
    check(ledger, gvm_proof_verify(&value, &value_size, root, hashed, nodes, sizes, n), "verify");
    printf("proven: the account in %zu nodes, %zu bytes of account\n", n, value_size);
    int good = r.output_size == 32 && r.output[31] == 3 && value != NULL;
    gvm_proof_free(proof);
    gvm_ledger_close(ledger);
    return good ? 0 : 1;
}
