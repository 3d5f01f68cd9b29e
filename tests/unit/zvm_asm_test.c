/* The assembler's language, and that the disassembler writes it back. Bytes are those of the
 * formats document, by hand. */
#include "vm/zvm/asm.h"
#include "vm/zvm/container.h"
#include "vm/zvm/opcodes.h"

#include "support/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void makes(const char *source, const char *code_hex) {
    static uint8_t want[4096];
    size_t len = hex_bytes(want, sizeof want, code_hex);
    gvm_zvm_program p;
    gvm_error err = {0};
    gvm_status status = gvm_zvm_assemble(&p, gvm_bytes_str(source), &err);
    if (status != GVM_OK) fail_msg("%s", gvm_error_text(&err));
    assert_int_equal(p.code.len, len);
    if (len > 0) assert_memory_equal(p.code.ptr, want, len);
    gvm_buf text = {0};
    gvm_zvm_program again;
    assert_int_equal(gvm_zvm_disassemble(&text, gvm_buf_bytes(&p.code)), GVM_OK);
    assert_int_equal(gvm_zvm_assemble(&again, gvm_buf_bytes(&text), &err), GVM_OK);
    assert_true(gvm_bytes_equal(gvm_buf_bytes(&again.code), gvm_buf_bytes(&p.code)));
    gvm_zvm_program_free(&again);
    gvm_buf_free(&text);
    gvm_zvm_program_free(&p);
}

static void refuses(const char *source, gvm_status status, const char *message) {
    gvm_zvm_program p;
    gvm_error err = {0};
    assert_int_equal(gvm_zvm_assemble(&p, gvm_bytes_str(source), &err), status);
    assert_string_equal(err.text, message);
    assert_null(p.code.ptr);
}

static void instructions(void **state) {
    (void)state;
    makes("", "");
    makes("; nothing\n\n   \t ; here\r\n", "");
    makes("PUSH1 1\nPUSH1 0x02\nADD\nhalt", "01010102"
                                            "10"
                                            "63");
    makes("PUSH2 513\nPUSH4 1\nPUSH8 1", "020201"
                                         "0300000001"
                                         "040000000000000001");
    makes("PUSH20 1", "090000000000000000000000000000000000000001");
    makes("PUSH 0\nPUSH 255\nPUSH 256\nPUSH 65536\nPUSH 0x100000000", "0100"
                                                                      "01ff"
                                                                      "020100"
                                                                      "0300010000"
                                                                      "040000000100000000");
    makes("PUSH 0x10000000000000000", "090000000000000000000000010000000000000000");
    makes("PUSH 0x10000000000000000000000000000000000000000",
          "080000000000000000000000010000000000000000000000000000000000000000");
    makes("DUP\nDUP 1\nDUP 255\nDUPN 3\nSWAP\nSWAP 2\nSWAPN 9\nLOG 4\nLOG 0", "06"
                                                                              "0a01"
                                                                              "0aff"
                                                                              "0a03"
                                                                              "07"
                                                                              "0b02"
                                                                              "0b09"
                                                                              "8504"
                                                                              "8500");
    makes("PUSH \"abc\"\nPUSH hex\"c0de\"", "0300616263"
                                            "02c0de");
    /* Solidity's own example: the selector of baz(uint32,bool) */
    makes("PUSH selector(\"baz(uint32,bool)\")", "03cdcd77c0");
    makes("PUSH keccak(\"\")",
          "08c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    makes(".byte 0xff, 0x91\n", "ff91");
}

static void labels(void **state) {
    (void)state;
    makes("a: JUMP a\nb: c: PUSH @c\nJUMPI @b\nJUMP", "52"
                                                      "02000050"
                                                      "52"
                                                      "52"
                                                      "020006"
                                                      "02000551"
                                                      "50");
    makes("JUMP end\nend:", "02000450"
                            "52");
    makes("PUSH4 @end\nend:", "0300000005"
                              "52");
    refuses("JUMP nowhere", GVM_ERR_NOT_FOUND,
            "line 1: no label or data has this name; found \"nowhere\"");
    refuses("a:\na:", GVM_ERR_EXISTS, "line 2: this name is defined already; found \"a\"");
    refuses("add:", GVM_ERR_EXISTS, "line 1: an instruction has this name; found \"add\"");
}

static void constants_and_macros(void **state) {
    (void)state;
    makes(".const A 5\n.const B A\nPUSH B\nPUSH A", "0105"
                                                    "0105");
    makes(".macro put value, slot\n PUSH $value\n PUSH $slot\n SSTORE\n.end\n"
          "put 7, 1\nput 8 , 2 ; twice",
          "01070101"
          "41"
          "01080102"
          "41");
    /* names with _ are each expansion's own */
    makes(".macro forever\n_l: JUMP _l\n.end\nforever\nforever", "5202000050"
                                                                 "5202000550");
    makes(".macro inner x\nPUSH $x\n.end\n.macro outer y\ninner $y\ninner 2\n.end\nouter 1",
          "01010102");
    makes(".macro say t\nPUSH $t\n.end\nsay \"a,b\"", "0300612c62");
    refuses(".macro m\nm\n.end\nm", GVM_ERR_LIMIT, "line 2: macros within macros, over 16 deep");
    refuses(".macro m a\n.end\nm", GVM_ERR_SYNTAX, "line 3: the macro needs more arguments");
    refuses(".macro m\n.end\nm 1", GVM_ERR_SYNTAX,
            "line 3: the macro takes fewer arguments; found \"1\"");
    refuses(".macro m\nPUSH $x\n.end\nm", GVM_ERR_NOT_FOUND,
            "line 2: the macro has no such parameter; found \"x\"");
    refuses(".macro m\nADD", GVM_ERR_SYNTAX, "line 2: a macro without .end");
    refuses("PUSH B", GVM_ERR_NOT_FOUND,
            "line 1: no constant has this name (labels: @name); found \"B\"");
}

static void data(void **state) {
    (void)state;
    makes("PUSH @text\nPUSH size(text)\nPUSH words(text)\nHALT\n.data text \"abc\"",
          "02000b"
          "020003"
          "020001"
          "63"
          "08"
          "6162630000000000000000000000000000000000000000000000000000000000");
    makes("COPYDATA d, 0\nHALT\n.data d hex\"0102030405060708090a0b0c0d0e0f101112131415161718191a1b"
          "1c1d1e1f2021\"",
          "0120"
          "020012"
          "0100"
          "b3"
          "0120"
          "020033"
          "0120"
          "b3"
          "63"
          "080102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
          "082100000000000000000000000000000000000000000000000000000000000000");
    refuses("ADD\n.data d \"x\"", GVM_ERR_SYNTAX,
            "line 2: data must stand behind JUMP, RETURN, REVERT or HALT");
}

static void mistakes(void **state) {
    (void)state;
    refuses("PUSH1 256", GVM_ERR_RANGE, "line 1: the value does not fit the instruction");
    refuses("\nFROB", GVM_ERR_NOT_FOUND,
            "line 2: no instruction or macro has this name; found \"FROB\"");
    refuses("ADD 1", GVM_ERR_SYNTAX, "line 1: nothing may follow; found \"1\"");
    refuses("PUSH", GVM_ERR_SYNTAX, "line 1: expected a value");
    refuses("PUSH 0x", GVM_ERR_SYNTAX,
            "line 1: expected a number below 2^256, decimal or 0x...; found \"0x\"");
    refuses("DUPN 0", GVM_ERR_RANGE, "line 1: words count from 1");
    refuses("LOG 5", GVM_ERR_RANGE, "line 1: LOG takes 0 to 4 topics");
    refuses("PUSH \"abc", GVM_ERR_SYNTAX, "line 1: a string must end with \"");
    refuses("PUSH \"\\q\"", GVM_ERR_SYNTAX,
            "line 1: expected \\n, \\t, \\r, \\\\, \\\" or \\x and two digits; found \"\"\"");
    refuses("PUSH \"123456789012345678901234567890123\"", GVM_ERR_RANGE,
            "line 1: a string that is pushed has at most 32 bytes");
    refuses(".frob", GVM_ERR_SYNTAX,
            "line 1: expected .constructor, .abi, .byte or, outside of macros, .const, .data, "
            ".macro; found \"frob\"");
}

static void container(void **state) {
    (void)state;
    gvm_zvm_program p;
    gvm_buf whole = {0}, text = {0}, again = {0};
    gvm_error err;
    const char *source = ".constructor\n.abi \"[{\\\"type\\\":\\\"fallback\\\"}]\"\nPUSH 1\nHALT\n";
    assert_int_equal(gvm_zvm_assemble(&p, gvm_bytes_str(source), &err), GVM_OK);
    gvm_zvm_program_put(&whole, &p);
    static const char want[] = "ZVMC\1\0\1\0\3\0\0\0\25\0\0\0\1\1\x63[{\"type\":\"fallback\"}]";
    assert_int_equal(whole.len, sizeof want - 1);
    assert_memory_equal(whole.ptr, want, sizeof want - 1);
    assert_int_equal(gvm_zvm_line_at(&p, 0), 3);
    assert_int_equal(gvm_zvm_line_at(&p, 1), 3);
    assert_int_equal(gvm_zvm_line_at(&p, 2), 4);
    gvm_zvm_program_free(&p);
    assert_int_equal(gvm_zvm_disassemble_container(&text, gvm_buf_bytes(&whole), &err), GVM_OK);
    assert_int_equal(gvm_zvm_assemble(&p, gvm_buf_bytes(&text), &err), GVM_OK);
    gvm_zvm_program_put(&again, &p);
    assert_true(gvm_bytes_equal(gvm_buf_bytes(&whole), gvm_buf_bytes(&again)));
    gvm_zvm_program_free(&p);
    gvm_buf_free(&whole);
    gvm_buf_free(&text);
    gvm_buf_free(&again);
}

/* docs/zvm.md holds the table that the program makes. */
static void docs_say_the_table(void **state) {
    (void)state;
    FILE *f = fopen("docs/zvm.md", "rb");
    if (f == NULL) fail_msg("docs/zvm.md cannot be read");
    static char page[65536];
    size_t n = fread(page, 1, sizeof page - 1, f);
    fclose(f);
    page[n] = '\0';
    gvm_buf table = {0};
    gvm_zvm_put_opcode_table(&table);
    gvm_buf_put(&table, '\0');
    assert_int_equal(gvm_buf_status(&table), GVM_OK);
    if (strstr(page, (const char *)table.ptr) == NULL)
        fail_msg("docs/zvm.md differs from `ghostvm zvm opcodes`");
    gvm_buf_free(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instructions),
        cmocka_unit_test(labels),
        cmocka_unit_test(constants_and_macros),
        cmocka_unit_test(data),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(container),
        cmocka_unit_test(docs_say_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
