/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Coming: rows that somebody sent, taken one by one, and only as a hub would have written them. */
#include "worker/hub/hub-rows.h"
#include "common/device-name.h"
#include "common/json-member.h"
#include "common/key-text.h"

#include <string.h>

enum
{
  ID_LEN = 32,
  HASH_LEN = 64,
  MAX_SECRET = 256, /* digits of a signing key */
  KEY_ID_LEN = 18,
  MAX_SIGNING_KEYS = 64,
};

#define HEX "0123456789abcdef"

struct _BgHubArrival
{
  char *base;
  guint n;
  BgHubRows *rows;
  GHashTable *seen;    /* what may be there but once, with its kind in front */
  GHashTable *devices; /* id → BgHubDevice, borrowed */
  BgIpPrefix subnet;
  gboolean has_network;
};

BgHubArrival *
bg_hub_arrival_new (const char *base)
{
  BgHubArrival *self = g_new0 (BgHubArrival, 1);

  self->base = g_strdup (base);
  self->rows = bg_hub_rows_new ();
  self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->devices = g_hash_table_new (g_str_hash, g_str_equal);
  return self;
}

void
bg_hub_arrival_free (BgHubArrival *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->rows, bg_hub_rows_free);
  g_hash_table_unref (self->devices);
  g_hash_table_unref (self->seen);
  g_free (self->base);
  g_free (self);
}

guint
bg_hub_arrival_count (BgHubArrival *self)
{
  return self->n;
}

/* Members */

static gboolean
get_text (JsonObject *row, const char *name, const char **text)
{
  return (*text = bg_json_member_text (row, name)) != NULL;
}

static gboolean
get_time (JsonObject *row, const char *name, gint64 *time)
{
  return bg_json_member_number (row, name, time) && *time >= 0
         && *time <= G_GINT64_CONSTANT (1) << 50;
}

static gboolean
get_flag (JsonObject *row, const char *name, gboolean *flag)
{
  JsonNode *node = json_object_get_member (row, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return FALSE;
  *flag = json_node_get_boolean (node);
  return TRUE;
}

static gboolean
is_hex (const char *text, gsize len)
{
  return strlen (text) == len && strspn (text, HEX) == len;
}

static gboolean
is_empty_or_hash (const char *text)
{
  return *text == '\0' || is_hex (text, HASH_LEN);
}

static gboolean
is_key (const char *text)
{
  guint8 key[BG_KEY_BYTES];

  return bg_key_from_base64 (text, key);
}

static gboolean
is_empty_or_key (const char *text)
{
  return *text == '\0' || is_key (text);
}

/* An address of the network, as it is kept. */
static gboolean
is_address (BgHubArrival *self, const char *text)
{
  char again[BG_IP_PREFIX_TEXT];
  BgIpPrefix address;

  if (!self->has_network || !bg_ip_prefix_parse (text, &address) || address.len != self->subnet.len
      || !bg_ip_prefix_contains (&self->subnet, &address))
    return FALSE;
  bg_ip_prefix_format (&address, again);
  return g_str_equal (text, again) && !bg_ip_prefix_is_edge (&self->subnet, &address);
}

static gboolean
is_empty_or_address (BgHubArrival *self, const char *text)
{
  return *text == '\0' || is_address (self, text);
}

static gboolean
is_empty_or_address6 (const char *text)
{
  BgIpPrefix address;

  return *text == '\0' || (bg_ip_prefix_parse (text, &address) && strchr (text, ':') != NULL);
}

/* FALSE: it was there before. */
static gboolean
is_first (BgHubArrival *self, const char *kind, const char *what)
{
  return g_hash_table_add (self->seen, g_strconcat (kind, " ", what, NULL));
}

static void
set_text (char **member, const char *text)
{
  g_free (*member);
  *member = g_strdup (text);
}

/* Kinds of rows */

static gboolean
take_network (BgHubArrival *self, JsonObject *row)
{
  const char *salt, *subnet, *subnet6;
  BgIpPrefix ula;

  if (self->has_network || !get_text (row, "invite_salt", &salt) || !is_hex (salt, HASH_LEN)
      || !get_text (row, "subnet", &subnet) || !bg_hub_subnet_parse (subnet, &self->subnet, NULL)
      || !get_text (row, "subnet6", &subnet6)
      || (*subnet6 != '\0' && !bg_ip_prefix_parse (subnet6, &ula)))
    return FALSE;
  self->has_network = TRUE;
  bg_hub_rows_add_setting (self->rows, BG_HUB_INVITE_SALT, salt);
  bg_hub_rows_add_setting (self->rows, "subnet", subnet);
  bg_hub_rows_add_setting (self->rows, BG_HUB_ULA_SETTING, subnet6);
  return TRUE;
}

static gboolean
take_signing_key (BgHubArrival *self, JsonObject *row)
{
  const char *id, *hex;
  g_autofree char *secret = NULL;
  GPtrArray *keys = self->rows->of[BG_HUB_TABLE_SIGNING_KEYS];
  gint64 created_at;

  if (!get_text (row, "id", &id) || strlen (id) != KEY_ID_LEN || !g_str_has_prefix (id, "k_")
      || !is_hex (id + 2, KEY_ID_LEN - 2) || !get_text (row, "secret", &hex) || *hex == '\0'
      || strlen (hex) % 2 != 0 || strlen (hex) > MAX_SECRET || !is_hex (hex, strlen (hex))
      || !get_time (row, "created_at", &created_at) || keys->len >= MAX_SIGNING_KEYS
      || !is_first (self, "key", id))
    return FALSE;
  secret = bg_hub_signing_secret_of_hex (hex);
  g_ptr_array_add (keys, bg_hub_signing_key_new (id, secret, created_at));
  explicit_bzero (secret, strlen (secret));
  return TRUE;
}

static gboolean
take_lease (BgHubArrival *self, JsonObject *row)
{
  const char *address, *name, *key;
  gint64 created_at, reserved_until;
  BgHubLease *lease;

  if (!get_text (row, "address", &address) || !is_address (self, address)
      || !get_text (row, "name", &name) || (*name != '\0' && !bg_device_name_is_tolerable (name))
      || !get_text (row, "public_key", &key) || !is_empty_or_key (key)
      || !get_time (row, "created_at", &created_at)
      || !get_time (row, "reserved_until", &reserved_until) || !is_first (self, "lease", address))
    return FALSE;
  lease = bg_hub_lease_new (BG_HUB_MAIN_ROOM, address, created_at);
  set_text (&lease->name, name);
  set_text (&lease->public_key, key);
  lease->reserved_until = reserved_until;
  g_ptr_array_add (self->rows->of[BG_HUB_TABLE_LEASES], lease);
  return TRUE;
}

static gboolean
read_state (JsonObject *row, BgDeviceState *state)
{
  static const char *const names[] = { "pending", "active", "left", "revoked" };
  const char *text;

  for (guint i = 0; get_text (row, "state", &text) && i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (text, names[i]))
      {
        *state = (BgDeviceState) i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
take_device (BgHubArrival *self, JsonObject *row)
{
  const char *id, *key, *name, *address, *address6;
  GPtrArray *devices = self->rows->of[BG_HUB_TABLE_DEVICES];
  BgDeviceState state;
  gboolean is_owner;
  gint64 created_at;
  BgHubDevice *device;

  if (!get_text (row, "device_id", &id) || !is_hex (id, ID_LEN)
      || !get_text (row, "public_key", &key) || !is_key (key) || !get_text (row, "name", &name)
      || !bg_device_name_is_valid (name) || !get_text (row, "address", &address)
      || !is_empty_or_address (self, address) || !get_text (row, "address6", &address6)
      || !is_empty_or_address6 (address6) || !get_time (row, "created_at", &created_at)
      || !get_flag (row, "owner", &is_owner) || !read_state (row, &state)
      || devices->len >= BG_DEVICES_MAX || !is_first (self, "device", id)
      || !is_first (self, "device-key", key))
    return FALSE;
  device = bg_hub_device_new (id, key, created_at);
  set_text (&device->name, name);
  set_text (&device->address, address);
  set_text (&device->address6, address6);
  device->state = state;
  device->is_owner = is_owner;
  g_ptr_array_add (devices, device);
  g_hash_table_insert (self->devices, device->id, device);
  return TRUE;
}

static gboolean
take_credential (BgHubArrival *self, JsonObject *row)
{
  const char *id, *hash, *previous;
  gint64 made_at, previous_made_at, used_at;
  gboolean is_used;
  BgHubCredential *credential;

  if (!get_text (row, "device_id", &id) || !g_hash_table_contains (self->devices, id)
      || !get_text (row, "hash", &hash) || !is_hex (hash, HASH_LEN)
      || !get_text (row, "previous_hash", &previous) || !is_empty_or_hash (previous)
      || !get_time (row, "made_at", &made_at)
      || !get_time (row, "previous_made_at", &previous_made_at)
      || !get_time (row, "used_at", &used_at) || !get_flag (row, "used", &is_used)
      || !is_first (self, "credential", id))
    return FALSE;
  credential = bg_hub_credential_new (id, hash, made_at);
  set_text (&credential->previous_hash, previous);
  credential->previous_made_at = previous_made_at;
  credential->used_at = used_at;
  credential->is_used = is_used;
  g_ptr_array_add (self->rows->of[BG_HUB_TABLE_CREDENTIALS], credential);
  return TRUE;
}

/* What hubs of before did not say. */
static gboolean
get_origin (JsonObject *row, gint64 *created_at, const char **signing_key, const char **made_by)
{
  *created_at = 0;
  *signing_key = *made_by = "";
  return (!json_object_has_member (row, "created_at") || get_time (row, "created_at", created_at))
         && (!json_object_has_member (row, "signing_key")
             || (get_text (row, "signing_key", signing_key) && is_empty_or_key (*signing_key)))
         && (!json_object_has_member (row, "made_by")
             || (get_text (row, "made_by", made_by)
                 && (**made_by == '\0' || is_hex (*made_by, ID_LEN))));
}

static gboolean
take_invite (BgHubArrival *self, JsonObject *row)
{
  const char *address, *digest, *redeemed_by, *signing_key, *made_by;
  g_autofree char *code = NULL;
  gboolean is_redeemed;
  gint64 created_at, expires_at;
  BgHubInvite *invite;

  if (!get_text (row, "digest", &digest) || !is_hex (digest, HASH_LEN)
      || !get_text (row, "address", &address) || !is_empty_or_address (self, address)
      || !get_text (row, "redeemed_by", &redeemed_by) || !is_empty_or_key (redeemed_by)
      || !get_time (row, "expires_at", &expires_at) || !get_flag (row, "redeemed", &is_redeemed)
      || !get_origin (row, &created_at, &signing_key, &made_by)
      || !is_first (self, "invite", digest))
    return FALSE;
  code = bg_hub_invite_code_of_digest (digest);
  invite = bg_hub_invite_new (code, self->base, created_at, expires_at);
  set_text (&invite->redeemed_by, redeemed_by);
  set_text (&invite->address, address);
  set_text (&invite->signing_key, signing_key);
  set_text (&invite->made_by, made_by);
  invite->is_redeemed = is_redeemed;
  g_ptr_array_add (self->rows->of[BG_HUB_TABLE_INVITES], invite);
  return TRUE;
}

/* Strictly: what a decoder that skips strange characters would take has more than one text. */
static gboolean
take_entry (BgHubArrival *self, JsonObject *row)
{
  GPtrArray *log = self->rows->of[BG_HUB_TABLE_LOG];
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *again = NULL;
  const char *text;
  guchar *data;
  gsize len;

  if (!get_text (row, "entry", &text) || strlen (text) > (BG_ENTRY_MAX + 2) / 3 * 4)
    return FALSE;
  data = g_base64_decode (text, &len);
  bytes = g_bytes_new_take (data, len);
  again = g_base64_encode (data, len);
  if (len == 0 || !g_str_equal (text, again))
    return FALSE;
  g_ptr_array_add (log, bg_hub_log_entry_new (log->len, bytes));
  return TRUE;
}

static gboolean
take_sight (BgHubArrival *self, JsonObject *row)
{
  const char *id;
  BgHubDevice *device = get_text (row, "device_id", &id) ? g_hash_table_lookup (self->devices, id)
                                                         : NULL;

  return device != NULL && get_time (row, "at", &device->last_seen_at);
}

/* All of them */

static const struct
{
  const char *name;
  gboolean (*take) (BgHubArrival *self, JsonObject *row);
  const char *why; /* it cannot be */
} kinds[] = {
  { "network", take_network, "the row of the network cannot be" },
  { "signing-key", take_signing_key, "a row of a signing key cannot be" },
  { "lease", take_lease, "a row of an address cannot be" },
  { "device", take_device, "a row of a device cannot be" },
  { "credential", take_credential, "a row of a credential cannot be" },
  { "invite", take_invite, "a row of an invite cannot be" },
  { "log", take_entry, "a row of the log cannot be" },
  { "seen", take_sight, "a row that says when a device was seen cannot be" },
};

static const char *
take_row (BgHubArrival *self, JsonNode *node)
{
  JsonObject *row = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *kind = row != NULL ? bg_json_member_text (row, "row") : NULL;

  for (guint i = 0; kind != NULL && i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kind, kinds[i].name))
      return kinds[i].take (self, row) ? NULL : kinds[i].why;
  return "a row is of no kind that this hub knows";
}

const char *
bg_hub_arrival_take (BgHubArrival *self, JsonArray *rows)
{
  for (guint i = 0; i < json_array_get_length (rows); i++, self->n++)
    {
      const char *why = self->n < BG_HUB_ROWS_MAX
                          ? take_row (self, json_array_get_element (rows, i))
                          : "these are more rows than a network has";

      if (why != NULL)
        return why;
    }
  return NULL;
}

BgHubRows *
bg_hub_arrival_end (BgHubArrival *self, BgIpPrefix *subnet)
{
  BgHubRows *rows = g_steal_pointer (&self->rows);

  *subnet = self->subnet;
  self->rows = bg_hub_rows_new ();
  if (self->has_network)
    return rows;
  bg_hub_rows_free (rows);
  return NULL;
}
