/* The subcommands of ghostvm: one file cmd_<name>.c and one line in commands.inc each. */
#ifndef GVM_APP_GHOSTVM_CMD_H
#define GVM_APP_GHOSTVM_CMD_H

/* argv[0] is the subcommand's name. Returns the exit code: 0 done, 1 it failed, 2 wrong usage. Each
 * answers --help itself. */
#define X(name, summary) int gvm_cmd_##name(int argc, char **argv);
#include "app/ghostvm/commands.inc"
#undef X
/* Those of `ghostvm wasm`: argv[0] is the name behind it. */
#define X(name, summary) int gvm_cmd_wasm_##name(int argc, char **argv);
#include "app/ghostvm/wasm_commands.inc"
#undef X

#endif
