/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/own-address.h"

#include "common/ip-prefix.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Somewhere far away, for IPv4 and IPv6: documentation addresses (RFC 5737, RFC 3849). */
static const char *const far_away[] = { "192.0.2.1", "2001:db8::1" };

typedef union
{
  struct sockaddr sa;
  struct sockaddr_in in4;
  struct sockaddr_in6 in6;
} Address;

static gboolean
to_prefix (const struct sockaddr *sa, BgIpPrefix *out)
{
  if (!sa || (sa->sa_family != AF_INET && sa->sa_family != AF_INET6))
    return FALSE;
  memset (out, 0, sizeof *out);
  out->family = sa->sa_family;
  if (sa->sa_family == AF_INET)
    memcpy (out->addr, &((const struct sockaddr_in *) (const void *) sa)->sin_addr, 4);
  else
    memcpy (out->addr, &((const struct sockaddr_in6 *) (const void *) sa)->sin6_addr, 16);
  out->len = sa->sa_family == AF_INET ? 32 : 128;
  return bg_ip_prefix_is_unicast_host (out);
}

static char *
to_text (const BgIpPrefix *prefix)
{
  char text[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (prefix, text);
  return g_strdup (text);
}

static gboolean
far_address (const char *text, Address *out, socklen_t *len)
{
  memset (out, 0, sizeof *out);
  if (inet_pton (AF_INET, text, &out->in4.sin_addr) == 1)
    {
      out->in4.sin_family = AF_INET;
      out->in4.sin_port = htons (9);
      *len = sizeof out->in4;
      return TRUE;
    }
  out->in6.sin6_family = AF_INET6;
  out->in6.sin6_port = htons (9);
  *len = sizeof out->in6;
  return inet_pton (AF_INET6, text, &out->in6.sin6_addr) == 1;
}

static char *
source_towards (const char *text)
{
  Address there, here = { 0 };
  socklen_t len, here_len = sizeof here;
  BgIpPrefix prefix;
  gboolean found;
  int fd;

  if (!far_address (text, &there, &len))
    return NULL;
  fd = socket (there.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return NULL;
  found = connect (fd, &there.sa, len) == 0 && getsockname (fd, &here.sa, &here_len) == 0
          && to_prefix (&here.sa, &prefix);
  close (fd);
  return found ? to_text (&prefix) : NULL;
}

static char *
first_address (const char *not_on, int family)
{
  struct ifaddrs *all = NULL;
  char *found = NULL;
  BgIpPrefix prefix;

  if (getifaddrs (&all) != 0)
    return NULL;
  for (struct ifaddrs *i = all; i && !found; i = i->ifa_next)
    if ((i->ifa_flags & IFF_UP) && !(i->ifa_flags & IFF_LOOPBACK)
        && g_strcmp0 (i->ifa_name, not_on) != 0 && i->ifa_addr && i->ifa_addr->sa_family == family
        && to_prefix (i->ifa_addr, &prefix))
      found = to_text (&prefix);
  freeifaddrs (all);
  return found;
}

char *
bg_own_address_guess (const char *not_on, int family)
{
  static const int families[] = { AF_INET, AF_INET6 };
  char *found = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (families) && !found; i++)
    if (family == AF_UNSPEC || family == families[i])
      found = source_towards (far_away[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (families) && !found; i++)
    if (family == AF_UNSPEC || family == families[i])
      found = first_address (not_on, families[i]);
  return found;
}

char *
bg_own_hub_url (const BgListenAddress *listen, const char *not_on)
{
  gboolean is_ipv4_only = g_str_equal (listen->address, "0.0.0.0");
  g_autofree char *host = bg_listen_address_is_specific (listen)
                            ? g_strdup (listen->address)
                            : bg_own_address_guess (not_on, is_ipv4_only ? AF_INET : AF_UNSPEC);

  return g_uri_join (G_URI_FLAGS_NONE, "https", NULL, host ? host : "127.0.0.1", listen->port, "",
                     NULL, NULL);
}
