/* What the benchmark programs share. Each is one C file, built for wasm32 by scripts/wasm-bench
 * and, with BENCH_NATIVE, for this machine; each exports run(), which does the whole work and
 * returns a sum of its results. */
#ifndef BENCH_WASM_COMMON_H
#define BENCH_WASM_COMMON_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#ifdef BENCH_NATIVE
#define BENCH(name)         \
    u32 bench_##name(void); \
    u32 bench_##name(void)
#else
#define BENCH(name) __attribute__((export_name("run"))) u32 run(void)
#endif

#endif
