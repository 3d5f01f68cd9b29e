#include "vm/rules.h"

#include <strings.h>

#define FRONTIER_PRICES                                                                   \
    .sload = 50, .balance = 20, .extcodesize = 20, .extcodecopy = 20, .extcodehash = 400, \
    .call = 40, .selfdestruct = 0, .sstore_reset = 5000, .sstore_clear_refund = 15000,    \
    .exp_byte = 10, .calldata_zero = 4, .calldata_nonzero = 68, .refund_quotient = 2,     \
    .selfdestruct_refund = 24000
#define TANGERINE_PRICES                                                                   \
    FRONTIER_PRICES, .sload = 200, .balance = 400, .extcodesize = 700, .extcodecopy = 700, \
                     .call = 700, .selfdestruct = 5000
#define SPURIOUS_PRICES TANGERINE_PRICES, .exp_byte = 50, .max_code_size = 24576
#define ISTANBUL_PRICES                                                                        \
    SPURIOUS_PRICES, .sload = 800, .balance = 700, .extcodehash = 700, .calldata_nonzero = 16, \
                     .net_sstore = true, .sstore_sentry = true
#define BERLIN_PRICES                                                                       \
    ISTANBUL_PRICES, .sload = 0, .balance = 0, .extcodesize = 0, .extcodecopy = 0,          \
                     .extcodehash = 0, .call = 0, .cold_sload = 2100, .cold_account = 2600, \
                     .warm_access = 100, .sstore_reset = 2900
#define LONDON_PRICES \
    BERLIN_PRICES, .refund_quotient = 5, .selfdestruct_refund = 0, .sstore_clear_refund = 4800
#define SHANGHAI_PRICES LONDON_PRICES, .initcode_word = 2, .max_initcode_size = 49152
#define PRAGUE_PRICES   SHANGHAI_PRICES, .floor_token = 10
#define OSAKA_PRICES    PRAGUE_PRICES, .max_tx_gas = 1u << 24

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#endif
#define FORKS(ROW)                                                              \
    ROW(FRONTIER, "Frontier", FRONTIER_PRICES)                                  \
    ROW(HOMESTEAD, "Homestead", FRONTIER_PRICES)                                \
    ROW(TANGERINE, "EIP150", TANGERINE_PRICES)                                  \
    ROW(SPURIOUS, "EIP158", SPURIOUS_PRICES)                                    \
    ROW(BYZANTIUM, "Byzantium", SPURIOUS_PRICES)                                \
    ROW(CONSTANTINOPLE, "Constantinople", SPURIOUS_PRICES, .net_sstore = true)  \
    ROW(PETERSBURG, "ConstantinopleFix", SPURIOUS_PRICES)                       \
    ROW(ISTANBUL, "Istanbul", ISTANBUL_PRICES)                                  \
    ROW(BERLIN, "Berlin", BERLIN_PRICES)                                        \
    ROW(LONDON, "London", LONDON_PRICES)                                        \
    ROW(PARIS, "Paris", LONDON_PRICES)                                          \
    ROW(SHANGHAI, "Shanghai", SHANGHAI_PRICES)                                  \
    ROW(CANCUN, "Cancun", SHANGHAI_PRICES)                                      \
    ROW(PRAGUE, "Prague", PRAGUE_PRICES)                                        \
    ROW(OSAKA, "Osaka", OSAKA_PRICES)                                           \
    ROW(AMSTERDAM, "Amsterdam", OSAKA_PRICES)

#define ETHEREUM(id, title, ...) \
    [GVM_FORK_##id] = {.fork = GVM_FORK_##id, .name = title, __VA_ARGS__},
#define GHOST(id, title, ...) \
    [GVM_FORK_##id] = {.fork = GVM_FORK_##id, .name = title, __VA_ARGS__, .ghost = true},
static const gvm_rules table[GVM_FORK_COUNT] = {FORKS(ETHEREUM)};
static const gvm_rules ghost_table[GVM_FORK_COUNT] = {FORKS(GHOST)};
#pragma GCC diagnostic pop

static const struct {
    const char *name;
    gvm_fork fork;
} aliases[] = {
    {"TangerineWhistle", GVM_FORK_TANGERINE},
    {"SpuriousDragon", GVM_FORK_SPURIOUS},
    {"Petersburg", GVM_FORK_PETERSBURG},
    {"MuirGlacier", GVM_FORK_ISTANBUL},
    {"ArrowGlacier", GVM_FORK_LONDON},
    {"GrayGlacier", GVM_FORK_LONDON},
    {"Merge", GVM_FORK_PARIS},
    {"BPO1", GVM_FORK_OSAKA},
    {"BPO2", GVM_FORK_OSAKA},
    {"BPO3", GVM_FORK_OSAKA},
    {"BPO4", GVM_FORK_OSAKA},
    {"BPO5", GVM_FORK_OSAKA},
};

const gvm_rules *gvm_rules_get(gvm_fork fork) {
    GVM_ASSERT((unsigned)fork < GVM_FORK_COUNT);
    return &table[fork];
}

const gvm_rules *gvm_rules_ghost(gvm_fork fork) {
    GVM_ASSERT((unsigned)fork < GVM_FORK_COUNT);
    return &ghost_table[fork];
}

gvm_status gvm_fork_by_name(gvm_fork *out, const char *name) {
    for (int i = 0; i < GVM_FORK_COUNT; i++) {
        if (strcasecmp(name, table[i].name) == 0) {
            *out = (gvm_fork)i;
            return GVM_OK;
        }
    }
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (strcasecmp(name, aliases[i].name) == 0) {
            *out = aliases[i].fork;
            return GVM_OK;
        }
    }
    return GVM_ERR_NOT_FOUND;
}
