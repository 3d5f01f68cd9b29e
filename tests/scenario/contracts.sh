#!/usr/bin/env bash
# The committed results of the compiler are what it makes of the sources, byte for byte.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec contracts/compile --check
