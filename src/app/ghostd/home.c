#define _GNU_SOURCE /* asprintf, nftw */
#include "app/ghostd/ghostd.h"

#include "base/log.h"
#include "codec/hex.h"
#include "crypto/blake3.h"
#include "service/devnet.h"
#include "service/simulate.h"
#include "system/precompiles.h"

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the folder */

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static gvm_status temporary_folder(char **out, gvm_error *err) {
    const char *base = getenv("TMPDIR");
    if (base == NULL || base[0] == '\0') base = "/tmp";
    if (asprintf(out, "%s/ghostd-XXXXXX", base) < 0) {
        *out = NULL;
        return GVM_ERR_NOMEM;
    }
    if (mkdtemp(*out) != NULL) return GVM_OK;
    gvm_status status = gvm_error_set(err, GVM_ERR_IO, "cannot make a temporary folder in %s: %s",
                                      base, strerror(errno));
    free(*out);
    *out = NULL;
    return status;
}

static gvm_status open_store(gvm_home *home, const gvm_settings *settings, gvm_error *err) {
    const char *datadir = gvm_settings_text(settings, "datadir");
    bool dev = gvm_settings_bool(settings, "dev");
    if (datadir == NULL) {
        if (!dev)
            return gvm_error_set(err, GVM_ERR_CONFIG,
                                 "--datadir: expected a folder for the chain's data "
                                 "(only --dev runs without one)");
        GVM_TRY(temporary_folder(&home->temporary, err));
        datadir = home->temporary;
    } else if (mkdir(datadir, 0700) != 0 && errno != EEXIST) {
        return gvm_error_set(err, errno == EACCES ? GVM_ERR_PERMISSION : GVM_ERR_IO,
                             "cannot make %s: %s", datadir, strerror(errno));
    }
    const char *grade = gvm_settings_text(settings, "durability");
    bool process = grade != NULL ? strcmp(grade, "process") == 0 : dev;
    gvm_store_options options = {.grade = process ? GVM_STORE_PROCESS : GVM_STORE_POWER,
                                 .ephemeral = home->temporary != NULL};
    gvm_store_report report;
    gvm_buf folder = {0};
    gvm_buf_printf(&folder, "%s/chain", datadir);
    gvm_status status = gvm_buf_status(&folder);
    if (status == GVM_OK) {
        gvm_buf_put(&folder, '\0');
        status = gvm_store_open(&home->store, &report, (const char *)folder.ptr, &options, err);
    }
    if (status == GVM_OK && home->temporary == NULL)
        GVM_LOG(INFO, "store", report.created ? "made" : "opened",
                gvm_f_str("folder", (const char *)folder.ptr),
                gvm_f_str("durability", process ? "process" : "power"),
                gvm_f_bool("clean", !report.unclean),
                gvm_f_bool("rolled_back", report.rolled_back));
    gvm_buf_free(&folder);
    return status;
}

/* ---- the genesis */

static gvm_status read_file(gvm_buf *out, const char *path, gvm_error *err) {
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return gvm_error_set(err, GVM_ERR_IO, "cannot read %s: %s", path, strerror(errno));
    for (;;) {
        uint8_t *at = gvm_buf_extend(out, 1 << 16);
        if (at == NULL) break;
        size_t n = fread(at, 1, 1 << 16, f);
        out->len -= (1 << 16) - n;
        if (n == 0) break;
    }
    bool failed = ferror(f) != 0;
    (void)fclose(f);
    if (failed) return gvm_error_set(err, GVM_ERR_IO, "cannot read %s", path);
    return gvm_buf_status(out);
}

static gvm_status hash_file(gvm_hash *out, const char *path, gvm_error *err) {
    static uint8_t piece[1 << 18];
    gvm_blake3_state state;
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return gvm_error_set(err, GVM_ERR_IO, "cannot read %s: %s", path, strerror(errno));
    (void)setvbuf(f, NULL, _IONBF, 0);
    gvm_blake3_init(&state);
    for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;)
        gvm_blake3_update(&state, gvm_bytes_make(piece, n));
    bool failed = ferror(f) != 0;
    (void)fclose(f);
    if (failed) return gvm_error_set(err, GVM_ERR_IO, "cannot read %s", path);
    gvm_blake3_output(&state, out->b, sizeof out->b, 0);
    return GVM_OK;
}

/* A file of a million accounts takes seconds to read and to compare; the one that made the chain is
 * known by its hash, and home->genesis stays empty. */
static gvm_status genesis_from_file(gvm_home *home, const char *path, gvm_error *err) {
    gvm_hash hash;
    gvm_buf text = {0};
    GVM_TRY(hash_file(&hash, path, err));
    if (gvm_chain_made_from(home->store, &hash)) return GVM_OK;
    gvm_status status = read_file(&text, path, err);
    if (status == GVM_OK) status = gvm_genesis_parse(&home->genesis, gvm_buf_bytes(&text), err);
    home->genesis.text_hash = hash;
    gvm_buf_free(&text);
    return status;
}

static gvm_status dev_genesis(gvm_home *home, const gvm_settings *settings, gvm_error *err) {
    gvm_fork fork;
    const char *name = gvm_settings_text(settings, "hardfork");
    if (gvm_fork_by_name(&fork, name) != GVM_OK)
        return gvm_error_set(err, GVM_ERR_CONFIG,
                             "--hardfork: expected a fork's name (osaka, prague, cancun, "
                             "shanghai, london, ...), found %s",
                             name);
    if (fork < GVM_FORK_PARIS)
        return gvm_error_set(err, GVM_ERR_CONFIG,
                             "--hardfork: blocks before paris are mined, not sealed; expected "
                             "paris or later, found %s",
                             name);
    gvm_u256 wei = gvm_u256_mul(gvm_u256_from_u64(gvm_settings_number(settings, "balance")),
                                gvm_u256_from_u64(1000000000000000000u));
    bool ghost = strcmp(gvm_settings_text(settings, "rules"), "ghost") == 0;
    return gvm_devnet_genesis(&home->genesis, gvm_settings_number(settings, "chain-id"), fork,
                              ghost, gvm_settings_number(settings, "gas-limit"),
                              home->node.accounts, home->node.account_count, wei, err);
}

/* ---- the chain and who seals it */

static gvm_status open_chain(gvm_home *home, const gvm_settings *settings, gvm_error *err) {
    gvm_node *node = &home->node;
    const char *file = gvm_settings_text(settings, "genesis");
    bool dev = gvm_settings_bool(settings, "dev");
    if (file != NULL)
        GVM_TRY(genesis_from_file(home, file, err));
    else if (dev)
        GVM_TRY(dev_genesis(home, settings, err));
    gvm_chain_options options = {.history = gvm_settings_number(settings, "history"),
                                 .natives = gvm_precompile_lookup,
                                 .check_supply = dev};
    gvm_chain_report report;
    gvm_status status =
        gvm_chain_open(&node->chain, &report, home->store,
                       home->genesis.arena != NULL ? &home->genesis : NULL, &options, err);
    if (status == GVM_ERR_NOT_FOUND)
        return gvm_error_set(err, status,
                             "the datadir holds no chain: give --genesis FILE once, or use --dev");
    GVM_TRY(status);
    gvm_genesis_free(&home->genesis);
#ifdef __GLIBC__
    (void)malloc_trim(0); /* what a large genesis took */
#endif
    gvm_header head;
    gvm_hash hash;
    gvm_chain_head(node->chain, &head, &hash);
    GVM_LOG(INFO, "chain", report.created ? "made from genesis" : "opened",
            gvm_f_u64("chain_id", gvm_chain_config_of(node->chain)->chain_id),
            gvm_f_u64("head", head.number), gvm_f_hash("hash", &hash),
            gvm_f_u64("oldest_state", report.oldest_state));
    return GVM_OK;
}

/* Blocks from a file, each of which must be valid; blocks that are known are passed over. */
static gvm_status import_blocks(gvm_home *home, const char *path, gvm_error *err) {
    gvm_buf file = {0};
    gvm_status status = read_file(&file, path, err);
    gvm_rlp_reader reader = gvm_rlp_reader_make(gvm_buf_bytes(&file));
    uint64_t count = 0;
    while (status == GVM_OK && !gvm_rlp_done(&reader)) {
        gvm_bytes block;
        gvm_error why = {0};
        bool became_head;
        status = gvm_rlp_read_raw(&reader, &block);
        if (status == GVM_OK)
            status = gvm_chain_import(home->node.chain, &became_head, block, &why);
        if (status != GVM_OK) {
            why.code = status;
            status = gvm_error_set(err, status, "%s: block %" PRIu64 " of the file: %.300s", path,
                                   count, gvm_error_text(&why));
        } else {
            count++;
        }
    }
    gvm_buf_free(&file);
    gvm_header head;
    gvm_chain_head(home->node.chain, &head, NULL);
    if (status == GVM_OK)
        GVM_LOG(INFO, "chain", "imported", gvm_f_u64("blocks", count),
                gvm_f_u64("head", head.number));
    return status;
}

static gvm_status open_sealer(gvm_home *home, const gvm_settings *settings, gvm_error *err) {
    gvm_node *node = &home->node;
    bool dev = gvm_settings_bool(settings, "dev"),
         timed = gvm_settings_number(settings, "block-time") > 0;
    if (!dev && !timed) return GVM_OK;
    gvm_sealer_options options = {.gas_limit =
                                      dev ? gvm_settings_number(settings, "gas-limit") : 0};
    const char *coinbase = gvm_settings_text(settings, "coinbase");
    if (coinbase != NULL &&
        gvm_hex_decode_address(&options.coinbase, gvm_bytes_str(coinbase)) != GVM_OK)
        return gvm_error_set(err, GVM_ERR_CONFIG,
                             "--coinbase: expected an address (0x and 40 hexadecimal digits), "
                             "found %s",
                             coinbase);
    node->seal_mode = timed ? GVM_SEAL_INTERVAL : GVM_SEAL_INSTANT;
    if (gvm_settings_bool(settings, "no-mining")) node->seal_mode = GVM_SEAL_MANUAL;
    return gvm_sealer_new(&node->sealer, node->chain, node->pool, &options);
}

gvm_status gvm_home_open(gvm_home *home, const gvm_settings *settings, gvm_error *err) {
    gvm_node *node = &home->node;
    *home = (gvm_home){0};
    node->clock = gvm_clock_os;
    node->call_gas_cap = gvm_settings_number(settings, "call-gas-cap");
    node->logs_max_blocks = gvm_settings_number(settings, "logs-max-blocks");
    (void)pthread_mutex_init(&node->dev_lock, NULL);
    if (gvm_settings_bool(settings, "dev")) {
        node->account_count = gvm_settings_number(settings, "accounts");
        GVM_TRY(gvm_devnet_accounts(&node->accounts, node->account_count,
                                    gvm_settings_text(settings, "mnemonic"), err));
    }
    GVM_TRY(open_store(home, settings, err));
    GVM_TRY(open_chain(home, settings, err));
    gvm_home_open_wasm(home, settings);
    const char *blocks = gvm_settings_text(settings, "import");
    if (blocks != NULL) GVM_TRY(import_blocks(home, blocks, err));
    gvm_pool_options pool = {.blob_retention = gvm_settings_number(settings, "blob-retention")};
    GVM_TRY(gvm_pool_new(&node->pool, node->chain, &pool));
    return open_sealer(home, settings, err);
}

void gvm_home_close(gvm_home *home) {
    gvm_node *node = &home->node;
    gvm_sealer_delete(node->sealer);
    gvm_pool_delete(node->pool);
    gvm_simulation_shutdown();
    gvm_chain_close(node->chain);
    gvm_home_close_wasm(home);
    gvm_store_close(home->store);
    gvm_genesis_free(&home->genesis);
    gvm_devnet_accounts_free(node->accounts, node->account_count);
    free(node->snapshots);
    (void)pthread_mutex_destroy(&node->dev_lock);
    if (home->temporary != NULL) {
        (void)nftw(home->temporary, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
        free(home->temporary);
    }
    *home = (gvm_home){0};
}
