# For the scenarios with WebAssembly contracts: npm's packages and a node. To be sourced.

# wasm_npm ROOT WORK NAME: installs what package.json names into WORK, once, and copies the scripts there. Ends the
# test (77) where npm cannot.
wasm_npm() {
    local from=$1/tests/wasm work=$2
    mkdir -p "$work"
    if ! cmp -s "$from/package.json" "$work/package.json" || [ ! -d "$work/node_modules/viem" ]; then
        cp "$from/package.json" "$work/"
        (cd "$work" && npm install --no-audit --no-fund --no-package-lock --loglevel=error >npm.log 2>&1) ||
            { rm -f "$work/package.json"; echo "$3: skipped, npm could not install: $(tail -1 "$work/npm.log")"; exit 77; }
    fi
    cp "$from"/*.mjs "$work/"
}

# wasm_node WORK [OPTIONS…]: starts a devnet; $url is where it listens.
wasm_node() {
    local work=$1
    shift
    : >"$work/node.log" # not what an earlier node said
    ghostd --dev --port 0 --log-level warn "$@" >>"$work/node.log" 2>&1 & node=$!
    trap wasm_node_stop EXIT
    for _ in $(seq 100); do
        url=$(sed -n 's/^Listening on //p' "$work/node.log"); [ -n "$url" ] && return
        kill -0 $node 2>/dev/null || { cat "$work/node.log"; exit 1; }
        sleep 0.05
    done
    cat "$work/node.log"
    exit 1
}
wasm_node_stop() {
    kill $node 2>/dev/null || true
    wait $node 2>/dev/null || true
    trap - EXIT
}
