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
  guint n_leases, n_elsewhere;
  BgHubListPresent list_present;
  gpointer present_data;
};

static gboolean
is_main_room (const char *room)
{
  return g_str_equal (room, BG_HUB_MAIN_ROOM);
}

static GHashTable *
leases_of (BgHubNetwork *self, const char *room)
{
  return g_hash_table_lookup (self->rooms, room);
}

static BgHubLease *
find_lease (BgHubNetwork *self, const char *room, const char *address)
{
  GHashTable *leases = leases_of (self, room);

  return leases != NULL ? g_hash_table_lookup (leases, address) : NULL;
}

/* Takes `lease`. */
static void
add_lease (BgHubNetwork *self, BgHubLease *lease)
{
  GHashTable *leases = leases_of (self, lease->room);

  if (leases == NULL)
    {
      leases = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                      (GDestroyNotify) bg_hub_lease_free);
      g_hash_table_insert (self->rooms, g_strdup (lease->room), leases);
    }
  g_hash_table_insert (leases, lease->address, lease);
  self->n_leases++;
  if (!is_main_room (lease->room))
    self->n_elsewhere++;
}

BgHubNetwork *
bg_hub_network_new (const BgIpPrefix *subnet, GPtrArray *leases, BgHubWriter *writer)
{
  BgHubNetwork *self = g_new0 (BgHubNetwork, 1);

  self->subnet = *subnet;
  bg_hub_subnet_to_core (subnet, &self->core_subnet);
  self->writer = writer;
  self->rooms = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify) g_hash_table_unref);
  g_ptr_array_set_free_func (leases, NULL);
  for (guint i = 0; i < leases->len; i++)
    add_lease (self, leases->pdata[i]);
  g_ptr_array_unref (leases);
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

/* Leases */

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
  GHashTable *leases = leases_of (self, room);
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  if (leases == NULL)
    return list;
  g_hash_table_iter_init (&iter, leases);
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
view_of (BgHubNetwork *self, const BgHubLease *lease)
{
  return (BgDevice){ .host = host_of (self, lease->address),
                     .name = bytes_of (lease->name),
                     .key = bytes_of (lease->public_key),
                     .created_at = lease->created_at,
                     .reserved_until = lease->reserved_until,
                     .is_asked = lease->is_asked };
}

static void
write_lease (BgHubNetwork *self, const BgHubLease *lease)
{
  bg_hub_writer_put (self->writer, bg_hub_change_of_lease (lease, FALSE));
}

static gboolean
is_full (BgHubNetwork *self, const char *room)
{
  return self->n_leases >= BG_NETWORK_MAX_DEVICES
         || (!is_main_room (room) && self->n_elsewhere >= BG_NETWORK_MAX_ELSEWHERE);
}

static void
settle_lease (BgHubNetwork *self, BgHubLease *lease, const char *name, const char *public_key)
{
  g_free (lease->name);
  lease->name = g_strdup (name);
  g_free (lease->public_key);
  lease->public_key = g_strdup (public_key);
  lease->reserved_until = 0;
  lease->is_asked = FALSE;
  write_lease (self, lease);
}

BgRecord
bg_hub_network_record_device (BgHubNetwork *self, const char *room, const char *address,
                              const char *name, const char *public_key, gint64 now)
{
  char canonical[BG_SUBNET_TEXT];
  guint32 host = host_of (self, address);
  BgHubLease *lease = find_lease (self, room, address_of (self, host, canonical));
  BgDevice known = lease != NULL ? view_of (self, lease) : (BgDevice){ 0 };
  BgRecord verdict = bg_network_record (lease != NULL ? &known : NULL, host, bytes_of (name),
                                        bytes_of (public_key), is_full (self, room), now);

  if (verdict != BG_RECORD_WRITE)
    return verdict;
  if (lease == NULL)
    {
      lease = bg_hub_lease_new (room, canonical, now);
      add_lease (self, lease);
    }
  settle_lease (self, lease, name, public_key);
  return verdict;
}

/* Reservations, all in the main room */

static void
remove_lease (BgHubNetwork *self, BgHubLease *lease)
{
  GHashTable *leases = leases_of (self, BG_HUB_MAIN_ROOM);

  bg_hub_writer_put (self->writer, bg_hub_change_of_lease (lease, TRUE));
  self->n_leases--;
  g_hash_table_remove (leases, lease->address);
  if (g_hash_table_size (leases) == 0)
    g_hash_table_remove (self->rooms, BG_HUB_MAIN_ROOM);
}

/* Takes the rows that have expired out. */
static void
survey_main_room (BgHubNetwork *self, BgSurvey *survey)
{
  g_autoptr (GPtrArray) expired = g_ptr_array_new ();
  GHashTable *leases = leases_of (self, BG_HUB_MAIN_ROOM);
  GHashTableIter iter;
  gpointer lease;

  if (leases == NULL)
    return;
  g_hash_table_iter_init (&iter, leases);
  while (g_hash_table_iter_next (&iter, NULL, &lease))
    {
      BgDevice view = view_of (self, lease);

      if (!bg_survey_add (survey, &view))
        g_ptr_array_add (expired, lease);
    }
  for (guint i = 0; i < expired->len; i++)
    remove_lease (self, expired->pdata[i]);
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
  BgHubLease *lease;

  if (grant->removed != 0)
    remove_lease (self,
                  find_lease (self, BG_HUB_MAIN_ROOM, address_of (self, grant->removed, address)));
  address_of (self, grant->host, address);
  if (grant->is_new)
    {
      lease = bg_hub_lease_new (BG_HUB_MAIN_ROOM, address, now);
      g_free (lease->public_key);
      lease->public_key = g_strdup (public_key);
      add_lease (self, lease);
    }
  else
    lease = find_lease (self, BG_HUB_MAIN_ROOM, address);
  g_return_if_fail (lease != NULL);
  lease->reserved_until = grant->reserved_until;
  lease->is_asked = grant->is_asked;
  write_lease (self, lease);
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
                            self->n_leases < BG_NETWORK_MAX_DEVICES);
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
  const BgHubLease *lease = find_lease (self, BG_HUB_MAIN_ROOM, address);
  BgDevice view = lease != NULL ? view_of (self, lease) : (BgDevice){ 0 };

  return lease != NULL && bg_device_belongs_to (&view, bytes_of (public_key), now);
}

char *
bg_hub_network_get_canonical (BgHubNetwork *self, const char *address)
{
  guint32 host = host_of (self, address);
  char text[BG_SUBNET_TEXT];

  return host != 0 ? g_strdup (address_of (self, host, text)) : NULL;
}

guint32
bg_hub_network_get_host (BgHubNetwork *self, const char *address)
{
  return host_of (self, address);
}

/* By whom */

static gboolean
has_name (const BgHubLease *lease, const char *name)
{
  return lease->reserved_until == 0 && g_str_equal (lease->name, name);
}

/* Those of the main room that joined under the name: with this key, or with others (borrowed). */
static GPtrArray *
find_name (BgHubNetwork *self, const char *name, const char *public_key, gboolean is_own)
{
  GHashTable *leases = leases_of (self, BG_HUB_MAIN_ROOM);
  GPtrArray *found = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  if (leases == NULL)
    return found;
  g_hash_table_iter_init (&iter, leases);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (has_name (value, name)
        && g_str_equal (((BgHubLease *) value)->public_key, public_key) == is_own)
      g_ptr_array_add (found, value);
  return found;
}

gboolean
bg_hub_network_has_name (BgHubNetwork *self, const char *name, const char *public_key)
{
  g_autoptr (GPtrArray) own = find_name (self, name, public_key, TRUE);

  return own->len > 0;
}

gboolean
bg_hub_network_has_namesake (BgHubNetwork *self, const char *name, const char *public_key)
{
  g_autoptr (GPtrArray) others = find_name (self, name, public_key, FALSE);

  return others->len > 0;
}

/* All of the key but `kept`, which may be NULL; borrowed. */
static GPtrArray *
find_key (BgHubNetwork *self, const char *public_key, const BgHubLease *kept)
{
  GHashTable *leases = leases_of (self, BG_HUB_MAIN_ROOM);
  GPtrArray *own = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  if (leases == NULL)
    return own;
  g_hash_table_iter_init (&iter, leases);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (value != kept && g_str_equal (((BgHubLease *) value)->public_key, public_key))
      g_ptr_array_add (own, value);
  return own;
}

static void
retire_lease (BgHubNetwork *self, BgHubLease *lease, gint64 now)
{
  g_free (lease->name);
  lease->name = g_strdup ("");
  lease->created_at = 0; /* before all that were only asked for */
  lease->reserved_until = now + BG_NETWORK_RETIRED_S;
  lease->is_asked = TRUE;
  write_lease (self, lease);
}

void
bg_hub_network_release (BgHubNetwork *self, const char *public_key, gint64 now)
{
  g_autoptr (GPtrArray) own = find_key (self, public_key, NULL);

  for (guint i = 0; i < own->len; i++)
    retire_lease (self, own->pdata[i], now);
}

void
bg_hub_network_release_name (BgHubNetwork *self, const char *name, const char *public_key)
{
  g_autoptr (GPtrArray) others = find_name (self, name, public_key, FALSE);

  for (guint i = 0; i < others->len; i++)
    remove_lease (self, others->pdata[i]);
}

void
bg_hub_network_assign (BgHubNetwork *self, const char *address, const char *name,
                       const char *public_key, gint64 now)
{
  BgHubLease *lease = find_lease (self, BG_HUB_MAIN_ROOM, address);
  g_autoptr (GPtrArray) others = NULL;

  if (lease == NULL)
    {
      lease = bg_hub_lease_new (BG_HUB_MAIN_ROOM, address, now);
      add_lease (self, lease);
    }
  if (lease->reserved_until != 0 || !g_str_equal (lease->public_key, public_key)
      || !g_str_equal (lease->name, name))
    settle_lease (self, lease, name, public_key);
  others = find_key (self, public_key, lease);
  for (guint i = 0; i < others->len; i++)
    remove_lease (self, others->pdata[i]);
}
