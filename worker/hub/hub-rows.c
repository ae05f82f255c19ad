/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Going: the rows of a network as JSON, members in alphabetical order, as the Worker has them. */
#include "worker/hub/hub-rows.h"
#include "worker/hub/hub-reply.h"

#define ROW "row"

static const char *const states[] = { "pending", "active", "left", "revoked" };

static JsonNode *
end_row (JsonBuilder *row)
{
  JsonNode *node = json_builder_get_root (json_builder_end_object (row));

  g_object_unref (row);
  return node;
}

static void
add_number (JsonBuilder *row, const char *name, gint64 number)
{
  json_builder_set_member_name (row, name);
  json_builder_add_int_value (row, number);
}

static JsonNode *
row_of_network (const BgHubMemory *memory)
{
  g_autofree char *ula = bg_hub_ula_get_stored (memory->ula);
  JsonBuilder *row = bg_hub_object_new ();
  char subnet[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format (bg_hub_network_get_subnet (memory->network), subnet);
  bg_hub_object_add_text (row, "invite_salt", bg_hub_invites_get_salt (memory->invites));
  bg_hub_object_add_text (row, ROW, "network");
  bg_hub_object_add_text (row, "subnet", subnet);
  bg_hub_object_add_text (row, "subnet6", ula);
  return end_row (row);
}

static JsonNode *
row_of_signing_key (const BgHubSigningKey *key)
{
  JsonBuilder *row = bg_hub_object_new ();
  char *secret = bg_hub_signing_key_to_hex (key);

  add_number (row, "created_at", key->created_at);
  bg_hub_object_add_text (row, "id", key->id);
  bg_hub_object_add_text (row, ROW, "signing-key");
  bg_hub_object_add_text (row, "secret", secret);
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
  return end_row (row);
}

static JsonNode *
row_of_lease (const BgHubLease *lease)
{
  JsonBuilder *row = bg_hub_object_new ();

  bg_hub_object_add_text (row, "address", lease->address);
  add_number (row, "created_at", lease->created_at);
  bg_hub_object_add_text (row, "name", lease->name);
  bg_hub_object_add_text (row, "public_key", lease->public_key);
  add_number (row, "reserved_until", lease->reserved_until);
  bg_hub_object_add_text (row, ROW, "lease");
  return end_row (row);
}

static JsonNode *
row_of_device (const BgHubDevice *device)
{
  JsonBuilder *row = bg_hub_object_new ();

  bg_hub_object_add_text (row, "address", device->address);
  bg_hub_object_add_text (row, "address6", device->address6);
  add_number (row, "created_at", device->created_at);
  bg_hub_object_add_text (row, "device_id", device->id);
  bg_hub_object_add_text (row, "name", device->name);
  bg_hub_object_add_flag (row, "owner", device->is_owner);
  bg_hub_object_add_text (row, "public_key", device->public_key);
  bg_hub_object_add_text (row, ROW, "device");
  bg_hub_object_add_text (row, "state", states[device->state]);
  return end_row (row);
}

static JsonNode *
row_of_credential (const BgHubCredential *credential)
{
  JsonBuilder *row = bg_hub_object_new ();

  bg_hub_object_add_text (row, "device_id", credential->device);
  bg_hub_object_add_text (row, "hash", credential->hash);
  add_number (row, "made_at", credential->made_at);
  bg_hub_object_add_text (row, "previous_hash", credential->previous_hash);
  add_number (row, "previous_made_at", credential->previous_made_at);
  bg_hub_object_add_text (row, ROW, "credential");
  bg_hub_object_add_flag (row, "used", credential->is_used);
  add_number (row, "used_at", credential->used_at);
  return end_row (row);
}

static JsonNode *
row_of_invite (BgHubInvites *invites, const BgHubInvite *invite)
{
  g_autofree char *digest = bg_hub_invites_digest (invites, invite);
  JsonBuilder *row = bg_hub_object_new ();

  bg_hub_object_add_text (row, "address", invite->address);
  add_number (row, "created_at", invite->created_at);
  bg_hub_object_add_text (row, "digest", digest);
  add_number (row, "expires_at", invite->expires_at);
  bg_hub_object_add_text (row, "made_by", invite->made_by);
  bg_hub_object_add_flag (row, "redeemed", invite->is_redeemed);
  bg_hub_object_add_text (row, "redeemed_by", invite->redeemed_by);
  bg_hub_object_add_text (row, ROW, "invite");
  bg_hub_object_add_text (row, "signing_key", invite->signing_key);
  return end_row (row);
}

static JsonNode *
row_of_entry (GBytes *entry)
{
  JsonBuilder *row = bg_hub_object_new ();
  gsize len;
  const guchar *data = g_bytes_get_data (entry, &len);
  g_autofree char *text = g_base64_encode (data, len);

  bg_hub_object_add_text (row, "entry", text);
  bg_hub_object_add_text (row, ROW, "log");
  return end_row (row);
}

static JsonNode *
row_of_sight (const BgHubDevice *device)
{
  JsonBuilder *row = bg_hub_object_new ();

  add_number (row, "at", device->last_seen_at);
  bg_hub_object_add_text (row, "device_id", device->id);
  bg_hub_object_add_text (row, ROW, "seen");
  return end_row (row);
}

static void
add_signing_keys (GPtrArray *rows, const BgHubMemory *memory)
{
  const GPtrArray *keys = bg_hub_access_tokens_get_keys (memory->access_tokens);

  for (guint i = 0; i < keys->len; i++)
    g_ptr_array_add (rows, row_of_signing_key (keys->pdata[i]));
}

static void
add_leases (GPtrArray *rows, const BgHubMemory *memory)
{
  g_autoptr (GPtrArray) leases = bg_hub_network_list_leases (memory->network, BG_HUB_MAIN_ROOM);

  for (guint i = 0; i < leases->len; i++)
    g_ptr_array_add (rows, row_of_lease (leases->pdata[i]));
}

static void
add_devices (GPtrArray *rows, const BgHubMemory *memory, GPtrArray *devices)
{
  for (guint i = 0; i < devices->len; i++)
    {
      const BgHubDevice *device = devices->pdata[i];
      const BgHubCredential *credential = bg_hub_credentials_find (memory->credentials, device->id);

      g_ptr_array_add (rows, row_of_device (device));
      if (credential != NULL)
        g_ptr_array_add (rows, row_of_credential (credential));
    }
}

static void
add_invites (GPtrArray *rows, const BgHubMemory *memory)
{
  g_autoptr (GPtrArray) invites = bg_hub_invites_list (memory->invites);

  for (guint i = 0; i < invites->len; i++)
    g_ptr_array_add (rows, row_of_invite (memory->invites, invites->pdata[i]));
}

static void
add_log (GPtrArray *rows, const BgHubMemory *memory)
{
  for (guint from = 0; from < bg_hub_log_count (memory->log);)
    {
      g_autoptr (GPtrArray) entries = bg_hub_log_list (memory->log, from);

      for (guint i = 0; i < entries->len; i++)
        g_ptr_array_add (rows, row_of_entry (entries->pdata[i]));
      from += entries->len;
    }
}

static void
add_sights (GPtrArray *rows, GPtrArray *devices)
{
  for (guint i = 0; i < devices->len; i++)
    if (((const BgHubDevice *) devices->pdata[i])->last_seen_at > 0)
      g_ptr_array_add (rows, row_of_sight (devices->pdata[i]));
}

GPtrArray *
bg_hub_rows_export (const BgHubMemory *memory)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) json_node_unref);
  g_autoptr (GPtrArray) devices = bg_hub_devices_list (memory->devices);

  g_ptr_array_add (rows, row_of_network (memory));
  add_signing_keys (rows, memory);
  add_leases (rows, memory);
  add_devices (rows, memory, devices);
  add_invites (rows, memory);
  add_log (rows, memory);
  add_sights (rows, devices);
  return rows;
}

static gboolean
is_sight (JsonNode *row)
{
  return g_str_equal (json_object_get_string_member (json_node_get_object (row), ROW), "seen");
}

char *
bg_hub_rows_digest (GPtrArray *rows)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; i < rows->len && !is_sight (rows->pdata[i]); i++)
    {
      g_autofree char *text = json_to_string (rows->pdata[i], FALSE);

      g_checksum_update (sum, (const guchar *) text, -1);
      g_checksum_update (sum, (const guchar *) "\n", 1);
    }
  return g_strdup (g_checksum_get_string (sum));
}

guint
bg_hub_rows_add_page (JsonBuilder *array, GPtrArray *rows, guint from)
{
  gsize len = 0;
  guint n = 0;

  for (guint i = from; i < rows->len; i++, n++)
    {
      g_autofree char *text = json_to_string (rows->pdata[i], FALSE);

      len += strlen (text) + 1;
      if (n > 0 && len > BG_HUB_ROWS_PAGE)
        break;
      json_builder_add_value (array, json_node_ref (rows->pdata[i]));
    }
  return n;
}
