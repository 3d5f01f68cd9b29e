#!/usr/bin/env bash
# The tour that `make run` shows: every step of it must succeed, also where its first port is taken.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build}
out=$(mktemp)
trap 'rm -f "$out"; [ -z "${taker:-}" ] || kill "$taker" 2>/dev/null || true' EXIT

fail() { cat "$out"; printf 'tour: %s\n' "$*"; exit 1; }

# Somebody else has the first port.
python3 - >"$out.port" <<'PY' &
import socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
print(s.getsockname()[1], flush=True); time.sleep(120)
PY
taker=$!
for _ in $(seq 100); do [ -s "$out.port" ] && break; sleep 0.05; done
port=$(cat "$out.port"); rm -f "$out.port"

ONCE=1 BUILD=$build PORT=$port GHOSTVM_FROM=0x00 scripts/tour >"$out" 2>&1 || fail "ended with $?"
grep -q "Port $port is taken" "$out" || fail "did not say that its port is taken"
grep -qE 'All [0-9]+ steps did what they should' "$out" || fail "did not say that all went well"
grep -q $'\e' "$out" && fail "colours where there is no terminal"

# It has teeth: with a tool that answers nothing it fails.
fake=$(mktemp -d)
cp "$build/ghostd" "$fake/ghostd"
printf '#!/bin/sh\nexit 0\n' >"$fake/ghostvm"
chmod +x "$fake/ghostvm"
if ONCE=1 BUILD=$fake PORT=$port scripts/tour >"$out" 2>&1; then rm -rf "$fake"; fail "passed without a tool"; fi
rm -rf "$fake"
printf 'tour: passed\n'
