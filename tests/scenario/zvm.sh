#!/usr/bin/env bash
# ghostvm zvm: what it prints, as JSON and for people, what it refuses, its exit codes; and the templates of
# contracts/templates/zvm on a development chain: deployed, called, traced, refused.
set -uo pipefail
cd "$(dirname "$0")/../.."
build=$(cd "${1:-build}" && pwd)
command -v python3 >/dev/null || { echo 'zvm: skipped, python3 is absent'; exit 77; }
exec python3 tests/scenario/support/zvm.py "$build"
