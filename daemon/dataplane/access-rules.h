/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dataplane/dataplane.h"

#include <stdatomic.h>

/* What peers may reach here, as rules that the data thread reads and control made: immutable but for their counters. */

enum { BG_ACCESS_PORTS_MAX = 16, BG_ACCESS_ANY = 0 };

typedef struct
{
  bool        deny;
  bool        door;          /* lets in where something is published: who is in no such rule about it is refused there, whatever others allow */
  bool        named;         /* for one peer only */
  bool        known;         /* whose key is known; else it matches nobody */
  WgKey       key;
  BgAllowedIp from, to;      /* family 0: any; else masked */
  uint8_t     protocol;      /* IPPROTO_*, of both families IPPROTO_ICMP; BG_ACCESS_ANY */
  uint8_t     n_ports;       /* of ours; 0: any */
  struct
  {
    uint16_t first, last;
  } ports[BG_ACCESS_PORTS_MAX];
  uint64_t    hits;          /* to begin its counter with */
} BgAccessRule;

/* What a packet is held against them with. */
typedef struct
{
  const WgKey   *peer;
  int            family;
  const uint8_t *from, *to;
  uint8_t        protocol;
  bool           has_port;
  uint16_t       port;
} BgAccessQuestion;

typedef struct BgAccessRules BgAccessRules;

/* `prefix` is masked; of family 0 it holds all addresses. */
bool bg_prefix_holds (const BgAllowedIp *prefix, int family, const uint8_t *addr);

/* Copies `n` rules. Any thread may hold a reference. */
BgAccessRules *bg_access_rules_new (const BgAccessRule *rules, uint32_t n, uint64_t unmatched);
BgAccessRules *bg_access_rules_ref (BgAccessRules *self);
/* Fine on NULL. */
void bg_access_rules_unref (BgAccessRules *self);

/* May it pass? What a rule denies may not; what is published only for those that its rules name; and where there are rules that allow, only
 * what one of those names. `*which` is the rule that decided, -1 for none. */
bool bg_access_rules_judge (const BgAccessRules *self, const BgAccessQuestion *question, int *which);
/* One more packet that was decided by rule `which`; -1: that nothing allowed. One thread. */
void bg_access_rules_count (BgAccessRules *self, int which);
/* Packets that rule `i` decided. Any thread. */
uint64_t bg_access_rules_hits (const BgAccessRules *self, uint32_t i);
/* Packets that were dropped since no rule allowed them. Any thread. */
uint64_t bg_access_rules_unmatched (const BgAccessRules *self);
