#include "base/clock.h"

#include <time.h>

static uint64_t now(clockid_t id) {
    struct timespec t;
    (void)clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * GVM_SECOND + (uint64_t)t.tv_nsec;
}

static uint64_t os_wall(void *ctx) {
    (void)ctx;
    return now(CLOCK_REALTIME);
}

static uint64_t os_monotonic(void *ctx) {
    (void)ctx;
    return now(CLOCK_MONOTONIC);
}

const gvm_clock gvm_clock_os = {os_wall, os_monotonic, 0};

static uint64_t sim_wall(void *ctx) {
    return ((const gvm_clock_sim *)ctx)->wall;
}

static uint64_t sim_monotonic(void *ctx) {
    return ((const gvm_clock_sim *)ctx)->monotonic;
}

gvm_clock gvm_clock_simulated(gvm_clock_sim *sim) {
    return (gvm_clock){sim_wall, sim_monotonic, sim};
}

void gvm_clock_sim_advance(gvm_clock_sim *sim, uint64_t ns) {
    sim->wall += ns;
    sim->monotonic += ns;
}
