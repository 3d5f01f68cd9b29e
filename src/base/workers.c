#define _GNU_SOURCE
#include "base/workers.h"
#include "base/limits.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct task {
    void (*fn)(void *ctx);
    void *ctx;
} task;

struct gvm_workers {
    pthread_mutex_t lock;
    pthread_cond_t work, idle;
    task *queue; /* a ring */
    size_t head, count, room;
    size_t running;
    bool ending;
    unsigned threads;
    pthread_t handles[];
};

unsigned gvm_cores(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? (unsigned)n : 1;
}

static void *worker(void *arg) {
    gvm_workers *p = arg;
    (void)pthread_mutex_lock(&p->lock);
    for (;;) {
        while (p->count == 0 && !p->ending) (void)pthread_cond_wait(&p->work, &p->lock);
        if (p->count == 0) break;
        task t = p->queue[p->head];
        p->head = (p->head + 1) % p->room;
        p->count--;
        p->running++;
        (void)pthread_mutex_unlock(&p->lock);
        t.fn(t.ctx);
        (void)pthread_mutex_lock(&p->lock);
        p->running--;
        if (p->running == 0 && p->count == 0) (void)pthread_cond_broadcast(&p->idle);
    }
    (void)pthread_mutex_unlock(&p->lock);
    return NULL;
}

gvm_status gvm_workers_new(gvm_workers **out, unsigned threads) {
    if (threads == 0) threads = gvm_cores();
    *out = NULL;
    gvm_workers *p = calloc(1, sizeof *p + threads * sizeof p->handles[0]);
    if (p == NULL) return GVM_ERR_NOMEM;
    p->room = 64;
    p->queue = malloc(p->room * sizeof *p->queue);
    if (p->queue == NULL) {
        free(p);
        return GVM_ERR_NOMEM;
    }
    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_cond_init(&p->work, NULL);
    (void)pthread_cond_init(&p->idle, NULL);
    for (; p->threads < threads; p->threads++) {
        if (pthread_create(&p->handles[p->threads], NULL, worker, p) != 0) {
            gvm_workers_delete(p);
            return GVM_ERR_LIMIT;
        }
    }
    *out = p;
    return GVM_OK;
}

void gvm_workers_delete(gvm_workers *p) {
    if (p == NULL) return;
    (void)pthread_mutex_lock(&p->lock);
    p->ending = true;
    (void)pthread_cond_broadcast(&p->work);
    (void)pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->threads; i++) (void)pthread_join(p->handles[i], NULL);
    (void)pthread_cond_destroy(&p->work);
    (void)pthread_cond_destroy(&p->idle);
    (void)pthread_mutex_destroy(&p->lock);
    free(p->queue);
    free(p);
}

unsigned gvm_workers_threads(const gvm_workers *p) {
    return p == NULL ? 0 : p->threads;
}

static gvm_status enqueue(gvm_workers *p, task t) {
    if (p->count == GVM_WORKERS_QUEUE_MAX) return GVM_ERR_LIMIT;
    if (p->count == p->room) {
        task *grown = malloc(2 * p->room * sizeof *grown);
        if (grown == NULL) return GVM_ERR_NOMEM;
        for (size_t i = 0; i < p->count; i++) grown[i] = p->queue[(p->head + i) % p->room];
        free(p->queue);
        p->queue = grown;
        p->head = 0;
        p->room *= 2;
    }
    p->queue[(p->head + p->count++) % p->room] = t;
    (void)pthread_cond_signal(&p->work);
    return GVM_OK;
}

gvm_status gvm_workers_submit(gvm_workers *p, void (*fn)(void *ctx), void *ctx) {
    (void)pthread_mutex_lock(&p->lock);
    gvm_status status = enqueue(p, (task){fn, ctx});
    (void)pthread_mutex_unlock(&p->lock);
    return status;
}

void gvm_workers_wait(gvm_workers *p) {
    (void)pthread_mutex_lock(&p->lock);
    while (p->count > 0 || p->running > 0) (void)pthread_cond_wait(&p->idle, &p->lock);
    (void)pthread_mutex_unlock(&p->lock);
}

/* A loop lives on the heap until its last helper has let go: a helper may be taken off the queue
 * long after the loop has ended, and then finds nothing left to do. */
typedef struct loop {
    void (*fn)(void *ctx, size_t from, size_t to, unsigned lane);
    void *ctx;
    size_t count, grain;
    _Atomic size_t next, done;
    _Atomic unsigned lanes, holders;
    pthread_mutex_t lock;
    pthread_cond_t finished;
} loop;

static void let_go(loop *l) {
    if (atomic_fetch_sub(&l->holders, 1) != 1) return;
    (void)pthread_mutex_destroy(&l->lock);
    (void)pthread_cond_destroy(&l->finished);
    free(l);
}

static void take_pieces(loop *l) {
    unsigned lane = 0;
    bool has_lane = false;
    for (;;) {
        size_t from = atomic_fetch_add(&l->next, l->grain);
        if (from >= l->count) return;
        if (!has_lane) lane = atomic_fetch_add(&l->lanes, 1);
        has_lane = true;
        size_t to = l->count - from < l->grain ? l->count : from + l->grain;
        l->fn(l->ctx, from, to, lane);
        if (atomic_fetch_add(&l->done, to - from) + (to - from) == l->count) {
            (void)pthread_mutex_lock(&l->lock);
            (void)pthread_cond_broadcast(&l->finished);
            (void)pthread_mutex_unlock(&l->lock);
        }
    }
}

static void help(void *ctx) {
    take_pieces(ctx);
    let_go(ctx);
}

void gvm_workers_for(gvm_workers *p, size_t count, size_t grain,
                     void (*fn)(void *ctx, size_t from, size_t to, unsigned lane), void *ctx) {
    if (count == 0) return;
    unsigned threads = gvm_workers_threads(p);
    if (grain == 0) grain = count / (8 * ((size_t)threads + 1)) + 1;
    loop *l = threads == 0 || count <= grain ? NULL : calloc(1, sizeof *l);
    if (l == NULL) { /* also where memory is out: the work is done all the same */
        for (size_t from = 0; from < count; from += grain) {
            fn(ctx, from, count - from < grain ? count : from + grain, 0);
            if (count - from < grain) break;
        }
        return;
    }
    l->fn = fn;
    l->ctx = ctx;
    l->count = count;
    l->grain = grain;
    l->holders = 1;
    (void)pthread_mutex_init(&l->lock, NULL);
    (void)pthread_cond_init(&l->finished, NULL);
    size_t pieces = (count - 1) / grain;
    for (unsigned i = 0; i < threads && i < pieces; i++) {
        (void)atomic_fetch_add(&l->holders, 1);
        if (gvm_workers_submit(p, help, l) != GVM_OK) {
            let_go(l);
            break;
        }
    }
    take_pieces(l);
    (void)pthread_mutex_lock(&l->lock);
    while (l->done != count) (void)pthread_cond_wait(&l->finished, &l->lock);
    (void)pthread_mutex_unlock(&l->lock);
    let_go(l);
}
