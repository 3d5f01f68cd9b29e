#!/usr/bin/env bash
# ghostvm wasm check, info, run, compile and ghostvm spectest: what they print, as JSON and for people, what they refuse,
# their exit codes; and that perf's and gdb's side of compiled code is understood by readelf and gdb.
set -uo pipefail
cd "$(dirname "$0")/../.."
build=$(cd "${1:-build}" && pwd)
command -v python3 >/dev/null || { echo 'wasm_tools: skipped, python3 is absent'; exit 77; }
exec python3 tests/scenario/support/wasm_tools.py "$build"
