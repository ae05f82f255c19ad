/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/setup-answers.h"
#include "bamgatectl/commands.h"
#include "bamgatectl/input.h"

#include "common/device-name.h"
#include "common/ip-prefix.h"
#include "common/listen-address.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

G_GNUC_PRINTF (2, 3)
static char *
refuse (GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, message);
  return NULL;
}

char *
setup_check_name (const char *answer, GError **error)
{
  return bg_device_name_check (answer, error) ? g_strdup (answer) : NULL;
}

/* --- The hub of this machine --- */

/* Another program has it; what we may not try (ports below 1024) is for the daemon to find out. */
static gboolean
is_taken (const BgListenAddress *listen)
{
  g_autoptr (GInetAddress) any = g_inet_address_new_any (G_SOCKET_FAMILY_IPV4),
                           told = g_inet_address_new_from_string (listen->address);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (told ? told : any, listen->port);
  g_autoptr (GSocket)
    socket = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM, 0, NULL);
  g_autoptr (GError) error = NULL;

  return socket && !g_socket_bind (socket, address, TRUE, &error)
         && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
}

char *
setup_check_listen (const char *answer, GError **error)
{
  g_auto (BgListenAddress) listen = { 0 };

  if (!bg_listen_address_parse (answer, &listen, error))
    return NULL;
  if (listen.port == 0)
    return refuse (error, _ ("a port between 1 and 65535, please: others have to know it"));
  if (is_taken (&listen))
    return refuse (error, _ ("another program has port %u; take another one, as %u"), listen.port,
                   listen.port < 60000 ? listen.port + 1000u : 8443u);
  return g_strdup (answer);
}

static char *
as_url (const char *text)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

  if (strstr (text, "://"))
    return g_strdup (text);
  return g_strdup_printf (address && strchr (text, ':') ? "https://[%s]" : "https://%s", text);
}

static GUri *
parse_https (const char *text, GError **error)
{
  g_autofree char *url = as_url (text);
  g_autoptr (GUri)
    uri = strpbrk (text, " \t\"'<>\\^`{|}") ? NULL : g_uri_parse (url, G_URI_FLAGS_NONE, NULL);

  if (!uri || !g_uri_get_host (uri) || !*g_uri_get_host (uri) || g_uri_get_userinfo (uri))
    refuse (error, _ ("“%s” is no name, address or URL of a machine"), text);
  else if (!g_str_equal (g_uri_get_scheme (uri), "https")
           && !g_str_equal (g_uri_get_scheme (uri), "wss"))
    refuse (error,
            _ ("“%s” does not begin with https://, so everybody on the way could read along"),
            text);
  else
    return g_steal_pointer (&uri);
  return NULL;
}

char *
setup_check_reach (const char *answer, GError **error)
{
  g_autoptr (GUri) uri = parse_https (answer, error);

  return uri ? g_strdup (answer) : NULL;
}

char *
setup_public_url (const char *reach, const char *listen)
{
  g_autoptr (GUri) uri = parse_https (reach, NULL);
  g_auto (BgListenAddress) address = { 0 };
  const char *host;

  if (!uri || strstr (reach, "://"))
    return g_strdup (reach);
  bg_listen_address_parse (listen ? listen : BG_LISTEN_DEFAULT, &address, NULL);
  host = g_uri_get_host (uri);
  return g_strdup_printf (strchr (host, ':') ? "https://[%s]:%d" : "https://%s:%d", host,
                          g_uri_get_port (uri) > 0 ? g_uri_get_port (uri) : address.port);
}

char *
setup_check_subnet (const char *answer, GError **error)
{
  char text[BG_IP_PREFIX_TEXT];
  BgIpPrefix prefix;

  if (!bg_ip_prefix_parse (answer, &prefix) || !strchr (answer, '/') || prefix.family != AF_INET
      || prefix.len < 8 || prefix.len > 30)
    return refuse (error, _ ("“%s” is no IPv4 network of /8 to /30, as 10.20.0.0/24"), answer);
  bg_ip_prefix_mask (&prefix);
  if (!bg_ip_prefix_is_nobodys (&prefix))
    return refuse (error,
                   _ ("“%s” belongs to others on the Internet; take one of 10.0.0.0/8, "
                      "172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10"),
                   answer);
  bg_ip_prefix_format (&prefix, text);
  return g_strdup (text);
}

/* --- A hub that runs elsewhere --- */

char *
setup_check_address (const char *answer, GError **error)
{
  BgIpPrefix prefix;

  if (!bg_ip_prefix_parse (answer, &prefix) || !strchr (answer, '/')
      || !bg_ip_prefix_is_unicast_host (&prefix))
    return refuse (error, _ ("“%s” is no address with the length of its network, as 10.20.0.7/24"),
                   answer);
  return g_strdup (answer);
}

char *
setup_check_server (const char *answer, GError **error)
{
  g_autoptr (GUri) uri = parse_https (answer, error);

  return uri ? as_url (answer) : NULL;
}

/* --- A file --- */

char *
setup_check_file (const char *answer, GError **error)
{
  g_autofree char *path = g_str_has_prefix (answer, "~/")
                            ? g_build_filename (g_get_home_dir (), answer + 2, NULL)
                            : g_strdup (answer);
  char *text;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return refuse (error, _ ("%s: there is no such file"), path);
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return refuse (error, _ ("%s: that is not a file"), path);
  text = input_read_text (path, CMD_IMPORT_MAX, error);
  if (!text)
    return NULL;
  input_free_secret (text);
  return g_steal_pointer (&path);
}
