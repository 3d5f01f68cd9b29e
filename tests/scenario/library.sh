#!/usr/bin/env bash
# libghostvm as a stranger uses it: installed into a folder, found by pkg-config, linked by a C program that runs; the
# shared library exports its own functions alone, and loads into a python3 that has its own OpenSSL in memory.
set -euo pipefail
build=$1
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$(dirname "$0")/../.."
for library in libghostvm.so libghostvm.a; do
    [ -f "$build/$library" ] || { echo "library: $build/$library is not built (a sanitizer build?)"; exit 77; }
done
cmake --install "$build" --prefix "$work" >/dev/null
export PKG_CONFIG_PATH=$work/lib/pkgconfig LD_LIBRARY_PATH=$work/lib

[ "$(find "$work/include/ghostvm" -name '*.h' | wc -l)" -ge 1 ]
cc -std=c99 -Wall -Wextra -Werror examples/embed.c $(pkg-config --cflags --libs ghostvm) -o "$work/embed"
"$work/embed"

foreign=$(nm -D --defined-only "$work/lib/libghostvm.so" | awk '$2 ~ /[TDBRVW]/ {print $3}' | grep -v '^gvm_' || true)
[ -z "$foreign" ] || { echo "library: exports that are not ours: $foreign"; exit 1; }

python3 - "$work/lib/libghostvm.so" <<'PY'
import ctypes, hashlib, ssl, sys
lib = ctypes.CDLL(sys.argv[1])
ssl.create_default_context()
out = ctypes.create_string_buffer(32)
lib.gvm_lib_keccak256(out, b"", 0)
assert out.raw.hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470", out.raw.hex()
ledger = ctypes.c_void_p()
assert lib.gvm_ledger_open(ctypes.byref(ledger), None, None, 0) == 0
# The SHA-256 precompile runs our OpenSSL while python's own is loaded.
class Params(ctypes.Structure):
    _fields_ = [("fork", ctypes.c_char_p), ("kind", ctypes.c_int), ("sender", ctypes.c_uint8 * 20),
                ("to", ctypes.c_uint8 * 20), ("value", ctypes.c_uint8 * 32), ("gas", ctypes.c_int64),
                ("input", ctypes.c_char_p), ("input_size", ctypes.c_size_t), ("chain_id", ctypes.c_uint64),
                ("number", ctypes.c_uint64), ("timestamp", ctypes.c_uint64), ("gas_limit", ctypes.c_uint64),
                ("coinbase", ctypes.c_uint8 * 20), ("prev_randao", ctypes.c_uint8 * 32),
                ("base_fee", ctypes.c_uint8 * 32), ("gas_price", ctypes.c_uint8 * 32)]
class Result(ctypes.Structure):
    _fields_ = [("status_code", ctypes.c_int), ("status_text", ctypes.c_char_p), ("gas_left", ctypes.c_int64),
                ("gas_refund", ctypes.c_int64), ("output", ctypes.POINTER(ctypes.c_uint8)),
                ("output_size", ctypes.c_size_t), ("created", ctypes.c_uint8 * 20), ("logs", ctypes.c_void_p),
                ("log_count", ctypes.c_size_t)]
p, r = Params(), Result()
p.to[19], p.gas, p.input, p.input_size = 2, 100000, b"ghost", 5
assert lib.gvm_ledger_execute(ledger, ctypes.byref(p), ctypes.byref(r)) == 0
assert bytes(r.output[:32]) == hashlib.sha256(b"ghost").digest()
lib.gvm_ledger_close(ledger)
print("library: loads beside", ssl.OPENSSL_VERSION)
PY
