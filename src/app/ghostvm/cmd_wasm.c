/* ghostvm wasm: a table of subcommands and nothing else. */
#include "app/ghostvm/cmd.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
} commands[] = {
#define X(name, summary) {#name, summary, gvm_cmd_wasm_##name},
#include "app/ghostvm/wasm_commands.inc"
#undef X
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void usage(FILE *out) {
    fprintf(out, "usage: ghostvm wasm COMMAND [OPTIONS]\n\n");
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].summary);
    fprintf(out, "\n`ghostvm wasm COMMAND --help` tells a command's options.\n");
}

int gvm_cmd_wasm(int argc, char **argv) {
    if (argc < 2) {
        usage(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return 0;
    }
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) return commands[i].run(argc - 1, argv + 1);
    }
    fprintf(stderr, "ghostvm wasm: unknown command '%s'; `ghostvm wasm --help` lists them\n",
            argv[1]);
    return 2;
}
