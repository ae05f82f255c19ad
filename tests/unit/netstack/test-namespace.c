/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A namespace of our own, as this kernel gives it; the child's questions; and the packets between the two. */
#include "common/error.h"
#include "common/inner-socket.h"
#include "net/link-config.h"
#include "net/net-plan.h"
#include "netstack/descriptors.h"
#include "netstack/namespace-wire.h"
#include "netstack/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IFNAME "bgspace0"

static const char *program;

typedef struct
{
  BgNamespace *space;
  BgTunDevice tun;
  guint lost;
} Fixture;

static void
on_lost (gpointer owner)
{
  ((Fixture *) owner)->lost++;
}

static int
make_there (gpointer space, int domain, int type, int protocol)
{
  return bg_namespace_socket (space, domain, type, protocol);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->space = bg_namespace_new (program, IFNAME, 123, &f->tun, on_lost, f, &error);
  if (!f->space && g_error_matches (error, BG_ERROR, BG_ERROR_NOT_AUTHORIZED))
    g_test_skip (error->message);
  else
    g_assert_no_error (error);
  if (f->space)
    bg_inner_socket_set_maker (make_there, f->space);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  bg_inner_socket_set_maker (NULL, NULL);
  bg_namespace_free (f->space);
  bg_tun_device_close (&f->tun);
}

static pid_t
pid_of (const Fixture *f)
{
  int pid = 0;

  g_assert_cmpint (sscanf (bg_namespace_get_path (f->space), "/proc/%d/ns/net", &pid), ==, 1);
  return pid;
}

/* --- The namespace --- */

static void
test_device (Fixture *f, gconstpointer data)
{
  if (!f->space)
    return;
  g_assert_cmpstr (f->tun.name, ==, IFNAME);
  g_assert_cmpint (f->tun.ifindex, ==, 123);
  g_assert_cmpint (fcntl (f->tun.fd, F_GETFL) & O_NONBLOCK, !=, 0);
  g_assert_cmpint (fcntl (f->tun.fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  g_assert_cmpuint (if_nametoindex (IFNAME), ==, 0);
  g_assert_cmpuint (bg_inner_ifindex (IFNAME), ==, 123);
  g_assert_cmpuint (bg_inner_ifindex ("lo"), ==, 1);
  g_assert_cmpuint (bg_inner_ifindex ("a-name-that-no-interface-has"), ==, 0);
}

/* By the rest of net/, from outside. */
static void
test_link (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BgNetPlan) plan = bg_net_plan_new ();
  BgLinkConfig *link;
  BgIpPrefix address;
  struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons (53) };
  int fd;

  if (!f->space)
    return;
  g_assert_true (bg_ip_prefix_parse ("10.99.0.1/24", &address));
  bg_net_plan_set_mtu (plan, 1400);
  bg_net_plan_add_address (plan, BG_TAG_DEVICE, &address);
  bg_net_plan_seal (plan);
  link = bg_link_config_new (IFNAME, &error);
  g_assert_no_error (error);
  bg_link_config_sync (link, plan, &error);
  g_assert_no_error (error);
  /* its address is there, and its port 53 free for who has no right */
  fd = bg_inner_socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (fd, >=, 0);
  here.sin_addr.s_addr = htonl (0x0a630001);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &here, sizeof here), ==, 0);
  close (fd);
  bg_link_config_free (link);
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  static const int questions[][3] = {
    { AF_PACKET, SOCK_RAW, 0 },
    { AF_INET, SOCK_RAW, IPPROTO_RAW },
    { AF_UNIX, SOCK_STREAM, 0 },
    { AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT },
    { AF_INET6, SOCK_DGRAM, IPPROTO_TCP },
    { -1, -1, -1 },
  };

  if (!f->space)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (questions); i++)
    {
      errno = 0;
      g_assert_cmpint (bg_inner_socket (questions[i][0], questions[i][1], questions[i][2]), ==, -1);
      g_assert_cmpint (errno, ==, EPERM);
    }
  g_assert_cmpuint (bg_inner_ifindex (IFNAME), ==, 123); /* it goes on */
}

/* Nothing that another program may have from it but the channel, whatever this process has open. */
static void
test_inherited (Fixture *f, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (GDir) open_files = NULL;
  const char *name;
  guint n = 0;

  if (!f->space)
    return;
  g_assert_cmpint (bg_inner_socket (AF_UNIX, SOCK_STREAM, 0), ==,
                   -1); /* it is past its beginning */
  path = g_strdup_printf ("/proc/%d/fd", (int) pid_of (f));
  open_files = g_dir_open (path, 0, NULL);
  g_assert_nonnull (open_files);
  for (; (name = g_dir_read_name (open_files)) != NULL; n++)
    g_assert_cmpint (g_ascii_strtoll (name, NULL, 10), <=, BG_NAMESPACE_FD);
  g_assert_cmpuint (n, ==, BG_NAMESPACE_FD + 1);
}

/* --- Its end --- */

static void
test_lost (Fixture *f, gconstpointer data)
{
  if (!f->space)
    return;
  kill (pid_of (f), SIGKILL);
  while (f->lost == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (bg_inner_socket (AF_INET, SOCK_STREAM, 0), ==, -1);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (f->lost, ==, 1);
}

static void
test_freed (Fixture *f, gconstpointer data)
{
  struct pollfd end = { .events = POLLIN };

  if (!f->space)
    return;
  end.fd = (int) syscall (SYS_pidfd_open, pid_of (f), 0);
  g_assert_cmpint (end.fd, >=, 0);
  g_clear_pointer (&f->space, bg_namespace_free);
  g_assert_cmpint (poll (&end, 1, -1), ==, 1);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (f->lost, ==, 0);
  close (end.fd);
}

/* --- A child that is none --- */

static void
test_other_program (void)
{
  g_autoptr (GError) error = NULL, gone = NULL;
  BgTunDevice tun;

  g_assert_null (bg_namespace_new ("/bin/true", IFNAME, 0, &tun, on_lost, NULL, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_FAILED);
  g_assert_cmpint (tun.fd, ==, -1);
  g_assert_null (bg_namespace_new ("/nowhere/at-all", IFNAME, 0, &tun, on_lost, NULL, &gone));
  g_assert_nonnull (gone);
}

/* --- Packets with descriptors --- */

static void
test_packets (void)
{
  int ends[2], got[1], two[2] = { STDIN_FILENO, STDOUT_FILENO }, before, after;
  BgNamespaceAnswer answer = { .error = 7 };
  char more[64] = "";
  guint n;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), ==, 0);
  g_assert_true (bg_descriptors_send (ends[0], &answer, sizeof answer, two, 1));
  answer.error = 0;
  g_assert_true (bg_descriptors_receive (ends[1], &answer, sizeof answer, got, 1, &n));
  g_assert_cmpint (answer.error, ==, 7);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpint (fcntl (got[0], F_GETFD) & FD_CLOEXEC, !=, 0);
  close (got[0]);

  before = dup (ends[0]); /* the number that comes next */
  close (before);
  g_assert_true (bg_descriptors_send (ends[0], &answer, sizeof answer, two, 2)); /* too many */
  g_assert_false (bg_descriptors_receive (ends[1], &answer, sizeof answer, got, 1, &n));
  g_assert_cmpint (errno, ==, EPROTO);
  g_assert_true (bg_descriptors_send (ends[0], more, sizeof more, two, 1)); /* too long */
  g_assert_false (bg_descriptors_receive (ends[1], &answer, sizeof answer, got, 1, &n));
  g_assert_cmpint (errno, ==, EPROTO);
  g_assert_true (bg_descriptors_send (ends[0], more, 1, two, 1)); /* too short */
  g_assert_false (bg_descriptors_receive (ends[1], &answer, sizeof answer, got, 1, &n));
  g_assert_cmpint (errno, ==, EPROTO);
  after = dup (ends[0]);
  g_assert_cmpint (after, ==, before);
  close (after);
  close (ends[0]);
  g_assert_false (bg_descriptors_receive (ends[1], &answer, sizeof answer, got, 1, &n));
  g_assert_cmpint (errno, ==, EPIPE);
  close (ends[1]);
}

/* --- A socket that is there already --- */

static int
make_here (gpointer data, int domain, int type, int protocol)
{
  (*(guint *) data)++;
  return socket (domain, type, protocol);
}

static void
test_move (void)
{
  int fd = socket (AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), domain;
  socklen_t len = sizeof domain;
  guint made = 0;

  g_assert_true (bg_inner_socket_move (fd)); /* stays what it is */
  bg_inner_socket_set_maker (make_here, &made);
  g_assert_true (bg_inner_socket_move (fd));
  g_assert_cmpuint (made, ==, 1);
  g_assert_cmpint (getsockopt (fd, SOL_SOCKET, SO_DOMAIN, &domain, &len), ==, 0);
  g_assert_cmpint (domain, ==, AF_INET6);
  g_assert_cmpint (fcntl (fd, F_GETFL) & O_NONBLOCK, !=, 0);
  g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  bg_inner_socket_set_maker (NULL, NULL);
  close (fd);
}

#define ADD(path, test) g_test_add ("/namespace/" path, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  program = argv[1];
  g_assert_cmpint (fcntl (STDOUT_FILENO, F_DUPFD, 100), >=, 100); /* not close-on-exec */
  ADD ("device", test_device);
  ADD ("link", test_link);
  ADD ("refused", test_refused);
  ADD ("inherited", test_inherited);
  ADD ("lost", test_lost);
  ADD ("freed", test_freed);
  g_test_add_func ("/namespace/other-program", test_other_program);
  g_test_add_func ("/namespace/packets", test_packets);
  g_test_add_func ("/namespace/move", test_move);
  return g_test_run ();
}
