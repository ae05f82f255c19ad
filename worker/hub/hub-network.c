/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-network.h"
#include "worker/core/network.h"

#include <string.h>

struct _BgHubNetwork
{
  BgIpPrefix subnet;
  BgSubnet core_subnet;
  BgHubWriter *writer;
  GHashTable *rooms; /* name → GHashTable of address → BgHubLease; none is empty */
  guint n_devices, n_elsewhere;
  BgHubListPresent list_present;
  gpointer present_data;
};

static gboolean
is_main_room (const char *room)
{
  return g_str_equal (room, BG_HUB_MAIN_ROOM);
}

static GHashTable *
devices_of (BgHubNetwork *self, const char *room)
{
  return g_hash_table_lookup (self->rooms, room);
}

static BgHubLease *
find_device (BgHubNetwork *self, const char *room, const char *address)
{
  GHashTable *devices = devices_of (self, room);

  return devices != NULL ? g_hash_table_lookup (devices, address) : NULL;
}

/* Takes `device`. */
static void
add_device (BgHubNetwork *self, BgHubLease *device)
{
  GHashTable *devices = devices_of (self, device->room);

  if (devices == NULL)
    {
      devices = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                       (GDestroyNotify) bg_hub_lease_free);
      g_hash_table_insert (self->rooms, g_strdup (device->room), devices);
    }
  g_hash_table_insert (devices, device->address, device);
  self->n_devices++;
  if (!is_main_room (device->room))
    self->n_elsewhere++;
}

BgHubNetwork *
bg_hub_network_new (const BgIpPrefix *subnet, GPtrArray *devices, BgHubWriter *writer)
{
  BgHubNetwork *self = g_new0 (BgHubNetwork, 1);

  self->subnet = *subnet;
  bg_hub_subnet_to_core (subnet, &self->core_subnet);
  self->writer = writer;
  self->rooms = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify) g_hash_table_unref);
  g_ptr_array_set_free_func (devices, NULL);
  for (guint i = 0; i < devices->len; i++)
    add_device (self, devices->pdata[i]);
  g_ptr_array_unref (devices);
  return self;
}

void
bg_hub_network_free (BgHubNetwork *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->rooms);
  g_free (self);
}

void
bg_hub_network_set_presence (BgHubNetwork *self, BgHubListPresent list_present, gpointer data)
{
  self->list_present = list_present;
  self->present_data = data;
}

const BgIpPrefix *
bg_hub_network_get_subnet (BgHubNetwork *self)
{
  return &self->subnet;
}

/* Devices */

static int
compare_entry (gconstpointer a, gconstpointer b)
{
  const BgHubLease *left = *(BgHubLease *const *) a, *right = *(BgHubLease *const *) b;

  if (left->created_at != right->created_at)
    return left->created_at < right->created_at ? -1 : 1;
  return g_strcmp0 (left->address, right->address);
}

GPtrArray *
bg_hub_network_list_leases (BgHubNetwork *self, const char *room)
{
  GHashTable *devices = devices_of (self, room);
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  if (devices == NULL)
    return list;
  g_hash_table_iter_init (&iter, devices);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (!((BgHubLease *) value)->is_asked)
      g_ptr_array_add (list, value);
  g_ptr_array_sort (list, compare_entry);
  return list;
}

/* As the core sees them */

static BgBytes
bytes_of (const char *text)
{
  return (BgBytes){ (const guint8 *) text, strlen (text) };
}

static guint32
host_of (BgHubNetwork *self, const char *address)
{
  return address != NULL ? bg_subnet_host_of (&self->core_subnet, bytes_of (address)) : 0;
}

/* Rows are keyed by the host address with the subnet's prefix length, whatever length a device says. */
static const char *
address_of (BgHubNetwork *self, guint32 host, char out[BG_SUBNET_TEXT])
{
  bg_subnet_write (&self->core_subnet, host, out);
  return out;
}

static BgDevice
view_of (BgHubNetwork *self, const BgHubLease *device)
{
  return (BgDevice){ .host = host_of (self, device->address),
                     .name = bytes_of (device->name),
                     .key = bytes_of (device->public_key),
                     .created_at = device->created_at,
                     .reserved_until = device->reserved_until,
                     .is_asked = device->is_asked };
}

static void
write_device (BgHubNetwork *self, const BgHubLease *device)
{
  bg_hub_writer_put (self->writer, bg_hub_change_of_lease (device, FALSE));
}

static gboolean
is_full (BgHubNetwork *self, const char *room)
{
  return self->n_devices >= BG_NETWORK_MAX_DEVICES
         || (!is_main_room (room) && self->n_elsewhere >= BG_NETWORK_MAX_ELSEWHERE);
}

static void
settle_device (BgHubNetwork *self, BgHubLease *device, const char *name, const char *public_key)
{
  g_free (device->name);
  device->name = g_strdup (name);
  g_free (device->public_key);
  device->public_key = g_strdup (public_key);
  device->reserved_until = 0;
  device->is_asked = FALSE;
  write_device (self, device);
}

BgRecord
bg_hub_network_record_device (BgHubNetwork *self, const char *room, const char *address,
                              const char *name, const char *public_key, gint64 now)
{
  char canonical[BG_SUBNET_TEXT];
  guint32 host = host_of (self, address);
  BgHubLease *device = find_device (self, room, address_of (self, host, canonical));
  BgDevice known = device != NULL ? view_of (self, device) : (BgDevice){ 0 };
  BgRecord verdict = bg_network_record (device != NULL ? &known : NULL, host, bytes_of (name),
                                        bytes_of (public_key), is_full (self, room), now);

  if (verdict != BG_RECORD_WRITE)
    return verdict;
  if (device == NULL)
    {
      device = bg_hub_lease_new (room, canonical, now);
      add_device (self, device);
    }
  settle_device (self, device, name, public_key);
  return verdict;
}

/* Reservations, all in the main room */

static void
remove_device (BgHubNetwork *self, BgHubLease *device)
{
  GHashTable *devices = devices_of (self, BG_HUB_MAIN_ROOM);

  bg_hub_writer_put (self->writer, bg_hub_change_of_lease (device, TRUE));
  self->n_devices--;
  g_hash_table_remove (devices, device->address);
  if (g_hash_table_size (devices) == 0)
    g_hash_table_remove (self->rooms, BG_HUB_MAIN_ROOM);
}

/* Takes the rows that have expired out. */
static void
survey_main_room (BgHubNetwork *self, BgSurvey *survey)
{
  g_autoptr (GPtrArray) expired = g_ptr_array_new ();
  GHashTable *devices = devices_of (self, BG_HUB_MAIN_ROOM);
  GHashTableIter iter;
  gpointer device;

  if (devices == NULL)
    return;
  g_hash_table_iter_init (&iter, devices);
  while (g_hash_table_iter_next (&iter, NULL, &device))
    {
      BgDevice view = view_of (self, device);

      if (!bg_survey_add (survey, &view))
        g_ptr_array_add (expired, device);
    }
  for (guint i = 0; i < expired->len; i++)
    remove_device (self, expired->pdata[i]);
}

static void
survey_present (BgHubNetwork *self, BgSurvey *survey)
{
  g_autoptr (GPtrArray) addresses = g_ptr_array_new ();

  if (self->list_present == NULL)
    return;
  self->list_present (BG_HUB_MAIN_ROOM, addresses, self->present_data);
  for (guint i = 0; i < addresses->len; i++)
    bg_survey_use (survey, host_of (self, addresses->pdata[i]));
}

static void
write_grant (BgHubNetwork *self, const BgGrant *grant, const char *public_key, gint64 now)
{
  char address[BG_SUBNET_TEXT];
  BgHubLease *device;

  if (grant->removed != 0)
    remove_device (
      self, find_device (self, BG_HUB_MAIN_ROOM, address_of (self, grant->removed, address)));
  address_of (self, grant->host, address);
  if (grant->is_new)
    {
      device = bg_hub_lease_new (BG_HUB_MAIN_ROOM, address, now);
      g_free (device->public_key);
      device->public_key = g_strdup (public_key);
      add_device (self, device);
    }
  else
    device = find_device (self, BG_HUB_MAIN_ROOM, address);
  g_return_if_fail (device != NULL);
  device->reserved_until = grant->reserved_until;
  device->is_asked = grant->is_asked;
  write_device (self, device);
}

char *
bg_hub_network_reserve (BgHubNetwork *self, const char *public_key, BgReservation how, gint64 now)
{
  const char *key = public_key != NULL ? public_key : "";
  char address[BG_SUBNET_TEXT];
  BgSurvey survey;
  BgGrant grant;

  bg_survey_begin (&survey, bytes_of (key), now);
  survey_main_room (self, &survey);
  survey_present (self, &survey);
  grant = bg_survey_decide (&survey, &self->core_subnet, how,
                            self->n_devices < BG_NETWORK_MAX_DEVICES);
  if (grant.host == 0)
    return NULL;
  if (grant.is_written)
    write_grant (self, &grant, key, now);
  return g_strdup (address_of (self, grant.host, address));
}

gboolean
bg_hub_network_belongs_to (BgHubNetwork *self, const char *address, const char *public_key,
                           gint64 now)
{
  const BgHubLease *device = find_device (self, BG_HUB_MAIN_ROOM, address);
  BgDevice view = device != NULL ? view_of (self, device) : (BgDevice){ 0 };

  return device != NULL && bg_device_belongs_to (&view, bytes_of (public_key), now);
}
