/* ghostvm token: the four tokens. */
#include "app/ghostvm/cmd.h"
#include "app/ghostvm/ghost_tool.h"
#include "codec/hex.h"
#include "service/client/amount.h"
#include "system/tokens.h"

#include <stdio.h>
#include <strings.h>

static gvm_status read_token(gvm_tool *t, gvm_token *out, const char *text) {
    for (int i = GVM_TOKEN_GCC; i < GVM_TOKEN_END; i++) {
        *out = (gvm_token)i;
        if (strcasecmp(text, gvm_token_symbol(*out)) == 0) return GVM_OK;
    }
    return gvm_error_set(&t->err, GVM_ERR_ARGUMENT,
                         "expected a token, GCC, SPIRIT, MANA or GHOST; found \"%.40s\"", text);
}

/* "1.5ghost" as well as "1.5gcc": all four have 18 decimals. A whole number alone is the smallest
 * unit, as everywhere. */
static gvm_status read_amount(gvm_tool *t, gvm_u256 *out, gvm_token token, const char *text) {
    const char *symbol = gvm_token_symbol(token);
    size_t number = strspn(text, "0123456789."), unit = number;
    char in_gcc[128];
    while (text[unit] == ' ') unit++;
    if (token != GVM_TOKEN_GCC &&
        (strcasecmp(text + unit, "gcc") == 0 || strncasecmp(text + unit, "eth", 3) == 0))
        return gvm_error_set(&t->err, GVM_ERR_ARGUMENT, "\"%.80s\" is not an amount of %s", text,
                             symbol);
    if (strcasecmp(text + unit, symbol) != 0 || number > 100)
        return gvm_amount_parse(out, text, &t->err);
    (void)snprintf(in_gcc, sizeof in_gcc, "%.*sgcc", (int)number, text);
    return gvm_amount_parse(out, in_gcc, &t->err);
}

static gvm_status balances(gvm_tool *t, const gvm_signer *signer) {
    gvm_address account;
    char address[GVM_HEX_ADDRESS_SIZE];
    yyjson_doc *answer;
    yyjson_val *result;
    (void)signer;
    t->working = true;
    GVM_TRY(gvm_ghosttool_account(t, &account, t->args[0]));
    gvm_hex_data_address(address, &account);
    GVM_TRY(gvm_ghosttool_ask(t, &answer, &result, "ghost_getTokenBalances", address, ""));
    gvm_status status = GVM_OK;
    if (t->json) {
        gvm_tool_print_json(result);
    } else {
        for (int i = GVM_TOKEN_GCC; i < GVM_TOKEN_END && status == GVM_OK; i++) {
            const char *symbol = gvm_token_symbol((gvm_token)i);
            gvm_json_at root = gvm_json_of(result, "ghost_getTokenBalances");
            gvm_u256 amount;
            gvm_buf text = {0};
            status = gvm_json_get_u256(&amount, &root, symbol, GVM_JSON_QUANTITY, &t->err);
            if (status != GVM_OK) break;
            gvm_amount_put(&text, amount, 18);
            gvm_tool_row(t, symbol, "%.*s", (int)text.len, (const char *)text.ptr);
            gvm_buf_free(&text);
        }
    }
    yyjson_doc_free(answer);
    return status;
}

static gvm_status send_tokens(gvm_tool *t, const gvm_signer *signer) {
    gvm_token token;
    gvm_u256 amount;
    gvm_address to;
    char number[8], decimal[80], address[GVM_HEX_ADDRESS_SIZE];
    const char *args[] = {number, address, decimal};
    GVM_TRY(read_token(t, &token, t->args[0]));
    GVM_TRY(read_amount(t, &amount, token, t->args[2]));
    t->working = true;
    GVM_TRY(gvm_ghosttool_account(t, &to, t->args[1]));
    (void)snprintf(number, sizeof number, "%d", (int)token);
    (void)gvm_u256_to_decimal(decimal, amount);
    gvm_hex_data_address(address, &to);
    return gvm_ghosttool_do(t, signer, &gvm_tokens_address, "transfer(uint8,address,uint256)", args,
                            3);
}

static gvm_status set_fee_token(gvm_tool *t, const gvm_signer *signer) {
    gvm_token token;
    char number[8];
    const char *args[] = {number};
    GVM_TRY(read_token(t, &token, t->args[0]));
    t->working = true;
    (void)snprintf(number, sizeof number, "%d", (int)token);
    return gvm_ghosttool_do(t, signer, &gvm_tokens_address, "setFeeToken(uint8)", args, 1);
}

/* An option's amount, or all ones: no bound. */
static gvm_status put_bound(gvm_tool *t, gvm_buf *out, gvm_token token, const char *option) {
    const char *text = gvm_settings_text(&t->settings, option);
    gvm_u256 bound = {.w = {UINT64_MAX, UINT64_MAX}};
    char decimal[80];
    if (text != NULL) GVM_TRY(read_amount(t, &bound, token, text));
    (void)gvm_u256_to_decimal(decimal, bound);
    gvm_buf_printf(out, "%s,", decimal);
    return GVM_OK;
}

/* The struct Grant as text. */
static gvm_status put_grant(gvm_tool *t, gvm_buf *out, gvm_token token, gvm_u256 total) {
    const char *target = gvm_settings_text(&t->settings, "target");
    gvm_address to = {{0}};
    char decimal[80], address[GVM_HEX_ADDRESS_SIZE];
    (void)gvm_u256_to_decimal(decimal, total);
    gvm_buf_printf(out, "(%s,", decimal);
    GVM_TRY(put_bound(t, out, token, "per-transaction"));
    GVM_TRY(put_bound(t, out, GVM_TOKEN_GCC, "per-gas"));
    GVM_TRY(put_bound(t, out, GVM_TOKEN_GCC, "most-tip"));
    t->working = true;
    if (target != NULL) GVM_TRY(gvm_ghosttool_account(t, &to, target));
    gvm_hex_data_address(address, &to);
    gvm_buf_printf(out, "%s,0x00000000,false,%d,0,%llu)", address, (int)token,
                   (unsigned long long)gvm_settings_number(&t->settings, "until"));
    gvm_buf_put(out, '\0');
    return gvm_buf_status(out);
}

static gvm_status grant(gvm_tool *t, const gvm_signer *signer) {
    gvm_token token;
    gvm_u256 total;
    gvm_address user;
    gvm_buf terms = {0};
    char address[GVM_HEX_ADDRESS_SIZE];
    GVM_TRY(read_token(t, &token, t->args[1]));
    GVM_TRY(read_amount(t, &total, token, t->args[2]));
    gvm_status status = put_grant(t, &terms, token, total);
    if (status == GVM_OK) status = gvm_ghosttool_account(t, &user, t->args[0]);
    if (status == GVM_OK) {
        gvm_hex_data_address(address, &user);
        const char *args[] = {address, (const char *)terms.ptr};
        status = gvm_ghosttool_do(t, signer, &gvm_tokens_address,
                                  "grant(address,(uint128,uint128,uint128,uint128,address,bytes4,"
                                  "bool,uint8,uint64,uint64))",
                                  args, 2);
    }
    gvm_buf_free(&terms);
    return status;
}

static const gvm_setting_option asking[] = {GVM_TOOL_NODE};
static const gvm_setting_option sending[] = {GVM_TOOL_NODE, GVM_TOOL_SIGNER, GVM_TOOL_FEES,
                                             GVM_TOOL_WAIT};
static const gvm_setting_option granting[] = {
    GVM_TOOL_NODE,
    GVM_TOOL_SIGNER,
    GVM_TOOL_FEES,
    GVM_TOOL_WAIT,
    GVM_TOOL_OPTION("per-transaction", TEXT, NULL, "AMOUNT",
                    "Most for one transaction; else no bound."),
    GVM_TOOL_OPTION("per-gas", TEXT, NULL, "AMOUNT",
                    "Most for a unit of gas, tip included: 30gwei; else no bound."),
    GVM_TOOL_OPTION("most-tip", TEXT, NULL, "AMOUNT",
                    "Most of that for the tip: 1gwei; else no bound."),
    GVM_TOOL_OPTION("target", TEXT, NULL, "ACCOUNT",
                    "Pays only for transactions to this account; else for all."),
    GVM_TOOL_OPTION("until", NUMBER, "0", "SECONDS",
                    "Last time of a block that it pays in, in seconds since 1970; 0: no end."),
};
#define OPTIONS(list) .options = list, .option_count = sizeof list / sizeof list[0], .node = true

static const gvm_ghosttool_command commands[] = {
    {.name = "balances",
     .summary = "what an account holds of each token",
     .run = balances,
     .spec = {.usage = "token balances [OPTIONS] ACCOUNT",
              .about = "Shows what an account, given by address or by name, holds of GCC, SPIRIT, "
                       "MANA and GHOST. MANA counts\nwhat has accrued and is not claimed yet.",
              .examples = "  ghostvm token balances alice.ghost\n"
                          "  ghostvm token balances --json "
                          "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\n",
              OPTIONS(asking),
              .args_min = 1,
              .args_max = 1}},
    {.name = "send",
     .summary = "send tokens to an account",
     .contract = "Tokens",
     .signs = true,
     .run = send_tokens,
     .spec = {.usage = "token send [OPTIONS] TOKEN TO AMOUNT",
              .about = "Sends an amount of GCC, SPIRIT, MANA or GHOST to an address or a name. "
                       "The amount has the token as\nits unit (1.5ghost); a whole number without a "
                       "unit counts the smallest units, 10^-18.",
              .examples = "  ghostvm token send --from 0xf39F... GHOST bob.ghost 12.5ghost\n"
                          "  GHOSTVM_PRIVATE_KEY=... ghostvm token send SPIRIT 0x7099... "
                          "1000spirit\n",
              OPTIONS(sending),
              .args_min = 3,
              .args_max = 3}},
    {.name = "fee",
     .summary = "choose the token that fees are paid in",
     .contract = "Tokens",
     .signs = true,
     .run = set_fee_token,
     .spec = {.usage = "token fee [OPTIONS] TOKEN",
              .about = "Chooses what the sender's transactions of Ethereum's types pay their fees "
                       "in; GCC takes the\nchoice back.",
              .examples = "  ghostvm token fee --from 0xf39F... SPIRIT\n",
              OPTIONS(sending),
              .args_min = 1,
              .args_max = 1}},
    {.name = "grant",
     .summary = "pay an account's fees",
     .contract = "Tokens",
     .signs = true,
     .run = grant,
     .spec = {.usage = "token grant [OPTIONS] USER TOKEN AMOUNT",
              .about = "The sender pays USER's fees in TOKEN, up to AMOUNT in all and within the "
                       "bounds that options set. It\nreplaces a former grant to the same user.",
              .examples = "  ghostvm token grant --from 0xf39F... --per-transaction 0.1spirit \\\n"
                          "      bob.ghost SPIRIT 50spirit\n",
              OPTIONS(granting),
              .args_min = 3,
              .args_max = 3}},
};

int gvm_cmd_token(int argc, char **argv) {
    return gvm_ghosttool_dispatch("token", commands, sizeof commands / sizeof commands[0], argc,
                                  argv);
}
