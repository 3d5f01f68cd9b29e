#!/usr/bin/env bash
# libghostvm-wasm as a stranger uses it: installed into a folder, found by pkg-config, shared and static, from C, C++ and
# python3; it needs libc alone and exports its own functions alone.
set -euo pipefail
build=$1
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$(dirname "$0")/../.."
fail() { echo "wasm_library: $*"; exit 1; }
for library in libghostvm-wasm.so libghostvm-wasm.a; do
    [ -f "$build/$library" ] || { echo "wasm_library: $build/$library is not built"; exit 77; }
done
! nm -D "$build/libghostvm-wasm.so" | grep -q __asan_ || { echo 'wasm_library: a sanitizer build'; exit 77; }
cmake --install "$build" --prefix "$work" >/dev/null
export PKG_CONFIG_PATH=$work/lib/pkgconfig LD_LIBRARY_PATH=$work/lib
flags=$(pkg-config --cflags --libs ghostvm-wasm)

needed=$(readelf -d "$work/lib/libghostvm-wasm.so" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
    grep -v -e '^ld-linux' | tr '\n' ' ')
[ "$needed" = 'libc.so.6 ' ] || fail "needs $needed"
foreign=$(nm -D --defined-only "$work/lib/libghostvm-wasm.so" | awk '{print $3}' | grep -v '^gvm_' || true)
[ -z "$foreign" ] || fail "exports that are not ours: $foreign"

expected() {
    cat <<'TEXT'
the guest says: hello from a guest
42 / 6 = 7
42 / 0: ERR_WASM_TRAP: integer divide by zero in divide (function 3) at 0x69
a loop with 1 M units: ERR_WASM_FUEL: out of fuel in spin (function 2) at 0x5d
a loop, interrupted: ERR_CANCELLED: cancelled in spin (function 2) at 0x5d
TEXT
}
strict='-D_DEFAULT_SOURCE -Wall -Wextra -Wpedantic -Werror'
cc -std=c11 $strict examples/wasm_embed.c $flags -lpthread -o "$work/shared"
cc -std=c11 $strict examples/wasm_embed.c -I"$work/include" "$work/lib/libghostvm-wasm.a" -nodefaultlibs -lc -lgcc \
    -o "$work/static"
for program in shared static; do
    "$work/$program" | grep -v -e '^GhostVM' -e '^fuel used' | diff - <(expected) || fail "$program"
done

# The example's own module, as a file.
python3 - examples/wasm_embed.c "$work/guest.wasm" <<'PY'
import re, sys
array = re.search(r"guest\[\] = \{(.*?)\};", open(sys.argv[1]).read(), re.S).group(1)
open(sys.argv[2], "wb").write(bytes(int(x, 16) for x in re.findall(r"0x\w\w", array)))
PY

# The header in C++, and a function of the host in it.
if command -v c++ >/dev/null; then
    cat >"$work/embed.cpp" <<'CPP'
#include <ghostvm/ghostvm.h>
#include <ghostvm/wasm.h>
#include <cassert>
#include <cstdio>
#include <vector>

int main(int, char **argv) {
    std::vector<uint8_t> bytes(4096);
    std::FILE *f = std::fopen(argv[1], "rb");
    assert(f != nullptr);
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), f));
    std::fclose(f);
    gvm_wasm_module *module = nullptr;
    gvm_wasm_refusal why;
    assert(gvm_wasm_load(&module, &why, gvm_bytes{bytes.data(), bytes.size()},
                         &gvm_wasm_limits_contract) == GVM_OK);
    gvm_wasm_store *store = gvm_wasm_store_new();
    gvm_wasm_exec *exec = gvm_wasm_exec_new(1 << 16);
    const uint8_t types[] = {GVM_WASM_I32, GVM_WASM_I32};
    gvm_wasm_functype type{};
    type.types = types;
    type.params = 2;
    int heard = 0;
    gvm_wasm_extern import{};
    import.kind = GVM_WASM_KIND_FUNC;
    import.func = gvm_wasm_func_new(store, &type, [](void *ctx, gvm_wasm_exec *, uint64_t *slots) {
        *static_cast<int *>(ctx) = static_cast<int>(slots[1]);
        return GVM_OK;
    }, &heard);
    gvm_wasm_instance *instance = nullptr;
    assert(gvm_wasm_instantiate(store, &instance, exec, nullptr, module, &import, 1) == GVM_OK);
    gvm_wasm_extern e;
    assert(gvm_wasm_instance_export(instance, &e, gvm_bytes{reinterpret_cast<const uint8_t *>("greet"), 5}));
    assert(gvm_wasm_call(exec, nullptr, e.func, nullptr) == GVM_OK && heard == 18);
    gvm_wasm_exec_delete(exec);
    gvm_wasm_store_delete(store);
    gvm_wasm_module_delete(module);
}
CPP
    c++ -std=c++11 -Wall -Wextra -Wpedantic -Werror "$work/embed.cpp" $flags -o "$work/cpp"
    "$work/cpp" "$work/guest.wasm" || fail 'c++'
fi

python3 - "$work/lib/libghostvm-wasm.so" "$work/guest.wasm" <<'PY'
import ctypes as c, sys
lib = c.CDLL(sys.argv[1])
class Bytes(c.Structure):
    _fields_ = [("ptr", c.c_char_p), ("len", c.c_size_t)]
class Refusal(c.Structure):
    _fields_ = [("status", c.c_int), ("offset", c.c_uint64), ("function", c.c_uint32), ("text", c.c_char * 120)]
class Value(c.Union):
    _fields_ = [("i32", c.c_uint32), ("i64", c.c_uint64), ("v128", c.c_uint64 * 2)]
class FuncType(c.Structure):
    _fields_ = [("types", c.c_char_p), ("params", c.c_uint32), ("results", c.c_uint32),
                ("param_slots", c.c_uint32), ("result_slots", c.c_uint32)]
class Extern(c.Structure):
    _fields_ = [("kind", c.c_int), ("object", c.c_void_p)]
class Trap(c.Structure):
    _fields_ = [("code", c.c_int), ("status", c.c_int), ("module", c.c_void_p), ("function", c.c_uint32),
                ("offset", c.c_uint32)]
HOST = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.POINTER(c.c_uint64))
for name in "store_new exec_new func_new exec_trap trap_text".split():
    getattr(lib, "gvm_wasm_" + name).restype = c.c_void_p
lib.gvm_wasm_trap_text.restype = lib.gvm_status_name.restype = c.c_char_p
lib.gvm_wasm_exec_trap.restype = c.POINTER(Trap)
lib.gvm_wasm_exec_memory.restype = c.c_bool

wasm = open(sys.argv[2], "rb").read()
module, why = c.c_void_p(), Refusal()
bad = wasm[:-1] + b"\xff\xff"
assert lib.gvm_wasm_load(c.byref(module), c.byref(why), Bytes(bad, len(bad)), None) in (12, 13), why.text
assert why.offset <= len(bad) and why.text
assert lib.gvm_wasm_load(c.byref(module), c.byref(why), Bytes(wasm, len(wasm)), None) == 0, why.text
compiled = lib.gvm_wasm_module_compile(module)
assert compiled in (0, 7), compiled
store, run = c.c_void_p(lib.gvm_wasm_store_new()), c.c_void_p(lib.gvm_wasm_exec_new(1 << 20))
said = []
def host(ctx, execution, slots):
    at = c.c_void_p()
    if not lib.gvm_wasm_exec_memory(c.c_void_p(execution), c.byref(at), c.c_uint32(slots[0]), c.c_uint32(slots[1])):
        return 19
    said.append(c.string_at(at, slots[1]))
    return 0
host = HOST(host)
function = FuncType(bytes([0x7f, 0x7f]), 2, 0, 0, 0)
imports = (Extern * 1)(Extern(0, lib.gvm_wasm_func_new(store, c.byref(function), host, None)))
instance = c.c_void_p()
assert lib.gvm_wasm_instantiate(store, c.byref(instance), run, None, module, imports, c.c_size_t(1)) == 0
def export(name):
    e = Extern()
    assert lib.gvm_wasm_instance_export(instance, c.byref(e), Bytes(name, len(name)))
    return c.c_void_p(e.object)
assert lib.gvm_wasm_call(run, None, export(b"greet"), None) == 0
assert said == [b"hello from a guest"], said
args, result = (Value * 2)(Value(i32=42), Value(i32=6)), Value()
assert lib.gvm_wasm_call(run, c.byref(result), export(b"divide"), args) == 0 and result.i32 == 7
args[1].i32 = 0
status = lib.gvm_wasm_call(run, c.byref(result), export(b"divide"), args)
trap = lib.gvm_wasm_exec_trap(run).contents
assert lib.gvm_status_name(status) == b"ERR_WASM_TRAP" and trap.function == 3 and trap.offset == 0x69
assert lib.gvm_wasm_trap_text(trap.code) == b"integer divide by zero"
lib.gvm_wasm_exec_set_fuel(run, c.c_int64(10 ** 6))
assert lib.gvm_wasm_call(run, None, export(b"spin"), None) == 18
lib.gvm_wasm_exec_delete(run)
lib.gvm_wasm_store_delete(store)
lib.gvm_wasm_module_delete(module)
print("wasm_library: needs libc alone; C, C++ and python3 agree")
PY
