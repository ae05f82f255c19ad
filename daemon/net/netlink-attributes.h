/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The attributes of a netlink message, by type; what is absent or too short has a fallback. */

#include "common/ip-prefix.h"

#include <glib.h>
#include <libmnl/libmnl.h>

typedef struct
{
  const struct nlattr **at; /* `max` + 1 of them, NULL for absent */
  guint max;
} BgAttributes;

/* For mnl_attr_parse(), with a BgAttributes as its data. */
int bg_attributes_take (const struct nlattr *attr, void *data);
guint bg_attribute_u32 (const struct nlattr *attr, guint fallback);
/* Copies the address into `out`, whose family and length stay; FALSE where there is none. */
gboolean bg_attribute_address (const struct nlattr *attr, int family, BgIpPrefix *out);
