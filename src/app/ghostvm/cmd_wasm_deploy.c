#include "app/ghostvm/cmd.h"
#include "app/ghostvm/tool.h"
#include "codec/hex.h"
#include "crypto/address.h"
#include "crypto/blake3.h"
#include "crypto/keccak.h"
#include "service/client/amount.h"
#include "service/client/contract_code.h"
#include "service/client/module.h"
#include "system/contracts.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const gvm_setting_option options[] = {
    GVM_TOOL_NODE,
    GVM_TOOL_ABI,
    GVM_TOOL_SIGNER,
    GVM_TOOL_OPTION("value", TEXT, "0", "AMOUNT", "What goes along: 1.5gcc, 30gwei, 7wei."),
    GVM_TOOL_FEES,
    {.name = "form",
     .type = GVM_SETTING_CHOICE,
     .fallback = "auto",
     .choices = "auto|raw|zstd",
     .help = "How the module goes into the chain; auto takes zstd where it saves a twentieth."},
    GVM_TOOL_OPTION("wait", DURATION, "60s", "TIME", "How long to wait for each receipt."),
};
static const gvm_tool_spec spec = {
    .usage = "wasm deploy [OPTIONS] FILE [ARGUMENT...]",
    .about =
        "Puts a WebAssembly contract on the chain, compressed where that is cheaper, and in chunks "
        "where one\n"
        "transaction cannot hold it (a deployment that broke off goes on where it was). FILE is a "
        ".wasm,\n"
        "a compiler's JSON with one as bytecode, or Stylus's compressed form. ARGUMENTs are the\n"
        "constructor's, by the ABI that `ghostvm wasm build` put into the module or that --abi\n"
        "names; without either the first one is the signature: 'constructor(uint256)'.",
    .examples =
        "  ghostvm wasm deploy --from 0xf39F... build/counter.wasm 5\n"
        "  GHOSTVM_PRIVATE_KEY=... ghostvm wasm deploy build/erc20.json 'My Token' MT 1000\n"
        "  ghostvm wasm deploy --from 0xf39F... other.wasm 'constructor(address)' 0x7099...\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_min = 1,
    .args_max = 256,
    .node = true,
};

/* The most that one transaction is asked to store. */
enum { WHOLE_MAX = 64000 };

static const gvm_address contracts = {.b = {[18] = 0x47, [19] = 0x40}};

typedef struct deployment {
    gvm_buf module, packed, arguments, input;
    bool is_packed;
    size_t chunks; /* 0: in one transaction */
    gvm_client_message message;
    gvm_signer signer;
} deployment;

/* ---- what goes out */

/* Without --abi: the ABI that the module has with it. */
static gvm_status find_abi(gvm_tool *t, gvm_bytes module) {
    gvm_bytes json;
    if (t->abi != NULL || !gvm_module_custom(&json, module, "ghost.abi")) return GVM_OK;
    gvm_status status = gvm_abi_parse_json(&t->abi_contract, &t->arena, json, NULL);
    if (status == GVM_OK) t->abi = &t->abi_contract;
    return status == GVM_ERR_NOMEM ? status : GVM_OK;
}

static gvm_status encode_arguments(gvm_tool *t, gvm_buf *out) {
    const char *const *args = t->args + 1;
    size_t count = t->arg_count - 1;
    gvm_abi_value values;
    if (count > 0 && strncmp(args[0], "constructor(", 12) == 0)
        return gvm_tool_encode_constructor(t, out, args[0], args + 1, count - 1);
    for (size_t i = 0; t->abi != NULL && i < t->abi->count; i++) {
        const gvm_abi_entry *e = &t->abi->entries[i];
        if (e->kind != GVM_ABI_CONSTRUCTOR) continue;
        if (e->inputs->count != count)
            return gvm_error_set(&t->err, GVM_ERR_CONFIG,
                                 "the constructor takes %zu arguments, found %zu: %s",
                                 e->inputs->count, count, e->signature);
        GVM_TRY(gvm_abi_args_parse(&values, &t->arena, e->inputs, args, count, &t->err));
        return gvm_abi_encode(out, &values);
    }
    if (count == 0) return GVM_OK;
    return gvm_error_set(&t->err, GVM_ERR_CONFIG,
                         t->abi != NULL ? "the ABI has no constructor, and takes no arguments"
                                        : "there is no ABI: give the constructor's signature "
                                          "first, 'constructor(uint256)'");
}

static gvm_status choose_form(gvm_tool *t, deployment *d) {
    const char *form = gvm_settings_text(&t->settings, "form");
    bool automatic = strcmp(form, "auto") == 0;
    gvm_bytes module = gvm_buf_bytes(&d->module);
    if (strcmp(form, "raw") != 0) {
        GVM_TRY(gvm_contract_code_pack(&d->packed, module));
        d->is_packed = !automatic || d->packed.len < module.len - module.len / 20;
    }
    if (!d->is_packed && d->arguments.len > 0 && !gvm_module_ends(module))
        return gvm_error_set(&t->err, GVM_ERR_CONFIG,
                             "the module does not say where it ends (no section ghost.end), so no "
                             "arguments can follow: take --form zstd, or `ghostvm wasm build` it");
    const gvm_buf *code = d->is_packed ? &d->packed : &d->module;
    gvm_buf_append(&d->input, code->ptr, code->len);
    gvm_buf_append(&d->input, d->arguments.ptr, d->arguments.len);
    d->message.data = gvm_buf_bytes(&d->input);
    return gvm_buf_status(&d->input);
}

static gvm_status read_all(gvm_tool *t, deployment *d, int argc, char **argv) {
    GVM_TRY(gvm_tool_signer(t, &d->signer, argc, argv));
    GVM_TRY(gvm_contract_code_read(&d->module, t->args[0], &t->err));
    GVM_TRY(find_abi(t, gvm_buf_bytes(&d->module)));
    GVM_TRY(encode_arguments(t, &d->arguments));
    GVM_TRY(gvm_tool_fees(t, &d->message));
    GVM_TRY(gvm_amount_parse(&d->message.value, gvm_settings_text(&t->settings, "value"), &t->err));
    return choose_form(t, d);
}

/* ---- sending */

/* Four bytes that begin a module and are none: Ghost's rules refuse them, the EVM stops at the
 * first one and is content. */
static gvm_status check_rules(gvm_tool *t) {
    yyjson_doc *answer;
    yyjson_val *result;
    gvm_status status = gvm_client_callf(t->client, &answer, &result, &t->err, "eth_call",
                                         "[{\"input\":\"0x0061736d\"},\"latest\"]");
    if (status == GVM_ERR_REMOTE) {
        t->err = (gvm_error){0};
        return GVM_OK;
    }
    GVM_TRY(status);
    yyjson_doc_free(answer);
    return gvm_error_set(&t->err, GVM_ERR_UNSUPPORTED,
                         "this chain would take the module for EVM code: it does not run Ghost's "
                         "rules (ghostd --dev does)");
}

/* Sends it and waits; *receipt points into *answer, which is the caller's to free. */
static gvm_status send(gvm_tool *t, yyjson_doc **answer, yyjson_val **receipt,
                       const gvm_client_message *m, const gvm_signer *signer) {
    gvm_hash hash;
    char text[GVM_HEX_WORD_SIZE];
    *answer = NULL;
    gvm_status status = gvm_client_send(t->client, &hash, m, signer, &t->err);
    if (status == GVM_ERR_REMOTE) gvm_tool_reason(t);
    GVM_TRY(status);
    gvm_hex_data_hash(text, &hash);
    uint64_t ms = gvm_settings_number(&t->settings, "wait") / UINT64_C(1000000);
    status =
        gvm_client_wait(t->client, answer, receipt, &hash, ms, gvm_tool_waiting, text, &t->err);
    if (isatty(STDERR_FILENO)) fprintf(stderr, "\r\x1b[K");
    GVM_TRY(status);
    const char *done = yyjson_get_str(yyjson_obj_get(*receipt, "status"));
    if (done != NULL && strcmp(done, "0x1") == 0) return GVM_OK;
    status = gvm_tool_failed(t, &hash);
    yyjson_doc_free(*answer);
    *answer = NULL;
    return status;
}

static gvm_status show(gvm_tool *t, const deployment *d, yyjson_val *receipt,
                       const gvm_address *created, uint64_t gas) {
    size_t stored = d->is_packed ? d->packed.len : d->module.len;
    const char *form = d->is_packed ? "zstd" : "raw";
    char address[GVM_ADDRESS_CHECKSUM_SIZE];
    gvm_address_checksum(address, created);
    const char *hash = yyjson_get_str(yyjson_obj_get(receipt, "transactionHash"));
    if (!t->json) {
        gvm_tool_row(t, "contract", "%s", address);
        gvm_tool_row(t, "transaction", "%s", hash);
        gvm_tool_row(t, "gas used", "%llu", (unsigned long long)gas);
        gvm_tool_row(t, "module", "%zu bytes, %zu as %s%s", d->module.len, stored, form,
                     d->chunks > 0 ? ", staged" : "");
        return GVM_OK;
    }
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, root);
    yyjson_mut_obj_add_str(doc, root, "contractAddress", address);
    yyjson_mut_obj_add_str(doc, root, "transactionHash", hash);
    yyjson_mut_obj_add_uint(doc, root, "gasUsed", gas);
    yyjson_mut_obj_add_str(doc, root, "form", form);
    yyjson_mut_obj_add_uint(doc, root, "moduleSize", d->module.len);
    yyjson_mut_obj_add_uint(doc, root, "storedSize", stored);
    yyjson_mut_obj_add_uint(doc, root, "chunks", d->chunks);
    return gvm_tool_print_doc(doc);
}

static gvm_status receipt_gas(gvm_tool *t, uint64_t *gas, yyjson_val *receipt) {
    gvm_json_at at = gvm_json_of(receipt, "receipt"), field;
    uint64_t used;
    GVM_TRY(gvm_json_get(&field, &at, "gasUsed", &t->err));
    GVM_TRY(gvm_json_u64(&used, &field, GVM_JSON_QUANTITY, &t->err));
    *gas += used;
    return GVM_OK;
}

/* ---- in one transaction */

static gvm_status deploy_whole(gvm_tool *t, const deployment *d) {
    yyjson_doc *answer;
    yyjson_val *receipt;
    gvm_address created;
    gvm_json_at field;
    uint64_t gas = 0;
    GVM_TRY(send(t, &answer, &receipt, &d->message, &d->signer));
    gvm_json_at at = gvm_json_of(receipt, "receipt");
    gvm_status status = gvm_json_get(&field, &at, "contractAddress", &t->err);
    if (status == GVM_OK) status = gvm_json_address(&created, &field, &t->err);
    if (status == GVM_OK) status = receipt_gas(t, &gas, receipt);
    if (status == GVM_OK) status = show(t, d, receipt, &created, gas);
    yyjson_doc_free(answer);
    return status;
}

/* ---- in chunks, by the contracts contract */

static void put_number(gvm_buf *out, uint64_t v) {
    uint8_t word[32] = {0};
    gvm_store_be64(word + 24, v);
    gvm_buf_append(out, word, sizeof word);
}
static void put_address(gvm_buf *out, const gvm_address *a) {
    static const uint8_t zeros[12] = {0};
    gvm_buf_append(out, zeros, sizeof zeros);
    gvm_buf_append(out, a->b, sizeof a->b);
}
static void put_bytes(gvm_buf *out, gvm_bytes in) {
    static const uint8_t zeros[32] = {0};
    put_number(out, in.len);
    gvm_buf_append(out, in.ptr, in.len);
    gvm_buf_append(out, zeros, (32 - in.len % 32) % 32);
}
static void put_selector(gvm_buf *out, const char *signature) {
    uint8_t selector[4];
    gvm_abi_selector(selector, signature);
    gvm_buf_append(out, selector, sizeof selector);
}

/* Whether our chunk is there already, with an hour to go: from a deployment that was broken off. */
static bool is_staged(gvm_tool *t, const gvm_address *chunk, const gvm_address *stager) {
    gvm_buf data = {0}, found = {0};
    yyjson_doc *answer;
    yyjson_val *result;
    bool staged = false;
    put_selector(&data, "chunkOf(address)");
    put_address(&data, chunk);
    gvm_client_message m = {.to = &contracts, .data = gvm_buf_bytes(&data)};
    gvm_buf params = {0};
    gvm_buf_put(&params, '[');
    gvm_client_put_message(&params, &m);
    gvm_buf_str(&params, ",\"latest\"]");
    if (gvm_client_call(t->client, &answer, &result, "eth_call", gvm_buf_bytes(&params), NULL) ==
        GVM_OK) {
        const char *hex = yyjson_get_str(result);
        if (hex != NULL &&
            gvm_hex_decode(&found, gvm_bytes_str(hex), GVM_HEX_PREFIX_REQUIRED) == GVM_OK &&
            found.len == 64)
            staged = memcmp(found.ptr + 12, stager->b, 20) == 0 &&
                     gvm_load_be64(found.ptr + 56) > (uint64_t)time(NULL) + 3600;
        yyjson_doc_free(answer);
    }
    gvm_buf_free(&data);
    gvm_buf_free(&params);
    gvm_buf_free(&found);
    return staged;
}

static gvm_status stage(gvm_tool *t, uint64_t *gas, const deployment *d, gvm_bytes chunk) {
    gvm_client_message m = d->message;
    gvm_buf data = {0};
    yyjson_doc *answer;
    yyjson_val *receipt;
    put_selector(&data, "stage(bytes)");
    put_number(&data, 32);
    put_bytes(&data, chunk);
    m.to = &contracts;
    m.data = gvm_buf_bytes(&data);
    m.value = gvm_u256_zero();
    gvm_status status = gvm_buf_status(&data);
    if (status == GVM_OK) status = send(t, &answer, &receipt, &m, &d->signer);
    gvm_buf_free(&data);
    GVM_TRY(status);
    status = receipt_gas(t, gas, receipt);
    yyjson_doc_free(answer);
    return status;
}

/* The address is the second topic of Deployed(address,address,bytes32). */
static gvm_status find_created(gvm_tool *t, gvm_address *out, yyjson_val *receipt) {
    gvm_hash expected, topic;
    yyjson_val *log;
    yyjson_arr_iter it;
    gvm_keccak256(&expected, gvm_bytes_str("Deployed(address,address,bytes32)"));
    yyjson_arr_iter_init(yyjson_obj_get(receipt, "logs"), &it);
    while ((log = yyjson_arr_iter_next(&it)) != NULL) {
        yyjson_val *topics = yyjson_obj_get(log, "topics");
        gvm_json_at first = gvm_json_of(yyjson_arr_get(topics, 0), "topic"),
                    third = gvm_json_of(yyjson_arr_get(topics, 2), "topic");
        if (gvm_json_hash(&topic, &first, NULL) != GVM_OK || !gvm_hash_equal(&topic, &expected))
            continue;
        if (gvm_json_hash(&topic, &third, NULL) != GVM_OK) continue;
        memcpy(out->b, topic.b + 12, sizeof out->b);
        return GVM_OK;
    }
    return gvm_error_set(&t->err, GVM_ERR_REMOTE, "the receipt has no Deployed event");
}

static gvm_status deploy_staged(gvm_tool *t, deployment *d) {
    gvm_bytes code = gvm_buf_bytes(d->is_packed ? &d->packed : &d->module);
    gvm_address created, chunks[(1 << 20) / GVM_CHUNK_MAX + 1];
    gvm_client_message m = d->message;
    gvm_hash hash;
    gvm_buf data = {0};
    yyjson_doc *answer;
    yyjson_val *receipt;
    uint64_t gas = 0;
    d->chunks = (code.len + GVM_CHUNK_MAX - 1) / GVM_CHUNK_MAX;
    for (size_t i = 0; i < d->chunks; i++) {
        size_t from = i * GVM_CHUNK_MAX, left = code.len - from;
        gvm_bytes chunk =
            gvm_bytes_make(code.ptr + from, left < GVM_CHUNK_MAX ? left : GVM_CHUNK_MAX);
        gvm_blake3(&hash, chunk);
        gvm_chunk_address(&chunks[i], &d->signer.address, &hash);
        bool there = is_staged(t, &chunks[i], &d->signer.address);
        fprintf(stderr, "chunk %zu of %zu: %zu bytes%s\n", i + 1, d->chunks, chunk.len,
                there ? ", there already" : "");
        if (!there) GVM_TRY(stage(t, &gas, d, chunk));
    }
    gvm_blake3(&hash, code);
    put_selector(&data, "deploy(bytes32,address[],bytes)");
    gvm_buf_append(&data, hash.b, sizeof hash.b);
    put_number(&data, 96);
    put_number(&data, 96 + 32 * (1 + d->chunks));
    put_number(&data, d->chunks);
    for (size_t i = 0; i < d->chunks; i++) put_address(&data, &chunks[i]);
    put_bytes(&data, gvm_buf_bytes(&d->arguments));
    m.to = &contracts;
    m.data = gvm_buf_bytes(&data);
    gvm_status status = gvm_buf_status(&data);
    if (status == GVM_OK) status = send(t, &answer, &receipt, &m, &d->signer);
    gvm_buf_free(&data);
    GVM_TRY(status);
    status = receipt_gas(t, &gas, receipt);
    if (status == GVM_OK) status = find_created(t, &created, receipt);
    if (status == GVM_OK) status = show(t, d, receipt, &created, gas);
    yyjson_doc_free(answer);
    return status;
}

/* 200 gas a stored byte and 16 for it as calldata must fit in what a transaction may use, and the
 * transaction in what pools take. */
static bool must_stage(const deployment *d) {
    return d->input.len > WHOLE_MAX;
}

static gvm_status deploy(gvm_tool *t, deployment *d) {
    GVM_TRY(check_rules(t));
    return must_stage(d) ? deploy_staged(t, d) : deploy_whole(t, d);
}

static gvm_status run(gvm_tool *t, int argc, char **argv) {
    deployment d = {0};
    gvm_status status = read_all(t, &d, argc, argv);
    if (status == GVM_OK) {
        t->working = true;
        status = deploy(t, &d);
    }
    gvm_signer_wipe(&d.signer);
    gvm_buf_free(&d.module);
    gvm_buf_free(&d.packed);
    gvm_buf_free(&d.arguments);
    gvm_buf_free(&d.input);
    return status;
}

int gvm_cmd_wasm_deploy(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t, argc, argv));
}
