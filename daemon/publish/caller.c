/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/caller.h"

#include <string.h>

enum
{
  VERSION_2 = 0x20,
  COMMAND_LOCAL = 0x0,
  COMMAND_PROXY = 0x1,
  STREAM_4 = 0x11,
  STREAM_6 = 0x21,
  HEAD = 16,
};

struct _BgCallers
{
  guint n;
  BgCaller callers[];
};

BgCallers *
bg_callers_new (const BgCaller *callers, guint n)
{
  BgCallers *self = g_malloc (sizeof *self + n * sizeof *callers);

  self->n = n;
  for (guint i = 0; i < n; i++)
    self->callers[i] = (BgCaller){ callers[i].prefix, g_strdup (callers[i].name) };
  return self;
}

void
bg_callers_free (BgCallers *self)
{
  for (guint i = 0; self && i < self->n; i++)
    g_free ((char *) self->callers[i].name);
  g_free (self);
}

const char *
bg_callers_find (const BgCallers *self, const BgSocketAddress *from)
{
  const BgCaller *best = NULL;
  BgIpPrefix address;

  if (!self || !bg_socket_address_get_ip (from, &address, NULL))
    return NULL;
  for (guint i = 0; i < self->n; i++)
    if (bg_ip_prefix_contains (&self->callers[i].prefix, &address)
        && (!best || self->callers[i].prefix.len > best->prefix.len))
      best = &self->callers[i];
  return best ? best->name : NULL;
}

char *
bg_callers_account (const BgCallers *self, const BgSocketAddress *from)
{
  const char *name = bg_callers_find (self, from);
  char text[BG_IP_PREFIX_TEXT];
  BgIpPrefix prefix;

  if (name)
    return g_strconcat ("peer ", name, NULL);
  if (!bg_socket_address_get_ip (from, &prefix, NULL))
    return g_strdup ("");
  if (prefix.family == AF_INET6)
    prefix.len = 64;
  bg_ip_prefix_mask (&prefix);
  bg_ip_prefix_format (&prefix, text);
  return g_strdup (text);
}

/* --- PROXY protocol --- */

static guint8 *
put (guint8 *at, gconstpointer bytes, gsize len)
{
  memcpy (at, bytes, len);
  return at + len;
}

static guint8 *
put_number (guint8 *at, guint number)
{
  at[0] = (guint8) (number >> 8);
  at[1] = (guint8) number;
  return at + 2;
}

static guint8 *
put_name (guint8 *at, const char *name)
{
  gsize len = strlen (name);

  if (len == 0 || len > BG_CALLER_NAME_MAX)
    return at;
  *at = BG_CALLER_TLV_NAME;
  return put (put_number (at + 1, (guint) len), name, len);
}

/* Both ends and who it is, behind the head. */
static guint8 *
put_ends (guint8 *at, const BgSocketAddress *from, const BgSocketAddress *to, guint8 *family)
{
  BgIpPrefix source, target;
  guint16 source_port, target_port;
  gsize len;

  if (!bg_socket_address_get_ip (from, &source, &source_port)
      || !bg_socket_address_get_ip (to, &target, &target_port) || source.family != target.family)
    return at;
  len = source.family == AF_INET ? 4 : 16;
  *family = source.family == AF_INET ? STREAM_4 : STREAM_6;
  at = put (put (at, source.addr, len), target.addr, len);
  return put_number (put_number (at, source_port), target_port);
}

gsize
bg_caller_preface (const BgSocketAddress *from, const BgSocketAddress *to, const char *name,
                   guint8 out[BG_CALLER_PREFACE_MAX])
{
  static const guint8 signature[12] = "\r\n\r\n\0\r\nQUIT\n";
  guint8 family = 0, *end = put_ends (out + HEAD, from, to, &family);

  if (family && name)
    end = put_name (end, name);
  memcpy (out, signature, sizeof signature);
  out[12] = VERSION_2 | (family ? COMMAND_PROXY : COMMAND_LOCAL);
  out[13] = family;
  put_number (out + 14, (guint) (end - out - HEAD));
  return (gsize) (end - out);
}

/* --- HTTP --- */

char *
bg_caller_lines (const BgSocketAddress *from, const char *name)
{
  g_autofree char *safe = name ? g_uri_escape_string (name, " ", FALSE) : NULL;
  char text[BG_IP_PREFIX_TEXT];
  BgIpPrefix address;

  if (!bg_socket_address_get_ip (from, &address, NULL))
    return g_strdup ("");
  bg_ip_prefix_format_address (&address, text);
  return safe ? g_strdup_printf ("X-Forwarded-For: %s\r\nBamgate-Peer: %s\r\n", text, safe)
              : g_strdup_printf ("X-Forwarded-For: %s\r\n", text);
}
