/* `ghostvm t8n`: the transition tool with the flags of go-ethereum's `evm t8n`. */
#include "app/ghostvm/cmd.h"

#include "codec/archive.h"
#include "codec/json.h"
#include "service/conformance/t8n.h"
#include "vm/evm/trace3155.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* geth's exit codes */
enum { EXIT_EVM = 2, EXIT_CONFIG = 3, EXIT_BLOCK_HASH = 4, EXIT_JSON = 10, EXIT_IO = 11 };
enum { INPUT_MAX = 1 << 30 };

typedef struct flags {
    const char *alloc_in, *env_in, *txs_in;
    const char *folder, *alloc_out, *result_out, *body_out;
    gvm_t8n_options options;
    bool trace;
} flags;

static void usage(FILE *out) {
    fputs("usage: ghostvm t8n [OPTIONS]\n\n"
          "Applies transactions to accounts, as `evm t8n` of go-ethereum does.\n\n"
          "  --input.alloc FILE    accounts (alloc.json; `stdin`: all inputs in one object)\n"
          "  --input.env FILE      the block's environment (env.json)\n"
          "  --input.txs FILE      transactions: JSON, or RLP as hex in a file *.rlp (txs.json)\n"
          "  --output.basedir DIR  where files go (.)\n"
          "  --output.alloc FILE   accounts after (alloc.json; `stdout`, `stderr`)\n"
          "  --output.result FILE  result (result.json)\n"
          "  --output.body FILE    included transactions in RLP (not written)\n"
          "  --state.fork NAME     rules (Osaka)\n"
          "  --state.chainid N     chain id (1)\n"
          "  --state.reward N      reward of the block; -1 for none (0)\n"
          "  --trace               EIP-3155 traces into trace-<index>-<hash>.jsonl\n"
          "  --trace.memory, --trace.nostack, --trace.returndata\n"
          "  --help\n",
          out);
}

static int parse_reward(gvm_t8n_options *o, const char *text) {
    o->has_reward = strcmp(text, "-1") != 0;
    if (!o->has_reward) return 0;
    return gvm_u256_parse(&o->reward, text, strlen(text)) == GVM_OK ? 0 : EXIT_CONFIG;
}

static int parse_chain_id(gvm_t8n_options *o, const char *text) {
    gvm_u256 id;
    if (gvm_u256_parse(&id, text, strlen(text)) != GVM_OK || !gvm_u256_fits_u64(id))
        return EXIT_CONFIG;
    o->chain_id = id.w[0];
    return 0;
}

/* 0 to go on; else -1: done (help), or the exit code. */
static int parse(flags *f, int argc, char **argv) {
    static const struct option longs[] = {
        {"input.alloc", required_argument, NULL, 'a'},
        {"input.env", required_argument, NULL, 'e'},
        {"input.txs", required_argument, NULL, 't'},
        {"output.basedir", required_argument, NULL, 'd'},
        {"output.alloc", required_argument, NULL, 'A'},
        {"output.result", required_argument, NULL, 'R'},
        {"output.body", required_argument, NULL, 'B'},
        {"state.fork", required_argument, NULL, 'f'},
        {"state.chainid", required_argument, NULL, 'c'},
        {"state.reward", required_argument, NULL, 'r'},
        {"trace", no_argument, NULL, 'T'},
        {"trace.memory", no_argument, NULL, 'm'},
        {"trace.nostack", no_argument, NULL, 's'},
        {"trace.returndata", no_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int bad = 0;
    optind = 1;
    for (int c; bad == 0 && (c = getopt_long(argc, argv, "h", longs, NULL)) != -1;) {
        switch (c) {
        case 'a': f->alloc_in = optarg; break;
        case 'e': f->env_in = optarg; break;
        case 't': f->txs_in = optarg; break;
        case 'd': f->folder = optarg; break;
        case 'A': f->alloc_out = optarg; break;
        case 'R': f->result_out = optarg; break;
        case 'B': f->body_out = optarg; break;
        case 'f': f->options.fork = optarg; break;
        case 'c': bad = parse_chain_id(&f->options, optarg); break;
        case 'r': bad = parse_reward(&f->options, optarg); break;
        case 'T': f->trace = true; break;
        case 'm': f->options.trace_flags |= GVM_TRACE3155_MEMORY; break;
        case 's': f->options.trace_flags |= GVM_TRACE3155_NO_STACK; break;
        case 'o': f->options.trace_flags |= GVM_TRACE3155_RETURN_DATA; break;
        case 'h': usage(stdout); return -1;
        default: usage(stderr); return EXIT_CONFIG;
        }
    }
    if (bad != 0) fprintf(stderr, "ghostvm t8n: '%s' is not a number in range\n", optarg);
    if (f->trace) f->options.trace_folder = f->folder;
    return bad;
}

/* ---- input */

typedef struct input {
    yyjson_doc *stdin_doc, *docs[3];
    yyjson_val *alloc, *env, *txs;
} input;

static int read_doc(yyjson_doc **out, const char *path) {
    gvm_buf text = {0};
    gvm_error err = {0};
    gvm_json_limits limits = {INPUT_MAX, gvm_json_default_limits.depth};
    int code = 0;
    if (strcmp(path, "stdin") == 0) path = "/dev/stdin";
    if (gvm_archive_read_file(&text, path, INPUT_MAX, &err) != GVM_OK)
        code = EXIT_IO;
    else if (gvm_json_parse(out, gvm_buf_bytes(&text), &limits, &err) != GVM_OK)
        code = EXIT_JSON;
    if (code != 0) fprintf(stderr, "ghostvm t8n: %s: %s\n", path, gvm_error_text(&err));
    gvm_buf_free(&text);
    return code;
}

static int read_one(input *in, yyjson_doc **doc, yyjson_val **out, const char *path,
                    const char *name) {
    int code = 0;
    if (strcmp(path, "stdin") != 0) {
        code = read_doc(doc, path);
        if (code == 0) *out = yyjson_doc_get_root(*doc);
        return code;
    }
    if (in->stdin_doc == NULL) code = read_doc(&in->stdin_doc, path);
    *out = yyjson_obj_get(yyjson_doc_get_root(in->stdin_doc), name);
    if (*out == NULL && strcmp(name, "txs") == 0)
        *out = yyjson_obj_get(yyjson_doc_get_root(in->stdin_doc), "txsRlp");
    return code;
}

static int read_input(input *in, const flags *f) {
    int code = read_one(in, &in->docs[0], &in->alloc, f->alloc_in, "alloc");
    if (code == 0) code = read_one(in, &in->docs[1], &in->env, f->env_in, "env");
    if (code == 0) code = read_one(in, &in->docs[2], &in->txs, f->txs_in, "txs");
    return code;
}

static void free_input(input *in) {
    yyjson_doc_free(in->stdin_doc);
    for (int i = 0; i < 3; i++) yyjson_doc_free(in->docs[i]);
}

/* ---- output: what goes to a stream is gathered in one object */

typedef struct streams {
    yyjson_mut_val *out, *err;
} streams;

static int write_text(const char *path, gvm_bytes text) {
    FILE *file = fopen(path, "w");
    bool ok = file != NULL && fwrite(text.ptr, 1, text.len, file) == text.len;
    if (file != NULL && fclose(file) != 0) ok = false;
    if (!ok) fprintf(stderr, "ghostvm t8n: cannot write %s\n", path);
    return ok ? 0 : EXIT_IO;
}

static int write_value(yyjson_mut_val *value, const char *path, FILE *stream) {
    gvm_buf text = {0};
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    int code = EXIT_IO;
    yyjson_mut_doc_set_root(doc, yyjson_mut_val_mut_copy(doc, value));
    if (gvm_json_write(&text, doc, true) == GVM_OK) {
        gvm_buf_put(&text, '\n');
        if (path != NULL)
            code = write_text(path, gvm_buf_bytes(&text));
        else
            code = fwrite(text.ptr, 1, text.len, stream) == text.len ? 0 : EXIT_IO;
    }
    yyjson_mut_doc_free(doc);
    gvm_buf_free(&text);
    return code;
}

static int put(streams *s, yyjson_mut_doc *doc, const flags *f, const char *where, const char *name,
               yyjson_mut_val *value) {
    char path[4096];
    if (where == NULL || *where == 0) return 0;
    if (strcmp(where, "stdout") == 0) {
        (void)yyjson_mut_obj_add_val(doc, s->out, name, value);
        return 0;
    }
    if (strcmp(where, "stderr") == 0) {
        (void)yyjson_mut_obj_add_val(doc, s->err, name, value);
        return 0;
    }
    (void)snprintf(path, sizeof path, "%s/%s", f->folder, where);
    return write_value(value, path, NULL);
}

static int write_output(const flags *f, gvm_t8n_output *o) {
    streams s = {yyjson_mut_obj(o->doc), yyjson_mut_obj(o->doc)};
    int code = put(&s, o->doc, f, f->alloc_out, "alloc", o->alloc);
    if (code == 0) code = put(&s, o->doc, f, f->result_out, "result", o->result);
    if (code == 0) code = put(&s, o->doc, f, f->body_out, "body", o->body);
    if (code == 0 && yyjson_mut_obj_size(s.out) > 0) code = write_value(s.out, NULL, stdout);
    if (code == 0 && yyjson_mut_obj_size(s.err) > 0) code = write_value(s.err, NULL, stderr);
    return code;
}

int gvm_cmd_t8n(int argc, char **argv) {
    flags f = {
        .alloc_in = "alloc.json",
        .env_in = "env.json",
        .txs_in = "txs.json",
        .folder = ".",
        .alloc_out = "alloc.json",
        .result_out = "result.json",
        .options = {.fork = "Osaka", .chain_id = 1, .has_reward = true},
    };
    input in = {0};
    gvm_t8n_output output;
    gvm_error err = {0};
    int code = parse(&f, argc, argv);
    if (code != 0) return code < 0 ? 0 : code;
    code = read_input(&in, &f);
    if (code == 0) {
        gvm_status status = gvm_t8n_run(&output, &f.options, in.alloc, in.env, in.txs, &err);
        if (status != GVM_OK) {
            const char *text = err.text[0] != 0 ? err.text : gvm_status_text(status);
            fprintf(stderr, "ghostvm t8n: %s\n", text);
            code = status == GVM_ERR_NOT_FOUND ? EXIT_BLOCK_HASH
                   : status == GVM_ERR_CONFIG  ? EXIT_CONFIG
                                               : EXIT_EVM;
        } else {
            code = write_output(&f, &output);
            yyjson_mut_doc_free(output.doc);
        }
    }
    free_input(&in);
    return code;
}
