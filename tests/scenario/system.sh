#!/usr/bin/env bash
# System contracts against unmodified ethers and solc from npm.
set -euo pipefail
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root/tests/clients"
command -v npm >/dev/null || { echo "system: skipped, npm is not installed"; exit 77; }
work=$build/clients; mkdir -p "$work"
exec 9>"$work.lock"; flock 9
if ! cmp -s package.json "$work/package.json" || [ ! -d "$work/node_modules/ethers" ]; then
    cp package.json "$work/"
    (cd "$work" && npm install --no-audit --no-fund --no-package-lock --loglevel=error >npm.log 2>&1) ||
        { rm -f "$work/package.json"; echo "system: skipped, npm could not install: $(tail -1 "$work/npm.log")"; exit 77; }
fi
flock -u 9
cp system.mjs "$work/"
: >"$work/system.log"
"$build/ghostd" --dev --port 0 >"$work/system.log" 2>&1 & node=$!
trap 'kill $node 2>/dev/null; wait $node 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    url=$(sed -n 's/^Listening on //p' "$work/system.log"); [ -n "$url" ] && break
    kill -0 $node 2>/dev/null || { cat "$work/system.log"; exit 1; }
    sleep 0.05
done
cd "$work"
timeout 240 node system.mjs "$url" "$root" "$build/ghostvm" || { tail -20 system.log; exit 1; }
