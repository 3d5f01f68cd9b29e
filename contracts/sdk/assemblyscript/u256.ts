import * as host from "./host";
import { panic, PANIC_DIVISION, PANIC_OVERFLOW } from "./revert";
import { Address, Bytes32 } from "./types";

/** 256-bit numbers that do not change. Operators stop with Panic(0x11) or Panic(0x12); the functions
 * with Wrap count modulo 2^256. */
@final
export class U256 {
    constructor(
        /** The lowest limb. */
        public a: u64 = 0,
        public b: u64 = 0,
        public c: u64 = 0,
        public d: u64 = 0,
    ) {}

    static of(v: u64): U256 {
        return new U256(v);
    }
    static get zero(): U256 {
        return new U256();
    }
    static get max(): U256 {
        return new U256(u64.MAX_VALUE, u64.MAX_VALUE, u64.MAX_VALUE, u64.MAX_VALUE);
    }
    /** All numbers below 2^bits. */
    static mask(bits: i32): U256 {
        return bits >= 256 ? U256.max : U256.subWrap(U256.of(1) << bits, U256.of(1));
    }
    /** Reads 32 bytes, big-endian. */
    static at(ptr: usize): U256 {
        return new U256(
            bswap<u64>(load<u64>(ptr, 24)),
            bswap<u64>(load<u64>(ptr, 16)),
            bswap<u64>(load<u64>(ptr, 8)),
            bswap<u64>(load<u64>(ptr)),
        );
    }
    static word(w: Bytes32): U256 {
        return U256.at(changetype<usize>(w));
    }
    static address(a: Address): U256 {
        return U256.word(a.word);
    }
    /** Writes 32 bytes, big-endian. */
    write(ptr: usize): void {
        store<u64>(ptr, bswap<u64>(this.d));
        store<u64>(ptr, bswap<u64>(this.c), 8);
        store<u64>(ptr, bswap<u64>(this.b), 16);
        store<u64>(ptr, bswap<u64>(this.a), 24);
    }
    get word(): Bytes32 {
        const w = new Bytes32();
        this.write(changetype<usize>(w));
        return w;
    }
    get isZero(): bool {
        return (this.a | this.b | this.c | this.d) == 0;
    }
    get fitsU64(): bool {
        return (this.b | this.c | this.d) == 0;
    }

    @operator("==") static eq(x: U256, y: U256): bool {
        return ((x.a ^ y.a) | (x.b ^ y.b) | (x.c ^ y.c) | (x.d ^ y.d)) == 0;
    }
    @operator("!=") static ne(x: U256, y: U256): bool {
        return !(x == y);
    }
    @operator("<") static lt(x: U256, y: U256): bool {
        if (x.d != y.d) return x.d < y.d;
        if (x.c != y.c) return x.c < y.c;
        if (x.b != y.b) return x.b < y.b;
        return x.a < y.a;
    }
    @operator(">") static gt(x: U256, y: U256): bool {
        return y < x;
    }
    @operator("<=") static le(x: U256, y: U256): bool {
        return !(y < x);
    }
    @operator(">=") static ge(x: U256, y: U256): bool {
        return !(x < y);
    }
    static min(x: U256, y: U256): U256 {
        return x < y ? x : y;
    }

    static addWrap(x: U256, y: U256): U256 {
        const a = x.a + y.a;
        let carry = u64(a < x.a);
        const b1 = x.b + y.b;
        const b = b1 + carry;
        carry = u64(b1 < x.b) | u64(b < b1);
        const c1 = x.c + y.c;
        const c = c1 + carry;
        carry = u64(c1 < x.c) | u64(c < c1);
        return new U256(a, b, c, x.d + y.d + carry);
    }
    static subWrap(x: U256, y: U256): U256 {
        const a = x.a - y.a;
        let borrow = u64(x.a < y.a);
        const b1 = x.b - y.b;
        const b = b1 - borrow;
        borrow = u64(x.b < y.b) | u64(b1 < borrow);
        const c1 = x.c - y.c;
        const c = c1 - borrow;
        borrow = u64(x.c < y.c) | u64(c1 < borrow);
        return new U256(a, b, c, x.d - y.d - borrow);
    }
    static mulWrap(x: U256, y: U256): U256 {
        const p = x.word, q = y.word;
        host.mul(changetype<usize>(p), changetype<usize>(q), changetype<usize>(p));
        return U256.word(p);
    }
    @operator("+") static add(x: U256, y: U256): U256 {
        const r = U256.addWrap(x, y);
        if (r < x) panic(PANIC_OVERFLOW);
        return r;
    }
    @operator("-") static sub(x: U256, y: U256): U256 {
        if (x < y) panic(PANIC_OVERFLOW);
        return U256.subWrap(x, y);
    }
    @operator("*") static mul(x: U256, y: U256): U256 {
        if (x.fitsU64 && y.fitsU64) {
            // 64 by 64 bits, from halves
            const x0 = x.a & 0xffffffff, x1 = x.a >> 32, y0 = y.a & 0xffffffff, y1 = y.a >> 32;
            const low = x0 * y0;
            const mid = x1 * y0 + (low >> 32);
            const mid2 = x0 * y1 + (mid & 0xffffffff);
            return new U256((mid2 << 32) | (low & 0xffffffff), x1 * y1 + (mid >> 32) + (mid2 >> 32));
        }
        const r = U256.mulWrap(x, y);
        if (!x.isZero && U256.div(r, x) != y) panic(PANIC_OVERFLOW);
        return r;
    }
    @operator("/") static div(x: U256, y: U256): U256 {
        if (y.isZero) panic(PANIC_DIVISION);
        if (x.fitsU64 && y.fitsU64) return U256.of(x.a / y.a);
        const p = x.word, q = y.word;
        host.div(changetype<usize>(p), changetype<usize>(q), changetype<usize>(p));
        return U256.word(p);
    }
    @operator("%") static mod(x: U256, y: U256): U256 {
        if (y.isZero) panic(PANIC_DIVISION);
        if (x.fitsU64 && y.fitsU64) return U256.of(x.a % y.a);
        const p = x.word, q = y.word;
        host.mod(changetype<usize>(p), changetype<usize>(q), changetype<usize>(p));
        return U256.word(p);
    }
    static addmod(x: U256, y: U256, m: U256): U256 {
        if (m.isZero) panic(PANIC_DIVISION);
        const p = x.word, q = y.word, n = m.word;
        host.addmod(changetype<usize>(p), changetype<usize>(q), changetype<usize>(n), changetype<usize>(p));
        return U256.word(p);
    }
    static mulmod(x: U256, y: U256, m: U256): U256 {
        if (m.isZero) panic(PANIC_DIVISION);
        const p = x.word, q = y.word, n = m.word;
        host.mulmod(changetype<usize>(p), changetype<usize>(q), changetype<usize>(n), changetype<usize>(p));
        return U256.word(p);
    }
    static expWrap(x: U256, y: U256): U256 {
        const p = x.word, q = y.word;
        host.exp(changetype<usize>(p), changetype<usize>(q), changetype<usize>(p));
        return U256.word(p);
    }
    @operator("&") static and(x: U256, y: U256): U256 {
        return new U256(x.a & y.a, x.b & y.b, x.c & y.c, x.d & y.d);
    }
    @operator("|") static or(x: U256, y: U256): U256 {
        return new U256(x.a | y.a, x.b | y.b, x.c | y.c, x.d | y.d);
    }
    @operator("^") static xor(x: U256, y: U256): U256 {
        return new U256(x.a ^ y.a, x.b ^ y.b, x.c ^ y.c, x.d ^ y.d);
    }
    @operator.prefix("~") static not(x: U256): U256 {
        return new U256(~x.a, ~x.b, ~x.c, ~x.d);
    }
    private limb(i: i32): u64 {
        return i < 0 || i > 3 ? 0 : load<u64>(changetype<usize>(this) + (<usize>i << 3));
    }
    @operator("<<") static shl(x: U256, n: i32): U256 {
        const k = n >> 6, s = u64(n & 63);
        if (n >= 256) return new U256();
        if (s == 0) return new U256(x.limb(-k), x.limb(1 - k), x.limb(2 - k), x.limb(3 - k));
        return new U256(
            x.limb(-k) << s,
            (x.limb(1 - k) << s) | (x.limb(-k) >> (64 - s)),
            (x.limb(2 - k) << s) | (x.limb(1 - k) >> (64 - s)),
            (x.limb(3 - k) << s) | (x.limb(2 - k) >> (64 - s)),
        );
    }
    @operator(">>") static shr(x: U256, n: i32): U256 {
        const k = n >> 6, s = u64(n & 63);
        if (n >= 256) return new U256();
        if (s == 0) return new U256(x.limb(k), x.limb(k + 1), x.limb(k + 2), x.limb(k + 3));
        return new U256(
            (x.limb(k) >> s) | (x.limb(k + 1) << (64 - s)),
            (x.limb(k + 1) >> s) | (x.limb(k + 2) << (64 - s)),
            (x.limb(k + 2) >> s) | (x.limb(k + 3) << (64 - s)),
            x.limb(k + 3) >> s,
        );
    }
}
