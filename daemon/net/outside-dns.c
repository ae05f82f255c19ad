/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/outside-dns.h"

#include <ares.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define TRY_MS 1000 /* one server; the second round waits longer */
#define TRIES 2
#define MOST_US (6 * G_USEC_PER_SEC)
#define MAX_SERVERS 6

/* --- Servers --- */

static const char *const files[] = { "/run/systemd/resolve/resolv.conf",
                                     "/run/NetworkManager/no-stub-resolv.conf",
                                     "/etc/resolv.conf" };

static gboolean
is_elsewhere (const char *server)
{
  g_autofree char *host = g_strndup (server, strcspn (server, "%"));
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return address && !g_inet_address_get_is_loopback (address)
         && !g_inet_address_get_is_any (address);
}

static void
add_servers (GPtrArray *servers, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line && servers->len < MAX_SERVERS; line++)
    {
      g_auto (GStrv) words = g_strsplit_set (g_strstrip (*line), " \t", 3);

      if (words[0] && g_str_equal (words[0], "nameserver") && words[1] && is_elsewhere (words[1]))
        g_ptr_array_add (servers, g_strdup (words[1]));
    }
}

char **
bg_outside_dns_list_servers (const char *root)
{
  GPtrArray *servers = g_ptr_array_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (files) && servers->len == 0; i++)
    {
      g_autofree char *path = g_strconcat (root, files[i], NULL), *text = NULL;

      if (g_file_get_contents (path, &text, NULL, NULL))
        add_servers (servers, text);
    }
  g_ptr_array_add (servers, NULL);
  return (char **) g_ptr_array_free (servers, FALSE);
}

/* --- One question --- */

typedef struct
{
  gboolean done;
  GList *addresses;
} Answer;

static GInetAddress *
address_of (const struct sockaddr *at)
{
  const struct sockaddr_in *in4 = (const void *) at;
  const struct sockaddr_in6 *in6 = (const void *) at;

  return at->sa_family == AF_INET
           ? g_inet_address_new_from_bytes ((const guint8 *) &in4->sin_addr, G_SOCKET_FAMILY_IPV4)
           : g_inet_address_new_from_bytes ((const guint8 *) &in6->sin6_addr, G_SOCKET_FAMILY_IPV6);
}

static void
on_answer (void *data, int status, int timeouts, struct ares_addrinfo *found)
{
  Answer *answer = data;

  for (struct ares_addrinfo_node *node = found ? found->nodes : NULL; node; node = node->ai_next)
    if (node->ai_family == AF_INET || node->ai_family == AF_INET6)
      answer->addresses = g_list_prepend (answer->addresses, address_of (node->ai_addr));
  answer->addresses = g_list_reverse (answer->addresses);
  answer->done = TRUE;
  if (found)
    ares_freeaddrinfo (found);
}

static gboolean
open_channel (ares_channel *channel, const char *const *servers)
{
  g_autofree char *list = g_strjoinv (",", (char **) servers);
  char lookups[] = "fb";
  struct ares_options options = { .timeout = TRY_MS, .tries = TRIES, .lookups = lookups };

  if (ares_init_options (channel, &options,
                         ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS)
      != ARES_SUCCESS)
    return FALSE;
  if (ares_set_servers_csv (*channel, list) == ARES_SUCCESS)
    return TRUE;
  ares_destroy (*channel);
  return FALSE;
}

static nfds_t
list_sockets (ares_channel channel, struct pollfd *polled)
{
  ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
  int bits = ares_getsock (channel, sockets, ARES_GETSOCK_MAXNUM);
  nfds_t n = 0;

  for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++)
    if (ARES_GETSOCK_READABLE (bits, i) || ARES_GETSOCK_WRITABLE (bits, i))
      polled[n++] = (struct pollfd){
        .fd = sockets[i],
        .events = (short) ((ARES_GETSOCK_READABLE (bits, i) ? POLLIN : 0)
                           | (ARES_GETSOCK_WRITABLE (bits, i) ? POLLOUT : 0)),
      };
  return n;
}

static void
turn (ares_channel channel)
{
  struct pollfd polled[ARES_GETSOCK_MAXNUM];
  struct timeval most = { .tv_sec = 1 }, wait;
  nfds_t n = list_sockets (channel, polled);
  const struct timeval *until = ares_timeout (channel, &most, &wait);

  poll (polled, n, (int) (until->tv_sec * 1000 + until->tv_usec / 1000 + 1));
  for (nfds_t i = 0; i < n; i++)
    ares_process_fd (
      channel, polled[i].revents & (POLLIN | POLLERR | POLLHUP) ? polled[i].fd : ARES_SOCKET_BAD,
      polled[i].revents & POLLOUT ? polled[i].fd : ARES_SOCKET_BAD);
  ares_process_fd (channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

GList *
bg_outside_dns_ask (const char *name, int family, const char *const *servers)
{
  const struct ares_addrinfo_hints hints = { .ai_family = family, .ai_flags = ARES_AI_NOSORT };
  gint64 end = g_get_monotonic_time () + MOST_US;
  Answer answer = { 0 };
  ares_channel channel;

  if (!*servers || !open_channel (&channel, servers))
    return NULL;
  ares_getaddrinfo (channel, name, NULL, &hints, on_answer, &answer);
  while (!answer.done && g_get_monotonic_time () < end)
    turn (channel);
  ares_destroy (channel); /* answers what is still open */
  return answer.addresses;
}
