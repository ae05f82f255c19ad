/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/port-owner.h"

#include <gio/gio.h>
#include <sys/prctl.h>
#include <unistd.h>

#if G_BYTE_ORDER == G_LITTLE_ENDIAN
#define OF_ONE "0100000A" /* 10.0.0.1 */
#else
#define OF_ONE "0A000001"
#endif
#define HEAD                                                                                       \
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
#define ROW(local, state, uid, inode)                                                              \
  "   0: " local " 00000000:0000 " state " 00000000:00000000 00:00000000 00000000  " uid           \
  "        0 " inode " 1 0000000000000000 100 0 0 10 0\n"

static gboolean
found (const char *text, guint64 inode)
{
  BgIpPrefix address;
  BgPortOwner owner;

  g_assert_true (bg_ip_prefix_parse ("10.0.0.1/32", &address));
  return bg_port_owner_parse (text, &address, 53, &owner) && owner.inode == inode
         && owner.uid == 105;
}

static void
test_rows (void)
{
  g_assert_true (found (HEAD ROW ("00000000:0035", "0A", "105", "4711"), 4711));
  g_assert_true (found (HEAD ROW (OF_ONE ":0035", "07", "105", "9"), 9));
  g_assert_true (found (ROW ("00000000000000000000000000000000:0035", "0A", "105", "5"), 5));
  g_assert_true (
    found (ROW ("0200007F:0035", "0A", "1", "1") ROW (OF_ONE ":0035", "0A", "105", "2"), 2));
  g_assert_false (found (ROW ("00000000:0035", "01", "105", "1"), 1)); /* a connection */
  g_assert_false (found (ROW ("00000000:0036", "0A", "105", "1"), 1));
}

static void
test_junk (void)
{
  static const char *const bad[] = { "",
                                     "\n\n",
                                     HEAD,
                                     "0: 0:35",
                                     ROW ("zz", "0A", "105", "1"),
                                     ROW ("0000:0035", "0A", "105", "1"),
                                     "a b c d e f g h i j k l m n o p q" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (found (bad[i], 1));
}

/* Whoever listens has its name from itself. */
static void
test_names_of_programs_are_made_printable (void)
{
  g_autoptr (GSocket)
    socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autofree char *expected = g_strdup_printf ("a\\x0ab\\x1b[%d]", getpid ()), *who = NULL;
  BgIpPrefix address;

  g_assert_true (g_socket_bind (socket, any, FALSE, NULL) && g_socket_listen (socket, NULL));
  bound = g_socket_get_local_address (socket, NULL);
  g_assert_true (bg_ip_prefix_parse ("127.0.0.1/32", &address));
  g_assert_cmpint (prctl (PR_SET_NAME, "a\nb\033"), ==, 0);
  who = bg_port_owner_describe (
    &address, g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)), TRUE);
  g_assert_cmpstr (who, ==, expected);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/names/port-owner/rows", test_rows);
  g_test_add_func ("/names/port-owner/junk", test_junk);
  g_test_add_func ("/names/port-owner/printable", test_names_of_programs_are_made_printable);
  return g_test_run ();
}
