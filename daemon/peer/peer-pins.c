/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/peer-pins.h"

#include "common/device-name.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"
#include "common/printable.h"
#include "peer/main-timer.h"

#include <string.h>

#define GROUP_PREFIX "peer "
#define SAVE_DELAY_MS 1000

typedef struct
{
  WgKey key;
  gint64 first_seen;
  gboolean confirmed;
} Pin;

struct _BgPeerPins
{
  char *path;
  GHashTable *by_id; /* id -> Pin */
  GSource *saving;
};

/* Brackets and control characters have no place in a group's name. */
static char *
group_of_id (const char *id)
{
  g_autofree char *escaped = g_uri_escape_string (id, " ", TRUE);

  return g_strconcat (GROUP_PREFIX, escaped, NULL);
}

static char *
id_of_group (const char *group)
{
  return g_str_has_prefix (group, GROUP_PREFIX)
           ? g_uri_unescape_string (group + strlen (GROUP_PREFIX), NULL)
           : NULL;
}

static gboolean
read_pin (GKeyFile *file, const char *group, Pin *pin, GError **error)
{
  g_autofree char *key = g_key_file_get_string (file, group, "public-key", error);

  if (!key)
    return FALSE;
  if (!bg_key_from_base64 (key, pin->key.bytes))
    {
      bg_error_set (error, BG_ERROR_CONFIG, BAD_KNOWN_KEY, group);
      return FALSE;
    }
  pin->first_seen = g_key_file_get_int64 (file, group, "first-seen", NULL);
  pin->confirmed = g_key_file_get_boolean (file, group, "confirmed", NULL);
  return TRUE;
}

static gboolean
read_all (BgPeerPins *pins, GKeyFile *file, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

  for (char **group = groups; *group; group++)
    {
      g_autofree char *id = id_of_group (*group);
      Pin pin = { 0 };

      if (!id)
        continue;
      if (!read_pin (file, *group, &pin, error))
        return FALSE;
      g_hash_table_insert (pins->by_id, g_steal_pointer (&id), g_memdup2 (&pin, sizeof pin));
    }
  return TRUE;
}

BgPeerPins *
bg_peer_pins_load (const char *path, GError **error)
{
  g_autoptr (BgPeerPins) pins = g_new0 (BgPeerPins, 1);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) local = NULL;

  pins->path = g_strdup (path);
  pins->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!path)
    return g_steal_pointer (&pins);
  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &local))
    {
      if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return g_steal_pointer (&pins);
      bg_error_set (error, BG_ERROR_CONFIG, KNOWN_PEERS_FILE, path, local);
      return NULL;
    }
  if (!read_all (pins, file, error))
    {
      bg_error_wrap (error, KNOWN_PEERS_FILE, path);
      return NULL;
    }
  return g_steal_pointer (&pins);
}

static gboolean
save (BgPeerPins *pins, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *text = NULL;
  GHashTableIter iter;
  gpointer id, value;
  gsize len;

  bg_clear_source (&pins->saving);
  if (!pins->path)
    return TRUE;
  g_key_file_set_comment (file, NULL, NULL,
                          " Keys that peers were first seen with; written by bamgated.\n"
                          " To accept another key of a peer: bamgatectl peers forget NAME",
                          NULL);
  g_hash_table_iter_init (&iter, pins->by_id);
  while (g_hash_table_iter_next (&iter, &id, &value))
    {
      const Pin *pin = value;
      g_autofree char *group = group_of_id (id);
      char key[BG_KEY_TEXT_LEN + 1];

      bg_key_to_base64 (pin->key.bytes, key);
      g_key_file_set_string (file, group, "public-key", key);
      g_key_file_set_int64 (file, group, "first-seen", pin->first_seen);
      g_key_file_set_boolean (file, group, "confirmed", pin->confirmed);
    }
  text = g_key_file_to_data (file, &len, NULL);
  if (!g_file_set_contents_full (pins->path, text, (gssize) len,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 error))
    {
      bg_error_wrap (error, KNOWN_PEERS);
      return FALSE;
    }
  return TRUE;
}

static gboolean
on_save (gpointer data)
{
  BgPeerPins *pins = data;
  g_autoptr (GError) error = NULL;

  if (!save (pins, &error))
    bg_log (BG_TOPIC_PEER, WARNING, NULL, "%s", error->message);
  return G_SOURCE_REMOVE;
}

void
bg_peer_pins_free (BgPeerPins *pins)
{
  if (!pins)
    return;
  if (pins->saving)
    on_save (pins);
  g_hash_table_unref (pins->by_id);
  g_free (pins->path);
  g_free (pins);
}

gboolean
bg_peer_pins_lookup (BgPeerPins *pins, const char *id, WgKey *key, gint64 *first_seen)
{
  const Pin *pin = g_hash_table_lookup (pins->by_id, id);

  if (!pin)
    return FALSE;
  *key = pin->key;
  if (first_seen)
    *first_seen = pin->first_seen;
  return TRUE;
}

static gboolean
make_room (BgPeerPins *pins)
{
  const char *oldest = NULL;
  gint64 first_seen = G_MAXINT64;
  GHashTableIter iter;
  gpointer id, value;

  if (g_hash_table_size (pins->by_id) < BG_PEER_MAX_PINS)
    return TRUE;
  g_hash_table_iter_init (&iter, pins->by_id);
  while (g_hash_table_iter_next (&iter, &id, &value))
    {
      const Pin *pin = value;

      if (!pin->confirmed && pin->first_seen < first_seen)
        {
          oldest = id;
          first_seen = pin->first_seen;
        }
    }
  return oldest && g_hash_table_remove (pins->by_id, oldest);
}

gboolean
bg_peer_pins_add (BgPeerPins *pins, const char *id, const WgKey *key)
{
  Pin pin = { .key = *key, .first_seen = g_get_real_time () / G_USEC_PER_SEC };

  if (g_hash_table_contains (pins->by_id, id))
    return TRUE;
  if (!make_room (pins))
    return FALSE;
  g_hash_table_insert (pins->by_id, g_strdup (id), g_memdup2 (&pin, sizeof pin));
  if (!pins->saving)
    bg_arm_timer (&pins->saving, SAVE_DELAY_MS, on_save, pins);
  return TRUE;
}

gboolean
bg_peer_pins_confirm (BgPeerPins *pins, const char *id, GError **error)
{
  Pin *pin = g_hash_table_lookup (pins->by_id, id);

  if (!pin || pin->confirmed)
    return TRUE;
  pin->confirmed = TRUE;
  return save (pins, error);
}

gboolean
bg_peer_pins_is_confirmed (BgPeerPins *pins, const char *id)
{
  const Pin *pin = g_hash_table_lookup (pins->by_id, id);

  return pin && pin->confirmed;
}

gboolean
bg_peer_pins_forget (BgPeerPins *pins, const char *id, GError **error)
{
  const Pin *old = g_hash_table_lookup (pins->by_id, id);
  Pin kept;

  if (!old)
    return TRUE;
  kept = *old;
  g_hash_table_remove (pins->by_id, id);
  if (save (pins, error))
    return TRUE;
  g_hash_table_insert (pins->by_id, g_strdup (id), g_memdup2 (&kept, sizeof kept));
  return FALSE;
}

char *
bg_peer_pins_find (BgPeerPins *pins, const char *word)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, pins->by_id);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    if (bg_device_name_is_escaped_as (id, word))
      return g_strdup (id);
  return g_hash_table_contains (pins->by_id, word) ? g_strdup (word) : NULL;
}

void
bg_peer_pins_refuse_unknown (const char *word, GError **error)
{
  g_autofree char *shown = bg_printable_start (word, BG_DEVICE_NAME_FOREIGN_MAX);

  bg_error_set (error, BG_ERROR_NOT_FOUND, NO_SUCH_PEER, shown);
}

char **
bg_peer_pins_list (BgPeerPins *pins)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer id, pin;

  g_hash_table_iter_init (&iter, pins->by_id);
  while (g_hash_table_iter_next (&iter, &id, &pin))
    if (((const Pin *) pin)->confirmed)
      g_ptr_array_add (ids, g_strdup (id));
  g_ptr_array_add (ids, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&ids), FALSE);
}
