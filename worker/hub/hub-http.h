/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-guard.h"
#include "worker/hub/hub-invites.h"
#include "worker/hub/hub-relay.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* The HTTP side (spec 5.1): /status, /invite, /invite/{code}, /network-info. Inbound X-Bamgate-*
 * headers, which mean something inside other relays, mean nothing here. */
typedef struct
{
  BgHubNetwork *network;
  BgHubInvites *invites;
  BgHubWriter *writer;
  BgHubGuard *guard;
  char *token;
  BgHubRelay *relay; /* NULL: none */
  char *turn_secret; /* of the relay; NULL: none */
  char
    *public_base; /* "https://hub.example" for invites; NULL: what the inviter's Host header says */
  char *local_base; /* where there is no such header */
  gboolean is_tls;
  gboolean is_behind_proxy; /* which names its clients */
  guint invite_lifetime_s;
} BgHubHttp;

/* Answers one request; any path but /connect. */
void bg_hub_http_answer (const BgHubHttp *http, SoupServerMessage *message, const char *path);
gboolean bg_hub_http_is_authorized (const BgHubHttp *http, SoupServerMessage *message);
/* A plain-text answer. */
void bg_hub_http_reply_text (SoupServerMessage *message, guint status, const char *text);

G_END_DECLS
