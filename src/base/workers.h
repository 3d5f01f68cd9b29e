/* A pool of worker threads: tasks in the order of their coming, and loops shared out among all
 * workers.
 *
 * A loop hands out pieces by one atomic counter and the caller works along, so it also makes
 * progress when every worker is busy, and may be started from within a task. The results of a task
 * or a loop are visible to whoever waited for it. */
#ifndef GVM_BASE_WORKERS_H
#define GVM_BASE_WORKERS_H

#include "base/status.h"

typedef struct gvm_workers gvm_workers;

/* How many threads can run at once on this machine (affinity and container limits included), at
 * least 1. */
unsigned gvm_cores(void);

/* `threads` workers; 0 for as many as gvm_cores. GVM_ERR_NOMEM, GVM_ERR_LIMIT (no more threads). */
GVM_NODISCARD gvm_status gvm_workers_new(gvm_workers **out, unsigned threads);
/* Finishes what was submitted, then ends the workers. NULL is allowed. Not from within a task. */
void gvm_workers_delete(gvm_workers *p);
unsigned gvm_workers_threads(const gvm_workers *p);

/* Runs fn(ctx) on a worker. GVM_ERR_LIMIT where GVM_WORKERS_QUEUE_MAX tasks wait already. */
GVM_NODISCARD gvm_status gvm_workers_submit(gvm_workers *p, void (*fn)(void *ctx), void *ctx);
/* Returns when no submitted task waits or runs. Not from within a task. */
void gvm_workers_wait(gvm_workers *p);

/* Calls fn(ctx, from, to, lane) for pieces of at most `grain` (0: chosen) that together cover [0,
 * count), and returns when all have returned. `lane` is below gvm_workers_threads(p) + 1 and used
 * by one thread at a time: for each thread's own memory. With p == NULL everything runs in the
 * caller, in lane 0. */
void gvm_workers_for(gvm_workers *p, size_t count, size_t grain,
                     void (*fn)(void *ctx, size_t from, size_t to, unsigned lane), void *ctx);

#endif
