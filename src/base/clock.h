/* Time comes in by a clock that is handed in, so that a simulation can be the one who says what
 * time it is. All times are nanoseconds in 64 bits: since 1970 UTC for the wall, since some fixed
 * point for the monotonic clock. */
#ifndef GVM_BASE_CLOCK_H
#define GVM_BASE_CLOCK_H

#include <stdint.h>

#define GVM_SECOND      UINT64_C(1000000000)
#define GVM_MILLISECOND UINT64_C(1000000)
#define GVM_MICROSECOND UINT64_C(1000)

typedef struct gvm_clock {
    uint64_t (*wall)(void *ctx);      /* may jump when somebody sets it */
    uint64_t (*monotonic)(void *ctx); /* never goes back: for intervals */
    void *ctx;
} gvm_clock;

/* The operating system's clocks; safe from any thread. */
extern const gvm_clock gvm_clock_os;

static inline uint64_t gvm_clock_wall(const gvm_clock *c) {
    return c->wall(c->ctx);
}
static inline uint64_t gvm_clock_seconds(const gvm_clock *c) {
    return c->wall(c->ctx) / GVM_SECOND;
}
static inline uint64_t gvm_clock_monotonic(const gvm_clock *c) {
    return c->monotonic(c->ctx);
}

/* A clock that stands until it is moved. One thread at a time. */
typedef struct gvm_clock_sim {
    uint64_t wall, monotonic;
} gvm_clock_sim;

gvm_clock gvm_clock_simulated(gvm_clock_sim *sim);
/* Time passes: both move on. */
void gvm_clock_sim_advance(gvm_clock_sim *sim, uint64_t ns);

#endif
