/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-memory.h"
#include "common/error.h"

static gboolean
rows_load (BgHubRows *rows, BgHubStore *store, GError **error)
{
  for (BgHubTable table = 0; table < BG_HUB_TABLES; table++)
    {
      g_clear_pointer (&rows->of[table], g_ptr_array_unref);
      if ((rows->of[table] = bg_hub_store_load (store, table, error)) == NULL)
        return FALSE;
    }
  return TRUE;
}

static GPtrArray *
take (BgHubRows *rows, BgHubTable table)
{
  return g_steal_pointer (&rows->of[table]);
}

/* Addresses, and who may have one. */
static gboolean
open_network (BgHubMemory *self, const BgIpPrefix *subnet, BgHubRows *rows, GError **error)
{
  self->network = bg_hub_network_new (subnet, take (rows, BG_HUB_TABLE_LEASES), self->writer);
  self->invites = bg_hub_invites_new (take (rows, BG_HUB_TABLE_INVITES),
                                      rows->of[BG_HUB_TABLE_SETTINGS], self->network, self->writer);
  if (self->invites != NULL)
    return TRUE;
  g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "no random numbers");
  return FALSE;
}

/* Who has registered, and what is in the log. */
static gboolean
open_devices (BgHubMemory *self, BgHubRows *rows, GError **error)
{
  BgHubDevicesParts parts = { .needs_approval = self->needs_approval,
                              .is_token_allowed = self->is_token_allowed };

  self->ula = bg_hub_ula_new (rows->of[BG_HUB_TABLE_SETTINGS], self->writer);
  self->credentials = bg_hub_credentials_new (take (rows, BG_HUB_TABLE_CREDENTIALS), self->writer);
  self->access_tokens = bg_hub_access_tokens_new (take (rows, BG_HUB_TABLE_SIGNING_KEYS),
                                                  self->writer);
  self->log = bg_hub_log_new (take (rows, BG_HUB_TABLE_LOG), self->writer, error);
  if (self->log == NULL)
    return FALSE;
  parts.network = self->network;
  parts.credentials = self->credentials;
  parts.log = self->log;
  parts.ula = self->ula;
  parts.writer = self->writer;
  self->devices = bg_hub_devices_new (take (rows, BG_HUB_TABLE_DEVICES), &parts);
  return TRUE;
}

static void
follow_log (BgHubMemory *self)
{
  bg_hub_devices_follow_log (self->devices, g_get_real_time () / G_USEC_PER_SEC);
}

gboolean
bg_hub_memory_open (BgHubMemory *self, const char *path, const char *subnet,
                    gboolean needs_approval, gboolean is_token_allowed, GError **error)
{
  g_autoptr (BgHubStore) store = bg_hub_store_open (path, subnet, error);
  g_autoptr (BgHubRows) rows = bg_hub_rows_new ();
  BgIpPrefix stored;

  if (store == NULL || !rows_load (rows, store, error))
    return FALSE;
  self->needs_approval = needs_approval;
  self->is_token_allowed = is_token_allowed;
  stored = *bg_hub_store_get_subnet (store);
  self->writer = bg_hub_writer_new (g_steal_pointer (&store));
  self->move = bg_hub_move_new (rows->of[BG_HUB_TABLE_SETTINGS], self->writer);
  bg_hub_spent_of_settings (rows->of[BG_HUB_TABLE_SETTINGS], &self->relay_spent);
  if (!open_network (self, &stored, rows, error) || !open_devices (self, rows, error))
    return FALSE;
  follow_log (self);
  return TRUE;
}

/* All but the writer, and what belongs to the hub and not to the network. */
static void
close_parts (BgHubMemory *self)
{
  g_clear_pointer (&self->devices, bg_hub_devices_free);
  g_clear_pointer (&self->log, bg_hub_log_free);
  g_clear_pointer (&self->access_tokens, bg_hub_access_tokens_free);
  g_clear_pointer (&self->credentials, bg_hub_credentials_free);
  g_clear_pointer (&self->ula, bg_hub_ula_free);
  g_clear_pointer (&self->invites, bg_hub_invites_free);
  g_clear_pointer (&self->network, bg_hub_network_free);
}

gboolean
bg_hub_memory_replace (BgHubMemory *self, const BgIpPrefix *subnet, BgHubRows *take_rows,
                       GError **error)
{
  g_autoptr (BgHubRows) rows = take_rows;
  GPtrArray *changes = bg_hub_rows_as_changes (rows);
  BgHubMemory next = *self;

  next.network = NULL;
  next.invites = NULL;
  next.ula = NULL;
  next.credentials = NULL;
  next.access_tokens = NULL;
  next.log = NULL;
  next.devices = NULL;
  if (!open_network (&next, subnet, rows, error) || !open_devices (&next, rows, error))
    {
      close_parts (&next);
      g_ptr_array_set_free_func (changes, (GDestroyNotify) bg_hub_change_free);
      g_ptr_array_unref (changes);
      return FALSE;
    }
  bg_hub_writer_replace (self->writer, changes);
  close_parts (self);
  *self = next;
  follow_log (self);
  return TRUE;
}

void
bg_hub_memory_close (BgHubMemory *self)
{
  close_parts (self);
  g_clear_pointer (&self->move, bg_hub_move_free);
  g_clear_pointer (&self->writer, bg_hub_writer_free);
}
