/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-network.h"
#include "common/key-text.h"

enum
{
  MAX_DEVICES = 16384,
  MAX_ELSEWHERE = 4096, /* of them in other rooms, whose names anybody with the token may invent */
  MAX_ASKED = 256,
  INVITED_S = 24 * 3600,
  ASKED_S = 24 * 3600,
  ASKED_WITHOUT_KEY_S = 600,
  ASKED_FIRM_S = 600,
};

struct _BgHubNetwork
{
  BgIpPrefix subnet;
  BgHubWriter *writer;
  GHashTable *rooms; /* name → GHashTable of address → BgHubDevice; none is empty */
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

static BgHubDevice *
find_device (BgHubNetwork *self, const char *room, const char *address)
{
  GHashTable *devices = devices_of (self, room);

  return devices != NULL ? g_hash_table_lookup (devices, address) : NULL;
}

/* Takes `device`. */
static void
add_device (BgHubNetwork *self, BgHubDevice *device)
{
  GHashTable *devices = devices_of (self, device->room);

  if (devices == NULL)
    {
      devices = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                       (GDestroyNotify) bg_hub_device_free);
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
  const BgHubDevice *left = *(BgHubDevice *const *) a, *right = *(BgHubDevice *const *) b;

  if (left->created_at != right->created_at)
    return left->created_at < right->created_at ? -1 : 1;
  return g_strcmp0 (left->address, right->address);
}

GPtrArray *
bg_hub_network_list_devices (BgHubNetwork *self, const char *room)
{
  GHashTable *devices = devices_of (self, room);
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  if (devices == NULL)
    return list;
  g_hash_table_iter_init (&iter, devices);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (!((BgHubDevice *) value)->is_asked)
      g_ptr_array_add (list, value);
  g_ptr_array_sort (list, compare_entry);
  return list;
}

/* Rows are keyed by the host address with the subnet's prefix length, whatever length a device
 * says. */
static gboolean
canonical_address (BgHubNetwork *self, const char *address, char out[BG_IP_PREFIX_TEXT])
{
  BgIpPrefix prefix;

  if (address == NULL || !bg_hub_subnet_has_host (&self->subnet, address)
      || !bg_ip_prefix_parse (address, &prefix))
    return FALSE;
  prefix.len = self->subnet.len;
  bg_ip_prefix_format (&prefix, out);
  return TRUE;
}

static void
write_device (BgHubNetwork *self, const BgHubDevice *device)
{
  bg_hub_writer_put (self->writer, bg_hub_change_of_device (device, FALSE));
}

static gboolean
is_expired (const BgHubDevice *device, gint64 now)
{
  return device->reserved_until != 0 && device->reserved_until <= now;
}

static gboolean
is_of_another (const BgHubDevice *device, const char *public_key, gint64 now)
{
  return *device->public_key != '\0' && !g_str_equal (device->public_key, public_key)
         && !is_expired (device, now);
}

static gboolean
is_full (BgHubNetwork *self, const char *room)
{
  return self->n_devices >= MAX_DEVICES
         || (!is_main_room (room) && self->n_elsewhere >= MAX_ELSEWHERE);
}

static void
settle_device (BgHubNetwork *self, BgHubDevice *device, const char *name, const char *public_key)
{
  if (device->reserved_until == 0 && g_str_equal (device->name, name)
      && g_str_equal (device->public_key, public_key))
    return;
  g_free (device->name);
  device->name = g_strdup (name);
  g_free (device->public_key);
  device->public_key = g_strdup (public_key);
  device->reserved_until = 0;
  device->is_asked = FALSE;
  write_device (self, device);
}

BgHubRecord
bg_hub_network_record_device (BgHubNetwork *self, const char *room, const char *address,
                              const char *name, const char *public_key, gint64 now)
{
  char canonical[BG_IP_PREFIX_TEXT];
  uint8_t key[BG_KEY_BYTES];
  BgHubDevice *device;

  if (!canonical_address (self, address, canonical) || !bg_key_from_base64 (public_key, key))
    return BG_HUB_RECORD_UNFIT;
  device = find_device (self, room, canonical);
  if (device != NULL && is_of_another (device, public_key, now))
    return BG_HUB_RECORD_FOREIGN;
  if (device == NULL && is_full (self, room))
    return BG_HUB_RECORD_FULL;
  if (device == NULL)
    {
      device = bg_hub_device_new (room, canonical, now);
      add_device (self, device);
    }
  settle_device (self, device, name, public_key);
  return BG_HUB_RECORD_DONE;
}

/* Reservations, all in the main room */

static void
remove_device (BgHubNetwork *self, BgHubDevice *device)
{
  GHashTable *devices = devices_of (self, BG_HUB_MAIN_ROOM);

  bg_hub_writer_put (self->writer, bg_hub_change_of_device (device, TRUE));
  self->n_devices--;
  g_hash_table_remove (devices, device->address);
  if (g_hash_table_size (devices) == 0)
    g_hash_table_remove (self->rooms, BG_HUB_MAIN_ROOM);
}

typedef struct
{
  BgHubDevice *own;   /* the newest of the one who asks */
  BgHubDevice *spare; /* the oldest that may give way */
  guint n_asked;
  GPtrArray *expired;
  GPtrArray *used; /* addresses */
} Survey;

static void
survey_clear (Survey *survey)
{
  g_ptr_array_unref (survey->expired);
  g_ptr_array_unref (survey->used);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Survey, survey_clear)

static void
survey_device (Survey *survey, BgHubDevice *device, const char *public_key, gint64 now)
{
  if (is_expired (device, now))
    {
      g_ptr_array_add (survey->expired, device);
      return;
    }
  g_ptr_array_add (survey->used, device->address);
  if (*public_key != '\0' && g_str_equal (device->public_key, public_key)
      && (survey->own == NULL || survey->own->created_at <= device->created_at))
    survey->own = device;
  if (!device->is_asked)
    return;
  survey->n_asked++;
  if (device->created_at + ASKED_FIRM_S <= now
      && (survey->spare == NULL || device->created_at < survey->spare->created_at))
    survey->spare = device;
}

static Survey
survey_main_room (BgHubNetwork *self, const char *public_key, gint64 now)
{
  Survey survey = { .expired = g_ptr_array_new (), .used = g_ptr_array_new () };
  GHashTable *devices = devices_of (self, BG_HUB_MAIN_ROOM);
  GHashTableIter iter;
  gpointer device;

  if (devices == NULL)
    return survey;
  g_hash_table_iter_init (&iter, devices);
  while (g_hash_table_iter_next (&iter, NULL, &device))
    survey_device (&survey, device, public_key, now);
  return survey;
}

static void
make_firm (BgHubNetwork *self, BgHubDevice *device, BgHubReservation how, gint64 now)
{
  if (device->reserved_until == 0)
    return;
  device->reserved_until = now + INVITED_S;
  device->is_asked = device->is_asked && how == BG_HUB_ASKED;
  write_device (self, device);
}

static void
add_reservation (BgHubNetwork *self, const char *address, const char *public_key,
                 BgHubReservation how, gint64 now)
{
  BgHubDevice *device = bg_hub_device_new (BG_HUB_MAIN_ROOM, address, now);

  g_free (device->public_key);
  device->public_key = g_strdup (public_key);
  device->is_asked = how == BG_HUB_ASKED;
  device->reserved_until = now
                           + (how == BG_HUB_INVITED ? INVITED_S
                              : *public_key != '\0' ? ASKED_S
                                                    : ASKED_WITHOUT_KEY_S);
  add_device (self, device);
  write_device (self, device);
}

/* The lowest address that nobody has or uses. */
static char *
lowest_free (BgHubNetwork *self, Survey *survey)
{
  if (self->list_present != NULL)
    self->list_present (BG_HUB_MAIN_ROOM, survey->used, self->present_data);
  return bg_hub_subnet_next_address (&self->subnet, survey->used);
}

static char *
free_address (BgHubNetwork *self, Survey *survey, BgHubReservation how)
{
  char *address = NULL;

  if (self->n_devices < MAX_DEVICES && (how == BG_HUB_INVITED || survey->n_asked < MAX_ASKED))
    address = lowest_free (self, survey);
  if (address != NULL || survey->spare == NULL)
    return address;
  g_ptr_array_remove (survey->used, survey->spare->address);
  address = lowest_free (self, survey);
  if (address != NULL)
    remove_device (self, survey->spare);
  return address;
}

char *
bg_hub_network_reserve (BgHubNetwork *self, const char *public_key, BgHubReservation how,
                        gint64 now)
{
  const char *key = public_key != NULL ? public_key : "";
  g_auto (Survey) survey = survey_main_room (self, key, now);
  char *address;

  for (guint i = 0; i < survey.expired->len; i++)
    remove_device (self, survey.expired->pdata[i]);
  if (survey.own != NULL)
    {
      make_firm (self, survey.own, how, now);
      return g_strdup (survey.own->address);
    }
  address = free_address (self, &survey, how);
  if (address != NULL)
    add_reservation (self, address, key, how, now);
  return address;
}

gboolean
bg_hub_network_belongs_to (BgHubNetwork *self, const char *address, const char *public_key,
                           gint64 now)
{
  const BgHubDevice *device = find_device (self, BG_HUB_MAIN_ROOM, address);

  return device != NULL && !is_expired (device, now)
         && g_str_equal (device->public_key, public_key);
}
