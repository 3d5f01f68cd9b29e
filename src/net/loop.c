#include "net/loop.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#define MAX_WORKERS 16

typedef struct task_queue {
    gvm_task *first, *last;
} task_queue;

typedef struct signal_watch {
    uv_signal_t uv;
    struct signal_watch *next;
    void (*fire)(void *arg, int number);
    void *arg;
} signal_watch;

struct gvm_loop {
    uv_loop_t uv;
    uv_async_t wake;
    pthread_mutex_t lock; /* of everything below */
    pthread_cond_t more;
    task_queue posted, work;
    bool stopping, ending;
    size_t queued; /* in work */
    unsigned idle, running, workers;
    pthread_t threads[MAX_WORKERS];
    signal_watch *signals; /* the loop's thread */
};

struct gvm_timer {
    uv_timer_t uv;
    void (*fire)(void *arg);
    void *arg;
};

static void push(task_queue *q, gvm_task *task) {
    task->next = NULL;
    *(q->last == NULL ? &q->first : &q->last->next) = task;
    q->last = task;
}

static gvm_task *pop(task_queue *q) {
    gvm_task *task = q->first;
    if (task != NULL) {
        q->first = task->next;
        if (q->first == NULL) q->last = NULL;
    }
    return task;
}

/* ---- from anywhere to the loop */

static void on_wake(uv_async_t *wake) {
    gvm_loop *loop = wake->data;
    pthread_mutex_lock(&loop->lock);
    task_queue batch = loop->posted;
    loop->posted = (task_queue){0};
    bool stop = loop->stopping;
    pthread_mutex_unlock(&loop->lock);
    for (gvm_task *task; (task = pop(&batch)) != NULL;) task->run(task->arg);
    if (stop) uv_stop(&loop->uv);
}

static void post(void *ctx, gvm_task *task) {
    gvm_loop *loop = ctx;
    pthread_mutex_lock(&loop->lock);
    bool first = loop->posted.first == NULL;
    push(&loop->posted, task);
    pthread_mutex_unlock(&loop->lock);
    if (first) uv_async_send(&loop->wake);
}

void gvm_loop_stop(gvm_loop *loop) {
    pthread_mutex_lock(&loop->lock);
    loop->stopping = true;
    pthread_mutex_unlock(&loop->lock);
    uv_async_send(&loop->wake);
}

/* ---- from anywhere to a worker */

static void *worker(void *arg) {
    gvm_loop *loop = arg;
    pthread_mutex_lock(&loop->lock);
    for (;;) {
        gvm_task *task = pop(&loop->work);
        if (task != NULL) {
            loop->queued--;
            pthread_mutex_unlock(&loop->lock);
            task->run(task->arg);
            pthread_mutex_lock(&loop->lock);
        } else if (loop->ending) {
            break;
        } else {
            loop->idle++;
            pthread_cond_wait(&loop->more, &loop->lock);
            loop->idle--;
        }
    }
    pthread_mutex_unlock(&loop->lock);
    return NULL;
}

static void start_worker(gvm_loop *loop) {
    pthread_attr_t attr;
    GVM_ASSERT(pthread_attr_init(&attr) == 0);
    (void)pthread_attr_setstacksize(&attr, GVM_LOOP_WORKER_STACK);
    sigset_t all,
        before; /* signals are the loop thread's business, but for a thread's own faults */
    (void)sigfillset(&all);
    (void)sigdelset(&all, SIGSEGV);
    (void)sigdelset(&all, SIGBUS);
    (void)sigdelset(&all, SIGILL);
    (void)sigdelset(&all, SIGFPE);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&loop->threads[loop->running], &attr, worker, loop) == 0) loop->running++;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attr);
}

static void run_here(gvm_loop *loop) {
    gvm_task *task = pop(&loop->work);
    loop->queued--;
    pthread_mutex_unlock(&loop->lock);
    task->run(task->arg);
    pthread_mutex_lock(&loop->lock);
}

static void work(void *ctx, gvm_task *task) {
    gvm_loop *loop = ctx;
    pthread_mutex_lock(&loop->lock);
    push(&loop->work, task);
    loop->queued++;
    if (loop->idle > 0) pthread_cond_signal(&loop->more);
    if (loop->queued > loop->idle && loop->running < loop->workers) start_worker(loop);
    if (loop->running == 0) run_here(loop); /* no thread to be had: slow beats never */
    pthread_mutex_unlock(&loop->lock);
}

gvm_executor gvm_loop_executor(gvm_loop *loop) {
    return (gvm_executor){loop, work, post};
}

/* ---- the loop */

gvm_status gvm_loop_new(gvm_loop **out, unsigned workers) {
    gvm_loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL) return GVM_ERR_NOMEM;
    if (workers == 0) workers = uv_available_parallelism();
    loop->workers = workers < MAX_WORKERS ? workers : MAX_WORKERS;
    if (pthread_mutex_init(&loop->lock, NULL) != 0) goto fail_lock;
    if (pthread_cond_init(&loop->more, NULL) != 0) goto fail_cond;
    if (uv_loop_init(&loop->uv) != 0) goto fail_loop;
    if (uv_async_init(&loop->uv, &loop->wake, on_wake) != 0) goto fail_async;
    loop->wake.data = loop;
    *out = loop;
    return GVM_OK;
fail_async:
    (void)uv_loop_close(&loop->uv);
fail_loop:
    (void)pthread_cond_destroy(&loop->more);
fail_cond:
    (void)pthread_mutex_destroy(&loop->lock);
fail_lock:
    free(loop);
    return GVM_ERR_IO;
}

static void on_signal_closed(uv_handle_t *handle) {
    free((signal_watch *)handle);
}

void gvm_loop_delete(gvm_loop *loop) {
    if (loop == NULL) return;
    pthread_mutex_lock(&loop->lock);
    loop->ending = true;
    pthread_cond_broadcast(&loop->more);
    unsigned running = loop->running;
    pthread_mutex_unlock(&loop->lock);
    for (unsigned i = 0; i < running; i++) (void)pthread_join(loop->threads[i], NULL);
    on_wake(&loop->wake); /* what the workers have handed back */
    while (loop->signals != NULL) {
        signal_watch *w = loop->signals;
        loop->signals = w->next;
        uv_close((uv_handle_t *)&w->uv, on_signal_closed);
    }
    uv_close((uv_handle_t *)&loop->wake, NULL);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    GVM_ASSERT(uv_loop_close(&loop->uv) == 0);
    (void)pthread_cond_destroy(&loop->more);
    (void)pthread_mutex_destroy(&loop->lock);
    free(loop);
}

void gvm_loop_run(gvm_loop *loop) {
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    pthread_mutex_lock(&loop->lock);
    loop->stopping = false;
    pthread_mutex_unlock(&loop->lock);
}

void gvm_loop_turn(gvm_loop *loop, bool wait) {
    (void)uv_run(&loop->uv, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
}

uint64_t gvm_loop_now(const gvm_loop *loop) {
    return uv_now(&loop->uv);
}

unsigned gvm_loop_workers(const gvm_loop *loop) {
    return loop->workers;
}

uv_loop_t *gvm_loop_uv(gvm_loop *loop) {
    return &loop->uv;
}

/* ---- timers and signals */

static void on_timer(uv_timer_t *uv) {
    gvm_timer *timer = uv->data;
    timer->fire(timer->arg);
}

gvm_status gvm_timer_new(gvm_timer **out, gvm_loop *loop, void (*fire)(void *arg), void *arg) {
    gvm_timer *timer = calloc(1, sizeof *timer);
    if (timer == NULL) return GVM_ERR_NOMEM;
    (void)uv_timer_init(&loop->uv, &timer->uv); /* cannot fail */
    timer->uv.data = timer;
    timer->fire = fire;
    timer->arg = arg;
    *out = timer;
    return GVM_OK;
}

void gvm_timer_start(gvm_timer *timer, uint64_t ms, uint64_t repeat_ms) {
    (void)uv_timer_start(&timer->uv, on_timer, ms, repeat_ms);
}

void gvm_timer_stop(gvm_timer *timer) {
    (void)uv_timer_stop(&timer->uv);
}

static void on_timer_closed(uv_handle_t *handle) {
    free(handle->data);
}

void gvm_timer_delete(gvm_timer *timer) {
    if (timer != NULL) uv_close((uv_handle_t *)&timer->uv, on_timer_closed);
}

static void on_signal(uv_signal_t *uv, int number) {
    signal_watch *w = uv->data;
    w->fire(w->arg, number);
}

gvm_status gvm_loop_on_signal(gvm_loop *loop, int number, void (*fire)(void *arg, int number),
                              void *arg) {
    signal_watch *w = calloc(1, sizeof *w);
    if (w == NULL) return GVM_ERR_NOMEM;
    w->fire = fire;
    w->arg = arg;
    w->uv.data = w;
    if (uv_signal_init(&loop->uv, &w->uv) != 0) {
        free(w);
        return GVM_ERR_IO;
    }
    w->next = loop->signals;
    loop->signals = w;
    return uv_signal_start(&w->uv, on_signal, number) == 0 ? GVM_OK : GVM_ERR_IO;
}
