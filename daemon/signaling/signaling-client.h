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
 *   "message"       (BgSignalMessage *message)  PEERS, PEER_LEFT, OFFER, ANSWER, CANDIDATE, NETWORK, MOVED, already parsed; boxed as gpointer,
 *                                               borrowed. Lists are without ourselves and without duplicates; a
 *                                               PEER_LEFT about ourselves and frames for others are kept back.
 *   "devices"                                   the hub that answers keeps devices; the join is not said yet.
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
/* Another token for the same hub, from the next dial on, which is soon where it waits; a line that is there stays. FALSE: it cannot be one, and nothing
 * changed. */
gboolean bg_signaling_client_set_token (BgSignalingClient *self, const char *token);
/* Why the newest attempt, or the line that it made, came to an end: the HTTP status 401 or 403, or BG_SIGNALING_CLOSED_BY_RULE where the hub closed the line of a device
 * that may not have it; 0: anything else, or nothing yet. `token` is what it was asked with (borrowed; NULL: none). */
enum
{
  BG_SIGNALING_CLOSED_BY_RULE = 1008, /* RFC 6455, 7.4.1 */
};
guint bg_signaling_client_get_refusal (BgSignalingClient *self, const char **token);
/* Where the hub of the newest attempt said that the network is (421), as it said it: "URL" or "URL#sha256=PIN"; NULL: it did not. Borrowed. */
const char *bg_signaling_client_get_moved (BgSignalingClient *self);
/* From a handler of "devices": the join waits for another token, with which the hub is dialled again at once, though for three seconds
 * at most. */
void bg_signaling_client_hold_join (BgSignalingClient *self);
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

G_END_DECLS
