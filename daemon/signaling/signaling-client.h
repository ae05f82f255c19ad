/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon's line to the hub: a WebSocket that comes back by itself. Main thread
 * only. */

#include "common/signal-message.h"
#include "common/words.h"

G_BEGIN_DECLS

#define BG_TYPE_SIGNALING_CLIENT (bg_signaling_client_get_type ())
G_DECLARE_FINAL_TYPE (BgSignalingClient, bg_signaling_client, BG, SIGNALING_CLIENT, GObject)

typedef enum
{
  BG_SIGNALING_OFFLINE,    /* stopped */
  BG_SIGNALING_CONNECTING, /* dialling, or joining: the hub has not answered yet */
  BG_SIGNALING_ONLINE,     /* joined: the hub sent its list */
  BG_SIGNALING_WAITING,    /* between two attempts */
} BgSignalingState;

/* Signals:
 *   "state-changed" ()                          bg_signaling_client_get_state(), …_get_reason()
 *   "message"       (BgSignalMessage *message)  PEERS, PEER_LEFT, OFFER, ANSWER, CANDIDATE, NETWORK, already parsed; boxed as gpointer,
 *                                               borrowed. Lists are without ourselves and without duplicates; a
 *                                               PEER_LEFT about ourselves and frames for others are kept back.
 */

/* `url` as configured (normalised inside, see bg_server_url_normalize()), NULL where it is not known yet; `token` may be
 * NULL; `pin` is the base64 SHA-256 of the server's public key info, or NULL for the system's trust.
 * Nothing is dialled yet. */
BgSignalingClient *bg_signaling_client_new (const char *url, const char *token, const char *pin,
                                            GError **error);
/* Another hub, or the same with another token or pin; a line that is started goes over to it. The same as before: nothing
 * happens. On error everything stays. */
gboolean bg_signaling_client_set_server (BgSignalingClient *self, const char *url, const char *token, const char *pin,
                                         GError **error);
gboolean bg_signaling_client_has_server (BgSignalingClient *self);
/* What is said in `join` after every (re)connect. Takes effect with the next one; call rejoin() for
 * now. */
void bg_signaling_client_set_self (BgSignalingClient *self, const BgSignalPeer *peer);
/* Does nothing while no hub is known. */
void bg_signaling_client_start (BgSignalingClient *self);
void bg_signaling_client_stop (BgSignalingClient *self);
/* Leaves and joins again (spec 2.9 rule 4), once the old socket is closed; the caller limits its
 * rate. */
void bg_signaling_client_rejoin (BgSignalingClient *self);
/* The network changed, or seems dead: dials now where it was waiting, or has a socket whose address is gone, and asks one that
 * looks alive whether it is, by a ping: what else comes in is no answer, and asking again does not give it longer. Dials stay a
 * second apart. */
void bg_signaling_client_retry_now (BgSignalingClient *self);
/* Sends an offer, answer or candidate; FALSE while not online, or where the frame would be above
 * the limit. */
gboolean bg_signaling_client_send (BgSignalingClient *self, const BgSignalMessage *message,
                                   GError **error);
BgSignalingState bg_signaling_client_get_state (BgSignalingClient *self);
/* "online", "connecting", …; the words of the bus property SignalingState. */
const char *bg_signaling_state_name (BgSignalingState state);
/* Where the hub was reached last; NULL before that. Borrowed. */
GInetAddress *bg_signaling_client_get_hub_address (BgSignalingClient *self);
/* Why it is not online, for people ("the hub refused the token (HTTP 401)"); NULL when it
 * is. */
BgWords *bg_signaling_client_get_reason (BgSignalingClient *self);
/* Unix µs of the next attempt, 0 for none. */
gint64 bg_signaling_client_get_retry_at (BgSignalingClient *self);

/* server-url.c */
/* "host/path" → "wss://host/path"; https → wss, http → ws; trimmed (spec 1.1, 9.1). */
char *bg_server_url_normalize (const char *text, GError **error);
/* The https/http base of a normalised URL, without a trailing "/connect" and without query. */
char *bg_server_url_http_base (const char *url);
/* What a client dials: `text`, in any form that bg_server_url_normalize() takes, without query and with "/connect". */
char *bg_server_url_connect (const char *text, GError **error);
/* Would everybody on the way read what goes there? TRUE for a normalised URL without TLS to another machine. */
gboolean bg_server_url_is_readable (const char *url);

/* service-api.c: the HTTP side of the hub (GET /invite/{code}, POST /invite, GET
 * /network-info). `base_url` is any form that bg_server_url_normalize() takes, with or without
 * "/connect". Errors are of BG_ERROR and said for people: NOT_FOUND "the invite code is unknown or
 * was used", "the invite code has expired"; NOT_AUTHORIZED; SERVICE; TIMEOUT; FAILED. */
typedef struct
{
  char *server_url;  /* as the hub names itself, with "/connect": for the client above */
  char *token;       /* secret */
  char *turn_secret; /* secret; "" for none */
  char *address;     /* "10.0.0.2/24" */
  char *subnet;      /* "10.0.0.0/24" */
} BgInviteGrant;
void bg_invite_grant_free (BgInviteGrant *grant);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgInviteGrant, bg_invite_grant_free)
/* Redeems a code for the device with `public_key` (base64, not secret): hubs give the same key the
 * same answer again while the code is good; older ones and workers ignore it. NULL: none yet. */
void bg_service_redeem_async (const char *base_url, const char *pin, const char *code,
                              const char *public_key, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer data);
BgInviteGrant *bg_service_redeem_finish (GAsyncResult *result, GError **error);
/* Makes an invite: `code` "ABCD-EFGH", `expires_in` seconds. */
void bg_service_invite_async (const char *base_url, const char *pin, const char *token,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer data);
char *bg_service_invite_finish (GAsyncResult *result, guint *expires_in, GError **error);
/* An address (NULL where the network is full) and the subnet, for a device that has the token.
 * Hubs keep the address for `public_key` (may be NULL), and name the one that it has already. */
void bg_service_network_info_async (const char *base_url, const char *pin, const char *token,
                                    const char *public_key, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer data);
/* `devices` (NULL, or transfer full): name → public key in base64, "" where it is not known. */
gboolean bg_service_network_info_finish (GAsyncResult *result, char **next_address, char **subnet, GHashTable **devices,
                                         GError **error);
/* What the hub makes credentials for its relay of (spec 4.1), for a device that has the token: free with explicit_bzero() and
 * g_free(); "" or NULL with an error where it does not tell. */
void bg_service_relay_secret_async (const char *base_url, const char *pin, const char *token,
                                    const char *public_key, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer data);
char *bg_service_relay_secret_finish (GAsyncResult *result, GError **error);

G_END_DECLS
