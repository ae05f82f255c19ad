/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which peer everything goes through: a choice of every day, so that who may bring the tunnel up may make it. It is in the settings,
 * or a client that manages the link brings one of its own, which goes when that client does. */
#include "app/application-exit.h"

#include "app/application-private.h"

#include "app/config-checks.h"
#include "common/error.h"
#include "common/printable.h"

/* What is wrong with it as an exit; NULL: nothing, as far as is known now. */
static GError *
judge_exit (BgApplication *self, const char *name)
{
  BgPeerSet *peers = bg_tunnel_get_peer_set (self->tunnel);
  BgPeer *peer = peers ? bg_peer_set_lookup (peers, name) : NULL;
  g_autofree char *shown = bg_printable (name);

  if (!peers || g_strcmp0 (name, self->config->exit_node) == 0)
    return NULL;
  if (!peer)
    return bg_error (BG_ERROR_NOT_FOUND, NO_SUCH_EXIT, shown);
  return bg_peer_get_info (peer)->exit_families == 0
           ? bg_error (BG_ERROR_WRONG_STATE, NO_EXIT_OFFERED, shown)
           : NULL;
}

static gboolean
take_option (GVariantBuilder *changes, const char *name, GVariant *value, GError **error)
{
  static const char *const settings[][2] = { { "lan", "device.exit-lan" },
                                             { "strict", "device.exit-strict" } };

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    if (g_str_equal (name, settings[i][0]) && g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
      {
        g_variant_builder_add (changes, "{sv}", settings[i][1], value);
        return TRUE;
      }
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, NO_SUCH_OPTION_OF_TYPE, name);
  return FALSE;
}

/* A choice that cannot be kept is none. */
static gboolean
may_be_strict (BgApplication *self, const char *name, GVariant *options, GError **error)
{
  gboolean strict = self->config->exit_strict;

  g_variant_lookup (options, "strict", "b", &strict);
  return !strict || !*name || bg_strictness_check (self->config, error);
}

/* The settings that make it so; NULL for bad options. */
static GVariant *
list_changes (BgApplication *self, const char *name, GVariant *options, GError **error)
{
  g_autoptr (GVariantBuilder) changes = g_variant_builder_new (G_VARIANT_TYPE_VARDICT);
  GVariantIter iter;
  const char *option;
  GVariant *value;

  if (!may_be_strict (self, name, options, error))
    return NULL;
  g_variant_builder_add (changes, "{sv}", "device.exit-node",
                         *name ? g_variant_new_string (name) : g_variant_new_tuple (NULL, 0));
  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &option, &value))
    {
      g_autoptr (GVariant) held = value;

      if (!take_option (changes, option, held, error))
        return NULL;
    }
  return g_variant_ref_sink (g_variant_builder_end (changes));
}

/* --- The exit of a client that manages the link --- */

struct _BgLentExit
{
  char *name;
  int lan, strict; /* -1: as the settings say */
};

void
bg_lent_exit_free (BgLentExit *lent)
{
  if (!lent)
    return;
  g_free (lent->name);
  g_free (lent);
}

/* A client makes it stricter and not less so. */
static gboolean
leaves_lan (const BgLentExit *lent, const BgConfig *settings)
{
  if (lent->lan < 0)
    return settings->exit_lan;
  return lent->lan && (settings->exit_lan || !settings->exit_strict);
}

BgConfig *
bg_application_with_lent_exit (BgApplication *self, BgConfig *take)
{
  g_autoptr (BgConfig) held = take;
  g_autoptr (BgConfig) settings = bg_config_ref (bg_config_get_settings (held));
  const BgLentExit *lent = self->lent_exit;
  gboolean strict = (lent && lent->strict == TRUE) || settings->exit_strict;

  if (!lent)
    return g_steal_pointer (&settings);
  return bg_config_with_exit (settings, lent->name, leaves_lan (lent, settings), strict);
}

static gboolean
take_flag (GVariantDict *dict, const char *name, int *flag, GError **error)
{
  gboolean value = -1;

  if (!bg_bus_option_take (dict, name, "b", &value, error))
    return FALSE;
  *flag = value;
  return TRUE;
}

/* Also where it is the settings that want it so. */
static gboolean
may_lend (BgApplication *self, const BgLentExit *lent, GError **error)
{
  gboolean strict = lent->strict == TRUE || bg_config_get_settings (self->config)->exit_strict;

  return !strict || bg_strictness_check (self->config, error);
}

gboolean
bg_application_parse_lent_exit (BgApplication *self, GVariantDict *dict, BgLentExit **lent,
                                GError **error)
{
  g_autoptr (BgLentExit) fresh = g_new0 (BgLentExit, 1);

  if (!g_variant_dict_lookup (dict, "exit", "s", &fresh->name))
    return TRUE; /* others are left, and refused */
  g_variant_dict_remove (dict, "exit");
  if (!bg_config_check_name (fresh->name, error)
      || !take_flag (dict, "exit-lan", &fresh->lan, error)
      || !take_flag (dict, "exit-strict", &fresh->strict, error) || !may_lend (self, fresh, error))
    return FALSE;
  *lent = g_steal_pointer (&fresh);
  return TRUE;
}

void
bg_application_take_lent_exit (BgApplication *self, BgLentExit *take)
{
  gboolean is_news = take || self->lent_exit;

  bg_application_forget_lent_exit (self);
  self->lent_exit = take;
  if (is_news)
    {
      bg_application_take_config (self, bg_config_ref (bg_config_get_settings (self->config)));
      bg_application_apply_config (self);
    }
  bg_strictness_await_nobody (self->strictness);
}

void
bg_application_forget_lent_exit (BgApplication *self)
{
  g_clear_pointer (&self->lent_exit, bg_lent_exit_free);
}

gboolean
bg_application_chooses_exit (GVariant *changes)
{
  GVariantIter iter;
  const char *name;

  g_variant_iter_init (&iter, changes);
  while (g_variant_iter_next (&iter, "{&sv}", &name, NULL))
    if (g_str_has_prefix (name, "device.exit-"))
      return TRUE;
  return FALSE;
}

/* --- The settings' --- */

void
bg_application_set_exit_async (BgApplication *self, const char *name, GVariant *options,
                               GAsyncReadyCallback callback, gpointer data)
{
  GError *error = *name ? judge_exit (self, name) : NULL;
  g_autoptr (GVariant) changes = error ? NULL : list_changes (self, name, options, &error);

  if (changes)
    bg_application_configure_async (self, changes, callback, data);
  else
    g_task_report_error (self, callback, data, bg_application_set_exit_async, error);
}

gboolean
bg_application_set_exit_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
bg_application_exit_leaves_lan (BgApplication *self)
{
  return self->config->exit_lan;
}

gboolean
bg_application_exit_is_strict (BgApplication *self)
{
  return self->config->exit_strict;
}
