/* Embeds libghostvm-wasm: a module is loaded as its bytes arrive, calls a function of this program,
 * runs out of fuel, is interrupted from another thread, and traps.
 *
 *     cc wasm_embed.c $(pkg-config --cflags --libs ghostvm-wasm) -o wasm_embed && ./wasm_embed */
#include <ghostvm/wasm.h>

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* (module
 *   (import "host" "print" (func $print (param i32 i32)))
 *   (memory 1)
 *   (data (i32.const 0) "hello from a guest")
 *   (func $greet (export "greet") (call $print (i32.const 0) (i32.const 18)))
 *   (func $spin (export "spin") (loop (br 0)))
 *   (func $divide (export "divide") (param i32 i32) (result i32)
 *     (i32.div_s (local.get 0) (local.get 1)))) */
static const uint8_t guest[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x0f, 0x03, 0x60, 0x02, 0x7f, 0x7f, 0x00,
    0x60, 0x00, 0x00, 0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7f, 0x02, 0x0e, 0x01, 0x04, 0x68, 0x6f, 0x73,
    0x74, 0x05, 0x70, 0x72, 0x69, 0x6e, 0x74, 0x00, 0x00, 0x03, 0x04, 0x03, 0x01, 0x01, 0x02, 0x05,
    0x03, 0x01, 0x00, 0x01, 0x07, 0x19, 0x03, 0x05, 0x67, 0x72, 0x65, 0x65, 0x74, 0x00, 0x01, 0x04,
    0x73, 0x70, 0x69, 0x6e, 0x00, 0x02, 0x06, 0x64, 0x69, 0x76, 0x69, 0x64, 0x65, 0x00, 0x03, 0x0a,
    0x1a, 0x03, 0x08, 0x00, 0x41, 0x00, 0x41, 0x12, 0x10, 0x00, 0x0b, 0x07, 0x00, 0x03, 0x40, 0x0c,
    0x00, 0x0b, 0x0b, 0x07, 0x00, 0x20, 0x00, 0x20, 0x01, 0x6d, 0x0b, 0x0b, 0x18, 0x01, 0x00, 0x41,
    0x00, 0x0b, 0x12, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x20, 0x66, 0x72, 0x6f, 0x6d, 0x20, 0x61, 0x20,
    0x67, 0x75, 0x65, 0x73, 0x74, 0x00, 0x2f, 0x04, 0x6e, 0x61, 0x6d, 0x65, 0x01, 0x1d, 0x04, 0x00,
    0x05, 0x70, 0x72, 0x69, 0x6e, 0x74, 0x01, 0x05, 0x67, 0x72, 0x65, 0x65, 0x74, 0x02, 0x04, 0x73,
    0x70, 0x69, 0x6e, 0x03, 0x06, 0x64, 0x69, 0x76, 0x69, 0x64, 0x65, 0x02, 0x09, 0x04, 0x00, 0x00,
    0x01, 0x00, 0x02, 0x00, 0x03, 0x00};

static void check(gvm_status status, const char *what) {
    if (status == GVM_OK) return;
    fprintf(stderr, "%s: %s\n", what, gvm_status_text(status));
    exit(1);
}

/* A host function: arguments in slots, the guest's memory through the exec. It may take fuel. */
static gvm_status print(void *ctx, gvm_wasm_exec *exec, uint64_t *slots) {
    uint8_t *text;
    uint32_t at = (uint32_t)slots[0], len = (uint32_t)slots[1];
    if (!gvm_wasm_exec_charge(exec, 100 + 10 * (int64_t)len)) return GVM_ERR_WASM_FUEL;
    if (!gvm_wasm_exec_memory(exec, &text, at, len)) return GVM_ERR_WASM_HOST;
    fprintf(ctx, "the guest says: %.*s\n", (int)len, (const char *)text);
    return GVM_OK;
}

/* As from a socket: 16 bytes at a time. A bad module is refused by the byte that makes it bad. */
static gvm_wasm_module *load_streaming(void) {
    gvm_wasm_loader *loader = gvm_wasm_loader_new(NULL);
    gvm_wasm_module *module = NULL;
    gvm_status status = loader == NULL ? GVM_ERR_NOMEM : GVM_OK;
    for (size_t at = 0; at < sizeof guest && status == GVM_OK; at += 16) {
        size_t len = sizeof guest - at < 16 ? sizeof guest - at : 16;
        gvm_bytes piece = {guest + at, len};
        status = gvm_wasm_loader_feed(loader, NULL, piece);
    }
    if (status == GVM_OK) status = gvm_wasm_loader_finish(loader, &module);
    if (status != GVM_OK && loader != NULL) {
        const gvm_wasm_refusal *why = gvm_wasm_loader_refusal(loader);
        fprintf(stderr, "refused at 0x%" PRIx64 ": %s\n", why->offset, why->text);
        exit(1);
    }
    check(status, "load");
    gvm_wasm_loader_delete(loader);
    return module;
}

static gvm_wasm_func *find(gvm_wasm_instance *instance, const char *name) {
    gvm_wasm_extern e;
    gvm_bytes text = {(const uint8_t *)name, strlen(name)};
    if (!gvm_wasm_instance_export(instance, &e, text) || e.kind != GVM_WASM_KIND_FUNC) {
        fprintf(stderr, "no function %s\n", name);
        exit(1);
    }
    return e.func;
}

static void *interrupt(void *exec) {
    usleep(50000);
    gvm_wasm_exec_cancel(exec);
    return NULL;
}

static void show_trap(const char *what, gvm_status status, const gvm_wasm_exec *exec) {
    char text[256];
    gvm_wasm_trap_describe(text, sizeof text, gvm_wasm_exec_trap(exec));
    printf("%s: %s: %s\n", what, gvm_status_name(status), text);
}

int main(void) {
    gvm_wasm_module *module = load_streaming();
    gvm_status compiled = gvm_wasm_module_compile(module);
    printf("GhostVM %s, %s\n", gvm_wasm_version(), compiled == GVM_OK ? "compiled" : "interpreted");

    gvm_wasm_store *store = gvm_wasm_store_new();
    gvm_wasm_exec *exec = gvm_wasm_exec_new(1 << 20);
    if (store == NULL || exec == NULL) return 1;
    const uint8_t types[] = {GVM_WASM_I32, GVM_WASM_I32};
    const gvm_wasm_functype type = {.types = types, .params = 2};
    gvm_wasm_extern import = {.kind = GVM_WASM_KIND_FUNC};
    import.func = gvm_wasm_func_new(store, &type, print, stdout);
    gvm_wasm_instance *instance;
    gvm_error error;
    gvm_status status = gvm_wasm_instantiate(store, &instance, exec, &error, module, &import, 1);
    if (status != GVM_OK) {
        fprintf(stderr, "instantiate: %s\n", gvm_error_text(&error));
        return 1;
    }
    gvm_wasm_module_delete(module); /* the instance holds it */

    gvm_wasm_exec_set_fuel(exec, 1000000);
    check(gvm_wasm_call(exec, NULL, find(instance, "greet"), NULL), "greet");
    printf("fuel used: %" PRId64 "\n", 1000000 - gvm_wasm_exec_fuel(exec));

    gvm_wasm_value args[2] = {{.i32 = 42}, {.i32 = 6}}, result;
    check(gvm_wasm_call(exec, &result, find(instance, "divide"), args), "divide");
    printf("42 / 6 = %" PRIu32 "\n", result.i32);
    args[1].i32 = 0;
    show_trap("42 / 0", gvm_wasm_call(exec, &result, find(instance, "divide"), args), exec);

    show_trap("a loop with 1 M units", gvm_wasm_call(exec, NULL, find(instance, "spin"), NULL),
              exec);

    pthread_t thread;
    gvm_wasm_exec_set_fuel(exec, INT64_MAX);
    if (pthread_create(&thread, NULL, interrupt, exec) != 0) return 1;
    show_trap("a loop, interrupted", gvm_wasm_call(exec, NULL, find(instance, "spin"), NULL), exec);
    pthread_join(thread, NULL);

    gvm_wasm_exec_delete(exec);
    gvm_wasm_store_delete(store);
    return 0;
}
