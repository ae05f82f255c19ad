/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is said to a router about port mappings and what it answers: PCP (RFC 6887) and NAT-PMP (RFC 6886), UDP and IPv4 only. Pure. */

#include <glib.h>

G_BEGIN_DECLS

enum
{
  BG_MAPPING_SERVER_PORT = 5351,
  BG_MAPPING_NONCE = 12,
  BG_MAPPING_MESSAGE_MAX = 1100, /* RFC 6887, 7 */
  BG_PCP_MAP_LEN = 60,
  BG_PCP_ANNOUNCE_LEN = 24,
  BG_NATPMP_MAP_LEN = 12,
  BG_NATPMP_ADDRESS_LEN = 2,
};

typedef struct
{
  guint8 nonce[BG_MAPPING_NONCE]; /* PCP alone */
  guint8 client[4];               /* our address, as the router sees it; PCP alone */
  guint16 inside;                 /* our port */
  guint16 outside;                /* the port that we would like, 0: any */
  guint32 lifetime_s;             /* 0 gives it back */
} BgMappingRequest;

void bg_mapping_write_pcp (const BgMappingRequest *request, guint8 out[BG_PCP_MAP_LEN]);
/* The question whether there is anybody (RFC 6887, 14.1), which maps nothing; `client` as in BgMappingRequest. */
void bg_mapping_write_pcp_announce (const guint8 client[4], guint8 out[BG_PCP_ANNOUNCE_LEN]);
void bg_mapping_write_natpmp (const BgMappingRequest *request, guint8 out[BG_NATPMP_MAP_LEN]);
/* The question for the router's outer address, which a NAT-PMP mapping does not say. */
void bg_mapping_write_natpmp_address (guint8 out[BG_NATPMP_ADDRESS_LEN]);

typedef enum
{
  BG_MAPPING_PCP_MAP,
  BG_MAPPING_PCP_HERE, /* to the question whether there is anybody */
  BG_MAPPING_NATPMP_MAP,
  BG_MAPPING_NATPMP_ADDRESS,
  BG_MAPPING_NO_PCP, /* it speaks another version */
} BgMappingAnswerKind;

typedef struct
{
  BgMappingAnswerKind kind;
  guint code;         /* 0: done; RFC 6887, 7.4, or RFC 6886, 3.5 */
  guint32 epoch_s;    /* since the router lost what it knew */
  guint32 lifetime_s; /* of the mapping, or with PCP of the refusal */
  guint8 nonce[BG_MAPPING_NONCE];
  guint16 inside, outside;
  guint8 address[4];
} BgMappingAnswer;

/* FALSE where it is no answer to anything above. */
gboolean bg_mapping_read (const guint8 *data, gsize len, BgMappingAnswer *out);

G_END_DECLS
