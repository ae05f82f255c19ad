/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The socket, with a fake data plane behind it, and Debian's wg(8) in front. */

#include "common/error.h"
#include "common/key-text.h"
#include "uapi/uapi-server.h"
#include "uapi/uapi-text.h"
#include "unit/own-namespace.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#define IFNAME "bgtest1"
#define HEX_A "aa00000000000000000000000000000000000000000000000000000000000001"
#define HEX_B "bb00000000000000000000000000000000000000000000000000000000000002"

/* --- The fake: one static peer and one of the mesh --- */

enum
{
  MAILBOX = 256
};

struct BgDataplane
{
  GQueue cookies;
  guint mail; /* up to MAILBOX, until the test empties it */
  gboolean full;
  uint16_t port;
  guint sets, removes;
  BgPeerConfig last;
  BgAllowedIp last_ip;
};

static bool
post (BgDataplane *self)
{
  if (self->full || self->mail == MAILBOX)
    return false;
  self->mail++;
  return true;
}

bool
bg_dataplane_request_stats (BgDataplane *self, uint64_t cookie)
{
  if (!post (self))
    return false;
  g_queue_push_tail (&self->cookies, g_memdup2 (&cookie, sizeof cookie));
  return true;
}

bool
bg_dataplane_set_peer (BgDataplane *self, const BgPeerConfig *config)
{
  if (!post (self))
    return false;
  self->sets++;
  self->last = *config;
  if (config->n_allowed_ips)
    self->last_ip = config->allowed_ips[config->n_allowed_ips - 1];
  return true;
}

bool
bg_dataplane_remove_peer (BgDataplane *self, const WgKey *key)
{
  if (!post (self))
    return false;
  self->removes++;
  self->last.key = *key;
  return true;
}

uint16_t
bg_dataplane_udp_port (BgDataplane *self)
{
  return self->port;
}

static BgAllowedIp ips_a[] = { { .family = AF_INET, .addr = { 10, 0, 0, 1 }, .prefix = 32 } };
static BgPeerStats peers[] = {
  { .key = { { 0xaa, [31] = 1 } },
    .rx_bytes = 1024,
    .tx_bytes = 2048,
    .last_handshake_us = 1700000000000000,
    .allowed_ips = ips_a,
    .n_allowed_ips = 1,
    .has_endpoint = true },
  { .key = { { 0xbb, [31] = 2 } }, .path = 4 },
};

/* --- Fixture --- */

static char *no_namespace; /* why wg(8) cannot be tried */
static WgKey our_key = { { 0x40, [31] = 0x40 } };

typedef struct
{
  char *directory, *path;
  BgDataplane dataplane;
  BgUapiServer *server;
} Fixture;

static BgUapiServer *
serve (Fixture *f, GError **error)
{
  return bg_uapi_server_new (&f->dataplane, IFNAME, &our_key, f->directory, error);
}

static void
setup (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->directory = data && !no_namespace ? g_strdup (data)
                                       : g_dir_make_tmp ("bamgate-uapi-XXXXXX", &error);
  f->path = g_strconcat (f->directory, "/" IFNAME ".sock", NULL);
  f->dataplane = (BgDataplane){ .port = 51820 };
  g_queue_init (&f->dataplane.cookies);
  peers[0].endpoint.addr.in4 = (struct sockaddr_in){ .sin_family = AF_INET,
                                                     .sin_port = htons (51820),
                                                     .sin_addr.s_addr = htonl (0xc0000201) };
  f->server = serve (f, &error);
  g_assert_no_error (error);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  bg_uapi_server_free (f->server);
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_queue_clear_full (&f->dataplane.cookies, g_free);
  (void) g_rmdir (f->directory);
  g_free (f->path);
  g_free (f->directory);
}

static void
answer_all (Fixture *f)
{
  guint64 *cookie;

  f->dataplane.mail = 0;
  while ((cookie = g_queue_pop_head (&f->dataplane.cookies)))
    {
      BgEvent event = {
        .type = BG_EVENT_STATS, .cookie = *cookie, .stats = peers, .n_stats = G_N_ELEMENTS (peers)
      };

      g_assert_true (bg_uapi_server_take_event (f->server, &event));
      g_free (cookie);
    }
}

static GSocketConnection *
dial (Fixture *f)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (f->path);
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address),
                                                           NULL, &error);

  g_assert_no_error (error);
  return connection;
}

static void
on_said (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error);
  g_assert_no_error (error);
  *(gboolean *) data = TRUE;
}

/* However much it is: the other end reads meanwhile. */
static void
say (GSocketConnection *connection, const char *text)
{
  gboolean said = FALSE;

  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (connection)), text,
                                   strlen (text), G_PRIORITY_DEFAULT, NULL, on_said, &said);
  while (!said)
    g_main_context_iteration (NULL, TRUE);
}

/* Runs the loop, with the data plane answering, until a whole answer (or the end) has come. */
static char *
hear (Fixture *f, GSocketConnection *connection)
{
  GSocket *socket = g_socket_connection_get_socket (connection);
  GString *out = g_string_new (NULL);
  char buf[4096];

  g_socket_set_blocking (socket, FALSE);
  while (!g_str_has_suffix (out->str, "\n\n"))
    {
      gssize n = g_socket_receive (socket, buf, sizeof buf, NULL, NULL);

      if (n == 0)
        break;
      if (n > 0)
        g_string_append_len (out, buf, n);
      else if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (100);
      answer_all (f);
    }
  g_socket_set_blocking (socket, TRUE);
  return g_string_free (out, FALSE);
}

static void
assert_exchange (Fixture *f, GSocketConnection *connection, const char *text, const char *expected)
{
  g_autofree char *said = NULL;

  say (connection, text);
  said = hear (f, connection);
  g_assert_cmpstr (said, ==, expected);
}

static void
test_socket_file (Fixture *f, gconstpointer data)
{
  g_autofree char *other = NULL;
  g_autoptr (GError) error = NULL;
  GStatBuf info;

  g_assert_cmpint (g_lstat (f->path, &info), ==, 0);
  g_assert_true (S_ISSOCK (info.st_mode));
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  /* Served: not ours to take. */
  g_assert_null (serve (f, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_EXISTS);
  g_assert_true (g_file_test (f->path, G_FILE_TEST_EXISTS));
}

static void
test_stale_socket (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocket) dead = NULL;
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (f->path);
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&f->server, bg_uapi_server_free);
  dead = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT,
                       &error);
  g_assert_no_error (error);
  g_assert_true (g_socket_bind (dead, address, FALSE, &error));
  g_assert_true (g_socket_close (dead, &error));
  f->server = serve (f, &error);
  g_assert_no_error (error);
  /* What is no socket is left alone. */
  g_clear_pointer (&f->server, bg_uapi_server_free);
  g_assert_true (g_file_set_contents (f->path, "precious", -1, NULL));
  g_assert_null (serve (f, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_EXISTS);
  g_assert_cmpint (g_remove (f->path), ==, 0);
}

/* A socket that another made under our name stays when we go. */
static void
test_removes_only_its_own (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (g_remove (f->path), ==, 0);
  g_assert_true (g_file_set_contents (f->path, "theirs", -1, NULL));
  g_clear_pointer (&f->server, bg_uapi_server_free);
  g_assert_true (g_file_test (f->path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_remove (f->path), ==, 0);
}

static void
test_get (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocketConnection) connection = dial (f);
  char *expected = bg_uapi_format_device (&our_key, 51820, peers, G_N_ELEMENTS (peers));

  assert_exchange (f, connection, "get=1\n\n", expected);
  assert_exchange (f, connection, "get=1\n\n", expected);
  bg_uapi_text_free (expected);
}

static void
test_set (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocketConnection) connection = dial (f);

  assert_exchange (f, connection, "set=1\npublic_key=" HEX_A "\nallowed_ip=10.7.0.0/16\n\n",
                   "errno=0\n\n");
  g_assert_cmpuint (f->dataplane.sets, ==, 1);
  g_assert_cmpuint (f->dataplane.last.n_allowed_ips, ==, 2);
  g_assert_cmpuint (f->dataplane.last_ip.addr[1], ==, 7);
  assert_exchange (f, connection, "set=1\npublic_key=" HEX_A "\nremove=true\n\n", "errno=0\n\n");
  g_assert_cmpuint (f->dataplane.removes, ==, 1);
  assert_exchange (f, connection, "set=1\npublic_key=" HEX_B "\nremove=true\n\n", "errno=-1\n\n");
  assert_exchange (f, connection, "set=1\nlisten_port=1\n\n", "errno=-95\n\n");
  assert_exchange (f, connection, "set=1\nbad=1\n\n", "errno=-22\n\n");
  assert_exchange (f, connection, "boo\n\n", "errno=71\n\n");
  g_assert_cmpuint (f->dataplane.removes, ==, 1);
}

static gboolean
on_room (gpointer data)
{
  ((Fixture *) data)->dataplane.full = FALSE;
  return G_SOURCE_REMOVE;
}

/* A mailbox that is full for a while delays an answer, and no more. */
static void
test_waits_for_room (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocketConnection) connection = dial (f);
  g_autoptr (GSource) room = g_timeout_source_new (20);
  g_autoptr (GString) text = g_string_new ("set=1\n");
  enum
  {
    MANY = 5000
  };

  f->dataplane.full = TRUE;
  g_source_set_callback (room, on_room, f, NULL);
  g_source_attach (room, NULL);
  assert_exchange (f, connection, "set=1\npublic_key=" HEX_A "\nallowed_ip=10.7.0.0/16\n\n",
                   "errno=0\n\n");
  g_assert_cmpuint (f->dataplane.sets, ==, 1);
  for (guint i = 0; i < MANY; i++)
    g_string_append_printf (text, "public_key=%08x%056d\nallowed_ip=11.%u.%u.1/32\n", i + 1, 7,
                            i >> 8, i & 255);
  g_string_append_c (text, '\n');
  assert_exchange (f, connection, text->str, "errno=0\n\n");
  g_assert_cmpuint (f->dataplane.sets, ==, 1 + MANY);
}

/* Whoever asked may go; what was asked for is made whole, and the next one waits for that. */
static void
test_gone_while_it_is_made (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocketConnection) connection = dial (f), other = dial (f);
  g_autoptr (GString) text = g_string_new ("set=1\n");
  g_autofree char *said = NULL;

  for (guint i = 0; i < 3 * MAILBOX; i++)
    g_string_append_printf (text, "public_key=%08x%056d\n", i + 1, 7);
  g_string_append_c (text, '\n');
  say (connection, text->str);
  while (g_queue_is_empty (&f->dataplane.cookies))
    g_main_context_iteration (NULL, TRUE);
  answer_all (f); /* it is planned, and a part is posted */
  g_assert_cmpuint (f->dataplane.sets, ==, MAILBOX);
  g_assert_true (g_io_stream_close (G_IO_STREAM (connection), NULL, NULL));
  say (other, "get=1\n\n");
  said = hear (f, other);
  g_assert_true (g_str_has_suffix (said, "errno=0\n\n"));
  g_assert_cmpuint (f->dataplane.sets, ==, 3 * MAILBOX);
}

/* A request in single bytes, and two in one piece. */
static void
test_fragments (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocketConnection) connection = dial (f);
  g_autofree char *first = NULL, *second = NULL;

  for (const char *p = "set=1\n\n"; *p; p++)
    {
      char one[2] = { *p, 0 };

      say (connection, one);
      g_main_context_iteration (NULL, FALSE);
    }
  first = hear (f, connection);
  g_assert_cmpstr (first, ==, "errno=0\n\n");
  say (connection, "set=1\n\nset=1\nbad=1\n\n");
  while (!g_str_has_suffix (second ? second : "", "errno=-22\n\n"))
    {
      g_autofree char *more = hear (f, connection), *before = g_steal_pointer (&second);

      g_assert_cmpstr (more, !=, "");
      second = g_strconcat (before ? before : "", more, NULL);
    }
  g_assert_cmpstr (second, ==, "errno=0\n\nerrno=-22\n\n");
}

static void
test_limits (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) connections = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *flood = g_strnfill (BG_UAPI_MAX_REQUEST + 100, 'x'), *said = NULL,
                  *nothing = NULL, *end = NULL;
  GSocketConnection *late;

  for (int i = 0; i < BG_UAPI_MAX_CLIENTS; i++)
    {
      g_ptr_array_add (connections, dial (f));
      assert_exchange (f, g_ptr_array_index (connections, i), "set=1\n\n", "errno=0\n\n");
    }
  late = dial (f);
  g_ptr_array_add (connections, late);
  nothing = hear (f, late);
  g_assert_cmpstr (nothing, ==, "");
  /* Too much for one request: heard out, told so, and hung up on. */
  say (g_ptr_array_index (connections, 0), flood);
  say (g_ptr_array_index (connections, 0), "\n");
  say (g_ptr_array_index (connections, 0), "\n");
  said = hear (f, g_ptr_array_index (connections, 0));
  g_assert_cmpstr (said, ==, "errno=90\n\n");
  end = hear (f, g_ptr_array_index (connections, 0));
  g_assert_cmpstr (end, ==, "");
  /* Room again. */
  g_ptr_array_add (connections, dial (f));
  assert_exchange (f, g_ptr_array_index (connections, connections->len - 1), "set=1\n\n",
                   "errno=0\n\n");
}

/* Clients that go, and a server that goes, while the data plane has not answered yet. */
static void
test_gone_before_the_answer (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocketConnection) connection = dial (f), other = dial (f);
  BgEvent foreign = { .type = BG_EVENT_STATS, .cookie = 5 };

  say (connection, "get=1\n\n");
  say (other, "get=1\n\n");
  while (g_queue_is_empty (&f->dataplane.cookies))
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (g_io_stream_close (G_IO_STREAM (connection), NULL, NULL));
  g_assert_false (bg_uapi_server_take_event (f->server, &foreign));
  answer_all (f);
  while (g_queue_is_empty (&f->dataplane.cookies))
    g_main_context_iteration (NULL, TRUE);
  g_clear_pointer (&f->server, bg_uapi_server_free);
}

/* --- wg(8) --- */

/* wg(8) looks in one place only: an empty /run of this program's own. */
static void
enter_namespace (void)
{
  g_autofree char *wg = g_find_program_in_path ("wg");

  no_namespace = wg ? test_enter_namespaces (CLONE_NEWNET | CLONE_NEWNS)
                    : g_strdup ("wg(8) is not installed");
  if (!no_namespace
      && (mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0
          || mount ("none", "/run", "tmpfs", 0, NULL) < 0))
    no_namespace = g_strdup_printf ("cannot prepare the namespace: %s", g_strerror (errno));
}

static void
on_wg_exited (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_subprocess_communicate_utf8_finish (G_SUBPROCESS (source), result, data, NULL, &error);
  g_assert_no_error (error);
}

static char *
run_wg (Fixture *f, gboolean expect_success, const char *first, ...)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  char *out = NULL;
  va_list ap;

  g_ptr_array_add (argv, (gpointer) "wg");
  va_start (ap, first);
  for (const char *arg = first; arg; arg = va_arg (ap, const char *))
    g_ptr_array_add (argv, (gpointer) arg);
  va_end (ap);
  g_ptr_array_add (argv, NULL);
  process = g_subprocess_newv ((const char *const *) argv->pdata,
                               G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE,
                               &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8_async (process, NULL, NULL, on_wg_exited, &out);
  while (!out)
    {
      g_main_context_iteration (NULL, TRUE);
      answer_all (f);
    }
  if (g_subprocess_get_successful (process) != expect_success)
    g_error ("wg %s: %s", first, out);
  return out;
}

static void
test_wg_tool (Fixture *f, gconstpointer data)
{
  char key_a[BG_KEY_TEXT_LEN + 1], private_key[BG_KEY_TEXT_LEN + 1];
  g_autofree char *shown = NULL, *config = NULL, *set = NULL, *refused = NULL;
  static const char key_new[] = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=";

  if (no_namespace)
    {
      g_test_skip (no_namespace);
      return;
    }
  bg_key_to_base64 (peers[0].key.bytes, key_a);
  bg_key_to_base64 (our_key.bytes, private_key);
  shown = run_wg (f, TRUE, "show", IFNAME, NULL);
  g_assert_nonnull (strstr (shown, "private key: (hidden)"));
  g_assert_nonnull (strstr (shown, "listening port: 51820"));
  g_assert_nonnull (strstr (shown, key_a));
  g_assert_nonnull (strstr (shown, "endpoint: 192.0.2.1:51820"));
  g_assert_nonnull (strstr (shown, "allowed ips: 10.0.0.1/32"));
  g_assert_nonnull (strstr (shown, "transfer: 1.00 KiB received, 2.00 KiB sent"));
  config = run_wg (f, TRUE, "showconf", IFNAME, NULL);
  g_assert_nonnull (strstr (config, private_key));
  set = run_wg (f, TRUE, "set", IFNAME, "peer", key_new, "endpoint", "[2001:db8::1]:7",
                "persistent-keepalive", "25", "allowed-ips", "10.8.0.0/16", NULL);
  g_assert_cmpuint (f->dataplane.sets, ==, 1);
  g_assert_cmpuint (f->dataplane.last.keepalive, ==, 25);
  g_assert_cmpint (f->dataplane.last.endpoint.addr.sa.sa_family, ==, AF_INET6);
  g_assert_cmpuint (f->dataplane.last_ip.addr[1], ==, 8);
  refused = run_wg (f, FALSE, "set", IFNAME, "listen-port", "7", NULL);
  g_assert_cmpstr (refused, ==, "Unable to modify interface: Operation not supported\n");
}

#define ADD(path, data, func) g_test_add (path, Fixture, data, setup, func, teardown)

int
main (int argc, char **argv)
{
  enter_namespace ();
  g_test_init (&argc, &argv, NULL);
  ADD ("/uapi-server/socket-file", NULL, test_socket_file);
  ADD ("/uapi-server/stale-socket", NULL, test_stale_socket);
  ADD ("/uapi-server/removes-only-its-own", NULL, test_removes_only_its_own);
  ADD ("/uapi-server/get", NULL, test_get);
  ADD ("/uapi-server/set", NULL, test_set);
  ADD ("/uapi-server/waits-for-room", NULL, test_waits_for_room);
  ADD ("/uapi-server/gone-while-it-is-made", NULL, test_gone_while_it_is_made);
  ADD ("/uapi-server/fragments", NULL, test_fragments);
  ADD ("/uapi-server/limits", NULL, test_limits);
  ADD ("/uapi-server/gone-before-the-answer", NULL, test_gone_before_the_answer);
  ADD ("/uapi-server/wg-tool", BG_UAPI_DIRECTORY, test_wg_tool);
  return g_test_run ();
}
