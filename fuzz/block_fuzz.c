/* Whatever decodes as a block encodes to the very bytes it came from, and its roots can be computed. */
#include "chain/block.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gvm_block block;
    gvm_bytes in = gvm_bytes_make(data, size);
    gvm_hash root;
    if (gvm_block_decode(&block, in, NULL) != GVM_OK) return 0;
    gvm_buf out = {0};
    gvm_block_encode(&out, &block);
    GVM_ASSERT(gvm_bytes_equal(gvm_buf_bytes(&out), in));
    GVM_ASSERT(gvm_block_transactions_root(&root, &block) == GVM_OK);
    GVM_ASSERT(gvm_block_ommers_hash(&root, &block) == GVM_OK);
    if (block.has_withdrawals) GVM_ASSERT(gvm_block_withdrawals_root(&root, &block) == GVM_OK);
    gvm_block_free(&block);
    gvm_buf_free(&out);
    return 0;
}
