#include "service/conformance/memchain.h"

#include "chain/pow.h"
#include "service/conformance/dao.h"
#include "service/conformance/natives.h"

#include <stdlib.h>

typedef struct node {
    gvm_block block;
    gvm_u256 total_difficulty;
    gvm_state_memory *accounts;
    struct node *parent, *next; /* next: all nodes, newest first */
} node;

struct gvm_memchain {
    gvm_chain_config config;
    uint64_t dao_block;
    node *nodes, *head;
    const node *executing;    /* the parent of the block that is being executed */
    gvm_state_memory **spare; /* accounts that can be used again */
    size_t spare_count, spare_cap;
    gvm_state_memory *next_accounts, *tx_accounts;
    gvm_state *state;
    gvm_vm vm;
    gvm_block_run run;
};

/* ---- accounts, used again from test to test */

static gvm_status take_accounts(gvm_memchain *c, gvm_state_memory **out) {
    if (c->spare_count > 0) {
        *out = c->spare[--c->spare_count];
        gvm_state_memory_clear(*out);
        return GVM_OK;
    }
    return gvm_state_memory_new(out);
}

static void give_accounts(gvm_memchain *c, gvm_state_memory *m) {
    enum { SPARE_MAX = 64 };
    if (m == NULL) return;
    if (c->spare_count == c->spare_cap && c->spare_cap < SPARE_MAX) {
        size_t cap = c->spare_cap == 0 ? 8 : c->spare_cap * 2;
        gvm_state_memory **grown = realloc(c->spare, cap * sizeof(gvm_state_memory *));
        if (grown != NULL) {
            c->spare = grown;
            c->spare_cap = cap;
        }
    }
    if (c->spare_count < c->spare_cap)
        c->spare[c->spare_count++] = m;
    else
        gvm_state_memory_delete(m);
}

/* ---- life */

static gvm_status block_hash(void *ctx, gvm_hash *out, uint64_t number) {
    const gvm_memchain *c = ctx;
    for (const node *n = c->executing; n != NULL; n = n->parent) {
        if (n->block.header.number != number) continue;
        *out = n->block.hash;
        return GVM_OK;
    }
    *out = (gvm_hash){{0}};
    return GVM_OK;
}

/* The root in the middle of a block, for receipts from before Byzantium. */
static gvm_status tx_root(void *ctx, gvm_hash *out, gvm_state *state) {
    gvm_memchain *c = ctx;
    gvm_state_diff diff;
    GVM_TRY(gvm_state_diff_build(state, &diff));
    GVM_TRY(gvm_state_memory_copy(c->tx_accounts, c->executing->accounts));
    GVM_TRY(gvm_state_memory_apply(c->tx_accounts, &diff));
    return gvm_state_memory_root(c->tx_accounts, out);
}

static void drop_nodes(gvm_memchain *c) {
    while (c->nodes != NULL) {
        node *n = c->nodes;
        c->nodes = n->next;
        gvm_block_free(&n->block);
        give_accounts(c, n->accounts);
        free(n);
    }
    give_accounts(c, c->next_accounts);
    c->next_accounts = NULL;
    c->head = NULL;
    c->executing = NULL;
}

void gvm_memchain_delete(gvm_memchain *c) {
    if (c == NULL) return;
    drop_nodes(c);
    for (size_t i = 0; i < c->spare_count; i++) gvm_state_memory_delete(c->spare[i]);
    free(c->spare);
    gvm_state_memory_delete(c->tx_accounts);
    gvm_block_run_free(&c->run);
    gvm_vm_free(&c->vm);
    gvm_state_delete(c->state);
    free(c);
}

gvm_status gvm_memchain_new(gvm_memchain **out) {
    gvm_memchain *c = calloc(1, sizeof *c);
    gvm_status status = GVM_OK;
    if (c == NULL) return GVM_ERR_NOMEM;
    GVM_TRY_GOTO(gvm_state_memory_new(&c->tx_accounts));
    GVM_TRY_GOTO(gvm_state_new(&c->state, gvm_state_memory_reader(c->tx_accounts)));
    GVM_TRY_GOTO(gvm_vm_init(&c->vm, c->state));
    c->vm.natives = gvm_conf_natives;
    c->vm.block.block_hash = block_hash;
    c->vm.block.block_hash_ctx = c;
    c->run.tx_root = tx_root;
    c->run.tx_root_ctx = c;
    *out = c;
    return GVM_OK;
fail:
    gvm_memchain_delete(c);
    return status;
}

gvm_status gvm_memchain_reset(gvm_memchain *c, gvm_state_memory **accounts) {
    drop_nodes(c);
    c->dao_block = GVM_NEVER;
    GVM_TRY(take_accounts(c, &c->next_accounts));
    *accounts = c->next_accounts;
    return GVM_OK;
}

void gvm_memchain_set_dao(gvm_memchain *c, uint64_t block) {
    c->dao_block = block;
}

/* ---- blocks */

static gvm_status add_node(gvm_memchain *c, node **out, gvm_bytes rlp, gvm_error *err) {
    node *n = calloc(1, sizeof *n);
    if (n == NULL) return GVM_ERR_NOMEM;
    gvm_status status = gvm_block_decode(&n->block, rlp, err);
    if (status != GVM_OK) {
        free(n);
        return status;
    }
    n->next = c->nodes;
    c->nodes = n;
    *out = n;
    return GVM_OK;
}

/* The newest node, which add_node made, is refused. */
static gvm_status drop_newest(gvm_memchain *c, gvm_status why) {
    node *n = c->nodes;
    c->nodes = n->next;
    gvm_block_free(&n->block);
    give_accounts(c, n->accounts);
    free(n);
    return why;
}

static gvm_status check_root(node *n, gvm_error *err) {
    gvm_hash root;
    GVM_TRY(gvm_state_memory_root(n->accounts, &root));
    if (gvm_hash_equal(&root, &n->block.header.state_root)) return GVM_OK;
    return gvm_error_set(err, GVM_ERR_BLOCK_STATE_ROOT, "the state root does not fit the state");
}

gvm_status gvm_memchain_genesis(gvm_memchain *c, const gvm_chain_config *config, gvm_bytes rlp,
                                gvm_error *err) {
    node *n;
    c->config = *config;
    GVM_TRY(add_node(c, &n, rlp, err));
    n->accounts = c->next_accounts;
    c->next_accounts = NULL;
    n->total_difficulty = n->block.header.difficulty;
    gvm_status status = check_root(n, err);
    if (status != GVM_OK) return drop_newest(c, status);
    c->head = n;
    return GVM_OK;
}

static node *find(const gvm_memchain *c, const gvm_hash *hash) {
    for (node *n = c->nodes; n != NULL; n = n->next)
        if (gvm_hash_equal(&n->block.hash, hash)) return n;
    return NULL;
}

static const gvm_block *ancestor(void *ctx, unsigned distance) {
    const node *n = ctx;
    while (n != NULL && --distance > 0) n = n->parent;
    return n == NULL ? NULL : &n->block;
}

/* EIP-3675: blocks are mined until the chain is heavy enough, and never after. */
static gvm_status check_kind(const gvm_memchain *c, const node *n, gvm_error *err) {
    bool merged = gvm_u256_is_zero(n->block.header.difficulty);
    bool heavy = !gvm_u256_lt(n->parent->total_difficulty, c->config.terminal_difficulty);
    if (merged == heavy) return GVM_OK;
    return gvm_error_set(err, GVM_ERR_BLOCK_DIFFICULTY,
                         merged ? "difficulty 0 before the terminal total difficulty"
                                : "difficulty above 0 after the terminal total difficulty");
}

static gvm_status execute(gvm_memchain *c, node *n, gvm_error *err) {
    gvm_state_diff diff;
    c->executing = n->parent;
    gvm_state_reset(c->state, gvm_state_memory_reader(n->parent->accounts));
    if (n->block.header.number == c->dao_block) GVM_TRY(gvm_dao_move(c->state));
    GVM_TRY(gvm_block_execute(&c->run, &c->vm, &c->config, &n->block, err));
    GVM_TRY(gvm_state_diff_build(c->state, &diff));
    GVM_TRY(take_accounts(c, &n->accounts));
    GVM_TRY(gvm_state_memory_copy(n->accounts, n->parent->accounts));
    GVM_TRY(gvm_state_memory_apply(n->accounts, &diff));
    return check_root(n, err);
}

/* Fixtures of older tools put a transaction that must be refused into a block whose transactions
 * root leaves it out, and name the transaction's fault. A node finds the root first. */
static gvm_status better_reason(gvm_memchain *c, node *n, gvm_status root_fault, gvm_error *err) {
    gvm_error other = {0};
    gvm_status status = execute(c, n, &other);
    if (strncmp(gvm_status_name(status), "ERR_TX_", 7) != 0) return root_fault;
    if (err != NULL) *err = other;
    return status;
}

static gvm_status check(gvm_memchain *c, node *n, gvm_error *err) {
    const gvm_header *h = &n->block.header;
    const gvm_block *parent = &n->parent->block;
    GVM_TRY(gvm_block_check_header(&c->config, h, &parent->header, &parent->hash, err));
    GVM_TRY(check_kind(c, n, err));
    GVM_TRY(gvm_dao_check(c->dao_block, h, err));
    for (size_t i = 0; i < n->block.ommer_count; i++)
        GVM_TRY(gvm_dao_check(c->dao_block, &n->block.ommers[i], err));
    gvm_status status = gvm_block_check_body(&c->config, &n->block, err);
    if (status == GVM_ERR_BLOCK_TRANSACTIONS_ROOT) return better_reason(c, n, status, err);
    if (status != GVM_OK) return status;
    if (!gvm_u256_is_zero(h->difficulty))
        GVM_TRY(gvm_pow_check(&c->config, &n->block, (gvm_ancestry){n->parent, ancestor}, err));
    return execute(c, n, err);
}

gvm_status gvm_memchain_import(gvm_memchain *c, gvm_hash *hash, gvm_bytes rlp, gvm_error *err) {
    node *n;
    GVM_TRY(add_node(c, &n, rlp, err));
    *hash = n->block.hash;
    c->nodes = n->next; /* not to be found as its own parent or twin */
    node *known = find(c, hash);
    n->parent = find(c, &n->block.header.parent_hash);
    c->nodes = n;
    if (known != NULL) return drop_newest(c, GVM_OK);
    if (n->parent == NULL)
        return drop_newest(
            c, gvm_error_set(err, GVM_ERR_BLOCK_PARENT, "the block's parent is not known"));
    gvm_status status = check(c, n, err);
    if (status != GVM_OK) return drop_newest(c, status);
    n->total_difficulty = gvm_u256_add(n->parent->total_difficulty, n->block.header.difficulty);
    bool merged = gvm_u256_is_zero(n->block.header.difficulty);
    if (merged || gvm_u256_lt(c->head->total_difficulty, n->total_difficulty)) c->head = n;
    return GVM_OK;
}

const gvm_block *gvm_memchain_head(const gvm_memchain *c) {
    return &c->head->block;
}
gvm_state_memory *gvm_memchain_state(gvm_memchain *c) {
    return c->head->accounts;
}
gvm_vm *gvm_memchain_vm(gvm_memchain *c) {
    return &c->vm;
}
