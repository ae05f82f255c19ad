/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/hub-relay.h"
#include "signaling/service-api.h"
#include "signaling/signaling-client.h"
#include "transport/ice-thread.h"
#include "common/log.h"
#include "common/source.h"

#include <string.h>

enum
{
  PATIENCE_MS = 1000,
  PATIENCE_ONLY_WAY_MS = 5000,
};

struct _BgHubRelay
{
  BgHealth *health;
  BgSecretStore *secrets;
  BgHubRelayAwaited awaited;
  gpointer owner;
  char *public_key;

  BgRelay *relay;
  gboolean is_wanted, is_only_way;

  char *url, *token, *pin; /* of the hub */
  GCancellable *question;
  gboolean is_told, has_none; /* what the hub said, or did not */
  gboolean has_stored;
  GSource *patience; /* while it is awaited */
};

/* Nothing else leads to anybody. */
static gboolean
is_missed (BgHubRelay *self)
{
  return self->is_wanted && self->is_only_way
         && (self->has_none || bg_relay_get_state (self->relay) == BG_RELAY_ABSENT);
}

static void
judge (BgHubRelay *self)
{
  BgWords *words = NULL;

  if (is_missed (self))
    words = bg_words (RELAY_FORCED_AND_ABSENT);
  else if (self->is_wanted)
    words = bg_words_ref (bg_relay_get_reason (self->relay));
  bg_health_set (self->health, BG_CONCERN_RELAY, words);
}

static void
on_relay_changed (gpointer owner)
{
  BgHubRelay *self = owner;

  if (bg_relay_get_state (self->relay) == BG_RELAY_REFUSES)
    bg_hub_relay_ask (self);
  judge (self);
}

BgHubRelay *
bg_hub_relay_new (BgHealth *health, BgSecretStore *secrets, const char *public_key,
                  BgHubRelayAwaited awaited, gpointer owner)
{
  BgHubRelay *self = g_new0 (BgHubRelay, 1);

  self->health = health;
  self->secrets = secrets;
  self->awaited = awaited;
  self->owner = owner;
  self->public_key = g_strdup (public_key);
  self->relay = bg_relay_new (on_relay_changed, self, bg_ice_thread_get_relayed ());
  return self;
}

/* The question */

static void
await_no_more (BgHubRelay *self)
{
  if (!self->patience)
    return;
  bg_source_drop (&self->patience);
  self->awaited (self->owner, FALSE);
}

static gboolean
on_impatient (gpointer data)
{
  await_no_more (data);
  return G_SOURCE_REMOVE;
}

/* Connections that are made now would be made without a relay, and only anew with one. */
static void
await (BgHubRelay *self)
{
  if (self->has_stored || self->is_told || self->patience)
    return;
  self->patience = bg_source_attach (
    g_timeout_source_new (self->is_only_way ? PATIENCE_ONLY_WAY_MS : PATIENCE_MS), on_impatient,
    self);
  self->awaited (self->owner, TRUE);
}

static void
end_question (BgHubRelay *self)
{
  await_no_more (self);
  g_cancellable_cancel (self->question);
  g_clear_object (&self->question);
}

/* Hubs that do not tell their secret gave it with the invite. */
static gboolean
use_stored_secret (BgHubRelay *self)
{
  g_autoptr (GError) error = NULL;
  char *secret = bg_secret_store_read (self->secrets, "turn-secret", &error);
  gboolean is_there = secret && *secret;

  if (error)
    bg_log (BG_TOPIC_CONFIG, DEBUG, NULL, "no secret for the hub's relay: %s", error->message);
  bg_relay_set_secret (self->relay, secret);
  bg_secret_free (secret);
  self->has_stored = is_there;
  return is_there;
}

static void
on_told (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  char *secret = bg_service_relay_secret_finish (result, &error);
  BgHubRelay *self = data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->question);
  self->is_told = secret && *secret;
  if (error)
    bg_log (BG_TOPIC_SIGNALING, DEBUG, NULL, "the hub was asked for its relay: %s", error->message);
  if (self->is_told)
    bg_relay_set_secret (self->relay, secret);
  self->has_none = !self->is_told && !use_stored_secret (self);
  bg_secret_free (secret);
  judge (self);
  await_no_more (self);
}

void
bg_hub_relay_ask (BgHubRelay *self)
{
  if (!self->is_wanted || !self->url || self->question
      || (self->is_told && bg_relay_get_state (self->relay) != BG_RELAY_REFUSES))
    return;
  self->question = g_cancellable_new ();
  bg_service_network_info_async (&(BgServiceHub){ self->url, self->pin, self->token },
                                 self->public_key, self->question, on_told, self);
  await (self);
}

/* Which hub, and whether */

static void
forget_hub (BgHubRelay *self)
{
  end_question (self);
  g_clear_pointer (&self->url, g_free);
  g_clear_pointer (&self->token, bg_secret_free);
  g_clear_pointer (&self->pin, g_free);
  self->is_told = self->has_none = FALSE;
}

/* What is connected goes on. */
static void
take_token (BgHubRelay *self, const char *token)
{
  if (g_strcmp0 (self->token, token) == 0)
    return;
  bg_secret_free (self->token);
  self->token = g_strdup (token);
  if (self->url)
    bg_relay_set_server (self->relay, self->url, self->token, self->pin);
}

void
bg_hub_relay_set_hub (BgHubRelay *self, const char *url, const char *token, const char *pin)
{
  g_autofree char *normal = url ? bg_server_url_normalize (url, NULL) : NULL;

  if (g_strcmp0 (self->url, normal) == 0 && g_strcmp0 (self->pin, pin) == 0)
    {
      take_token (self, token);
      return;
    }
  forget_hub (self);
  self->url = g_steal_pointer (&normal);
  self->token = g_strdup (token);
  self->pin = g_strdup (pin);
  bg_relay_set_server (self->relay, self->url, self->token, self->pin);
  use_stored_secret (self);
  judge (self);
}

void
bg_hub_relay_set_config (BgHubRelay *self, const BgConfig *config)
{
  self->is_wanted = g_str_equal (config->relay, "hub");
  self->is_only_way = config->force_relay && !config->turn_servers[0];
  judge (self);
}

BgRelay *
bg_hub_relay_get (BgHubRelay *self)
{
  return self->is_wanted ? self->relay : NULL;
}

void
bg_hub_relay_free (BgHubRelay *self)
{
  forget_hub (self);
  bg_health_set (self->health, BG_CONCERN_RELAY, NULL);
  bg_relay_free (self->relay);
  g_free (self->public_key);
  g_free (self);
}
