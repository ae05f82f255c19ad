/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the data plane asks of the engine: the linker puts our functions before two of its own. */
#include "dataplane/dataplane.h"
#include "dataplane/offload.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum
{
  SEGMENTS = 40,
  SEGMENT = 1000,
  HEADERS = 40
};

static gboolean no_device;
static gint lookups; /* atomic */

WgDevice *__real_wg_device_new (BgPacketPool *pool, WgRandom random, void *random_data);
WgDevice *__wrap_wg_device_new (BgPacketPool *pool, WgRandom random, void *random_data);
WgPeer *__real_wg_allowed_ips_lookup (const WgDevice *dev, int family, const void *addr);
WgPeer *__wrap_wg_allowed_ips_lookup (const WgDevice *dev, int family, const void *addr);

WgDevice *
__wrap_wg_device_new (BgPacketPool *pool, WgRandom random, void *random_data)
{
  return no_device ? NULL : __real_wg_device_new (pool, random, random_data);
}

WgPeer *
__wrap_wg_allowed_ips_lookup (const WgDevice *dev, int family, const void *addr)
{
  g_atomic_int_inc (&lookups);
  return __real_wg_allowed_ips_lookup (dev, family, addr);
}

/* An OpenSSL without the algorithms: told, and nothing of ours is closed by mistake. */
static void
test_no_device (void)
{
  BgDataplaneConfig config = { .tun_fd = -1, .tun_mtu = 1420 };
  WgKey key;
  int error = 0, before = dup (STDIN_FILENO);

  g_assert_true (wg_key_generate_private (&key));
  no_device = TRUE;
  g_assert_null (bg_dataplane_new (&config, &key, &error));
  no_device = FALSE;
  g_assert_cmpint (error, ==, ENOTSUP);
  g_assert_cmpint (fcntl (STDIN_FILENO, F_GETFD) < 0, ==, before < 0);
  if (before >= 0)
    close (before);
}

static void
write_super_packet (int tun, const guint8 destination[4])
{
  struct virtio_net_hdr hdr = {
    .gso_type = VIRTIO_NET_HDR_GSO_TCPV4, .gso_size = SEGMENT, .csum_start = 20, .csum_offset = 16
  };
  gsize len = HEADERS + SEGMENTS * SEGMENT;
  g_autofree guint8 *bytes = g_malloc0 (sizeof hdr + len);
  guint8 *ip = bytes + sizeof hdr;

  memcpy (bytes, &hdr, sizeof hdr);
  ip[0] = 0x45;
  ip[2] = (guint8) (len >> 8);
  ip[3] = (guint8) len;
  ip[8] = 64;
  ip[9] = IPPROTO_TCP;
  memcpy (ip + 16, destination, 4);
  ip[20 + 12] = 5 << 4;
  g_assert_cmpint (send (tun, bytes, sizeof hdr + len, 0), ==, (gssize) (sizeof hdr + len));
}

static guint64
count_no_peer (BgDataplane *plane)
{
  struct pollfd fd = { bg_dataplane_event_fd (plane), POLLIN, 0 };
  BgEvent event;
  guint64 n;

  g_assert_true (bg_dataplane_request_stats (plane, 1));
  g_assert_cmpint (poll (&fd, 1, 10000), ==, 1);
  g_assert_true (bg_dataplane_pop_event (plane, &event));
  g_assert_cmpint (event.type, ==, BG_EVENT_STATS);
  n = event.drops[BG_DROP_NO_PEER];
  bg_dataplane_event_clear (&event);
  return n;
}

/* Forty segments with one destination are one question. */
static void
test_one_lookup (void)
{
  static const guint8 first[4] = { 10, 0, 0, 1 }, second[4] = { 10, 0, 0, 2 };
  BgDataplaneConfig config = { .tun_mtu = 1420, .tun_vnet_hdr = true };
  int pair[2], error = 0;
  BgDataplane *plane;
  WgKey key;

  g_assert_true (wg_key_generate_private (&key));
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), ==,
                   0);
  config.tun_fd = pair[1];
  plane = bg_dataplane_new (&config, &key, &error);
  g_assert_nonnull (plane);
  g_atomic_int_set (&lookups, 0);
  write_super_packet (pair[0], first);
  write_super_packet (pair[0], second);
  while (count_no_peer (plane) < 2 * SEGMENTS)
    g_usleep (1000);
  g_assert_cmpint (g_atomic_int_get (&lookups), ==, 2);
  g_assert_true (bg_dataplane_free (plane));
  close (pair[0]);
}

/* A guest that always has a second step, of which its descriptor says nothing. */
typedef struct
{
  pthread_mutex_t lock; /* ThreadSanitizer sees no lock of GLib's */
  pthread_cond_t changed;
  int fd;
  GThread *inside; /* between enter and leave */
  guint visits;
} Guest;

static void
guest_enter (void *data)
{
  g_atomic_pointer_set (&((Guest *) data)->inside, g_thread_self ());
}

static bool
guest_visit (void *data)
{
  Guest *guest = data;
  eventfd_t n;

  g_assert_true (guest->inside == g_thread_self ());
  eventfd_read (guest->fd, &n);
  pthread_mutex_lock (&guest->lock);
  guest->visits++;
  pthread_cond_broadcast (&guest->changed);
  pthread_mutex_unlock (&guest->lock);
  return guest->visits % 2 == 1;
}

static void
guest_leave (void *data)
{
  g_assert_true (((Guest *) data)->inside == g_thread_self ());
  ((Guest *) data)->inside = NULL;
}

static void
await_visits (Guest *guest, guint n)
{
  pthread_mutex_lock (&guest->lock);
  while (guest->visits < n)
    pthread_cond_wait (&guest->changed, &guest->lock);
  pthread_mutex_unlock (&guest->lock);
}

static void
test_guest (void)
{
  Guest guest = { .lock = PTHREAD_MUTEX_INITIALIZER,
                  .changed = PTHREAD_COND_INITIALIZER,
                  .fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK) };
  const BgDataGuest config_guest = { guest.fd, guest_enter, guest_visit, guest_leave, &guest };
  BgDataplaneConfig config = { .tun_fd = -1, .tun_mtu = 1420, .guest = &config_guest };
  BgDataplane *plane;
  WgKey key;
  int error = 0;

  g_assert_true (wg_key_generate_private (&key));
  plane = bg_dataplane_new (&config, &key, &error);
  g_assert_nonnull (plane);
  for (guint i = 1; i <= 3; i++)
    {
      eventfd_write (guest.fd, 1);
      await_visits (&guest, 2 * i);
    }
  g_assert_true (bg_dataplane_free (plane));
  g_assert_null (guest.inside);
  g_assert_cmpuint (guest.visits, ==, 6);
  close (guest.fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dataplane-engine/no-device", test_no_device);
  g_test_add_func ("/dataplane-engine/one-lookup", test_one_lookup);
  g_test_add_func ("/dataplane-engine/guest", test_guest);
  return g_test_run ();
}
