/* The arm64 emitter: every form, with registers and constants from both ends of their ranges,
 * without aliases. Nothing here runs what it emits. */
#include "support/encoding.h"
#include "vm/jit/arm64.h"

#define OBJDUMP "aarch64-linux-gnu-objdump"

typedef struct named {
    uint32_t op;
    const char *name;
} named;

static const uint8_t regs[] = {0, 1, 15, 16, 29, 30, 31};
#define REG(i) regs[(i) % COUNT(regs)]

static const char *x(bool wide, unsigned r) {
    return r == 31 ? wide ? "xzr" : "wzr" : say("%c%u", wide ? 'x' : 'w', r);
}
static const char *xsp(bool wide, unsigned r) {
    return r == 31 ? wide ? "sp" : "wsp" : x(wide, r);
}
static const char *f(bool wide, unsigned r) {
    return say("%c%u", wide ? 'd' : 's', r);
}
static const char *v(unsigned size, unsigned r) {
    static const char *const shapes[4] = {"16b", "8h", "4s", "2d"};
    return say("v%u.%s", r, shapes[size]);
}
static const char *half(unsigned size, unsigned r) {
    static const char *const shapes[4] = {"8b", "4h", "2s", "1d"};
    return say("v%u.%s", r, shapes[size]);
}
static const char *const conditions[14] = {"eq", "ne", "cs", "cc", "mi", "pl", "vs",
                                           "vc", "hi", "ls", "ge", "lt", "gt", "le"};

static void arm64_three(void) {
    static const named ops[] = {
        {GVM_ARM64_ADD, "add"},     {GVM_ARM64_ADDS, "adds"},   {GVM_ARM64_SUB, "sub"},
        {GVM_ARM64_SUBS, "subs"},   {GVM_ARM64_AND, "and"},     {GVM_ARM64_BIC, "bic"},
        {GVM_ARM64_ORR, "orr"},     {GVM_ARM64_ORN, "orn"},     {GVM_ARM64_EOR, "eor"},
        {GVM_ARM64_EON, "eon"},     {GVM_ARM64_ANDS, "ands"},   {GVM_ARM64_ADC, "adc"},
        {GVM_ARM64_ADCS, "adcs"},   {GVM_ARM64_SBC, "sbc"},     {GVM_ARM64_SBCS, "sbcs"},
        {GVM_ARM64_UDIV, "udiv"},   {GVM_ARM64_SDIV, "sdiv"},   {GVM_ARM64_LSL, "lslv"},
        {GVM_ARM64_LSR, "lsrv"},    {GVM_ARM64_ASR, "asrv"},    {GVM_ARM64_ROR, "rorv"},
        {GVM_ARM64_UMULH, "umulh"}, {GVM_ARM64_SMULH, "smulh"}, {GVM_ARM64_MUL, "madd"}};
    static const char *const shifts[4] = {"lsl", "lsr", "asr", "ror"};
    for (unsigned i = 0; i < COUNT(ops); i++) {
        for (unsigned k = 0; k < 28; k++) {
            unsigned d = REG(k), n = REG(k / 2 + 1), m = REG(k * 3 + i);
            bool wide = k & 1 || ops[i].op == GVM_ARM64_UMULH || ops[i].op == GVM_ARM64_SMULH;
            const char *last = ops[i].op != GVM_ARM64_MUL ? "" : wide ? ", xzr" : ", wzr";
            gvm_arm64_rrr(&code, wide, ops[i].op, d, n, m);
            expect("%s %s, %s, %s%s", ops[i].name, x(wide, d), x(wide, n), x(wide, m), last);
            if (i > 10) continue;
            unsigned shift = k % (i < 4 ? 3 : 4), amount = wide ? 63 - k : 31 - k % 31;
            gvm_arm64_shifted(&code, wide, ops[i].op, d, n, m, shift, amount);
            expect("%s %s, %s, %s, %s #%u", ops[i].name, x(wide, d), x(wide, n), x(wide, m),
                   shifts[shift], amount);
            if (i > 3) continue;
            gvm_arm64_extended(&code, ops[i].op, d, n, m);
            expect("%s %s, %s, %s, uxtw", ops[i].name, i & 1 ? x(true, d) : xsp(true, d),
                   xsp(true, n), x(false, m));
        }
    }
    for (unsigned k = 0; k < 28; k++) {
        unsigned d = REG(k), n = REG(k + 2), m = REG(k * 2), a = REG(k / 3);
        gvm_arm64_rrrr(&code, k & 1, k & 2 ? GVM_ARM64_MADD : GVM_ARM64_MSUB, d, n, m, a);
        expect("%s %s, %s, %s, %s", k & 2 ? "madd" : "msub", x(k & 1, d), x(k & 1, n), x(k & 1, m),
               x(k & 1, a));
    }
}

static void arm64_two(void) {
    static const struct {
        uint32_t op;
        int last; /* of sbfm */
        const char *name;
    } ops[] = {{GVM_ARM64_RBIT, 0, "rbit"},
               {GVM_ARM64_CLZ, 0, "clz"},
               {GVM_ARM64_SXTB, 7, NULL},
               {GVM_ARM64_SXTH, 15, NULL},
               {GVM_ARM64_SXTW, 31, NULL}};
    for (unsigned i = 0; i < COUNT(ops); i++) {
        for (unsigned k = 0; k < 14; k++) {
            unsigned d = REG(k), n = REG(k / 2 + 3);
            bool wide = k & 1;
            gvm_arm64_rr(&code, wide, ops[i].op, d, n);
            if (ops[i].name != NULL)
                expect("%s %s, %s", ops[i].name, x(wide, d), x(wide, n));
            else
                expect("sbfm %s, %s, #0, #%d", x(wide, d), x(wide, n), ops[i].last);
            gvm_arm64_rr(&code, wide, GVM_ARM64_MOV, d, n);
            expect("orr %s, %s, %s", x(wide, d), x(wide, 31), x(wide, n));
        }
    }
    for (unsigned k = 0; k < 64; k++) {
        unsigned d = REG(k), n = REG(k / 3);
        bool wide = k >= 32;
        unsigned last = wide ? 63 : 31, amount = k & last, right = (last + 1 - amount) & last;
        gvm_arm64_shift_imm(&code, wide, GVM_ARM64_LSL, d, n, amount);
        expect("ubfm %s, %s, #%u, #%u", x(wide, d), x(wide, n), right, last - amount);
        gvm_arm64_shift_imm(&code, wide, GVM_ARM64_LSR, d, n, amount);
        expect("ubfm %s, %s, #%u, #%u", x(wide, d), x(wide, n), amount, last);
        gvm_arm64_shift_imm(&code, wide, GVM_ARM64_ASR, d, n, amount);
        expect("sbfm %s, %s, #%u, #%u", x(wide, d), x(wide, n), amount, last);
        gvm_arm64_shift_imm(&code, wide, GVM_ARM64_ROR, d, n, amount);
        expect("extr %s, %s, %s, #%u", x(wide, d), x(wide, n), x(wide, n), amount);
        gvm_arm64_bits(&code, wide, d, n, amount, last + 1 - amount);
        expect("ubfm %s, %s, #%u, #%u", x(wide, d), x(wide, n), amount, last);
    }
}

/* The value that a bitmask field stands for, as the manual's DecodeBitMasks has it. */
static uint64_t bitmask_value(unsigned size, unsigned ones, unsigned rotation) {
    uint64_t element = 0, value = 0;
    for (unsigned i = 0; i < ones; i++) element |= (uint64_t)1 << ((i + size - rotation) % size);
    for (unsigned i = 0; i < 64; i += size) value |= element << i;
    return value;
}

static void arm64_constants(void) {
    static const named logic[] = {{GVM_ARM64_AND, "and"},
                                  {GVM_ARM64_ANDS, "ands"},
                                  {GVM_ARM64_ORR, "orr"},
                                  {GVM_ARM64_EOR, "eor"}};
    unsigned k = 0;
    for (unsigned size = 2; size <= 64; size *= 2) { /* every constant that there is */
        for (unsigned ones = 1; ones < size; ones++) {
            for (unsigned rotation = 0; rotation < size; rotation++, k++) {
                uint64_t imm = bitmask_value(size, ones, rotation);
                bool wide = size == 64 || k & 1;
                if (!wide) imm &= UINT32_MAX;
                unsigned d = REG(k), n = REG(k / 4);
                const named *o = &logic[k % 4];
                assert_true(gvm_arm64_is_bitmask(wide, imm));
                gvm_arm64_logic_imm(&code, wide, o->op, d, n, imm);
                expect("%s %s, %s, #0x%llx", o->name,
                       o->op == GVM_ARM64_ANDS ? x(wide, d) : xsp(wide, d), x(wide, n),
                       (unsigned long long)imm);
            }
        }
    }
    assert_int_equal(k, 5334);
    static const uint64_t none[] = {0, UINT64_MAX, 5, 0x1234, 0xf0f0f0f0f0f0f0f1};
    for (unsigned i = 0; i < COUNT(none); i++) assert_false(gvm_arm64_is_bitmask(true, none[i]));
    gvm_arm64_logic_imm(&code, true, GVM_ARM64_EOR, 3, 4, 0x1234);
    expect("movz w16, #0x1234");
    expect("eor x3, x4, x16");

    static const named sums[] = {{GVM_ARM64_ADD, "add"},
                                 {GVM_ARM64_SUB, "sub"},
                                 {GVM_ARM64_ADDS, "adds"},
                                 {GVM_ARM64_SUBS, "subs"}};
    static const int64_t small[] = {0, 1, 0xfff, 0x1000, 0xfff000, -1, -0xfff, -0x1000};
    for (k = 0; k < 4 * COUNT(small) * 4; k++) {
        int64_t imm = small[k / 4 % COUNT(small)];
        bool wide = k / 32 & 1, shifted = imm >= 0x1000 || imm <= -0x1000;
        unsigned d = REG(k), n = REG(k / 5 + 3), o = k % 4;
        gvm_arm64_add_imm(&code, wide, sums[o].op, d, n, imm);
        int64_t positive = imm < 0 ? -imm : imm;
        expect("%s %s, %s, #0x%x%s", sums[imm < 0 ? o ^ 1 : o].name,
               o > 1 ? x(wide, d) : xsp(wide, d), xsp(wide, n),
               (unsigned)(shifted ? positive >> 12 : positive), shifted ? ", lsl #12" : "");
    }
    gvm_arm64_add_imm(&code, true, GVM_ARM64_SUBS, 3, 4, INT32_MIN);
    expect("orr x16, xzr, #0xffffffff80000000");
    expect("subs x3, x4, x16");
    gvm_arm64_add_imm(&code, false, GVM_ARM64_ADD, 3, 4, 0x123456);
    expect("movz w16, #0x3456");
    expect("movk w16, #0x12, lsl #16");
    expect("add w3, w4, w16");

    gvm_arm64_mov_imm(&code, 0, 0);
    expect("movz w0, #0x0");
    gvm_arm64_mov_imm(&code, 1, 0x12340000);
    expect("movz w1, #0x1234, lsl #16");
    gvm_arm64_mov_imm(&code, 2, UINT32_MAX);
    expect("movn w2, #0x0");
    gvm_arm64_mov_imm(&code, 3, 0xffff1234);
    expect("movn w3, #0xedcb");
    gvm_arm64_mov_imm(&code, 4, 0x12345678);
    expect("movz w4, #0x5678");
    expect("movk w4, #0x1234, lsl #16");
    gvm_arm64_mov_imm(&code, 5, 0x00ff00ff);
    expect("orr w5, wzr, #0xff00ff");
    gvm_arm64_mov_imm(&code, 6, UINT64_MAX);
    expect("movn x6, #0x0");
    gvm_arm64_mov_imm(&code, 7, 0xffff1234ffffffff);
    expect("movn x7, #0xedcb, lsl #32");
    gvm_arm64_mov_imm(&code, 8, 0x0123456789abcdef);
    expect("movz x8, #0xcdef");
    expect("movk x8, #0x89ab, lsl #16");
    expect("movk x8, #0x4567, lsl #32");
    expect("movk x8, #0x123, lsl #48");
    gvm_arm64_mov_imm(&code, 30, 0x5555000000000000);
    expect("movz x30, #0x5555, lsl #48");
    gvm_arm64_mov_imm(&code, 29, 0xffff89abffff4567);
    expect("movn x29, #0xba98");
    expect("movk x29, #0x89ab, lsl #32");
}

static void arm64_conditions(void) {
    static const named ops[] = {{GVM_ARM64_CSEL, "csel"},
                                {GVM_ARM64_CSINC, "csinc"},
                                {GVM_ARM64_CSINV, "csinv"},
                                {GVM_ARM64_CSNEG, "csneg"}};
    for (unsigned k = 0; k < 56; k++) {
        unsigned c = k % 14, d = REG(k), n = REG(k / 2), m = REG(k / 3);
        bool wide = k & 1;
        gvm_arm64_select(&code, wide, ops[k % 4].op, d, n, m, c);
        expect("%s %s, %s, %s, %s", ops[k % 4].name, x(wide, d), x(wide, n), x(wide, m),
               conditions[c]);
        gvm_arm64_cset(&code, d, c);
        expect("csinc %s, wzr, wzr, %s", x(false, d), conditions[c ^ 1]);
        gvm_arm64_ccmp(&code, wide, n, m, k % 16, c);
        expect("ccmp %s, %s, #0x%x, %s", x(wide, n), x(wide, m), k % 16, conditions[c]);
        gvm_arm64_ccmp_imm(&code, wide, n, k % 32, k % 16, c);
        expect("ccmp %s, #0x%x, #0x%x, %s", x(wide, n), k % 32, k % 16, conditions[c]);
        gvm_arm64_fcsel(&code, wide, d, n, m, c);
        expect("fcsel %s, %s, %s, %s", f(wide, d), f(wide, n), f(wide, m), conditions[c]);
    }
}

static void arm64_memory(void) {
    static const struct {
        uint32_t op;
        const char *name, *unscaled;
        char kind;
        unsigned scale;
    } ops[] = {{GVM_ARM64_STRB, "strb", "sturb", 'w', 0},
               {GVM_ARM64_LDRB, "ldrb", "ldurb", 'w', 0},
               {GVM_ARM64_STRH, "strh", "sturh", 'w', 1},
               {GVM_ARM64_LDRH, "ldrh", "ldurh", 'w', 1},
               {GVM_ARM64_STR_W, "str", "stur", 'w', 2},
               {GVM_ARM64_LDR_W, "ldr", "ldur", 'w', 2},
               {GVM_ARM64_STR_X, "str", "stur", 'x', 3},
               {GVM_ARM64_LDR_X, "ldr", "ldur", 'x', 3},
               {GVM_ARM64_LDRSBX, "ldrsb", "ldursb", 'x', 0},
               {GVM_ARM64_LDRSBW, "ldrsb", "ldursb", 'w', 0},
               {GVM_ARM64_LDRSHX, "ldrsh", "ldursh", 'x', 1},
               {GVM_ARM64_LDRSHW, "ldrsh", "ldursh", 'w', 1},
               {GVM_ARM64_LDRSW, "ldrsw", "ldursw", 'x', 2},
               {GVM_ARM64_STR_S, "str", "stur", 's', 2},
               {GVM_ARM64_LDR_S, "ldr", "ldur", 's', 2},
               {GVM_ARM64_STR_D, "str", "stur", 'd', 3},
               {GVM_ARM64_LDR_D, "ldr", "ldur", 'd', 3},
               {GVM_ARM64_STR_Q, "str", "stur", 'q', 4},
               {GVM_ARM64_LDR_Q, "ldr", "ldur", 'q', 4}};
    for (unsigned i = 0; i < COUNT(ops); i++) {
        for (unsigned k = 0; k < 14; k++) {
            unsigned t = REG(k), n = REG(k / 2 + 4), m = REG(k / 3), s = ops[i].scale;
            const char *reg = ops[i].kind == 'x' || ops[i].kind == 'w'
                                  ? x(ops[i].kind == 'x', t)
                                  : say("%c%u", ops[i].kind, t);
            int32_t scaled[] = {0, 1 << s, 4095 << s}, unscaled[] = {-1, -256, s ? 255 : -255};
            for (unsigned j = 0; j < 3; j++) {
                gvm_arm64_mem(&code, ops[i].op, t, n, scaled[j]);
                if (scaled[j] == 0)
                    expect("%s %s, [%s]", ops[i].name, reg, xsp(true, n));
                else
                    expect("%s %s, [%s, #%d]", ops[i].name, reg, xsp(true, n), scaled[j]);
                gvm_arm64_mem(&code, ops[i].op, t, n, unscaled[j]);
                expect("%s %s, [%s, #%d]", ops[i].unscaled, reg, xsp(true, n), unscaled[j]);
            }
            gvm_arm64_mem(&code, ops[i].op, t, n, 4096 << s);
            gvm_arm64_mem(&code, ops[i].op, t, n, -257);
            for (unsigned j = 0; j < 2; j++) {
                if (j == 0)
                    expect(s == 4 ? "movz w16, #0x1, lsl #16" : "movz w16, #0x%x", 4096u << s);
                else
                    expect("movn x16, #0x100");
                expect("%s %s, [%s, x16]", ops[i].name, reg, xsp(true, n));
            }
            gvm_arm64_index(&code, ops[i].op, t, n, m, false);
            expect("%s %s, [%s, %s]", ops[i].name, reg, xsp(true, n), x(true, m));
            gvm_arm64_index(&code, ops[i].op, t, n, m, true);
            expect("%s %s, [%s, %s, lsl #%u]", ops[i].name, reg, xsp(true, n), x(true, m), s);
        }
    }
    static const struct {
        uint32_t op;
        const char *name;
        char kind;
        unsigned scale;
    } pairs[] = {{GVM_ARM64_STP_X, "stp", 'x', 3}, {GVM_ARM64_LDP_X, "ldp", 'x', 3},
                 {GVM_ARM64_STP_D, "stp", 'd', 3}, {GVM_ARM64_LDP_D, "ldp", 'd', 3},
                 {GVM_ARM64_STP_Q, "stp", 'q', 4}, {GVM_ARM64_LDP_Q, "ldp", 'q', 4}};
    for (unsigned i = 0; i < COUNT(pairs); i++) {
        for (int k = 0; k < 12; k++) {
            static const int steps[4] = {-64, -1, 1, 63};
            char kind = pairs[i].kind;
            int disp = steps[k % 4] * (1 << pairs[i].scale);
            unsigned n = k < 6 ? 31 : 1, t = 19 + (unsigned)k % 4, u = 2;
            const char *both = say("%c%u, %c%u", kind, t, kind, u), *to = xsp(true, n);
            unsigned mode = (unsigned)k % 3 + 1;
            gvm_arm64_pair(&code, pairs[i].op, mode, t, u, n, disp);
            if (mode == GVM_ARM64_AFTER)
                expect("%s %s, [%s], #%d", pairs[i].name, both, to, disp);
            else
                expect("%s %s, [%s, #%d]%s", pairs[i].name, both, to, disp,
                       mode == GVM_ARM64_BEFORE ? "!" : "");
        }
    }
}

static void arm64_floats(void) {
    static const named three[] = {{GVM_ARM64_FMUL, "fmul"}, {GVM_ARM64_FDIV, "fdiv"},
                                  {GVM_ARM64_FADD, "fadd"}, {GVM_ARM64_FSUB, "fsub"},
                                  {GVM_ARM64_FMAX, "fmax"}, {GVM_ARM64_FMIN, "fmin"}};
    static const named two[] = {{GVM_ARM64_FMOV, "fmov"},     {GVM_ARM64_FABS, "fabs"},
                                {GVM_ARM64_FNEG, "fneg"},     {GVM_ARM64_FSQRT, "fsqrt"},
                                {GVM_ARM64_FRINTN, "frintn"}, {GVM_ARM64_FRINTP, "frintp"},
                                {GVM_ARM64_FRINTM, "frintm"}, {GVM_ARM64_FRINTZ, "frintz"},
                                {GVM_ARM64_FCMP, "fcmp"},     {GVM_ARM64_FCVT, "fcvt"}};
    static const named across[] = {{GVM_ARM64_FCVTZS, "fcvtzs"}, {GVM_ARM64_FCVTZU, "fcvtzu"},
                                   {GVM_ARM64_FMOV_R, "fmov"},   {GVM_ARM64_FMOV_F, "fmov"},
                                   {GVM_ARM64_SCVTF, "scvtf"},   {GVM_ARM64_UCVTF, "ucvtf"}};
    for (unsigned k = 0; k < 28; k++) {
        unsigned d = REG(k), n = REG(k / 2 + 1), m = REG(k / 3);
        bool wide = k & 1;
        for (unsigned i = 0; i < COUNT(three); i++) {
            gvm_arm64_fff(&code, wide, three[i].op, d, n, m);
            expect("%s %s, %s, %s", three[i].name, f(wide, d), f(wide, n), f(wide, m));
        }
        for (unsigned i = 0; i < COUNT(two); i++) {
            gvm_arm64_ff(&code, wide, two[i].op, d, n);
            expect("%s %s, %s", two[i].name, f(wide, d),
                   f(two[i].op == GVM_ARM64_FCVT ? !wide : wide, n));
        }
        for (unsigned i = 0; i < COUNT(across); i++) {
            bool moves = i == 2 || i == 3, wide_float = moves ? wide : k & 2;
            gvm_arm64_between(&code, wide, wide_float, across[i].op, d, n);
            expect("%s %s, %s", across[i].name, i < 3 ? x(wide, d) : f(wide_float, d),
                   i < 3 ? f(wide_float, n) : x(wide, n));
        }
    }
}

static void arm64_vectors(void) {
    static const struct {
        uint32_t op;
        const char *name;
        unsigned sizes; /* a bit each */
    } same[] = {
        {GVM_ARM64_VADD, "add", 15},          {GVM_ARM64_VSUB, "sub", 15},
        {GVM_ARM64_VMUL, "mul", 7},           {GVM_ARM64_VSQADD, "sqadd", 15},
        {GVM_ARM64_VUQADD, "uqadd", 15},      {GVM_ARM64_VSQSUB, "sqsub", 15},
        {GVM_ARM64_VUQSUB, "uqsub", 15},      {GVM_ARM64_VCMEQ, "cmeq", 15},
        {GVM_ARM64_VCMGT, "cmgt", 15},        {GVM_ARM64_VCMHI, "cmhi", 15},
        {GVM_ARM64_VCMGE, "cmge", 15},        {GVM_ARM64_VCMHS, "cmhs", 15},
        {GVM_ARM64_VSSHL, "sshl", 15},        {GVM_ARM64_VUSHL, "ushl", 15},
        {GVM_ARM64_VSMAX, "smax", 7},         {GVM_ARM64_VUMAX, "umax", 7},
        {GVM_ARM64_VSMIN, "smin", 7},         {GVM_ARM64_VUMIN, "umin", 7},
        {GVM_ARM64_VURHADD, "urhadd", 7},     {GVM_ARM64_VADDP, "addp", 15},
        {GVM_ARM64_VSQRDMULH, "sqrdmulh", 6}, {GVM_ARM64_VAND, "and", 1},
        {GVM_ARM64_VBIC, "bic", 1},           {GVM_ARM64_VORR, "orr", 1},
        {GVM_ARM64_VEOR, "eor", 1},           {GVM_ARM64_VBSL, "bsl", 1},
        {GVM_ARM64_VUZP1, "uzp1", 15},
    };
    static const struct {
        uint32_t op;
        const char *name;
        unsigned sizes;
        char shape; /* = same, l longer result, n narrower, N upper half of it, s scalar */
    } two[] = {
        {GVM_ARM64_VABS, "abs", 15, '='},        {GVM_ARM64_VNEG, "neg", 15, '='},
        {GVM_ARM64_VCNT, "cnt", 1, '='},         {GVM_ARM64_VNOT, "not", 1, '='},
        {GVM_ARM64_VSADDLP, "saddlp", 7, 'l'},   {GVM_ARM64_VUADDLP, "uaddlp", 7, 'l'},
        {GVM_ARM64_VADDV, "addv", 7, 's'},       {GVM_ARM64_VUMAXV, "umaxv", 7, 's'},
        {GVM_ARM64_VUMINV, "uminv", 7, 's'},     {GVM_ARM64_VSQXTN, "sqxtn", 7, 'n'},
        {GVM_ARM64_VUQXTN, "uqxtn", 7, 'n'},     {GVM_ARM64_VSQXTUN, "sqxtun", 7, 'n'},
        {GVM_ARM64_VSQXTN2, "sqxtn2", 7, 'N'},   {GVM_ARM64_VUQXTN2, "uqxtn2", 7, 'N'},
        {GVM_ARM64_VSQXTUN2, "sqxtun2", 7, 'N'},
    };
    static const named floats3[] = {
        {GVM_ARM64_VFADD, "fadd"},   {GVM_ARM64_VFSUB, "fsub"},   {GVM_ARM64_VFMUL, "fmul"},
        {GVM_ARM64_VFDIV, "fdiv"},   {GVM_ARM64_VFMAX, "fmax"},   {GVM_ARM64_VFMIN, "fmin"},
        {GVM_ARM64_VFCMEQ, "fcmeq"}, {GVM_ARM64_VFCMGE, "fcmge"}, {GVM_ARM64_VFCMGT, "fcmgt"}};
    static const named floats2[] = {
        {GVM_ARM64_VFABS, "fabs"},     {GVM_ARM64_VFNEG, "fneg"},     {GVM_ARM64_VFSQRT, "fsqrt"},
        {GVM_ARM64_VFRINTN, "frintn"}, {GVM_ARM64_VFRINTM, "frintm"}, {GVM_ARM64_VFRINTP, "frintp"},
        {GVM_ARM64_VFRINTZ, "frintz"}, {GVM_ARM64_VSCVTF, "scvtf"},   {GVM_ARM64_VUCVTF, "ucvtf"},
        {GVM_ARM64_VFCVTZS, "fcvtzs"}, {GVM_ARM64_VFCVTZU, "fcvtzu"}};
    static const named longer[] = {{GVM_ARM64_VSMULL, "smull"},
                                   {GVM_ARM64_VUMULL, "umull"},
                                   {GVM_ARM64_VSMULL2, "smull2"},
                                   {GVM_ARM64_VUMULL2, "umull2"}};
    static const char scalars[] = "bhsd";
    for (unsigned k = 0; k < 16; k++) {
        unsigned size = k % 4, d = REG(k), n = REG(k / 2 + 1), m = REG(k / 3 + 2);
        bool wide = k & 1;
        for (unsigned i = 0; i < COUNT(same); i++) {
            if (!(same[i].sizes >> size & 1)) continue;
            gvm_arm64_vvv(&code, same[i].op, size, d, n, m);
            expect("%s %s, %s, %s", same[i].name, v(size, d), v(size, n), v(size, m));
        }
        gvm_arm64_vvv(&code, GVM_ARM64_VTBL, 0, d, n, m);
        expect("tbl v%u.16b, {v%u.16b}, v%u.16b", d, n, m);
        gvm_arm64_vvv(&code, GVM_ARM64_VTBL2, 0, d, n, m);
        expect("tbl v%u.16b, {v%u.16b, v%u.16b}, v%u.16b", d, n, (n + 1) % 32, m);
        gvm_arm64_vv(&code, GVM_ARM64_VFCVTL, 1, d, n);
        expect("fcvtl v%u.2d, v%u.2s", d, n);
        gvm_arm64_vv(&code, GVM_ARM64_VFCVTN, 1, d, n);
        expect("fcvtn v%u.2s, v%u.2d", d, n);
        for (unsigned i = 0; i < COUNT(longer) && size < 3; i++) {
            gvm_arm64_vvv(&code, longer[i].op, size, d, n, m);
            expect("%s %s, %s, %s", longer[i].name, v(size + 1, d),
                   i < 2 ? half(size, n) : v(size, n), i < 2 ? half(size, m) : v(size, m));
        }
        for (unsigned i = 0; i < COUNT(two); i++) {
            if (!(two[i].sizes >> size & 1)) continue;
            if (two[i].shape == 's' && size == 2) size = 1;
            gvm_arm64_vv(&code, two[i].op, size, d, n);
            char shape = two[i].shape;
            expect("%s %s, %s", two[i].name,
                   shape == 's'   ? say("%c%u", scalars[size], d)
                   : shape == 'l' ? v(size + 1, d)
                   : shape == 'n' ? half(size, d)
                                  : v(size, d),
                   shape == 'n' || shape == 'N' ? v(size + 1, n) : v(size, n));
            size = k % 4;
        }
        for (unsigned i = 0; i < COUNT(floats3); i++) {
            gvm_arm64_vfff(&code, wide, floats3[i].op, d, n, m);
            expect("%s %s, %s, %s", floats3[i].name, v(2 + wide, d), v(2 + wide, n),
                   v(2 + wide, m));
        }
        for (unsigned i = 0; i < COUNT(floats2); i++) {
            gvm_arm64_vff(&code, wide, floats2[i].op, d, n);
            expect("%s %s, %s", floats2[i].name, v(2 + wide, d), v(2 + wide, n));
        }
        unsigned bits = 8u << size, amount = (k * 5 + 1) % bits,
                 right = amount == 0 ? bits : amount;
        gvm_arm64_vshift(&code, GVM_ARM64_VSHL, size, d, n, amount);
        expect("shl %s, %s, #%u", v(size, d), v(size, n), amount);
        gvm_arm64_vshift(&code, GVM_ARM64_VSSHR, size, d, n, right);
        expect("sshr %s, %s, #%u", v(size, d), v(size, n), right);
        gvm_arm64_vshift(&code, GVM_ARM64_VUSHR, size, d, n, right);
        expect("ushr %s, %s, #%u", v(size, d), v(size, n), right);
        unsigned lane = (k * 7) % (16u >> size);
        gvm_arm64_vdup(&code, size, d, n);
        expect("dup %s, %s", v(size, d), x(size == 3, n));
        gvm_arm64_vinsert(&code, size, d, lane, n);
        expect("ins v%u.%c[%u], %s", d, scalars[size], lane, x(size == 3, n));
        gvm_arm64_vextract(&code, size, d, n, lane);
        expect("umov %s, v%u.%c[%u]", x(size == 3, d), n, scalars[size], lane);
        if (size == 3) continue;
        gvm_arm64_vshift(&code, GVM_ARM64_VSSHLL, size, d, n, amount);
        expect("sshll %s, %s, #%u", v(size + 1, d), half(size, n), amount);
        gvm_arm64_vshift(&code, GVM_ARM64_VUSHLL, size, d, n, amount);
        expect("ushll %s, %s, #%u", v(size + 1, d), half(size, n), amount);
        gvm_arm64_vshift(&code, GVM_ARM64_VSSHLL2, size, d, n, amount);
        expect("sshll2 %s, %s, #%u", v(size + 1, d), v(size, n), amount);
        gvm_arm64_vshift(&code, GVM_ARM64_VUSHLL2, size, d, n, amount);
        expect("ushll2 %s, %s, #%u", v(size + 1, d), v(size, n), amount);
        wide = wide || size == 2;
        gvm_arm64_vextract_signed(&code, wide, size, d, n, lane);
        expect("smov %s, v%u.%c[%u]", x(wide, d), n, scalars[size], lane);
    }
}

static void arm64_branches(void) {
    for (unsigned k = 0; k < 28; k++) {
        unsigned t = REG(k), bit = (k * 11) % 64;
        uint32_t here = (uint32_t)code.len;
        /* to the ends of their reach, which bits' branches have the shortest of */
        uint32_t far = k & 1 ? here - (1u << 20) + 64 : here + (1u << 20) - 64;
        assert_true(here > 1u << 20 || !(k & 1));
        uint32_t near = k & 1 ? here - (1u << 15) + 64 : here + (1u << 15) - 64;
        bool ok = gvm_arm64_link(&code, gvm_arm64_jump(&code, GVM_ARM64_B), far);
        expect("b 0x%x", far);
        ok &= gvm_arm64_link(&code, gvm_arm64_jump(&code, GVM_ARM64_BL), far);
        expect("bl 0x%x", far);
        ok &= gvm_arm64_link(&code, gvm_arm64_jump_if(&code, k % 14), far);
        expect("b.%s 0x%x", conditions[k % 14], far);
        ok &= gvm_arm64_link(&code, gvm_arm64_jump_zero(&code, k & 2, GVM_ARM64_CBZ, t), far);
        expect("cbz %s, 0x%x", x(k & 2, t), far);
        ok &= gvm_arm64_link(&code, gvm_arm64_jump_zero(&code, k & 2, GVM_ARM64_CBNZ, t), far);
        expect("cbnz %s, 0x%x", x(k & 2, t), far);
        ok &= gvm_arm64_link(&code, gvm_arm64_jump_bit(&code, GVM_ARM64_TBZ, t, bit), near);
        expect("tbz %s, #%u, 0x%x", x(bit > 31, t), bit, near);
        ok &= gvm_arm64_link(&code, gvm_arm64_jump_bit(&code, GVM_ARM64_TBNZ, t, bit), near);
        expect("tbnz %s, #%u, 0x%x", x(bit > 31, t), bit, near);
        ok &= gvm_arm64_link(&code, gvm_arm64_adr(&code, t), far + k % 4);
        expect("adr %s, 0x%x", x(true, t), far + k % 4);
        assert_true(ok);
        gvm_arm64_jump_reg(&code, GVM_ARM64_BR, t);
        expect("br %s", x(true, t));
        gvm_arm64_jump_reg(&code, GVM_ARM64_BLR, t);
        expect("blr %s", x(true, t));
        gvm_arm64_jump_reg(&code, GVM_ARM64_RET, t);
        expect(t == 30 ? "ret" : "ret %s", x(true, t));
    }
    gvm_arm64_csdb(&code);
    expect("hint #0x14");
}

/* What is out of reach is said, and leaves the word alone. */
static void arm64_reaches(void **state) {
    (void)state;
    static const struct {
        uint32_t word;
        int64_t reach;
    } branches[] = {{0x54000000u, 1 << 20},    {GVM_ARM64_CBZ | 1u << 31, 1 << 20},
                    {GVM_ARM64_TBNZ, 1 << 15}, {GVM_ARM64_TBZ | 1u << 31, 1 << 15},
                    {GVM_ARM64_B, 1 << 27},    {GVM_ARM64_BL, 1 << 27},
                    {0x10000000u, 1 << 20}};
    for (unsigned i = 0; i < COUNT(branches); i++) {
        uint32_t after, place = 1u << 28;
        gvm_buf b = {0};
        uint8_t *mapped = malloc(place + 4u); /* touched in one place alone */
        assert_non_null(mapped);
        b.ptr = mapped;
        b.len = b.cap = place + 4u;
        memcpy(b.ptr + place, &branches[i].word, 4);
        assert_false(gvm_arm64_link(&b, place, (uint32_t)(place + branches[i].reach)));
        assert_false(gvm_arm64_link(&b, place, (uint32_t)(place - branches[i].reach - 4)));
        memcpy(&after, b.ptr + place, 4);
        assert_int_equal(after, branches[i].word);
        assert_true(gvm_arm64_link(&b, place, (uint32_t)(place - branches[i].reach)));
        assert_true(gvm_arm64_link(&b, place, (uint32_t)(place + branches[i].reach - 4)));
        free(mapped);
    }
}

static void arm64(void **state) {
    (void)state;
    begin();
    arm64_three();
    arm64_two();
    arm64_constants();
    arm64_conditions();
    arm64_memory();
    arm64_floats();
    arm64_vectors();
    /* the branches need as much code before them as they reach back */
    compare(OBJDUMP " -m aarch64 -M no-aliases");
    while (code.len < (1u << 20) + 256) {
        gvm_arm64_word(&code, 0x14000000u);
        expect("b 0x%zx", code.len - 4);
    }
    arm64_branches();
    compare(OBJDUMP " -m aarch64 -M no-aliases");
}

int main(void) {
    require(OBJDUMP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arm64),
        cmocka_unit_test(arm64_reaches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
