#!/usr/bin/env bash
# WebAssembly contracts from nothing: the guide's commands as written, then every template in C and in
# AssemblyScript, built by `ghostvm wasm build` and used on a devnet by viem and ethers.
set -euo pipefail
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
for tool in npm clang wasm-ld; do
    command -v $tool >/dev/null || { echo "wasm_contracts: skipped, $tool is not installed"; exit 77; }
done
work=$build/wasm_contracts
. "$root/tests/wasm/setup.sh"
wasm_npm "$root" "$work" wasm_contracts
export PATH=$build:$PATH

for language in c assemblyscript; do
    for template in counter erc20 erc721 multisig caller; do
        rm -rf "$work/src/$template" && mkdir -p "$work/src"
        cp -r "$root/contracts/templates/$language/$template" "$work/src/$template"
        ghostvm wasm build --sdk "$root/contracts/sdk" --out "$work/$language" "$work/src/$template" >"$work/build.log" 2>&1 ||
            { cat "$work/build.log"; exit 1; }
    done
    echo "wasm_contracts: built $language: $(cd "$work/$language" && stat -c '%n %s' ./*.wasm | grep -v debug | sed 's|^./||' | tr '\n' ' ')"
done

wasm_node "$work"
cd "$work"
for language in c assemblyscript; do
    timeout 240 node templates.mjs "$url" $language "$work/$language" "$root/contracts/tour/Token.json" ||
        { tail -20 "$work/node.log"; exit 1; }
done
wasm_node_stop

if [ -f "$root/docs/wasm-contracts.md" ]; then
    wasm_node "$work"
    export GHOSTVM=$root GHOSTVM_RPC_URL=$url
    rm -rf "$work/guide" && mkdir -p "$work/guide/node_modules" && cd "$work/guide"
    awk '/^```sh$/{on=1; next} /^```$/{on=0} on' "$root/docs/wasm-contracts.md" >"$work/guide.sh"
    timeout 240 bash -euo pipefail -x "$work/guide.sh" >"$work/guide.log" 2>&1 ||
        { tail -40 "$work/guide.log"; echo "wasm_contracts: a command of docs/wasm-contracts.md failed"; exit 1; }
    echo "wasm_contracts: the commands of docs/wasm-contracts.md run as written"
fi
