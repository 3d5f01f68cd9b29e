#!/usr/bin/env bash
# The node against unmodified clients from npm: ethers and cast, with contracts that people use.
set -euo pipefail
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/../clients"
command -v npm >/dev/null || { echo "clients: skipped, npm is not installed"; exit 77; }
work=$build/clients; mkdir -p "$work"
exec 9>"$work.lock"; flock 9 # other scenarios install there too
if ! cmp -s package.json "$work/package.json" || [ ! -d "$work/node_modules/ethers" ]; then
    cp package.json "$work/"
    (cd "$work" && npm install --no-audit --no-fund --no-package-lock --loglevel=error >npm.log 2>&1) ||
        { rm -f "$work/package.json"; echo "clients: skipped, npm could not install: $(tail -1 "$work/npm.log")"; exit 77; }
fi
flock -u 9
cp ./*.mjs "$work/"
: >"$work/node.log"
"$build/ghostd" --dev --port 0 >"$work/node.log" 2>&1 & node=$!
trap 'kill $node 2>/dev/null; wait $node 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    url=$(sed -n 's/^Listening on //p' "$work/node.log"); [ -n "$url" ] && break
    kill -0 $node 2>/dev/null || { cat "$work/node.log"; exit 1; }
    sleep 0.05
done
cd "$work"
for script in contracts tools blobs; do
    timeout 240 node $script.mjs "$url" || { tail -20 node.log; exit 1; }
done
