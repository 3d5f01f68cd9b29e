#!/usr/bin/env bash
# The planted faults of the WebAssembly core still apply to the code: a fault that does not is one that nobody hunts.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v patch >/dev/null || { echo "wasm_faults: no patch"; exit 77; }
scripts/wasm-faults --check
echo "$(find tests/faults/wasm -name '*.patch' | wc -l) faults apply"
