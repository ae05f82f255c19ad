/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How what stands between this machine and everywhere translates and filters UDP (RFC 5780, 4.3 and 4.4), of one address family.
 * Two sockets, because what one sends while mapping is looked at would open the filter for the other. Without I/O and clock:
 * datagrams and milliseconds go in, what is to be sent comes out by the owner's call, which changes nothing here. */

#include "doctor/stun-talk.h"

G_BEGIN_DECLS

enum
{
  BG_NAT_SERVERS_MAX = 4,
  BG_NAT_BEHAVIOUR_MS = 7500, /* at most, and then there is a report */
};

typedef enum
{
  BG_NAT_MAPPING_SOCKET,
  BG_NAT_FILTERING_SOCKET,
  BG_NAT_SOCKETS,
} BgNatSocket;

/* RFC 4787, 4.1 and 5. */
typedef enum
{
  BG_NAT_NOT_KNOWN,
  BG_NAT_INDEPENDENT,
  BG_NAT_BY_ADDRESS,
  BG_NAT_BY_ADDRESS_AND_PORT,
  BG_NAT_DEPENDENT, /* one of the last two */
} BgNatDependence;

typedef enum
{
  BG_NAT_UNTOLD,
  BG_NAT_NO,
  BG_NAT_YES,
} BgNatAnswer;

typedef struct
{
  gboolean answered;   /* some server did; nothing else is known otherwise */
  gboolean translated; /* others see another address or port than ours */
  BgNatDependence mapping, filtering;
  BgNatAnswer hairpin; /* machines behind the same translator meet by its outer address */
  BgStunPlace local, mapped;
  gboolean
    by_two_servers; /* no server has another address of its own: of filtering nothing is known */
} BgNatReport;

/* What it means for direct connections, the better the smaller. */
typedef enum
{
  BG_NAT_OPEN, /* everybody gets in */
  BG_NAT_EASY, /* direct with all but where the other side is BG_NAT_HARD, or with those too where the filter lets them in */
  BG_NAT_HARD, /* another port for everybody: direct with BG_NAT_OPEN and those whose filter goes by addresses at most */
  BG_NAT_UNJUDGED,
} BgNatGrade;

typedef struct _BgNatBehaviour BgNatBehaviour;

typedef void (*BgNatSend) (gpointer owner, BgNatSocket from, const BgStunPlace *to,
                           const guint8 *data, gsize len);

/* `servers`: of the family of `local`, which is where the mapping socket is; BG_NAT_SERVERS_MAX are asked. Sends already. */
BgNatBehaviour *bg_nat_behaviour_new (const BgStunPlace *servers, guint n_servers,
                                      const BgStunPlace *local, BgNatSend send, gpointer owner,
                                      gint64 now_ms);
void bg_nat_behaviour_free (BgNatBehaviour *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgNatBehaviour, bg_nat_behaviour_free)

/* What came. */
void bg_nat_behaviour_take (BgNatBehaviour *self, BgNatSocket at, const BgStunPlace *from,
                            const guint8 *data, gsize len, gint64 now_ms);
/* When bg_nat_behaviour_run() has something to do; G_MAXINT64: never, it is done. */
gint64 bg_nat_behaviour_next (const BgNatBehaviour *self);
void bg_nat_behaviour_run (BgNatBehaviour *self, gint64 now_ms);
gboolean bg_nat_behaviour_is_done (const BgNatBehaviour *self);
/* What is known by now. */
void bg_nat_behaviour_report (const BgNatBehaviour *self, BgNatReport *report);

BgNatGrade bg_nat_report_grade (const BgNatReport *report);
/* "endpoint-independent", …; for machines. */
const char *bg_nat_dependence_name (BgNatDependence dependence);

G_END_DECLS
