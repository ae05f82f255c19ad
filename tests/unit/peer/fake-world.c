/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-world.h"

#include "relay/relay.h"
#include "common/error.h"
#include "common/ip-prefix.h"
#include "common/key-text.h"
#include "transport/ice-servers.h"
#include "transport/stun-servers.h"

#include <string.h>

FakeWorld world;

/* --- Keys --- */

WgKey
fake_key (guint8 byte)
{
  WgKey key;

  memset (&key, byte, sizeof key);
  return key;
}

char *
fake_key_text (guint8 byte)
{
  WgKey key = fake_key (byte);
  char *text = g_malloc (BG_KEY_TEXT_LEN + 1);

  bg_key_to_base64 (key.bytes, text);
  return text;
}

/* --- Servers: none is asked --- */

void
bg_ice_servers_ask (const char *const *stun)
{
}

void
bg_stun_servers_renew (void)
{
}

/* --- Data plane --- */

static bool
post (char *text)
{
  if (world.mailbox_room == 0)
    {
      g_free (text);
      return false;
    }
  world.mailbox_room--;
  g_ptr_array_add (world.commands, text);
  return true;
}

char **
bg_relay_open (BgRelay *self, const char *name, gint64 now)
{
  return NULL;
}

BgPacketPool *
bg_dataplane_pool (BgDataplane *self)
{
  return NULL;
}

BgTransportSink
bg_dataplane_sink (BgDataplane *self)
{
  return (BgTransportSink){ 0 };
}

bool
bg_dataplane_set_peer (BgDataplane *self, const BgPeerConfig *config)
{
  GString *text = g_string_new (NULL);

  g_string_printf (text, "set-peer %02x", config->key.bytes[0]);
  for (uint32_t i = 0; i < config->n_allowed_ips; i++)
    {
      BgIpPrefix prefix = { .family = config->allowed_ips[i].family,
                            .len = config->allowed_ips[i].prefix };
      char shown[BG_IP_PREFIX_TEXT];

      memcpy (prefix.addr, config->allowed_ips[i].addr, sizeof prefix.addr);
      bg_ip_prefix_format (&prefix, shown);
      g_string_append_printf (text, " %s", shown);
    }
  if (config->control)
    g_string_append (text, " control");
  if (config->on_demand)
    g_string_append_printf (text, " on-demand %u", config->keepalive);
  if (config->has_endpoint)
    g_string_append (text, " endpoint");
  return post (g_string_free (text, FALSE));
}

bool
bg_dataplane_set_endpoint (BgDataplane *self, const WgKey *key, const BgEndpoint *endpoint)
{
  return post (g_strdup_printf ("endpoint %02x", key->bytes[0]));
}

bool
bg_dataplane_remove_peer (BgDataplane *self, const WgKey *key)
{
  return post (g_strdup_printf ("remove %02x", key->bytes[0]));
}

bool
bg_dataplane_attach (BgDataplane *self, const WgKey *key, BgTransport *transport)
{
  return post (
    g_strdup_printf ("attach %02x %s", key->bytes[0], bg_transport_kind_name (transport->kind)));
}

bool
bg_dataplane_detach (BgDataplane *self, BgTransport *transport)
{
  return post (g_strdup_printf ("detach %s", bg_transport_kind_name (transport->kind)));
}

bool
bg_dataplane_handshake (BgDataplane *self, const WgKey *key)
{
  return post (g_strdup_printf ("handshake %02x", key->bytes[0]));
}

bool
bg_dataplane_rest (BgDataplane *self, const WgKey *key)
{
  return post (g_strdup_printf ("rest %02x", key->bytes[0]));
}

bool
bg_dataplane_say_head (BgDataplane *self, const WgKey *key, const BgLogHead *head)
{
  return post (g_strdup_printf ("head %02x %u%s", key->bytes[0], head->count,
                                head->is_answer ? " answer" : ""));
}

bool
bg_dataplane_say_part (BgDataplane *self, const WgKey *key, const BgLogPart *part)
{
  return post (
    g_strdup_printf ("log %02x %u+%u %u", key->bytes[0], part->entry, part->offset, part->len));
}

bool
bg_dataplane_say_leave (BgDataplane *self, const WgKey *key)
{
  return post (g_strdup_printf ("leave %02x", key->bytes[0]));
}

bool
bg_dataplane_request_stats (BgDataplane *self, uint64_t cookie)
{
  return post (g_strdup_printf ("stats %" G_GINT64_MODIFIER "u", cookie));
}

bool
bg_dataplane_ping (BgDataplane *self, const WgKey *key, uint32_t timeout_ms, uint64_t cookie)
{
  world.last_cookie = cookie;
  world.last_patience_ms = timeout_ms;
  return post (g_strdup_printf ("ping %02x", key->bytes[0]));
}

gboolean
fake_has_command (const char *text)
{
  for (guint i = 0; i < world.commands->len; i++)
    if (g_str_equal (world.commands->pdata[i], text))
      return TRUE;
  return FALSE;
}

guint
fake_count_commands (const char *prefix)
{
  guint n = 0;

  for (guint i = 0; i < world.commands->len; i++)
    n += g_str_has_prefix (world.commands->pdata[i], prefix);
  return n;
}

/* --- Signalling --- */

struct _BgSignalingClient
{
  GObject parent;
};

G_DEFINE_FINAL_TYPE (BgSignalingClient, bg_signaling_client, G_TYPE_OBJECT)

static void
bg_signaling_client_class_init (BgSignalingClientClass *klass)
{
  g_signal_new ("state-changed", BG_TYPE_SIGNALING_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 0);
  g_signal_new ("message", BG_TYPE_SIGNALING_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
bg_signaling_client_init (BgSignalingClient *self)
{
}

BgSignalingState
bg_signaling_client_get_state (BgSignalingClient *self)
{
  return world.signaling_state;
}

void
bg_signaling_client_rejoin (BgSignalingClient *self)
{
  world.rejoins++;
}

void
bg_signaling_client_retry_now (BgSignalingClient *self)
{
  world.asked++;
}

gboolean
bg_signaling_client_send (BgSignalingClient *self, const BgSignalMessage *message, GError **error)
{
  g_autofree char *json = bg_signal_message_to_json (message);

  if (world.signaling_state != BG_SIGNALING_ONLINE)
    {
      g_set_error_literal (error, BG_ERROR, BG_ERROR_WRONG_STATE, "not online");
      return FALSE;
    }
  g_ptr_array_add (world.sent, bg_signal_message_parse (json, strlen (json), NULL));
  return TRUE;
}

void
fake_signaling_set_state (BgSignalingState state)
{
  world.signaling_state = state;
  g_signal_emit_by_name (world.signaling, "state-changed");
}

void
fake_signaling_receive (BgSignalMessage *message)
{
  g_signal_emit_by_name (world.signaling, "message", message);
  bg_signal_message_free (message);
}

const BgSignalMessage *
fake_sent (BgSignalType type, const char *to)
{
  for (guint i = world.sent->len; i > 0; i--)
    {
      const BgSignalMessage *message = world.sent->pdata[i - 1];

      if (message->type == type && g_strcmp0 (message->to, to) == 0)
        return message;
    }
  return NULL;
}

guint
fake_count_sent (BgSignalType type, const char *to)
{
  guint n = 0;

  for (guint i = 0; i < world.sent->len; i++)
    {
      const BgSignalMessage *message = world.sent->pdata[i];

      n += message->type == type && g_strcmp0 (message->to, to) == 0;
    }
  return n;
}

/* --- Sessions --- */

G_DEFINE_FINAL_TYPE (BgIceSession, bg_ice_session, G_TYPE_OBJECT)

static void
bg_ice_session_finalize (GObject *object)
{
  BgIceSession *self = BG_ICE_SESSION (object);

  g_assert_cmpint (self->data_channel.refs, ==, 1);
  g_assert_cmpint (self->ice.refs, ==, 1);
  g_assert_cmpint (self->direct.refs, ==, 1);
  g_assert_cmpint (self->next_direct.refs, ==, 1);
  g_free (self->remote);
  g_free (self->answered);
  g_ptr_array_unref (self->candidates);
  G_OBJECT_CLASS (bg_ice_session_parent_class)->finalize (object);
}

static void
bg_ice_session_class_init (BgIceSessionClass *klass)
{
  GType type = BG_TYPE_ICE_SESSION;

  G_OBJECT_CLASS (klass)->finalize = bg_ice_session_finalize;
  g_signal_new ("local-description", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                G_TYPE_STRING, G_TYPE_STRING);
  g_signal_new ("local-candidate", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                G_TYPE_STRING);
  g_signal_new ("state-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("pair-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("channel-opened", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("restarted", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("restart-failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                G_TYPE_ERROR);
}

static void
bg_ice_session_init (BgIceSession *self)
{
  self->candidates = g_ptr_array_new_with_free_func (g_free);
  self->data_channel = (BgTransport){ .kind = BG_TRANSPORT_DATA_CHANNEL, .refs = 1 };
  self->ice = (BgTransport){ .kind = BG_TRANSPORT_ICE, .refs = 1 };
  self->direct = self->next_direct = (BgTransport){ .kind = BG_TRANSPORT_DIRECT, .refs = 1 };
}

BgIceSession *
bg_ice_session_new (const BgIceSessionConfig *config, GError **error)
{
  BgIceSession *self;

  if (world.no_sessions)
    {
      g_set_error_literal (error, BG_ERROR, BG_ERROR_FAILED, "a plugin is missing");
      return NULL;
    }
  self = g_object_new (BG_TYPE_ICE_SESSION, NULL);
  self->offerer = self->offers = config->offerer;
  self->plain = config->plain;
  g_ptr_array_add (world.sessions, g_object_ref (self));
  return self;
}

void
bg_ice_session_start (BgIceSession *self)
{
  self->started = TRUE;
}

/* The text of a description stands in its mid (bg_sdp_parse). */
gboolean
bg_ice_session_set_remote_take (BgIceSession *self, const char *type, BgSdp *taken, GError **error)
{
  g_autoptr (BgSdp) sdp = taken;

  g_free (self->remote);
  self->remote = g_strdup_printf ("%s %s", type, sdp->mid);
  return TRUE;
}

void
bg_ice_session_restart (BgIceSession *self, const BgIceSettings *ice)
{
  self->restarts++;
  self->offers = TRUE;
}

gboolean
bg_ice_session_answer_restart_take (BgIceSession *self, const BgIceSettings *ice, BgSdp *taken,
                                    GError **error)
{
  g_autoptr (BgSdp) sdp = taken;

  g_free (self->answered);
  self->answered = g_strdup (sdp->mid);
  self->offers = FALSE;
  return TRUE;
}

gboolean
bg_ice_session_add_candidate (BgIceSession *self, const char *candidate, GError **error)
{
  g_assert_nonnull (self->remote); /* the negotiator keeps the order */
  g_ptr_array_add (self->candidates, g_strdup (candidate));
  return TRUE;
}

void
bg_ice_session_add_leg (BgIceSession *self)
{
  self->legs += self->alone;
  self->alone = FALSE;
}

gboolean
bg_ice_session_has_spare_leg (BgIceSession *self)
{
  return self->legs > self->dropped_legs;
}

gboolean
bg_ice_session_is_leg_spare_to_peer (BgIceSession *self)
{
  return bg_ice_session_has_spare_leg (self) && self->peer_spares_leg;
}

void
bg_ice_session_drop_leg (BgIceSession *self)
{
  self->dropped_legs += bg_ice_session_has_spare_leg (self);
  self->alone = TRUE;
}

BgIceSessionState
bg_ice_session_get_state (BgIceSession *self)
{
  return self->state;
}

BgTransport *
bg_ice_session_dup_data_channel (BgIceSession *self)
{
  return self->alone ? NULL : bg_transport_ref (&self->data_channel);
}

BgTransport *
bg_ice_session_dup_ice (BgIceSession *self)
{
  return bg_transport_ref (&self->ice);
}

BgTransport *
bg_ice_session_dup_direct (BgIceSession *self, GError **error)
{
  return bg_transport_ref (self->at ? &self->next_direct : &self->direct);
}

gboolean
bg_ice_session_get_pair (BgIceSession *self, char **local, char **remote, gboolean *relayed)
{
  *local = g_strdup ("host udp 192.0.2.1:1");
  *remote = g_strdup (self->at ? self->at : "host udp 192.0.2.2:2");
  *relayed = FALSE;
  return TRUE;
}

const char *
bg_ice_session_get_base (BgIceSession *self)
{
  return self->base;
}

void
bg_ice_session_set_watcher (BgIceSession *self, BgWatcher watcher)
{
  g_assert_true (!self->remote || self->restarts > 0);
  self->watched = watcher == BG_WATCHED_BY_PATHS;
}

gboolean
bg_ice_session_is_alone (BgIceSession *self)
{
  return self->alone;
}

void
bg_ice_session_close (BgIceSession *self)
{
  self->closed = TRUE;
}

static char *
word_of (const char *sdp, const char *key)
{
  const char *at = strstr (sdp, key);

  return at ? g_strndup (at + strlen (key), strcspn (at + strlen (key), " ")) : NULL;
}

BgSdp *
bg_sdp_parse (const char *text, GError **error)
{
  BgSdp *sdp;

  world.parsed++;
  if (strstr (text, "rubbish") || !strstr (text, "fp="))
    {
      g_set_error_literal (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT, "rubbish");
      return NULL;
    }
  sdp = g_new0 (BgSdp, 1);
  sdp->mid = g_strdup (text);
  sdp->origin = word_of (text, "session=");
  sdp->ufrag = strstr (text, "ufrag=") ? word_of (text, "ufrag=") : g_strdup ("");
  sdp->fingerprint = word_of (text, "fp=");
  return sdp;
}

gboolean
bg_sdp_is_same_session (const BgSdp *a, const BgSdp *b)
{
  return a->origin && g_strcmp0 (a->origin, b->origin) == 0;
}

void
bg_sdp_free (BgSdp *sdp)
{
  g_free (sdp->mid);
  g_free (sdp->origin);
  g_free (sdp->ufrag);
  g_free (sdp->fingerprint);
  g_free (sdp);
}

BgIceSession *
fake_last_session (void)
{
  g_assert_cmpuint (world.sessions->len, >, 0);
  return world.sessions->pdata[world.sessions->len - 1];
}

guint
fake_open_sessions (void)
{
  guint n = 0;

  for (guint i = 0; i < world.sessions->len; i++)
    n += !((BgIceSession *) world.sessions->pdata[i])->closed;
  return n;
}

void
fake_session_describe (BgIceSession *session, const char *sdp)
{
  g_signal_emit_by_name (session, "local-description", session->offers ? "offer" : "answer", sdp);
}

void
fake_session_set_state (BgIceSession *session, BgIceSessionState state)
{
  session->state = state;
  g_signal_emit_by_name (session, "state-changed");
}

void
fake_session_move (BgIceSession *session, const char *remote)
{
  session->at = remote;
  g_signal_emit_by_name (session, "restarted");
  g_signal_emit_by_name (session, "pair-changed");
}

void
fake_session_end_restart (BgIceSession *session, gboolean found)
{
  g_signal_emit_by_name (session, found ? "restarted" : "restart-failed");
}

void
fake_session_fail (BgIceSession *session, const char *why)
{
  g_autoptr (GError) error = g_error_new_literal (BG_ERROR, BG_ERROR_FAILED, why);

  g_signal_emit_by_name (session, "failed", error);
}

/* --- All of it --- */

void
fake_world_init (void)
{
  world = (FakeWorld){
    .signaling = g_object_new (BG_TYPE_SIGNALING_CLIENT, NULL),
    .signaling_state = BG_SIGNALING_OFFLINE,
    .sent = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_signal_message_free),
    .commands = g_ptr_array_new_with_free_func (g_free),
    .mailbox_room = G_MAXUINT,
    .sessions = g_ptr_array_new_with_free_func (g_object_unref),
  };
}

void
fake_world_clear (void)
{
  g_assert_cmpuint (fake_open_sessions (), ==, 0);
  g_assert_cmpuint (fake_clock_pending (), ==, 0);
  g_ptr_array_unref (world.sent);
  g_ptr_array_unref (world.commands);
  g_ptr_array_unref (world.sessions);
  g_assert_finalize_object (world.signaling);
}
