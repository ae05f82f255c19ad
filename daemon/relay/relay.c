/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/relay.h"
#include "relay/relay-thread.h"
#include "relay/turn-url.h"
#include "common/log.h"

#include <string.h>

struct _BgRelay
{
  BgRelayChanged changed;
  gpointer owner;
  BgLentLoop *carrier;
  BgRelayServer *server;
  char *secret;
  BgRelayThread *thread;
  BgRelayState state;
  BgWords *reason;
  gint64 absent_until; /* monotonic µs */
};

static const char *
name_of (BgRelayState state)
{
  static const char *const names[] = {
    [BG_RELAY_UNKNOWN] = "unknown", [BG_RELAY_WORKS] = "works", [BG_RELAY_ABSENT] = "absent",
    [BG_RELAY_REFUSES] = "refuses", [BG_RELAY_FAILS] = "fails",
  };

  return names[state];
}

/* Takes `reason`. */
static void
set_state (BgRelay *self, BgRelayState state, BgWords *reason)
{
  g_autoptr (BgWords) old = self->reason;
  gboolean same = self->state == state && bg_words_equal (old, reason);

  self->state = state;
  self->reason = reason;
  if (same)
    return;
  bg_log (BG_TOPIC_ICE, INFO, NULL, "relay of the hub: %s%s%s", name_of (state), reason ? ": " : "",
          bg_words_get_text (reason));
  self->changed (self->owner);
}

/* 401 and 403 are about the token, 429 and 5xx about this moment; whatever else a hub answers, it has no relay there. */
static gboolean
means_absent (guint status)
{
  return status != 0 && status != 401 && status != 403 && status != 429 && status < 500;
}

/* A hub that cannot be reached says nothing of its relay. */
static void
take_failure (BgRelay *self, const BgRelayNews *news)
{
  if (news->status == 0)
    bg_log (BG_TOPIC_ICE, INFO, NULL, "relay: %s", news->reason->text);
  else if (means_absent (news->status))
    {
      self->absent_until = g_get_monotonic_time () + (gint64) BG_RELAY_ABSENT_S * G_USEC_PER_SEC;
      set_state (self, BG_RELAY_ABSENT, NULL);
    }
  else
    set_state (self, BG_RELAY_FAILS, bg_words (RELAY_FAILS, news->reason));
}

static void
on_thread_news (gpointer owner, const BgRelayNews *news)
{
  BgRelay *self = owner;

  switch (news->verdict)
    {
    case BG_TURN_ALLOCATED:
      set_state (self, BG_RELAY_WORKS, NULL);
      break;
    case BG_TURN_UNAUTHORIZED:
      set_state (self, BG_RELAY_REFUSES, bg_words (RELAY_REFUSES_SECRET));
      break;
    case BG_TURN_OVER_CEILING:
      set_state (self, BG_RELAY_FAILS, bg_words (RELAY_OVER_CEILING));
      break;
    case BG_TURN_OTHER_REFUSAL:
      set_state (self, BG_RELAY_FAILS, bg_words (RELAY_REFUSES, news->code));
      break;
    case BG_TURN_NOTHING:
    default:
      take_failure (self, news);
      break;
    }
}

BgRelay *
bg_relay_new (BgRelayChanged changed, gpointer owner, BgLentLoop *carrier)
{
  BgRelay *self = g_new0 (BgRelay, 1);

  self->changed = changed;
  self->owner = owner;
  self->carrier = carrier;
  return self;
}

static void
forget_secret (BgRelay *self)
{
  if (self->secret)
    explicit_bzero (self->secret, strlen (self->secret));
  g_clear_pointer (&self->secret, g_free);
}

void
bg_relay_free (BgRelay *self)
{
  g_clear_pointer (&self->thread, bg_relay_thread_free);
  g_clear_pointer (&self->server, bg_relay_server_unref);
  g_clear_pointer (&self->reason, bg_words_unref);
  forget_secret (self);
  g_free (self);
}

/* What was found out is about another one. */
static void
start_over (BgRelay *self)
{
  self->absent_until = 0;
  set_state (self, BG_RELAY_UNKNOWN, NULL);
}

void
bg_relay_set_server (BgRelay *self, const char *hub, const char *token, const char *pin)
{
  BgRelayServer *server = hub ? bg_relay_server_new (hub, token, pin) : NULL;
  BgRelayServer *old = self->server;

  self->server = server;
  if (!old || !server ? old != server : !bg_relay_server_is (old, server))
    start_over (self);
  g_clear_pointer (&old, bg_relay_server_unref);
}

BgRelayServer *
bg_relay_get_server (BgRelay *self)
{
  return self->server;
}

void
bg_relay_set_secret (BgRelay *self, const char *secret)
{
  const char *wanted = secret && *secret ? secret : NULL;

  if (g_strcmp0 (self->secret, wanted) == 0)
    return;
  forget_secret (self);
  self->secret = g_strdup (wanted);
  start_over (self);
}

static gboolean
may_try (BgRelay *self)
{
  return self->server && self->server->url && self->secret
         && (self->state != BG_RELAY_ABSENT || g_get_monotonic_time () >= self->absent_until);
}

static void
add_url (BgRelay *self, GStrvBuilder *urls, const char *host, guint16 port, const char *name,
         gint64 now)
{
  g_autofree char *uri = g_strdup_printf ("turn:%s:%u?transport=tcp", host, port);
  g_autofree char *url = port != 0 ? bg_turn_url (uri, self->secret, name, now) : NULL;

  if (url)
    g_strv_builder_add (urls, url);
}

char **
bg_relay_open (BgRelay *self, const char *name, gint64 now)
{
  g_autoptr (GStrvBuilder) urls = g_strv_builder_new ();
  g_autoptr (GError) error = NULL;
  BgRelayPorts ports = { 0 };

  if (!may_try (self))
    return NULL;
  if (!bg_relay_ports_open (&ports, &error))
    {
      bg_log (BG_TOPIC_ICE, WARNING, NULL, "relay: %s", error->message);
      return NULL;
    }
  if (!self->thread)
    self->thread = bg_relay_thread_new (on_thread_news, self,
                                        bg_lent_loop_get_loop (self->carrier));
  add_url (self, urls, "127.0.0.1", ports.ports[0], name, now);
  add_url (self, urls, "[::1]", ports.ports[1], name, now);
  bg_relay_thread_open (self->thread, &ports, self->server);
  return g_strv_builder_end (urls);
}

BgRelayState
bg_relay_get_state (BgRelay *self)
{
  return self->state;
}

BgWords *
bg_relay_get_reason (BgRelay *self)
{
  return self->reason;
}
