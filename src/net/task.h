/* A piece of work that travels between threads. The node is embedded in what it belongs to, so that
 * handing work over never allocates and never fails. */
#ifndef GVM_NET_TASK_H
#define GVM_NET_TASK_H

typedef struct gvm_task {
    struct gvm_task *next; /* the queue's own */
    void (*run)(void *arg);
    void *arg;
} gvm_task;

/* Where work runs. Both functions may be called from any thread; a task may be queued again once
 * its `run` has begun. work   runs the task soon on some worker thread post   runs the task soon on
 * the loop's thread, in the order of posting */
typedef struct gvm_executor {
    void *ctx;
    void (*work)(void *ctx, gvm_task *task);
    void (*post)(void *ctx, gvm_task *task);
} gvm_executor;

#endif
