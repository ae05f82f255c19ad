/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/ip-prefix.h"

#include <glib.h>

G_BEGIN_DECLS

/* What this machine's resolver is to know of ours: the wanted state of the system's DNS settings. Built, sealed, then
 * immutable; whoever drives the system's resolver compares two of them with bg_names_plan_equal().
 *
 * Names and domains are in lower case, without the dot at the end, and checked (bg_dns_name_normalize()): they may stand in a
 * file or a command's argument as they are. Main thread only, but for references. */

typedef struct _BgNamesPlan BgNamesPlan;

/* A line of a hosts file: every address has the name. */
typedef struct
{
  const char *name;  /* "laptop.bamgate.internal" */
  const char *alias; /* "laptop" where the suffix is a search domain; NULL */
  const BgIpPrefix *addresses; /* hosts */
  guint n_addresses;
} BgNamesHost;

/* `interface`: the link that the settings belong to; `suffix`: the domain of our names. */
BgNamesPlan *bg_names_plan_new (const char *interface, const char *suffix);
/* Our resolver answers this machine at `address`, port 53, UDP and TCP. The first one is the best. */
void bg_names_plan_add_server (BgNamesPlan *plan, const BgIpPrefix *address);
/* May a person leave the suffix away? */
void bg_names_plan_set_search (BgNamesPlan *plan, gboolean search);
/* Questions about every other name are ours as well, and nobody else's (an exit is in use): in systemd-resolved's words, the
 * routing domain "." and the default route. */
void bg_names_plan_set_default_route (BgNamesPlan *plan, gboolean default_route);
/* Questions about names in `domain` are ours; not a search domain. What is no domain, or is there already, is left out. */
void bg_names_plan_add_domain (BgNamesPlan *plan, const char *domain);
/* `label` within the suffix has `addresses` (copied; hosts). */
void bg_names_plan_add_host (BgNamesPlan *plan, const char *label, const BgIpPrefix *addresses, guint n_addresses);
/* No change after this. */
BgNamesPlan *bg_names_plan_seal (BgNamesPlan *plan);
BgNamesPlan *bg_names_plan_ref (BgNamesPlan *plan);
void bg_names_plan_unref (BgNamesPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgNamesPlan, bg_names_plan_unref)
/* The same in everything, order included; NULL is equal to NULL alone. */
gboolean bg_names_plan_equal (const BgNamesPlan *a, const BgNamesPlan *b);

/* All that follows is borrowed. */
const char *bg_names_plan_get_interface (const BgNamesPlan *plan);
const char *bg_names_plan_get_suffix (const BgNamesPlan *plan);
gboolean bg_names_plan_get_search (const BgNamesPlan *plan);
gboolean bg_names_plan_get_default_route (const BgNamesPlan *plan);
/* None where our resolver could not have a port 53: names are then in a hosts file or nowhere. */
const BgIpPrefix *bg_names_plan_get_servers (const BgNamesPlan *plan, guint *n);
/* The suffix first, then what was added, in that order; NULL at the end. */
const char *const *bg_names_plan_get_domains (const BgNamesPlan *plan);
guint bg_names_plan_n_hosts (const BgNamesPlan *plan);
BgNamesHost bg_names_plan_get_host (const BgNamesPlan *plan, guint i);

G_END_DECLS
