/* Whatever decodes as a transaction encodes to the very bytes it came from. */
#include "exec/intrinsic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gvm_tx tx;
    gvm_bytes in = gvm_bytes_make(data, size);
    if (gvm_tx_decode(&tx, in, NULL) != GVM_OK) return 0;
    gvm_buf out = {0};
    gvm_tx_encode(&out, &tx);
    GVM_ASSERT(gvm_bytes_equal(gvm_buf_bytes(&out), in));
    (void)gvm_intrinsic_gas(&tx, gvm_rules_get(GVM_FORK_OSAKA));
    if (gvm_tx_recover(&tx, gvm_rules_get(GVM_FORK_OSAKA)) == GVM_OK && tx.auth_count > 0) {
        gvm_address signer;
        (void)!gvm_tx_auth_recover(&signer, &tx.auths[0]);
    }
    gvm_tx_free(&tx);
    gvm_buf_free(&out);
    return 0;
}
