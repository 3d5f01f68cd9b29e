import * as host from "./host";

/** 20 bytes. The object is the bytes: changetype<usize>(address) points at them. */
@final
export class Address {
    private a: u64 = 0;
    private b: u64 = 0;
    private c: u32 = 0;

    static zero(): Address {
        return new Address();
    }
    /** Reads 20 bytes. */
    static at(ptr: usize): Address {
        const made = new Address();
        memory.copy(changetype<usize>(made), ptr, 20);
        return made;
    }
    get isZero(): bool {
        return (this.a | this.b | u64(this.c)) == 0;
    }
    /** As it stands in calldata, topics and storage. */
    get word(): Bytes32 {
        const w = new Bytes32();
        memory.copy(changetype<usize>(w) + 12, changetype<usize>(this), 20);
        return w;
    }
    @operator("==") static eq(x: Address, y: Address): bool {
        return x.a == y.a && x.b == y.b && x.c == y.c;
    }
    @operator("!=") static ne(x: Address, y: Address): bool {
        return !(x == y);
    }
    /** By their bytes, as numbers compare. */
    @operator("<") static lt(x: Address, y: Address): bool {
        return memory.compare(changetype<usize>(x), changetype<usize>(y), 20) < 0;
    }
    @operator(">") static gt(x: Address, y: Address): bool {
        return y < x;
    }
}

/** 32 bytes as they are in storage, topics and calldata; the object is the bytes. */
@final
export class Bytes32 {
    private a: u64 = 0;
    private b: u64 = 0;
    private c: u64 = 0;
    private d: u64 = 0;

    static at(ptr: usize): Bytes32 {
        const made = new Bytes32();
        memory.copy(changetype<usize>(made), ptr, 32);
        return made;
    }
    get isZero(): bool {
        return (this.a | this.b | this.c | this.d) == 0;
    }
    /** The lower 20 bytes. */
    get address(): Address {
        return Address.at(changetype<usize>(this) + 12);
    }
    @operator("==") static eq(x: Bytes32, y: Bytes32): bool {
        return x.a == y.a && x.b == y.b && x.c == y.c && x.d == y.d;
    }
    @operator("!=") static ne(x: Bytes32, y: Bytes32): bool {
        return !(x == y);
    }
}

/** A view of memory. */
@final
export class Bytes {
    constructor(
        public ptr: usize,
        public length: u32,
    ) {}

    static empty(): Bytes {
        return new Bytes(0, 0);
    }
    /** Fresh, zeroed memory. */
    static make(length: u32): Bytes {
        const at = heap.alloc(length);
        memory.fill(at, 0, length);
        return new Bytes(at, length);
    }
    /** In UTF-8. */
    static text(text: string): Bytes {
        const encoded = String.UTF8.encode(text);
        return new Bytes(changetype<usize>(encoded), encoded.byteLength);
    }
    get keccak256(): Bytes32 {
        const out = new Bytes32();
        host.keccak256(this.ptr, this.length, changetype<usize>(out));
        return out;
    }
    @operator("==") static eq(x: Bytes, y: Bytes): bool {
        return x.length == y.length && memory.compare(x.ptr, y.ptr, x.length) == 0;
    }
    @operator("!=") static ne(x: Bytes, y: Bytes): bool {
        return !(x == y);
    }
}
