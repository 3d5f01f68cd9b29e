#!/usr/bin/env bash
# ghostvm name, token and id against a development chain: registering (the chain's clock is moved past the minute that a
# commitment must ripen), records, transfers, what is refused, exit codes.
set -uo pipefail
cd "$(dirname "$0")/../.."
build=$(cd "${1:-build}" && pwd)
command -v python3 >/dev/null || { echo 'names: skipped, python3 is absent'; exit 77; }
exec python3 tests/scenario/support/names.py "$build"
