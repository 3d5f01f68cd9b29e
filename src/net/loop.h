/* The node's event loop: one thread that owns all sockets and timers, a few worker threads beside
 * it, and the two ways between them. A thin face over libuv; the workers are ours, so that their
 * number, their stacks and their start (with the first piece of work, not with the node) are known.
 *
 *     gvm_loop_executor(loop).work(task)   any thread -> a worker
 *     gvm_loop_executor(loop).post(task)   any thread -> the loop's thread, in order
 *
 * All functions belong to the loop's thread but those that say otherwise. */
#ifndef GVM_NET_LOOP_H
#define GVM_NET_LOOP_H

#include "base/status.h"
#include "net/task.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

typedef struct gvm_loop gvm_loop;
typedef struct gvm_timer gvm_timer;

#define GVM_LOOP_WORKER_STACK ((size_t)8 << 20)

/* `workers`: threads, 0 for as many as processors (at most 16). GVM_ERR_NOMEM, GVM_ERR_IO. */
GVM_NODISCARD gvm_status gvm_loop_new(gvm_loop **out, unsigned workers);
/* Waits for the workers to finish what they run; queued work that has not begun is run too. Timers,
 * servers and signals must have been deleted. */
void gvm_loop_delete(gvm_loop *loop);
/* Runs until gvm_loop_stop. */
void gvm_loop_run(gvm_loop *loop);
/* Any thread, but not a signal handler. A stop before the run makes that run end at once. */
void gvm_loop_stop(gvm_loop *loop);
/* Waits for events at most until one was handled, or not at all: for tests and for shutting down.
 */
void gvm_loop_turn(gvm_loop *loop, bool wait);

/* Milliseconds of a steady clock, as of the current turn. */
uint64_t gvm_loop_now(const gvm_loop *loop);
gvm_executor gvm_loop_executor(gvm_loop *loop);
unsigned gvm_loop_workers(const gvm_loop *loop);
uv_loop_t *gvm_loop_uv(gvm_loop *loop);

/* A timer calls `fire` on the loop's thread. */
GVM_NODISCARD gvm_status gvm_timer_new(gvm_timer **out, gvm_loop *loop, void (*fire)(void *arg),
                                       void *arg);
/* Once after `ms`, then every `repeat_ms` where that is not 0. Starting again replaces. */
void gvm_timer_start(gvm_timer *timer, uint64_t ms, uint64_t repeat_ms);
void gvm_timer_stop(gvm_timer *timer);
/* NULL allowed; may be called from inside `fire`. */
void gvm_timer_delete(gvm_timer *timer);

/* Calls `fire` on the loop's thread for each signal of that number until the loop is deleted.
 * GVM_ERR_IO. */
GVM_NODISCARD gvm_status gvm_loop_on_signal(gvm_loop *loop, int number,
                                            void (*fire)(void *arg, int number), void *arg);

#endif
