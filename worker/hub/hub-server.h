/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-owner.h"
#include "worker/core/turn-ceiling.h"

G_BEGIN_DECLS

/* The hub as a whole: opens what is in the state directory, listens, keeps rooms and sessions. */
typedef struct _BgHubServer BgHubServer;

typedef struct
{
  const char *listen; /* see bg_listen_address_parse(); sockets that systemd opened come before it */
  int port;                              /* instead of the one in `listen`; -1: that one */
  const char *state_dir;                 /* made where it is missing */
  const char *tls_certificate, *tls_key; /* PEM files; NULL: a credential of that name, or our own */
  gboolean plain;                        /* no TLS */
  gboolean behind_proxy;                 /* which says who its clients are: see bamgate-hub(8) */
  const char *token_file; /* NULL: the credential "token", or "token" in the state directory, made where it is missing */
  const char *turn_secret_file; /* NULL: the credential "turn-secret", or "turn-secret" in the state directory, likewise */
  const char *subnet;     /* NULL: the one stored */
  const char *public_url; /* how clients reach us, for invites; NULL: as the inviter did */
  const char *suffix;     /* of the members' names in the DNS, normalized; NULL: each chooses */
  gboolean is_token_allowed; /* the token that all share opens rooms, while the network is not signed */
  gboolean needs_approval;   /* of every newcomer, by an owner */
  guint max_peers;        /* in one room */
  guint max_sockets;
  guint max_relay_sockets; /* beside these; 0: no relay */
  guint relay_rate_mbit;   /* for one device; 0: no bound */
  BgTurnCeiling relay_ceiling; /* of all that is relayed */
  guint invite_lifetime_s;
  guint join_timeout_s;
  guint ping_interval_s;
} BgHubOptions;

BgHubServer *bg_hub_server_new (const BgHubOptions *options, GError **error);
void bg_hub_server_free (BgHubServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubServer, bg_hub_server_free)

/* One line of JSON for whoever started us: "url" (for this machine), "pin" (null: trust as the
 * system does, or no TLS), "port", "token_file". */
char *bg_hub_server_describe (BgHubServer *server);
/* Reads a given certificate again; who is connected stays so. */
void bg_hub_server_reload (BgHubServer *server);
/* The same as bg_hub_server_describe() for a program that shares no files with us; valid as long as the server. */
void bg_hub_server_get_facts (BgHubServer *server, BgHubFacts *facts);
/* Closes all sockets with 1001; `on_stopped` comes when they are closed, or after 2 s. */
void bg_hub_server_stop (BgHubServer *server, void (*on_stopped) (gpointer data), gpointer data);

G_END_DECLS
