/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the log makes of the rows of devices. */
#include "worker/hub/hub-devices-private.h"
#include "common/key-text.h"

#include <string.h>
#include <sys/socket.h>

static BgIpPrefix
prefix_of (const BgEntryPrefix *address)
{
  BgIpPrefix prefix = { .family = address->family == 4 ? AF_INET : AF_INET6,
                        .len = address->family == 4 ? 32 : 64 };

  memcpy (prefix.addr, address->bytes, address->family == 4 ? 4 : 16);
  return prefix;
}

/* The first of a family; "" where there is none. */
static char *
address_of_record (BgHubDevices *self, const BgMemberRecord *record, guint8 family)
{
  for (guint i = 0; i < record->n_addresses; i++)
    {
      BgIpPrefix prefix = prefix_of (&record->addresses[i]);
      char text[BG_IP_PREFIX_TEXT];
      char *canonical;

      if (record->addresses[i].family != family)
        continue;
      bg_ip_prefix_format (&prefix, text);
      canonical = bg_hub_network_get_canonical (self->parts.network, text);
      return canonical != NULL ? canonical : g_strdup (text);
    }
  return g_strdup ("");
}

static gboolean
is_in_the_way (const BgHubDevice *other, const BgHubDevice *device)
{
  return g_str_equal (other->name, device->name)
         || (*device->address != '\0' && g_str_equal (other->address, device->address));
}

/* What the log says goes before what anybody else was told: these wait until somebody gives them a place in it. */
static void
clear_the_way (BgHubDevices *self, const BgHubDevice *device)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      BgHubDevice *other = self->rows->pdata[i];

      if (other == device || other->state != BG_DEVICE_ACTIVE
          || bg_hub_devices_find_member (self, other->public_key) != NULL
          || !is_in_the_way (other, device))
        continue;
      other->state = BG_DEVICE_PENDING;
      bg_hub_devices_write (self, other);
    }
}

/* FALSE where it was like that. */
static gboolean
take_record (BgHubDevices *self, BgHubDevice *device, const BgMemberRecord *record)
{
  g_autofree char *address = address_of_record (self, record, 4);
  g_autofree char *address6 = address_of_record (self, record, 6);

  if (device->state != BG_DEVICE_PENDING && g_str_equal (device->name, record->name)
      && g_str_equal (device->address, address) && g_str_equal (device->address6, address6))
    return FALSE;
  if (device->state == BG_DEVICE_PENDING)
    device->state = BG_DEVICE_ACTIVE;
  bg_hub_devices_set_text (&device->name, record->name);
  bg_hub_devices_set_text (&device->address, address);
  bg_hub_devices_set_text (&device->address6, address6);
  return TRUE;
}

static void
follow_record (BgHubDevices *self, const char *public_key, const BgMemberRecord *record, gint64 now)
{
  BgHubDevice *device = bg_hub_devices_row_of_key (self, public_key, now);

  if (device == NULL || device->state == BG_DEVICE_REVOKED || !take_record (self, device, record))
    return;
  clear_the_way (self, device);
  if (bg_hub_network_get_host (self->parts.network, device->address) != 0)
    bg_hub_network_assign (self->parts.network, device->address, device->name, public_key, now);
  bg_hub_devices_write (self, device);
  bg_hub_devices_tell_out (self, device, BG_GOODBYE_CHANGED);
}

static void
follow_member (BgHubDevices *self, const BgMember *member, gint64 now)
{
  char public_key[BG_KEY_TEXT_LEN + 1];
  BgHubDevice *device;

  bg_key_to_base64 (member->record.key, public_key);
  if (!member->is_revoked)
    {
      follow_record (self, public_key, &member->record, now);
      return;
    }
  device = g_hash_table_lookup (self->by_key, public_key);
  if (device != NULL && device->state != BG_DEVICE_REVOKED)
    bg_hub_devices_put_out (self, device, BG_DEVICE_REVOKED);
}

static void
remember_members (BgHubDevices *self, const BgMembership *membership)
{
  g_hash_table_remove_all (self->members);
  for (guint i = 0; i < bg_membership_n_members (membership); i++)
    {
      char *public_key = g_malloc (BG_KEY_TEXT_LEN + 1);

      bg_key_to_base64 (bg_membership_member (membership, i)->record.key, public_key);
      g_hash_table_insert (self->members, public_key, GUINT_TO_POINTER (i + 1));
    }
}

void
bg_hub_devices_follow_log (BgHubDevices *self, gint64 now)
{
  const BgMembership *membership = bg_hub_devices_get_membership (self);

  remember_members (self, membership);
  for (guint i = 0; i < bg_membership_n_members (membership); i++)
    follow_member (self, bg_membership_member (membership, i), now);
  for (guint i = 0; i < self->rows->len; i++)
    {
      const BgHubDevice *device = self->rows->pdata[i];

      if (bg_hub_devices_get_state (self, device) == BG_DEVICE_PENDING)
        bg_hub_devices_tell_out (self, device, BG_GOODBYE_PENDING);
    }
  bg_hub_devices_tell_changed (self);
}
