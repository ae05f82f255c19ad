/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One of the programs that a machine's resolver may be told by: a table of calls (system-dns.c has the list). Main thread only. */

#include "names/names-plan.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  GDBusConnection *bus; /* the system's; NULL: none, for those that need none */
  const char *helper;   /* socket of bamgate-system-dns; NULL: none */
} BgDnsPlace;

typedef struct
{
  /* What was last asked for is so (NULL), or could not be; never from within the call that asked. */
  void (*settled) (gpointer owner, const GError *error);
  /* It forgot what was asked for: it has to be asked again. */
  void (*lost) (gpointer owner);
  /* Somebody changed what we had asked for, or it is as it should be again. */
  void (*disturbed) (gpointer owner, gboolean is_disturbed);
} BgDnsEvents;

typedef struct
{
  /* `events` outlive it. */
  gpointer (*make) (const BgDnsPlace *place, const BgDnsEvents *events, gpointer owner);
  /* Asks for this plan, in place of any other; `ifindex` of its interface. */
  void (*ask) (gpointer self, BgNamesPlan *plan, guint ifindex);
  /* Takes back what was asked for, without waiting. */
  void (*free) (gpointer self);
} BgDnsBackEnd;

extern const BgDnsBackEnd bg_dns_resolved;       /* system-resolved.c */
extern const BgDnsBackEnd bg_dns_networkmanager; /* system-networkmanager.c */
extern const BgDnsBackEnd bg_dns_resolvconf;     /* system-helped.c */
extern const BgDnsBackEnd bg_dns_hosts;          /* system-helped.c */

G_END_DECLS
