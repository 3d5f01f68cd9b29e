/* The x86-64 emitter: every form, with registers and constants from both ends of their ranges, in
 * Intel's syntax. Nothing here runs what it emits. */
#include "support/encoding.h"
#include "vm/jit/x64.h"

#define OBJDUMP "objdump"

static const char *const names64[16] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                        "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
static const char *const names32[8] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
static const char *const names8[8] = {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"};

static const char *x64_reg(char kind, bool wide, unsigned r) {
    switch (kind) {
    case 'x': return say("xmm%u", r);
    case 'b': return r < 8 ? names8[r] : say("r%ub", r);
    case 'w': return r < 8 ? names32[r] + 1 : say("r%uw", r);
    case 'd': return r < 8 ? names32[r] : say("r%ud", r);
    case 'q': return names64[r];
    default: return wide ? names64[r] : x64_reg('d', false, r);
    }
}

/* kinds of the operands: r by width, b w d q fixed, x xmm, as reg and rm; order: which comes first
 */
typedef struct x64_op {
    uint32_t op;
    const char *name;
    char reg, rm;     /* kinds */
    bool rm_first;    /* op rm, reg */
    const char *size; /* of the memory operand; NULL: by width */
    bool wide_too;    /* has a 64-bit form */
} x64_op;

#define P(p) GVM_X64_PREFIX(p)
static const x64_op x64_ops[] = {
    {0x8b, "mov", 'r', 'r', false, NULL, true},
    {0x89, "mov", 'r', 'r', true, NULL, true},
    {0x03, "add", 'r', 'r', false, NULL, true},
    {0x0b, "or", 'r', 'r', false, NULL, true},
    {0x23, "and", 'r', 'r', false, NULL, true},
    {0x2b, "sub", 'r', 'r', false, NULL, true},
    {0x33, "xor", 'r', 'r', false, NULL, true},
    {0x3b, "cmp", 'r', 'r', false, NULL, true},
    {0x01, "add", 'r', 'r', true, NULL, true},
    {0x39, "cmp", 'r', 'r', true, NULL, true},
    {0x85, "test", 'r', 'r', true, NULL, true},
    {0x63, "movsxd", 'r', 'd', false, "DWORD", true},
    {0x0faf, "imul", 'r', 'r', false, NULL, true},
    {0x0fb6 | GVM_X64_BYTE, "movzx", 'r', 'b', false, "BYTE", true},
    {0x0fb7, "movzx", 'r', 'w', false, "WORD", true},
    {0x0fbe | GVM_X64_BYTE, "movsx", 'r', 'b', false, "BYTE", true},
    {0x0fbf, "movsx", 'r', 'w', false, "WORD", true},
    {0x0f43, "cmovae", 'r', 'r', false, NULL, true},
    {0x0f45, "cmovne", 'r', 'r', false, NULL, true},
    {0x88 | GVM_X64_BYTE, "mov", 'b', 'b', true, "BYTE", false},
    {P(0x66) | 0x89, "mov", 'w', 'w', true, "WORD", false},
    {P(0xf3) | 0x0fb8, "popcnt", 'r', 'r', false, NULL, true},
    {P(0xf3) | 0x0f58, "addss", 'x', 'x', false, "DWORD", false},
    {P(0xf2) | 0x0f58, "addsd", 'x', 'x', false, "QWORD", false},
    {P(0xf3) | 0x0f59, "mulss", 'x', 'x', false, "DWORD", false},
    {P(0xf2) | 0x0f5c, "subsd", 'x', 'x', false, "QWORD", false},
    {P(0xf2) | 0x0f5e, "divsd", 'x', 'x', false, "QWORD", false},
    {P(0xf3) | 0x0f51, "sqrtss", 'x', 'x', false, "DWORD", false},
    {P(0xf3) | 0x0f5a, "cvtss2sd", 'x', 'x', false, "DWORD", false},
    {P(0xf2) | 0x0f5a, "cvtsd2ss", 'x', 'x', false, "QWORD", false},
    {P(0xf3) | 0x0f2a, "cvtsi2ss", 'x', 'r', false, NULL, true},
    {P(0xf2) | 0x0f2a, "cvtsi2sd", 'x', 'r', false, NULL, true},
    {0x0f2e, "ucomiss", 'x', 'x', false, "DWORD", false},
    {P(0x66) | 0x0f2e, "ucomisd", 'x', 'x', false, "QWORD", false},
    {0x0f28, "movaps", 'x', 'x', false, "XMMWORD", false},
    {0x0f10, "movups", 'x', 'x', false, "XMMWORD", false},
    {0x0f11, "movups", 'x', 'x', true, "XMMWORD", false},
    {0x0f57, "xorps", 'x', 'x', false, "XMMWORD", false},
    {P(0xf3) | 0x0f7e, "movq", 'x', 'x', false, "QWORD", false},
    {P(0x66) | 0x0fd6, "movq", 'x', 'x', true, "QWORD", false},
};

static const uint8_t x64_regs[] = {0, 3, 4, 5, 7, 8, 12, 13, 15};

static void x64_registers(const x64_op *o, bool wide, unsigned r, unsigned m) {
    gvm_x64_reg(&code, wide, o->op, r, m);
    const char *reg = x64_reg(o->reg, wide, r), *rm = x64_reg(o->rm, wide, m);
    expect("%s %s,%s", o->name, o->rm_first ? rm : reg, o->rm_first ? reg : rm);
}

static const char *x64_place(const x64_op *o, bool wide, const char *inside, int32_t disp) {
    return say("%s PTR [%s%c0x%x]",
               o->size != NULL ? o->size
               : wide          ? "QWORD"
                               : "DWORD",
               inside, disp < 0 ? '-' : '+', disp < 0 ? 0 - (uint32_t)disp : (uint32_t)disp);
}

static void x64_memory(const x64_op *o, bool wide, unsigned r, unsigned base, int32_t disp) {
    gvm_x64_mem(&code, wide, o->op, r, base, disp);
    const char *reg = x64_reg(o->reg, wide, r);
    const char *rm = x64_place(o, wide, names64[base], disp);
    expect("%s %s,%s", o->name, o->rm_first ? rm : reg, o->rm_first ? reg : rm);
}

static void x64_indexed(const x64_op *o, bool wide, unsigned r, unsigned base, unsigned index,
                        unsigned scale, int32_t disp) {
    if (index == GVM_X64_RSP) return;
    gvm_x64_sib(&code, wide, o->op, r, base, index, scale, disp);
    const char *reg = x64_reg(o->reg, wide, r);
    const char *inside = say("%s+%s*%u", names64[base], names64[index], 1u << scale);
    const char *rm = x64_place(o, wide, inside, disp);
    expect("%s %s,%s", o->name, o->rm_first ? rm : reg, o->rm_first ? reg : rm);
}

static void x64_operands(const x64_op *o, bool wide) {
    static const int32_t disps[] = {0, 8, 127, 128, -128, -129, 0x12345678, INT32_MIN + 1};
    for (unsigned i = 0; i < COUNT(x64_regs); i++) {
        for (unsigned j = 0; j < COUNT(x64_regs); j++) {
            unsigned r = x64_regs[i], m = x64_regs[j];
            x64_registers(o, wide, r, m);
            x64_memory(o, wide, r, m, disps[(i + j) % COUNT(disps)]);
            x64_indexed(o, wide, r, m, x64_regs[(i * 2 + j) % COUNT(x64_regs)], (i + j) % 4,
                        disps[(i + 3 * j) % COUNT(disps)]);
        }
    }
}

/* Vector operations: two operands, for which AVX has a form with three; one. */
typedef struct named {
    uint32_t op;
    const char *name;
} named;
static const named x64_vectors[] = {{P(0x66) | 0x0ffc, "paddb"},
                                    {P(0x66) | 0x0ffd, "paddw"},
                                    {P(0x66) | 0x0ffe, "paddd"},
                                    {P(0x66) | 0x0fd4, "paddq"},
                                    {P(0x66) | 0x0ff8, "psubb"},
                                    {P(0x66) | 0x0ff9, "psubw"},
                                    {P(0x66) | 0x0ffa, "psubd"},
                                    {P(0x66) | 0x0ffb, "psubq"},
                                    {P(0x66) | 0x0fd5, "pmullw"},
                                    {P(0x66) | 0x0ff4, "pmuludq"},
                                    {P(0x66) | 0x0ff5, "pmaddwd"},
                                    {P(0x66) | 0x0fec, "paddsb"},
                                    {P(0x66) | 0x0fed, "paddsw"},
                                    {P(0x66) | 0x0fdc, "paddusb"},
                                    {P(0x66) | 0x0fdd, "paddusw"},
                                    {P(0x66) | 0x0fe8, "psubsb"},
                                    {P(0x66) | 0x0fe9, "psubsw"},
                                    {P(0x66) | 0x0fd8, "psubusb"},
                                    {P(0x66) | 0x0fd9, "psubusw"},
                                    {P(0x66) | 0x0fea, "pminsw"},
                                    {P(0x66) | 0x0fda, "pminub"},
                                    {P(0x66) | 0x0fee, "pmaxsw"},
                                    {P(0x66) | 0x0fde, "pmaxub"},
                                    {P(0x66) | 0x0fe0, "pavgb"},
                                    {P(0x66) | 0x0fe3, "pavgw"},
                                    {P(0x66) | 0x0fdb, "pand"},
                                    {P(0x66) | 0x0fdf, "pandn"},
                                    {P(0x66) | 0x0feb, "por"},
                                    {P(0x66) | 0x0fef, "pxor"},
                                    {P(0x66) | 0x0f74, "pcmpeqb"},
                                    {P(0x66) | 0x0f75, "pcmpeqw"},
                                    {P(0x66) | 0x0f76, "pcmpeqd"},
                                    {P(0x66) | 0x0f64, "pcmpgtb"},
                                    {P(0x66) | 0x0f65, "pcmpgtw"},
                                    {P(0x66) | 0x0f66, "pcmpgtd"},
                                    {P(0x66) | 0x0f60, "punpcklbw"},
                                    {P(0x66) | 0x0f62, "punpckldq"},
                                    {P(0x66) | 0x0f68, "punpckhbw"},
                                    {P(0x66) | 0x0f6c, "punpcklqdq"},
                                    {P(0x66) | 0x0f63, "packsswb"},
                                    {P(0x66) | 0x0f67, "packuswb"},
                                    {P(0x66) | 0x0f6b, "packssdw"},
                                    {P(0x66) | 0x0fd1, "psrlw"},
                                    {P(0x66) | 0x0fd2, "psrld"},
                                    {P(0x66) | 0x0fd3, "psrlq"},
                                    {P(0x66) | 0x0fe1, "psraw"},
                                    {P(0x66) | 0x0fe2, "psrad"},
                                    {P(0x66) | 0x0ff1, "psllw"},
                                    {P(0x66) | 0x0ff2, "pslld"},
                                    {P(0x66) | 0x0ff3, "psllq"},
                                    {P(0x66) | 0x0f58, "addpd"},
                                    {P(0x66) | 0x0f59, "mulpd"},
                                    {P(0x66) | 0x0f5c, "subpd"},
                                    {P(0x66) | 0x0f5d, "minpd"},
                                    {P(0x66) | 0x0f5e, "divpd"},
                                    {P(0x66) | 0x0f5f, "maxpd"},
                                    {P(0x66) | 0x0f54, "andpd"},
                                    {P(0x66) | 0x0f56, "orpd"},
                                    {P(0x66) | GVM_X64_38 | 0x0f00, "pshufb"},
                                    {P(0x66) | GVM_X64_38 | 0x0f04, "pmaddubsw"},
                                    {P(0x66) | GVM_X64_38 | 0x0f0b, "pmulhrsw"},
                                    {P(0x66) | GVM_X64_38 | 0x0f28, "pmuldq"},
                                    {P(0x66) | GVM_X64_38 | 0x0f29, "pcmpeqq"},
                                    {P(0x66) | GVM_X64_38 | 0x0f2b, "packusdw"},
                                    {P(0x66) | GVM_X64_38 | 0x0f37, "pcmpgtq"},
                                    {P(0x66) | GVM_X64_38 | 0x0f38, "pminsb"},
                                    {P(0x66) | GVM_X64_38 | 0x0f39, "pminsd"},
                                    {P(0x66) | GVM_X64_38 | 0x0f3a, "pminuw"},
                                    {P(0x66) | GVM_X64_38 | 0x0f3b, "pminud"},
                                    {P(0x66) | GVM_X64_38 | 0x0f3c, "pmaxsb"},
                                    {P(0x66) | GVM_X64_38 | 0x0f3d, "pmaxsd"},
                                    {P(0x66) | GVM_X64_38 | 0x0f3e, "pmaxuw"},
                                    {P(0x66) | GVM_X64_38 | 0x0f3f, "pmaxud"},
                                    {P(0x66) | GVM_X64_38 | 0x0f40, "pmulld"},
                                    {0x0f58, "addps"},
                                    {0x0f59, "mulps"},
                                    {0x0f5c, "subps"},
                                    {0x0f5d, "minps"},
                                    {0x0f5e, "divps"},
                                    {0x0f5f, "maxps"},
                                    {0x0f54, "andps"},
                                    {0x0f56, "orps"}};
static const named x64_vectors_of_one[] = {{P(0x66) | 0x0fe6, "cvttpd2dq"},
                                           {P(0x66) | 0x0f5a, "cvtpd2ps"},
                                           {P(0x66) | 0x0f51, "sqrtpd"},
                                           {P(0x66) | GVM_X64_38 | 0x0f1c, "pabsb"},
                                           {P(0x66) | GVM_X64_38 | 0x0f1d, "pabsw"},
                                           {P(0x66) | GVM_X64_38 | 0x0f1e, "pabsd"},
                                           {P(0x66) | GVM_X64_38 | 0x0f17, "ptest"},
                                           {P(0x66) | GVM_X64_38 | 0x0f20, "pmovsxbw"},
                                           {P(0x66) | GVM_X64_38 | 0x0f23, "pmovsxwd"},
                                           {P(0x66) | GVM_X64_38 | 0x0f25, "pmovsxdq"},
                                           {P(0x66) | GVM_X64_38 | 0x0f30, "pmovzxbw"},
                                           {P(0x66) | GVM_X64_38 | 0x0f33, "pmovzxwd"},
                                           {P(0x66) | GVM_X64_38 | 0x0f35, "pmovzxdq"}};

static void x64_vector(const named *o, bool avx) {
    x64_op form = {o->op, o->name, 'x', 'x', false, "XMMWORD", false};
    for (unsigned i = 0; i < COUNT(x64_regs); i++) {
        for (unsigned j = 0; j < COUNT(x64_regs); j++) {
            unsigned d = x64_regs[i], x = x64_regs[j], y = x64_regs[(2 * i + j) % COUNT(x64_regs)];
            x64_registers(&form, false, d, x);
            if (!avx) continue;
            x64_memory(&form, false, d, x, -129);
            gvm_x64_avx(&code, o->op, d, x, y);
            expect("v%s xmm%u,xmm%u,xmm%u", o->name, d, x, y);
        }
    }
}

/* pextr and pinsr: a general register beside a vector, and a lane. */
static void x64_lanes(void) {
    static const struct {
        uint32_t op;
        const char *name;
        char kind;
        bool wide, to_rm;
    } ops[] = {{P(0x66) | GVM_X64_3A | 0x0f14, "pextrb", 'd', false, true},
               {P(0x66) | GVM_X64_3A | 0x0f15, "pextrw", 'd', false, true},
               {P(0x66) | GVM_X64_3A | 0x0f16, "pextrd", 'd', false, true},
               {P(0x66) | GVM_X64_3A | 0x0f16, "pextrq", 'q', true, true},
               {P(0x66) | 0x0fc5, "pextrw", 'd', false, false},
               {P(0x66) | GVM_X64_3A | 0x0f20, "pinsrb", 'd', false, false},
               {P(0x66) | 0x0fc4, "pinsrw", 'd', false, false},
               {P(0x66) | GVM_X64_3A | 0x0f22, "pinsrd", 'd', false, false},
               {P(0x66) | GVM_X64_3A | 0x0f22, "pinsrq", 'q', true, false}};
    for (unsigned k = 0; k < COUNT(ops) * COUNT(x64_regs); k++) {
        unsigned o = k % COUNT(ops), v = (k * 5) % 16, r = x64_regs[k / COUNT(ops)];
        bool from_vector = ops[o].to_rm || ops[o].op == (P(0x66) | 0x0fc5);
        bool vector_is_reg = ops[o].to_rm || !from_vector;
        gvm_x64_reg(&code, ops[o].wide, ops[o].op, vector_is_reg ? v : r, vector_is_reg ? r : v);
        gvm_buf_put(&code, 1);
        const char *general = x64_reg(ops[o].kind, false, r);
        if (from_vector)
            expect("%s %s,xmm%u,0x1", ops[o].name, general, v);
        else
            expect("%s xmm%u,%s,0x1", ops[o].name, v, general);
    }
}

static void x64_constants(void) {
    static const char *const group[8] = {"add", "or", NULL, NULL, "and", "sub", "xor", "cmp"};
    static const int32_t imms[] = {0, 1, 127, 128, -1, -128, -129, INT32_MAX, INT32_MIN};
    for (unsigned g = 0; g < 8; g++) {
        for (unsigned i = 0; i < COUNT(x64_regs) && group[g] != NULL; i++) {
            for (unsigned k = 0; k < 2 * COUNT(imms); k++) {
                bool wide = k & 1;
                int32_t imm = imms[k / 2];
                unsigned r = x64_regs[i];
                if (r == 0 && (imm < -128 || imm > 127)) continue; /* rax: a form of its own */
                gvm_x64_alu_imm(&code, wide, g, r, imm);
                unsigned long long shown =
                    wide ? (unsigned long long)(int64_t)imm : (unsigned long long)(uint32_t)imm;
                expect("%s %s,0x%llx", group[g], x64_reg('r', wide, r), shown);
            }
        }
    }
    static const uint64_t numbers[] = {1, UINT32_MAX, UINT32_MAX + 1ull, UINT64_MAX};
    for (unsigned i = 0; i < COUNT(x64_regs); i++) {
        unsigned r = x64_regs[i];
        gvm_x64_mov_imm(&code, r, 0);
        expect("xor %s,%s", x64_reg('d', false, r), x64_reg('d', false, r));
        for (unsigned k = 0; k < COUNT(numbers); k++) {
            bool wide = numbers[k] > UINT32_MAX;
            gvm_x64_mov_imm(&code, r, numbers[k]);
            expect("%s %s,0x%llx", wide ? "movabs" : "mov", x64_reg('r', wide, r),
                   (unsigned long long)numbers[k]);
        }
    }
}

static void x64_branches(void) {
    static const char *const names[16] = {"jo", "jno", "jb", "jae", "je", "jne", "jbe", "ja",
                                          "js", "jns", "jp", "jnp", "jl", "jge", "jle", "jg"};
    for (unsigned i = 0; i < 16; i++) {
        uint32_t to = i & 1 ? 0 : (uint32_t)code.len + 1000;
        gvm_x64_link(&code, gvm_x64_jcc(&code, i), to);
        expect("%s 0x%x", names[i], to);
        gvm_x64_link(&code, gvm_x64_jmp(&code), to);
        expect("jmp 0x%x", to);
        gvm_x64_link(&code, gvm_x64_call(&code), to);
        expect("call 0x%x", to);
    }
}

static void x64(void **state) {
    (void)state;
    begin();
    for (unsigned i = 0; i < COUNT(x64_ops); i++) {
        x64_operands(&x64_ops[i], false);
        if (x64_ops[i].wide_too) x64_operands(&x64_ops[i], true);
    }
    for (unsigned i = 0; i < COUNT(x64_vectors); i++) x64_vector(&x64_vectors[i], true);
    for (unsigned i = 0; i < COUNT(x64_vectors_of_one); i++)
        x64_vector(&x64_vectors_of_one[i], false);
    x64_lanes();
    x64_constants();
    x64_branches();
    compare(OBJDUMP " -m i386:x86-64 -M intel");
}

int main(void) {
    require(OBJDUMP);
    const struct CMUnitTest tests[] = {cmocka_unit_test(x64)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
