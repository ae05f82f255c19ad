/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-devices-private.h"
#include "worker/hub/hub-secret.h"
#include "common/key-text.h"
#include "common/log.h"

#include <string.h>

enum
{
  ID_BYTES = 16,
};

/* The table */

static void
add (BgHubDevices *self, BgHubDevice *device)
{
  g_ptr_array_add (self->rows, device);
  g_hash_table_insert (self->by_id, device->id, device);
  g_hash_table_insert (self->by_key, device->public_key, device);
}

BgHubDevices *
bg_hub_devices_new (GPtrArray *rows, const BgHubDevicesParts *parts)
{
  g_autoptr (GPtrArray) keep = rows;
  BgHubDevices *self = g_new0 (BgHubDevices, 1);

  self->parts = *parts;
  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_hub_device_free);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->by_key = g_hash_table_new (g_str_hash, g_str_equal);
  self->members = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_ptr_array_set_free_func (rows, NULL);
  for (guint i = 0; i < rows->len; i++)
    add (self, rows->pdata[i]);
  return self;
}

void
bg_hub_devices_free (BgHubDevices *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->by_id);
  g_hash_table_unref (self->by_key);
  g_hash_table_unref (self->members);
  g_ptr_array_unref (self->rows);
  g_free (self);
}

void
bg_hub_devices_watch (BgHubDevices *self, const BgHubDevicesWatch *watch)
{
  self->watch = *watch;
}

static BgHubDevice *
find (BgHubDevices *self, const char *id)
{
  return g_hash_table_lookup (self->by_id, id);
}

const BgHubDevice *
bg_hub_devices_find (BgHubDevices *self, const char *id)
{
  return find (self, id);
}

const BgHubDevice *
bg_hub_devices_find_key (BgHubDevices *self, const char *public_key)
{
  return g_hash_table_lookup (self->by_key, public_key);
}

GPtrArray *
bg_hub_devices_list (BgHubDevices *self)
{
  GPtrArray *list = g_ptr_array_new ();

  g_ptr_array_extend (list, self->rows, NULL, NULL);
  return list;
}

void
bg_hub_devices_write (BgHubDevices *self, const BgHubDevice *device)
{
  bg_hub_writer_put (self->parts.writer, bg_hub_change_of_device (device, FALSE));
}

void
bg_hub_devices_set_text (char **text, const char *value)
{
  char *copy = g_strdup (value);

  g_free (*text);
  *text = copy;
}

/* What row and log come to */

const BgMembership *
bg_hub_devices_get_membership (BgHubDevices *self)
{
  return bg_hub_log_get_membership (self->parts.log);
}

gboolean
bg_hub_devices_is_signed (BgHubDevices *self)
{
  return bg_hub_log_count (self->parts.log) > 0;
}

const BgMember *
bg_hub_devices_find_member (BgHubDevices *self, const char *public_key)
{
  guint place = g_hash_table_size (self->members) > 0
                  ? GPOINTER_TO_UINT (g_hash_table_lookup (self->members, public_key))
                  : 0;

  return place > 0 ? bg_membership_member (bg_hub_devices_get_membership (self), place - 1) : NULL;
}

BgDeviceState
bg_hub_devices_get_state (BgHubDevices *self, const BgHubDevice *device)
{
  const BgMember *member = bg_hub_devices_find_member (self, device->public_key);

  return bg_device_state (device->state, bg_hub_devices_is_signed (self),
                          bg_membership_policy (bg_hub_devices_get_membership (self)),
                          member != NULL && !member->is_revoked,
                          member != NULL && member->is_revoked);
}

const char *
bg_hub_devices_get_state_name (BgHubDevices *self, const BgHubDevice *device)
{
  static const char *const names[] = { [BG_DEVICE_PENDING] = "pending",
                                       [BG_DEVICE_ACTIVE] = "active",
                                       [BG_DEVICE_LEFT] = "left",
                                       [BG_DEVICE_REVOKED] = "revoked" };

  return names[bg_hub_devices_get_state (self, device)];
}

gboolean
bg_hub_devices_is_member (BgHubDevices *self, const BgHubDevice *device)
{
  const BgMember *member = bg_hub_devices_find_member (self, device->public_key);

  return member != NULL && !member->is_revoked;
}

gboolean
bg_hub_devices_has_key (const BgHubDevice *device, const guint8 key[BG_ENTRY_KEY])
{
  guint8 own[BG_KEY_BYTES];

  return bg_key_from_base64 (device->public_key, own) && memcmp (own, key, sizeof own) == 0;
}

static gboolean
is_in_state (BgHubDevices *self, const BgHubDevice *device, BgDeviceState state)
{
  return bg_hub_devices_get_state (self, device) == state;
}

gboolean
bg_hub_devices_is_owner (BgHubDevices *self, const BgHubDevice *device)
{
  guint8 key[BG_KEY_BYTES];
  gboolean is_owners = bg_key_from_base64 (device->public_key, key)
                       && bg_membership_is_owners_device (bg_hub_devices_get_membership (self),
                                                          key);

  return bg_device_is_owner (bg_hub_devices_is_signed (self), is_owners, device->is_owner);
}

gboolean
bg_hub_devices_may (BgHubDevices *self, const BgHubDevice *device, BgDeviceRight right)
{
  return bg_device_may (bg_hub_devices_get_state (self, device),
                        bg_hub_devices_is_owner (self, device), right);
}

static guint
count (BgHubDevices *self, BgDeviceState state)
{
  guint n = 0;

  for (guint i = 0; i < self->rows->len; i++)
    n += is_in_state (self, self->rows->pdata[i], state);
  return n;
}

guint
bg_hub_devices_count_pending (BgHubDevices *self)
{
  return count (self, BG_DEVICE_PENDING);
}

GPtrArray *
bg_hub_devices_list_revoked (BgHubDevices *self)
{
  GPtrArray *keys = g_ptr_array_new ();

  for (guint i = 0; !bg_hub_devices_is_signed (self) && i < self->rows->len; i++)
    {
      const BgHubDevice *device = self->rows->pdata[i];

      if (device->state == BG_DEVICE_REVOKED && *device->public_key != '\0')
        g_ptr_array_add (keys, device->public_key);
    }
  return keys;
}

char *
bg_hub_devices_get_news (BgHubDevices *self)
{
  g_autoptr (GPtrArray) revoked = bg_hub_devices_list_revoked (self);
  g_autofree char *number = revoked->len > 0 ? g_strdup_printf ("\"revoked\":%u,", revoked->len)
                                             : g_strdup ("");

  return g_strdup_printf ("{\"log\":%u,\"pending\":%u,%s\"type\":\"network\"}",
                          bg_hub_log_count (self->parts.log), bg_hub_devices_count_pending (self),
                          number);
}

/* Whoever has this name and another key, in one of these states (bits). */
static BgHubDevice *
find_namesake (BgHubDevices *self, const char *name, const char *public_key, guint states)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      BgHubDevice *device = self->rows->pdata[i];

      if (g_str_equal (device->name, name) && !g_str_equal (device->public_key, public_key)
          && states & 1U << bg_hub_devices_get_state (self, device))
        return device;
    }
  return NULL;
}

static gboolean
has_namesake (BgHubDevices *self, const char *name, const char *public_key, BgDeviceState state)
{
  return find_namesake (self, name, public_key, 1U << state) != NULL;
}

static gboolean
is_name_taken (BgHubDevices *self, const char *name, const char *public_key)
{
  const BgNameUse use = {
    .is_active = has_namesake (self, name, public_key, BG_DEVICE_ACTIVE),
    .is_pending = has_namesake (self, name, public_key, BG_DEVICE_PENDING),
    .is_joined = bg_hub_network_has_namesake (self->parts.network, name, public_key),
    .is_joined_by_self = bg_hub_network_has_name (self->parts.network, name, public_key),
  };

  return bg_device_name_is_taken (&use);
}

const BgHubDevice *
bg_hub_devices_get_replaced (BgHubDevices *self, const BgHubDevice *device)
{
  if (!is_in_state (self, device, BG_DEVICE_PENDING))
    return NULL;
  return find_namesake (self, device->name, device->public_key, 1U << BG_DEVICE_ACTIVE);
}

/* The token that all share */

gboolean
bg_hub_devices_token_opens (BgHubDevices *self)
{
  return bg_shared_token_opens (bg_hub_devices_is_signed (self),
                                bg_membership_policy (bg_hub_devices_get_membership (self)),
                                self->parts.is_token_allowed);
}

gboolean
bg_hub_devices_token_registers (BgHubDevices *self)
{
  return bg_shared_token_registers (bg_hub_devices_is_signed (self), self->parts.is_token_allowed,
                                    count (self, BG_DEVICE_ACTIVE) > 0);
}

gboolean
bg_hub_devices_codes_give_token (BgHubDevices *self)
{
  return bg_code_gives_token (bg_hub_devices_token_opens (self), self->parts.needs_approval);
}

/* Joining */

static BgBytes
bytes_of (const char *text)
{
  return (BgBytes){ (const guint8 *) text, text != NULL ? strlen (text) : 0 };
}

static gboolean
fits (BgHubDevices *self, const BgHubDevice *device, const char *name, const char *public_key,
      const char *address)
{
  g_autofree char *canonical = bg_hub_network_get_canonical (self->parts.network, address);

  return bg_device_join_fits (bytes_of (device->name), bytes_of (device->public_key),
                              bytes_of (device->address), bytes_of (name), bytes_of (public_key),
                              bytes_of (canonical != NULL ? canonical : address));
}

BgGoodbye
bg_hub_devices_judge_join (BgHubDevices *self, const char *id, const char *room, const char *name,
                           const char *public_key, const char *address)
{
  const BgHubDevice *device = id != NULL ? find (self, id)
                                         : bg_hub_devices_find_key (self, public_key);
  const BgDeviceJoin join = {
    .is_by_token = id == NULL,
    .token_opens = bg_hub_devices_token_opens (self),
    .is_main_room = g_str_equal (room, BG_HUB_MAIN_ROOM),
    .has_row = device != NULL,
    .state = device != NULL ? bg_hub_devices_get_state (self, device) : BG_DEVICE_LEFT,
    .is_itself = device != NULL && fits (self, device, name, public_key, address),
    .is_name_taken = id == NULL && has_namesake (self, name, public_key, BG_DEVICE_ACTIVE),
  };

  return bg_device_judge_join (&join);
}

/* Telling others */

void
bg_hub_devices_tell_out (BgHubDevices *self, const BgHubDevice *device, BgGoodbye why)
{
  if (self->watch.out != NULL)
    self->watch.out (device, why, self->watch.data);
}

void
bg_hub_devices_tell_changed (BgHubDevices *self)
{
  if (self->watch.changed != NULL)
    self->watch.changed (self->watch.data);
}

/* Going */

/* Nothing of it is anybody's any more, but for what a record of the log has. */
static void
strip (BgHubDevices *self, BgHubDevice *device)
{
  const BgMember *member = bg_hub_devices_find_member (self, device->public_key);

  bg_hub_credentials_forget (self->parts.credentials, device->id);
  device->is_owner = FALSE;
  if (member != NULL && !member->is_revoked)
    return;
  bg_hub_network_release (self->parts.network, device->public_key,
                          g_get_real_time () / G_USEC_PER_SEC);
  bg_hub_devices_set_text (&device->address, "");
  bg_hub_devices_set_text (&device->address6, "");
}

void
bg_hub_devices_put_out (BgHubDevices *self, BgHubDevice *device, BgDeviceState state)
{
  device->state = state;
  strip (self, device);
  bg_hub_devices_write (self, device);
  bg_hub_devices_tell_out (self, device, bg_device_goodbye (state));
  bg_log (BG_TOPIC_HUB, MESSAGE, device->name, "%s",
          state == BG_DEVICE_REVOKED ? "was revoked" : "left the network");
}

static void
forget (BgHubDevices *self, BgHubDevice *device)
{
  strip (self, device);
  bg_hub_writer_put (self->parts.writer, bg_hub_change_of_device (device, TRUE));
  bg_hub_devices_tell_out (self, device, BG_GOODBYE_REVOKED);
  g_hash_table_remove (self->by_id, device->id);
  g_hash_table_remove (self->by_key, device->public_key);
  g_ptr_array_remove (self->rows, device);
}

void
bg_hub_devices_revoke (BgHubDevices *self, const char *id)
{
  BgHubDevice *device = find (self, id);

  if (device == NULL || device->state == BG_DEVICE_REVOKED)
    return;
  bg_hub_devices_put_out (self, device, BG_DEVICE_REVOKED);
  bg_hub_devices_tell_changed (self);
}

static gboolean
has_owner (BgHubDevices *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      const BgHubDevice *device = self->rows->pdata[i];

      if (device->is_owner && device->state == BG_DEVICE_ACTIVE)
        return TRUE;
    }
  return FALSE;
}

/* Somebody must manage the others: whoever has been here for the longest time. */
static void
ensure_owner (BgHubDevices *self)
{
  for (guint i = 0; i < self->rows->len && !has_owner (self); i++)
    {
      BgHubDevice *device = self->rows->pdata[i];

      if (device->state != BG_DEVICE_ACTIVE)
        continue;
      device->is_owner = TRUE;
      bg_hub_devices_write (self, device);
      bg_hub_devices_tell_out (self, device, BG_GOODBYE_CHANGED); /* its access token says it not */
      bg_log (BG_TOPIC_HUB, MESSAGE, device->name, "manages the others from now on");
    }
}

void
bg_hub_devices_leave (BgHubDevices *self, const char *id)
{
  BgHubDevice *device = find (self, id);

  if (device == NULL || device->state == BG_DEVICE_REVOKED)
    return;
  bg_hub_devices_put_out (self, device, BG_DEVICE_LEFT);
  ensure_owner (self);
  bg_hub_devices_tell_changed (self);
}

/* Registering */

static BgRegistration
registration_of (BgHubDevices *self, const char *name, const char *public_key)
{
  const BgHubDevice *device = bg_hub_devices_find_key (self, public_key);
  const BgMember *member = bg_hub_devices_find_member (self, public_key);

  return (BgRegistration){
    .has_row = device != NULL,
    .row_state = device != NULL ? device->state : BG_DEVICE_PENDING,
    .has_address = device != NULL && *device->address != '\0',
    .is_name_taken = name != NULL && is_name_taken (self, name, public_key),
    .is_first = count (self, BG_DEVICE_ACTIVE) == 0,
    .needs_approval = self->parts.needs_approval,
    .is_signed_network = bg_hub_devices_is_signed (self),
    .is_member = member != NULL && !member->is_revoked,
    .is_revoked_in_log = member != NULL && member->is_revoked,
  };
}

static void
forget_stale (BgHubDevices *self, gint64 now)
{
  for (guint i = self->rows->len; i > 0; i--)
    {
      BgHubDevice *device = self->rows->pdata[i - 1];

      if (bg_device_is_stale (device->state, device->created_at, device->last_seen_at, now))
        forget (self, device);
    }
}

static gboolean
has_room (BgHubDevices *self)
{
  for (guint i = 0; i < self->rows->len && self->rows->len >= BG_DEVICES_MAX; i++)
    if (((BgHubDevice *) self->rows->pdata[i])->state == BG_DEVICE_LEFT)
      forget (self, self->rows->pdata[i--]);
  return self->rows->len < BG_DEVICES_MAX;
}

BgHubRegister
bg_hub_devices_judge_register (BgHubDevices *self, const char *public_key, gint64 now)
{
  BgRegistration registration = registration_of (self, NULL, public_key);

  if (bg_device_register (&registration).is_refused)
    return BG_HUB_REGISTER_REVOKED;
  if (registration.has_row)
    return BG_HUB_REGISTERED;
  forget_stale (self, now);
  return has_room (self) && bg_hub_devices_count_pending (self) < BG_DEVICES_MAX_PENDING
           ? BG_HUB_REGISTERED
           : BG_HUB_REGISTER_FULL;
}

static void
set_address (BgHubDevices *self, BgHubDevice *device, const char *address)
{
  g_autofree char *address6 = bg_hub_ula_get_address (
    self->parts.ula, bg_hub_network_get_host (self->parts.network, address));

  bg_hub_devices_set_text (&device->address, address);
  bg_hub_devices_set_text (&device->address6, address6);
}

/* The address is its own for good from now on. */
static void
settle (BgHubDevices *self, const BgHubDevice *device, gint64 now)
{
  if (is_in_state (self, device, BG_DEVICE_ACTIVE) && *device->address != '\0')
    bg_hub_network_record_device (self->parts.network, BG_HUB_MAIN_ROOM, device->address,
                                  device->name, device->public_key, now);
}

BgHubDevice *
bg_hub_devices_row_of_key (BgHubDevices *self, const char *public_key, gint64 now)
{
  BgHubDevice *device = g_hash_table_lookup (self->by_key, public_key);
  g_autofree char *id = device == NULL ? bg_hub_secret_new ("", ID_BYTES) : NULL;

  if (device != NULL || id == NULL)
    return device;
  device = bg_hub_device_new (id, public_key, now);
  add (self, device);
  return device;
}

const BgHubDevice *
bg_hub_devices_register (BgHubDevices *self, const char *name, const char *public_key,
                         const char *address, gint64 now)
{
  BgRegistration registration = registration_of (self, name, public_key);
  BgRegistered registered = bg_device_register (&registration);
  BgHubDevice *device = bg_hub_devices_row_of_key (self, public_key, now);

  if (device == NULL)
    return NULL;
  if (registered.takes_name)
    bg_hub_devices_set_text (&device->name, name);
  if (registered.takes_address)
    set_address (self, device, address);
  device->state = registered.state;
  device->is_owner = device->is_owner || registered.is_owner;
  settle (self, device, now);
  bg_hub_devices_write (self, device);
  bg_log (BG_TOPIC_HUB, MESSAGE, device->name, "registered as %s%s", device->id,
          is_in_state (self, device, BG_DEVICE_PENDING) ? ": it waits for an owner's word" : "");
  bg_hub_devices_tell_out (self, device, BG_GOODBYE_CHANGED);
  bg_hub_devices_tell_changed (self);
  return device;
}

void
bg_hub_devices_see (BgHubDevices *self, const char *id, gint64 now)
{
  BgHubDevice *device = find (self, id);

  if (device == NULL || !bg_device_is_seen_anew (device->last_seen_at, now))
    return;
  device->last_seen_at = now;
  bg_hub_devices_write (self, device);
}

/* Managing */

/* The name of one that waits is its own from now on. */
static void
replace_namesake (BgHubDevices *self, const BgHubDevice *device)
{
  BgHubDevice *old = (BgHubDevice *) bg_hub_devices_get_replaced (self, device);

  if (old != NULL)
    bg_hub_devices_put_out (self, old, BG_DEVICE_REVOKED);
  bg_hub_network_release_name (self->parts.network, device->name, device->public_key);
}

gboolean
bg_hub_devices_approve (BgHubDevices *self, const char *id, gint64 now)
{
  BgHubDevice *device = find (self, id);
  g_autofree char *address = NULL;

  if (device == NULL || device->state != BG_DEVICE_PENDING)
    return device != NULL;
  address = bg_hub_network_reserve (self->parts.network, device->public_key, BG_INVITED, now);
  if (address == NULL)
    return FALSE;
  replace_namesake (self, device);
  device->state = BG_DEVICE_ACTIVE;
  set_address (self, device, address);
  settle (self, device, now);
  bg_hub_devices_write (self, device);
  ensure_owner (self); /* one could have put itself out */
  bg_log (BG_TOPIC_HUB, MESSAGE, device->name, "may come in");
  bg_hub_devices_tell_changed (self);
  return TRUE;
}

gboolean
bg_hub_devices_rename (BgHubDevices *self, const char *id, const char *name, gint64 now)
{
  BgHubDevice *device = find (self, id);

  if (device == NULL || g_str_equal (device->name, name))
    return device != NULL;
  if (is_name_taken (self, name, device->public_key))
    return FALSE;
  bg_hub_devices_set_text (&device->name, name);
  settle (self, device, now);
  bg_hub_devices_write (self, device);
  bg_hub_devices_tell_out (self, device, BG_GOODBYE_CHANGED);
  bg_hub_devices_tell_changed (self);
  return TRUE;
}
