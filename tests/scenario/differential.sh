#!/usr/bin/env bash
# The same contracts in Solidity, AssemblyScript and C under the same random transactions; Solidity's also under geth.
#
#   tests/scenario/differential.sh build                 a thousand transactions
#   ROUNDS=200 SEED=1 tests/scenario/differential.sh build    the long form: ROUNDS times a thousand, seeds counted up
set -euo pipefail
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
for tool in npm clang wasm-ld; do
    command -v $tool >/dev/null || { echo "differential: skipped, $tool is not installed"; exit 77; }
done
work=$build/differential
. "$root/tests/wasm/setup.sh"
wasm_npm "$root" "$work" differential
export PATH=$build:$PATH
evm=${GETH_EVM:-$(command -v evm || true)}

for language in c assemblyscript; do
    rm -rf "$work/src" && mkdir -p "$work/src"
    cp -r "$root/contracts/templates/$language/erc20" "$root/contracts/differential/$language"/* "$work/src"
    for contract in erc20 pair registry recursive; do
        ghostvm wasm build --sdk "$root/contracts/sdk" --out "$work/built/$language" "$work/src/$contract" >"$work/build.log" 2>&1 ||
            { cat "$work/build.log"; exit 1; }
    done
done

# Cancun: what geth's evm runs from a plain allocation, so that gas can be compared as well.
wasm_node "$work" --hardfork cancun
cd "$work"
node differential.mjs --url "$url" --contracts "$root/contracts/differential" --built "$work/built" --work "$work" \
    --seed "${SEED:-1}" --count "${COUNT:-1000}" --rounds "${ROUNDS:-$([ -n "${GVM_FULL:-}" ] && echo 20 || echo 1)}" ${evm:+--evm "$evm"} ||
    { tail -20 node.log; exit 1; }
