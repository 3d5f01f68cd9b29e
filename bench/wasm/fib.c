/* Calls: fib(35), about 30 million of them. */
#include "common.h"

static __attribute__((noinline)) u32 fib(u32 n) {
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

BENCH(fib) {
    return fib(35);
}
