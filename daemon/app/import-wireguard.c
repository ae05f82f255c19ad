/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file of wg-quick(8): the keys of wg(8) and its own. Case means nothing in keys, "#" begins a comment anywhere. */
#include "app/import-private.h"

#include "common/device-name.h"
#include "common/error.h"
#include "common/ip-prefix.h"

#include <string.h>
#include <sys/socket.h>

#define MAX_COMMENT 48 /* bytes that may be a name */

typedef enum
{
  SECTION_NONE,
  SECTION_INTERFACE,
  SECTION_PEER,
} Section;

typedef struct
{
  BgImport *import;
  Section section;
  BgImportPeer *peer; /* in SECTION_PEER */
  guint line;
  char *comment; /* of the lines right above, as a name; NULL */
} Reader;

typedef gboolean (*TakeFunc) (Reader *r, const char *key, char *value, GError **error);

typedef struct
{
  Section section;
  const char *key; /* in lower case */
  TakeFunc take;   /* NULL: not taken */
  BgSaying why;    /* it is not taken */
} Key;

/* --- Names --- */

/* "### Client attic ###", "# Name = attic", "# friendly_name=attic", "# attic": what people and programs write above a peer. */
static char *
name_in_comment (const char *comment)
{
  static const char *const words[] = { "begin ",        "client ", "peer ",
                                       "friendly_name", "name",    "device " };
  g_autofree char *text = g_strdup (comment + strspn (comment, "# \t"));
  char *name = g_strstrip (text);

  for (gsize len = strlen (name); len > 0 && strchr ("# ", name[len - 1]); len--)
    name[len - 1] = '\0';
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strncasecmp (name, words[i], strlen (words[i])) == 0)
      {
        name += strlen (words[i]);
        name += strspn (name, " \t=:");
      }
  /* a setting that was commented out, or prose */
  if (strlen (name) > MAX_COMMENT || strpbrk (name, "=[]"))
    return NULL;
  return bg_device_name_suggest (name);
}

static void
take_comment (Reader *r, const char *comment)
{
  g_autofree char *name = name_in_comment (comment);

  if (!name)
    return;
  if (r->section == SECTION_PEER && r->peer->settings->len == 0 && !r->peer->name)
    r->peer->name = g_steal_pointer (&name);
  else
    {
      g_free (r->comment);
      r->comment = g_steal_pointer (&name);
    }
}

/* "vpn.example.org:51820" has a name, an address is better than none. */
static char *
name_of_endpoint (const char *endpoint)
{
  const char *colon = strrchr (endpoint, ':');
  g_autofree char *host = g_strndup (endpoint,
                                     colon ? (gsize) (colon - endpoint) : strlen (endpoint));

  g_strdelimit (host, ":", '-');
  return bg_device_name_suggest (host);
}

/* --- Keys --- */

static gboolean
take_setting (Reader *r, GPtrArray *settings, const char *name, const char *value, GError **error)
{
  return bg_import_add (settings, r->line, name, value, error);
}

static gboolean
take_private_key (Reader *r, const char *key, char *value, GError **error)
{
  return bg_import_take_key (&r->import->device_key, r->line, "PrivateKey", value, error);
}

/* One IPv4 address and one IPv6 address are the interface's. */
static gboolean
take_address (Reader *r, const char *item, GError **error)
{
  BgIpPrefix prefix;
  char text[BG_IP_PREFIX_TEXT];
  const char *name;

  if (!bg_ip_prefix_parse (item, &prefix))
    return bg_import_refuse (error, r->line, bg_words (BAD_IMPORT_ADDRESS));
  bg_ip_prefix_format (&prefix, text);
  name = prefix.family == AF_INET ? "device.address" : "device.address6";
  if (bg_import_find (r->import->settings, name))
    {
      g_autofree char *what = g_strdup_printf ("Address = %s", text);

      bg_import_skip (r->import, r->line, what, bg_words (SKIPPED_SECOND_ADDRESS));
      return TRUE;
    }
  return take_setting (r, r->import->settings, name, text, error);
}

static gboolean
take_addresses (Reader *r, const char *key, char *value, GError **error)
{
  g_auto (GStrv) items = g_strsplit (value, ",", -1);

  for (char **item = items; *item; item++)
    if (*g_strstrip (*item) && !take_address (r, *item, error))
      return FALSE;
  return TRUE;
}

static gboolean
take_listen_port (Reader *r, const char *key, char *value, GError **error)
{
  return take_setting (r, r->import->settings, "device.listen-port", value, error);
}

static gboolean
take_mtu (Reader *r, const char *key, char *value, GError **error)
{
  return take_setting (r, r->import->settings, "device.mtu", value, error);
}

static gboolean
take_public_key (Reader *r, const char *key, char *value, GError **error)
{
  return take_setting (r, r->peer->settings, "public-key", value, error);
}

static gboolean
take_psk (Reader *r, const char *key, char *value, GError **error)
{
  return bg_import_take_key (&r->peer->psk, r->line, "PresharedKey", value, error);
}

static gboolean
take_endpoint (Reader *r, const char *key, char *value, GError **error)
{
  return take_setting (r, r->peer->settings, "endpoint", value, error);
}

static gboolean
take_allowed_ips (Reader *r, const char *key, char *value, GError **error)
{
  g_auto (GStrv) items = g_strsplit (value, ",", -1);

  for (char **item = items; *item; item++)
    {
      BgIpPrefix prefix;

      if (!*g_strstrip (*item))
        continue;
      if (!bg_ip_prefix_parse (*item, &prefix))
        return bg_import_refuse (error, r->line, bg_words (BAD_IMPORT_ALLOWED_IPS));
      if (prefix.len == 0)
        bg_import_skip (r->import, r->line, *item, bg_words (SKIPPED_DEFAULT_ROUTE));
      bg_import_append (r->peer->settings, r->line, "allowed-ips", *item);
    }
  return TRUE;
}

static gboolean
take_keepalive (Reader *r, const char *key, char *value, GError **error)
{
  return take_setting (r, r->peer->settings, "keepalive",
                       g_ascii_strcasecmp (value, "off") == 0 ? "0" : value, error);
}

static gboolean
take_table (Reader *r, const char *key, char *value, GError **error)
{
  if (g_ascii_strcasecmp (value, "auto") != 0)
    bg_import_skip (r->import, r->line, key, bg_words (SKIPPED_TABLE));
  return TRUE;
}

static gboolean
take_save_config (Reader *r, const char *key, char *value, GError **error)
{
  if (g_ascii_strcasecmp (value, "false") != 0)
    bg_import_skip (r->import, r->line, key, bg_words (SKIPPED_SAVE_CONFIG));
  return TRUE;
}

#define NOT_RUN BG_SAY_SKIPPED_COMMAND

static const Key keys[] = {
  { SECTION_INTERFACE, "privatekey", take_private_key, BG_SAY_TEXT },
  { SECTION_INTERFACE, "address", take_addresses, BG_SAY_TEXT },
  { SECTION_INTERFACE, "listenport", take_listen_port, BG_SAY_TEXT },
  { SECTION_INTERFACE, "mtu", take_mtu, BG_SAY_TEXT },
  { SECTION_INTERFACE, "table", take_table, BG_SAY_TEXT },
  { SECTION_INTERFACE, "saveconfig", take_save_config, BG_SAY_TEXT },
  { SECTION_INTERFACE, "dns", NULL, BG_SAY_SKIPPED_NAME_SERVERS },
  { SECTION_INTERFACE, "fwmark", NULL, BG_SAY_SKIPPED_MARK },
  { SECTION_INTERFACE, "preup", NULL, NOT_RUN },
  { SECTION_INTERFACE, "postup", NULL, NOT_RUN },
  { SECTION_INTERFACE, "predown", NULL, NOT_RUN },
  { SECTION_INTERFACE, "postdown", NULL, NOT_RUN },
  { SECTION_PEER, "publickey", take_public_key, BG_SAY_TEXT },
  { SECTION_PEER, "presharedkey", take_psk, BG_SAY_TEXT },
  { SECTION_PEER, "allowedips", take_allowed_ips, BG_SAY_TEXT },
  { SECTION_PEER, "endpoint", take_endpoint, BG_SAY_TEXT },
  { SECTION_PEER, "persistentkeepalive", take_keepalive, BG_SAY_TEXT },
};

static gboolean
take_pair (Reader *r, char *text, GError **error)
{
  char *equals = strchr (text, '=');
  g_autofree char *lower = NULL;

  if (!equals)
    return bg_import_refuse (error, r->line, bg_words (BAD_IMPORT_LINE));
  *equals = '\0';
  g_strstrip (text);
  lower = g_ascii_strdown (text, -1);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i].section == r->section && g_str_equal (keys[i].key, lower))
      {
        if (keys[i].take)
          return keys[i].take (r, text, g_strstrip (equals + 1), error);
        bg_import_skip (r->import, r->line, text,
                        bg_words_make (keys[i].why, (GVariant *[]){ NULL }));
        return TRUE;
      }
  if (r->section == SECTION_NONE)
    return bg_import_refuse (error, r->line, bg_words (IMPORT_KEY_TOO_EARLY));
  bg_import_skip (r->import, r->line, text, bg_words (SKIPPED_UNKNOWN_KEY));
  return TRUE;
}

/* --- Sections --- */

/* A peer without a key is none; one without a name gets one. */
static gboolean
end_section (Reader *r, GError **error)
{
  BgImportPeer *peer = r->peer;
  const BgImportSetting *endpoint;

  r->peer = NULL;
  if (r->section != SECTION_PEER)
    return TRUE;
  if (!bg_import_find (peer->settings, "public-key"))
    return bg_import_refuse (error, peer->line, bg_words (IMPORT_PEER_WITHOUT_KEY));
  endpoint = bg_import_find (peer->settings, "endpoint");
  if (!peer->name && endpoint)
    peer->name = name_of_endpoint (endpoint->text);
  if (!peer->name)
    peer->name = g_strdup_printf ("peer-%u", r->import->peers->len);
  return TRUE;
}

static gboolean
take_header (Reader *r, const char *header, GError **error)
{
  const gboolean is_peer = g_ascii_strcasecmp (header, "[peer]") == 0;

  if (!is_peer && g_ascii_strcasecmp (header, "[interface]") != 0)
    return bg_import_refuse (error, r->line, bg_words (BAD_IMPORT_SECTION));
  if (!end_section (r, error))
    return FALSE;
  r->section = is_peer ? SECTION_PEER : SECTION_INTERFACE;
  if (is_peer)
    {
      r->peer = bg_import_add_peer (r->import, r->line);
      r->peer->name = g_steal_pointer (&r->comment);
    }
  return TRUE;
}

static gboolean
take_line (Reader *r, char *text, GError **error)
{
  char *comment = strchr (text, '#');
  g_autofree char *said = comment ? g_strdup (comment) : NULL;
  gboolean ok = TRUE;

  if (comment)
    *comment = '\0';
  g_strstrip (text);
  if (*text == '[')
    ok = take_header (r, text, error);
  else if (*text)
    ok = take_pair (r, text, error);
  if (ok && (*text || !said))
    g_clear_pointer (&r->comment,
                     g_free); /* what stands above something else, or above a blank line */
  if (ok && said && (!*text || *text == '['))
    take_comment (r, said);
  return ok;
}

gboolean
bg_import_is_wireguard (const char *text)
{
  const char *header = text;

  while (header && *header)
    {
      header += strspn (header, " \t\r\n");
      if (*header == '[')
        return g_ascii_strncasecmp (header, "[interface]", 11) == 0
               || (g_ascii_strncasecmp (header, "[peer]", 6) == 0);
      header = strchr (header, '\n');
    }
  return FALSE;
}

/* The copies that hold keys are wiped. */
static void
free_lines (char **lines)
{
  for (char **line = lines; *line; line++)
    explicit_bzero (*line, strlen (*line));
  g_strfreev (lines);
}

gboolean
bg_import_read_wireguard (BgImport *self, const char *text, GError **error)
{
  char **lines = g_strsplit (text, "\n", -1);
  Reader reader = { .import = self };
  gboolean ok = TRUE;

  self->format = "wg-quick";
  for (char **line = lines; ok && *line; line++)
    {
      reader.line++;
      ok = take_line (&reader, *line, error);
    }
  ok = ok && end_section (&reader, error);
  g_free (reader.comment);
  free_lines (lines);
  return ok;
}
