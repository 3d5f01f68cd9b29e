/* The public library: a face on the durable state, the journaled state and the machine. */
#include "ghostvm/ghostvm.h"

#include "crypto/keccak.h"
#include "state/db.h"
#include "system/precompiles.h"
#include "trie/proof.h"
#include "vm/vm.h"

#include <stdio.h>
#include <stdlib.h>

struct gvm_ledger {
    gvm_store *store;
    gvm_statedb *db;
    gvm_stateview *view; /* of the last version */
    gvm_state *state;    /* over the view: what is not committed */
    gvm_vm vm;
    uint64_t version;
    gvm_buf logs; /* gvm_log_entry of the last execute */
    gvm_error error;
};

struct gvm_proof {
    gvm_account_proof proof;
};

/* ---- errors */

static int code_of(gvm_status s) {
    switch (s) {
    case GVM_OK: return GVM_LIB_OK;
    case GVM_ERR_NOMEM: return GVM_LIB_NO_MEMORY;
    case GVM_ERR_ARGUMENT:
    case GVM_ERR_RANGE: return GVM_LIB_ARGUMENT;
    case GVM_ERR_NOT_FOUND: return GVM_LIB_NOT_FOUND;
    case GVM_ERR_BUSY: return GVM_LIB_BUSY;
    case GVM_ERR_IO:
    case GVM_ERR_PERMISSION: return GVM_LIB_IO;
    case GVM_ERR_CORRUPT: return GVM_LIB_CORRUPT;
    case GVM_ERR_FULL: return GVM_LIB_NO_SPACE;
    case GVM_ERR_PROOF: return GVM_LIB_PROOF;
    default: return GVM_LIB_FAILED;
    }
}

/* Notes a failure that has no words of its own yet. */
static int answer(gvm_ledger *l, gvm_status s) {
    if (s != GVM_OK && l->error.code != s)
        (void)gvm_error_set(&l->error, s, "%s", gvm_status_text(s));
    return code_of(s);
}

static void begin(gvm_ledger *l) {
    l->error.code = GVM_OK;
    l->error.text[0] = '\0';
}

const char *gvm_lib_version(void) {
    return GVM_VERSION;
}

const char *gvm_lib_status_text(int status) {
    switch (status) {
    case GVM_LIB_OK: return "success";
    case GVM_LIB_NO_MEMORY: return "out of memory";
    case GVM_LIB_ARGUMENT: return "an argument is not valid";
    case GVM_LIB_NOT_FOUND: return "not found";
    case GVM_LIB_BUSY: return "in use by another process";
    case GVM_LIB_IO: return "input or output failed";
    case GVM_LIB_CORRUPT: return "stored data is damaged";
    case GVM_LIB_NO_SPACE: return "no space left";
    case GVM_LIB_PROOF: return "the proof does not hold";
    case GVM_LIB_FAILED: return "failed";
    default: return "unknown status";
    }
}

const char *gvm_ledger_error(const gvm_ledger *l) {
    return l->error.code == GVM_OK ? "" : gvm_error_text(&l->error);
}

/* ---- opening */

/* Points the state at the last version. */
static gvm_status reload(gvm_ledger *l) {
    gvm_stateview *view;
    gvm_store_txn *txn;
    uint64_t head = 0, oldest;
    GVM_TRY(gvm_store_read_begin(&txn, l->store));
    gvm_status status = gvm_statedb_range(l->db, &head, &oldest, txn);
    gvm_store_read_end(txn);
    if (status == GVM_ERR_NOT_FOUND)
        status = gvm_statedb_view_empty(&view, l->db);
    else if (status == GVM_OK)
        status = gvm_statedb_view_open(&view, l->db, head);
    GVM_TRY(status);
    gvm_statedb_view_close(l->view);
    l->view = view;
    l->version = head;
    if (l->state != NULL) gvm_state_reset(l->state, gvm_statedb_reader(view));
    return GVM_OK;
}

static gvm_status open_ledger(gvm_ledger *l, const char *folder) {
    if (folder == NULL)
        GVM_TRY(gvm_store_open_memory(&l->store));
    else
        GVM_TRY(gvm_store_open(&l->store, NULL, folder, NULL, &l->error));
    GVM_TRY(gvm_statedb_open(&l->db, l->store, &l->error));
    GVM_TRY(reload(l));
    GVM_TRY(gvm_state_new(&l->state, gvm_statedb_reader(l->view)));
    GVM_TRY(gvm_vm_init(&l->vm, l->state));
    l->vm.natives = gvm_precompile_lookup;
    return GVM_OK;
}

int gvm_ledger_open(gvm_ledger **out, const char *folder, char *error, size_t error_size) {
    gvm_ledger *l = calloc(1, sizeof *l);
    *out = NULL;
    gvm_status status = l == NULL ? GVM_ERR_NOMEM : open_ledger(l, folder);
    if (status == GVM_OK) {
        *out = l;
        return GVM_LIB_OK;
    }
    const char *text =
        l != NULL && l->error.text[0] != '\0' ? l->error.text : gvm_status_text(status);
    if (error_size > 0) (void)snprintf(error, error_size, "%s", text);
    gvm_ledger_close(l);
    return code_of(status);
}

void gvm_ledger_close(gvm_ledger *l) {
    if (l == NULL) return;
    if (l->vm.frames != NULL) gvm_vm_free(&l->vm);
    gvm_state_delete(l->state);
    gvm_statedb_view_close(l->view);
    gvm_statedb_close(l->db);
    gvm_store_close(l->store);
    gvm_buf_free(&l->logs);
    free(l);
}

/* ---- accounts */

static gvm_entry *entry_of(gvm_ledger *l, const uint8_t address[20]) {
    gvm_address a;
    memcpy(a.b, address, 20);
    return gvm_state_entry(l->state, &a);
}

int gvm_ledger_get_account(gvm_ledger *l, gvm_account_info *out, const uint8_t address[20]) {
    begin(l);
    gvm_entry *e = entry_of(l, address);
    *out = (gvm_account_info){.nonce = e->nonce};
    gvm_u256_to_be(out->balance, e->balance);
    memcpy(out->code_hash, e->code_hash.b, 32);
    out->code_size = gvm_state_code(l->state, e).len;
    gvm_status status = gvm_state_status(l->state);
    if (status == GVM_OK && !e->exists) status = GVM_ERR_NOT_FOUND;
    return answer(l, status);
}

int gvm_ledger_get_code(gvm_ledger *l, const uint8_t **code, size_t *size,
                        const uint8_t address[20]) {
    begin(l);
    gvm_bytes bytes = gvm_state_code(l->state, entry_of(l, address));
    *code = bytes.ptr;
    *size = bytes.len;
    return answer(l, gvm_state_status(l->state));
}

int gvm_ledger_set_account(gvm_ledger *l, const uint8_t address[20], uint64_t nonce,
                           const uint8_t balance[32], const uint8_t *code, size_t code_size) {
    begin(l);
    gvm_state_begin_tx(l->state);
    gvm_entry *e = entry_of(l, address);
    gvm_state_set_nonce(l->state, e, nonce);
    gvm_state_set_balance(l->state, e, gvm_u256_from_be(balance));
    if (code != NULL) gvm_state_set_code(l->state, e, gvm_bytes_make(code, code_size));
    gvm_state_end_tx(l->state, false);
    return answer(l, gvm_state_status(l->state));
}

int gvm_ledger_get_storage(gvm_ledger *l, uint8_t value[32], const uint8_t address[20],
                           const uint8_t key[32]) {
    begin(l);
    gvm_u256 k = gvm_u256_from_be(key);
    gvm_u256_to_be(value, gvm_state_slot(l->state, entry_of(l, address), &k)->current);
    return answer(l, gvm_state_status(l->state));
}

int gvm_ledger_set_storage(gvm_ledger *l, const uint8_t address[20], const uint8_t key[32],
                           const uint8_t value[32]) {
    begin(l);
    gvm_state_begin_tx(l->state);
    gvm_entry *e = entry_of(l, address);
    gvm_u256 k = gvm_u256_from_be(key), v = gvm_u256_from_be(value);
    gvm_status status = GVM_OK;
    if (!e->exists)
        status = gvm_error_set(&l->error, GVM_ERR_NOT_FOUND,
                               "storage of an account that does not exist");
    else
        gvm_state_set_slot(l->state, e, gvm_state_slot(l->state, e, &k), &v);
    gvm_state_end_tx(l->state, false);
    return answer(l, status != GVM_OK ? status : gvm_state_status(l->state));
}

/* ---- execution */

static gvm_status set_env(gvm_ledger *l, const gvm_message_params *p) {
    gvm_fork fork = GVM_FORK_OSAKA;
    if (p->fork != NULL && gvm_fork_by_name(&fork, p->fork) != GVM_OK)
        return gvm_error_set(&l->error, GVM_ERR_ARGUMENT, "fork: no fork is called \"%.40s\"",
                             p->fork);
    if (p->gas < 0) return gvm_error_set(&l->error, GVM_ERR_ARGUMENT, "gas: expected 0 or more");
    gvm_vm *vm = &l->vm;
    vm->rules = gvm_rules_get(fork);
    vm->block = (gvm_block_env){.number = p->number,
                                .timestamp = p->timestamp,
                                .gas_limit = p->gas_limit,
                                .chain_id = p->chain_id,
                                .base_fee = gvm_u256_from_be(p->base_fee)};
    memcpy(vm->block.coinbase.b, p->coinbase, 20);
    memcpy(vm->block.prev_randao.b, p->prev_randao, 32);
    vm->tx = (gvm_tx_env){.gas_price = gvm_u256_from_be(p->gas_price)};
    memcpy(vm->tx.origin.b, p->sender, 20);
    return GVM_OK;
}

static void warm(gvm_ledger *l, const gvm_message_params *p) {
    (void)gvm_state_warm(l->state, entry_of(l, p->sender));
    if (p->kind != GVM_MESSAGE_CREATE) (void)gvm_state_warm(l->state, entry_of(l, p->to));
    gvm_address a = {{0}};
    for (unsigned i = 1; i <= 0x100; i++) {
        a.b[19] = (uint8_t)i;
        a.b[18] = (uint8_t)(i >> 8);
        if (gvm_precompile_lookup(l->vm.rules, &a) != NULL)
            (void)gvm_state_warm(l->state, gvm_state_entry(l->state, &a));
    }
}

static gvm_status copy_logs(gvm_ledger *l, gvm_message_result *out) {
    size_t count;
    const gvm_log *logs = gvm_state_logs(l->state, &count);
    gvm_buf_clear(&l->logs);
    for (size_t i = 0; i < count; i++) {
        gvm_log_entry e = {.topic_count = logs[i].topic_count,
                           .data = logs[i].data.ptr,
                           .data_size = logs[i].data.len};
        memcpy(e.address, logs[i].address.b, 20);
        memcpy(e.topics, logs[i].topics, sizeof e.topics);
        gvm_buf_append(&l->logs, &e, sizeof e);
    }
    out->logs = (const gvm_log_entry *)(const void *)l->logs.ptr;
    out->log_count = count;
    return gvm_buf_status(&l->logs);
}

static gvm_status execute(gvm_ledger *l, const gvm_message_params *p, gvm_message_result *out) {
    gvm_result result;
    gvm_message msg = {.kind = p->kind == GVM_MESSAGE_CREATE        ? GVM_CREATE
                               : p->kind == GVM_MESSAGE_STATIC_CALL ? GVM_STATICCALL
                                                                    : GVM_CALL,
                       .is_static = p->kind == GVM_MESSAGE_STATIC_CALL,
                       .gas = p->gas,
                       .value = gvm_u256_from_be(p->value),
                       .input = gvm_bytes_make(p->input, p->input_size)};
    memcpy(msg.sender.b, p->sender, 20);
    memcpy(msg.recipient.b, p->to, 20);
    msg.code_address = msg.recipient;
    gvm_entry *sender = gvm_state_entry(l->state, &msg.sender);
    if (gvm_u256_lt(sender->balance, msg.value))
        return gvm_error_set(&l->error, GVM_ERR_ARGUMENT, "value: more than the sender's balance");
    if (msg.is_static && !gvm_u256_is_zero(msg.value))
        return gvm_error_set(&l->error, GVM_ERR_ARGUMENT, "value: a static call carries none");
    if (p->kind == GVM_MESSAGE_CREATE) {
        if (sender->nonce == UINT64_MAX)
            return gvm_error_set(&l->error, GVM_ERR_ARGUMENT, "sender: nonce at its end");
        gvm_state_set_nonce(l->state, sender, sender->nonce + 1);
    }
    GVM_TRY(gvm_vm_execute(&l->vm, &result, &msg));
    *out = (gvm_message_result){.status_code = gvm_outcome_code(result.outcome),
                                .status_text = gvm_outcome_text(result.outcome),
                                .gas_left = result.gas_left,
                                .gas_refund = gvm_state_refund(l->state),
                                .output = result.output.ptr,
                                .output_size = result.output.len};
    if (p->kind == GVM_MESSAGE_CREATE) memcpy(out->created, result.created.b, 20);
    return copy_logs(l, out);
}

int gvm_ledger_execute(gvm_ledger *l, const gvm_message_params *p, gvm_message_result *out) {
    begin(l);
    *out = (gvm_message_result){0};
    gvm_status status = set_env(l, p);
    if (status != GVM_OK) return answer(l, status);
    gvm_state_begin_tx(l->state);
    warm(l, p);
    status = execute(l, p, out);
    gvm_state_end_tx(l->state, l->vm.rules->fork >= GVM_FORK_SPURIOUS);
    return answer(l, status);
}

/* ---- versions */

int gvm_ledger_root(gvm_ledger *l, uint8_t root[32]) {
    begin(l);
    gvm_state_diff diff;
    gvm_hash hash;
    gvm_status status = gvm_state_diff_build(l->state, &diff);
    if (status == GVM_OK) status = gvm_statedb_root(l->view, &hash, &diff);
    if (status == GVM_OK) memcpy(root, hash.b, 32);
    return answer(l, status);
}

int gvm_ledger_commit(gvm_ledger *l, uint8_t root[32]) {
    begin(l);
    gvm_state_diff diff;
    gvm_hash hash;
    gvm_store_txn *txn = NULL;
    gvm_status status;
    GVM_TRY_GOTO(gvm_state_diff_build(l->state, &diff));
    GVM_TRY_GOTO(gvm_store_write_begin(&txn, l->store));
    GVM_TRY_GOTO(gvm_statedb_apply(l->db, &hash, txn, l->version + 1, &diff));
    status = gvm_store_write_commit(txn, &l->error);
    txn = NULL;
    if (status == GVM_OK) status = reload(l);
    if (status == GVM_OK && root != NULL) memcpy(root, hash.b, 32);
fail:
    gvm_store_write_abort(txn);
    return answer(l, status);
}

int gvm_ledger_discard(gvm_ledger *l) {
    begin(l);
    gvm_state_reset(l->state, gvm_statedb_reader(l->view));
    return GVM_LIB_OK;
}

uint64_t gvm_ledger_version(const gvm_ledger *l) {
    return l->version;
}

int gvm_ledger_rewind(gvm_ledger *l, uint64_t version) {
    begin(l);
    gvm_store_txn *txn = NULL;
    gvm_status status;
    if (version == 0 || version > l->version) {
        status = gvm_error_set(&l->error, GVM_ERR_NOT_FOUND, "there is no version %llu",
                               (unsigned long long)version);
        return answer(l, status);
    }
    GVM_TRY_GOTO(gvm_store_write_begin(&txn, l->store));
    GVM_TRY_GOTO(gvm_statedb_unwind(l->db, txn, version));
    status = gvm_store_write_commit(txn, &l->error);
    txn = NULL;
    if (status == GVM_OK) status = reload(l);
fail:
    gvm_store_write_abort(txn);
    return answer(l, status);
}

int gvm_ledger_sync(gvm_ledger *l) {
    begin(l);
    return answer(l, gvm_store_sync(l->store, &l->error));
}

/* ---- proofs */

int gvm_ledger_prove(gvm_ledger *l, gvm_proof **out, const uint8_t address[20],
                     const uint8_t key[32]) {
    begin(l);
    gvm_address a;
    gvm_u256 k = gvm_u256_zero();
    *out = NULL;
    gvm_proof *proof = calloc(1, sizeof *proof);
    if (proof == NULL) return answer(l, GVM_ERR_NOMEM);
    memcpy(a.b, address, 20);
    if (key != NULL) k = gvm_u256_from_be(key);
    gvm_status status = gvm_statedb_prove(l->view, &proof->proof, &a, &k, key != NULL);
    if (status == GVM_OK)
        *out = proof;
    else
        gvm_proof_free(proof);
    return answer(l, status);
}

void gvm_proof_free(gvm_proof *proof) {
    if (proof == NULL) return;
    gvm_account_proof_free(&proof->proof);
    free(proof);
}

size_t gvm_proof_account_nodes(const gvm_proof *proof) {
    return proof->proof.nodes.count;
}

size_t gvm_proof_storage_nodes(const gvm_proof *proof) {
    return proof->proof.storage_count > 0 ? proof->proof.storage[0].nodes.count : 0;
}

const uint8_t *gvm_proof_node(const gvm_proof *proof, size_t index, size_t *size) {
    size_t first = proof->proof.nodes.count;
    gvm_bytes node = {NULL, 0};
    if (index < first)
        node = gvm_trie_nodes_get(&proof->proof.nodes, index);
    else if (index - first < gvm_proof_storage_nodes(proof))
        node = gvm_trie_nodes_get(&proof->proof.storage[0].nodes, index - first);
    *size = node.len;
    return node.ptr;
}

int gvm_proof_verify(const uint8_t **value, size_t *value_size, const uint8_t root[32],
                     const uint8_t hashed_key[32], const uint8_t *const *nodes, const size_t *sizes,
                     size_t count) {
    gvm_hash r;
    gvm_bytes v = {NULL, 0};
    gvm_bytes *all = malloc((count + 1) * sizeof *all);
    if (all == NULL) return GVM_LIB_NO_MEMORY;
    for (size_t i = 0; i < count; i++) all[i] = gvm_bytes_make(nodes[i], sizes[i]);
    memcpy(r.b, root, 32);
    gvm_status status = gvm_trie_verify(&v, &r, gvm_bytes_make(hashed_key, 32), all, count);
    free(all);
    *value = v.ptr;
    *value_size = v.len;
    return code_of(status);
}

void gvm_lib_keccak256(uint8_t out[32], const uint8_t *data, size_t size) {
    gvm_hash h;
    gvm_keccak256(&h, gvm_bytes_make(data, size));
    memcpy(out, h.b, 32);
}
