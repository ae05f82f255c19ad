/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/peer-pins.h"

#include "common/device-name.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"
#include "common/printable.h"
#include "common/signal-message.h"
#include "peer/main-timer.h"

#include <string.h>
#include <sys/socket.h>

#define GROUP_PREFIX "peer "
#define SAVE_DELAY_MS 1000

/* Each is a file written and synced: a whole network that comes up at once is no reason for a thousand. */
#define MAX_SAVES_AT_ONCE 8

struct _BgPeerPins
{
  char *path;
  GHashTable *by_id; /* id -> BgPeerPin */
  GSource *saving;
  GSource *calm;
  guint at_once; /* saves before it is calm again */
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

static void
pin_free (gpointer data)
{
  BgPeerPin *pin = data;

  bg_peer_offer_free (pin->offer);
  g_free (pin);
}

/* What a proved offer has of lists; the group has "offers" where it is known. */
static const struct
{
  const char *key;
  gsize field;
  guint max;
} offer_lists[] = {
  { "routes", G_STRUCT_OFFSET (BgPeerOffer, routes), BG_SIGNAL_MAX_ROUTES },
  { "dns", G_STRUCT_OFFSET (BgPeerOffer, dns), BG_OFFER_MAX_DNS },
  { "dns-search", G_STRUCT_OFFSET (BgPeerOffer, search), BG_OFFER_MAX_SEARCH },
  { "exit", G_STRUCT_OFFSET (BgPeerOffer, exit), BG_OFFER_MAX_EXIT },
  { "services", G_STRUCT_OFFSET (BgPeerOffer, services), BG_OFFER_MAX_SERVICES },
};

static char ***
list_of (BgPeerOffer *offer, guint i)
{
  return (char ***) G_STRUCT_MEMBER_P (offer, offer_lists[i].field);
}

static BgPeerOffer *
read_offer (GKeyFile *file, const char *group)
{
  BgPeerOffer *offer;

  if (!g_key_file_get_boolean (file, group, "offers", NULL))
    return NULL;
  offer = bg_peer_offer_new ();
  for (guint i = 0; i < G_N_ELEMENTS (offer_lists); i++)
    {
      char **texts = g_key_file_get_string_list (file, group, offer_lists[i].key, NULL, NULL);

      if (!texts)
        continue;
      for (guint n = offer_lists[i].max; n < g_strv_length (texts);)
        g_clear_pointer (&texts[g_strv_length (texts) - 1], g_free);
      g_strfreev (*list_of (offer, i));
      *list_of (offer, i) = texts;
    }
  return offer;
}

static void
write_offer (GKeyFile *file, const char *group, BgPeerOffer *offer)
{
  g_key_file_set_boolean (file, group, "offers", TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (offer_lists); i++)
    {
      char **texts = *list_of (offer, i);

      if (*texts)
        g_key_file_set_string_list (file, group, offer_lists[i].key, (const char *const *) texts,
                                    g_strv_length (texts));
    }
}

static void
get_address (GKeyFile *file, const char *group, const char *key, int family, BgIpPrefix *address)
{
  g_autofree char *text = g_key_file_get_string (file, group, key, NULL);

  if (!text || !bg_ip_prefix_parse (text, address) || address->family != family)
    *address = (BgIpPrefix){ 0 };
}

static gboolean
read_pin (GKeyFile *file, const char *group, BgPeerPin *pin, GError **error)
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
  pin->signs = g_key_file_get_boolean (file, group, "signs", NULL);
  pin->rests = g_key_file_get_boolean (file, group, "rests", NULL);
  pin->offer = read_offer (file, group);
  get_address (file, group, "address", AF_INET, &pin->address);
  get_address (file, group, "address6", AF_INET6, &pin->address6);
  return TRUE;
}

static gboolean
read_all (BgPeerPins *pins, GKeyFile *file, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

  for (char **group = groups; *group; group++)
    {
      g_autofree char *id = id_of_group (*group);
      BgPeerPin pin = { 0 };

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
  pins->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, pin_free);
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

static void
set_address (GKeyFile *file, const char *group, const char *key, const BgIpPrefix *address)
{
  char text[BG_IP_PREFIX_TEXT];

  if (address->family == 0)
    return;
  bg_ip_prefix_format_address (address, text);
  g_key_file_set_string (file, group, key, text);
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
      const BgPeerPin *pin = value;
      g_autofree char *group = group_of_id (id);
      char key[BG_KEY_TEXT_LEN + 1];

      bg_key_to_base64 (pin->key.bytes, key);
      g_key_file_set_string (file, group, "public-key", key);
      g_key_file_set_int64 (file, group, "first-seen", pin->first_seen);
      g_key_file_set_boolean (file, group, "confirmed", pin->confirmed);
      set_address (file, group, "address", &pin->address);
      set_address (file, group, "address6", &pin->address6);
      if (pin->signs)
        g_key_file_set_boolean (file, group, "signs", TRUE);
      if (pin->rests)
        g_key_file_set_boolean (file, group, "rests", TRUE);
      if (pin->offer)
        write_offer (file, group, pin->offer);
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

static void
save_soon (BgPeerPins *pins)
{
  if (!pins->saving)
    bg_arm_timer (&pins->saving, SAVE_DELAY_MS, on_save, pins);
}

static gboolean
on_calm (gpointer data)
{
  BgPeerPins *pins = data;

  bg_clear_source (&pins->calm);
  pins->at_once = 0;
  return G_SOURCE_REMOVE;
}

static gboolean
save_at_once (BgPeerPins *pins, GError **error)
{
  bg_arm_timer (&pins->calm, SAVE_DELAY_MS, on_calm, pins);
  if (pins->at_once >= MAX_SAVES_AT_ONCE)
    {
      save_soon (pins);
      return TRUE;
    }
  pins->at_once++;
  return save (pins, error);
}

void
bg_peer_pins_free (BgPeerPins *pins)
{
  if (!pins)
    return;
  if (pins->saving)
    on_save (pins);
  bg_clear_source (&pins->calm);
  g_hash_table_unref (pins->by_id);
  g_free (pins->path);
  g_free (pins);
}

gboolean
bg_peer_pins_lookup (BgPeerPins *pins, const char *id, WgKey *key, gint64 *first_seen)
{
  const BgPeerPin *pin = g_hash_table_lookup (pins->by_id, id);

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
      const BgPeerPin *pin = value;

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
  BgPeerPin pin = { .key = *key, .first_seen = g_get_real_time () / G_USEC_PER_SEC };

  if (g_hash_table_contains (pins->by_id, id))
    return TRUE;
  if (!make_room (pins))
    return FALSE;
  g_hash_table_insert (pins->by_id, g_strdup (id), g_memdup2 (&pin, sizeof pin));
  save_soon (pins);
  return TRUE;
}

void
bg_peer_pins_follow (BgPeerPins *pins, const char *id, const WgKey *key)
{
  const BgPeerPin *pin = g_hash_table_lookup (pins->by_id, id);

  if (!pin || wg_key_equal (&pin->key, key))
    return;
  g_hash_table_remove (pins->by_id, id);
  bg_peer_pins_add (pins, id, key);
}

const BgPeerPin *
bg_peer_pins_get (BgPeerPins *pins, const char *id)
{
  return g_hash_table_lookup (pins->by_id, id);
}

/* TRUE where that is news. */
static gboolean
take_address (BgIpPrefix *known, const BgIpPrefix *address)
{
  if (!address || bg_ip_prefix_equal (known, address))
    return FALSE;
  *known = *address;
  return TRUE;
}

gboolean
bg_peer_pins_confirm (BgPeerPins *pins, const char *id, const BgIpPrefix *address,
                      const BgIpPrefix *address6, GError **error)
{
  BgPeerPin *pin = g_hash_table_lookup (pins->by_id, id);
  gboolean is_news;

  if (!pin)
    return TRUE;
  is_news = !pin->confirmed;
  pin->confirmed = TRUE;
  is_news |= take_address (&pin->address, address);
  is_news |= take_address (&pin->address6, address6);
  if (!is_news)
    return TRUE;
  return save_at_once (pins, error);
}

void
bg_peer_pins_note_signs (BgPeerPins *pins, const char *id)
{
  BgPeerPin *pin = g_hash_table_lookup (pins->by_id, id);

  if (!pin || pin->signs)
    return;
  pin->signs = TRUE;
  save_soon (pins);
}

void
bg_peer_pins_note_rests (BgPeerPins *pins, const char *id, gboolean rests)
{
  BgPeerPin *pin = g_hash_table_lookup (pins->by_id, id);

  if (!pin || pin->rests == rests)
    return;
  pin->rests = rests;
  save_soon (pins);
}

void
bg_peer_pins_note_offer (BgPeerPins *pins, const char *id, const BgPeerOffer *offer)
{
  BgPeerPin *pin = g_hash_table_lookup (pins->by_id, id);

  if (!pin || bg_peer_offer_equal (pin->offer, offer))
    return;
  bg_peer_offer_free (pin->offer);
  pin->offer = bg_peer_offer_copy (offer);
  save_soon (pins);
}

gboolean
bg_peer_pins_is_confirmed (BgPeerPins *pins, const char *id)
{
  const BgPeerPin *pin = g_hash_table_lookup (pins->by_id, id);

  return pin && pin->confirmed;
}

gboolean
bg_peer_pins_forget (BgPeerPins *pins, const char *id, GError **error)
{
  gpointer known, old;

  if (!g_hash_table_steal_extended (pins->by_id, id, &known, &old))
    return TRUE;
  if (!save (pins, error))
    {
      g_hash_table_insert (pins->by_id, known, old);
      return FALSE;
    }
  g_free (known);
  pin_free (old);
  return TRUE;
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
    if (((const BgPeerPin *) pin)->confirmed)
      g_ptr_array_add (ids, g_strdup (id));
  g_ptr_array_add (ids, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&ids), FALSE);
}
