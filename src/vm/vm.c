/* The frames and the loop. A message becomes, at once, a result (refused, native code, no code) or
 * a frame on top; the loop runs the top frame until it ends or asks for a call. What a creation, a
 * revert or a failure means for state and gas is decided in finish(), for every engine alike. */
#include "vm/vm.h"

#include "crypto/keccak.h"
#include "vm/container.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define STACK_BYTES   (1024u * 32)
#define FRAME_COUNT   (GVM_CALL_DEPTH + 1)
#define MEMORY_KEPT   (256u << 10)
#define CODE_BYTE_GAS 200

struct gvm_frame_stack {
    gvm_frame frames[FRAME_COUNT];
    gvm_memory memories[FRAME_COUNT];
    gvm_buf calldatas[FRAME_COUNT];
    uint8_t *stacks; /* FRAME_COUNT * STACK_BYTES, reserved; touched only as deep as calls go */
    int32_t top;     /* depth of the running frame, -1: none */
    int32_t deepest; /* since the last trim */
};

static const struct {
    const char *name;
    int code;
    const char *text;
} outcomes[GVM_OUT_COUNT] = {
#define X(id, code_, text_) [GVM_OUT_##id] = {#id, code_, text_},
#include "vm/outcome.inc"
#undef X
};

int gvm_outcome_code(gvm_outcome o) {
    return outcomes[o].code;
}
const char *gvm_outcome_text(gvm_outcome o) {
    return outcomes[o].text;
}
const char *gvm_outcome_name(gvm_outcome o) {
    return outcomes[o].name;
}

bool gvm_memory_grow(gvm_memory *m, size_t len) {
    if (len <= m->len) return true;
    if (len > m->cap) {
        size_t cap = m->cap < 4096 ? 4096 : m->cap;
        while (cap < len) {
            if (__builtin_mul_overflow(cap, 2, &cap)) return false;
        }
        uint8_t *p = realloc(m->ptr, cap);
        if (p == NULL) return false;
        m->ptr = p;
        m->cap = cap;
    }
    memset(m->ptr + m->len, 0, len - m->len);
    m->len = len;
    return true;
}

gvm_status gvm_vm_init(gvm_vm *vm, gvm_state *state) {
    *vm = (gvm_vm){.state = state, .rules = gvm_rules_get(GVM_FORK_OSAKA)};
    struct gvm_frame_stack *fs = calloc(1, sizeof *fs);
    if (fs == NULL) return GVM_ERR_NOMEM;
    fs->stacks = mmap(NULL, (size_t)FRAME_COUNT * STACK_BYTES, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (fs->stacks == MAP_FAILED) {
        free(fs);
        return GVM_ERR_NOMEM;
    }
    fs->top = -1;
    vm->frames = fs;
    return GVM_OK;
}

void gvm_vm_free(gvm_vm *vm) {
    struct gvm_frame_stack *fs = vm->frames;
    if (fs != NULL) {
        for (size_t i = 0; i < FRAME_COUNT; i++) {
            free(fs->memories[i].ptr);
            gvm_buf_free(&fs->calldatas[i]);
        }
        (void)munmap(fs->stacks, (size_t)FRAME_COUNT * STACK_BYTES);
        free(fs);
    }
    gvm_wasm_engine.free(vm);
    gvm_buf_free(&vm->native_output);
    gvm_arena_free(&vm->scratch);
    *vm = (gvm_vm){0};
}

/* Gives back what an unusually large or deep transaction took. */
static void trim(struct gvm_frame_stack *fs) {
    for (int32_t i = 0; i <= fs->deepest; i++) {
        if (fs->memories[i].cap > (i < 16 ? MEMORY_KEPT : 4096)) {
            free(fs->memories[i].ptr);
            fs->memories[i] = (gvm_memory){0};
        }
        if (fs->calldatas[i].cap > 4096) gvm_buf_free(&fs->calldatas[i]);
    }
    if (fs->deepest >= 64)
        (void)madvise(fs->stacks + 64 * STACK_BYTES, (size_t)(fs->deepest - 63) * STACK_BYTES,
                      MADV_DONTNEED);
    fs->deepest = 0;
}

/* ---- engines */

/* By gvm_code_kind: which engine runs such code, and creations that bring it. NULL: none. */
static const gvm_engine *const engines[] = {
    [GVM_CODE_EVM] = &gvm_evm_engine,
    [GVM_CODE_WASM] = &gvm_wasm_engine,
    [GVM_CODE_WASM_ZSTD] = &gvm_wasm_engine,
    [GVM_CODE_ZVM] = &gvm_zvm_engine,
    [GVM_CODE_CHUNK] = NULL,
};

void gvm_vm_explain(gvm_frame *f, gvm_outcome outcome, const char *fmt, ...) {
    gvm_reason *r = &f->vm->reason;
    va_list args;
    va_start(args, fmt);
    r->outcome = outcome;
    r->depth = f->depth;
    (void)vsnprintf(r->text, sizeof r->text, fmt, args);
    va_end(args);
}

const char *gvm_vm_outcome_text(char out[GVM_OUTCOME_TEXT], const gvm_vm *vm, gvm_outcome outcome,
                                uint32_t depth) {
    const gvm_reason *r = &vm->reason;
    bool known = r->outcome == outcome && r->depth == depth && r->text[0] != '\0';
    (void)snprintf(out, GVM_OUTCOME_TEXT, "%s%s%s", gvm_outcome_text(outcome), known ? ": " : "",
                   known ? r->text : "");
    return out;
}

/* ---- addresses of creations */

static void create_address(gvm_address *out, const gvm_address *sender, uint64_t nonce) {
    uint8_t rlp[1 + 21 + 9], *p = rlp + 1;
    *p++ = 0x80 + 20;
    memcpy(p, sender->b, 20);
    p += 20;
    if (nonce == 0) {
        *p++ = 0x80;
    } else if (nonce < 0x80) {
        *p++ = (uint8_t)nonce;
    } else {
        unsigned n = (71 - (unsigned)__builtin_clzll(nonce)) / 8;
        *p++ = (uint8_t)(0x80 + n);
        for (unsigned i = n; i-- > 0;) *p++ = (uint8_t)(nonce >> (8 * i));
    }
    rlp[0] = (uint8_t)(0xc0 + (p - rlp - 1));
    gvm_hash h;
    gvm_keccak256(&h, gvm_bytes_make(rlp, (size_t)(p - rlp)));
    memcpy(out->b, h.b + 12, 20);
}

static void create2_address(gvm_address *out, const gvm_address *sender, const gvm_hash *salt,
                            gvm_bytes init_code) {
    uint8_t in[1 + 20 + 32 + 32] = {0xff};
    gvm_hash h;
    gvm_keccak256(&h, init_code);
    memcpy(in + 1, sender->b, 20);
    memcpy(in + 21, salt->b, 32);
    memcpy(in + 53, h.b, 32);
    gvm_keccak256(&h, gvm_bytes_make(in, sizeof in));
    memcpy(out->b, h.b + 12, 20);
}

/* ---- from a message to a result or a frame */

static bool immediate(gvm_result *out, gvm_outcome outcome, int64_t gas_left) {
    *out = (gvm_result){.outcome = outcome, .gas_left = gas_left};
    return true;
}

static bool run_native(gvm_vm *vm, gvm_result *out, const gvm_native *native,
                       const gvm_message *msg, gvm_checkpoint checkpoint) {
    int64_t price = native->gas(vm->rules, msg->input);
    gvm_outcome outcome = GVM_OUT_SUCCESS;
    gvm_buf_clear(&vm->native_output);
    if (price > msg->gas)
        outcome = GVM_OUT_OUT_OF_GAS;
    else if (!native->run(&vm->native_output, msg->input, vm->rules))
        outcome = GVM_OUT_PRECOMPILE_FAILURE;
    if (vm->native_output.failed) vm->host_failure = outcome = GVM_OUT_HOST_FAILURE;
    if (outcome != GVM_OUT_SUCCESS) {
        gvm_state_revert(vm->state, checkpoint);
        return immediate(out, outcome, 0);
    }
    *out = (gvm_result){.outcome = GVM_OUT_SUCCESS,
                        .gas_left = msg->gas - price,
                        .output = gvm_buf_bytes(&vm->native_output)};
    return true;
}

static gvm_frame *push_frame(gvm_vm *vm, const gvm_message *msg, uint32_t depth,
                             gvm_checkpoint checkpoint) {
    struct gvm_frame_stack *fs = vm->frames;
    gvm_frame *f = &fs->frames[depth];
    fs->top = (int32_t)depth;
    if (fs->top > fs->deepest) fs->deepest = fs->top;
    f->vm = vm;
    f->engine = &gvm_evm_engine;
    f->msg = *msg;
    f->gas = msg->gas;
    f->depth = depth;
    f->is_static = msg->is_static;
    f->code_object = NULL;
    f->checkpoint = checkpoint;
    f->result = (gvm_result){0};
    f->return_data = gvm_bytes_make(NULL, 0);
    f->memory = &fs->memories[depth];
    f->memory->len = 0;
    f->calldata = &fs->calldatas[depth];
    f->stack = fs->stacks + (size_t)depth * STACK_BYTES;
    f->engine_data = NULL;
    f->resume = 0;
    memset(f->scratch, 0, sizeof f->scratch);
    return f;
}

static bool borrows_code(gvm_call_kind kind) {
    return kind == GVM_DELEGATECALL || kind == GVM_CALLCODE;
}

static void set_self(gvm_frame *f, gvm_entry *self) {
    f->self = self;
    if (!borrows_code(f->msg.kind)) self->live++;
}

static void pop_frame(gvm_vm *vm, gvm_frame *f) {
    if (!borrows_code(f->msg.kind)) f->self->live--;
    vm->frames->top = (int32_t)f->depth - 1;
}

/* true: done, *out says how. false: a frame is on top. */
static bool begin_create(gvm_vm *vm, gvm_result *out, gvm_message *msg, uint32_t depth) {
    gvm_state *state = vm->state;
    gvm_entry *sender = gvm_state_entry(state, &msg->sender);
    const gvm_engine *engine = engines[gvm_input_kind_of(vm->rules, msg->input)];
    if (depth > 0) {
        if (sender->nonce == UINT64_MAX) return immediate(out, GVM_OUT_NONCE_OVERFLOW, msg->gas);
        if (msg->kind == GVM_CREATE) create_address(&msg->recipient, &msg->sender, sender->nonce);
        gvm_state_set_nonce(state, sender, sender->nonce + 1);
    } else if (msg->kind == GVM_CREATE) {
        create_address(&msg->recipient, &msg->sender, sender->nonce - 1);
    }
    if (msg->kind == GVM_CREATE2)
        create2_address(&msg->recipient, &msg->sender, &msg->salt, msg->input);
    msg->code_address = msg->recipient;
    gvm_entry *self = gvm_state_entry(state, &msg->recipient);
    if (vm->rules->fork >= GVM_FORK_BERLIN) (void)gvm_state_warm(state, self);
    if (gvm_state_collides(state, self)) return immediate(out, GVM_OUT_COLLISION, 0);
    if (engine == NULL) return immediate(out, GVM_OUT_BAD_CONTAINER, 0);

    gvm_checkpoint checkpoint = gvm_state_checkpoint(state);
    gvm_state_create_contract(state, self, vm->rules->fork >= GVM_FORK_SPURIOUS ? 1 : 0);
    if (!gvm_u256_is_zero(msg->value)) {
        gvm_state_sub_balance(state, sender, msg->value);
        gvm_state_add_balance(state, self, msg->value);
    }
    gvm_frame *f = push_frame(vm, msg, depth, checkpoint);
    f->engine = engine;
    set_self(f, self);
    f->code = msg->input;
    f->code_hash = (gvm_hash){{0}};
    f->msg.input = gvm_bytes_make(NULL, 0);
    if (msg->creator != NULL) f->msg.sender = *msg->creator;
    return false;
}

static const gvm_engine *system_engine(const gvm_vm *vm, const gvm_message *msg, gvm_bytes code) {
    bool marked = code.len == 1 && code.ptr[0] == 0xfe;
    if (!marked || !vm->rules->ghost || vm->system == NULL) return NULL;
    bool itself = (msg->kind == GVM_CALL || msg->kind == GVM_STATICCALL) &&
                  gvm_address_equal(&msg->recipient, &msg->code_address);
    return itself ? vm->system(&msg->recipient) : NULL;
}

static bool begin_call(gvm_vm *vm, gvm_result *out, const gvm_message *msg, uint32_t depth) {
    gvm_state *state = vm->state;
    gvm_checkpoint checkpoint = gvm_state_checkpoint(state);
    gvm_entry *self = gvm_state_entry(state, &msg->recipient);
    if (msg->kind == GVM_CALL) {
        if (!gvm_u256_is_zero(msg->value)) {
            gvm_state_sub_balance(state, gvm_state_entry(state, &msg->sender), msg->value);
            gvm_state_add_balance(state, self, msg->value);
        } else if (self->exists || vm->rules->fork < GVM_FORK_SPURIOUS) {
            gvm_state_touch(state, self);
        }
    } else if (msg->kind == GVM_STATICCALL && self->exists) {
        gvm_state_touch(state, self);
    }

    if (vm->natives != NULL) {
        const gvm_native *native = vm->natives(vm->rules, &msg->code_address);
        if (native != NULL) return run_native(vm, out, native, msg, checkpoint);
    }
    gvm_entry *holder = gvm_state_entry(state, &msg->code_address);
    gvm_bytes code = gvm_state_code(state, holder);
    const gvm_engine *system = system_engine(vm, msg, code);
    gvm_address target;
    if (vm->rules->fork >= GVM_FORK_PRAGUE && gvm_delegation_target(&target, code)) {
        holder = gvm_state_entry(state, &target);
        code = gvm_state_code(state, holder);
        if (vm->natives != NULL && vm->natives(vm->rules, &target) != NULL) code.len = 0;
    }
    if (code.len == 0) return immediate(out, GVM_OUT_SUCCESS, msg->gas);
    int64_t load = gvm_code_load_price(vm, holder); /* a caller's frame has paid already */
    if (load > msg->gas) {
        gvm_state_revert(state, checkpoint);
        return immediate(out, GVM_OUT_OUT_OF_GAS, 0);
    }
    const gvm_engine *engine = engines[gvm_code_kind_of(vm->rules, code)];
    gvm_frame *f = push_frame(vm, msg, depth, checkpoint);
    f->engine = engine != NULL ? engine : &gvm_evm_engine;
    set_self(f, self);
    f->gas -= load;
    f->code = code;
    f->code_hash = holder->code_hash;
    if (system != NULL) f->engine = system;
    /* A container's place belongs to its engine, also where other rules show it to the EVM. */
    bool foreign = f->engine == &gvm_evm_engine && code.ptr[0] == 0xef;
    f->code_object = foreign ? NULL : &holder->code_object;
    return false;
}

/* The address that a creation will get, for tracers, which see it before it is decided. */
static void foresee_address(gvm_vm *vm, gvm_message *msg, uint32_t depth) {
    uint64_t nonce = gvm_state_entry(vm->state, &msg->sender)->nonce;
    if (msg->kind == GVM_CREATE2)
        create2_address(&msg->recipient, &msg->sender, &msg->salt, msg->input);
    else
        create_address(&msg->recipient, &msg->sender, depth > 0 ? nonce : nonce - 1);
}

static bool begin(gvm_vm *vm, gvm_result *out, gvm_message *msg, uint32_t depth) {
    const gvm_tracer *t = vm->tracer;
    bool creates = gvm_kind_creates(msg->kind), done;
    if (t != NULL && t->enter != NULL) {
        if (creates) foresee_address(vm, msg, depth);
        t->enter(t->ctx, vm, msg, depth);
    }
    if (vm->refused != GVM_OUT_SUCCESS) {
        done = immediate(out, vm->refused, msg->gas);
        vm->refused = GVM_OUT_SUCCESS;
    } else {
        done = creates ? begin_create(vm, out, msg, depth) : begin_call(vm, out, msg, depth);
    }
    if (done && t != NULL && t->leave != NULL)
        t->leave(t->ctx, vm, out, msg->gas - out->gas_left, depth);
    return done;
}

/* ---- the end of a frame */

static gvm_outcome deposit_code(gvm_vm *vm, gvm_frame *f) {
    gvm_bytes code = f->result.output;
    const gvm_rules *rules = vm->rules;
    bool container = f->engine != &gvm_evm_engine;
    if (f->engine->deposits_itself) {
        gvm_state_set_code(vm->state, f->self, code);
        (void)gvm_state_warm_code(vm->state, f->self);
        return GVM_OUT_SUCCESS;
    }
    if (rules->max_code_size != 0 && code.len > rules->max_code_size) return GVM_OUT_CODE_TOO_LARGE;
    if (!container && rules->fork >= GVM_FORK_LONDON && code.len > 0 && code.ptr[0] == 0xef)
        return GVM_OUT_INVALID_CODE;
    int64_t price = (int64_t)code.len * CODE_BYTE_GAS;
    if (price > f->gas) {
        /* Frontier kept the account, without code. */
        return rules->fork == GVM_FORK_FRONTIER ? GVM_OUT_SUCCESS : GVM_OUT_CODE_DEPOSIT_OUT_OF_GAS;
    }
    f->gas -= price;
    if (code.len > 0) gvm_state_set_code(vm->state, f->self, code);
    return GVM_OUT_SUCCESS;
}

static void finish(gvm_vm *vm, gvm_frame *f, gvm_result *out) {
    if (f->engine->leave != NULL) f->engine->leave(f);
    bool creates = gvm_kind_creates(f->msg.kind);
    gvm_outcome outcome = f->result.outcome;
    if (creates && outcome == GVM_OUT_SUCCESS) outcome = deposit_code(vm, f);
    gvm_bytes output = f->result.output;
    if (outcome != GVM_OUT_SUCCESS) gvm_state_revert(vm->state, f->checkpoint);
    if (outcome != GVM_OUT_SUCCESS && outcome != GVM_OUT_REVERT) {
        f->gas = 0;
        output = gvm_bytes_make(NULL, 0);
    }
    *out = (gvm_result){.outcome = outcome, .gas_left = f->gas, .output = output};
    if (creates) out->created = f->msg.recipient;
    const gvm_tracer *t = vm->tracer;
    if (t != NULL && t->leave != NULL) t->leave(t->ctx, vm, out, f->msg.gas - f->gas, f->depth);
    if (creates && outcome == GVM_OUT_SUCCESS) out->output = gvm_bytes_make(NULL, 0);
    pop_frame(vm, f);
}

static void deliver(gvm_frame *parent, const gvm_result *result) {
    parent->child = *result;
    parent->gas += result->gas_left;
    parent->return_data = result->output;
}

static gvm_status abandon(gvm_vm *vm, gvm_outcome why) {
    struct gvm_frame_stack *fs = vm->frames;
    while (fs->top >= 0) {
        gvm_frame *f = &fs->frames[fs->top];
        if (f->engine->leave != NULL) f->engine->leave(f);
        gvm_state_revert(vm->state, f->checkpoint);
        pop_frame(vm, f);
    }
    if (why == GVM_OUT_CANCELLED) return GVM_ERR_CANCELLED;
    gvm_status status = gvm_state_status(vm->state);
    return status != GVM_OK ? status : GVM_ERR_NOMEM;
}

gvm_status gvm_vm_execute(gvm_vm *vm, gvm_result *out, const gvm_message *msg) {
    struct gvm_frame_stack *fs = vm->frames;
    GVM_ASSERT(fs->top < 0);
    trim(fs);
    gvm_wasm_engine.trim(vm);
    vm->host_failure = vm->refused = vm->reason.outcome = GVM_OUT_SUCCESS;
    vm->pending = *msg;
    bool done = begin(vm, out, &vm->pending, 0);
    bool fresh = true;
    while (!done) {
        gvm_frame *f = &fs->frames[fs->top];
        gvm_step step = GVM_STEP_DONE;
        if (fresh) f->result.outcome = f->engine->enter(f);
        if (!fresh || f->result.outcome == GVM_OUT_SUCCESS) step = f->engine->run(f);
        if (f->result.outcome == GVM_OUT_HOST_FAILURE || f->result.outcome == GVM_OUT_CANCELLED)
            vm->host_failure = f->result.outcome;
        if (vm->cancel != NULL && __atomic_load_n((const bool *)vm->cancel, __ATOMIC_RELAXED))
            vm->host_failure = GVM_OUT_CANCELLED;
        if (vm->host_failure != GVM_OUT_SUCCESS) return abandon(vm, vm->host_failure);

        gvm_result result;
        if (step == GVM_STEP_CALL) {
            fresh = !begin(vm, &result, &vm->pending, f->depth + 1);
            if (!fresh) deliver(f, &result);
        } else {
            fresh = false;
            finish(vm, f, &result);
            done = fs->top < 0;
            if (done)
                *out = result;
            else
                deliver(&fs->frames[fs->top], &result);
        }
    }
    return vm->host_failure != GVM_OUT_SUCCESS ? abandon(vm, vm->host_failure)
                                               : gvm_state_status(vm->state);
}
