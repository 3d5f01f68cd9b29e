#include "app/ghostvm/cmd.h"
#include "app/ghostvm/tool.h"
#include "codec/hex.h"
#include "service/client/amount.h"
#include "service/client/proof.h"

#include <stdio.h>

static const gvm_setting_option options[] = {
    GVM_TOOL_NODE,
    GVM_TOOL_BLOCK,
    GVM_TOOL_OPTION("root", TEXT, NULL, "HASH",
                    "State root to check against, from somebody you trust; else the node's own."),
};
static const gvm_tool_spec spec = {
    .usage = "proof [OPTIONS] ADDRESS [SLOT...]",
    .about = "Fetches the Merkle proof of an account, and of slots of its storage, and checks it "
             "here: every hash\nfrom the state root down is computed by this program. Fails where "
             "the proof does not show just what\nthe node says.",
    .examples = "  ghostvm proof 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\n"
                "  ghostvm proof --block 3 --json 0x... 0x0 0x1\n"
                "  ghostvm proof --root 0x... 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_min = 1,
    .args_max = 1000,
    .node = true,
};

typedef struct request {
    gvm_address address;
    gvm_hash *slots;
    size_t slot_count;
    char block[GVM_CLIENT_BLOCK_SIZE];
    bool is_hash, has_root;
    gvm_hash root;
} request;

static gvm_status read_request(gvm_tool *t, request *r) {
    const char *root = gvm_settings_text(&t->settings, "root");
    GVM_TRY(gvm_tool_address(t, &r->address, t->args[0]));
    r->slot_count = t->arg_count - 1;
    r->slots = gvm_arena_alloc(&t->arena, r->slot_count * sizeof *r->slots);
    if (r->slots == NULL) return GVM_ERR_NOMEM;
    for (size_t i = 0; i < r->slot_count; i++) {
        gvm_u256 key;
        if (gvm_u256_parse(&key, t->args[i + 1], strlen(t->args[i + 1])) != GVM_OK)
            return gvm_error_set(&t->err, GVM_ERR_SYNTAX,
                                 "slot: expected a number, decimal or 0x; found \"%.100s\"",
                                 t->args[i + 1]);
        r->slots[i] = gvm_u256_to_hash(key);
    }
    r->has_root = root != NULL;
    if (root != NULL && gvm_hex_decode_hash(&r->root, gvm_bytes_str(root)) != GVM_OK)
        return gvm_error_set(&t->err, GVM_ERR_SYNTAX, "--root: expected 0x and 64 hex digits");
    return gvm_client_block(r->block, &r->is_hash, gvm_settings_text(&t->settings, "block"),
                            &t->err);
}

/* The block is fixed first, so that a new head between the two questions does no harm. */
static gvm_status find_block(gvm_tool *t, request *r, uint64_t *number) {
    yyjson_doc *answer;
    yyjson_val *result;
    GVM_TRY(gvm_client_callf(t->client, &answer, &result, &t->err,
                             r->is_hash ? "eth_getBlockByHash" : "eth_getBlockByNumber",
                             "[%s,false]", r->block));
    gvm_json_at at = gvm_json_of(result, "block");
    gvm_hash root;
    gvm_status status =
        yyjson_is_null(result)
            ? gvm_error_set(&t->err, GVM_ERR_NOT_FOUND, "the node has no block %s", r->block)
            : gvm_json_get_u64(number, &at, "number", GVM_JSON_QUANTITY, &t->err);
    if (status == GVM_OK) status = gvm_json_get_hash(&root, &at, "stateRoot", &t->err);
    if (status == GVM_OK && !r->has_root) r->root = root;
    yyjson_doc_free(answer);
    return status;
}

static gvm_status fetch(gvm_tool *t, const request *r, uint64_t number, yyjson_doc **answer,
                        yyjson_val **result) {
    char address[GVM_HEX_ADDRESS_SIZE];
    gvm_buf params = {0};
    gvm_hex_data_address(address, &r->address);
    gvm_buf_printf(&params, "[\"%s\",[", address);
    for (size_t i = 0; i < r->slot_count; i++) {
        char slot[GVM_HEX_WORD_SIZE];
        gvm_hex_data_hash(slot, &r->slots[i]);
        gvm_buf_printf(&params, "%s\"%s\"", i == 0 ? "" : ",", slot);
    }
    gvm_buf_printf(&params, "],\"0x%llx\"]", (unsigned long long)number);
    gvm_status status = gvm_buf_status(&params);
    if (status == GVM_OK)
        status = gvm_client_call(t->client, answer, result, "eth_getProof", gvm_buf_bytes(&params),
                                 &t->err);
    gvm_buf_free(&params);
    return status;
}

static gvm_status print_json(const request *r, yyjson_val *proof, uint64_t number, bool exists) {
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, root);
    bool good = yyjson_mut_obj_add_bool(doc, root, "verified", true) &&
                yyjson_mut_obj_add_bool(doc, root, "exists", exists) &&
                yyjson_mut_obj_add_uint(doc, root, "block", number) &&
                gvm_json_add_hash(doc, root, "stateRoot", &r->root) &&
                yyjson_mut_obj_add_val(doc, root, "proof", yyjson_val_mut_copy(doc, proof));
    if (good) return gvm_tool_print_doc(doc);
    yyjson_mut_doc_free(doc);
    return GVM_ERR_NOMEM;
}

static void print_table(const gvm_tool *t, const request *r, yyjson_val *proof, uint64_t number,
                        bool exists) {
    static const gvm_tool_field fields[] = {
        {"balance", "balance", GVM_TOOL_GCC},
        {"nonce", "nonce", GVM_TOOL_NUMBER},
        {"codeHash", "code hash", GVM_TOOL_TEXT},
        {"storageHash", "storage root", GVM_TOOL_TEXT},
        {"accountProof", "proof nodes", GVM_TOOL_COUNT},
    };
    char root[GVM_HEX_WORD_SIZE];
    yyjson_val *slot;
    yyjson_arr_iter it;
    gvm_hex_data_hash(root, &r->root);
    gvm_tool_address_row(t, "account", &r->address);
    if (!exists) gvm_tool_row(t, "exists", "no: proven absent");
    gvm_tool_rows(t, proof, fields, sizeof fields / sizeof fields[0]);
    yyjson_arr_iter_init(yyjson_obj_get(proof, "storageProof"), &it);
    for (size_t i = 0; (slot = yyjson_arr_iter_next(&it)) != NULL; i++) {
        char label[32];
        (void)snprintf(label, sizeof label, "slot %.12s", t->args[i + 1]);
        gvm_tool_row(t, label, "%s", yyjson_get_str(yyjson_obj_get(slot, "value")));
    }
    gvm_tool_row(t, "block", "%llu", (unsigned long long)number);
    gvm_tool_row(t, "state root", "%s", root);
    gvm_tool_row(t, "proof", "%sverified%s", gvm_tool_good(t), gvm_tool_plain(t));
}

static gvm_status work(gvm_tool *t, request *r) {
    uint64_t number;
    yyjson_doc *answer;
    yyjson_val *proof;
    gvm_account account;
    bool exists;
    GVM_TRY(find_block(t, r, &number));
    GVM_TRY(fetch(t, r, number, &answer, &proof));
    gvm_status status = gvm_client_verify_proof(&account, &exists, proof, &r->root, &r->address,
                                                r->slots, r->slot_count, &t->err);
    if (status == GVM_OK && t->json)
        status = print_json(r, proof, number, exists);
    else if (status == GVM_OK)
        print_table(t, r, proof, number, exists);
    yyjson_doc_free(answer);
    return status;
}

static gvm_status run(gvm_tool *t) {
    request r = {0};
    GVM_TRY(read_request(t, &r));
    t->working = true;
    return work(t, &r);
}

int gvm_cmd_proof(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
