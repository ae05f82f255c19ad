/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which of this machine's programs is told of our resolver. Pure, but for bg_dns_facts_read(). */

#include "names/resolv-owner.h"

G_BEGIN_DECLS

typedef enum
{
  BG_DNS_NONE,
  BG_DNS_RESOLVED,
  BG_DNS_NETWORKMANAGER,
  BG_DNS_RESOLVCONF,
  BG_DNS_HOSTS,
  BG_DNS_KINDS,
} BgDnsKind;

/* What a person wants: the setting [dns] manage. */
typedef enum
{
  BG_DNS_AUTO,
  BG_DNS_ONLY_RESOLVED,
  BG_DNS_ONLY_NETWORKMANAGER,
  BG_DNS_ONLY_RESOLVCONF,
  BG_DNS_ONLY_HOSTS,
  BG_DNS_OFF,
} BgDnsWish;

/* What is so. */
typedef struct
{
  gboolean has_server;         /* our resolver listens somewhere */
  gboolean has_helper;         /* there is a program that may write what is root's */
  gboolean has_resolved;       /* on the bus */
  gboolean has_networkmanager; /* on the bus */
  gboolean nm_writes;          /* and it looks after the machine's resolver */
  gboolean has_resolvconf;     /* a program of that name that is not systemd-resolved's */
  gboolean is_debian_resolvconf;
  gboolean has_nss_resolve; /* in nsswitch.conf */
  BgResolvOwner owner;
} BgDnsFacts;

/* "auto", "resolved", "networkmanager", "resolvconf", "hosts", "off"; FALSE for another word. */
gboolean bg_dns_wish_parse (const char *text, BgDnsWish *wish);
const char *bg_dns_wish_word (BgDnsWish wish);
/* For the bus: "" for none, "systemd-resolved", "NetworkManager", "resolvconf", "hosts". */
const char *bg_dns_kind_name (BgDnsKind kind);
/* Could this one work? */
gboolean bg_dns_is_usable (const BgDnsFacts *facts, BgDnsKind kind);
/* The best one for the wish, leaving out those in `unfit`, a set of bits 1 << BgDnsKind. */
BgDnsKind bg_dns_choose (const BgDnsFacts *facts, BgDnsWish wish, guint unfit);
/* Fills in what the files of this machine say: owner, has_nss_resolve, has_resolvconf, is_debian_resolvconf. `etc`: "/etc". */
void bg_dns_facts_read (BgDnsFacts *facts, const char *etc);

G_END_DECLS
