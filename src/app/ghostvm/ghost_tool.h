/* What `ghostvm name`, `token` and `id` have in common: a table of subcommands, system contracts
 * called by the names in their tables, accounts given by address or by name. */
#ifndef GVM_APP_GHOSTVM_GHOST_TOOL_H
#define GVM_APP_GHOSTVM_GHOST_TOOL_H

#include "app/ghostvm/tool.h"

typedef struct gvm_ghosttool_command {
    const char *name, *summary;
    gvm_tool_spec spec;
    const char *contract; /* whose errors and events are told by name; NULL */
    bool signs;           /* has GVM_TOOL_SIGNER: `run` gets a signer, else NULL */
    gvm_status (*run)(gvm_tool *t, const gvm_signer *signer);
} gvm_ghosttool_command;

/* Runs argv[1] of the table `group`. The exit code. */
int gvm_ghosttool_dispatch(const char *group, const gvm_ghosttool_command *commands, size_t count,
                           int argc, char **argv);

/* Appends text as a JSON string. */
void gvm_ghosttool_put_string(gvm_buf *out, const char *text);
/* The registered form of a name, in the tool's arena. */
GVM_NODISCARD gvm_status gvm_ghosttool_name(gvm_tool *t, const char **out, const char *text);
/* An address, or where a name leads. */
GVM_NODISCARD gvm_status gvm_ghosttool_account(gvm_tool *t, gvm_address *out, const char *text);
/* Answers method(text, rest): `rest` is "" or ",..." of JSON. */
GVM_NODISCARD gvm_status gvm_ghosttool_ask(gvm_tool *t, yyjson_doc **answer, yyjson_val **result,
                                           const char *method, const char *text, const char *rest);

/* Calls a function of a system contract at the latest block; `signature` has its results, whose
 * values are in the tool's arena. `from` may be NULL. */
GVM_NODISCARD gvm_status gvm_ghosttool_call(gvm_tool *t, gvm_abi_value *results,
                                            const gvm_address *from, const gvm_address *to,
                                            const char *signature, const char *const *args,
                                            size_t count);
/* Sends a transaction and waits until it has succeeded. The caller frees *answer. */
GVM_NODISCARD gvm_status gvm_ghosttool_send(gvm_tool *t, yyjson_doc **answer, yyjson_val **receipt,
                                            const gvm_signer *signer, const gvm_address *to,
                                            const char *signature, const char *const *args,
                                            size_t count);
/* The same, and shows the receipt. */
GVM_NODISCARD gvm_status gvm_ghosttool_do(gvm_tool *t, const gvm_signer *signer,
                                          const gvm_address *to, const char *signature,
                                          const char *const *args, size_t count);

#endif
