/* The disassembler: its text is the assembler's language, so that what one writes the other reads
 * back, byte for byte. Places of jumps are comments, not names: renaming them is the reader's. */
#include "codec/hex.h"
#include "vm/zvm/asm.h"
#include "vm/zvm/container.h"
#include "vm/zvm/opcodes.h"

static void put_raw(gvm_buf *out, gvm_bytes code, size_t from, size_t to) {
    for (size_t at = from; at < to; at++)
        gvm_buf_printf(out, "%s0x%02x%s", at == from ? "    .byte " : ", ", code.ptr[at],
                       at + 1 == to ? "\n" : "");
}

/* DUPN, SWAPN and LOG read a number that the assembler refuses in some cases. */
static bool readable(uint8_t op, const uint8_t *immediate) {
    uint8_t run = gvm_zvm_opcode_set()->rows[op].run;
    bool counted = run == GVM_RUN_DUP_AT || run == GVM_RUN_SWAP_AT || run == GVM_RUN_LOG_AT;
    return !counted || gvm_opcode_depth_valid(run, immediate[0]);
}

gvm_status gvm_zvm_disassemble(gvm_buf *out, gvm_bytes code) {
    for (size_t pc = 0; pc < code.len;) {
        uint8_t op = code.ptr[pc];
        const gvm_zvm_opcode_info *info = gvm_zvm_opcode_of(op);
        size_t next = pc + 1 + info->immediate;
        if (info->name == NULL || next > code.len || !readable(op, code.ptr + pc + 1)) {
            if (next > code.len) next = code.len;
            put_raw(out, code, pc, next);
            pc = next;
            continue;
        }
        if (op == GVM_ZVM_JUMPDEST) gvm_buf_put(out, '\n');
        size_t line = out->len;
        gvm_buf_printf(out, "    %s", info->name);
        gvm_bytes immediate = gvm_bytes_make(code.ptr + pc + 1, info->immediate);
        if (info->immediate == 1 && op != GVM_ZVM_PUSH1)
            gvm_buf_printf(out, " %u", immediate.ptr[0]);
        else if (info->immediate > 0) {
            gvm_buf_put(out, ' ');
            gvm_hex_put_data(out, immediate);
        }
        gvm_buf_printf(out, "%*s; 0x%04zx\n",
                       info->immediate > 8 ? 2 : (int)(30 - (out->len - line)), "", pc);
        pc = next;
    }
    return gvm_buf_status(out);
}

static bool is_plain(gvm_bytes text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < 0x20 || text.ptr[i] > 0x7e) return false;
    return true;
}

static void put_abi(gvm_buf *out, gvm_bytes abi) {
    if (abi.len == 0) return;
    if (!is_plain(abi)) {
        gvm_buf_str(out, ".abi hex\"");
        gvm_hex_put(out, abi);
        gvm_buf_str(out, "\"\n");
        return;
    }
    gvm_buf_str(out, ".abi \"");
    for (size_t i = 0; i < abi.len; i++) {
        if (abi.ptr[i] == '"' || abi.ptr[i] == '\\') gvm_buf_put(out, '\\');
        gvm_buf_put(out, abi.ptr[i]);
    }
    gvm_buf_str(out, "\"\n");
}

gvm_status gvm_zvm_disassemble_container(gvm_buf *out, gvm_bytes container, gvm_error *err) {
    gvm_zvm_container c;
    if (gvm_zvm_is_deployed(container)) {
        container.ptr += GVM_ZVM_PREFIX;
        container.len -= GVM_ZVM_PREFIX;
    }
    GVM_TRY(gvm_zvm_container_parse(&c, container, err));
    if ((c.flags & GVM_ZVM_CONSTRUCTS) != 0) gvm_buf_str(out, ".constructor\n");
    put_abi(out, c.abi);
    return gvm_zvm_disassemble(out, c.code);
}

void gvm_zvm_put_opcode_table(gvm_buf *out) {
    gvm_buf_str(out, "| byte | name | immediate | takes | leaves | gas | what it does |\n"
                     "| --- | --- | --- | --- | --- | --- | --- |\n");
    const gvm_opcode_set *set = gvm_zvm_opcode_set();
    for (unsigned b = 0; b < 256; b++) {
        const gvm_zvm_opcode_info *info = gvm_zvm_opcode_of((uint8_t)b);
        const gvm_opcode_row *row = &set->rows[b];
        if (info->name == NULL) continue;
        gvm_buf_printf(out, "| %02X | %s | %u | %u | %u | %u%s | %s |\n", b, info->name,
                       info->immediate, row->in, row->out, row->price,
                       (row->flags & GVM_OPF_LATE) != 0 ? " +" : "", info->text);
    }
}
