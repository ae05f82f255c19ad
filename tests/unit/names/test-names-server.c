/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The resolver's sockets, in a network namespace of this program's own: questions by UDP and TCP, servers behind it, and whoever
 * has the port already. Through a tunnel it is asked in tests/netns/test_names.py. */
#include "names/dns-message.h"
#include "names/names-server.h"
#include "names/port-owner.h"
#include "dns-talk.h"
#include "unit/own-namespace.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib-unix.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum
{
  PORT = 53,
  UPSTREAM_PORT = 5300,
  WAIT_MS = 10 * 1000,
};

#define ADDRESS "127.0.0.7"
#define UPSTREAM "127.0.0.8"

static char *no_namespace; /* why tests are skipped */

static void
bring_loopback_up (void)
{
  struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (ioctl (fd, SIOCSIFFLAGS, &request), ==, 0);
  close (fd);
}

static BgIpPrefix
host (const char *text)
{
  BgIpPrefix address;

  g_assert_true (bg_ip_prefix_parse (text, &address));
  return address;
}

static struct sockaddr_in
at (const char *address, guint16 port)
{
  struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons (port) };

  g_assert_cmpint (inet_pton (AF_INET, address, &to.sin_addr), ==, 1);
  return to;
}

static int
bound_socket (int type, const char *address, guint16 port)
{
  struct sockaddr_in to = at (address, port);
  int fd = socket (AF_INET, type | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *) &to, sizeof to), ==, 0);
  return fd;
}

static int
connected_socket (int type)
{
  struct sockaddr_in to = at (ADDRESS, PORT);
  int fd = socket (AF_INET, type | SOCK_CLOEXEC, 0);

  g_assert_cmpint (connect (fd, (struct sockaddr *) &to, sizeof to), ==, 0);
  return fd;
}

/* --- The server --- */

static BgNamesServer *
make_server (void)
{
  BgNamesServer *server = bg_names_server_new ("lo", PORT, UPSTREAM_PORT);
  g_autoptr (BgZone) zone = bg_zone_new ("bamgate.internal", 1);
  g_autoptr (BgForwardTable) table = bg_forward_table_new ();
  BgIpPrefix address = host (ADDRESS), upstream = host (UPSTREAM);

  bg_zone_add_host (zone, "alpha", &address, 1, TRUE);
  bg_names_server_set_zone (server, bg_zone_seal (zone));
  bg_forward_table_add (table, "corp.example", &upstream, 1);
  bg_names_server_set_table (server, table);
  return server;
}

static BgNamesServer *
listening_server (void)
{
  BgNamesServer *server = make_server ();
  BgIpPrefix address = host (ADDRESS), failed;
  int error;

  bg_names_server_listen (server, &address, 1, FALSE, &address);
  g_assert_false (bg_names_server_get_failure (server, &failed, &error));
  return server;
}

/* Lets the server work until there is something to read, or the end, at `fd`. */
static void
wait_for (int fd)
{
  gint64 end = g_get_monotonic_time () + WAIT_MS * G_TIME_SPAN_MILLISECOND;
  struct pollfd readable = { .fd = fd, .events = POLLIN };

  while (poll (&readable, 1, 1) == 0)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, FALSE);
    }
}

static GBytes *
question (const char *name, guint id)
{
  const DnsQuestion asked = { .name = name, .type = LDNS_RR_TYPE_A, .id = id };

  return dns_ask (&asked);
}

static void
send_bytes (int fd, GBytes *bytes, gboolean with_length)
{
  guint16 length = htons ((guint16) g_bytes_get_size (bytes));
  gsize len;
  const guint8 *data = g_bytes_get_data (bytes, &len);

  if (with_length)
    g_assert_cmpint (write (fd, &length, 2), ==, 2);
  g_assert_cmpint (write (fd, data, len), ==, (int) len);
}

static void
read_all (int fd, guint8 *data, gsize len)
{
  for (gsize done = 0; done < len;)
    {
      ssize_t n;

      wait_for (fd);
      n = read (fd, data + done, len - done);
      g_assert_cmpint (n, >, 0);
      done += (gsize) n;
    }
}

/* A message of a stream. */
static GBytes *
read_message (int fd)
{
  guint8 length[2], *data;
  gsize len;

  read_all (fd, length, 2);
  len = (gsize) length[0] << 8 | length[1];
  data = g_malloc (len);
  read_all (fd, data, len);
  return g_bytes_new_take (data, len);
}

static GBytes *
read_datagram (int fd)
{
  guint8 data[4096];
  ssize_t n;

  wait_for (fd);
  n = read (fd, data, sizeof data);
  g_assert_cmpint (n, >, 0);
  return g_bytes_new (data, (gsize) n);
}

static void
assert_answer (GBytes *answer, guint id, int code, const char *records)
{
  ldns_pkt *packet = dns_read (answer);
  g_autofree char *text = dns_text (ldns_pkt_answer (packet));

  g_assert_cmpuint (ldns_pkt_id (packet), ==, id);
  g_assert_cmpint (ldns_pkt_get_rcode (packet), ==, code);
  g_assert_cmpstr (text, ==, records);
  ldns_pkt_free (packet);
}

static void
assert_end (int fd)
{
  char byte;

  wait_for (fd);
  g_assert_cmpint (read (fd, &byte, 1), <=, 0);
}

/* --- Tests --- */

static void
test_datagrams (void)
{
  g_autoptr (BgNamesServer) server = listening_server ();
  int fd = connected_socket (SOCK_DGRAM);
  g_autoptr (GBytes) asked = question ("alpha.bamgate.internal.", 7),
                     foreign = question ("example.org.", 8), answer = NULL, refusal = NULL;

  send_bytes (fd, asked, FALSE);
  answer = read_datagram (fd);
  assert_answer (answer, 7, BG_DNS_NOERROR, "alpha.bamgate.internal. 30 IN A " ADDRESS);
  send_bytes (fd, foreign, FALSE);
  refusal = read_datagram (fd);
  assert_answer (refusal, 8, BG_DNS_REFUSED, "");
  close (fd);
}

/* Questions may come in one packet or byte by byte, and many before the first answer (RFC 7766, 6.2.1.1). */
static void
test_streams (void)
{
  g_autoptr (BgNamesServer) server = listening_server ();
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  int fd = connected_socket (SOCK_STREAM);

  for (guint i = 0; i < BG_NAMES_MAX_PIPELINED * 2; i++)
    {
      g_autoptr (GBytes) asked = question ("alpha.bamgate.internal.", 100 + i);
      guint8 length[2] = { 0, (guint8) g_bytes_get_size (asked) };

      g_byte_array_append (bytes, length, 2);
      g_byte_array_append (bytes, g_bytes_get_data (asked, NULL), length[1]);
    }
  for (guint i = 0; i < 20; i++)
    {
      g_assert_cmpint (write (fd, bytes->data + i, 1), ==, 1);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpint (write (fd, bytes->data + 20, bytes->len - 20), ==, (int) bytes->len - 20);
  for (guint i = 0; i < BG_NAMES_MAX_PIPELINED * 2; i++)
    {
      g_autoptr (GBytes) answer = read_message (fd);

      assert_answer (answer, 100 + i, BG_DNS_NOERROR, "alpha.bamgate.internal. 30 IN A " ADDRESS);
    }
  close (fd);
}

static void
test_a_stream_of_nonsense_ends (void)
{
  g_autoptr (BgNamesServer) server = listening_server ();
  int empty = connected_socket (SOCK_STREAM), huge = connected_socket (SOCK_STREAM);

  g_assert_cmpint (write (empty, "\0\0", 2), ==, 2);
  assert_end (empty);
  g_assert_cmpint (write (huge, "\xff\xff", 2), ==, 2);
  assert_end (huge);
  close (empty);
  close (huge);
}

static void
test_the_idlest_connection_gives_way (void)
{
  g_autoptr (BgNamesServer) server = listening_server ();
  int fds[BG_NAMES_MAX_CONNECTIONS + 1];

  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      g_autoptr (GBytes) asked = question ("alpha.bamgate.internal.", 1 + i), answer = NULL;

      fds[i] = connected_socket (SOCK_STREAM);
      send_bytes (fds[i], asked, TRUE);
      answer = read_message (fds[i]);
      assert_answer (answer, 1 + i, BG_DNS_NOERROR, "alpha.bamgate.internal. 30 IN A " ADDRESS);
    }
  assert_end (fds[0]);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
}

/* Reads what the server asks, and answers it. */
static void
serve_datagram (int upstream)
{
  struct sockaddr_in from;
  socklen_t from_len = sizeof from;
  guint8 data[4096];
  g_autoptr (GBytes) asked = NULL, answer = NULL;
  ssize_t n;

  wait_for (upstream);
  n = recvfrom (upstream, data, sizeof data, 0, (struct sockaddr *) &from, &from_len);
  g_assert_cmpint (n, >, 0);
  asked = g_bytes_new (data, (gsize) n);
  answer = dns_answer (asked, "www.corp.example. 60 IN A 192.168.7.7", 0);
  g_assert_cmpint (sendto (upstream, g_bytes_get_data (answer, NULL), g_bytes_get_size (answer), 0,
                           (struct sockaddr *) &from, from_len),
                   >, 0);
}

static void
test_servers_by_datagram (void)
{
  g_autoptr (BgNamesServer) server = listening_server ();
  int upstream = bound_socket (SOCK_DGRAM, UPSTREAM, UPSTREAM_PORT),
      fd = connected_socket (SOCK_DGRAM);
  g_autoptr (GBytes) asked = question ("www.corp.example.", 9), answer = NULL;

  send_bytes (fd, asked, FALSE);
  serve_datagram (upstream);
  answer = read_datagram (fd);
  assert_answer (answer, 9, BG_DNS_NOERROR, "www.corp.example. 60 IN A 192.168.7.7");
  close (upstream);
  close (fd);
}

static void
test_servers_by_stream (void)
{
  g_autoptr (BgNamesServer) server = listening_server ();
  int listening = bound_socket (SOCK_STREAM, UPSTREAM, UPSTREAM_PORT),
      fd = connected_socket (SOCK_STREAM), upstream;
  g_autoptr (GBytes) asked = question ("www.corp.example.", 9), theirs = NULL, reply = NULL,
                     answer = NULL;

  g_assert_cmpint (listen (listening, 1), ==, 0);
  send_bytes (fd, asked, TRUE);
  wait_for (listening);
  upstream = accept (listening, NULL, NULL);
  theirs = read_message (upstream);
  reply = dns_answer (theirs, "www.corp.example. 60 IN A 192.168.7.7", 0);
  send_bytes (upstream, reply, TRUE);
  answer = read_message (fd);
  assert_answer (answer, 9, BG_DNS_NOERROR, "www.corp.example. 60 IN A 192.168.7.7");
  close (listening);
  close (upstream);
  close (fd);
}

/* Nobody listens there: the kernel says so, and the asker need not wait. */
static void
test_no_server_is_said_at_once (void)
{
  g_autoptr (BgNamesServer) server = listening_server ();
  int types[] = { SOCK_DGRAM, SOCK_STREAM };

  for (guint i = 0; i < 2; i++)
    {
      int fd = connected_socket (types[i]);
      g_autoptr (GBytes) asked = question ("www.corp.example.", 9), answer = NULL;
      gint64 start = g_get_monotonic_time ();

      send_bytes (fd, asked, types[i] == SOCK_STREAM);
      answer = types[i] == SOCK_STREAM ? read_message (fd) : read_datagram (fd);
      assert_answer (answer, 9, BG_DNS_SERVFAIL, "");
      g_assert_cmpint (g_get_monotonic_time () - start, <, G_TIME_SPAN_SECOND);
      close (fd);
    }
}

static void
test_whoever_asked_may_be_gone (void)
{
  g_autoptr (BgNamesServer) server = listening_server ();
  int upstream = bound_socket (SOCK_DGRAM, UPSTREAM, UPSTREAM_PORT),
      fd = connected_socket (SOCK_DGRAM), stream = connected_socket (SOCK_STREAM);
  g_autoptr (GBytes) asked = question ("www.corp.example.", 9);

  send_bytes (stream, asked, TRUE);
  close (stream);
  send_bytes (fd, asked, FALSE);
  close (fd);
  serve_datagram (upstream);
  for (guint i = 0; i < 10; i++)
    g_main_context_iteration (NULL, FALSE);
  close (upstream);
}

static void
test_the_end_with_questions_under_way (void)
{
  BgNamesServer *server = listening_server ();
  int upstream = bound_socket (SOCK_DGRAM, UPSTREAM, UPSTREAM_PORT),
      fd = connected_socket (SOCK_DGRAM), stream = connected_socket (SOCK_STREAM);
  g_autoptr (GBytes) asked = question ("www.corp.example.", 9);

  send_bytes (stream, asked, TRUE);
  send_bytes (fd, asked, FALSE);
  wait_for (upstream);
  bg_names_server_free (server);
  assert_end (stream);
  close (upstream);
  close (stream);
  close (fd);
}

/* --- Who has the port --- */

static void
test_a_port_that_somebody_has (void)
{
  g_autoptr (BgNamesServer) server = make_server ();
  int other = bound_socket (SOCK_DGRAM, ADDRESS, PORT), error = 0;
  BgIpPrefix addresses[] = { host (ADDRESS), host ("127.0.0.9") }, failed;
  guint n;

  bg_names_server_listen (server, addresses, 2, FALSE, addresses);
  g_assert_true (bg_names_server_get_failure (server, &failed, &error));
  g_assert_cmpint (error, ==, EADDRINUSE);
  g_assert_true (bg_ip_prefix_equal (&failed, &addresses[0]));
  g_assert_true (bg_ip_prefix_equal (bg_names_server_get_addresses (server, &n), &addresses[1]));
  g_assert_cmpuint (n, ==, 1);
  close (other);
  bg_names_server_listen (server, addresses, 2, FALSE, addresses);
  g_assert_false (bg_names_server_get_failure (server, &failed, &error));
  bg_names_server_get_addresses (server, &n);
  g_assert_cmpuint (n, ==, 2);
}

/* It is this process. */
static void
assert_owner (const BgIpPrefix *address, gboolean stream)
{
  g_autofree char *who = bg_port_owner_describe (address, PORT, stream);
  g_autofree char *pid = g_strdup_printf ("[%d]", (int) getpid ());

  g_assert_nonnull (who);
  g_assert_true (g_str_has_suffix (who, pid));
}

/* As dnsmasq and others do that listen at all addresses. */
static void
test_a_server_for_all_addresses_is_no_hindrance (void)
{
  g_autoptr (BgNamesServer) server = make_server ();
  struct sockaddr_in all = at ("0.0.0.0", PORT);
  int udp = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
      tcp = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1, fd, error;
  BgIpPrefix address = host (ADDRESS), failed;
  g_autoptr (GBytes) asked = question ("alpha.bamgate.internal.", 7), answer = NULL;

  setsockopt (udp, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  setsockopt (tcp, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  g_assert_cmpint (bind (udp, (struct sockaddr *) &all, sizeof all), ==, 0);
  g_assert_cmpint (bind (tcp, (struct sockaddr *) &all, sizeof all), ==, 0);
  g_assert_cmpint (listen (tcp, 1), ==, 0);
  bg_names_server_listen (server, &address, 1, FALSE, &address);
  g_assert_false (bg_names_server_get_failure (server, &failed, &error));
  fd = connected_socket (SOCK_DGRAM);
  send_bytes (fd, asked, FALSE);
  answer = read_datagram (fd);
  assert_answer (answer, 7, BG_DNS_NOERROR, "alpha.bamgate.internal. 30 IN A " ADDRESS);
  assert_owner (&address, TRUE);
  assert_owner (&address, FALSE);
  g_assert_true (bg_names_server_lacks_tcp (server, &failed, &error));
  g_assert_cmpint (error, ==, EADDRINUSE);
  g_assert_true (bg_ip_prefix_equal (&failed, &address));
  close (fd);
  close (udp);
  close (tcp);
  bg_names_server_listen (server, &address, 1, FALSE, &address); /* it has gone */
  g_assert_false (bg_names_server_lacks_tcp (server, &failed, &error));
}

static void
test_the_last_resort (void)
{
  g_autoptr (BgNamesServer) server = make_server ();
  int other = bound_socket (SOCK_DGRAM, "127.0.0.9", PORT), fd, error;
  BgIpPrefix address = host ("127.0.0.9"), resort = host (ADDRESS), failed;
  g_autoptr (GBytes) asked = question ("alpha.bamgate.internal.", 7), answer = NULL;
  guint n;

  bg_names_server_listen (server, &address, 1, FALSE, &resort);
  g_assert_true (bg_names_server_get_failure (server, &failed, &error));
  fd = connected_socket (SOCK_DGRAM);
  send_bytes (fd, asked, FALSE);
  bg_names_server_listen (server, &address, 1, FALSE, &resort); /* who asks notices nothing */
  answer = read_datagram (fd);
  assert_answer (answer, 7, BG_DNS_NOERROR, "alpha.bamgate.internal. 30 IN A " ADDRESS);
  close (other);
  bg_names_server_listen (server, &address, 1, FALSE, &resort);
  g_assert_true (bg_ip_prefix_equal (bg_names_server_get_addresses (server, &n), &address));
  g_assert_cmpuint (n, ==, 1);
  close (fd);
}

static void
test_an_address_that_is_not_there_yet (void)
{
  g_autoptr (BgNamesServer) server = make_server ();
  BgIpPrefix addresses[] = { host ("10.77.0.1"), host ("fd77::1") };
  guint n;

  bg_names_server_listen (server, addresses, 2, TRUE, addresses);
  bg_names_server_get_addresses (server, &n);
  g_assert_cmpuint (n, ==, 2);
}

/* --- Main --- */

static void
add (const char *path, GTestFunc test)
{
  if (!no_namespace)
    g_test_add_func (path, test);
}

static void
test_skipped (void)
{
  g_test_skip (no_namespace);
}

int
main (int argc, char **argv)
{
  no_namespace = test_enter_namespaces (CLONE_NEWNET);
  g_test_init (&argc, &argv, NULL);
  if (no_namespace)
    g_test_add_func ("/names-server/skipped", test_skipped);
  else
    bring_loopback_up ();
  add ("/names-server/datagrams", test_datagrams);
  add ("/names-server/streams", test_streams);
  add ("/names-server/nonsense", test_a_stream_of_nonsense_ends);
  add ("/names-server/idlest", test_the_idlest_connection_gives_way);
  add ("/names-server/servers-by-datagram", test_servers_by_datagram);
  add ("/names-server/servers-by-stream", test_servers_by_stream);
  add ("/names-server/no-server", test_no_server_is_said_at_once);
  add ("/names-server/gone", test_whoever_asked_may_be_gone);
  add ("/names-server/end", test_the_end_with_questions_under_way);
  add ("/names-server/taken", test_a_port_that_somebody_has);
  add ("/names-server/all-addresses", test_a_server_for_all_addresses_is_no_hindrance);
  add ("/names-server/last-resort", test_the_last_resort);
  add ("/names-server/not-there-yet", test_an_address_that_is_not_there_yet);
  return g_test_run ();
}
