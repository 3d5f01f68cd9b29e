/** Every function on numbers of the SDK, so that JavaScript can hold them against its own. */
import { argBytes, argU256, argU64, Bytes, loadBytes, Out, returnBytes, returnU256, slot, storeBytes, U256 } from "@ghostvm/as";

export function all(): void {
    const a = argU256(0), b = argU256(1), m = argU256(2), n = i32(argU64(3));
    const some = !b.isZero, modulus = !m.isZero, zero = U256.zero;
    const results: U256[] = [
        U256.addWrap(a, b),
        U256.subWrap(a, b),
        U256.mulWrap(a, b),
        some ? a / b : zero,
        some ? a % b : zero,
        modulus ? U256.addmod(a, b, m) : zero,
        modulus ? U256.mulmod(a, b, m) : zero,
        U256.expWrap(a, b),
        a & b,
        a | b,
        a ^ b,
        ~a,
        a << n,
        a >> n,
        U256.mask(n),
        U256.of(a < b ? 1 : 0),
        U256.of(a > b ? 1 : 0),
        U256.of(a <= b ? 1 : 0),
        U256.of(a >= b ? 1 : 0),
        U256.of(a == b ? 1 : 0),
        U256.min(a, b),
    ];
    const words = Bytes.make(32 * results.length);
    for (let i = 0; i < results.length; i++) results[i].write(words.ptr + 32 * i);
    new Out(0, 1).array(words).result();
}
export function add(): void {
    returnU256(argU256(0) + argU256(1));
}
export function sub(): void {
    returnU256(argU256(0) - argU256(1));
}
export function mul(): void {
    returnU256(argU256(0) * argU256(1));
}
export function text(): void {
    storeBytes(slot(0), argBytes(0));
    returnBytes(loadBytes(slot(0)));
}
export function stored(): void {
    returnBytes(loadBytes(slot(0)));
}
