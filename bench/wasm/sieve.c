/* Memory: the sieve of Eratosthenes up to 4 million. */
#include "common.h"

#define N 4000000
static u8 composite[N + 1];

BENCH(sieve) {
    u32 count = 0;
    for (u32 i = 0; i <= N; i++) composite[i] = 0;
    for (u32 i = 2; i <= N; i++) {
        if (composite[i]) continue;
        count++;
        for (u64 j = (u64)i * i; j <= N; j += i) composite[j] = 1;
    }
    return count;
}
