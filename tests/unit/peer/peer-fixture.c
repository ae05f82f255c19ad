/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer-fixture.h"

#include "common/key-text.h"
#include "common/log.h"
#include "peer/offer-mac.h"

#include <glib/gstdio.h>
#include <string.h>

static void
on_routes_changed (BgPeerSet *set, Fixture *f)
{
  f->routes_changed++;
}

static void
on_peer_added (BgPeerSet *set, BgPeer *peer, Fixture *f)
{
  f->added++;
}

static void
on_peer_removed (BgPeerSet *set, BgPeer *peer, Fixture *f)
{
  f->removed++;
}

void
open_set (Fixture *f, guint paths)
{
  BgIpPrefix addresses[2];
  WgKey private_key = fake_key (0x11);
  BgPeerSetConfig config = {
    .private_key = &private_key,
    .self_id = "m",
    .self_key = fake_key (0x11),
    .addresses = addresses,
    .n_addresses = G_N_ELEMENTS (addresses),
    .interface = "bamgate0",
    .paths = paths,
    .accept_routes = TRUE,
    .connect = f->connect,
    .pins_path = f->pins,
    .signaling = world.signaling,
    .log = f->log,
    .revoked = f->revoked,
  };
  g_autoptr (GError) error = NULL;

  g_assert_true (bg_ip_prefix_parse ("10.0.0.1/24", &addresses[0]));
  g_assert_true (bg_ip_prefix_parse ("fd00:ba::1/64", &addresses[1]));
  f->set = bg_peer_set_new (&config, &error);
  g_assert_no_error (error);
  g_signal_connect (f->set, "routes-changed", G_CALLBACK (on_routes_changed), f);
  g_signal_connect (f->set, "peer-added", G_CALLBACK (on_peer_added), f);
  g_signal_connect (f->set, "peer-removed", G_CALLBACK (on_peer_removed), f);
}

void
close_set (Fixture *f)
{
  bg_peer_set_close (f->set);
  g_assert_finalize_object (f->set);
}

void
set_up (Fixture *f, gconstpointer data)
{
  guint paths = GPOINTER_TO_UINT (data);

  fake_world_init ();
  f->dir = g_dir_make_tmp ("bamgate-peers-XXXXXX", NULL);
  f->pins = g_build_filename (f->dir, "known-peers", NULL);
  open_set (f, paths ? paths : 1u << BG_TRANSPORT_DATA_CHANNEL | 1u << BG_TRANSPORT_ICE);
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
}

void
tear_down (Fixture *f, gconstpointer data)
{
  close_set (f);
  fake_world_clear ();
  g_unlink (f->pins);
  g_rmdir (f->dir);
  g_free (f->pins);
  g_free (f->dir);
}

/* --- What the hub says --- */

void
add_entry (BgSignalMessage *message, const char *id, guint8 key, const char *address,
           const char *route)
{
  BgSignalPeer *peer = g_new0 (BgSignalPeer, 1);

  peer->id = g_strdup (id);
  peer->public_key = key ? fake_key_text (key) : g_strdup ("");
  peer->address = g_strdup (address);
  peer->routes = g_new0 (char *, 2);
  peer->routes[0] = g_strdup (route);
  g_ptr_array_add (message->peers, peer);
}

void
say_empty_list (void)
{
  fake_signaling_receive (bg_signal_message_new (BG_SIGNAL_PEERS));
}

void
say_entry (const char *id, guint8 key, const char *address, const char *route)
{
  BgSignalMessage *message = bg_signal_message_new (BG_SIGNAL_PEERS);

  add_entry (message, id, key, address, route);
  fake_signaling_receive (message);
}

void
say_left (const char *id)
{
  BgSignalMessage *message = bg_signal_message_new (BG_SIGNAL_PEER_LEFT);

  message->peer_id = g_strdup (id);
  fake_signaling_receive (message);
}

BgSignalMessage *
message_from (BgSignalType type, const char *from)
{
  BgSignalMessage *message = bg_signal_message_new (type);

  message->from = g_strdup (from);
  message->to = g_strdup ("m");
  return message;
}

void
say_description (BgSignalType type, const char *from, guint8 key, const char *sdp, Make make)
{
  BgSignalMessage *message = message_from (type, from);

  message->sdp = g_strdup (sdp);
  message->public_key = key ? fake_key_text (key) : NULL;
  if (make != GO)
    {
      message->is_bamgate = TRUE;
      message->implementation = g_strdup ("bamgated 0");
      message->paths = g_strsplit ("ice;direct", ";", -1);
      message->control = make == RESTS ? 2 : 1;
    }
  fake_signaling_receive (message);
}

void
say_candidate (const char *from, const char *candidate)
{
  BgSignalMessage *message = message_from (BG_SIGNAL_CANDIDATE, from);

  message->candidate = g_strdup (candidate);
  fake_signaling_receive (message);
}

/* --- What the data plane says --- */

void
say_event (Fixture *f, BgEventType type, guint8 key, BgTransportKind kind)
{
  BgEvent event = {
    .type = type, .key = fake_key (key), .kind = kind, .mtu = kind == BG_TRANSPORT_ICE ? 1420 : 1152
  };

  bg_peer_set_take_event (f->set, &event);
}

void
say_pong (Fixture *f, guint8 key, gint64 latency_us)
{
  BgEvent event = { .type = BG_EVENT_PING,
                    .key = fake_key (key),
                    .cookie = world.last_cookie,
                    .latency_us = latency_us };

  bg_peer_set_take_event (f->set, &event);
}

const BgPeerInfo *
info (Fixture *f, const char *id)
{
  BgPeer *peer = bg_peer_set_lookup (f->set, id);

  g_assert_nonnull (peer);
  return bg_peer_get_info (peer);
}

void
assert_state (Fixture *f, const char *id, BgPeerPublicState state)
{
  g_assert_cmpstr (bg_peer_public_state_name (info (f, id)->state), ==,
                   bg_peer_public_state_name (state));
}

void
assert_refused (Fixture *f, const char *id, const char *word)
{
  assert_state (f, id, BG_PEER_PUBLIC_REFUSED);
  if (!strstr (info (f, id)->state_reason, word))
    g_error ("“%s” does not say “%s”", info (f, id)->state_reason, word);
}

void
open_session (Fixture *f, guint8 key)
{
  fake_session_set_state (fake_last_session (), BG_ICE_SESSION_OPEN);
  say_event (f, BG_EVENT_SESSION, key, BG_TRANSPORT_NONE);
  say_event (f, BG_EVENT_PATH, key, BG_TRANSPORT_ICE);
}

void
connect_larger (Fixture *f, const char *id, guint8 key, const char *address, Make make)
{
  say_entry (id, key, address, NULL);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  say_description (BG_SIGNAL_ANSWER, id, key, "fp=Z ufrag=z1", make);
  open_session (f, key);
  assert_state (f, id, BG_PEER_PUBLIC_CONNECTED);
}

void
connect_smaller (Fixture *f, const char *id, guint8 key, const char *address, Make make)
{
  say_entry (id, key, address, NULL);
  say_description (BG_SIGNAL_OFFER, id, key, "fp=A ufrag=a1", make);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  open_session (f, key);
  assert_state (f, id, BG_PEER_PUBLIC_CONNECTED);
}

/* --- Peers with real keys --- */

WgKey
real_key (guint8 seed)
{
  WgKey private_key = fake_key (seed), public_key;

  g_assert_true (wg_key_public (&private_key, &public_key));
  return public_key;
}

static char *
text_of_key (const WgKey *key)
{
  char *text = g_malloc (BG_KEY_TEXT_LEN + 1);

  bg_key_to_base64 (key->bytes, text);
  return text;
}

void
say_signed (BgSignalType type, const char *from, guint8 seed, const char *sdp, gint64 time)
{
  BgSignalMessage *message = message_from (type, from);
  WgKey private_key = fake_key (seed), theirs = real_key (seed), ours = real_key (0x11);
  BgOfferMac *mac = bg_offer_mac_new (&private_key);

  message->sdp = g_strdup (sdp);
  message->public_key = text_of_key (&theirs);
  message->is_bamgate = TRUE;
  message->paths = g_strsplit ("ice", ";", -1);
  message->control = 1;
  message->time = time;
  bg_offer_mac_sign (mac, &ours, message);
  bg_offer_mac_free (mac);
  fake_signaling_receive (message);
}

void
say_real_entry (const char *id, guint8 seed, const char *address)
{
  BgSignalMessage *message = bg_signal_message_new (BG_SIGNAL_PEERS);
  BgSignalPeer *peer = g_new0 (BgSignalPeer, 1);
  WgKey key = real_key (seed);

  peer->id = g_strdup (id);
  peer->public_key = text_of_key (&key);
  peer->address = g_strdup (address);
  peer->routes = g_new0 (char *, 1);
  g_ptr_array_add (message->peers, peer);
  fake_signaling_receive (message);
}

void
say_event_of (Fixture *f, BgEventType type, const WgKey *key, BgTransportKind kind)
{
  BgEvent event = { .type = type, .key = *key, .kind = kind, .mtu = 1420 };

  if (type == BG_EVENT_PING)
    event.cookie = world.last_cookie;
  event.latency_us = type == BG_EVENT_PING ? -1 : 0;
  bg_peer_set_take_event (f->set, &event);
}

void
connect_signed (Fixture *f, guint8 seed, const char *address)
{
  WgKey key = real_key (seed);

  say_real_entry ("a", seed, address);
  say_signed (BG_SIGNAL_OFFER, "a", seed, "fp=A ufrag=a1", 1000);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  fake_session_set_state (fake_last_session (), BG_ICE_SESSION_OPEN);
  say_event_of (f, BG_EVENT_SESSION, &key, BG_TRANSPORT_NONE);
  say_event_of (f, BG_EVENT_PATH, &key, BG_TRANSPORT_ICE);
  assert_state (f, "a", BG_PEER_PUBLIC_CONNECTED);
}
