/* Peers, topics and who subscribes to what.
 *
 * A subscription hangs in two lists: its topic's, which publishing walks, and its peer's, which
 * bounds it and ends it. Sending can only mark a peer as lost, never free anything, so a walk over
 * a topic is safe from what it causes. */
#include "service/jsonrpc/internal.h"
#include "service/jsonrpc/methods.h"

#include <stdio.h>
#include <stdlib.h>

struct gvm_rpc_subscription {
    gvm_rpc_subscription *topic_next, **topic_link;
    gvm_rpc_subscription *peer_next, **peer_link;
    gvm_rpc_peer *peer;
    size_t topic;
    void *filter;
    bool announced; /* the id has been sent: events may follow */
    char id[35];
};

typedef struct early_event {
    struct early_event *next;
    gvm_buf text;
} early_event;

struct gvm_rpc_peer {
    gvm_rpc *rpc;
    gvm_rpc_peer_send send;
    void *ctx;
    gvm_rpc_subscription *subscriptions;
    size_t count, early_count;
    early_event *early, **early_end;
    bool lost;
};

gvm_status gvm_rpc_peers_init(gvm_rpc *rpc) {
    rpc->id_state = rpc->config.seed;
    rpc->by_topic = calloc(rpc->config.topic_count + 1, sizeof *rpc->by_topic);
    rpc->topic_subscribers = calloc(rpc->config.topic_count + 1, sizeof *rpc->topic_subscribers);
    return rpc->by_topic == NULL || rpc->topic_subscribers == NULL ? GVM_ERR_NOMEM : GVM_OK;
}

void gvm_rpc_peers_free(gvm_rpc *rpc) {
    free(rpc->by_topic);
    free(rpc->topic_subscribers);
}

static size_t find_topic(const gvm_rpc *rpc, gvm_bytes name) {
    size_t i = 0;
    while (i < rpc->config.topic_count &&
           !gvm_bytes_equal(name, gvm_bytes_str(rpc->config.topics[i].name)))
        i++;
    return i;
}

gvm_status gvm_rpc_peer_new(gvm_rpc_peer **out, gvm_rpc *rpc, gvm_rpc_peer_send send, void *ctx) {
    gvm_rpc_peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL) return GVM_ERR_NOMEM;
    *peer = (gvm_rpc_peer){.rpc = rpc, .send = send, .ctx = ctx};
    peer->early_end = &peer->early;
    *out = peer;
    return GVM_OK;
}

static void subscription_end(gvm_rpc_subscription *s) {
    gvm_rpc *rpc = s->peer->rpc;
    const gvm_rpc_topic *topic = &rpc->config.topics[s->topic];
    *s->topic_link = s->topic_next;
    if (s->topic_next != NULL) s->topic_next->topic_link = s->topic_link;
    *s->peer_link = s->peer_next;
    if (s->peer_next != NULL) s->peer_next->peer_link = s->peer_link;
    rpc->topic_subscribers[s->topic]--;
    s->peer->count--;
    if (topic->free_filter != NULL && s->filter != NULL) topic->free_filter(s->filter);
    free(s);
}

static void early_free(gvm_rpc_peer *peer) {
    while (peer->early != NULL) {
        early_event *e = peer->early;
        peer->early = e->next;
        gvm_buf_free(&e->text);
        free(e);
    }
    peer->early_end = &peer->early;
    peer->early_count = 0;
}

void gvm_rpc_peer_delete(gvm_rpc_peer *peer) {
    if (peer == NULL) return;
    while (peer->subscriptions != NULL) subscription_end(peer->subscriptions);
    early_free(peer);
    free(peer);
}

static void peer_send(gvm_rpc_peer *peer, gvm_buf *text) {
    if (!peer->lost && !text->failed) {
        if (!peer->send(peer->ctx, text)) peer->lost = true;
    } else {
        peer->lost = true;
    }
    gvm_buf_free(text);
}

void gvm_rpc_peer_answered(gvm_rpc_peer *peer) {
    for (gvm_rpc_subscription *s = peer->subscriptions; s != NULL; s = s->peer_next)
        s->announced = true;
    for (early_event *e = peer->early; e != NULL; e = e->next) peer_send(peer, &e->text);
    early_free(peer);
}

static void keep_early(gvm_rpc_peer *peer, gvm_buf *text) {
    early_event *e = peer->early_count < GVM_RPC_MAX_EARLY_EVENTS ? calloc(1, sizeof *e) : NULL;
    if (e == NULL) {
        peer->lost = true;
        (void)peer->send(peer->ctx, NULL);
        gvm_buf_free(text);
        return;
    }
    e->text = *text;
    *text = (gvm_buf){0};
    *peer->early_end = e;
    peer->early_end = &e->next;
    peer->early_count++;
}

static void notify(gvm_rpc_subscription *s, gvm_bytes result) {
    if (s->peer->lost || result.len == 0) return;
    gvm_buf text = {0};
    gvm_buf_printf(&text,
                   "{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":{"
                   "\"subscription\":\"%s\",\"result\":",
                   s->id);
    gvm_buf_append(&text, result.ptr, result.len);
    gvm_buf_str(&text, "}}");
    if (s->announced) {
        peer_send(s->peer, &text);
    } else {
        keep_early(s->peer, &text);
    }
}

void gvm_rpc_publish(gvm_rpc *rpc, const char *topic, gvm_bytes result) {
    size_t i = find_topic(rpc, gvm_bytes_str(topic));
    GVM_ASSERT(i < rpc->config.topic_count);
    for (gvm_rpc_subscription *s = rpc->by_topic[i]; s != NULL; s = s->topic_next)
        notify(s, result);
}

void gvm_rpc_publish_each(gvm_rpc *rpc, const char *topic, gvm_rpc_render render, void *arg) {
    size_t i = find_topic(rpc, gvm_bytes_str(topic));
    GVM_ASSERT(i < rpc->config.topic_count);
    gvm_buf text = {0};
    for (gvm_rpc_subscription *s = rpc->by_topic[i]; s != NULL; s = s->topic_next) {
        if (s->peer->lost) continue;
        gvm_buf_clear(&text);
        render(&text, s->filter, arg);
        if (text.failed) {
            s->peer->lost = true;
        } else {
            notify(s, gvm_buf_bytes(&text));
        }
    }
    gvm_buf_free(&text);
}

size_t gvm_rpc_subscribers(const gvm_rpc *rpc, const char *topic) {
    size_t i = find_topic(rpc, gvm_bytes_str(topic));
    return i < rpc->config.topic_count ? rpc->topic_subscribers[i] : 0;
}

/* ---- the two methods */

/* splitmix64: ids need to be distinct and not guessed by accident; they are no secret that protects
 * anything, since a peer can only end its own subscriptions. */
static uint64_t next_id(gvm_rpc *rpc) {
    uint64_t z = rpc->id_state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static gvm_status fail_topic(gvm_rpc_call *call, gvm_bytes name) {
    const gvm_rpc *rpc = gvm_rpc_of(call);
    gvm_buf known = {0};
    for (size_t i = 0; i < rpc->config.topic_count; i++)
        gvm_buf_printf(&known, "%s%s", i == 0 ? "" : ", ", rpc->config.topics[i].name);
    gvm_status status =
        gvm_rpc_fail_param(call, 0, "expected one of %.*s, found \"%.*s\"", (int)known.len,
                           known.len == 0 ? "" : (const char *)known.ptr,
                           (int)(name.len < 64 ? name.len : 64), (const char *)name.ptr);
    gvm_buf_free(&known);
    return status;
}

gvm_status gvm_rpc_eth_subscribe(gvm_rpc_call *call) {
    gvm_rpc *rpc = call->request->rpc;
    gvm_rpc_peer *peer = call->request->peer;
    gvm_bytes name = gvm_rpc_arg_string(call, 0);
    size_t topic = find_topic(rpc, name);
    if (topic == rpc->config.topic_count) return fail_topic(call, name);
    if (peer->count >= GVM_RPC_MAX_SUBSCRIPTIONS)
        return gvm_rpc_fail(call, GVM_RPC_E_LIMIT,
                            "expected at most %d subscriptions on a connection",
                            GVM_RPC_MAX_SUBSCRIPTIONS);
    const gvm_rpc_topic *t = &rpc->config.topics[topic];
    yyjson_val *options = gvm_rpc_arg_json(call, 1);
    void *filter = NULL;
    if (t->accept != NULL) {
        GVM_TRY(t->accept(call, &filter, options));
    } else if (options != NULL && !(yyjson_is_obj(options) && yyjson_obj_size(options) == 0)) {
        return gvm_rpc_fail_param(call, 1, "%s takes no options", t->name);
    }
    gvm_rpc_subscription *s = calloc(1, sizeof *s);
    if (s == NULL) {
        if (t->free_filter != NULL && filter != NULL) t->free_filter(filter);
        return GVM_ERR_NOMEM;
    }
    *s = (gvm_rpc_subscription){.peer = peer, .topic = topic, .filter = filter};
    (void)snprintf(s->id, sizeof s->id, "0x%016llx%016llx",
                   (unsigned long long)next_id(rpc) | 1ull << 63, (unsigned long long)next_id(rpc));
    s->topic_link = &rpc->by_topic[topic];
    s->topic_next = *s->topic_link;
    if (s->topic_next != NULL) s->topic_next->topic_link = &s->topic_next;
    *s->topic_link = s;
    s->peer_link = &peer->subscriptions;
    s->peer_next = *s->peer_link;
    if (s->peer_next != NULL) s->peer_next->peer_link = &s->peer_next;
    *s->peer_link = s;
    rpc->topic_subscribers[topic]++;
    peer->count++;
    return gvm_rpc_return_string(call, s->id);
}

gvm_status gvm_rpc_eth_unsubscribe(gvm_rpc_call *call) {
    gvm_bytes id = gvm_rpc_arg_string(call, 0);
    gvm_rpc_subscription *s = call->request->peer->subscriptions;
    while (s != NULL && !gvm_bytes_equal(id, gvm_bytes_str(s->id))) s = s->peer_next;
    if (s == NULL)
        return gvm_rpc_fail(call, GVM_RPC_E_SERVER, "subscription not found on this connection");
    subscription_end(s);
    return gvm_rpc_return_bool(call, true);
}
