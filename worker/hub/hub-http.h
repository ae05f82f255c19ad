/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-caller.h"
#include "worker/hub/hub-challenge.h"
#include "worker/hub/hub-guard.h"
#include "worker/hub/hub-memory.h"
#include "worker/hub/hub-relay.h"

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

G_BEGIN_DECLS

/* Rows that are on their way from another hub. */
typedef struct _BgHubComing BgHubComing;
BgHubComing *bg_hub_coming_new (void);
void bg_hub_coming_free (BgHubComing *coming);

/* The HTTP side (docs/protocol.md, HTTP). Inbound X-Bamgate-* headers, which mean something inside other relays, mean nothing
 * here. */
typedef struct
{
  BgHubMemory memory;
  BgHubGuard *guard;            /* of codes */
  BgHubGuard *credential_guard; /* of tokens, and of what is put into the log */
  BgHubChallenges *challenges;
  char *token;
  BgHubRelay *relay; /* NULL: none */
  char *turn_secret; /* of the relay; NULL: none */
  char
    *public_base; /* "https://hub.example" for invites; NULL: what the inviter's Host header says */
  char *local_base; /* where there is no such header */
  const char *pin;  /* of our own certificate; NULL: none (borrowed) */
  gboolean is_tls;
  gboolean is_behind_proxy; /* which names its clients */
  guint invite_lifetime_s;
  /* The ids (owned) of devices that are in a room now, as a set. */
  GHashTable *(*list_online) (gpointer data);
  /* A network that came takes the place of ours, which nobody uses; takes `rows`. */
  gboolean (*adopt) (BgHubRows *rows, const BgIpPrefix *subnet, gpointer data, GError **error);
  /* The network has gone: all that are here are to hear of it. */
  void (*tell_moved) (gpointer data);
  gpointer data;
  BgHubComing *coming;
} BgHubHttp;

/* Before the body is read: whether it is kept. */
void bg_hub_http_prepare (const BgHubHttp *http, SoupServerMessage *message, const char *path);
/* Answers one request; any path but /connect. */
void bg_hub_http_answer (const BgHubHttp *http, SoupServerMessage *message, const char *path);
/* Says that this hub registers devices. */
void bg_hub_http_say_devices (SoupServerMessage *message);
/* Says what we know of the relay beyond the reference, and whether the client said that it does, too (docs/protocol.md, The relay). */
void bg_hub_http_say_relay (SoupServerMessage *message);
gboolean bg_hub_http_takes_relay (SoupServerMessage *message);

/* For the endpoints. */

BgHubCaller bg_hub_http_caller (const BgHubHttp *http, SoupServerMessage *message);
/* May whoever asks do this? 0, or the status of the refusal, and why. */
guint bg_hub_http_refusal (const BgHubHttp *http, SoupServerMessage *message, BgDeviceRight right, const char **why);
/* Where the request comes from (transfer full). */
GInetAddress *bg_hub_http_source (const BgHubHttp *http, SoupServerMessage *message);
/* "https://hub.example:8443", as its client sees it (transfer full). */
char *bg_hub_http_base_url (const BgHubHttp *http, SoupServerMessage *message);
/* A number of up to nine digits in the query, 0 where it is absent. FALSE: that is none. */
gboolean bg_hub_http_read_number (SoupServerMessage *message, const char *name, guint *number);
/* The answer of a hub whose network has gone, and the frame that says so (transfer full). */
void bg_hub_http_reply_moved (const BgHubHttp *http, SoupServerMessage *message);
char *bg_hub_http_moved_frame (const BgHubHttp *http);
/* The relay's secret, or "". */
const char *bg_hub_http_turn_secret (const BgHubHttp *http);
/* The body, one object (transfer full); NULL, and an answer, where it is none. */
JsonNode *bg_hub_http_body (SoupServerMessage *message);
/* Unix seconds. */
gint64 bg_hub_http_now (void);

G_END_DECLS
