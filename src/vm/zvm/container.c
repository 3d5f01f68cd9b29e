#include "vm/zvm/container.h"

#include "vm/zvm/opcodes.h"

#include <stdlib.h>

static const uint8_t magic[4] = {'Z', 'V', 'M', 'C'};

bool gvm_zvm_is_container(gvm_bytes input) {
    return input.len >= sizeof magic && memcmp(input.ptr, magic, sizeof magic) == 0;
}

bool gvm_zvm_is_deployed(gvm_bytes code) {
    return code.len >= GVM_ZVM_PREFIX && code.ptr[0] == 0xef && code.ptr[1] == 0x47 &&
           code.ptr[2] == 0x02;
}

gvm_status gvm_zvm_container_parse(gvm_zvm_container *out, gvm_bytes input, gvm_error *err) {
    *out = (gvm_zvm_container){0};
    if (!gvm_zvm_is_container(input))
        return gvm_error_set(err, GVM_ERR_NON_CANONICAL, "no container: it must begin with ZVMC");
    if (input.len < GVM_ZVM_HEADER)
        return gvm_error_set(err, GVM_ERR_TRUNCATED,
                             "the header takes %d bytes, the container has %zu", GVM_ZVM_HEADER,
                             input.len);
    const uint8_t *h = input.ptr;
    static const struct {
        const char *name;
        uint8_t at, mask, want;
    } fields[] = {{"version", 4, 0xff, 1},
                  {"target", 5, 0xff, 0},
                  {"unknown flags", 6, (uint8_t)~GVM_ZVM_CONSTRUCTS, 0},
                  {"pad", 7, 0xff, 0}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        unsigned found = h[fields[i].at] & fields[i].mask;
        if (found != fields[i].want)
            return gvm_error_set(err, GVM_ERR_NON_CANONICAL, "%s must be %u, found %u",
                                 fields[i].name, fields[i].want, found);
    }
    size_t code = gvm_load_le32(h + 8), abi = gvm_load_le32(h + 12);
    size_t left = input.len - GVM_ZVM_HEADER;
    if (code > left || abi > left - code)
        return gvm_error_set(err, GVM_ERR_TRUNCATED,
                             "%zu bytes of code and %zu of ABI are announced, %zu are there", code,
                             abi, left);
    out->flags = h[6];
    out->code = gvm_bytes_make(h + GVM_ZVM_HEADER, code);
    out->abi = gvm_bytes_make(h + GVM_ZVM_HEADER + code, abi);
    out->whole = gvm_bytes_make(h, GVM_ZVM_HEADER + code + abi);
    out->rest = gvm_bytes_make(h + out->whole.len, left - code - abi);
    return GVM_OK;
}

/* ---- the code section */

typedef struct checker {
    gvm_bytes code;
    const gvm_opcode_set *set;
    uint64_t *landings; /* bit for each JUMPDEST */
    gvm_error *err;
} checker;

static gvm_status refuse(const checker *c, size_t pc, const char *why) {
    return gvm_error_set(
        c->err, GVM_ERR_NON_CANONICAL, "code 0x%zx: 0x%02x %s: %s", pc, c->code.ptr[pc],
        c->set->names[c->code.ptr[pc]] != NULL ? c->set->names[c->code.ptr[pc]] : "", why);
}

static gvm_status check_instructions(checker *c) {
    for (size_t pc = 0; pc < c->code.len;) {
        uint8_t op = c->code.ptr[pc];
        const gvm_zvm_opcode_info *info = gvm_zvm_opcode_of(op);
        if (info->name == NULL) return refuse(c, pc, "no instruction");
        if (!info->deployable) return refuse(c, pc, "may not be deployed");
        if (info->immediate > c->code.len - pc - 1)
            return refuse(c, pc, "its immediate is cut short by the code's end");
        uint8_t run = c->set->rows[op].run;
        bool counted = run == GVM_RUN_DUP_AT || run == GVM_RUN_SWAP_AT || run == GVM_RUN_LOG_AT;
        if (counted && !gvm_opcode_depth_valid(run, c->code.ptr[pc + 1]))
            return refuse(c, pc, "its immediate is out of range");
        if (op == GVM_ZVM_JUMPDEST) c->landings[pc / 64] |= UINT64_C(1) << pc % 64;
        pc += 1u + info->immediate;
    }
    return GVM_OK;
}

static bool is_push(uint8_t op) {
    return op == GVM_ZVM_PUSH1 || op == GVM_ZVM_PUSH2 || op == GVM_ZVM_PUSH4 ||
           op == GVM_ZVM_PUSH8 || op == GVM_ZVM_PUSH20 || op == GVM_ZVM_PUSH32;
}

static bool lands(const checker *c, gvm_bytes immediate) {
    uint64_t to = 0;
    for (size_t i = 0; i < immediate.len; i++) {
        if (to >> 56 != 0) return false;
        to = to << 8 | immediate.ptr[i];
    }
    return to < c->code.len && (c->landings[to / 64] >> to % 64 & 1) != 0;
}

static gvm_status check_jumps(const checker *c) {
    gvm_bytes pushed = {0};
    for (size_t pc = 0; pc < c->code.len;) {
        uint8_t op = c->code.ptr[pc], n = gvm_zvm_opcode_of(op)->immediate;
        bool jumps = op == GVM_ZVM_JUMP || op == GVM_ZVM_JUMPI;
        if (jumps && pushed.ptr != NULL && !lands(c, pushed))
            return refuse(c, pc, "its destination is no JUMPDEST");
        pushed = is_push(op) ? gvm_bytes_make(c->code.ptr + pc + 1, n) : (gvm_bytes){0};
        pc += 1u + n;
    }
    return GVM_OK;
}

gvm_status gvm_zvm_code_check(gvm_bytes code, gvm_error *err) {
    checker c = {.code = code, .set = gvm_zvm_opcode_set(), .err = err};
    c.landings = calloc(code.len / 64 + 1, sizeof *c.landings);
    if (c.landings == NULL) return GVM_ERR_NOMEM;
    gvm_status status = check_instructions(&c);
    if (status == GVM_OK) status = check_jumps(&c);
    free(c.landings);
    return status;
}

gvm_status gvm_zvm_container_check(gvm_zvm_container *out, gvm_bytes input, gvm_error *err) {
    GVM_TRY(gvm_zvm_container_parse(out, input, err));
    if (out->rest.len > 0 && (out->flags & GVM_ZVM_CONSTRUCTS) == 0)
        return gvm_error_set(err, GVM_ERR_TRAILING,
                             "%zu bytes follow the container, which has no constructor",
                             out->rest.len);
    return gvm_zvm_code_check(out->code, err);
}

void gvm_zvm_container_put(gvm_buf *out, uint8_t flags, gvm_bytes code, gvm_bytes abi) {
    uint8_t h[GVM_ZVM_HEADER] = {'Z', 'V', 'M', 'C', 1, 0, flags, 0};
    gvm_store_le32(h + 8, (uint32_t)code.len);
    gvm_store_le32(h + 12, (uint32_t)abi.len);
    gvm_buf_append(out, h, sizeof h);
    gvm_buf_append(out, code.ptr, code.len);
    gvm_buf_append(out, abi.ptr, abi.len);
}
