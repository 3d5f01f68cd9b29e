#!/usr/bin/env bash
# A floor includes only floors below it, and the chain wing and the net wing do not know each other.
# Also inside vm/: the wasm core stands on the emitter (jit) and base alone; engines know the host, the host knows no engine.
set -euo pipefail
cd "$(dirname "$0")/../.."

declare -A below=(
    [base]="base"
    [codec]="base codec crypto"
    [crypto]="base codec crypto"
    [store]="base codec crypto store"
    [trie]="base codec crypto store trie"
    [state]="base codec crypto store trie state"
    [vm]="base codec crypto store trie state vm"
    [system]="base codec crypto store trie state vm system"
    [exec]="base codec crypto store trie state vm system exec"
    [chain]="base codec crypto store trie state vm system exec chain"
    [net]="base codec crypto net"
    [service]="base codec crypto store trie state vm system exec chain net service"
    [api]="base codec crypto store trie state vm system exec chain api"
    [app]="base codec crypto store trie state vm system exec chain net service app"
)

bad=0
complain() { printf 'floors: %s\n' "$*"; bad=1; }

while IFS=: read -r file line include; do
    floor=${file#src/}; floor=${floor%%/*}
    target=$(sed -E 's/.*"([^"]+)".*/\1/' <<<"$include")
    to=${target%%/*}
    [ -n "${below[$floor]+x}" ] || { complain "$file: no floor is called $floor"; continue; }
    [ -n "${below[$to]+x}" ] || continue # a system header in quotes, or one of the public interface
    [[ " ${below[$floor]} " == *" $to "* ]] || complain "$file:$line includes $target, which is above"
    case $file in
    src/vm/jit/*) [[ $target == base/* || $target == vm/jit/* ]] || complain "$file:$line: the emitter includes $target" ;;
    src/vm/wasm/*) [[ $target == base/* || $target == vm/wasm/* || $target == vm/jit/* ]] ||
        complain "$file:$line: the wasm core includes $target" ;;
    src/vm/*/*) ;;
    src/vm/*) [[ $target == vm/*/* ]] && complain "$file:$line: the machine room includes the engine $target" ;;
    esac
done < <(grep -rnE '^#include "' src --include='*.c' --include='*.h' --include='*.inc')

[ $bad = 0 ] && printf 'floors: every include goes down\n'
exit $bad
