/* Any text through the assembler; what it takes must come back the same through the disassembler.
 * And any bytes as a container: what is taken apart goes together again, what passes the rules of
 * deployment reassembles to itself. First byte: which. */
#include "vm/zvm/asm.h"
#include "vm/zvm/container.h"

static void text_round(gvm_bytes code) {
    gvm_buf text = {0};
    gvm_zvm_program p;
    gvm_error err;
    GVM_ASSERT(gvm_zvm_disassemble(&text, code) == GVM_OK);
    if (code.len <= GVM_ZVM_CODE_MAX) {
        GVM_ASSERT(gvm_zvm_assemble(&p, gvm_buf_bytes(&text), &err) == GVM_OK);
        GVM_ASSERT(gvm_bytes_equal(gvm_buf_bytes(&p.code), code));
        gvm_zvm_program_free(&p);
    }
    gvm_buf_free(&text);
}

static void source(gvm_bytes text) {
    gvm_zvm_program p;
    gvm_error err = {0};
    gvm_status status = gvm_zvm_assemble(&p, text, &err);
    if (status != GVM_OK) {
        GVM_ASSERT(err.text[0] != '\0' && p.code.ptr == NULL && p.lines.ptr == NULL);
        return;
    }
    for (size_t pc = 0; pc < p.code.len; pc += 7) {
        uint32_t line = gvm_zvm_line_at(&p, pc);
        GVM_ASSERT(line >= 1 && line <= text.len + 1);
    }
    text_round(gvm_buf_bytes(&p.code));
    gvm_buf container = {0};
    gvm_zvm_container c;
    gvm_zvm_program_put(&container, &p);
    GVM_ASSERT(gvm_zvm_container_parse(&c, gvm_buf_bytes(&container), &err) == GVM_OK);
    GVM_ASSERT(gvm_bytes_equal(c.code, gvm_buf_bytes(&p.code)) && c.rest.len == 0);
    gvm_buf_free(&container);
    gvm_zvm_program_free(&p);
}

static void container(gvm_bytes bytes) {
    gvm_zvm_container c;
    gvm_error err;
    gvm_buf again = {0}, text = {0};
    if (gvm_zvm_container_parse(&c, bytes, &err) != GVM_OK) return;
    gvm_zvm_container_put(&again, c.flags, c.code, c.abi);
    GVM_ASSERT(gvm_bytes_equal(gvm_buf_bytes(&again), c.whole));
    GVM_ASSERT(c.whole.len + c.rest.len == bytes.len);
    text_round(c.code);
    if (gvm_zvm_container_check(&c, bytes, &err) == GVM_OK) {
        gvm_zvm_program p;
        GVM_ASSERT(gvm_zvm_disassemble_container(&text, bytes, &err) == GVM_OK);
        GVM_ASSERT(gvm_zvm_assemble(&p, gvm_buf_bytes(&text), &err) == GVM_OK);
        gvm_buf_clear(&again);
        gvm_zvm_program_put(&again, &p);
        GVM_ASSERT(gvm_bytes_equal(gvm_buf_bytes(&again), c.whole));
        gvm_zvm_program_free(&p);
    }
    gvm_buf_free(&text);
    gvm_buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    if (len < 1 || len > 65536) return 0;
    gvm_bytes rest = gvm_bytes_make(data + 1, len - 1);
    if (data[0] % 3 == 0)
        container(rest);
    else if (data[0] % 3 == 1)
        text_round(rest);
    else
        source(rest);
    return 0;
}
