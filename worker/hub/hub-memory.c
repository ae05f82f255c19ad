/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-memory.h"
#include "common/error.h"

typedef struct
{
  GPtrArray *of[BG_HUB_TABLES];
} Rows;

static void
rows_clear (Rows *rows)
{
  for (BgHubTable table = 0; table < BG_HUB_TABLES; table++)
    g_clear_pointer (&rows->of[table], g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rows, rows_clear)

static gboolean
rows_load (Rows *rows, BgHubStore *store, GError **error)
{
  for (BgHubTable table = 0; table < BG_HUB_TABLES; table++)
    if ((rows->of[table] = bg_hub_store_load (store, table, error)) == NULL)
      return FALSE;
  return TRUE;
}

static GPtrArray *
take (Rows *rows, BgHubTable table)
{
  return g_steal_pointer (&rows->of[table]);
}

/* Addresses, and who may have one. */
static gboolean
open_network (BgHubMemory *self, const BgIpPrefix *subnet, Rows *rows, GError **error)
{
  self->network = bg_hub_network_new (subnet, take (rows, BG_HUB_TABLE_LEASES), self->writer);
  self->invites = bg_hub_invites_new (take (rows, BG_HUB_TABLE_INVITES), self->network,
                                      self->writer);
  if (self->invites != NULL)
    return TRUE;
  g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "no random numbers");
  return FALSE;
}

/* Who has registered, and who is in the log. */
static gboolean
open_devices (BgHubMemory *self, BgHubDevicesParts *parts, Rows *rows, GError **error)
{
  bg_hub_spent_of_settings (rows->of[BG_HUB_TABLE_SETTINGS], &self->relay_spent);
  self->ula = bg_hub_ula_new (rows->of[BG_HUB_TABLE_SETTINGS], self->writer);
  self->credentials = bg_hub_credentials_new (take (rows, BG_HUB_TABLE_CREDENTIALS), self->writer);
  self->access_tokens = bg_hub_access_tokens_new (take (rows, BG_HUB_TABLE_SIGNING_KEYS),
                                                  self->writer);
  self->log = bg_hub_log_new (take (rows, BG_HUB_TABLE_LOG), self->writer, error);
  if (self->log == NULL)
    return FALSE;
  parts->network = self->network;
  parts->credentials = self->credentials;
  parts->log = self->log;
  parts->ula = self->ula;
  parts->writer = self->writer;
  self->devices = bg_hub_devices_new (take (rows, BG_HUB_TABLE_DEVICES), parts);
  bg_hub_devices_follow_log (self->devices, g_get_real_time () / G_USEC_PER_SEC);
  return TRUE;
}

gboolean
bg_hub_memory_open (BgHubMemory *self, const char *path, const char *subnet,
                    gboolean needs_approval, gboolean is_token_allowed, GError **error)
{
  g_autoptr (BgHubStore) store = bg_hub_store_open (path, subnet, error);
  BgHubDevicesParts parts = { .needs_approval = needs_approval,
                              .is_token_allowed = is_token_allowed };
  g_auto (Rows) rows = { { NULL } };
  BgIpPrefix stored;

  if (store == NULL || !rows_load (&rows, store, error))
    return FALSE;
  stored = *bg_hub_store_get_subnet (store);
  self->writer = bg_hub_writer_new (g_steal_pointer (&store));
  return open_network (self, &stored, &rows, error) && open_devices (self, &parts, &rows, error);
}

void
bg_hub_memory_close (BgHubMemory *self)
{
  g_clear_pointer (&self->devices, bg_hub_devices_free);
  g_clear_pointer (&self->log, bg_hub_log_free);
  g_clear_pointer (&self->access_tokens, bg_hub_access_tokens_free);
  g_clear_pointer (&self->credentials, bg_hub_credentials_free);
  g_clear_pointer (&self->ula, bg_hub_ula_free);
  g_clear_pointer (&self->invites, bg_hub_invites_free);
  g_clear_pointer (&self->network, bg_hub_network_free);
  g_clear_pointer (&self->writer, bg_hub_writer_free);
}
