/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/own-record.h"

#include "common/device-name.h"
#include "common/key-text.h"
#include "membership/member-standing.h"

#include <string.h>

static gboolean
put_address (BgMemberRecord *record, const char *text)
{
  BgIpPrefix address;

  if (!text || !bg_ip_prefix_parse (text, &address) || !bg_ip_prefix_is_unicast_host (&address))
    return FALSE;
  address = bg_ip_prefix_host (&address);
  record->addresses[record->n_addresses++] = bg_entry_prefix (&address);
  return TRUE;
}

gboolean
bg_own_record_set_name (BgMemberRecord *record, const char *name, GError **error)
{
  if (!bg_device_name_check (name, error))
    return FALSE;
  record->name_len = (uint8_t) strlen (name);
  memset (record->name, 0, sizeof record->name);
  memcpy (record->name, name, record->name_len);
  return TRUE;
}

gboolean
bg_own_record_make (const char *name, const char *key, const char *address, const char *address6,
                    BgMemberRecord *record)
{
  *record = (BgMemberRecord){ 0 };
  if (!name || !bg_own_record_set_name (record, name, NULL)
      || !bg_key_from_base64 (key, record->key))
    return FALSE;
  return put_address (record, address)
         && (!address6 || !*address6 || put_address (record, address6));
}
