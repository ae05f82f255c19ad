/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/event-queue.h"
#include "dataplane/mailbox.h"
#include "fake-link.h"

#include <poll.h>
#include <stdlib.h>

static bool
is_readable (int fd)
{
  struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

  return poll (&poll_fd, 1, 0) == 1;
}

/* --- Mail --- */

static void
drop_all (void *data, BgTransport *from, BgPacket **pkts, int n)
{
  bg_packet_free_batch (pkts, n);
}

static void
ignore (void *data, BgTransport *from)
{
}

static FakeLink *
make_link (void)
{
  const FakeEnd end = { .sink = { drop_all, ignore, NULL } };

  return fake_link_new (BG_TRANSPORT_ICE, &end, &end);
}

static void
test_order (void)
{
  BgMailbox *mailbox = bg_mailbox_new ();
  BgMail out;

  g_assert_false (is_readable (bg_mailbox_fd (mailbox)));
  for (guint64 i = 0; i < 5; i++)
    {
      BgMail mail = { .type = BG_MAIL_STATS, .cookie = i };

      g_assert_true (bg_mailbox_post_take (mailbox, &mail));
    }
  g_assert_true (is_readable (bg_mailbox_fd (mailbox)));
  for (guint64 i = 0; i < 5; i++)
    {
      g_assert_true (bg_mailbox_pop (mailbox, &out));
      g_assert_cmpuint (out.cookie, ==, i);
      bg_mail_clear (&out);
    }
  g_assert_false (is_readable (bg_mailbox_fd (mailbox)));
  g_assert_false (bg_mailbox_pop (mailbox, &out));
  bg_mailbox_free (mailbox);
}

/* Full for control, never for a transport's last word; what is refused or never read is given back once. */
static void
test_bound_and_ownership (void)
{
  BgMailbox *mailbox = bg_mailbox_new ();
  FakeLink *link = make_link ();
  BgTransport *transport = fake_link_dup_end (link, 0);
  guint posted = 0;

  for (guint i = 0; i < BG_MAILBOX_MAX + 10; i++)
    {
      BgMail mail = { .type = BG_MAIL_SET_PEER,
                      .peer.allowed_ips = calloc (2, sizeof (BgAllowedIp)) };

      posted += bg_mailbox_post_take (mailbox, &mail);
    }
  g_assert_cmpuint (posted, ==, BG_MAILBOX_MAX);
  g_assert_false (bg_mailbox_post_take (
    mailbox, &(BgMail){ .type = BG_MAIL_ATTACH, .transport = bg_transport_ref (transport) }));
  g_assert_cmpint (transport->refs, ==, 2);
  g_assert_true (bg_mailbox_post_take (
    mailbox, &(BgMail){ .type = BG_MAIL_CLOSED, .transport = bg_transport_ref (transport) }));
  g_assert_cmpint (transport->refs, ==, 3);
  bg_mailbox_free (mailbox);
  g_assert_cmpint (transport->refs, ==, 2);
  g_assert_false (fake_link_is_closed (link, 0));
  bg_transport_unref (transport);
  fake_link_free (link);
}

static void
test_unread_attach_is_closed (void)
{
  BgMailbox *mailbox = bg_mailbox_new ();
  FakeLink *link = make_link ();
  BgMail mail = { .type = BG_MAIL_ATTACH, .transport = fake_link_dup_end (link, 0) };

  g_assert_true (bg_mailbox_post_take (mailbox, &mail));
  bg_mailbox_free (mailbox);
  g_assert_true (fake_link_is_closed (link, 0));
  fake_link_free (link);
}

/* --- Events --- */

static void
test_event_order (void)
{
  BgEventQueue *queue = bg_event_queue_new ();
  BgEvent out;

  g_assert_false (is_readable (bg_event_queue_fd (queue)));
  for (int i = 0; i < 3; i++)
    bg_event_queue_push_take (queue, &(BgEvent){ .type = BG_EVENT_PING, .cookie = (guint64) i });
  g_assert_true (is_readable (bg_event_queue_fd (queue)));
  for (guint64 i = 0; i < 3; i++)
    {
      g_assert_true (bg_event_queue_pop (queue, &out));
      g_assert_cmpuint (out.cookie, ==, i);
    }
  g_assert_false (bg_event_queue_pop (queue, &out));
  g_assert_false (is_readable (bg_event_queue_fd (queue)));
  bg_event_queue_free (queue);
}

/* It comes with the next one that wakes, in its place. */
static void
test_event_that_waits (void)
{
  BgEventQueue *queue = bg_event_queue_new ();
  BgEvent out;

  bg_event_queue_push_patient (queue, &(BgEvent){ .type = BG_EVENT_SESSION });
  g_assert_false (is_readable (bg_event_queue_fd (queue)));
  bg_event_queue_push_take (queue, &(BgEvent){ .type = BG_EVENT_PATH });
  bg_event_queue_push_patient (queue, &(BgEvent){ .type = BG_EVENT_SESSION });
  g_assert_true (is_readable (bg_event_queue_fd (queue)));
  g_assert_true (bg_event_queue_pop (queue, &out));
  g_assert_cmpint (out.type, ==, BG_EVENT_SESSION);
  g_assert_true (bg_event_queue_pop (queue, &out));
  g_assert_cmpint (out.type, ==, BG_EVENT_PATH);
  g_assert_true (bg_event_queue_pop (queue, &out));
  g_assert_false (is_readable (bg_event_queue_fd (queue)));
  bg_event_queue_push_patient (queue, &(BgEvent){ .type = BG_EVENT_SESSION });
  g_assert_true (bg_event_queue_pop (queue, &out));
  g_assert_false (bg_event_queue_pop (queue, &out));
  bg_event_queue_free (queue);
}

/* Nobody pops for long: the news of each peer stays the newest, answers go, memory stays. */
static void
test_event_bound (void)
{
  BgEventQueue *queue = bg_event_queue_new ();
  BgEvent out;
  guint n = 0, mtu = 0;

  for (guint i = 0; i < 10000; i++)
    {
      BgEvent path = { .type = BG_EVENT_PATH, .key.bytes = { 1 + i % 5 }, .mtu = i };
      BgEvent stats = { .type = BG_EVENT_STATS,
                        .stats = calloc (1, sizeof (BgPeerStats)),
                        .n_stats = 1 };

      stats.stats->allowed_ips = calloc (1, sizeof (BgAllowedIp));
      bg_event_queue_push_take (queue, &path);
      bg_event_queue_push_take (queue, &stats);
    }
  for (; bg_event_queue_pop (queue, &out); n++)
    {
      if (out.type == BG_EVENT_PATH)
        mtu = MAX (mtu, out.mtu);
      bg_dataplane_event_clear (&out);
    }
  g_assert_cmpuint (n, <=, BG_EVENTS_MAX + 5);
  g_assert_cmpuint (mtu, ==, 9999);
  bg_event_queue_push_take (
    queue,
    &(BgEvent){ .type = BG_EVENT_STATS, .stats = calloc (1, sizeof (BgPeerStats)), .n_stats = 1 });
  bg_event_queue_free (queue);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mailbox/order", test_order);
  g_test_add_func ("/mailbox/bound-and-ownership", test_bound_and_ownership);
  g_test_add_func ("/mailbox/unread-attach-is-closed", test_unread_attach_is_closed);
  g_test_add_func ("/event-queue/order", test_event_order);
  g_test_add_func ("/event-queue/event-that-waits", test_event_that_waits);
  g_test_add_func ("/event-queue/bound", test_event_bound);
  return g_test_run ();
}
