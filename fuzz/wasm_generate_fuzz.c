/* Makes a valid module from the input's bytes and runs it by the interpreter and as compiled code:
 * results, memory, globals, fuel, trap and its place must agree. The bytes choose instructions from
 * the opcode table, with operands of the right types put before them, so every instruction that the
 * table has can appear, in blocks, loops, ifs, tables of branches and calls.
 *
 * The module: memory of one page, a table with both functions and a hole, globals of every number
 * type, two functions of mixed parameters (more than the registers hold) and two results, both of
 * which may call each other, the host, or through the table. */
#include "vm/wasm/runtime.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
uint64_t fuzz_digest(void);

typedef struct gen {
    const uint8_t *p, *end;
    gvm_buf b;
    uint8_t stack[256]; /* types, from the innermost block's start */
    unsigned height, base, depth, instructions;
    uint8_t label_loop[16];   /* by depth: a loop */
    uint8_t label_result[16]; /* by depth: type of its result, 0: none */
} gen;

static uint8_t next(gen *g) {
    return g->p < g->end ? *g->p++ : 0;
}
static void put(gen *g, uint8_t byte) {
    gvm_buf_put(&g->b, byte);
}
static void put_u32(gvm_buf *b, uint32_t v) {
    for (; v >= 0x80; v >>= 7) gvm_buf_put(b, (uint8_t)(v | 0x80));
    gvm_buf_put(b, (uint8_t)v);
}
static void put_s64(gvm_buf *b, int64_t v) {
    for (;;) {
        uint8_t byte = v & 0x7f;
        v >>= 7;
        if ((v == 0 && !(byte & 0x40)) || (v == -1 && byte & 0x40)) {
            gvm_buf_put(b, byte);
            return;
        }
        gvm_buf_put(b, byte | 0x80);
    }
}

/* Parameters of both functions, then locals; by index. Type 0 in every position has a fixed index
 * below. */
static const uint8_t params[18] = {
    GVM_WASM_I32, GVM_WASM_I64, GVM_WASM_F32, GVM_WASM_F64, GVM_WASM_V128, GVM_WASM_I32,
    GVM_WASM_I64, GVM_WASM_I32, GVM_WASM_F64, GVM_WASM_I32, GVM_WASM_I64,  GVM_WASM_I32,
    GVM_WASM_F32, GVM_WASM_I32, GVM_WASM_I64, GVM_WASM_I32, GVM_WASM_I64,  GVM_WASM_F64};
#define LOCALS 24 /* 18 parameters, then i32 i64 f32 f64 v128 i32 */
static const uint8_t locals[6] = {GVM_WASM_I32, GVM_WASM_I64,  GVM_WASM_F32,
                                  GVM_WASM_F64, GVM_WASM_V128, GVM_WASM_I32};
static const uint8_t globals[5] = {GVM_WASM_I32, GVM_WASM_I64, GVM_WASM_F32, GVM_WASM_F64,
                                   GVM_WASM_V128};
static uint8_t local_type(unsigned i) {
    return i < 18 ? params[i] : locals[i - 18];
}

static void push_type(gen *g, uint8_t type) {
    if (g->height < sizeof g->stack) g->stack[g->height++] = type;
}

/* Numbers that are at an edge more often than not. */
static int64_t number(gen *g) {
    static const int64_t edges[] = {
        0,  1,     -1,    2,         -2,        7,          31,        32,        63,
        64, 65535, 65536, INT32_MIN, INT32_MAX, UINT32_MAX, INT64_MIN, INT64_MAX, 0x7fc00001};
    uint8_t choice = next(g);
    if (choice < 200) return edges[choice % (sizeof edges / sizeof *edges)];
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++) v = v << 8 | next(g);
    return (int64_t)v;
}
static uint64_t float_bits(gen *g, bool wide) {
    static const uint64_t edges[] = {0,
                                     0x8000000000000000,
                                     0x3ff0000000000000,
                                     0xbff8000000000000,
                                     0x7ff0000000000000,
                                     0xfff0000000000000,
                                     0x7ff8000000000000,
                                     0xfff4000000000001,
                                     1,
                                     0x41dfffffffc00000,
                                     0x41e0000000000000,
                                     0x43e0000000000000,
                                     0xc3e0000000000000,
                                     0x43f0000000000000};
    static const uint32_t narrow[] = {0,          0x80000000, 0x3f800000, 0xbfc00000, 0x7f800000,
                                      0xff800000, 0x7fc00000, 0xffa00001, 1,          0x4effffff,
                                      0x4f000000, 0x5f000000, 0xdf000000, 0x5f800000};
    uint8_t choice = next(g);
    if (choice < 200) return wide ? edges[choice % 14] : narrow[choice % 14];
    return (uint64_t)number(g);
}

/* A value of the type, out of nothing. */
static void make(gen *g, uint8_t type) {
    uint8_t how = next(g);
    if (how & 1) { /* a local of that type */
        for (unsigned k = 0; k < LOCALS; k++) {
            unsigned i = ((how >> 1) + k) % LOCALS;
            if (local_type(i) != type) continue;
            put(g, 0x20);
            put_u32(&g->b, i);
            push_type(g, type);
            return;
        }
    }
    uint64_t bits;
    switch (type) {
    case GVM_WASM_I32:
        put(g, 0x41);
        put_s64(&g->b, (int32_t)number(g));
        break;
    case GVM_WASM_I64:
        put(g, 0x42);
        put_s64(&g->b, number(g));
        break;
    case GVM_WASM_F32:
        bits = float_bits(g, false);
        put(g, 0x43);
        gvm_buf_append(&g->b, &bits, 4);
        break;
    case GVM_WASM_F64:
        bits = float_bits(g, true);
        put(g, 0x44);
        gvm_buf_append(&g->b, &bits, 8);
        break;
    default:
        put(g, 0xfd);
        put(g, 0x0c);
        for (unsigned i = 0; i < 4; i++) {
            uint32_t lane = (uint32_t)float_bits(g, false);
            gvm_buf_append(&g->b, &lane, 4);
        }
    }
    push_type(g, type);
}

/* The types on top: what is there is taken where it fits, the rest is made. */
static void want(gen *g, const uint8_t *types, unsigned len) {
    unsigned have = g->height - g->base, fit = 0;
    for (unsigned n = len < have ? len : have; n > 0 && fit == 0; n--)
        if (memcmp(g->stack + g->height - n, types, n) == 0) fit = n;
    for (unsigned i = fit; i < len; i++) make(g, types[i]);
    g->height -= len;
}

static uint8_t type_of(char letter) {
    return letter == 'i'   ? GVM_WASM_I32
           : letter == 'I' ? GVM_WASM_I64
           : letter == 'f' ? GVM_WASM_F32
           : letter == 'F' ? GVM_WASM_F64
                           : GVM_WASM_V128;
}

static void put_op(gen *g, const gvm_wasm_opinfo *x) {
    if (x->prefix) put(g, x->prefix);
    if (x->prefix)
        put_u32(&g->b, x->code);
    else
        put(g, x->code);
}

static void plain(gen *g, const gvm_wasm_opinfo *x) {
    uint8_t types[4];
    unsigned n = 0;
    for (; n < 4 && x->pop[n]; n++) types[n] = type_of(x->pop[n]);
    bool memory = x->imm >= GVM_WASM_IMM_MEM1;
    uint8_t how = memory ? next(g) : 255;
    if (x->prefix == 0 && x->price == GVM_WASM_PRICE_IDIV &&
        next(g) < 50) { /* the one quotient that overflows */
        bool wide = types[0] == GVM_WASM_I64;
        put(g, wide ? 0x42 : 0x41), put_s64(&g->b, wide ? INT64_MIN : INT32_MIN);
        put(g, wide ? 0x42 : 0x41), put_s64(&g->b, -1);
        push_type(g, types[0]), push_type(g, types[0]);
    }
    if (how < 180 && n != 0) { /* inside */
        want(g, types, 1);
        put(g, 0x41), put_s64(&g->b, 0x1ff), put(g, 0x71);
        push_type(g, GVM_WASM_I32);
        for (unsigned i = 1; i < n; i++) make(g, types[i]);
        g->height -= n;
    } else if (how < 230 && n != 0) { /* about the end */
        put(g, 0x41), put_s64(&g->b, 65536 - (next(g) & 31));
        push_type(g, GVM_WASM_I32);
        for (unsigned i = 1; i < n; i++) make(g, types[i]);
        g->height -= n;
    } else {
        want(g, types, n);
    }
    put_op(g, x);
    if (memory) {
        put(g, 0);
        how = next(g);
        put_u32(&g->b, how < 128 ? 0 : how < 240 ? next(g) : (uint32_t)number(g));
        if (x->imm >= GVM_WASM_IMM_MEMLANE1)
            put(g, (uint8_t)(next(g) % (16u >> (x->imm - GVM_WASM_IMM_MEMLANE1))));
    } else if (x->imm >= GVM_WASM_IMM_LANE2 && x->imm <= GVM_WASM_IMM_LANE16) {
        put(g, (uint8_t)(next(g) & ((1u << (x->imm - GVM_WASM_IMM_LANE)) - 1)));
    } else if (x->imm == GVM_WASM_IMM_SHUFFLE) {
        for (unsigned i = 0; i < 16; i++) put(g, next(g) & 31);
    } else if (x->imm == GVM_WASM_IMM_MEMORY_COPY) {
        put(g, 0), put(g, 0);
    } else if (x->imm == GVM_WASM_IMM_MEMORY) {
        put(g, 0);
    }
    if (x->push[0]) push_type(g, type_of(x->push[0]));
}

static void instructions(gen *g, unsigned budget);

/* Mixes the top operand into the global of its type, so that it is seen. */
static void keep(gen *g) {
    uint8_t type = g->stack[--g->height];
    if (type == GVM_WASM_F32) put(g, 0xbc), type = GVM_WASM_I32; /* reinterpret */
    if (type == GVM_WASM_F64) put(g, 0xbd), type = GVM_WASM_I64;
    if (type == GVM_WASM_I32)
        put(g, 0xad), type = GVM_WASM_I64; /* extended, so that all 64 bits are seen */
    uint8_t global = type == GVM_WASM_I32 ? 0 : type == GVM_WASM_I64 ? 1 : 4;
    put(g, 0x23), put(g, global);
    if (global == 4)
        put(g, 0xfd), put(g, 0x51);
    else
        put(g, global == 0 ? 0x73 : 0x85);
    put(g, 0x24), put(g, global);
}

static const uint8_t results[2] = {GVM_WASM_I64, GVM_WASM_F32};

static void block(gen *g, uint8_t op) {
    static const uint8_t types[4] = {0, GVM_WASM_I32, GVM_WASM_F64, GVM_WASM_V128};
    uint8_t i32 = GVM_WASM_I32, type = types[next(g) & 3];
    if (g->depth >= 12) return;
    if (op == 0x04) want(g, &i32, 1);
    put(g, op);
    put(g, type ? type : 0x40);
    unsigned base = g->base;
    g->depth++;
    g->label_loop[g->depth] = op == 0x03;
    g->label_result[g->depth] = type;
    for (unsigned part = 0; part < (op == 0x04 ? 2u : 1u); part++) {
        if (part == 1) put(g, 0x05);
        g->base = g->height;
        instructions(g, next(g) % 12);
        while (g->height > g->base) keep(g);
        if (type) make(g, type), g->height--;
    }
    put(g, 0x0b);
    g->depth--;
    g->base = base;
    if (type) push_type(g, type);
}

/* A branch to any label, with what it carries. */
static void branch(gen *g, bool table) {
    unsigned n = next(g) % (g->depth + 1);
    unsigned target = g->depth - n;
    uint8_t carried = g->label_loop[target] ? 0 : g->label_result[target], i32 = GVM_WASM_I32;
    if (target == 0) { /* the function itself */
        want(g, results, 2);
        g->height += 2;
    } else if (carried) {
        want(g, &carried, 1);
        g->height++;
    }
    make(g, i32);
    g->height--;
    if (table) {
        put(g, 0x02), put(g, 0x40); /* so that what follows can be reached again, by nothing */
        put(g, 0x0b);
    }
    put(g, 0x0d);
    put_u32(&g->b, n);
}

/* br_table over blocks that carry an i32. */
static void table(gen *g) {
    unsigned cases = next(g) % 5;
    if (g->depth >= 10) return;
    for (unsigned i = 0; i < 3; i++) put(g, 0x02), put(g, 0x7f);
    unsigned base = g->base;
    g->base = g->height;
    make(g, GVM_WASM_I64), make(g, GVM_WASM_I32), make(g, GVM_WASM_I32);
    put(g, 0x0e);
    put_u32(&g->b, cases);
    for (unsigned i = 0; i <= cases; i++) put(g, next(g) % 3);
    g->height = g->base;
    g->base = base;
    put(g, 0x0b), put(g, 0x41), put(g, 5), put(g, 0x6a);
    put(g, 0x0b), put(g, 0x41), put(g, 7), put(g, 0x73);
    put(g, 0x0b);
    push_type(g, GVM_WASM_I32);
}

static void call(gen *g) {
    uint8_t how = next(g), i32 = GVM_WASM_I32;
    if (how < 60) { /* the host */
        want(g, &i32, 1);
        put(g, 0x10), put(g, 0);
        push_type(g, GVM_WASM_I64);
        return;
    }
    for (unsigned i = 0; i < 18; i++) make(g, params[i]);
    if (how < 150) {
        g->height -= 18;
        put(g, 0x10), put(g, 1 + (how & 1));
    } else {
        make(g, GVM_WASM_I32);
        if (how < 240) put(g, 0x41), put(g, 3), put(g, 0x71); /* mostly one of the four */
        g->height -= 19;
        put(g, 0x11), put(g, how & 1 ? 1 : 2), put(g, 0); /* two equal types */
    }
    push_type(g, results[0]), push_type(g, results[1]);
}

static void variable(gen *g) {
    uint8_t how = next(g), i = next(g);
    if (how & 1) {
        unsigned k = i % LOCALS;
        uint8_t type = local_type(k);
        want(g, &type, 1);
        put(g, how & 2 ? 0x21 : 0x22);
        put_u32(&g->b, k);
        if (!(how & 2)) push_type(g, type);
    } else {
        uint8_t type = globals[i % 5];
        if (how & 2)
            want(g, &type, 1);
        else
            push_type(g, type);
        put(g, how & 2 ? 0x24 : 0x23);
        put(g, i % 5);
    }
}

static void pick(gen *g) {
    uint8_t three[3];
    three[0] = globals[next(g) % 5];
    three[1] = three[0];
    three[2] = GVM_WASM_I32;
    want(g, three, 3);
    put(g, 0x1b);
    push_type(g, three[0]);
}

static void instructions(gen *g, unsigned budget) {
    static const uint8_t blocks[3] = {0x02, 0x03, 0x04};
    for (unsigned i = 0; i < budget && g->p < g->end && g->instructions < 400; i++) {
        g->instructions++;
        if (g->height > 200) return;
        uint8_t kind = next(g);
        if (kind < 150) {
            unsigned high = next(g), op = (high << 8 | next(g)) % GVM_WASM_OP_COUNT;
            const gvm_wasm_opinfo *x = &gvm_wasm_opinfos[op];
            if (x->pop[0] == '*' || x->push[0] == '*' || x->imm == GVM_WASM_IMM_MEMORY_INIT ||
                x->imm == GVM_WASM_IMM_DATA || x->imm == GVM_WASM_IMM_TABLE_INIT ||
                x->imm == GVM_WASM_IMM_ELEM || x->imm == GVM_WASM_IMM_TABLE_COPY ||
                x->imm == GVM_WASM_IMM_TABLE || x->imm == GVM_WASM_IMM_NONE + 0) {
                if (x->imm != GVM_WASM_IMM_NONE || x->pop[0] == '*' || x->pop[0] == 0) continue;
            }
            if (x->imm >= GVM_WASM_IMM_I32 && x->imm <= GVM_WASM_IMM_F64) continue;
            if (x->imm == GVM_WASM_IMM_V128) continue;
            plain(g, x);
        } else if (kind < 185) {
            variable(g);
        } else if (kind < 205) {
            block(g, blocks[next(g) % 3]);
        } else if (kind < 220) {
            branch(g, kind & 1);
        } else if (kind < 226) {
            table(g);
        } else if (kind < 236) {
            call(g);
        } else if (kind < 248) {
            pick(g);
        } else if (kind < 254) {
            make(g, globals[next(g) % 5]);
        } else if (next(g) == 0) {
            put(g, 0x00);
            return;
        }
    }
}

static void section(gvm_buf *m, uint8_t id, gvm_buf *body) {
    gvm_buf_put(m, id);
    put_u32(m, (uint32_t)body->len);
    gvm_buf_append(m, body->ptr, body->len);
    gvm_buf_clear(body);
}
static void raw(gvm_buf *m, uint8_t id, const char *bytes, size_t len) {
    gvm_buf s = {0};
    gvm_buf_append(&s, bytes, len);
    section(m, id, &s);
    gvm_buf_free(&s);
}
#define RAW(m, id, bytes) raw(m, id, bytes, sizeof(bytes) - 1)

static void function(gen *g, gvm_buf *code, unsigned budget) {
    gvm_buf_clear(&g->b);
    g->height = g->base = g->depth = g->instructions = 0;
    put(g, 6);
    for (unsigned i = 0; i < 6; i++) put(g, 1), put(g, locals[i]);
    instructions(g, budget);
    while (g->height > 0) keep(g);
    make(g, results[0]), make(g, results[1]);
    put(g, 0x0b);
    put_u32(code, (uint32_t)g->b.len);
    gvm_buf_append(code, g->b.ptr, g->b.len);
}

static void build(gvm_buf *m, const uint8_t *data, size_t len) {
    gen g = {.p = data, .end = data + len / 2};
    gvm_buf s = {0};
    gvm_buf_append(m, "\0asm\1\0\0\0", 8);
    put_u32(&s, 3); /* host, both functions, the same again */
    gvm_buf_append(&s, "\x60\x01\x7f\x01\x7e", 5);
    for (unsigned i = 0; i < 2; i++) {
        gvm_buf_append(&s, "\x60\x12", 2);
        gvm_buf_append(&s, params, sizeof params);
        gvm_buf_put(&s, 2);
        gvm_buf_append(&s, results, 2);
    }
    section(m, 1, &s);
    RAW(m, 2, "\x01\x01h\x01h\x00\x00");
    RAW(m, 3, "\x02\x01\x02");
    RAW(m, 4, "\x01\x70\x00\x04");
    RAW(m, 5, "\x01\x01\x01\x03");
    gvm_buf_append(&s,
                   "\x05\x7f\x01\x41\x05\x0b\x7e\x01\x42\x07\x0b\x7d\x01\x43\0\0\0\0\x0b\x7c\x01"
                   "\x44\0\0\0\0\0\0\0\0\x0b",
                   31);
    gvm_buf_append(&s, "\x7b\x01\xfd\x0c\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x0b",
                   21);
    section(m, 6, &s);
    RAW(m, 7,
        "\x07\x01"
        "f\x00\x01\x01g\x00\x02\x01"
        "0\x03\x00\x01"
        "1\x03\x01\x01"
        "2\x03\x02\x01"
        "3\x03\x03\x01"
        "4\x03\x04");
    RAW(m, 9, "\x01\x00\x41\x00\x0b\x03\x01\x02\x00"); /* f, g, host, hole */
    put_u32(&s, 2);
    function(&g, &s, 60);
    g.end = data + len;
    function(&g, &s, 60);
    section(m, 10, &s);
    put_u32(&s, 1);
    gvm_buf_append(&s, "\x00\x41\x00\x0b", 4); /* something to load */
    put_u32(&s, 512);
    for (unsigned i = 0; i < 512; i++) gvm_buf_put(&s, (uint8_t)(i * 167 + 13));
    section(m, 11, &s);
    gvm_buf_free(&s);
    gvm_buf_free(&g.b);
}

/* ---- running */

static gvm_status host(void *ctx, gvm_wasm_exec *exec, uint64_t *slots) {
    uint8_t *memory;
    (void)ctx;
    if ((slots[0] & 0xff) == 0x7b) return GVM_ERR_PERMISSION;
    if (gvm_wasm_exec_memory(exec, &memory, (uint32_t)slots[0], 1)) memory[0] ^= 0x55;
    slots[0] = slots[0] * 0x9e3779b97f4a7c15u;
    return gvm_wasm_exec_charge(exec, 777) ? GVM_OK : GVM_ERR_WASM_FUEL;
}

typedef struct outcome {
    gvm_status status;
    gvm_wasm_trap_code trap;
    uint32_t function, offset;
    int64_t fuel;
    gvm_wasm_value results[2], globals[5];
    uint64_t memory; /* its length and a sum */
} outcome;

static void run(outcome *out, gvm_wasm_module *m, gvm_wasm_store *s, gvm_wasm_exec *e,
                const char *name, int64_t fuel) {
    static const uint8_t types[] = {GVM_WASM_I32, GVM_WASM_I64};
    gvm_wasm_functype t = {.types = types, .params = 1, .results = 1};
    gvm_wasm_extern import = {.kind = GVM_WASM_KIND_FUNC,
                              .func = gvm_wasm_func_new(s, &t, host, NULL)},
                    x;
    gvm_wasm_instance *i;
    gvm_wasm_value args[18] = {
        {.i64 = 3}, {.i64 = 0x123456789abcdef0}, {.f32 = 0x40490fdb}, {.f64 = 0xc005bf0a8b145769}};
    memset(out, 0, sizeof *out);
    GVM_ASSERT(gvm_wasm_instantiate(s, &i, e, NULL, m, &import, 1) == GVM_OK);
    GVM_ASSERT(gvm_wasm_instance_export(i, &x, gvm_bytes_str(name)));
    gvm_wasm_exec_set_fuel(e, fuel);
    out->status = gvm_wasm_call(e, out->results, x.func, args);
    if (out->status != GVM_OK) memset(out->results, 0, sizeof out->results);
    out->trap = gvm_wasm_exec_trap(e)->code;
    out->function = gvm_wasm_exec_trap(e)->function;
    out->offset = gvm_wasm_exec_trap(e)->offset;
    out->fuel = gvm_wasm_exec_fuel(e);
    for (unsigned k = 0; k < 5; k++) {
        char global[2] = {(char)('0' + k), 0};
        GVM_ASSERT(gvm_wasm_instance_export(i, &x, gvm_bytes_str(global)));
        out->globals[k] = gvm_wasm_global_get(x.global);
    }
    size_t len;
    const uint8_t *at = gvm_wasm_memory_data(gvm_wasm_instance_memory(i), &len);
    out->memory = len;
    for (size_t k = 0; k + 8 <= len; k += 8) {
        uint64_t word;
        memcpy(&word, at + k, 8);
        out->memory = (out->memory ^ word) * 0x9e3779b97f4a7c15u;
    }
    gvm_wasm_store_reset(s);
}

/* Of all outcomes so far; the same on every machine. */
static uint64_t digest;
uint64_t fuzz_digest(void) {
    return digest;
}
static void add_to_digest(const outcome *o) {
    const uint8_t *p = (const uint8_t *)o;
    for (size_t i = 0; i < sizeof *o; i++) digest = (digest ^ p[i]) * 0x100000001b3u;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    gvm_buf bytes = {0};
    gvm_wasm_module *m;
    gvm_wasm_refusal refusal;
    build(&bytes, data, len);
    gvm_status status =
        gvm_wasm_load(&m, &refusal, gvm_buf_bytes(&bytes), &gvm_wasm_limits_contract);
    if (status != GVM_OK)
        fprintf(stderr, "0x%llx: %s\n", (unsigned long long)refusal.offset, refusal.text);
    GVM_ASSERT(status == GVM_OK); /* what is made here is valid */
    gvm_buf_free(&bytes);
    static gvm_wasm_store *s;
    static gvm_wasm_exec *interpreter, *compiled;
    if (s == NULL) {
        if (getenv("GVM_WASM_NO_AVX") != NULL) gvm_wasm_leave_avx(true);
        if (getenv("GVM_WASM_TRAPS") != NULL) (void)gvm_wasm_traps_enable();
        s = gvm_wasm_store_new();
        interpreter = gvm_wasm_exec_new(1 << 14);
        compiled = gvm_wasm_exec_new(1 << 14);
        gvm_wasm_exec_interpret(interpreter, true);
        compiled->slice_max = 5000; /* many refills; the interpreter's slice is its own */
    }
    if (gvm_wasm_module_compile(m) == GVM_OK) {
        outcome a, b;
        int64_t fuel = len > 0 && data[len - 1] & 1 ? 20000000 : 300000;
        for (unsigned k = 0; k < 2; k++) {
            run(&a, m, s, interpreter, k ? "g" : "f", fuel);
            run(&b, m, s, compiled, k ? "g" : "f", fuel);
            GVM_ASSERT(a.status == b.status);
            GVM_ASSERT(a.trap == b.trap && a.function == b.function && a.offset == b.offset);
            GVM_ASSERT(a.fuel == b.fuel);
            GVM_ASSERT(a.memory == b.memory);
            GVM_ASSERT(memcmp(&a, &b, sizeof a) == 0);
            add_to_digest(&a);
        }
    }
    gvm_wasm_module_delete(m);
    return 0;
}
