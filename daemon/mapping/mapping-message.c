/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mapping/mapping-message.h"

#include <netinet/in.h>
#include <string.h>

enum
{
  VERSION_NATPMP = 0,
  VERSION_PCP = 2,
  OP_PCP_ANNOUNCE = 0,
  OP_PCP_MAP = 1,
  OP_NATPMP_ADDRESS = 0,
  OP_NATPMP_UDP = 1,
  RESPONSE = 0x80,
  UNSUPPORTED_VERSION = 1, /* in both */

  PCP_HEADER = 24,
  NATPMP_REFUSAL = 8,
  NATPMP_ADDRESS = 12,
  NATPMP_MAP = 16,
};

static const guint8 mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

static void
put16 (guint8 *at, guint16 value)
{
  at[0] = (guint8) (value >> 8);
  at[1] = (guint8) value;
}

static void
put32 (guint8 *at, guint32 value)
{
  put16 (at, (guint16) (value >> 16));
  put16 (at + 2, (guint16) value);
}

static guint16
get16 (const guint8 *at)
{
  return (guint16) (at[0] << 8 | at[1]);
}

static guint32
get32 (const guint8 *at)
{
  return (guint32) get16 (at) << 16 | get16 (at + 2);
}

/* IPv4 as IPv6 (RFC 6887, 5). */
static void
put_address (guint8 *at, const guint8 *address)
{
  memcpy (at, mapped_prefix, sizeof mapped_prefix);
  memcpy (at + sizeof mapped_prefix, address, 4);
}

void
bg_mapping_write_pcp (const BgMappingRequest *request, guint8 out[BG_PCP_MAP_LEN])
{
  static const guint8 any[4] = { 0 };
  guint8 *map = out + PCP_HEADER;

  memset (out, 0, BG_PCP_MAP_LEN);
  out[0] = VERSION_PCP;
  out[1] = OP_PCP_MAP;
  put32 (out + 4, request->lifetime_s);
  put_address (out + 8, request->client);
  memcpy (map, request->nonce, BG_MAPPING_NONCE);
  map[12] = IPPROTO_UDP;
  put16 (map + 16, request->inside);
  put16 (map + 18, request->outside);
  put_address (map + 20, any);
}

void
bg_mapping_write_pcp_announce (const guint8 client[4], guint8 out[BG_PCP_ANNOUNCE_LEN])
{
  memset (out, 0, BG_PCP_ANNOUNCE_LEN);
  out[0] = VERSION_PCP;
  out[1] = OP_PCP_ANNOUNCE;
  put_address (out + 8, client);
}

void
bg_mapping_write_natpmp (const BgMappingRequest *request, guint8 out[BG_NATPMP_MAP_LEN])
{
  memset (out, 0, BG_NATPMP_MAP_LEN);
  out[0] = VERSION_NATPMP;
  out[1] = OP_NATPMP_UDP;
  put16 (out + 4, request->inside);
  /* RFC 6886, 3.4: 0 with a lifetime of 0. */
  put16 (out + 6, request->lifetime_s > 0 ? request->outside : 0);
  put32 (out + 8, request->lifetime_s);
}

void
bg_mapping_write_natpmp_address (guint8 out[BG_NATPMP_ADDRESS_LEN])
{
  out[0] = VERSION_NATPMP;
  out[1] = OP_NATPMP_ADDRESS;
}

static gboolean
read_pcp_here (const guint8 *data, gsize len, BgMappingAnswer *out)
{
  if (len < PCP_HEADER || len % 4 != 0)
    return FALSE;
  out->kind = BG_MAPPING_PCP_HERE;
  out->code = data[3];
  out->epoch_s = get32 (data + 8);
  return TRUE;
}

static gboolean
read_pcp (const guint8 *data, gsize len, BgMappingAnswer *out)
{
  const guint8 *map = data + PCP_HEADER;

  if (data[1] == (RESPONSE | OP_PCP_ANNOUNCE))
    return read_pcp_here (data, len, out);
  if (len < BG_PCP_MAP_LEN || len % 4 != 0 || data[1] != (RESPONSE | OP_PCP_MAP)
      || map[12] != IPPROTO_UDP)
    return FALSE;
  out->kind = BG_MAPPING_PCP_MAP;
  out->code = data[3];
  out->lifetime_s = get32 (data + 4);
  out->epoch_s = get32 (data + 8);
  memcpy (out->nonce, map, BG_MAPPING_NONCE);
  out->inside = get16 (map + 16);
  out->outside = get16 (map + 18);
  if (out->code == 0 && memcmp (map + 20, mapped_prefix, sizeof mapped_prefix) != 0)
    return FALSE;
  memcpy (out->address, map + 20 + sizeof mapped_prefix, sizeof out->address);
  return TRUE;
}

/* The version in such an answer is the one that the router would rather hear. */
static gboolean
read_other_version (const guint8 *data, gsize len, BgMappingAnswer *out)
{
  if (len < 4 || !(data[1] & RESPONSE) || data[3] != UNSUPPORTED_VERSION)
    return FALSE;
  out->kind = BG_MAPPING_NO_PCP;
  return TRUE;
}

static void
read_natpmp_map (const guint8 *data, gsize len, BgMappingAnswer *out)
{
  out->kind = BG_MAPPING_NATPMP_MAP;
  if (len < NATPMP_MAP)
    return;
  out->inside = get16 (data + 8);
  out->outside = get16 (data + 10);
  out->lifetime_s = get32 (data + 12);
}

/* A refusal may end behind the epoch, or before it where the version was a wrong one. */
static gboolean
read_natpmp (const guint8 *data, gsize len, BgMappingAnswer *out)
{
  gboolean is_map = data[1] == (RESPONSE | OP_NATPMP_UDP);

  if (get16 (data + 2) == UNSUPPORTED_VERSION)
    return read_other_version (data, len, out);
  if (len < NATPMP_REFUSAL || (!is_map && data[1] != (RESPONSE | OP_NATPMP_ADDRESS)))
    return FALSE;
  out->code = get16 (data + 2);
  out->epoch_s = get32 (data + 4);
  if (out->code == 0 && len < (gsize) (is_map ? NATPMP_MAP : NATPMP_ADDRESS))
    return FALSE;
  if (is_map)
    read_natpmp_map (data, len, out);
  else
    {
      out->kind = BG_MAPPING_NATPMP_ADDRESS;
      if (len >= NATPMP_ADDRESS)
        memcpy (out->address, data + 8, sizeof out->address);
    }
  return TRUE;
}

gboolean
bg_mapping_read (const guint8 *data, gsize len, BgMappingAnswer *out)
{
  memset (out, 0, sizeof *out);
  if (len < 4 || len > BG_MAPPING_MESSAGE_MAX)
    return FALSE;
  if (data[0] == VERSION_NATPMP)
    return read_natpmp (data, len, out);
  if (data[3] == UNSUPPORTED_VERSION)
    return read_other_version (data, len, out);
  return data[0] == VERSION_PCP && read_pcp (data, len, out);
}
