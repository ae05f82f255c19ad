/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/dns-request.h"

#include "common/dns-name.h"
#include "common/error.h"

#include <net/if.h>
#include <string.h>

#define END ".\n"

/* --- Made --- */

static void
add_host_lines (GString *text, BgNamesHost host)
{
  for (guint i = 0; i < host.n_addresses; i++)
    {
      char address[BG_IP_PREFIX_TEXT];

      bg_ip_prefix_format_address (&host.addresses[i], address);
      g_string_append_printf (text, "%s %s%s%s\n", address, host.name, host.alias ? " " : "",
                              host.alias ? host.alias : "");
    }
}

char *
bg_dns_request_hosts (const BgNamesPlan *plan)
{
  GString *text = g_string_new ("hosts\n");

  for (guint i = 0; i < bg_names_plan_n_hosts (plan); i++)
    add_host_lines (text, bg_names_plan_get_host (plan, i));
  g_string_append (text, END);
  return g_string_free (text, FALSE);
}

/* The C library reads three servers at most, others' among them: the best one of ours. */
char *
bg_dns_request_resolvconf (const BgNamesPlan *plan)
{
  GString *text = g_string_new ("resolvconf\n");
  char server[BG_IP_PREFIX_TEXT];
  guint n;

  bg_ip_prefix_format_address (bg_names_plan_get_servers (plan, &n), server);
  g_string_append_printf (text, "interface %s\nnameserver %s\n", bg_names_plan_get_interface (plan),
                          server);
  if (bg_names_plan_get_search (plan))
    g_string_append_printf (text, "search %s\n", bg_names_plan_get_suffix (plan));
  if (bg_names_plan_get_default_route (plan))
    g_string_append (text, "exclusive\n");
  g_string_append (text, END);
  return g_string_free (text, FALSE);
}

char *
bg_dns_request_nothing (void)
{
  return g_strdup ("nothing\n" END);
}

/* --- Read --- */

static gboolean
is_name (const char *text)
{
  g_autofree char *name = bg_dns_name_normalize (text);

  return g_strcmp0 (name, text) == 0;
}

static gboolean
is_unicast (const char *text)
{
  BgIpPrefix address;

  return !strchr (text, '/') && bg_ip_prefix_parse (text, &address)
         && bg_ip_prefix_is_unicast_host (&address);
}

/* Endpoints have addresses there where they can have no others (ground/virtual-subnet.h). */
static gboolean
is_host (const char *text)
{
  return is_unicast (text)
         || (g_str_has_prefix (text, "127.107.") && g_hostname_is_ip_address (text));
}

/* Our resolver may also be on a loopback address. */
static gboolean
is_server (const char *text)
{
  return is_unicast (text) || (g_str_has_prefix (text, "127.") && g_hostname_is_ip_address (text));
}

/* As the kernel has it, and as a file name and an argument may be: resolvconf uses it as both. */
static gboolean
is_interface (const char *text)
{
  gsize len = strlen (text);

  if (len == 0 || len >= IFNAMSIZ || !g_ascii_isalnum (text[0]))
    return FALSE;
  for (const char *p = text; *p; p++)
    if (!g_ascii_isalnum (*p) && !strchr ("-_.", *p))
      return FALSE;
  return TRUE;
}

static gboolean
take_host (BgDnsRequest *request, GStrvBuilder *lines, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 4);
  guint n = g_strv_length (words);

  if (n < 2 || n > 3 || !is_host (words[0]) || !is_name (words[1])
      || (n == 3 && !is_name (words[2])))
    return FALSE;
  g_strv_builder_add (lines, line);
  return TRUE;
}

static gboolean
take_resolvconf (BgDnsRequest *request, GString *lines, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 2);

  if (g_str_equal (line, "exclusive"))
    return request->exclusive = TRUE;
  if (!words[0] || !words[1])
    return FALSE;
  if (g_str_equal (words[0], "interface") && !request->interface && is_interface (words[1]))
    {
      request->interface = g_strdup (words[1]);
      return TRUE;
    }
  if (!(g_str_equal (words[0], "nameserver") && is_server (words[1]))
      && !(g_str_equal (words[0], "search") && is_name (words[1])))
    return FALSE;
  g_string_append_printf (lines, "%s\n", line);
  return TRUE;
}

static gboolean
read_hosts (BgDnsRequest *request, char **lines)
{
  g_autoptr (GStrvBuilder) kept = g_strv_builder_new ();

  for (; *lines; lines++)
    if (!take_host (request, kept, *lines))
      return FALSE;
  request->hosts = g_strv_builder_end (kept);
  return TRUE;
}

static gboolean
read_resolvconf (BgDnsRequest *request, char **lines)
{
  GString *kept = g_string_new (NULL);
  gboolean ok = TRUE;

  for (; ok && *lines; lines++)
    ok = take_resolvconf (request, kept, *lines);
  request->resolvconf = g_string_free (kept, FALSE);
  return ok && request->interface && request->resolvconf[0];
}

/* The lines of `text` without the dot; NULL where it is not there. */
static char **
split_request (const char *text)
{
  char **lines = g_strsplit (text, "\n", -1);
  guint n = g_strv_length (lines);

  if (n < 3 || lines[n - 1][0] || !g_str_equal (lines[n - 2], "."))
    {
      g_strfreev (lines);
      return NULL;
    }
  g_clear_pointer (&lines[n - 1], g_free);
  g_clear_pointer (&lines[n - 2], g_free);
  return lines;
}

static gboolean
read_request (BgDnsRequest *request, char **lines)
{
  if (g_str_equal (lines[0], "hosts"))
    return read_hosts (request, lines + 1);
  if (g_str_equal (lines[0], "resolvconf"))
    return read_resolvconf (request, lines + 1);
  return g_str_equal (lines[0], "nothing") && !lines[1];
}

BgDnsRequest *
bg_dns_request_parse (const char *text, GError **error)
{
  g_autoptr (BgDnsRequest) request = g_new0 (BgDnsRequest, 1);
  g_auto (GStrv) lines = split_request (text);

  if (lines && read_request (request, lines))
    return g_steal_pointer (&request);
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, TEXT, "the request is not understood");
  return NULL;
}

void
bg_dns_request_free (BgDnsRequest *request)
{
  if (!request)
    return;
  g_strfreev (request->hosts);
  g_free (request->interface);
  g_free (request->resolvconf);
  g_free (request);
}
