/* What the commands of ghostvm have in common: options, help, a node to ask, tables, exit codes.
 *
 * A command opens a gvm_tool (which reads the options and may answer --help), reads its arguments,
 * sets `working`, does its work, and returns gvm_tool_close: 0 where the status is GVM_OK, 2 where
 * it failed before `working` was set (wrong usage), else 1. Results go to standard output, all else
 * to standard error. */
#ifndef GVM_APP_GHOSTVM_TOOL_H
#define GVM_APP_GHOSTVM_TOOL_H

#include "base/settings.h"
#include "codec/abi.h"
#include "service/client/client.h"
#include "service/client/message.h"
#include "service/client/signer.h"

/* Rows for a command's table of options. */
#define GVM_TOOL_OPTION(name_, type_, fallback_, value_, help_)                                  \
    {                                                                                            \
        .name = name_, .type = GVM_SETTING_##type_, .fallback = fallback_, .value_name = value_, \
        .help = help_                                                                            \
    }
#define GVM_TOOL_JSON GVM_TOOL_OPTION("json", BOOL, NULL, NULL, "JSON for programs.")
#define GVM_TOOL_NODE                                                                         \
    GVM_TOOL_JSON,                                                                            \
        GVM_TOOL_OPTION("rpc-url", TEXT, "http://127.0.0.1:8545", "URL", "The node to ask."), \
        GVM_TOOL_OPTION("timeout", DURATION, "30s", "TIME", "How long to wait for an answer.")
#define GVM_TOOL_BLOCK \
    GVM_TOOL_OPTION("block", TEXT, "latest", "BLOCK", "State to look at: a number, hash or tag.")
#define GVM_TOOL_ABI                           \
    GVM_TOOL_OPTION("abi", TEXT, NULL, "FILE", \
                    "A compiler's JSON ABI: names of functions, events and errors.")
/* Who signs, and what it may cost. */
#define GVM_TOOL_SIGNER                                                                           \
    GVM_TOOL_OPTION("private-key", TEXT, NULL, "HEX",                                             \
                    "Key that signs. Others can see a command line: better set the variable."),   \
        GVM_TOOL_OPTION("keystore", TEXT, NULL, "FILE", "Encrypted key file that signs."),        \
        GVM_TOOL_OPTION("password-file", TEXT, NULL, "FILE", "Its password, on the first line."), \
        GVM_TOOL_OPTION("mnemonic", TEXT, NULL, "WORDS",                                          \
                        "Words that the signing key comes from."),                                \
        GVM_TOOL_OPTION("index", NUMBER, "0", "N", "Which of their accounts: m/44'/60'/0'/0/N."), \
        GVM_TOOL_OPTION(                                                                          \
            "from", TEXT, NULL, "ADDRESS",                                                        \
            "The sender; without a key, an account that the node holds and signs for.")
#define GVM_TOOL_FEES                                                     \
    GVM_TOOL_OPTION("gas", NUMBER, NULL, "GAS",                           \
                    "Gas limit; else estimated, with an eighth on top."), \
        GVM_TOOL_OPTION("max-fee", TEXT, NULL, "AMOUNT",                  \
                        "Most to pay for a unit of gas: 30gwei."),        \
        GVM_TOOL_OPTION("tip", TEXT, NULL, "AMOUNT", "Tip for a unit of gas: 1gwei.")
#define GVM_TOOL_WAIT \
    GVM_TOOL_OPTION("wait", DURATION, "60s", "TIME", "How long to wait for the receipt.")

typedef struct gvm_tool_spec {
    const char *usage;    /* "call [OPTIONS] TO SIGNATURE [ARGUMENT...]" */
    const char *about;    /* sentences */
    const char *examples; /* lines, each indented by two */
    const gvm_setting_option *options;
    size_t option_count;
    size_t args_min, args_max;
    bool node; /* has GVM_TOOL_NODE: a client is made */
} gvm_tool_spec;

typedef struct gvm_tool {
    const gvm_tool_spec *spec;
    gvm_settings settings;
    const char *const *args;
    size_t arg_count;
    gvm_client *client;
    gvm_arena arena;
    gvm_abi_contract abi_contract;
    const gvm_abi_contract *abi; /* NULL: no --abi */
    gvm_error err;
    bool json, colour, working;
} gvm_tool;

/* -1: go on; else the exit code. gvm_tool_close must follow only after -1. */
int gvm_tool_open(gvm_tool *t, const gvm_tool_spec *spec, int argc, char **argv);
int gvm_tool_close(gvm_tool *t, gvm_status status);

/* Overwrites a secret that came by an option, in our copy and in argv. */
void gvm_tool_wipe_option(gvm_tool *t, int argc, char **argv, const char *name);

/* ---- tables: a line "label   value" each */
void gvm_tool_row(const gvm_tool *t, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

typedef enum gvm_tool_kind {
    GVM_TOOL_TEXT,    /* as it is */
    GVM_TOOL_NUMBER,  /* a quantity, in decimal */
    GVM_TOOL_GCC,     /* wei, shown in GCC */
    GVM_TOOL_GWEI,    /* wei, shown in gwei */
    GVM_TOOL_TIME,    /* seconds since 1970 */
    GVM_TOOL_ADDRESS, /* with its checksum */
    GVM_TOOL_DATA,    /* bytes, cut where they are many */
    GVM_TOOL_COUNT,   /* how many items an array has */
} gvm_tool_kind;
typedef struct gvm_tool_field {
    const char *key, *label;
    gvm_tool_kind kind;
} gvm_tool_field;
/* A row for each field that the object has. */
void gvm_tool_rows(const gvm_tool *t, yyjson_val *object, const gvm_tool_field *fields,
                   size_t count);
void gvm_tool_address_row(const gvm_tool *t, const char *label, const gvm_address *address);

/* The text and a line end. */
void gvm_tool_line(const gvm_buf *text);
/* A JSON value, indented, to standard output. */
void gvm_tool_print_json(yyjson_val *value);
/* The document made by the command, which is freed. */
gvm_status gvm_tool_print_doc(yyjson_mut_doc *doc);
/* "green" and so on around text on a terminal; "" else. For printf. */
const char *gvm_tool_good(const gvm_tool *t);
const char *gvm_tool_bad(const gvm_tool *t);
const char *gvm_tool_plain(const gvm_tool *t);

/* ---- arguments */
gvm_status gvm_tool_address(gvm_tool *t, gvm_address *out, const char *text);
/* Asks for a password on the terminal, not shown; `twice` for a new one. Appends it; the caller
 * wipes. GVM_ERR_CONFIG where there is no terminal. */
gvm_status gvm_tool_password(gvm_tool *t, gvm_buf *out, bool twice);
/* Puts why the node refused the last call into t->err: a revert's reason decoded. */
void gvm_tool_reason(gvm_tool *t);
/* The signer that the options of GVM_TOOL_SIGNER name; secrets are wiped from them. The caller
 * wipes *out, after failure too. */
gvm_status gvm_tool_signer(gvm_tool *t, gvm_signer *out, int argc, char **argv);
/* Gas limit and prices of GVM_TOOL_FEES. */
gvm_status gvm_tool_fees(gvm_tool *t, gvm_client_message *m);
/* Appends the arguments of a constructor: signature is "constructor(uint256)" or "(uint256)". */
gvm_status gvm_tool_encode_constructor(gvm_tool *t, gvm_buf *out, const char *signature,
                                       const char *const *args, size_t count);
/* For gvm_client_wait, with the hash's text: a line on a terminal that is written over. */
void gvm_tool_waiting(void *hash, uint64_t ms);
/* The error of a transaction that failed, with what the contract said. */
gvm_status gvm_tool_failed(gvm_tool *t, const gvm_hash *hash);
/* Signs the message and sends it; a revert that the estimate meets is told by its reason. */
GVM_NODISCARD gvm_status gvm_tool_submit(gvm_tool *t, gvm_hash *hash, const gvm_client_message *m,
                                         const gvm_signer *signer);
/* Waits for a transaction as long as GVM_TOOL_WAIT says. *receipt points into *answer, which
 * is the caller's to free, and may be of a transaction that failed: gvm_tool_succeeded tells. */
GVM_NODISCARD gvm_status gvm_tool_receive(gvm_tool *t, yyjson_doc **answer, yyjson_val **receipt,
                                          const gvm_hash *hash);
bool gvm_tool_succeeded(yyjson_val *receipt);
/* The receipt for people, with its events. */
void gvm_tool_print_receipt(gvm_tool *t, yyjson_val *receipt);
/* Selector and arguments of "transfer(address,uint256)" or, with --abi, of "transfer"; *entry for
 * what comes back. */
gvm_status gvm_tool_encode_call(gvm_tool *t, gvm_buf *out, gvm_abi_entry *entry,
                                const char *signature, const char *const *args, size_t count);

#endif
