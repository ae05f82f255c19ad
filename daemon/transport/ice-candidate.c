/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ice-candidate.h"

#include "common/error.h"

#include <string.h>

enum
{
  FOUNDATION_MAX = 32,
  UFRAG_MAX = 256,
  TOKENS_MAX = 40,
  FIXED_TOKENS = 8
};

static const char *const type_words[] = {
  [BG_ICE_HOST] = "host",
  [BG_ICE_SERVER_REFLEXIVE] = "srflx",
  [BG_ICE_PEER_REFLEXIVE] = "prflx",
  [BG_ICE_RELAYED] = "relay",
};

static const char *const tcp_type_words[] = { "active", "passive", "so", NULL };

/* ice-char of RFC 8839, 5.1 */
static gboolean
is_ice_word (const char *word, gsize max)
{
  gsize len = strlen (word);

  if (len == 0 || len > max)
    return FALSE;
  for (const char *p = word; *p; p++)
    if (!g_ascii_isalnum (*p) && *p != '+' && *p != '/')
      return FALSE;
  return TRUE;
}

static gboolean
refuse (GError **error, const char *what)
{
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, CANDIDATE_BAD, what);
  return FALSE;
}

static gboolean
parse_number (const char *word, guint64 min, guint64 max, guint64 *out)
{
  return g_ascii_string_to_unsigned (word, 10, min, max, out, NULL);
}

static gboolean
parse_type (const char *word, BgIceCandidateType *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (type_words); i++)
    if (g_str_equal (word, type_words[i]))
      {
        *out = i;
        return TRUE;
      }
  return FALSE;
}

/* foundation component transport priority address port "typ" type */
static gboolean
parse_fixed (BgIceCandidate *self, char **words, GError **error)
{
  guint64 component, priority, port;

  if (!is_ice_word (words[0], FOUNDATION_MAX))
    return refuse (error, "bad foundation");
  if (!parse_number (words[1], 1, 256, &component))
    return refuse (error, "bad component");
  if (!g_ascii_strcasecmp (words[2], "tcp"))
    self->tcp = TRUE;
  else if (g_ascii_strcasecmp (words[2], "udp"))
    return refuse (error, "unknown transport");
  if (!parse_number (words[3], 0, G_MAXUINT32, &priority))
    return refuse (error, "bad priority");
  if (!parse_number (words[5], 1, G_MAXUINT16, &port))
    return refuse (error, "bad port");
  if (!g_str_equal (words[6], "typ") || !parse_type (words[7], &self->type))
    return refuse (error, "unknown type");

  self->address = g_inet_address_new_from_string (words[4]);
  if (!self->address)
    {
      if (!g_str_has_suffix (words[4], ".local"))
        return refuse (error, "bad address");
      self->name = g_strdup (words[4]);
    }
  self->foundation = g_strdup (words[0]);
  self->component = (guint) component;
  self->priority = (guint32) priority;
  self->port = (guint16) port;
  return TRUE;
}

static gboolean
parse_extension (BgIceCandidate *self, const char *name, const char *value, GError **error)
{
  guint64 port;

  if (g_str_equal (name, "raddr") && !self->related_address)
    {
      /* Browsers hide it behind "0.0.0.0", mDNS names and so on: worth nothing, so no reason to
       * refuse. */
      self->related_address = g_inet_address_new_from_string (value);
    }
  else if (g_str_equal (name, "rport"))
    {
      if (!parse_number (value, 0, G_MAXUINT16, &port))
        return refuse (error, "bad related port");
      self->related_port = (guint16) port;
    }
  else if (g_str_equal (name, "tcptype") && !self->tcp_type)
    {
      if (!g_strv_contains (tcp_type_words, value))
        return refuse (error, "unknown TCP type");
      self->tcp_type = g_strdup (value);
    }
  else if (g_str_equal (name, "ufrag") && !self->ufrag)
    {
      if (!is_ice_word (value, UFRAG_MAX))
        return refuse (error, "bad ufrag");
      self->ufrag = g_strdup (value);
    }
  return TRUE;
}

static gboolean
is_printable_line (const char *line)
{
  gsize len = strnlen (line, BG_ICE_CANDIDATE_MAX + 1);

  if (len > BG_ICE_CANDIDATE_MAX)
    return FALSE;
  for (gsize i = 0; i < len; i++)
    if (!g_ascii_isprint (line[i]))
      return FALSE;
  return TRUE;
}

static const char *
skip_prefix (const char *line, const char *prefix)
{
  return g_str_has_prefix (line, prefix) ? line + strlen (prefix) : line;
}

BgIceCandidate *
bg_ice_candidate_parse (const char *line, GError **error)
{
  g_autoptr (BgIceCandidate) self = g_new0 (BgIceCandidate, 1);
  g_auto (GStrv) words = NULL;
  guint n;

  if (!is_printable_line (line))
    {
      refuse (error, "too long, or not text");
      return NULL;
    }
  line = skip_prefix (skip_prefix (line, "a="), "candidate:");
  words = g_strsplit (line, " ", TOKENS_MAX + 1);
  n = g_strv_length (words);
  if (n < FIXED_TOKENS || n > TOKENS_MAX || n % 2 != 0)
    {
      refuse (error, "wrong number of words");
      return NULL;
    }
  if (!parse_fixed (self, words, error))
    return NULL;
  for (guint i = FIXED_TOKENS; i < n; i += 2)
    if (!parse_extension (self, words[i], words[i + 1], error))
      return NULL;
  if (self->tcp != (self->tcp_type != NULL))
    {
      refuse (error, "TCP type and transport disagree");
      return NULL;
    }
  return g_steal_pointer (&self);
}

char *
bg_ice_candidate_format (const BgIceCandidate *self, const char *ufrag)
{
  g_autofree char *address = g_inet_address_to_string (self->address);
  GString *line = g_string_new (NULL);

  g_string_append_printf (line, "candidate:%s %u %s %u %s %u typ %s", self->foundation,
                          self->component, self->tcp ? "tcp" : "udp", self->priority, address,
                          self->port, type_words[self->type]);
  if (self->related_address)
    {
      g_autofree char *related = g_inet_address_to_string (self->related_address);

      g_string_append_printf (line, " raddr %s rport %u", related, self->related_port);
    }
  if (self->tcp_type)
    g_string_append_printf (line, " tcptype %s", self->tcp_type);
  if (ufrag)
    g_string_append_printf (line, " ufrag %s", ufrag);
  return g_string_free (line, FALSE);
}

void
bg_ice_candidate_free (BgIceCandidate *self)
{
  g_free (self->foundation);
  g_free (self->tcp_type);
  g_clear_object (&self->address);
  g_free (self->name);
  g_clear_object (&self->related_address);
  g_free (self->ufrag);
  g_free (self);
}

static gboolean
is_ipv4_in_ipv6 (GInetAddress *address)
{
  static const guint8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
  static const guint8 compatible[12] = { 0 };
  const guint8 *bytes = g_inet_address_to_bytes (address);

  if (g_inet_address_get_family (address) != G_SOCKET_FAMILY_IPV6
      || g_inet_address_get_is_loopback (address))
    return FALSE;
  return !memcmp (bytes, mapped, sizeof mapped) || !memcmp (bytes, compatible, sizeof compatible);
}

gboolean
bg_ice_address_is_unusable (GInetAddress *address)
{
  return g_inet_address_get_is_any (address) || g_inet_address_get_is_multicast (address)
         || g_inet_address_get_is_link_local (address) || is_ipv4_in_ipv6 (address);
}

gboolean
bg_ice_address_is_in (GInetAddress *address, GInetAddressMask *const *prefixes)
{
  for (; prefixes && *prefixes; prefixes++)
    if (g_inet_address_mask_matches (*prefixes, address))
      return TRUE;
  return FALSE;
}
