/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/local-hub.h"

#include "app/retry.h"
#include "common/dns-suffix.h"
#include "common/log.h"
#include "signaling/signaling-client.h"

struct _BgLocalHub
{
  char *state_dir, *socket;
  BgHealth *health;
  BgLocalHubSettled settled;
  gpointer owner;

  char *listen, *public_url, *suffix; /* wanted; `listen` NULL: none */
  gboolean no_shared_token, approve_devices;
  gboolean stale; /* `process` was started with others */
  enum
  {
    IDLE,
    STARTING,
    RUNNING,
    STOPPING,
  } phase;
  BgHubProcess *process; /* NULL while idle */
  GCancellable *cancellable;
  BgRetry *retry;
};

static void advance (BgLocalHub *self);

static void
on_retry_due (gpointer owner)
{
  advance (owner);
}

BgLocalHub *
bg_local_hub_new (const char *state_dir, const char *socket, BgHealth *health,
                  BgLocalHubSettled settled, gpointer owner)
{
  BgLocalHub *self = g_new0 (BgLocalHub, 1);

  self->state_dir = g_strdup (state_dir);
  self->socket = g_strdup (socket);
  self->health = health;
  self->settled = settled;
  self->owner = owner;
  self->retry = bg_retry_new (on_retry_due, self);
  return self;
}

void
bg_local_hub_free (BgLocalHub *self)
{
  if (!self)
    return;
  g_warn_if_fail (self->phase == IDLE);
  bg_retry_free (self->retry);
  g_free (self->state_dir);
  g_free (self->socket);
  g_free (self->listen);
  g_free (self->public_url);
  g_free (self->suffix);
  g_free (self);
}

static void
let_go (BgLocalHub *self)
{
  g_clear_pointer (&self->process, bg_hub_process_free);
  g_clear_object (&self->cancellable);
  self->phase = IDLE;
}

static void
wait_for_next (BgLocalHub *self, const GError *why)
{
  g_autoptr (BgWords) next = NULL;

  bg_retry_failed (self->retry);
  next = bg_retry_describe (self->retry);
  bg_log (BG_TOPIC_HUB, WARNING, NULL, "%s; %s", why->message, next->text);
  bg_health_set (self->health, BG_CONCERN_HUB, bg_words (OWN_HUB_DOWN, why, next));
  self->settled (self->owner);
}

static void
on_process_started (GObject *source, GAsyncResult *result, gpointer data)
{
  BgLocalHub *self = data;
  g_autoptr (GError) error = NULL;

  if (bg_hub_process_start_finish (self->process, result, &error))
    {
      self->phase = RUNNING;
      bg_retry_succeeded (self->retry);
      advance (self);
      /* Last: the line to it has a concern of its own by now. */
      bg_health_set (self->health, BG_CONCERN_HUB, NULL);
      return;
    }
  let_go (self);
  if (self->stale)
    advance (self);
  else
    wait_for_next (self, error);
}

/* The process itself sees to it that there is another. */
static void
on_process_news (gpointer owner, BgWords *why)
{
  BgLocalHub *self = owner;

  if (self->phase != RUNNING)
    return;
  bg_health_set (self->health, BG_CONCERN_HUB, why ? bg_words (OWN_HUB_RESTARTS, why) : NULL);
  if (!why)
    self->settled (self->owner);
}

static void
start (BgLocalHub *self)
{
  bg_retry_begin (self->retry);
  self->phase = STARTING;
  self->stale = FALSE;
  self->cancellable = g_cancellable_new ();
  self->process = bg_hub_process_new (&(BgHubProcessOptions){
    .state_dir = self->state_dir,
    .socket = self->socket,
    .wish = { .listen = self->listen,
              .public_url = self->public_url,
              .suffix = self->suffix,
              .no_shared_token = self->no_shared_token,
              .approve_devices = self->approve_devices },
  });
  bg_hub_process_set_watch (self->process, on_process_news, self);
  bg_hub_process_start_async (self->process, self->cancellable, on_process_started, self);
}

static void
on_process_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  BgLocalHub *self = data;

  bg_hub_process_stop_finish (self->process, result);
  let_go (self);
  advance (self);
}

/* The next thing to do on the way to what is wanted, if any. */
static void
advance (BgLocalHub *self)
{
  if (self->phase == STARTING)
    g_cancellable_cancel (self->cancellable);
  else if (self->phase == RUNNING && self->stale)
    {
      self->phase = STOPPING;
      bg_hub_process_stop_async (self->process, on_process_stopped, self);
    }
  else if (self->phase == IDLE && self->listen)
    start (self);
  else if (self->phase != STOPPING)
    self->settled (self->owner);
}

/* What everybody has anyway is no choice. */
static char *
suffix_of (const BgConfig *config)
{
  char *suffix = bg_suffix_normalize (config->names_suffix);

  if (g_strcmp0 (suffix, BG_SUFFIX_DEFAULT) == 0)
    g_clear_pointer (&suffix, g_free);
  return suffix;
}

static gboolean
take_wish (BgLocalHub *self, const BgConfig *config)
{
  gboolean any = config && config->host_hub;
  const char *server = any && config->moved_from ? config->moved_from
                       : any                     ? config->server_url
                                                 : NULL;
  g_autofree char *listen = any ? g_strdup (config->hub_listen) : NULL,
                  *public_url = server ? bg_server_url_http_base (server) : NULL,
                  *suffix = any ? suffix_of (config) : NULL;
  gboolean no_shared_token = any && !config->hub_shared_token,
           approve_devices = any && config->hub_approve_devices;

  if (g_strcmp0 (listen, self->listen) == 0 && g_strcmp0 (public_url, self->public_url) == 0
      && g_strcmp0 (suffix, self->suffix) == 0 && no_shared_token == self->no_shared_token
      && approve_devices == self->approve_devices)
    return FALSE;
  self->no_shared_token = no_shared_token;
  self->approve_devices = approve_devices;
  g_free (self->listen);
  g_free (self->public_url);
  g_free (self->suffix);
  self->listen = g_steal_pointer (&listen);
  self->public_url = g_steal_pointer (&public_url);
  self->suffix = g_steal_pointer (&suffix);
  return TRUE;
}

gboolean
bg_local_hub_want (BgLocalHub *self, const BgConfig *config)
{
  if (!take_wish (self, config))
    return FALSE;
  self->stale = TRUE;
  bg_retry_cancel (self->retry);
  bg_health_set (self->health, BG_CONCERN_HUB, NULL);
  advance (self);
  return TRUE;
}

void
bg_local_hub_leave (BgLocalHub *self)
{
  if (self->phase != RUNNING || !bg_hub_process_leave (self->process))
    return;
  let_go (self);
  g_clear_pointer (&self->listen, g_free);
  g_clear_pointer (&self->public_url, g_free);
  g_clear_pointer (&self->suffix, g_free);
}

void
bg_local_hub_retry_now (BgLocalHub *self)
{
  bg_retry_now (self->retry);
}

gboolean
bg_local_hub_rests (BgLocalHub *self)
{
  return self->phase == IDLE && !self->listen;
}

const BgHubInfo *
bg_local_hub_get_info (BgLocalHub *self)
{
  return self->phase == RUNNING ? bg_hub_process_get_info (self->process) : NULL;
}
