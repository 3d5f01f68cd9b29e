/* Contracts for GhostVM in C: one header, no library.
 *
 *   clang --target=wasm32 -Oz -nostdlib -ffreestanding ...     (or: ghostvm wasm build DIR)
 *
 * A contract looks like this; counter.abi.h is made by `ghostvm wasm build` from counter.abi.json
 * and holds selectors, topics and the router:
 *
 *   #include <ghost.h>
 *   #include "counter.abi.h"
 *
 *   CONSTRUCTOR() { store_u256(slot(0), arg_u256(0)); }
 *   METHOD(increment) { store_u256(slot(0), u256_add(load_u256(slot(0)), u256(1))); }
 *   METHOD(number) { return_u256(load_u256(slot(0))); }
 *
 * What fails reverts as Solidity does: calldata that is too short or out of its type's range and
 * calls to accounts without code with empty data, overflow with Panic(0x11), division by zero with
 * Panic(0x12), require with Error(string). Storage is laid out as Solidity's, so tools that read it
 * need not know the language.
 *
 * Memory is taken from the heap and never given back: a frame lives for one call. The stack is what
 * the linker was told (`ghostvm wasm build`: 64 KiB) at the lowest addresses, so that an overflow
 * traps. Include this header in one C file, or in several: every function is static. */
#ifndef GHOST_H
#define GHOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-function"

/* Code is paid by the byte: what many places call is there once. */
#define GHOST_FN __attribute__((noinline)) static

typedef struct address {
    uint8_t b[20];
} address;
/* 32 bytes as they are in storage, topics and calldata. */
typedef struct bytes32 {
    uint8_t b[32];
} bytes32;
/* w[0] is the lowest limb. */
typedef struct u256 {
    uint64_t w[4];
} u256;
typedef struct bytes {
    const uint8_t *ptr;
    size_t len;
} bytes;

/* ---- what the platform gives: module "ghost", 20-byte addresses and big-endian words by pointer */

/* clang-format off */
#define GHOST_IMPORT(name) __attribute__((import_module("ghost"), import_name(#name))) extern
GHOST_IMPORT(input_size) uint32_t host_input_size(void);
GHOST_IMPORT(input_copy) void host_input_copy(void *to, uint32_t offset, uint32_t len);
GHOST_IMPORT(output) void host_output(const void *ptr, uint32_t len);
GHOST_IMPORT(revert) void host_revert(const void *ptr, uint32_t len); /* does not return */
GHOST_IMPORT(return_data_size) uint32_t host_return_data_size(void);
GHOST_IMPORT(return_data_copy) void host_return_data_copy(void *to, uint32_t offset, uint32_t len);
GHOST_IMPORT(caller) void host_caller(void *to20);
GHOST_IMPORT(origin) void host_origin(void *to20);
GHOST_IMPORT(self) void host_self(void *to20);
GHOST_IMPORT(value) void host_value(void *to32);
GHOST_IMPORT(reentrant) uint32_t host_reentrant(void);
GHOST_IMPORT(gas_left) uint64_t host_gas_left(void);
GHOST_IMPORT(gas_price) void host_gas_price(void *to32);
GHOST_IMPORT(balance) void host_balance(const void *address20, void *to32);
GHOST_IMPORT(code_size) uint32_t host_code_size(const void *address20);
GHOST_IMPORT(code_hash) void host_code_hash(const void *address20, void *to32);
GHOST_IMPORT(code_copy) void host_code_copy(const void *address20, void *to, uint32_t offset, uint32_t len);
GHOST_IMPORT(block_number) uint64_t host_block_number(void);
GHOST_IMPORT(block_timestamp) uint64_t host_block_timestamp(void);
GHOST_IMPORT(block_gas_limit) uint64_t host_block_gas_limit(void);
GHOST_IMPORT(block_hash) void host_block_hash(uint64_t number, void *to32);
GHOST_IMPORT(coinbase) void host_coinbase(void *to20);
GHOST_IMPORT(prevrandao) void host_prevrandao(void *to32);
GHOST_IMPORT(base_fee) void host_base_fee(void *to32);
GHOST_IMPORT(blob_base_fee) void host_blob_base_fee(void *to32);
GHOST_IMPORT(blob_hash) void host_blob_hash(uint32_t index, void *to32);
GHOST_IMPORT(chain_id) uint64_t host_chain_id(void);
GHOST_IMPORT(storage_load) void host_storage_load(const void *key32, void *to32);
GHOST_IMPORT(storage_store) void host_storage_store(const void *key32, const void *value32);
GHOST_IMPORT(transient_load) void host_transient_load(const void *key32, void *to32);
GHOST_IMPORT(transient_store) void host_transient_store(const void *key32, const void *value32);
GHOST_IMPORT(emit_event) void host_emit_event(const void *topics, uint32_t count, const void *data, uint32_t len);
/* The results of calls and creations: 0 success, 1 revert, else the status_code of the receipt. */
GHOST_IMPORT(call) uint32_t host_call(const void *to20, const void *value32, uint64_t gas, const void *in, uint32_t len);
GHOST_IMPORT(static_call) uint32_t host_static_call(const void *to20, uint64_t gas, const void *in, uint32_t len);
GHOST_IMPORT(delegate_call) uint32_t host_delegate_call(const void *to20, uint64_t gas, const void *in, uint32_t len);
GHOST_IMPORT(create) uint32_t host_create(const void *value32, const void *code, uint32_t len, void *to20);
GHOST_IMPORT(create2) uint32_t host_create2(const void *value32, const void *code, uint32_t len, const void *salt32, void *to20);
GHOST_IMPORT(mul) void host_mul(const void *a32, const void *b32, void *to32);
GHOST_IMPORT(div) void host_div(const void *a32, const void *b32, void *to32);
GHOST_IMPORT(mod) void host_mod(const void *a32, const void *b32, void *to32);
GHOST_IMPORT(addmod) void host_addmod(const void *a32, const void *b32, const void *m32, void *to32);
GHOST_IMPORT(mulmod) void host_mulmod(const void *a32, const void *b32, const void *m32, void *to32);
GHOST_IMPORT(exp) void host_exp(const void *a32, const void *b32, void *to32);
GHOST_IMPORT(keccak256) void host_keccak256(const void *ptr, uint32_t len, void *to32);
GHOST_IMPORT(sha256) void host_sha256(const void *ptr, uint32_t len, void *to32);
GHOST_IMPORT(blake3) void host_blake3(const void *ptr, uint32_t len, void *to32);
/* 1 good, 0 not */
GHOST_IMPORT(ecrecover) uint32_t host_ecrecover(const void *hash32, uint32_t v, const void *r32, const void *s32, void *to20);
GHOST_IMPORT(ed25519_verify) uint32_t host_ed25519_verify(const void *message, uint32_t len, const void *key32, const void *signature64);
GHOST_IMPORT(p256_verify) uint32_t host_p256_verify(const void *hash32, const void *signature64, const void *key64);
GHOST_IMPORT(schnorr_verify) uint32_t host_schnorr_verify(const void *message, uint32_t len, const void *key32, const void *signature64);
GHOST_IMPORT(ml_dsa_verify) uint32_t host_ml_dsa_verify(const void *message, uint32_t len, const void *key, uint32_t key_len, const void *signature, uint32_t signature_len);
GHOST_IMPORT(ml_kem_decapsulate) void host_ml_kem_decapsulate(const void *secret_key, uint32_t len, const void *ciphertext, uint32_t ciphertext_len, void *to32);
GHOST_IMPORT(multisig_verify) uint32_t host_multisig_verify(const void *key_set, uint32_t len, const void *hash32, const void *signature, uint32_t signature_len);
GHOST_IMPORT(threshold_verify) uint32_t host_threshold_verify(uint32_t suite, const void *key, uint32_t key_len, const void *message, uint32_t len, const void *signature, uint32_t signature_len);
/* keys and messages: bytes[] in their ABI encoding */
GHOST_IMPORT(aggregate_verify) uint32_t host_aggregate_verify(const void *keys, uint32_t keys_len, const void *messages, uint32_t messages_len, const void *signature, uint32_t signature_len);
/* Tokens, names, identities: calls of the system contracts by this contract; their errors revert the frame. */
GHOST_IMPORT(token_balance) void host_token_balance(uint32_t token, const void *account20, void *to32);
GHOST_IMPORT(token_transfer) uint32_t host_token_transfer(uint32_t token, const void *to20, const void *amount32);
GHOST_IMPORT(name_resolve) uint32_t host_name_resolve(const void *name, uint32_t len, void *to20);
GHOST_IMPORT(name_register) uint32_t host_name_register(const void *name, uint32_t len, const void *owner20, uint32_t years, const void *secret32);
GHOST_IMPORT(name_update) uint32_t host_name_update(const void *name, uint32_t len, uint32_t type, const void *data, uint32_t data_len);
GHOST_IMPORT(id_verify) uint32_t host_id_verify(const void *id32, const void *hash32, uint32_t scheme, const void *key, uint32_t key_len, const void *signature, uint32_t signature_len);
GHOST_IMPORT(id_resolve) uint32_t host_id_resolve(const void *did, uint32_t len, void *to20);
GHOST_IMPORT(id_permissions) void host_id_permissions(const void *account20, void *to32);
/* clang-format on */

#define GHOST_ALL_GAS UINT64_MAX /* of which a call gets what the 63/64 rule leaves */

/* ---- what a compiler calls, and what C programs expect */

__attribute__((weak)) void *memcpy(void *restrict to, const void *restrict from, size_t n) {
    return __builtin_memcpy(to, from, n); /* memory.copy */
}
__attribute__((weak)) void *memmove(void *to, const void *from, size_t n) {
    return __builtin_memmove(to, from, n);
}
__attribute__((weak)) void *memset(void *to, int byte, size_t n) {
    return __builtin_memset(to, byte, n);
}
__attribute__((weak)) int memcmp(const void *a, const void *b, size_t n) {
    const uint8_t *x = a, *y = b;
    for (size_t i = 0; i < n; i++)
        if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
    return 0;
}
__attribute__((weak)) size_t strlen(const char *text) {
    size_t n = 0;
    while (text[n] != '\0') n++;
    return n;
}

/* ---- memory */

extern uint8_t __heap_base; /* set by the linker */
__attribute__((weak)) uint8_t *ghost_heap;

/* 16-byte aligned, zeroed as fresh memory is; never NULL: a frame that wants too much traps. */
GHOST_FN void *ghost_alloc(size_t n) {
    if (ghost_heap == NULL) ghost_heap = (uint8_t *)(((uintptr_t)&__heap_base + 15) & ~(uintptr_t)15);
    uint8_t *at = ghost_heap;
    size_t room = __builtin_wasm_memory_size(0) * (size_t)65536 - (uintptr_t)at;
    if (n > 0x7fffffff) __builtin_trap();
    n = (n + 15) & ~(size_t)15;
    if (n > room && __builtin_wasm_memory_grow(0, (n - room + 65535) / 65536) == (size_t)-1)
        __builtin_trap();
    ghost_heap = at + n;
    return at;
}
/* `ptr` of `old` bytes with room for `n`: in place where it was taken last. */
static void *ghost_regrow(void *ptr, size_t old, size_t n) {
    if (n <= old) return ptr;
    if ((uint8_t *)ptr + ((old + 15) & ~(size_t)15) == ghost_heap && ptr != NULL) {
        ghost_heap = ptr;
        return ghost_alloc(n);
    }
    void *to = ghost_alloc(n);
    if (old > 0) memcpy(to, ptr, old);
    return to;
}

/* ---- bytes and addresses */

static bytes bytes_of(const void *ptr, size_t len) { return (bytes){ptr, len}; }
static bytes text(const char *s) { return (bytes){(const uint8_t *)s, strlen(s)}; }
static bool bytes_eq(bytes a, bytes b) {
    return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}
GHOST_FN bool address_eq(address a, address b) { return memcmp(a.b, b.b, 20) == 0; }
static bool address_is_zero(address a) {
    uint8_t any = 0;
    for (int i = 0; i < 20; i++) any |= a.b[i];
    return any == 0;
}
static int address_cmp(address a, address b) { return memcmp(a.b, b.b, 20); }
static const address ADDRESS_ZERO = {{0}};

/* ---- leaving: none of these return. What the frame did is undone. */

_Noreturn GHOST_FN void revert_bytes(bytes data) {
    host_revert(data.ptr, data.len);
    __builtin_unreachable();
}
_Noreturn GHOST_FN void revert_empty(void) { revert_bytes((bytes){0}); }
/* Error(string) */
_Noreturn GHOST_FN void revert_text(const char *reason, size_t len) {
    size_t padded = (len + 31) & ~(size_t)31;
    uint8_t *p = ghost_alloc(4 + 64 + padded);
    static const uint8_t selector[4] = {0x08, 0xc3, 0x79, 0xa0};
    memset(p, 0, 4 + 64 + padded);
    memcpy(p, selector, 4);
    p[4 + 31] = 32;
    for (int i = 0; i < 4; i++) p[4 + 63 - i] = (uint8_t)(len >> (8 * i));
    memcpy(p + 68, reason, len);
    revert_bytes((bytes){p, 68 + padded});
}
/* Panic(uint256), with Solidity's codes */
enum {
    PANIC_ASSERT = 0x01,
    PANIC_OVERFLOW = 0x11,
    PANIC_DIVISION = 0x12,
    PANIC_ENUM = 0x21,
    PANIC_EMPTY_POP = 0x31,
    PANIC_INDEX = 0x32,
    PANIC_MEMORY = 0x41,
};
_Noreturn GHOST_FN void panic(uint8_t code) {
    uint8_t p[36] = {0x4e, 0x48, 0x7b, 0x71};
    p[35] = code;
    revert_bytes((bytes){p, 36});
}
#define require(condition, reason) \
    do { \
        if (!(condition)) revert_text(reason, sizeof(reason) - 1); \
    } while (0)

/* ---- 256-bit numbers. Those without _wrap stop with Panic(0x11) or Panic(0x12). */

static u256 u256_of(uint64_t v) { return (u256){{v, 0, 0, 0}}; }
#define u256(v) u256_of(v)
static const u256 U256_ZERO = {{0}};
static const u256 U256_MAX = {{~0ull, ~0ull, ~0ull, ~0ull}};

GHOST_FN u256 u256_read(const uint8_t *be) {
    u256 v;
#pragma clang loop unroll(disable)
    for (int i = 0; i < 4; i++) {
        uint64_t limb;
        memcpy(&limb, be + 24 - 8 * i, 8);
        v.w[i] = __builtin_bswap64(limb);
    }
    return v;
}
/* Numbers by pointer inside: a struct by value is a copy at each call. */
GHOST_FN void ghost_write(uint8_t *be, const u256 *v) {
#pragma clang loop unroll(disable)
    for (int i = 0; i < 4; i++) {
        uint64_t limb = __builtin_bswap64(v->w[i]);
        memcpy(be + 24 - 8 * i, &limb, 8);
    }
}
static void u256_write(uint8_t *be, u256 v) { ghost_write(be, &v); }
GHOST_FN bytes32 u256_word(u256 v) {
    bytes32 w;
    ghost_write(w.b, &v);
    return w;
}
GHOST_FN u256 word_u256(bytes32 w) { return u256_read(w.b); }

static bool u256_is_zero(u256 a) { return (a.w[0] | a.w[1] | a.w[2] | a.w[3]) == 0; }
static bool u256_fits_u64(u256 a) { return (a.w[1] | a.w[2] | a.w[3]) == 0; }
static bool u256_eq(u256 a, u256 b) {
    return ((a.w[0] ^ b.w[0]) | (a.w[1] ^ b.w[1]) | (a.w[2] ^ b.w[2]) | (a.w[3] ^ b.w[3])) == 0;
}
GHOST_FN bool u256_lt(u256 a, u256 b) {
    for (int i = 3; i > 0; i--)
        if (a.w[i] != b.w[i]) return a.w[i] < b.w[i];
    return a.w[0] < b.w[0];
}
static bool u256_gt(u256 a, u256 b) { return u256_lt(b, a); }
static bool u256_le(u256 a, u256 b) { return !u256_lt(b, a); }
static bool u256_ge(u256 a, u256 b) { return !u256_lt(a, b); }
static u256 u256_min(u256 a, u256 b) { return u256_lt(a, b) ? a : b; }
static u256 u256_max(u256 a, u256 b) { return u256_lt(a, b) ? b : a; }

/* true: over 2^256 - 1 */
GHOST_FN bool ghost_add(u256 *out, const u256 *a, const u256 *b) {
    uint64_t carry = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t left = a->w[i], sum = left + b->w[i], all = sum + carry;
        carry = (uint64_t)(sum < left) | (uint64_t)(all < sum);
        out->w[i] = all;
    }
    return carry != 0;
}
/* true: below 0 */
GHOST_FN bool ghost_sub(u256 *out, const u256 *a, const u256 *b) {
    uint64_t borrow = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t left = a->w[i], right = b->w[i], less = left - right, all = less - borrow;
        borrow = (uint64_t)(left < right) | (uint64_t)(less < borrow);
        out->w[i] = all;
    }
    return borrow != 0;
}
GHOST_FN u256 u256_add(u256 a, u256 b) {
    if (ghost_add(&a, &a, &b)) panic(PANIC_OVERFLOW);
    return a;
}
GHOST_FN u256 u256_sub(u256 a, u256 b) {
    if (ghost_sub(&a, &a, &b)) panic(PANIC_OVERFLOW);
    return a;
}
GHOST_FN u256 u256_add_wrap(u256 a, u256 b) {
    ghost_add(&a, &a, &b);
    return a;
}
GHOST_FN u256 u256_sub_wrap(u256 a, u256 b) {
    ghost_sub(&a, &a, &b);
    return a;
}

static void ghost_mul_64(uint64_t out[2], uint64_t a, uint64_t b) {
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t low = a0 * b0, mid = a1 * b0 + (low >> 32), mid2 = a0 * b1 + (uint32_t)mid;
    out[0] = (mid2 << 32) | (uint32_t)low;
    out[1] = a1 * b1 + (mid >> 32) + (mid2 >> 32);
}
/* The product's lower 256 bits; true: there are more. */
GHOST_FN bool ghost_mul(u256 *out, const u256 *a, const u256 *b) {
    uint64_t r[8] = {0};
#pragma clang loop unroll(disable)
    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0;
#pragma clang loop unroll(disable)
        for (int j = 0; j < 4; j++) {
            uint64_t p[2];
            ghost_mul_64(p, a->w[i], b->w[j]);
            uint64_t sum = r[i + j] + p[0];
            p[1] += sum < p[0];
            r[i + j] = sum + carry;
            carry = p[1] + (r[i + j] < sum);
        }
        r[i + 4] = carry;
    }
    for (int i = 0; i < 4; i++) out->w[i] = r[i];
    return (r[4] | r[5] | r[6] | r[7]) != 0;
}
GHOST_FN u256 u256_mul(u256 a, u256 b) {
    if (ghost_mul(&a, &a, &b)) panic(PANIC_OVERFLOW);
    return a;
}
GHOST_FN u256 u256_mul_wrap(u256 a, u256 b) {
    ghost_mul(&a, &a, &b);
    return a;
}
typedef void ghost_host_2(const void *, const void *, void *);
__attribute__((always_inline)) static u256 ghost_by_host(const u256 *a, const u256 *b, ghost_host_2 *function) {
    uint8_t x[32], y[32];
    ghost_write(x, a);
    ghost_write(y, b);
    function(x, y, x);
    return u256_read(x);
}
GHOST_FN u256 u256_div(u256 a, u256 b) {
    if (u256_is_zero(b)) panic(PANIC_DIVISION);
    if (u256_fits_u64(a) && u256_fits_u64(b)) return u256(a.w[0] / b.w[0]);
    return ghost_by_host(&a, &b, host_div);
}
GHOST_FN u256 u256_mod(u256 a, u256 b) {
    if (u256_is_zero(b)) panic(PANIC_DIVISION);
    if (u256_fits_u64(a) && u256_fits_u64(b)) return u256(a.w[0] % b.w[0]);
    return ghost_by_host(&a, &b, host_mod);
}
/* (a * b) mod m and (a + b) mod m without overflow */
static u256 u256_mulmod(u256 a, u256 b, u256 m) {
    if (u256_is_zero(m)) panic(PANIC_DIVISION);
    bytes32 x = u256_word(a), y = u256_word(b), z = u256_word(m), r;
    host_mulmod(x.b, y.b, z.b, r.b);
    return word_u256(r);
}
static u256 u256_addmod(u256 a, u256 b, u256 m) {
    if (u256_is_zero(m)) panic(PANIC_DIVISION);
    bytes32 x = u256_word(a), y = u256_word(b), z = u256_word(m), r;
    host_addmod(x.b, y.b, z.b, r.b);
    return word_u256(r);
}
/* modulo 2^256 */
GHOST_FN u256 u256_exp_wrap(u256 a, u256 b) { return ghost_by_host(&a, &b, host_exp); }
static u256 u256_and(u256 a, u256 b) {
    for (int i = 0; i < 4; i++) a.w[i] &= b.w[i];
    return a;
}
static u256 u256_or(u256 a, u256 b) {
    for (int i = 0; i < 4; i++) a.w[i] |= b.w[i];
    return a;
}
static u256 u256_xor(u256 a, u256 b) {
    for (int i = 0; i < 4; i++) a.w[i] ^= b.w[i];
    return a;
}
static u256 u256_not(u256 a) {
    for (int i = 0; i < 4; i++) a.w[i] = ~a.w[i];
    return a;
}
GHOST_FN u256 u256_shl(u256 a, unsigned n) {
    u256 r = {{0}};
    for (int i = 3; n < 256 && i >= (int)(n / 64); i--) {
        int from = i - (int)(n / 64);
        r.w[i] = a.w[from] << (n % 64);
        if (n % 64 != 0 && from > 0) r.w[i] |= a.w[from - 1] >> (64 - n % 64);
    }
    return r;
}
GHOST_FN u256 u256_shr(u256 a, unsigned n) {
    u256 r = {{0}};
    for (int i = 0; n < 256 && i < 4 - (int)(n / 64); i++) {
        int from = i + (int)(n / 64);
        r.w[i] = a.w[from] >> (n % 64);
        if (n % 64 != 0 && from < 3) r.w[i] |= a.w[from + 1] << (64 - n % 64);
    }
    return r;
}
/* All numbers below 2^bits. */
static u256 u256_mask(unsigned bits) {
    return bits >= 256 ? U256_MAX : u256_sub_wrap(u256_shl(u256(1), bits), u256(1));
}
GHOST_FN bytes32 address_word(address a) {
    bytes32 w = {{0}};
    memcpy(w.b + 12, a.b, 20);
    return w;
}
static u256 address_u256(address a) { return word_u256(address_word(a)); }
GHOST_FN address u256_address(u256 v) {
    uint8_t w[32];
    address a;
    u256_write(w, v);
    memcpy(a.b, w + 12, 20);
    return a;
}

/* ---- who calls, with what, where */

GHOST_FN address msg_sender(void) {
    address a;
    host_caller(a.b);
    return a;
}
static address tx_origin(void) {
    address a;
    host_origin(a.b);
    return a;
}
static address self(void) {
    address a;
    host_self(a.b);
    return a;
}
static u256 msg_value(void) {
    uint8_t w[32];
    host_value(w);
    return u256_read(w);
}
static u256 balance_of(address a) {
    uint8_t w[32];
    host_balance(a.b, w);
    return u256_read(w);
}
static bool has_code(address a) { return host_code_size(a.b) != 0; }
static uint64_t block_number(void) { return host_block_number(); }
static uint64_t block_timestamp(void) { return host_block_timestamp(); }
static uint64_t chain_id(void) { return host_chain_id(); }
static uint64_t gas_left(void) { return host_gas_left(); }
GHOST_FN bytes32 keccak256(bytes in) {
    bytes32 out;
    host_keccak256(in.ptr, in.len, out.b);
    return out;
}

/* ---- storage, in Solidity's layout
 *
 * slot(n) is a variable's own; map_* and array_at give those of members, which may be maps again:
 * map_address(map_address(slot(4), owner), spender) is allowance[owner][spender]. */

GHOST_FN bytes32 slot(uint64_t n) {
    bytes32 w = {{0}};
    n = __builtin_bswap64(n);
    memcpy(w.b + 24, &n, 8);
    return w;
}
GHOST_FN bytes32 slot_add(bytes32 base, uint64_t n) {
    u256 v = u256_read(base.b), by = {{n, 0, 0, 0}};
    ghost_add(&v, &v, &by);
    ghost_write(base.b, &v);
    return base;
}
GHOST_FN bytes32 map_word(bytes32 base, bytes32 key) {
    uint8_t pair[64];
    memcpy(pair, key.b, 32);
    memcpy(pair + 32, base.b, 32);
    host_keccak256(pair, 64, base.b);
    return base;
}
static bytes32 map_u256(bytes32 base, u256 key) { return map_word(base, u256_word(key)); }
GHOST_FN bytes32 map_address(bytes32 base, address key) {
    return map_word(base, address_word(key));
}
/* by a string or bytes */
static bytes32 map_bytes(bytes32 base, bytes key) {
    uint8_t *p = ghost_alloc(key.len + 32);
    memcpy(p, key.ptr, key.len);
    memcpy(p + key.len, base.b, 32);
    return keccak256(bytes_of(p, key.len + 32));
}

GHOST_FN bytes32 load(bytes32 at) {
    bytes32 v;
    host_storage_load(at.b, v.b);
    return v;
}
static void store(bytes32 at, bytes32 v) { host_storage_store(at.b, v.b); }
GHOST_FN u256 load_u256(bytes32 at) {
    uint8_t w[32];
    host_storage_load(at.b, w);
    return u256_read(w);
}
GHOST_FN void store_u256(bytes32 at, u256 v) {
    uint8_t w[32];
    ghost_write(w, &v);
    host_storage_store(at.b, w);
}
/* Several variables in one slot: `bits` of it from bit `shift` (the first variable is at 0), both
 * multiples of 8 as in Solidity. */
GHOST_FN u256 load_bits(bytes32 at, unsigned shift, unsigned bits) {
    uint8_t w[32] = {0};
    bytes32 whole = load(at);
    memcpy(w + 32 - bits / 8, whole.b + 32 - (shift + bits) / 8, bits / 8);
    return u256_read(w);
}
GHOST_FN void store_bits(bytes32 at, unsigned shift, unsigned bits, u256 v) {
    bytes32 whole = load(at), w = u256_word(v);
    memcpy(whole.b + 32 - (shift + bits) / 8, w.b + 32 - bits / 8, bits / 8);
    store(at, whole);
}
/* A variable that has its slot for itself, or is the first of it. */
GHOST_FN address load_address(bytes32 at) {
    bytes32 whole = load(at);
    address a;
    memcpy(a.b, whole.b + 12, 20);
    return a;
}
GHOST_FN void store_address(bytes32 at, address a) {
    bytes32 whole = load(at);
    memcpy(whole.b + 12, a.b, 20);
    store(at, whole);
}
static bool load_bool(bytes32 at) { return load(at).b[31] != 0; }
GHOST_FN void store_bool(bytes32 at, bool v) {
    bytes32 whole = load(at);
    whole.b[31] = v;
    store(at, whole);
}

/* A dynamic array whose items take whole slots. */
static uint64_t array_length(bytes32 at) { return load_u256(at).w[0]; }
/* Panic(0x32) past the end */
GHOST_FN bytes32 array_at(bytes32 at, u256 index, uint64_t slots_per_item) {
    if (!u256_lt(index, load_u256(at))) panic(PANIC_INDEX);
    u256 base = word_u256(keccak256(bytes_of(at.b, 32)));
    return u256_word(u256_add_wrap(base, u256_mul_wrap(index, u256(slots_per_item))));
}
/* The slot of a new item at the end. */
static bytes32 array_push(bytes32 at, uint64_t slots_per_item) {
    u256 length = load_u256(at);
    store_u256(at, u256_add(length, u256(1)));
    return array_at(at, length, slots_per_item);
}
/* The item must have been cleared. Panic(0x31) where there is none. */
static void array_pop(bytes32 at) {
    u256 length = load_u256(at);
    if (u256_is_zero(length)) panic(PANIC_EMPTY_POP);
    store_u256(at, u256_sub(length, u256(1)));
}

/* string and bytes: up to 31 bytes in the slot itself, else from keccak(slot) on */
static size_t ghost_text_length(bytes32 head) {
    u256 v = word_u256(head);
    return (v.w[0] & 1) == 0 ? (size_t)(head.b[31] / 2) : (size_t)(v.w[0] / 2);
}
GHOST_FN bytes load_bytes(bytes32 at) {
    bytes32 head = load(at);
    size_t len = ghost_text_length(head);
    uint8_t *p = ghost_alloc((len + 31) & ~(size_t)31);
    if (len < 32) {
        memcpy(p, head.b, len);
    } else {
        bytes32 from = keccak256(bytes_of(at.b, 32));
        for (size_t i = 0; i < len; i += 32) {
            bytes32 part = load(slot_add(from, i / 32));
            memcpy(p + i, part.b, 32);
        }
    }
    return (bytes){p, len};
}
GHOST_FN void store_bytes(bytes32 at, bytes v) {
    bytes32 from = keccak256(bytes_of(at.b, 32)), head = {{0}};
    size_t old = ghost_text_length(load(at));
    size_t words = v.len < 32 ? 0 : (v.len + 31) / 32, old_words = old < 32 ? 0 : (old + 31) / 32;
    for (size_t i = 0; i < words; i++) {
        bytes32 part = {{0}};
        size_t n = v.len - 32 * i;
        memcpy(part.b, v.ptr + 32 * i, n < 32 ? n : 32);
        store(slot_add(from, i), part);
    }
    for (size_t i = words; i < old_words; i++) store(slot_add(from, i), (bytes32){{0}});
    if (v.len < 32) {
        memcpy(head.b, v.ptr, v.len);
        head.b[31] = (uint8_t)(2 * v.len);
    } else {
        head = u256_word(u256(2 * (uint64_t)v.len + 1));
    }
    store(at, head);
}

/* Storage that is gone when the transaction ends. */
static u256 transient_load(bytes32 at) {
    bytes32 v;
    host_transient_load(at.b, v.b);
    return word_u256(v);
}
static void transient_store(bytes32 at, u256 v) {
    bytes32 w = u256_word(v);
    host_transient_store(at.b, w.b);
}

/* ---- reading ABI-encoded data: members by their place among the arguments (a member of a static
 * tuple or array counts as one each). What does not fit reverts with empty data. */

typedef bytes abi_in;

GHOST_FN const uint8_t *in_word(abi_in in, size_t i) {
    if (in.len / 32 <= i) revert_empty();
    return in.ptr + 32 * i;
}
GHOST_FN u256 in_u256(abi_in in, size_t i) { return u256_read(in_word(in, i)); }
static bytes32 in_bytes32(abi_in in, size_t i) {
    bytes32 w;
    memcpy(w.b, in_word(in, i), 32);
    return w;
}
/* bits: a multiple of 8, or 1 */
GHOST_FN u256 in_uint(abi_in in, size_t i, unsigned bits) {
    const uint8_t *w = in_word(in, i);
    unsigned low = 32 - (bits + 7) / 8;
    for (unsigned k = 0; k < low; k++)
        if (w[k] != 0) revert_empty();
    if (bits == 1 && w[31] > 1) revert_empty();
    return u256_read(w);
}
static uint64_t in_u64(abi_in in, size_t i) { return in_uint(in, i, 64).w[0]; }
static bool in_bool(abi_in in, size_t i) { return in_uint(in, i, 1).w[0] != 0; }
GHOST_FN address in_address(abi_in in, size_t i) {
    const uint8_t *w = in_word(in, i);
    address a;
    for (unsigned k = 0; k < 12; k++)
        if (w[k] != 0) revert_empty();
    memcpy(a.b, w + 12, 20);
    return a;
}

/* The place and count of a dynamic member, whose items take `size` bytes. */
GHOST_FN bytes ghost_in_tail(abi_in in, size_t i, size_t size, size_t *count) {
    u256 at = in_u256(in, i);
    if (!u256_fits_u64(at) || in.len < 32 || at.w[0] > in.len - 32) revert_empty();
    u256 n = u256_read(in.ptr + at.w[0]);
    size_t start = (size_t)at.w[0] + 32;
    if (!u256_fits_u64(n) || n.w[0] > (in.len - start) / size) revert_empty();
    *count = (size_t)n.w[0];
    return (bytes){in.ptr + start, in.len - start};
}
/* string or bytes: a view of the input */
static bytes in_bytes(abi_in in, size_t i) {
    size_t count;
    bytes tail = ghost_in_tail(in, i, 1, &count);
    return (bytes){tail.ptr, count};
}
/* T[] of a static T that takes `words`; items are members of the result, words * count of them. */
static abi_in in_array(abi_in in, size_t i, size_t words, size_t *count) {
    bytes tail = ghost_in_tail(in, i, 32 * words, count);
    return (bytes){tail.ptr, 32 * words * *count};
}

__attribute__((weak)) bytes ghost_args; /* what follows the selector; in init all of the input */
static u256 arg_u256(size_t i) { return in_u256(ghost_args, i); }
static u256 arg_uint(size_t i, unsigned bits) { return in_uint(ghost_args, i, bits); }
static uint64_t arg_u64(size_t i) { return in_u64(ghost_args, i); }
static bool arg_bool(size_t i) { return in_bool(ghost_args, i); }
static address arg_address(size_t i) { return in_address(ghost_args, i); }
static bytes32 arg_bytes32(size_t i) { return in_bytes32(ghost_args, i); }
static bytes arg_bytes(size_t i) { return in_bytes(ghost_args, i); }
static abi_in arg_array(size_t i, size_t words, size_t *count) {
    return in_array(ghost_args, i, words, count);
}

/* ---- writing it: members in order, dynamic ones go behind the last by themselves */

typedef struct abi_out {
    uint8_t *ptr;
    size_t base; /* where offsets count from: 4 with a selector */
    size_t head; /* where the next member goes */
    size_t len, cap;
} abi_out;

/* For `members` words of heads; a selector of 0 is none. */
GHOST_FN abi_out out_begin(uint32_t selector, size_t members) {
    abi_out o = {.base = selector != 0 ? 4 : 0, .head = selector != 0 ? 4 : 0};
    o.len = o.cap = o.base + 32 * members;
    o.ptr = ghost_alloc(o.cap);
    memset(o.ptr, 0, o.cap);
    if (selector != 0) {
        uint32_t be = __builtin_bswap32(selector);
        memcpy(o.ptr, &be, 4);
    }
    return o;
}
GHOST_FN uint8_t *ghost_out_member(abi_out *o) {
    if (o->head + 32 > o->len) __builtin_trap(); /* more members than begun with */
    o->head += 32;
    return o->ptr + o->head - 32;
}
GHOST_FN uint8_t *ghost_out_tail(abi_out *o, size_t n) {
    size_t padded = (n + 31) & ~(size_t)31;
    if (o->len + padded > o->cap) {
        o->ptr = ghost_regrow(o->ptr, o->cap, o->len + padded);
        o->cap = o->len + padded;
    }
    uint8_t *at = o->ptr + o->len;
    memset(at, 0, padded);
    o->len += padded;
    return at;
}
GHOST_FN void out_u256(abi_out *o, u256 v) { ghost_write(ghost_out_member(o), &v); }
static void out_u64(abi_out *o, uint64_t v) { out_u256(o, u256(v)); }
static void out_bool(abi_out *o, bool v) { out_u256(o, u256(v)); }
GHOST_FN void out_address(abi_out *o, address a) { memcpy(ghost_out_member(o) + 12, a.b, 20); }
static void out_bytes32(abi_out *o, bytes32 w) { memcpy(ghost_out_member(o), w.b, 32); }
GHOST_FN void out_bytes(abi_out *o, bytes v) {
    out_u64(o, o->len - o->base);
    u256_write(ghost_out_tail(o, 32), u256(v.len));
    memcpy(ghost_out_tail(o, v.len), v.ptr, v.len);
}
/* T[] of words: `items` holds 32 bytes each. */
static void out_array(abi_out *o, const bytes32 *items, size_t count) {
    out_u64(o, o->len - o->base);
    u256_write(ghost_out_tail(o, 32), u256(count));
    memcpy(ghost_out_tail(o, 32 * count), items, 32 * count);
}
static bytes out_done(const abi_out *o) { return (bytes){o->ptr, o->len}; }

/* ---- results */

static void return_bytes_raw(bytes data) { host_output(data.ptr, data.len); }
static void return_out(const abi_out *o) { return_bytes_raw(out_done(o)); }
GHOST_FN void return_u256(u256 v) {
    uint8_t w[32];
    ghost_write(w, &v);
    return_bytes_raw(bytes_of(w, 32));
}
GHOST_FN void return_address(address a) {
    bytes32 w = address_word(a);
    return_bytes_raw(bytes_of(w.b, 32));
}
static void return_u64(uint64_t v) { return_u256(u256(v)); }
static void return_bool(bool v) { return_u256(u256(v)); }
static void return_bytes32(bytes32 w) { return_bytes_raw(bytes_of(w.b, 32)); }
/* string or bytes */
GHOST_FN void return_bytes(bytes v) {
    abi_out o = out_begin(0, 1);
    out_bytes(&o, v);
    return_out(&o);
}
/* A custom error: out_begin(ERROR_Name, members), its members, and this. */
_Noreturn static void revert_out(const abi_out *o) { revert_bytes(out_done(o)); }
_Noreturn static void revert_error(uint32_t selector) {
    abi_out o = out_begin(selector, 0);
    revert_out(&o);
}

/* ---- events: indexed members are topics, the others data
 *
 *   event e = event_begin(EVENT_Transfer, 1);
 *   topic_address(&e, from); topic_address(&e, to); out_u256(&e.data, amount);
 *   event_emit(&e); */

typedef struct event {
    bytes32 topics[4];
    size_t topic_count;
    abi_out data;
} event;

/* `members` counts those that are not indexed. */
static event event_begin(bytes32 signature, size_t members) {
    event e = {.topics = {signature}, .topic_count = 1, .data = out_begin(0, members)};
    return e;
}
GHOST_FN void topic_bytes32(event *e, bytes32 w) {
    if (e->topic_count == 4) __builtin_trap();
    e->topics[e->topic_count++] = w;
}
GHOST_FN void topic_u256(event *e, u256 v) { topic_bytes32(e, u256_word(v)); }
GHOST_FN void topic_address(event *e, address a) { topic_bytes32(e, address_word(a)); }
static void topic_bool(event *e, bool v) { topic_u256(e, u256(v)); }
/* an indexed string or bytes: its hash */
static void topic_bytes(event *e, bytes v) { topic_bytes32(e, keccak256(v)); }
GHOST_FN void event_emit(const event *e) {
    host_emit_event((const uint8_t *)e->topics, e->topic_count, e->data.ptr, e->data.len);
}

/* ---- other contracts */

/* What the last call or creation returned. */
GHOST_FN bytes returned(void) {
    size_t n = host_return_data_size();
    uint8_t *p = ghost_alloc(n);
    if (n > 0) host_return_data_copy(p, 0, n);
    return (bytes){p, n};
}
/* false: it reverted or could not begin; nothing is thrown. All gas but a 64th goes along. */
static bool call_raw(address to, u256 value, bytes input) {
    bytes32 v = u256_word(value);
    return host_call(to.b, v.b, GHOST_ALL_GAS, input.ptr, input.len) == 0;
}
static bool static_call_raw(address to, bytes input) {
    return host_static_call(to.b, GHOST_ALL_GAS, input.ptr, input.len) == 0;
}
static bool delegate_call_raw(address to, bytes input) {
    return host_delegate_call(to.b, GHOST_ALL_GAS, input.ptr, input.len) == 0;
}
/* As a call in Solidity: an account without code reverts, a revert is passed on. The answer is
 * read with in_*. */
GHOST_FN abi_in call(address to, u256 value, const abi_out *input) {
    if (!has_code(to)) revert_empty();
    if (!call_raw(to, value, out_done(input))) revert_bytes(returned());
    return returned();
}
GHOST_FN abi_in static_call(address to, const abi_out *input) {
    if (!has_code(to)) revert_empty();
    if (!static_call_raw(to, out_done(input))) revert_bytes(returned());
    return returned();
}
/* Creates a contract; passes a revert on. */
static address create(u256 value, bytes code) {
    bytes32 v = u256_word(value);
    address a;
    if (host_create(v.b, code.ptr, code.len, a.b) != 0) revert_bytes(returned());
    return a;
}
static address create2(u256 value, bytes code, bytes32 salt) {
    bytes32 v = u256_word(value);
    address a;
    if (host_create2(v.b, code.ptr, code.len, salt.b, a.b) != 0) revert_bytes(returned());
    return a;
}

/* ---- the way in: what NAME.abi.h uses
 *
 * A function of the ABI is a METHOD(name), the constructor CONSTRUCTOR(), receive and fallback are
 * METHOD(receive) and METHOD(fallback). Before a METHOD runs, value is refused unless the ABI says
 * payable, and calldata shorter than the arguments' heads. */

#define METHOD(name) static void ghost_method_##name(void)
#define CONSTRUCTOR() static void ghost_constructor(void)
#define GHOST_EXPORT(name) __attribute__((export_name(#name))) int32_t ghost_export_##name(void)

GHOST_FN void ghost_enter(size_t words, bool payable) {
    if (!payable && !u256_is_zero(msg_value())) revert_empty();
    if (ghost_args.len / 32 < words) revert_empty();
}
static bytes ghost_input(void) {
    size_t n = host_input_size();
    uint8_t *p = ghost_alloc(n);
    if (n > 0) host_input_copy(p, 0, n);
    return (bytes){p, n};
}
/* Takes the selector off: false where the input is too short for one. */
static bool ghost_read_call(uint32_t *selector) {
    bytes in = ghost_input();
    if (in.len < 4) {
        ghost_args = in;
        return false;
    }
    memcpy(selector, in.ptr, 4);
    *selector = __builtin_bswap32(*selector);
    ghost_args = (bytes){in.ptr + 4, in.len - 4};
    return true;
}

#define GHOST_CASE(selector, name, words, payable) \
    case selector: \
        ghost_enter(words, payable); \
        ghost_method_##name(); \
        return 0;
/* functions(X) has a row X(selector, name, words, payable) each; `otherwise` runs where none fits. */
#define GHOST_ROUTER(functions, otherwise) \
    GHOST_EXPORT(invoke) { \
        uint32_t selector = 0; \
        bool whole = ghost_read_call(&selector); \
        if (whole) switch (selector) { functions(GHOST_CASE) default: break; } \
        otherwise(whole) \
        return 0; \
    }
#define GHOST_NONE(whole) revert_empty();
#define GHOST_FALLBACK(payable) \
    ghost_args = ghost_input(); \
    ghost_enter(0, payable); \
    ghost_method_fallback();
#define GHOST_RECEIVE(whole) \
    if (!(whole) && ghost_args.len == 0) { \
        ghost_method_receive(); \
        return 0; \
    }
#define GHOST_INIT(words, payable) \
    GHOST_EXPORT(init) { \
        ghost_args = ghost_input(); \
        ghost_enter(words, payable); \
        ghost_constructor(); \
        return 0; \
    }
/* As an empty constructor: no value. */
#define GHOST_NO_INIT \
    GHOST_EXPORT(init) { \
        ghost_enter(0, false); \
        return 0; \
    }

#pragma clang diagnostic pop
#endif
