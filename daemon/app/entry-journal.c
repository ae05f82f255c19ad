/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/entry-journal.h"

#include "app/config.h"
#include "app/network-log.h"
#include "app/tunnel.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"

#include <glib/gstdio.h>
#include <string.h>

#define NAME "entering"
#define GROUP "entering"

static const char *const secret_names[] = { "token", "device-credential", "turn-secret" };

/* --- Peers --- */

void
bg_entry_journal_unlink_peers (const char *state_dir)
{
  static const char *const names[] = { BG_KNOWN_PEERS_FILE, BG_NETWORK_SUFFIX_FILE };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (state_dir, names[i], NULL);

      g_unlink (path);
    }
}

/* --- Writing --- */

static char *
text_of (const BgEntryJournal *journal)
{
  const char *secrets[] = { journal->token, journal->device_credential, journal->turn_secret };
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *settings = g_variant_print (journal->settings, TRUE);
  char head[BG_KEY_HEX_LEN + 1] = "";

  g_key_file_set_string (file, GROUP, "settings", settings);
  for (gsize i = 0; i < G_N_ELEMENTS (secret_names); i++)
    if (secrets[i])
      g_key_file_set_string (file, GROUP, secret_names[i], secrets[i]);
  g_key_file_set_boolean (file, GROUP, "forgets-peers", journal->plan.forgets_peers);
  g_key_file_set_boolean (file, GROUP, "forgets-log", journal->plan.forgets_log);
  if (journal->plan.takes_log)
    bg_key_to_hex (journal->plan.head, head);
  g_key_file_set_string (file, GROUP, "log", head);
  return g_key_file_to_data (file, NULL, NULL);
}

gboolean
bg_entry_journal_write (BgSecretStore *secrets, const BgEntryJournal *journal, GError **error)
{
  char *text = text_of (journal);
  gboolean ok = bg_secret_store_write (secrets, NAME, text, error);

  bg_secret_free (text);
  return ok;
}

gboolean
bg_entry_journal_remove (BgSecretStore *secrets, GError **error)
{
  return bg_secret_store_remove (secrets, NAME, error);
}

/* --- Finishing --- */

static gboolean
put_secrets (GKeyFile *file, BgSecretStore *secrets, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (secret_names); i++)
    {
      char *text = g_key_file_get_string (file, GROUP, secret_names[i], NULL);
      gboolean ok = text ? bg_secret_store_write (secrets, secret_names[i], text, error)
                         : bg_secret_store_remove (secrets, secret_names[i], error);

      bg_secret_free (text);
      if (!ok)
        return FALSE;
    }
  return TRUE;
}

static gboolean
put_settings (GKeyFile *file, const char *config_path, GError **error)
{
  g_autofree char *text = g_key_file_get_string (file, GROUP, "settings", NULL);
  g_autoptr (GVariant)
    settings = text ? g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL) : NULL;
  g_autoptr (BgConfig) config = settings ? bg_config_change (NULL, config_path, settings, error)
                                         : NULL;

  if (!settings)
    bg_error_set (error, BG_ERROR_CONFIG, ENTERING_UNREADABLE);
  return config != NULL;
}

static gboolean
put_log (GKeyFile *file, const char *state_dir, GError **error)
{
  g_autofree char *text = g_key_file_get_string (file, GROUP, "log", NULL);
  guint8 head[BG_ENTRY_HASH];

  if (g_key_file_get_boolean (file, GROUP, "forgets-peers", NULL))
    bg_entry_journal_unlink_peers (state_dir);
  if (text && bg_key_from_hex (text, head))
    return bg_network_log_take_staged (state_dir, head, error);
  return !g_key_file_get_boolean (file, GROUP, "forgets-log", NULL)
         || bg_network_log_unlink (state_dir, error);
}

static gboolean
finish (const char *text, const char *config_path, BgSecretStore *secrets, const char *state_dir,
        GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  if (!g_key_file_load_from_data (file, text, strlen (text), G_KEY_FILE_NONE, NULL))
    {
      bg_error_set (error, BG_ERROR_CONFIG, ENTERING_UNREADABLE);
      return FALSE;
    }
  return put_secrets (file, secrets, error) && put_settings (file, config_path, error)
         && put_log (file, state_dir, error) && bg_entry_journal_remove (secrets, error);
}

static gboolean
is_there (const char *secrets_dir)
{
  g_autofree char *path = g_build_filename (secrets_dir, NAME, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

gboolean
bg_entry_journal_finish (const char *config_path, const char *secrets_dir, const char *state_dir,
                         GError **error)
{
  g_autoptr (BgSecretStore) secrets = NULL;
  char *text = NULL;
  gboolean ok;

  if (!is_there (secrets_dir))
    return TRUE;
  secrets = bg_secret_store_new_files (secrets_dir, error);
  text = secrets ? bg_secret_store_read (secrets, NAME, error) : NULL;
  ok = text && finish (text, config_path, secrets, state_dir, error);
  bg_secret_free (text);
  if (ok)
    bg_log (BG_TOPIC_APP, MESSAGE, NULL, "the network that was being entered is entered now");
  return ok;
}
