/* EVM code as ZVM code, instruction by instruction: what tests need to hold one engine against the
 * other. Gas is the same but for PUSH0, which becomes PUSH1 0 (3 instead of 2). */
#ifndef GVM_TESTS_SUPPORT_ZVM_TRANSLATE_H
#define GVM_TESTS_SUPPORT_ZVM_TRANSLATE_H

#include "base/u256.h"
#include "vm/evm/opcodes.h"
#include "vm/zvm/container.h"
#include "vm/zvm/opcodes.h"

/* The ZVM's byte for an instruction of the EVM that takes no immediate; -1: none. Some answers
 * depend on the code's bytes and would differ (CODECOPY, EXTCODESIZE, EXTCODEHASH): none too. */
static inline int zvm_same_opcode(uint8_t run) {
    if (run == GVM_OP_CODECOPY || run == GVM_OP_EXTCODESIZE || run == GVM_OP_EXTCODEHASH) return -1;
    for (int b = 0; b < 256; b++) {
        const gvm_opcode_row *row = &gvm_zvm_opcode_set()->rows[b];
        if (row->defined && row->run == run && row->immediate == 0) return b;
    }
    return -1;
}

static inline void zvm_put_push(gvm_buf *out, const uint8_t *bytes, size_t n) {
    static const uint8_t pushes[] = {GVM_ZVM_PUSH1, GVM_ZVM_PUSH2,  GVM_ZVM_PUSH4,
                                     GVM_ZVM_PUSH8, GVM_ZVM_PUSH20, GVM_ZVM_PUSH32};
    size_t i = 0;
    while (gvm_zvm_opcode_of(pushes[i])->immediate < n) i++;
    gvm_buf_put(out, pushes[i]);
    for (size_t k = n; k < gvm_zvm_opcode_of(pushes[i])->immediate; k++) gvm_buf_put(out, 0);
    gvm_buf_append(out, bytes, n);
}

/* Appends the translation of the whole code. Destinations of jumps must be pushed just before them;
 * one that is no JUMPDEST becomes 0xffff, which is none either. What the ZVM lacks becomes byte
 * 0xff, no instruction. false: a computed jump, code over 16 KiB, or (where `exact`) an instruction
 * that the ZVM lacks. */
static inline bool zvm_from_evm(gvm_buf *out, gvm_bytes code, gvm_fork fork, bool exact) {
    static uint32_t places[16385], gaps[16384][2];
    const gvm_opcode_row *rows = gvm_opcode_rows(fork);
    size_t gap_count = 0, start = out->len;
    bool pushed = false;
    if (code.len > 16384) return false;
    memset(places, 0xff, sizeof places);
    for (size_t pc = 0; pc < code.len;) {
        uint8_t op = code.ptr[pc], run = rows[op].run;
        size_t n = (rows[op].flags & GVM_OPF_SKIP) != 0 ? rows[op].immediate : 0;
        uint8_t bytes[32] = {0};
        size_t have = code.len - pc - 1 < n ? code.len - pc - 1 : n;
        if (have > 0) memcpy(bytes, code.ptr + pc + 1, have);
        bool jumps_next = pc + 1 + n < code.len && (rows[code.ptr[pc + 1 + n]].run == GVM_OP_JUMP ||
                                                    rows[code.ptr[pc + 1 + n]].run == GVM_OP_JUMPI);
        places[pc] = run == GVM_OP_JUMPDEST ? (uint32_t)(out->len - start) : UINT32_MAX;
        if ((run == GVM_OP_JUMP || run == GVM_OP_JUMPI) && !pushed) return false;
        pushed = n > 0;
        if (n > 0 && jumps_next) {
            uint64_t to = 0;
            for (size_t i = 0; i < n; i++) to = to > 1u << 24 ? UINT32_MAX : to << 8 | bytes[i];
            gaps[gap_count][0] = (uint32_t)(out->len + 1);
            gaps[gap_count++][1] = to < code.len ? (uint32_t)to : (uint32_t)code.len;
            zvm_put_push(out, bytes, 2);
        } else if (n > 0) {
            zvm_put_push(out, bytes, n);
        } else if (run == GVM_OP_PUSH0) {
            if (exact) return false;
            zvm_put_push(out, bytes, 1);
        } else if (run >= GVM_OP_DUP1 && run <= GVM_OP_DUP16 && run != GVM_OP_DUP1) {
            gvm_buf_put(out, GVM_ZVM_DUPN);
            gvm_buf_put(out, (uint8_t)(run - GVM_OP_DUP1 + 1));
        } else if (run > GVM_OP_SWAP1 && run <= GVM_OP_SWAP16) {
            gvm_buf_put(out, GVM_ZVM_SWAPN);
            gvm_buf_put(out, (uint8_t)(run - GVM_OP_SWAP1 + 1));
        } else if (run >= GVM_OP_LOG0 && run <= GVM_OP_LOG4) {
            gvm_buf_put(out, GVM_ZVM_LOG);
            gvm_buf_put(out, (uint8_t)(run - GVM_OP_LOG0));
        } else {
            int same = run == GVM_OP_INVALID ? 0xff : zvm_same_opcode(run);
            if (same < 0 && exact) return false;
            gvm_buf_put(out, (uint8_t)(same < 0 ? 0xff : same));
        }
        pc += 1 + n;
    }
    places[code.len] = UINT32_MAX;
    for (size_t i = 0; i < gap_count; i++) {
        uint32_t to = places[gaps[i][1]];
        if (to > 0xffff) to = 0xffff;
        out->ptr[gaps[i][0]] = (uint8_t)(to >> 8);
        out->ptr[gaps[i][0] + 1] = (uint8_t)to;
    }
    return gvm_buf_status(out) == GVM_OK;
}

/* Code as an account has it. */
static inline void zvm_put_deployed(gvm_buf *out, gvm_bytes code) {
    gvm_buf_append(out, "\xef\x47\x02", 3);
    gvm_zvm_container_put(out, 0, code, gvm_bytes_make(NULL, 0));
}

#endif
