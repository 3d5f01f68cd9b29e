# The commands of the project; CMake does the work. Each installs what it needs first (scripts/setup).
BUILD := build
PRESET ?= release

.PHONY: help build run test test-full bench fuzz install format clean
help:
	@echo 'make build      release programs under build/'
	@echo 'make run        start a devnet, show a short tour, stay up (ONCE=1 ends after the tour)'
	@echo 'make test       everything that CI runs'
	@echo 'make test-full  all vectors and long forms, sanitizers included'
	@echo 'make bench      ratios against the peers that are installed'
	@echo 'make fuzz       every fuzz target for FUZZ_SECONDS (default 60) each'
	@echo 'make install    programs, library, headers (PREFIX, DESTDIR)'
	@echo 'make format     clang-format over the tree'

build:
	@scripts/setup
	@cmake --preset release -DGVM_TESTS=OFF >/dev/null
	@cmake --build $(BUILD)

run: build
	@scripts/tour

test:
	@scripts/test

test-full:
	@scripts/test --full

bench:
	@scripts/bench

fuzz:
	@scripts/fuzz $(FUZZ_SECONDS)

PREFIX ?= /usr/local
install: build
	@cmake --install $(BUILD) --prefix $(PREFIX)

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean:
	@rm -rf build
