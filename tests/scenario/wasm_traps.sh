#!/usr/bin/env bash
# The WebAssembly core with guard pages in place of comparisons: its unit tests, the specification's suite, and the
# library inside a program that knows nothing of it (python3, which has handlers and threads of its own).
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build}
export GVM_WASM_TRAPS=1
"$build/tests/unit_wasm_test" 2>&1 | tail -1 || { [ "${PIPESTATUS[0]}" = 77 ] && echo "no guard pages here" && exit 77; exit 1; }
"$build/tests/conformance_wasm_spec_test" || [ $? = 77 ]
python3 tests/scenario/support/wasm_traps.py "$build/libghostvm-wasm.so"
