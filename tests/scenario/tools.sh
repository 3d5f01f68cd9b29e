#!/usr/bin/env bash
# The commands of ghostvm against a development chain: what they print, as JSON and for people, what they refuse, and
# their exit codes. Known addresses, keys, hashes and gas figures are those of the usual test mnemonic, of Ethereum's
# specifications and of its own examples.
set -uo pipefail
cd "$(dirname "$0")/../.."
build=$(cd "${1:-build}" && pwd)
command -v python3 >/dev/null || { echo 'tools: skipped, python3 is absent'; exit 77; }
exec python3 tests/scenario/support/tools.py "$build"
