#include "vm/evm/disasm.h"

#include "codec/hex.h"

#define DATA_LINE 32

bool gvm_disasm_next(gvm_disasm_line *out, size_t *pc, bool *reachable, gvm_bytes code,
                     gvm_fork fork) {
    if (*pc >= code.len) return false;
    uint8_t op = code.ptr[*pc];
    const gvm_opcode_row *row = &gvm_opcode_rows(fork)[op];
    size_t left = code.len - *pc - 1, n = row->immediate < left ? row->immediate : left;
    if (op == GVM_OP_JUMPDEST) *reachable = true;
    *out = (gvm_disasm_line){.pc = *pc,
                             .opcode = op,
                             .name = gvm_opcode_name(fork, op),
                             .immediate = gvm_bytes_make(code.ptr + *pc + 1, n),
                             .reachable = *reachable};
    if ((row->flags & GVM_OPF_END) != 0) *reachable = false;
    *pc += 1 + n;
    return true;
}

/* Where solc's metadata begins: the last two bytes say how long the CBOR map before them is. */
static size_t metadata_start(gvm_bytes code) {
    if (code.len < 4) return code.len;
    size_t len = (size_t)code.ptr[code.len - 2] << 8 | code.ptr[code.len - 1];
    if (len < 2 || len + 2 > code.len) return code.len;
    size_t start = code.len - 2 - len;
    uint8_t head = code.ptr[start]; /* a map of one to four entries, then a text key */
    return head >= 0xa1 && head <= 0xa4 && code.ptr[start + 1] >> 5 == 3 ? start : code.len;
}

static void put_data(gvm_buf *out, const char *what, gvm_bytes code, size_t from, size_t to) {
    for (size_t at = from; at < to; at += DATA_LINE) {
        size_t n = to - at < DATA_LINE ? to - at : DATA_LINE;
        gvm_buf_printf(out, "0x%04zx  %s ", at, what);
        gvm_hex_put_data(out, gvm_bytes_make(code.ptr + at, n));
        gvm_buf_put(out, '\n');
    }
}

gvm_status gvm_disasm_print(gvm_buf *out, gvm_bytes code, gvm_fork fork) {
    size_t pc = 0, data = 0, end = metadata_start(code);
    bool reachable = true;
    gvm_disasm_line l;
    gvm_bytes text = gvm_bytes_make(code.ptr, end);
    while (gvm_disasm_next(&l, &pc, &reachable, text, fork)) {
        if (!l.reachable) continue;
        put_data(out, "data", code, data, l.pc);
        data = pc;
        if (l.name == NULL)
            gvm_buf_printf(out, "0x%04zx  INVALID (0x%02x)", l.pc, l.opcode);
        else
            gvm_buf_printf(out, "0x%04zx  %s", l.pc, l.name);
        if (l.immediate.len > 0) {
            gvm_buf_put(out, ' ');
            gvm_hex_put_data(out, l.immediate);
        }
        gvm_buf_put(out, '\n');
    }
    put_data(out, "data", code, data, end);
    put_data(out, "metadata", code, end, code.len);
    return gvm_buf_status(out);
}
