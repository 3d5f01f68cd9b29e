/* Registering a name: commit, wait, register. The secret lives in this process alone; whoever
 * interrupts it has paid for a commitment that nobody can use, and begins anew. */
#include "app/ghostvm/name_tool.h"
#include "base/rng.h"
#include "codec/hex.h"
#include "service/client/amount.h"
#include "system/names.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define RECORDS "(uint16,uint32,bytes)[]"

/* Arguments as text, ended by NUL. */
typedef struct request {
    const char *name;
    char owner[GVM_HEX_ADDRESS_SIZE], payer[GVM_HEX_ADDRESS_SIZE];
    char years[24], secret[GVM_HEX_WORD_SIZE], commitment[GVM_HEX_WORD_SIZE], most[80];
    gvm_buf records;
} request;

static void put_word(char out[GVM_HEX_WORD_SIZE], const gvm_abi_value *v) {
    gvm_hex_data_hash(out, &v->word);
}

static gvm_status read_records(gvm_tool *t, request *r) {
    uint64_t ttl = gvm_settings_number(&t->settings, "ttl");
    gvm_buf_put(&r->records, '[');
    for (size_t i = 1; i < t->arg_count; i++) {
        uint16_t type;
        gvm_buf data = {0};
        gvm_status status = gvm_nametool_record(t, &type, &data, t->args[i]);
        if (status == GVM_OK) {
            gvm_buf_printf(&r->records, "%s(%u,%llu,0x", i > 1 ? "," : "", (unsigned)type,
                           (unsigned long long)ttl);
            gvm_hex_put(&r->records, gvm_buf_bytes(&data));
            gvm_buf_put(&r->records, ')');
        }
        gvm_buf_free(&data);
        GVM_TRY(status);
    }
    gvm_buf_put(&r->records, ']');
    gvm_buf_put(&r->records, '\0');
    return gvm_buf_status(&r->records);
}

static gvm_status read_request(gvm_tool *t, request *r, const gvm_signer *signer) {
    const char *owner = gvm_settings_text(&t->settings, "owner");
    gvm_hash secret;
    gvm_address to = signer->address;
    GVM_TRY(gvm_ghosttool_name(t, &r->name, t->args[0]));
    GVM_TRY(read_records(t, r));
    GVM_TRY(gvm_entropy_fill(&gvm_entropy_os, secret.b, sizeof secret.b));
    gvm_hex_data_hash(r->secret, &secret);
    (void)snprintf(r->years, sizeof r->years, "%llu",
                   (unsigned long long)gvm_settings_number(&t->settings, "years"));
    t->working = true;
    if (owner != NULL) GVM_TRY(gvm_ghosttool_account(t, &to, owner));
    gvm_hex_data_address(r->owner, &to);
    gvm_hex_data_address(r->payer, &signer->address);
    return GVM_OK;
}

/* The price now, which is the most that will be paid, and the commitment. */
static gvm_status prepare(gvm_tool *t, request *r, const gvm_signer *signer) {
    gvm_abi_value v;
    gvm_u256 most;
    const char *asked[] = {r->name, r->years};
    GVM_TRY(gvm_ghosttool_call(t, &v, &signer->address, &gvm_names_address,
                               "price(string,uint32)(uint256,uint256)", asked, 2));
    if (gvm_u256_add_overflow(&most, gvm_abi_u256(&v.items[0]), gvm_abi_u256(&v.items[1])))
        return gvm_error_set(&t->err, GVM_ERR_RANGE, "the price does not fit in 256 bits");
    (void)gvm_u256_to_decimal(r->most, most);
    const char *args[] = {r->name,  r->owner, r->payer, r->years, (const char *)r->records.ptr,
                          r->secret};
    GVM_TRY(gvm_ghosttool_call(
        t, &v, &signer->address, &gvm_names_address,
        "makeCommitment(string,address,address,uint32," RECORDS ",bytes32)(bytes32)", args, 6));
    put_word(r->commitment, &v.items[0]);
    return GVM_OK;
}

static gvm_status head_time(gvm_tool *t, uint64_t *out) {
    yyjson_doc *answer;
    yyjson_val *result;
    GVM_TRY(gvm_client_callf(t->client, &answer, &result, &t->err, "eth_getBlockByNumber",
                             "[\"latest\",false]"));
    gvm_json_at root = gvm_json_of(result, "eth_getBlockByNumber");
    gvm_status status = gvm_json_get_u64(out, &root, "timestamp", GVM_JSON_QUANTITY, &t->err);
    yyjson_doc_free(answer);
    return status;
}

/* Until the chain's time or, where no blocks come without transactions, the clock is there. */
static gvm_status wait_until(gvm_tool *t, uint64_t from) {
    const struct timespec second = {.tv_sec = 1};
    for (;;) {
        uint64_t head, now = (uint64_t)time(NULL);
        GVM_TRY(head_time(t, &head));
        if (now < head) now = head;
        if (now > from || head >= from) break;
        if (isatty(STDERR_FILENO))
            fprintf(stderr, "\rcommitted; to be registered in %llu s ",
                    (unsigned long long)(from - now + 1));
        (void)nanosleep(&second, NULL);
    }
    if (isatty(STDERR_FILENO)) fprintf(stderr, "\r\x1b[K");
    return GVM_OK;
}

static gvm_status commit(gvm_tool *t, request *r, const gvm_signer *signer) {
    yyjson_doc *answer;
    yyjson_val *receipt;
    gvm_abi_value v;
    const char *args[] = {r->commitment};
    GVM_TRY(gvm_ghosttool_send(t, &answer, &receipt, signer, &gvm_names_address, "commit(bytes32)",
                               args, 1));
    yyjson_doc_free(answer);
    GVM_TRY(gvm_ghosttool_call(t, &v, NULL, &gvm_names_address,
                               "commitmentMade(bytes32)(uint64,uint64,uint64)", args, 1));
    gvm_u256 from = gvm_abi_u256(&v.items[1]);
    return wait_until(t, from.w[0]);
}

/* The term and the price, from the event NameCreated. */
static gvm_status read_created(gvm_tool *t, gvm_u256 *expires, gvm_u256 *price,
                               yyjson_val *receipt) {
    const gvm_abi_entry *event = gvm_abi_find(t->abi, GVM_ABI_EVENT, "NameCreated");
    const gvm_abi_type *types;
    yyjson_val *log;
    yyjson_arr_iter it;
    char topic[GVM_HEX_WORD_SIZE];
    GVM_ASSERT(event != NULL);
    gvm_hex_data_hash(topic, &event->hash);
    GVM_TRY(
        gvm_abi_parse_types(&types, &t->arena, gvm_bytes_str("string,uint64,uint256"), &t->err));
    yyjson_arr_iter_init(yyjson_obj_get(receipt, "logs"), &it);
    while ((log = yyjson_arr_iter_next(&it)) != NULL) {
        gvm_json_at at = gvm_json_of(log, "log");
        gvm_buf data = {0};
        gvm_abi_value v;
        const char *first = yyjson_get_str(yyjson_arr_get_first(yyjson_obj_get(log, "topics")));
        if (first == NULL || strcmp(first, topic) != 0) continue;
        gvm_status status = gvm_json_get_data(&data, &at, "data", &t->err);
        if (status == GVM_OK)
            status = gvm_abi_decode(&v, &t->arena, types, gvm_buf_bytes(&data), GVM_ABI_LENIENT,
                                    &t->err);
        if (status == GVM_OK) {
            *expires = gvm_abi_u256(&v.items[1]);
            *price = gvm_abi_u256(&v.items[2]);
        }
        gvm_buf_free(&data);
        return status;
    }
    return gvm_error_set(&t->err, GVM_ERR_NOT_FOUND, "the receipt has no event NameCreated");
}

static gvm_status show(gvm_tool *t, const request *r, yyjson_val *receipt) {
    static const gvm_tool_field fields[] = {
        {"transactionHash", "transaction", GVM_TOOL_TEXT},
        {"name", "name", GVM_TOOL_TEXT},
        {"owner", "owner", GVM_TOOL_ADDRESS},
        {"expires", "expires", GVM_TOOL_TIME},
    };
    gvm_u256 expires, price;
    gvm_buf paid = {0};
    GVM_TRY(read_created(t, &expires, &price, receipt));
    gvm_amount_put(&paid, price, 18);
    gvm_buf_put(&paid, '\0');
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *o = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, o);
    const char *hash = yyjson_get_str(yyjson_obj_get(receipt, "transactionHash"));
    bool good = gvm_buf_status(&paid) == GVM_OK && hash != NULL &&
                yyjson_mut_obj_add_str(doc, o, "transactionHash", hash) &&
                yyjson_mut_obj_add_str(doc, o, "name", r->name) &&
                yyjson_mut_obj_add_str(doc, o, "owner", r->owner) &&
                yyjson_mut_obj_add_uint(doc, o, "expires", expires.w[0]) &&
                yyjson_mut_obj_add_strcpy(doc, o, "ghost", (const char *)paid.ptr);
    gvm_status status = good ? GVM_OK : GVM_ERR_NOMEM;
    if (good && t->json) {
        status = gvm_tool_print_doc(doc);
        doc = NULL;
    } else if (good) {
        yyjson_doc *shown = yyjson_mut_doc_imut_copy(doc, NULL);
        gvm_tool_rows(t, yyjson_doc_get_root(shown), fields, sizeof fields / sizeof fields[0]);
        gvm_tool_row(t, "price paid", "%s GHOST", (const char *)paid.ptr);
        yyjson_doc_free(shown);
    }
    yyjson_mut_doc_free(doc);
    gvm_buf_free(&paid);
    return status;
}

static gvm_status work(gvm_tool *t, request *r, const gvm_signer *signer) {
    yyjson_doc *answer;
    yyjson_val *receipt;
    GVM_TRY(read_request(t, r, signer));
    GVM_TRY(prepare(t, r, signer));
    GVM_TRY(commit(t, r, signer));
    const char *args[] = {r->name,   r->owner, r->years, (const char *)r->records.ptr,
                          r->secret, r->most};
    GVM_TRY(gvm_ghosttool_send(t, &answer, &receipt, signer, &gvm_names_address,
                               "register(string,address,uint32," RECORDS ",bytes32,uint256)", args,
                               6));
    gvm_status status = show(t, r, receipt);
    yyjson_doc_free(answer);
    return status;
}

gvm_status gvm_nametool_register(gvm_tool *t, const gvm_signer *signer) {
    request r = {0};
    gvm_status status = work(t, &r, signer);
    gvm_buf_free(&r.records);
    return status;
}
