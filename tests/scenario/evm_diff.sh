#!/bin/sh
# Traces of random programs, line by line against geth's `evm` (skipped where that is not installed).
exec scripts/fuzz-evm-diff --ghostvm "$1/ghostvm" --count 60 --seed "${EVM_DIFF_SEED:-1}" --keep "$1"
