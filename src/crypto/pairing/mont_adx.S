/* Montgomery arithmetic for x86-64 with BMI2 and ADX: two carry chains (CF by adcx, OF by adox) run side by side and
 * mulx touches no flags, so a row of the product needs one multiplication and two additions a limb and nothing else.
 *
 * Contract and names: mont.h. Called through the table there, and only where the processor has both extensions.
 * A modulus is followed in memory by -1/modulus mod 2^64. The top bit of a modulus is clear, so a row never carries
 * out of its last register. */
#ifdef __x86_64__

    .text

/* t6..t0 = t5..t0 + rdx * src[0..5] */
.macro ROW6 src, t0, t1, t2, t3, t4, t5, t6
    xorl    %eax, %eax
    mulx    0(\src), %rax, %rbp
    adcx    %rax, \t0
    adox    %rbp, \t1
    mulx    8(\src), %rax, %rbp
    adcx    %rax, \t1
    adox    %rbp, \t2
    mulx    16(\src), %rax, %rbp
    adcx    %rax, \t2
    adox    %rbp, \t3
    mulx    24(\src), %rax, %rbp
    adcx    %rax, \t3
    adox    %rbp, \t4
    mulx    32(\src), %rax, %rbp
    adcx    %rax, \t4
    adox    %rbp, \t5
    mulx    40(\src), %rax, \t6
    adcx    %rax, \t5
    movl    $0, %eax
    adox    %rax, \t6
    adcx    %rax, \t6
.endm

/* t += k * modulus, where k makes the lowest limb vanish; t6 takes part in the sum */
.macro REDUCE6 m, t0, t1, t2, t3, t4, t5, t6
    movq    48(\m), %rdx
    imulq   \t0, %rdx
    xorl    %eax, %eax
    mulx    0(\m), %rax, %rbp
    adcx    %rax, \t0
    adox    %rbp, \t1
    mulx    8(\m), %rax, %rbp
    adcx    %rax, \t1
    adox    %rbp, \t2
    mulx    16(\m), %rax, %rbp
    adcx    %rax, \t2
    adox    %rbp, \t3
    mulx    24(\m), %rax, %rbp
    adcx    %rax, \t3
    adox    %rbp, \t4
    mulx    32(\m), %rax, %rbp
    adcx    %rax, \t4
    adox    %rbp, \t5
    mulx    40(\m), %rax, %rbp
    adcx    %rax, \t5
    adox    %rbp, \t6
    movl    $0, %eax
    adcx    %rax, \t6
.endm

.macro FIRST6 src, t0, t1, t2, t3, t4, t5, t6
    mulx    0(\src), \t0, \t1
    mulx    8(\src), %rax, \t2
    addq    %rax, \t1
    mulx    16(\src), %rax, \t3
    adcq    %rax, \t2
    mulx    24(\src), %rax, \t4
    adcq    %rax, \t3
    mulx    32(\src), %rax, \t5
    adcq    %rax, \t4
    mulx    40(\src), %rax, \t6
    adcq    %rax, \t5
    adcq    $0, \t6
.endm

.macro ROW4 src, t0, t1, t2, t3, t4
    xorl    %eax, %eax
    mulx    0(\src), %rax, %rbp
    adcx    %rax, \t0
    adox    %rbp, \t1
    mulx    8(\src), %rax, %rbp
    adcx    %rax, \t1
    adox    %rbp, \t2
    mulx    16(\src), %rax, %rbp
    adcx    %rax, \t2
    adox    %rbp, \t3
    mulx    24(\src), %rax, \t4
    adcx    %rax, \t3
    movl    $0, %eax
    adox    %rax, \t4
    adcx    %rax, \t4
.endm

.macro REDUCE4 m, t0, t1, t2, t3, t4
    movq    32(\m), %rdx
    imulq   \t0, %rdx
    xorl    %eax, %eax
    mulx    0(\m), %rax, %rbp
    adcx    %rax, \t0
    adox    %rbp, \t1
    mulx    8(\m), %rax, %rbp
    adcx    %rax, \t1
    adox    %rbp, \t2
    mulx    16(\m), %rax, %rbp
    adcx    %rax, \t2
    adox    %rbp, \t3
    mulx    24(\m), %rax, %rbp
    adcx    %rax, \t3
    adox    %rbp, \t4
    movl    $0, %eax
    adcx    %rax, \t4
.endm

.macro FIRST4 src, t0, t1, t2, t3, t4
    mulx    0(\src), \t0, \t1
    mulx    8(\src), %rax, \t2
    addq    %rax, \t1
    mulx    16(\src), %rax, \t3
    adcq    %rax, \t2
    mulx    24(\src), %rax, \t4
    adcq    %rax, \t3
    adcq    $0, \t4
.endm

.macro SAVE
    pushq   %rbp
    pushq   %rbx
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    pushq   %rdi
    movq    %rdx, %rdi
.endm

/* r (on the stack) = t - modulus where that is not negative, else t */
.macro FINISH6 m, t0, t1, t2, t3, t4, t5, s0, s1
    movq    \t0, \s0
    movq    \t1, \s1
    movq    \t2, %rax
    movq    \t3, %rdx
    movq    \t4, %rbp
    movq    \t5, %rdi
    subq    0(\m), \s0
    sbbq    8(\m), \s1
    sbbq    16(\m), %rax
    sbbq    24(\m), %rdx
    sbbq    32(\m), %rbp
    sbbq    40(\m), %rdi
    cmovcq  \t0, \s0
    cmovcq  \t1, \s1
    cmovcq  \t2, %rax
    cmovcq  \t3, %rdx
    cmovcq  \t4, %rbp
    cmovcq  \t5, %rdi
    popq    %rsi
    movq    \s0, 0(%rsi)
    movq    \s1, 8(%rsi)
    movq    %rax, 16(%rsi)
    movq    %rdx, 24(%rsi)
    movq    %rbp, 32(%rsi)
    movq    %rdi, 40(%rsi)
    RESTORE
.endm

.macro FINISH4 m, t0, t1, t2, t3
    movq    \t0, %rax
    movq    \t1, %rdx
    movq    \t2, %rbp
    movq    \t3, %rdi
    subq    0(\m), %rax
    sbbq    8(\m), %rdx
    sbbq    16(\m), %rbp
    sbbq    24(\m), %rdi
    cmovcq  \t0, %rax
    cmovcq  \t1, %rdx
    cmovcq  \t2, %rbp
    cmovcq  \t3, %rdi
    popq    %rsi
    movq    %rax, 0(%rsi)
    movq    %rdx, 8(%rsi)
    movq    %rbp, 16(%rsi)
    movq    %rdi, 24(%rsi)
    RESTORE
.endm

.macro RESTORE
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbx
    popq    %rbp
    ret
.endm

.macro FUNCTION name
    .globl  \name
    .hidden \name
    .type   \name, @function
    .p2align 5
\name:
.endm

.macro DONE name
    .size   \name, . - \name
.endm

/* void (uint64_t r[6], const uint64_t a[6], const uint64_t b[6], const uint64_t modulus[7]) */
FUNCTION gvm_mont_mul6_adx
    SAVE
    movq    0(%rdi), %rdx
    FIRST6  %rsi, %r8, %r9, %r10, %r11, %r12, %r13, %r14
    REDUCE6 %rcx, %r8, %r9, %r10, %r11, %r12, %r13, %r14
    movq    8(%rdi), %rdx
    ROW6    %rsi, %r9, %r10, %r11, %r12, %r13, %r14, %r8
    REDUCE6 %rcx, %r9, %r10, %r11, %r12, %r13, %r14, %r8
    movq    16(%rdi), %rdx
    ROW6    %rsi, %r10, %r11, %r12, %r13, %r14, %r8, %r9
    REDUCE6 %rcx, %r10, %r11, %r12, %r13, %r14, %r8, %r9
    movq    24(%rdi), %rdx
    ROW6    %rsi, %r11, %r12, %r13, %r14, %r8, %r9, %r10
    REDUCE6 %rcx, %r11, %r12, %r13, %r14, %r8, %r9, %r10
    movq    32(%rdi), %rdx
    ROW6    %rsi, %r12, %r13, %r14, %r8, %r9, %r10, %r11
    REDUCE6 %rcx, %r12, %r13, %r14, %r8, %r9, %r10, %r11
    movq    40(%rdi), %rdx
    ROW6    %rsi, %r13, %r14, %r8, %r9, %r10, %r11, %r12
    REDUCE6 %rcx, %r13, %r14, %r8, %r9, %r10, %r11, %r12
    FINISH6 %rcx, %r14, %r8, %r9, %r10, %r11, %r12, %rbx, %r15
DONE gvm_mont_mul6_adx

/* void (uint64_t w[12], const uint64_t a[6], const uint64_t b[6]) */
FUNCTION gvm_mont_wide6_adx
    SAVE
    movq    (%rsp), %rbx
    movq    0(%rdi), %rdx
    FIRST6  %rsi, %r8, %r9, %r10, %r11, %r12, %r13, %r14
    movq    %r8, 0(%rbx)
    movq    8(%rdi), %rdx
    ROW6    %rsi, %r9, %r10, %r11, %r12, %r13, %r14, %r8
    movq    %r9, 8(%rbx)
    movq    16(%rdi), %rdx
    ROW6    %rsi, %r10, %r11, %r12, %r13, %r14, %r8, %r9
    movq    %r10, 16(%rbx)
    movq    24(%rdi), %rdx
    ROW6    %rsi, %r11, %r12, %r13, %r14, %r8, %r9, %r10
    movq    %r11, 24(%rbx)
    movq    32(%rdi), %rdx
    ROW6    %rsi, %r12, %r13, %r14, %r8, %r9, %r10, %r11
    movq    %r12, 32(%rbx)
    movq    40(%rdi), %rdx
    ROW6    %rsi, %r13, %r14, %r8, %r9, %r10, %r11, %r12
    movq    %r13, 40(%rbx)
    movq    %r14, 48(%rbx)
    movq    %r8, 56(%rbx)
    movq    %r9, 64(%rbx)
    movq    %r10, 72(%rbx)
    movq    %r11, 80(%rbx)
    movq    %r12, 88(%rbx)
    popq    %rdi
    RESTORE
DONE gvm_mont_wide6_adx

.macro FOLD6 m, t0, t1, t2, t3, t4, t5, t6
    movq    48(\m), %rdx
    imulq   \t0, %rdx
    ROW6    \m, \t0, \t1, \t2, \t3, \t4, \t5, \t6
.endm

/* void (uint64_t r[6], const uint64_t w[12], const uint64_t modulus[7]) */
FUNCTION gvm_mont_redc6_adx
    SAVE
    movq    %rdi, %rcx
    movq    0(%rsi), %r8
    movq    8(%rsi), %r9
    movq    16(%rsi), %r10
    movq    24(%rsi), %r11
    movq    32(%rsi), %r12
    movq    40(%rsi), %r13
    FOLD6   %rcx, %r8, %r9, %r10, %r11, %r12, %r13, %r14
    FOLD6   %rcx, %r9, %r10, %r11, %r12, %r13, %r14, %r8
    FOLD6   %rcx, %r10, %r11, %r12, %r13, %r14, %r8, %r9
    FOLD6   %rcx, %r11, %r12, %r13, %r14, %r8, %r9, %r10
    FOLD6   %rcx, %r12, %r13, %r14, %r8, %r9, %r10, %r11
    FOLD6   %rcx, %r13, %r14, %r8, %r9, %r10, %r11, %r12
    addq    48(%rsi), %r14
    adcq    56(%rsi), %r8
    adcq    64(%rsi), %r9
    adcq    72(%rsi), %r10
    adcq    80(%rsi), %r11
    adcq    88(%rsi), %r12
    FINISH6 %rcx, %r14, %r8, %r9, %r10, %r11, %r12, %rbx, %r15
DONE gvm_mont_redc6_adx

FUNCTION gvm_mont_mul4_adx
    SAVE
    movq    0(%rdi), %rdx
    FIRST4  %rsi, %r8, %r9, %r10, %r11, %r12
    REDUCE4 %rcx, %r8, %r9, %r10, %r11, %r12
    movq    8(%rdi), %rdx
    ROW4    %rsi, %r9, %r10, %r11, %r12, %r8
    REDUCE4 %rcx, %r9, %r10, %r11, %r12, %r8
    movq    16(%rdi), %rdx
    ROW4    %rsi, %r10, %r11, %r12, %r8, %r9
    REDUCE4 %rcx, %r10, %r11, %r12, %r8, %r9
    movq    24(%rdi), %rdx
    ROW4    %rsi, %r11, %r12, %r8, %r9, %r10
    REDUCE4 %rcx, %r11, %r12, %r8, %r9, %r10
    FINISH4 %rcx, %r12, %r8, %r9, %r10
DONE gvm_mont_mul4_adx

FUNCTION gvm_mont_wide4_adx
    SAVE
    movq    (%rsp), %rbx
    movq    0(%rdi), %rdx
    FIRST4  %rsi, %r8, %r9, %r10, %r11, %r12
    movq    %r8, 0(%rbx)
    movq    8(%rdi), %rdx
    ROW4    %rsi, %r9, %r10, %r11, %r12, %r8
    movq    %r9, 8(%rbx)
    movq    16(%rdi), %rdx
    ROW4    %rsi, %r10, %r11, %r12, %r8, %r9
    movq    %r10, 16(%rbx)
    movq    24(%rdi), %rdx
    ROW4    %rsi, %r11, %r12, %r8, %r9, %r10
    movq    %r11, 24(%rbx)
    movq    %r12, 32(%rbx)
    movq    %r8, 40(%rbx)
    movq    %r9, 48(%rbx)
    movq    %r10, 56(%rbx)
    popq    %rdi
    RESTORE
DONE gvm_mont_wide4_adx

.macro FOLD4 m, t0, t1, t2, t3, t4
    movq    32(\m), %rdx
    imulq   \t0, %rdx
    ROW4    \m, \t0, \t1, \t2, \t3, \t4
.endm

FUNCTION gvm_mont_redc4_adx
    SAVE
    movq    %rdi, %rcx
    movq    0(%rsi), %r8
    movq    8(%rsi), %r9
    movq    16(%rsi), %r10
    movq    24(%rsi), %r11
    FOLD4   %rcx, %r8, %r9, %r10, %r11, %r12
    FOLD4   %rcx, %r9, %r10, %r11, %r12, %r8
    FOLD4   %rcx, %r10, %r11, %r12, %r8, %r9
    FOLD4   %rcx, %r11, %r12, %r8, %r9, %r10
    addq    32(%rsi), %r12
    adcq    40(%rsi), %r8
    adcq    48(%rsi), %r9
    adcq    56(%rsi), %r10
    FINISH4 %rcx, %r12, %r8, %r9, %r10
DONE gvm_mont_redc4_adx

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", %progbits
#endif
