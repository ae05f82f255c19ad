/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What this machine's resolver is told of ours: chooses the program that looks after it (system-choice.h), tells it the plan, tells it
 * again where it was restarted or another came in its place, and takes all back at the end. Somebody else's change is said, not
 * fought. Main thread only. */

#include "common/words.h"
#include "names/names-plan.h"
#include "names/system-choice.h"

G_BEGIN_DECLS

typedef struct _BgSystemDns BgSystemDns;

/* bg_system_dns_get_manager() or the concern is another. */
typedef void (*BgSystemDnsChanged) (gpointer owner);

typedef struct
{
  const char *bus;    /* address; NULL: the system bus */
  const char *helper; /* the socket of bamgate-system-dns; NULL: nobody writes what is root's */
  const char *etc;    /* NULL: "/etc" */
} BgSystemDnsOptions;

BgSystemDns *bg_system_dns_new (const BgSystemDnsOptions *options, BgSystemDnsChanged changed, gpointer owner);
/* Takes back what is told. Fine on NULL. */
void bg_system_dns_free (BgSystemDns *self);
/* The setting [dns] manage; BG_DNS_AUTO before the first time. */
void bg_system_dns_set_wish (BgSystemDns *self, BgDnsWish wish);
/* What is to be so on the interface of this index; NULL: nothing. */
void bg_system_dns_set_plan (BgSystemDns *self, BgNamesPlan *plan, guint ifindex);
/* Tells it once more, also where somebody changed it. */
void bg_system_dns_tell_again (BgSystemDns *self);

/* Who is told (bg_dns_kind_name()), "" where nobody is, or has not answered yet. Static. */
const char *bg_system_dns_get_manager (BgSystemDns *self);
/* What is wrong, for people; NULL. (transfer full) */
BgWords *bg_system_dns_dup_concern (BgSystemDns *self);

G_END_DECLS
