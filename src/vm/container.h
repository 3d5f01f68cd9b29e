/* Ghost's code formats, by their first bytes. They exist under `ghost` rules only, and no EVM
 * constructor can make them (EIP-3541).
 *
 *      stored code                           input of a creation
 *      EF 47 00 | WebAssembly module         00 61 73 6D ... module | constructor data
 *      EF 47 01 | zstd frame of one          EF 47 01 | zstd frame | constructor data
 *      EF 47 02 | ZVM container              5A 56 4D 43 ... container | constructor data
 *      EF 47 03 | staged chunk               (nothing: chunks are staged, not created) */
#ifndef GVM_VM_CONTAINER_H
#define GVM_VM_CONTAINER_H

#include "vm/vm.h"

typedef enum gvm_code_kind {
    GVM_CODE_EVM,
    GVM_CODE_WASM,
    GVM_CODE_WASM_ZSTD,
    GVM_CODE_ZVM,
    GVM_CODE_CHUNK /* not callable: the EVM finds 0xEF in it */
} gvm_code_kind;

#define GVM_CONTAINER_PREFIX 3
/* Largest WebAssembly module, and largest input of a creation that brings one: constructor data
 * besides. */
#define GVM_WASM_MODULE_MAX (1u << 20)
#define GVM_WASM_INPUT_MAX  (GVM_WASM_MODULE_MAX + (64u << 10))

/* Of stored code, under `ghost` rules; EVM under rules that know no containers. */
gvm_code_kind gvm_container_kind(gvm_bytes code);
static inline gvm_code_kind gvm_code_kind_of(const gvm_rules *rules, gvm_bytes code) {
    return rules->ghost ? gvm_container_kind(code) : GVM_CODE_EVM;
}
/* Of a creation's input. */
gvm_code_kind gvm_input_kind_of(const gvm_rules *rules, gvm_bytes input);

/* Length that the zstd frame at the start of `frame` declares for its content. false: there is no
 * frame, it declares none, or its content or its window is over GVM_WASM_MODULE_MAX. */
bool gvm_container_unpacked(uint64_t *size, gvm_bytes frame);

/* What loading code costs beyond the account's access, the first time in a transaction: 4 gas for
 * each word over 24,576 bytes of a container, unpacked. Warms the code. 0 for EVM code. */
int64_t gvm_container_load_price(gvm_vm *vm, gvm_entry *holder);
static inline int64_t gvm_code_load_price(gvm_vm *vm, gvm_entry *holder) {
    return vm->rules->ghost ? gvm_container_load_price(vm, holder) : 0;
}

/* Largest input of a creation; 0: none. EIP-3860's limit, but for WebAssembly. */
size_t gvm_creation_limit(const gvm_rules *rules, gvm_bytes input);

#endif
