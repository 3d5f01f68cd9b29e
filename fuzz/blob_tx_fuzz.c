/* Whatever decodes as a blob transaction with its blobs encodes to the very bytes it came from.
 * Blobs are larger than what a fuzzer makes up, so the input also describes a whole transaction and
 * a fault to put into it: version, blobs, commitments, proofs, where, what, then the transaction.
 */
#include "exec/blob_tx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_it(gvm_bytes in) {
    gvm_bytes fields;
    gvm_sidecar s;
    gvm_buf form = {0}, out = {0};
    gvm_tx tx;
    if (gvm_blob_tx_decode(&fields, &s, in, NULL) != GVM_OK) return;
    GVM_ASSERT(gvm_blob_tx_is_network(in));
    gvm_buf_put(&form, GVM_TX_BLOB);
    gvm_buf_append(&form, fields.ptr, fields.len);
    gvm_blob_tx_encode(&out, gvm_buf_bytes(&form), &s);
    GVM_ASSERT(gvm_bytes_equal(gvm_buf_bytes(&out), in));
    if (gvm_tx_decode(&tx, gvm_buf_bytes(&form), NULL) == GVM_OK) {
        if (gvm_sidecar_check(&s, tx.blob_hashes, tx.blob_hash_count, NULL) == GVM_OK)
            (void)!gvm_sidecar_verify(&s, NULL);
        gvm_tx_free(&tx);
    }
    gvm_buf_free(&form);
    gvm_buf_free(&out);
}

static void put_list(gvm_buf *out, size_t count, size_t size, uint8_t first) {
    static uint8_t member[GVM_KZG_BLOB];
    size_t list = gvm_rlp_list_begin(out);
    member[0] = first;
    for (size_t i = 0; i < count; i++) gvm_rlp_put_bytes(out, gvm_bytes_make(member, size));
    gvm_rlp_list_end(out, list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gvm_buf wire = {0};
    try_it(gvm_bytes_make(data, size));
    if (size < 10) return 0;
    gvm_buf_put(&wire, GVM_TX_BLOB);
    size_t list = gvm_rlp_list_begin(&wire);
    gvm_rlp_put_raw(&wire, gvm_bytes_make(data + 9, size - 9));
    if (data[0] < 3) gvm_rlp_put_u64(&wire, data[0]);
    put_list(&wire, data[1] % 3, GVM_KZG_BLOB - (data[1] >> 7), 0);
    put_list(&wire, data[2] % 3, GVM_KZG_POINT + (data[2] >> 7), 0xc0);
    put_list(&wire, data[3], GVM_KZG_POINT, 0xc0);
    gvm_rlp_list_end(&wire, list);
    size_t at = ((size_t)data[4] << 16 | (size_t)data[5] << 8 | data[6]) % wire.len;
    wire.ptr[at] ^= data[7];
    if (data[8] & 1) wire.ptr[(at & 0xff) % wire.len] ^= data[8];
    try_it(gvm_buf_bytes(&wire));
    gvm_buf_free(&wire);
    return 0;
}
