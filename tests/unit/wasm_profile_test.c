/* What a module tells of its functions, and what perf, gdb and disassemblers are told of their
 * code. */
#include "vm/jit/profile.h"
#include "vm/wasm/module.h"

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Of wat2wasm --debug-names:
 * (module
 *   (import "host" "print" (func $print (param i32 i32)))
 *   (memory 1)
 *   (data (i32.const 0) "hello from a guest")
 *   (func $greet (export "greet") (call $print (i32.const 0) (i32.const 18)))
 *   (func $spin (export "spin") (loop (br 0)))
 *   (func $divide (export "divide") (param i32 i32) (result i32)
 *     (i32.div_s (local.get 0) (local.get 1)))) */
static const uint8_t guest[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x0f, 0x03, 0x60, 0x02, 0x7f, 0x7f, 0x00,
    0x60, 0x00, 0x00, 0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7f, 0x02, 0x0e, 0x01, 0x04, 0x68, 0x6f, 0x73,
    0x74, 0x05, 0x70, 0x72, 0x69, 0x6e, 0x74, 0x00, 0x00, 0x03, 0x04, 0x03, 0x01, 0x01, 0x02, 0x05,
    0x03, 0x01, 0x00, 0x01, 0x07, 0x19, 0x03, 0x05, 0x67, 0x72, 0x65, 0x65, 0x74, 0x00, 0x01, 0x04,
    0x73, 0x70, 0x69, 0x6e, 0x00, 0x02, 0x06, 0x64, 0x69, 0x76, 0x69, 0x64, 0x65, 0x00, 0x03, 0x0a,
    0x1a, 0x03, 0x08, 0x00, 0x41, 0x00, 0x41, 0x12, 0x10, 0x00, 0x0b, 0x07, 0x00, 0x03, 0x40, 0x0c,
    0x00, 0x0b, 0x0b, 0x07, 0x00, 0x20, 0x00, 0x20, 0x01, 0x6d, 0x0b, 0x0b, 0x18, 0x01, 0x00, 0x41,
    0x00, 0x0b, 0x12, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x20, 0x66, 0x72, 0x6f, 0x6d, 0x20, 0x61, 0x20,
    0x67, 0x75, 0x65, 0x73, 0x74, 0x00, 0x2f, 0x04, 0x6e, 0x61, 0x6d, 0x65, 0x01, 0x1d, 0x04, 0x00,
    0x05, 0x70, 0x72, 0x69, 0x6e, 0x74, 0x01, 0x05, 0x67, 0x72, 0x65, 0x65, 0x74, 0x02, 0x04, 0x73,
    0x70, 0x69, 0x6e, 0x03, 0x06, 0x64, 0x69, 0x76, 0x69, 0x64, 0x65, 0x02, 0x09, 0x04, 0x00, 0x00,
    0x01, 0x00, 0x02, 0x00, 0x03, 0x00};

static gvm_wasm_module *load(void) {
    gvm_wasm_module *m;
    assert_int_equal(gvm_wasm_load(&m, NULL, gvm_bytes_make(guest, sizeof guest), NULL), GVM_OK);
    return m;
}

static gvm_wasm_module *load_compiled(void) {
    gvm_wasm_module *m = load();
    gvm_status status = gvm_wasm_module_compile(m);
    if (status == GVM_OK) return m;
    assert_int_equal(status, GVM_ERR_UNSUPPORTED);
    gvm_wasm_module_delete(m);
    skip();
    return NULL;
}

/* Places as wasm-objdump shows them, prices by prices.inc. */
static void functions_are_told(void **state) {
    (void)state;
    gvm_wasm_module *m = load();
    gvm_wasm_func_report r;
    assert_int_equal(gvm_wasm_module_imported_funcs(m), 1);
    assert_false(gvm_wasm_module_func(m, &r, 0));
    assert_true(gvm_wasm_module_func(m, &r, 1));
    assert_int_equal(r.offset, 0x53);
    assert_int_equal(r.bytes, 8);
    assert_int_equal(r.type->params, 0);
    assert_int_equal(r.native_bytes, 0);
    assert_int_equal(r.entry_units,
                     2 * GVM_WASM_PRICE_CONST + GVM_WASM_PRICE_CALL); /* two constants and a call */
    assert_int_equal(r.all_units, 2 * GVM_WASM_PRICE_CONST + GVM_WASM_PRICE_CALL);
    assert_true(gvm_wasm_module_func(m, &r, 2));
    assert_int_equal(r.offset, 0x5c);
    assert_int_equal(r.entry_units,
                     GVM_WASM_PRICE_BRANCH); /* a block of price 0 takes no step of its own */
    assert_int_equal(r.all_units, GVM_WASM_PRICE_BRANCH);
    assert_true(gvm_wasm_module_func(m, &r, 3));
    assert_int_equal(r.offset, 0x64);
    assert_int_equal(r.entry_units, 2 * GVM_WASM_PRICE_CONST + GVM_WASM_PRICE_IDIV);
    assert_int_equal(r.type->results, 1);
    assert_false(gvm_wasm_module_func(m, &r, 4));
    assert_false(gvm_wasm_module_func(m, &r, UINT32_MAX));
    gvm_wasm_module_delete(m);
}

/* Whether [at, at + size) is executable in this process, and not writable. */
static bool is_code(unsigned long at, unsigned long size) {
    FILE *f = fopen("/proc/self/maps", "r");
    char line[512], flags[8];
    unsigned long from, to;
    bool found = false;
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "%lx-%lx %4s", &from, &to, flags) == 3 && at >= from && at + size <= to)
            found = flags[2] == 'x' && flags[1] == '-';
    (void)fclose(f);
    return found;
}

static void perf_reads_a_map(void **state) {
    (void)state;
    static const char *const names[] = {"wasm::shared", "wasm::greet", "wasm::spin",
                                        "wasm::divide"};
    char path[64], name[64];
    unsigned long at, size, end = 0;
    int lines = 0;
    snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
    gvm_wasm_module_delete(load_compiled()); /* before it is asked for: nothing is written */
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(gvm_wasm_profile(GVM_WASM_PROFILE_PERF), GVM_OK);
    gvm_wasm_module *m = load_compiled();
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    for (; fscanf(f, "%lx %lx %63s", &at, &size, name) == 3; lines++) {
        assert_true(lines < 4);
        assert_string_equal(name, names[lines]);
        assert_true(size != 0 && at >= end);
        assert_true(is_code(at, size));
        end = at + size;
    }
    assert_int_equal(lines, 4);
    assert_true(feof(f));
    (void)fclose(f);
    gvm_wasm_module_delete(m);
    assert_int_equal(unlink(path), 0);
}

/* A file that somebody put there is left alone. */
static void links_are_not_followed(void **state) {
    (void)state;
    char path[64], target[] = "/tmp/wasm-profile-XXXXXX";
    int fd = mkstemp(target);
    assert_true(fd >= 0);
    snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
    pid_t child = fork();
    if (child == 0) {
        snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
        if (symlink(target, path) != 0) _exit(2);
        gvm_status status = gvm_wasm_profile(GVM_WASM_PROFILE_PERF);
        (void)unlink(path);
        if (status != GVM_ERR_IO || link(target, path) != 0) _exit(3);
        status = gvm_wasm_profile(GVM_WASM_PROFILE_PERF);
        (void)unlink(path);
        _exit(status == GVM_ERR_IO ? 0 : 4);
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    (void)close(fd);
    (void)unlink(target);
}

static void check_elf(gvm_bytes file, const void *code, uint64_t address) {
    Elf64_Ehdr head;
    assert_true(file.len > sizeof head);
    memcpy(&head, file.ptr, sizeof head);
    assert_memory_equal(head.e_ident, ELFMAG, SELFMAG);
    assert_true(head.e_shoff + (uint64_t)head.e_shnum * sizeof(Elf64_Shdr) <= file.len);
    Elf64_Shdr sections[8];
    assert_int_equal(head.e_shnum, 5);
    memcpy(sections, file.ptr + head.e_shoff, 5 * sizeof *sections);
    for (int i = 1; i < 5; i++)
        assert_true(sections[i].sh_offset + sections[i].sh_size <= file.len);
    const Elf64_Shdr *text = &sections[1], *symbols = &sections[2], *strings = &sections[3];
    assert_int_equal(text->sh_addr, address);
    assert_memory_equal(file.ptr + text->sh_offset, code, text->sh_size);
    assert_int_equal(symbols->sh_size, 5 * sizeof(Elf64_Sym));
    static const char *const names[] = {"", "wasm::shared", "wasm::greet", "wasm::spin",
                                        "wasm::divide"};
    for (size_t i = 1; i < 5; i++) {
        Elf64_Sym s;
        memcpy(&s, file.ptr + symbols->sh_offset + i * sizeof s, sizeof s);
        assert_string_equal((const char *)file.ptr + strings->sh_offset + s.st_name, names[i]);
        assert_true(s.st_value + s.st_size <= text->sh_size);
        assert_int_equal(s.st_shndx, 1);
    }
}

struct entry {
    struct entry *next, *before;
    const uint8_t *file;
    uint64_t len;
};
extern struct {
    uint32_t version, action;
    struct entry *relevant, *first;
} __jit_debug_descriptor;

static const uint8_t *code_of(const gvm_wasm_module *m) {
    return gvm_wasm_module_any_machine(m)->code;
}

static void gdb_sees_objects_come_and_go(void **state) {
    (void)state;
    assert_int_equal(gvm_wasm_profile(GVM_WASM_PROFILE_GDB), GVM_OK);
    gvm_wasm_module *a = load_compiled(), *b = load_compiled();
    assert_int_equal(__jit_debug_descriptor.version, 1);
    struct entry *e = __jit_debug_descriptor.first;
    assert_non_null(e);
    check_elf(gvm_bytes_make(e->file, e->len), code_of(b), (uintptr_t)code_of(b));
    assert_non_null(e->next);
    check_elf(gvm_bytes_make(e->next->file, e->next->len), code_of(a), (uintptr_t)code_of(a));
    assert_ptr_equal(e->next->before, e);
    gvm_wasm_module_delete(b);
    e = __jit_debug_descriptor.first;
    assert_null(e->next);
    assert_null(e->before);
    assert_int_equal(__jit_debug_descriptor.action, 2);
    gvm_wasm_module_delete(a);
    assert_null(__jit_debug_descriptor.first);
    char path[64];
    snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
    (void)unlink(path);
}

static void disassemblers_get_an_object(void **state) {
    (void)state;
    gvm_buf file = {0};
    gvm_wasm_module *m = load();
    assert_int_equal(gvm_wasm_module_elf(m, &file), GVM_ERR_STATE);
    gvm_wasm_module_delete(m);
    m = load_compiled();
    gvm_buf_str(&file, "before");
    assert_int_equal(gvm_wasm_module_elf(m, &file), GVM_OK);
    check_elf(gvm_bytes_make(file.ptr + 6, file.len - 6), code_of(m), 0);
    gvm_buf_free(&file);
    gvm_wasm_module_delete(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_are_told),
        cmocka_unit_test(perf_reads_a_map),
        cmocka_unit_test(links_are_not_followed),
        cmocka_unit_test(disassemblers_get_an_object),
        cmocka_unit_test(gdb_sees_objects_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
