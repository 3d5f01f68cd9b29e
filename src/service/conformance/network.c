#include "service/conformance/network.h"

#include "service/conformance/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* "<from>To<to>At<where>": where the second fork begins. */
typedef struct transition {
    char from[32], to[32];
    enum { AT_BLOCK, AT_TIME, AT_DIFFICULTY } kind;
    uint64_t at;
} transition;

static gvm_status parse_where(transition *t, const char *where) {
    char *end;
    int base = 10;
    t->kind = AT_BLOCK;
    if (strncmp(where, "Time", 4) == 0) {
        t->kind = AT_TIME;
        where += 4;
    } else if (strncmp(where, "Diff", 4) == 0) {
        t->kind = AT_DIFFICULTY;
        base = 16;
        where += 4;
    }
    t->at = strtoull(where, &end, base);
    if (end == where) return GVM_ERR_SYNTAX;
    if (*end == 'k') {
        t->at *= 1000;
        end++;
    }
    return *end == 0 ? GVM_OK : GVM_ERR_SYNTAX;
}

static gvm_status parse(transition *t, bool *is_transition, const char *network) {
    *t = (transition){0};
    const char *at = strstr(network, "At"), *to = strstr(network, "To");
    *is_transition = at != NULL && to != NULL && to < at;
    size_t from_len = *is_transition ? (size_t)(to - network) : strlen(network);
    if (from_len >= sizeof t->from) return GVM_ERR_SYNTAX;
    memcpy(t->from, network, from_len);
    if (!*is_transition) return GVM_OK;
    size_t to_len = (size_t)(at - to) - 2;
    if (to_len >= sizeof t->to) return GVM_ERR_SYNTAX;
    memcpy(t->to, to + 2, to_len);
    return parse_where(t, at + 2);
}

/* The step of the blob schedule that a fork's name stands for; -1: none. */
static int blob_step(const char *fork) {
    static const char *const steps[GVM_BLOB_STEPS] = {
        "Cancun", "Prague", "Osaka", "BPO1", "BPO2", "BPO3", "BPO4", "BPO5", "Amsterdam"};
    for (int i = 0; i < GVM_BLOB_STEPS; i++)
        if (strcasecmp(steps[i], fork) == 0) return i;
    return -1;
}

static gvm_status set_blobs(gvm_chain_config *c, const char *fork, uint64_t time,
                            yyjson_val *fixture_config) {
    int step = blob_step(fork);
    if (step < 0) return GVM_OK;
    c->blobs[step].time = time;
    return gvm_fixture_blobs(&c->blobs[step].params, fork, fixture_config);
}

static gvm_status set_transition(gvm_chain_config *c, const transition *t, gvm_fork from,
                                 yyjson_val *fixture_config) {
    gvm_fork to;
    if (strcmp(t->to, "Dao") == 0) return GVM_OK; /* no rules of its own: see dao.h */
    GVM_TRY(gvm_fork_by_name(&to, t->to));
    if (t->kind == AT_DIFFICULTY) {
        c->terminal_difficulty = gvm_u256_from_u64(t->at);
        return GVM_OK;
    }
    for (int f = (int)from + 1; f <= (int)to; f++) c->begins[f] = t->at;
    return set_blobs(c, t->to, t->at, fixture_config);
}

gvm_status gvm_fixture_network(gvm_chain_config *out, const char *network,
                               yyjson_val *fixture_config) {
    transition t;
    bool is_transition;
    gvm_fork from;
    uint64_t chain_id = 1;
    GVM_TRY(parse(&t, &is_transition, network));
    GVM_TRY(gvm_fork_by_name(&from, t.from));
    GVM_TRY(gvm_fixture_opt(gvm_fixture_u64(&chain_id, yyjson_obj_get(fixture_config, "chainid"))));
    gvm_config_init(out, chain_id, from);
    GVM_TRY(set_blobs(out, t.from, 0, fixture_config));
    return is_transition ? set_transition(out, &t, from, fixture_config) : GVM_OK;
}
