/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings that somebody changed in the file: read when they are asked for, and when the file is another. */
#include "app/application-private.h"

#include "app/config-diff.h"
#include "common/error.h"
#include "common/log.h"

void
bg_application_note_settings (BgApplication *self, const GError *error)
{
  bg_health_set (self->health, BG_CONCERN_FILE, error ? bg_words (SETTINGS_STAY, error) : NULL);
}

BgConfig *
bg_application_read_settings (BgApplication *self, GError **error)
{
  g_autoptr (GError) why = NULL;
  BgConfig *fresh = bg_config_reload (self->config, self->config_path, &why);

  if (!fresh)
    self->reloads[BG_RELOAD_REFUSED]++;
  bg_application_note_settings (self, why);
  if (why)
    g_propagate_error (error, g_steal_pointer (&why));
  return fresh;
}

static void
take_edit (BgApplication *self, BgConfig *fresh)
{
  self->reloads[BG_RELOAD_TAKEN]++;
  bg_log (BG_TOPIC_CONFIG, MESSAGE, NULL, "%s was changed, and is in effect as it is now",
          self->config_path);
  bg_application_take_config (self, fresh);
  bg_application_apply_config (self);
  bg_application_retry_changed (self);
}

/* What we wrote ourselves is what is in effect. */
static void
on_settings_changed (gpointer owner)
{
  BgApplication *self = owner;
  g_autoptr (GError) error = NULL;
  BgConfig *fresh;

  if (self->enrolling)
    {
      bg_settings_watch_repeat (self->settings_watch);
      return;
    }
  fresh = bg_application_read_settings (self, &error);
  if (!fresh)
    bg_log (BG_TOPIC_CONFIG, WARNING, NULL, "the settings stay as they were: %s", error->message);
  else if (bg_config_diff_any (fresh, bg_config_get_settings (self->config)))
    take_edit (self, fresh);
  else
    bg_config_unref (fresh);
}

void
bg_application_watch_settings (BgApplication *self)
{
  self->settings_watch = bg_settings_watch_new (self->config_path, on_settings_changed, self);
}
