/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network moves to another hub, and this machine after it. */
#include "app/application-private.h"

#include "app/application-network.h"
#include "app/enrolment-check.h"
#include "app/hub-carry.h"
#include "common/error.h"
#include "common/join-line.h"
#include "common/key-text.h"
#include "common/log.h"
#include "common/secret-text.h"
#include "membership/entry-draft.h"
#include "signaling/server-pin.h"
#include "signaling/signaling-client.h"

#include <string.h>

static GVariant *
changes_of (BgApplication *self, const char *url, const char *pin)
{
  g_autofree char *connect = bg_server_url_connect (url, NULL); /* it was looked at before */
  GVariantDict changes;

  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert (&changes, "network.server-url", "s", connect);
  if (pin)
    g_variant_dict_insert (&changes, "network.server-pin", "s", pin);
  else if (self->config->server_pin)
    g_variant_dict_insert_value (&changes, "network.server-pin", g_variant_new_tuple (NULL, 0));
  if (bg_config_meets_own_hub (self->config))
    g_variant_dict_insert (&changes, "network.moved-from", "s", self->config->server_url);
  return g_variant_ref_sink (g_variant_dict_end (&changes));
}

/* Tunnels stay: only the line to the hub is another. */
static gboolean
on_follow (gpointer owner, const char *url, const char *pin)
{
  BgApplication *self = owner;
  g_autoptr (GVariant) changes = changes_of (self, url, pin);
  g_autoptr (GError) error = NULL;
  BgConfig *fresh = self->enrolling
                      ? NULL
                      : bg_config_change (self->config, self->config_path, changes, &error);

  if (error)
    bg_log (BG_TOPIC_CONFIG, WARNING, NULL, "the network's new hub cannot be written down: %s",
            error->message);
  if (!fresh)
    return FALSE;
  bg_application_take_config (self, fresh);
  bg_application_apply_config (self);
  return TRUE;
}

void
bg_application_follow_log (BgApplication *self)
{
  bg_hub_following_take_log (self->following, bg_network_log_is_signed (self->network_log)
                                                ? bg_network_log_get_state (self->network_log)
                                                : NULL);
}

void
bg_application_begin_following (BgApplication *self)
{
  self->following = bg_hub_following_new (self->state_dir, on_follow, self);
  bg_hub_following_set_hub (self->following, self->config->server_url, self->config->server_pin);
  bg_application_follow_log (self);
}

static void
on_log_asked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    bg_log (BG_TOPIC_APP, INFO, NULL, "the log of a network that has moved: %s", error->message);
}

/* In a signed network its log has to say so too, which the old hub still hands out. */
void
bg_application_hear_moved (BgApplication *self, const char *line)
{
  BgNetworkSync *sync = bg_network_log_get_sync (self->network_log);

  if (bg_network_log_is_signed (self->network_log))
    bg_network_sync_fetch_async (sync, NULL, on_log_asked, NULL);
  else
    bg_hub_following_take_line (self->following, line);
}

/* --- Moving --- */

enum
{
  MAX_ROUNDS = 5, /* where the network changes while it is read */
};

typedef struct
{
  char *url, *pin, *token; /* of the new hub; `pin` NULL: as the system trusts */
  gboolean force;
  char *from_url, *from_pin, *from_bearer;
  char *digest;
  GBytes *entry; /* of the log; NULL: the network is not signed */
  guint rounds;
} Moving;

static void
moving_free (gpointer data)
{
  Moving *self = data;

  g_free (self->url);
  g_free (self->pin);
  bg_secret_free (self->token);
  g_free (self->from_url);
  g_free (self->from_pin);
  bg_secret_free (self->from_bearer);
  g_free (self->digest);
  g_clear_pointer (&self->entry, g_bytes_unref);
  g_free (self);
}

static void
say_step (gpointer owner, const char *step)
{
  BgApplication *self = owner;

  if (g_strcmp0 (self->move_step, step) == 0)
    return;
  self->move_step = step;
  bg_application_announce (self);
}

static void
return_followed (GTask *task)
{
  BgApplication *self = g_task_get_source_object (task);
  const Moving *moving = g_task_get_task_data (task);

  if (on_follow (self, moving->url, moving->pin))
    g_task_return_boolean (task, TRUE);
  else
    bg_task_return_error (task, BG_ERROR_FAILED, MOVED_BUT_NOT_WRITTEN, moving->url);
}

/* Its own log first: with it this machine tells the new hub what the owners said. */
static void
on_log_known (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    bg_log (BG_TOPIC_APP, WARNING, NULL, "the log of the network that moved: %s", error->message);
  return_followed (task);
}

static void
end_moving (GTask *task)
{
  BgApplication *self = g_task_get_source_object (task);

  say_step (self, "following");
  if (bg_network_log_is_signed (self->network_log))
    bg_network_sync_fetch_async (bg_network_log_get_sync (self->network_log), NULL, on_log_known,
                                 g_object_ref (task));
  else
    return_followed (task);
}

static void begin_round (GTask *task);

static void
on_told (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Moving *moving = g_task_get_task_data (task);
  GError *error = NULL;

  if (bg_hub_carry_tell_finish (result, &error))
    end_moving (task);
  else if (error)
    g_task_return_error (task, error);
  else if (++moving->rounds >= MAX_ROUNDS)
    bg_task_return_error (task, BG_ERROR_SERVICE, NETWORK_KEEPS_CHANGING);
  else
    begin_round (task);
}

static GBytes *
sign_move (BgApplication *self, const Moving *moving, GError **error)
{
  g_autoptr (BgEntryWish) wish = bg_application_wish_new (self, BG_WISH_POLICY, error);
  g_autoptr (BgEntryDraft) draft = NULL;
  BgEntry entry = { .type = BG_ENTRY_MOVE };

  if (!wish)
    return NULL;
  g_strlcpy (entry.url, moving->url, sizeof entry.url);
  if (moving->pin)
    bg_key_from_base64 (moving->pin, entry.pin);
  draft = bg_entry_draft_new (bg_network_log_get_state (self->network_log),
                              (guint64) (g_get_real_time () / G_USEC_PER_SEC));
  if (!bg_entry_draft_add (draft, &entry, wish->seed, error))
    return NULL;
  return g_bytes_ref (bg_entry_draft_get_entries (draft)->pdata[0]);
}

static void
tell (GTask *task)
{
  const Moving *moving = g_task_get_task_data (task);
  const BgServiceHub from = { moving->from_url, moving->from_pin, moving->from_bearer };

  say_step (g_task_get_source_object (task), "leaving");
  bg_hub_carry_tell_async (&from, moving->url, moving->pin, moving->digest, moving->entry, NULL,
                           on_told, g_object_ref (task));
}

static void
on_carried (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Moving *moving = g_task_get_task_data (task);
  GError *error = NULL;

  g_free (moving->digest);
  moving->digest = bg_hub_carry_finish (result, &error);
  if (!moving->digest)
    g_task_return_error (task, error);
  else if (*moving->digest == '\0') /* it was there already: this ends what another call began */
    end_moving (task);
  else
    tell (task);
}

static void
carry (GTask *task)
{
  BgApplication *self = g_task_get_source_object (task);
  Moving *moving = g_task_get_task_data (task);
  const BgServiceHub from = { moving->from_url, moving->from_pin, moving->from_bearer },
                     to = { moving->url, moving->pin, moving->token };
  GError *error = NULL;

  g_clear_pointer (&moving->entry, g_bytes_unref);
  if (bg_network_log_is_signed (self->network_log))
    moving->entry = sign_move (self, moving, &error);
  if (error)
    g_task_return_error (task, error);
  else
    bg_hub_carry_async (&from, &to, moving->entry, say_step, self, NULL, on_carried,
                        g_object_ref (task));
}

/* An entry is signed behind the newest there is. */
static void
on_log_fresh (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    carry (task);
  else
    g_task_return_error (task, error);
}

static void
begin_round (GTask *task)
{
  BgApplication *self = g_task_get_source_object (task);

  if (bg_network_log_is_signed (self->network_log))
    bg_network_sync_fetch_async (bg_network_log_get_sync (self->network_log), NULL, on_log_fresh,
                                 g_object_ref (task));
  else
    carry (task);
}

static void
on_hub_open (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = BG_APPLICATION (source);
  Moving *moving = g_task_get_task_data (task);
  GError *error = NULL;
  const BgServiceHub *hub = bg_application_open_hub_finish (self, result, &error);

  if (!hub)
    {
      g_task_return_error (task, error);
      return;
    }
  moving->from_url = g_strdup (hub->url);
  moving->from_pin = g_strdup (hub->pin);
  moving->from_bearer = g_strdup (hub->bearer);
  begin_round (task);
}

static gboolean
settle_place (Moving *moving, GError **error)
{
  g_autofree char *text = g_steal_pointer (&moving->url), *url = NULL, *trust = NULL, *whole = NULL;

  if (!text || !moving->token)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, MOVE_NEEDS_URL_AND_TOKEN);
  else if (!bg_join_line_split_server (text, &url, &moving->pin, &trust))
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_URL_FRAGMENT);
  else
    whole = bg_server_url_normalize (url, error);
  if (!whole || !bg_server_pin_check (moving->pin, whole, error)
      || !bg_enrolment_check_url (whole, moving->force, error))
    return FALSE;
  moving->url = bg_server_url_http_base (whole);
  if (strlen (moving->url) <= BG_ENTRY_MAX_URL)
    return TRUE;
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_URL_FRAGMENT);
  return FALSE;
}

static Moving *
parse_moving (GVariant *options, GError **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (options);
  Moving *moving = g_new0 (Moving, 1);

  if (bg_bus_option_take (&dict, "server-url", "s", &moving->url, error)
      && bg_bus_option_take (&dict, "token", "s", &moving->token, error)
      && bg_bus_option_take (&dict, "force", "b", &moving->force, error)
      && bg_bus_options_end (&dict, error) && settle_place (moving, error))
    return moving;
  moving_free (moving);
  return NULL;
}

/* Another call has ended it. */
static gboolean
is_there (BgApplication *self, const Moving *moving)
{
  g_autofree char *connect = bg_server_url_connect (moving->url, NULL);

  return g_strcmp0 (connect, self->config->server_url) == 0
         && g_strcmp0 (moving->pin, self->config->server_pin) == 0;
}

static void
on_mover_over (GTask *task, GParamSpec *spec, BgApplication *self)
{
  self->mover = NULL;
  say_step (self, NULL);
}

static void begin_moving (GTask *task);

static void
on_turn (GTask *mover, GParamSpec *spec, gpointer data)
{
  g_autoptr (GTask) task = data;

  begin_moving (task);
}

/* One at a time: whoever says the same again finds it done. */
static void
begin_moving (GTask *task)
{
  BgApplication *self = g_task_get_source_object (task);

  if (self->mover)
    g_signal_connect (self->mover, "notify::completed", G_CALLBACK (on_turn), g_object_ref (task));
  else if (is_there (self, g_task_get_task_data (task)))
    g_task_return_boolean (task, TRUE);
  else
    {
      self->mover = task;
      say_step (self, "asking");
      g_signal_connect (task, "notify::completed", G_CALLBACK (on_mover_over), self);
      bg_application_open_hub_async (self, NULL, on_hub_open, g_object_ref (task));
    }
}

void
bg_application_move_hub_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback,
                               gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;
  Moving *moving;

  g_task_set_source_tag (task, bg_application_move_hub_async);
  if (!bg_application_may_change (self, task))
    return;
  moving = parse_moving (options, &error);
  if (!moving)
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_set_task_data (task, moving, moving_free);
  begin_moving (task);
}

gboolean
bg_application_move_hub_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
