/* Blob transactions in their network form: c-kzg-4844's cases wrapped into transactions, and the
 * one that the JSON-RPC specification sends. The wire form is written here item by item. */
#include "exec/blob_tx.h"

#include "support/curve_vectors.h"
#include "support/kzg_yaml.h"
#include "support/vectors.h"

/* Members of one list, each of any length. */
typedef struct members {
    gvm_buf rlp; /* the list's inside */
    size_t count;
    gvm_buf bytes; /* one after another */
} members;

static void members_add(members *m, gvm_bytes v) {
    gvm_rlp_put_bytes(&m->rlp, v);
    gvm_buf_append(&m->bytes, v.ptr, v.len);
    m->count++;
}

static members members_read(gvm_bytes value) {
    members m = {0};
    gvm_buf one = {0};
    size_t at = 0;
    while (next_hex(&one, value, &at)) members_add(&m, gvm_buf_bytes(&one));
    gvm_buf_free(&one);
    return m;
}

static void members_free(members *m) {
    gvm_buf_free(&m->rlp);
    gvm_buf_free(&m->bytes);
}

static void put_members(gvm_buf *out, const members *m) {
    size_t list = gvm_rlp_list_begin(out);
    gvm_buf_append(out, m->rlp.ptr, m->rlp.len);
    gvm_rlp_list_end(out, list);
}

static gvm_hash hashes[64];

/* A transaction that names the commitments, in the form of blocks; of members of a wrong size the
 * hash is any. */
static void block_form(gvm_buf *out, const members *commitments) {
    gvm_tx tx = {.type = GVM_TX_BLOB,
                 .chain_id = 1,
                 .blob_hashes = hashes,
                 .blob_hash_count = commitments->count,
                 .r = gvm_u256_from_u64(1),
                 .s = gvm_u256_from_u64(1)};
    bool sized = commitments->bytes.len == commitments->count * GVM_KZG_POINT;
    for (size_t i = 0; sized && i < commitments->count; i++)
        gvm_kzg_versioned_hash(&hashes[i], commitments->bytes.ptr + i * GVM_KZG_POINT);
    gvm_tx_encode(out, &tx);
}

static gvm_buf wire_form(const members *blobs, const members *commitments, const members *proofs,
                         int version) {
    gvm_buf form = {0}, out = {0};
    block_form(&form, commitments);
    gvm_buf_put(&out, GVM_TX_BLOB);
    size_t list = gvm_rlp_list_begin(&out);
    gvm_buf_append(&out, form.ptr + 1, form.len - 1);
    if (version >= 0) gvm_rlp_put_u64(&out, (uint64_t)version);
    put_members(&out, blobs);
    put_members(&out, commitments);
    put_members(&out, proofs);
    gvm_rlp_list_end(&out, list);
    gvm_buf_free(&form);
    assert_int_equal(gvm_buf_status(&out), GVM_OK);
    return out;
}

/* What a node answers to it; encoding what was decoded gives the same bytes. */
static gvm_status verdict(gvm_bytes wire, size_t count) {
    gvm_bytes fields;
    gvm_sidecar sidecar;
    gvm_buf form = {0}, again = {0};
    gvm_error err = {0};
    assert_true(gvm_blob_tx_is_network(wire));
    GVM_TRY(gvm_blob_tx_decode(&fields, &sidecar, wire, &err));
    gvm_buf_put(&form, GVM_TX_BLOB);
    gvm_buf_append(&form, fields.ptr, fields.len);
    assert_false(gvm_blob_tx_is_network(gvm_buf_bytes(&form)));
    gvm_blob_tx_encode(&again, gvm_buf_bytes(&form), &sidecar);
    assert_true(gvm_bytes_equal(gvm_buf_bytes(&again), wire));
    gvm_buf_free(&form);
    gvm_buf_free(&again);
    GVM_TRY(gvm_sidecar_check(&sidecar, hashes, count, &err));
    return gvm_sidecar_verify(&sidecar, &err);
}

static members input_members(gvm_bytes text, const char *key) {
    yaml in = {0}, v = {0};
    assert_true(yaml_get(&in, text, 0, "input") && yaml_get(&v, in.text, 2, key));
    return members_read(v.text);
}

static bool output_is(gvm_bytes text, const char *word) {
    yaml out = {0};
    assert_true(yaml_get(&out, text, 0, "output"));
    return out.text.len > strlen(word) && memcmp(out.text.ptr + 1, word, strlen(word)) == 0;
}

static void run_batch(void *context, const char *name, gvm_bytes data) {
    vector_count *count = context;
    members blobs = input_members(data, "blobs"), commitments = input_members(data, "commitments"),
            proofs = input_members(data, "proofs");
    gvm_buf wire = wire_form(&blobs, &commitments, &proofs, -1);
    gvm_status status = verdict(gvm_buf_bytes(&wire), commitments.count);
    bool ok = output_is(data, "true")
                  ? status == GVM_OK
                  : status == GVM_ERR_TX_BLOB_PROOF ||
                        (output_is(data, "null") && status == GVM_ERR_TX_BLOB_SIDECAR);
    vector_check(count, ok, "verify_blob_kzg_proof_batch", name);
    gvm_buf_free(&wire);
    members_free(&blobs);
    members_free(&commitments);
    members_free(&proofs);
}

static void test_blob_proofs(void **state) {
    (void)state;
    vector_count count = {.what = "blob proofs in transactions"};
    assert_true(vectors_each("crypto/kzg-4844-7594/verify_blob_kzg_proof_batch.tar.zst",
                             "data.yaml", NULL, run_batch, &count) > 0);
    assert_true(vector_report(&count));
}

/* The transaction with blob proofs, converted, is the one with the cell proofs of the case. */
static bool converts(const members *blobs, const members *commitments, gvm_bytes cell_wire) {
    gvm_bytes fields;
    gvm_sidecar sidecar;
    members proof = {0};
    gvm_buf form = {0}, converted = {0};
    uint8_t point[GVM_KZG_POINT];
    assert_int_equal(gvm_kzg_compute_blob_proof(point, blobs->bytes.ptr, commitments->bytes.ptr),
                     GVM_OK);
    members_add(&proof, gvm_bytes_make(point, sizeof point));
    gvm_buf wire = wire_form(blobs, commitments, &proof, -1);
    assert_int_equal(gvm_blob_tx_decode(&fields, &sidecar, gvm_buf_bytes(&wire), NULL), GVM_OK);
    assert_int_equal(gvm_sidecar_verify(&sidecar, NULL), GVM_OK);
    block_form(&form, commitments);
    assert_int_equal(gvm_blob_tx_to_cell_proofs(&converted, gvm_buf_bytes(&form), &sidecar),
                     GVM_OK);
    bool same = gvm_bytes_equal(gvm_buf_bytes(&converted), cell_wire);
    members_free(&proof);
    gvm_buf_free(&form);
    gvm_buf_free(&wire);
    gvm_buf_free(&converted);
    return same;
}

static void run_cells(void *context, const char *name, gvm_bytes data) {
    vector_count *count = context;
    members blobs = input_members(data, "blob"), proofs = {0}, commitments = {0}, swapped = {0};
    yaml out = {0};
    uint8_t commitment[GVM_KZG_POINT];
    if (blobs.bytes.len == GVM_KZG_BLOB && !output_is(data, "null") &&
        gvm_kzg_blob_to_commitment(commitment, blobs.bytes.ptr) == GVM_OK) {
        assert_true(yaml_get(&out, data, 0, "output"));
        members all = members_read(out.text);
        assert_int_equal(all.count, 2 * GVM_KZG_CELL_COUNT);
        const uint8_t *first = all.bytes.ptr + (size_t)GVM_KZG_CELL_COUNT * GVM_KZG_CELL;
        for (size_t i = 0; i < GVM_KZG_CELL_COUNT; i++) {
            members_add(&proofs, gvm_bytes_make(first + i * GVM_KZG_POINT, GVM_KZG_POINT));
            members_add(&swapped, gvm_bytes_make(first + (i ^ 1) * GVM_KZG_POINT, GVM_KZG_POINT));
        }
        members_add(&commitments, gvm_bytes_make(commitment, sizeof commitment));
        gvm_buf wire = wire_form(&blobs, &commitments, &proofs, 1);
        gvm_buf wrong = wire_form(&blobs, &commitments, &swapped, 1);
        gvm_buf unknown = wire_form(&blobs, &commitments, &proofs, 2);
        gvm_buf missing = wire_form(&blobs, &commitments, &proofs, -1);
        bool constant = memcmp(first, first + GVM_KZG_POINT, GVM_KZG_POINT) == 0;
        bool ok = verdict(gvm_buf_bytes(&wire), 1) == GVM_OK &&
                  converts(&blobs, &commitments, gvm_buf_bytes(&wire)) &&
                  (constant || verdict(gvm_buf_bytes(&wrong), 1) == GVM_ERR_TX_BLOB_PROOF) &&
                  verdict(gvm_buf_bytes(&unknown), 1) == GVM_ERR_TX_BLOB_SIDECAR &&
                  verdict(gvm_buf_bytes(&missing), 1) == GVM_ERR_TX_BLOB_SIDECAR &&
                  verdict(gvm_buf_bytes(&wire), 2) == GVM_ERR_TX_BLOB_SIDECAR;
        hashes[0].b[7] ^= 1;
        ok = ok && verdict(gvm_buf_bytes(&wire), 1) == GVM_ERR_TX_BLOB_SIDECAR;
        vector_check(count, ok, "compute_cells_and_kzg_proofs", name);
        gvm_buf_free(&wire);
        gvm_buf_free(&wrong);
        gvm_buf_free(&unknown);
        gvm_buf_free(&missing);
        members_free(&all);
    }
    members_free(&blobs);
    members_free(&proofs);
    members_free(&commitments);
    members_free(&swapped);
}

static void test_cell_proofs(void **state) {
    (void)state;
    vector_count count = {.what = "cell proofs in transactions"};
    assert_true(vectors_each("crypto/kzg-4844-7594/compute_cells_and_kzg_proofs.tar.zst",
                             "data.yaml", NULL, run_cells, &count) > 0);
    assert_true(vector_report(&count));
}

static void run_spec_case(void *context, const char *name, gvm_bytes data) {
    size_t *seen = context;
    (void)name;
    char *text = strndup((const char *)data.ptr, data.len);
    char *raw = strstr(text, "\"params\":[\"0x"), *answer = strstr(text, "\"result\":\"0x");
    assert_non_null(raw);
    assert_non_null(answer);
    raw += strlen("\"params\":[\"");
    answer += strlen("\"result\":\"");
    *strchr(raw, '"') = '\0';
    *strchr(answer, '"') = '\0';
    gvm_buf wire = {0}, hash = {0}, form = {0};
    assert_true(vector_hex_text(&wire, raw) && vector_hex_text(&hash, answer));
    gvm_bytes fields;
    gvm_sidecar sidecar;
    gvm_tx tx;
    assert_int_equal(gvm_blob_tx_decode(&fields, &sidecar, gvm_buf_bytes(&wire), NULL), GVM_OK);
    assert_int_equal(sidecar.version, GVM_SIDECAR_CELL_PROOFS);
    gvm_buf_put(&form, GVM_TX_BLOB);
    gvm_buf_append(&form, fields.ptr, fields.len);
    assert_int_equal(gvm_tx_decode(&tx, gvm_buf_bytes(&form), NULL), GVM_OK);
    assert_int_equal(gvm_sidecar_check(&sidecar, tx.blob_hashes, tx.blob_hash_count, NULL), GVM_OK);
    assert_int_equal(gvm_sidecar_verify(&sidecar, NULL), GVM_OK);
    assert_memory_equal(tx.hash.b, hash.ptr, 32);
    gvm_tx_free(&tx);
    gvm_buf_free(&wire);
    gvm_buf_free(&hash);
    gvm_buf_free(&form);
    free(text);
    *seen += 1;
}

static void test_spec_transaction(void **state) {
    (void)state;
    size_t seen = 0;
    vectors_each("ethereum/execution-apis/eth_sendRawTransaction", "send-blob-tx.io", NULL,
                 run_spec_case, &seen);
    assert_int_equal(seen, 1);
}

int main(void) {
    vector_need("crypto/kzg-4844-7594");
    vector_need("ethereum/execution-apis");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blob_proofs),
        cmocka_unit_test(test_cell_proofs),
        cmocka_unit_test(test_spec_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
