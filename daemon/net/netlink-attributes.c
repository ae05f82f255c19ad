/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/netlink-attributes.h"

#include <string.h>
#include <sys/socket.h>

int
bg_attributes_take (const struct nlattr *attr, void *data)
{
  BgAttributes *attributes = data;
  guint type = mnl_attr_get_type (attr);

  if (type <= attributes->max)
    attributes->at[type] = attr;
  return MNL_CB_OK;
}

guint
bg_attribute_u32 (const struct nlattr *attr, guint fallback)
{
  return attr && mnl_attr_get_payload_len (attr) >= sizeof (guint32) ? mnl_attr_get_u32 (attr)
                                                                     : fallback;
}

gboolean
bg_attribute_address (const struct nlattr *attr, int family, BgIpPrefix *out)
{
  gsize len = family == AF_INET ? 4 : 16;

  if (!attr || mnl_attr_get_payload_len (attr) < len)
    return FALSE;
  memcpy (out->addr, mnl_attr_get_payload (attr), len);
  return TRUE;
}
