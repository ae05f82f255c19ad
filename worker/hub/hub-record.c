/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-record.h"

BgHubDevice *
bg_hub_device_new (const char *room, const char *address, gint64 now)
{
  BgHubDevice *device = g_new0 (BgHubDevice, 1);

  device->room = g_strdup (room);
  device->address = g_strdup (address);
  device->name = g_strdup ("");
  device->public_key = g_strdup ("");
  device->created_at = now;
  return device;
}

BgHubDevice *
bg_hub_device_copy (const BgHubDevice *device)
{
  BgHubDevice *copy = g_memdup2 (device, sizeof *device);

  copy->room = g_strdup (device->room);
  copy->address = g_strdup (device->address);
  copy->name = g_strdup (device->name);
  copy->public_key = g_strdup (device->public_key);
  return copy;
}

void
bg_hub_device_free (BgHubDevice *device)
{
  if (device == NULL)
    return;
  g_free (device->room);
  g_free (device->address);
  g_free (device->name);
  g_free (device->public_key);
  g_free (device);
}

BgHubInvite *
bg_hub_invite_new (const char *code, const char *server_url, gint64 now, gint64 expires_at)
{
  BgHubInvite *invite = g_new0 (BgHubInvite, 1);

  invite->code = g_strdup (code);
  invite->server_url = g_strdup (server_url);
  invite->created_at = now;
  invite->expires_at = expires_at;
  invite->redeemed_by = g_strdup ("");
  invite->address = g_strdup ("");
  return invite;
}

BgHubInvite *
bg_hub_invite_copy (const BgHubInvite *invite)
{
  BgHubInvite *copy = g_memdup2 (invite, sizeof *invite);

  copy->code = g_strdup (invite->code);
  copy->server_url = g_strdup (invite->server_url);
  copy->redeemed_by = g_strdup (invite->redeemed_by);
  copy->address = g_strdup (invite->address);
  return copy;
}

void
bg_hub_invite_free (BgHubInvite *invite)
{
  if (invite == NULL)
    return;
  g_free (invite->code);
  g_free (invite->server_url);
  g_free (invite->redeemed_by);
  g_free (invite->address);
  g_free (invite);
}

BgHubChange *
bg_hub_change_of_device (const BgHubDevice *device, gboolean is_removal)
{
  BgHubChange *change = g_new0 (BgHubChange, 1);

  change->key = g_strconcat ("device ", device->room, " ", device->address, NULL);
  change->is_removal = is_removal;
  change->device = bg_hub_device_copy (device);
  return change;
}

BgHubChange *
bg_hub_change_of_invite (const BgHubInvite *invite, gboolean is_removal)
{
  BgHubChange *change = g_new0 (BgHubChange, 1);

  change->key = g_strconcat ("invite ", invite->code, NULL);
  change->is_removal = is_removal;
  change->invite = bg_hub_invite_copy (invite);
  return change;
}

void
bg_hub_change_free (BgHubChange *change)
{
  if (change == NULL)
    return;
  g_free (change->key);
  bg_hub_device_free (change->device);
  bg_hub_invite_free (change->invite);
  g_free (change);
}
