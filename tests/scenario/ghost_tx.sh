#!/usr/bin/env bash
# Transactions of type 0x47 from JavaScript: sdk/js against the node's encoder, then against a running node, whose blocks
# unmodified ethers and viem read.
set -euo pipefail
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
command -v npm >/dev/null || { echo "ghost_tx: skipped, npm is not installed"; exit 77; }
work=$build/ghost_tx; mkdir -p "$work"
cat >"$work/package.json.new" <<'JSON'
{ "name": "ghostvm-tx-tests", "private": true, "type": "module",
  "dependencies": { "@noble/curves": "2.4.0", "@noble/hashes": "2.4.0", "@noble/post-quantum": "0.7.1",
                    "ethers": "6.17.0", "viem": "2.40.0" } }
JSON
if ! cmp -s "$work/package.json.new" "$work/package.json" || [ ! -d "$work/node_modules/viem" ]; then
    cp "$work/package.json.new" "$work/package.json"
    (cd "$work" && npm install --no-audit --no-fund --no-package-lock --loglevel=error >npm.log 2>&1) ||
        { rm -f "$work/package.json"; echo "ghost_tx: skipped, npm could not install: $(tail -1 "$work/npm.log")"; exit 77; }
fi
rm -rf "$work/src" "$work/test"
cp -r "$root/sdk/js/src" "$root/sdk/js/test" "$work/"
cd "$work"
GHOSTVM=$build/ghostvm GHOST_VECTORS=$root/tests/support/ghost_tx_vectors.json node --test test/*.test.js >test.log 2>&1 ||
    { cat test.log; exit 1; }
grep -E '^# (pass|fail|skipped)' test.log
"$build/ghostd" --dev --port 0 >node.log 2>&1 & node=$!
trap 'kill $node 2>/dev/null; wait $node 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    url=$(sed -n 's/^Listening on //p' node.log); [ -n "$url" ] && break
    kill -0 $node 2>/dev/null || { cat node.log; exit 1; }
    sleep 0.05
done
timeout 120 node test/node.mjs "$url" || { tail -20 node.log; exit 1; }
