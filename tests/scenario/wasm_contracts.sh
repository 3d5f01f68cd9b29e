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
export PATH=$build:$PATH GHOSTVM_SDK=$root/contracts/sdk

for language in c assemblyscript; do
    for template in counter erc20 erc721 multisig caller; do
        rm -rf "$work/src/$template" && mkdir -p "$work/src"
        cp -r "$root/contracts/templates/$language/$template" "$work/src/$template"
        ghostvm wasm build --sdk "$root/contracts/sdk" --out "$work/$language" "$work/src/$template" >"$work/build.log" 2>&1 ||
            { cat "$work/build.log"; exit 1; }
    done
    rm -rf "$work/src/numbers" && cp -r "$root/tests/wasm/numbers/$language/numbers" "$work/src/numbers"
    ghostvm wasm build --sdk "$root/contracts/sdk" --out "$work/$language" "$work/src/numbers" >/dev/null
    echo "wasm_contracts: built $language: $(cd "$work/$language" && stat -c '%n %s' ./*.wasm | grep -v debug | sed 's|^./||' | tr '\n' ' ')"
done

wasm_node "$work"
cd "$work"
for language in c assemblyscript; do
    timeout 240 node templates.mjs "$url" $language "$work/$language" "$root/contracts/tour/Token.json" ||
        { tail -20 "$work/node.log"; exit 1; }
    timeout 240 node numbers.mjs "$url" $language "$work/$language" || { tail -20 "$work/node.log"; exit 1; }
done

# One that no transaction can hold: staged in chunks.
export GHOSTVM_RPC_URL=$url
me=0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266
rm -rf "$work/src/big" && mkdir -p "$work/src/big"
node - "$work/src/big" <<'JS'
const [folder] = process.argv.slice(2), fs = require('fs'), { createHash } = require('crypto');
const bytes = Buffer.concat([...Array(3500).keys()].map(i => createHash('sha256').update(`${i}`).digest()));
fs.writeFileSync(`${folder}/big.c`, `#include <ghost.h>
#include "big.abi.h"
static const uint8_t data[] = {${[...bytes]}};
CONSTRUCTOR() { store_u256(slot(0), arg_u256(0)); }
METHOD(first) { return_u256(load_u256(slot(0))); }
METHOD(at) { return_u64(data[arg_uint(0, 64).w[0] % sizeof data]); }
`);
const number = name => ({ name, type: 'uint256' });
fs.writeFileSync(`${folder}/big.abi.json`, JSON.stringify([
    { type: 'constructor', inputs: [number('first')], stateMutability: 'nonpayable' },
    { type: 'function', name: 'first', inputs: [], outputs: [number('')], stateMutability: 'view' },
    { type: 'function', name: 'at', inputs: [number('i')], outputs: [number('')], stateMutability: 'view' }]));
fs.writeFileSync(`${folder}/last`, `${bytes.at(-1)}`);
JS
ghostvm wasm build --out "$work/c" "$work/src/big" >/dev/null
big=$(ghostvm wasm deploy --json --from $me "$work/c/big.wasm" 7 2>"$work/chunks.log" | sed -n 's/.*"contractAddress": "\(.*\)".*/\1/p')
[ "$(grep -c '^chunk' "$work/chunks.log")" = 2 ]
[ "$(ghostvm call "$big" 'first()(uint256)')" = 7 ]
[ "$(ghostvm call "$big" 'at(uint256)(uint256)' 111999)" = "$(cat "$work/src/big/last")" ]
echo "wasm_contracts: a module of $(stat -c %s "$work/c/big.wasm") bytes staged in two chunks and deployed"
wasm_node_stop

wasm_node "$work"
export GHOSTVM=$root GHOSTVM_RPC_URL=$url
rm -rf "$work/guide" && mkdir -p "$work/guide" && cd "$work/guide"
awk '/^```sh$/{on=1; next} /^```$/{on=0} on' "$root/docs/wasm-contracts.md" >"$work/guide.sh"
timeout 240 bash -euo pipefail -x "$work/guide.sh" >"$work/guide.log" 2>&1 ||
    { tail -40 "$work/guide.log"; echo "wasm_contracts: a command of docs/wasm-contracts.md failed"; exit 1; }
grep -q "TooMuch(4000,1000)" "$work/guide.log" && grep -q "A very good morning to all of you, Alice" "$work/guide.log" &&
    grep -q "^4600$" "$work/guide.log" && grep -q "^70n$" "$work/guide.log" ||
    { tail -60 "$work/guide.log"; echo "wasm_contracts: docs/wasm-contracts.md promises something else"; exit 1; }
echo "wasm_contracts: the commands of docs/wasm-contracts.md run as written"
