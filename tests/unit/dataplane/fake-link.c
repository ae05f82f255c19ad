/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-link.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

enum
{
  DATA_MIN = 128
};

typedef struct
{
  BgTransport base;
  FakeLink *link;
  FakeEnd config;
  int index;
  gboolean closed, dead; /* closed by its owner; dead by itself */
  gboolean hold;
  GPtrArray *held; /* GBytes */
  int room;
  guint64 sent[5];
} End;

/* A pthread mutex, because the thread sanitizer does not see GLib's. */
struct FakeLink
{
  int refs;
  pthread_mutex_t lock; /* what is below */
  End *ends[2];
  gboolean blackhole, doubled;
  guint lose_every, n;
};

typedef pthread_mutex_t *Locker;

static Locker
lock_link (FakeLink *link)
{
  pthread_mutex_lock (&link->lock);
  return &link->lock;
}

static void
unlock (Locker locker)
{
  pthread_mutex_unlock (locker);
}

G_DEFINE_AUTO_CLEANUP_FREE_FUNC (Locker, unlock, NULL)

static FakeLink *
link_ref (FakeLink *link)
{
  g_atomic_int_inc (&link->refs);
  return link;
}

static void
link_unref (FakeLink *link)
{
  if (!g_atomic_int_dec_and_test (&link->refs))
    return;
  pthread_mutex_destroy (&link->lock);
  g_free (link);
}

static void
deliver (End *to, const void *bytes, gsize len)
{
  BgPacket *pkt = to->closed || to->dead ? NULL : bg_packet_new (to->config.pool);

  if (!pkt)
    return;
  memcpy (pkt->data, bytes, len);
  pkt->len = (uint32_t) len;
  to->base.sink.receive (to->base.sink.data, &to->base, &pkt, 1);
}

static void
carry (End *from, const BgPacket *pkt)
{
  FakeLink *link = from->link;
  End *to = link->ends[!from->index];

  from->sent[pkt->data[0] < 5 ? pkt->data[0] : 0]++;
  if (link->blackhole || !to || (link->lose_every && ++link->n % link->lose_every == 0))
    return;
  if (from->hold)
    g_ptr_array_add (from->held, g_bytes_new (pkt->data, pkt->len));
  else
    for (int i = 0; i < 1 + link->doubled; i++)
      deliver (to, pkt->data, pkt->len);
}

static int
end_send (BgTransport *base, BgPacket **pkts, int n)
{
  End *self = (End *) base;
  g_auto (Locker) locker = lock_link (self->link);

  if (self->dead)
    return -ENOTCONN;
  g_assert_false (self->closed);
  if (self->room >= 0)
    {
      n = MIN (n, self->room);
      self->room -= n;
    }
  for (int i = 0; i < n; i++)
    {
      g_assert_cmpuint (pkts[i]->len, <=, base->max_message);
      carry (self, pkts[i]);
    }
  return n;
}

static void
end_close (BgTransport *base)
{
  End *self = (End *) base;
  g_auto (Locker) locker = lock_link (self->link);

  g_assert_false (self->closed);
  self->closed = TRUE;
}

static void
end_free (BgTransport *base)
{
  End *self = (End *) base;

  pthread_mutex_lock (&self->link->lock);
  self->link->ends[self->index] = NULL;
  pthread_mutex_unlock (&self->link->lock);
  g_ptr_array_unref (self->held);
  link_unref (self->link);
  g_free (self);
}

static const BgTransportOps end_ops = { .send = end_send, .close = end_close, .free = end_free };

static End *
end_new (FakeLink *link, int index, BgTransportKind kind, const FakeEnd *config)
{
  End *end = g_new0 (End, 1);

  end->base = (BgTransport){
    .ops = &end_ops,
    .kind = kind,
    .refs = 1,
    .path = config->path,
    .max_message = kind == BG_TRANSPORT_DATA_CHANNEL ? 1184 : 1452,
    .credit_bytes = kind == BG_TRANSPORT_DATA_CHANNEL ? 64 * 1024 : 0,
    .sink = config->sink,
  };
  end->link = link_ref (link);
  end->config = *config;
  end->index = index;
  end->room = -1;
  end->held = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  return end;
}

FakeLink *
fake_link_new (BgTransportKind kind, const FakeEnd *a, const FakeEnd *b)
{
  FakeLink *link = g_new0 (FakeLink, 1);

  link->refs = 1;
  pthread_mutex_init (&link->lock, NULL);
  link->ends[0] = end_new (link, 0, kind, a);
  link->ends[1] = end_new (link, 1, kind, b);
  return link;
}

/* The end, kept alive, or NULL where it is gone. */
static BgTransport *
peek_end (FakeLink *link, int end)
{
  g_auto (Locker) locker = lock_link (link);

  return link->ends[end] ? bg_transport_ref (&link->ends[end]->base) : NULL;
}

void
fake_link_free (FakeLink *link)
{
  for (int i = 0; i < 2; i++)
    bg_transport_unref (&link->ends[i]->base);
  link_unref (link);
}

BgTransport *
fake_link_dup_end (FakeLink *link, int end)
{
  return peek_end (link, end);
}

void
fake_link_set_blackhole (FakeLink *link, gboolean blackhole)
{
  g_auto (Locker) locker = lock_link (link);

  link->blackhole = blackhole;
}

void
fake_link_set_loss (FakeLink *link, guint n)
{
  g_auto (Locker) locker = lock_link (link);

  link->lose_every = n;
}

void
fake_link_set_double (FakeLink *link, gboolean doubled)
{
  g_auto (Locker) locker = lock_link (link);

  link->doubled = doubled;
}

void
fake_link_set_hold (FakeLink *link, int end, gboolean hold)
{
  g_auto (Locker) locker = lock_link (link);
  End *from = link->ends[end];

  from->hold = hold;
  if (hold)
    return;
  for (guint i = 0; i < from->held->len; i++)
    deliver (link->ends[!end], g_bytes_get_data (from->held->pdata[i], NULL),
             g_bytes_get_size (from->held->pdata[i]));
  g_ptr_array_set_size (from->held, 0);
}

guint64
fake_link_held_data (FakeLink *link, int end)
{
  g_auto (Locker) locker = lock_link (link);
  guint64 bytes = 0;

  for (guint i = 0; i < link->ends[end]->held->len; i++)
    {
      gsize len = g_bytes_get_size (link->ends[end]->held->pdata[i]);

      bytes += len > DATA_MIN ? len : 0;
    }
  return bytes;
}

void
fake_link_set_room (FakeLink *link, int end, int messages)
{
  g_auto (Locker) locker = lock_link (link);

  link->ends[end]->room = messages;
}

void
fake_link_kill (FakeLink *link, int end)
{
  BgTransport *transport = peek_end (link, end);

  g_assert (transport != NULL);
  pthread_mutex_lock (&link->lock);
  link->ends[end]->dead = TRUE;
  pthread_mutex_unlock (&link->lock);
  transport->sink.closed (transport->sink.data, transport);
  bg_transport_unref (transport);
}

gboolean
fake_link_is_closed (FakeLink *link, int end)
{
  g_auto (Locker) locker = lock_link (link);

  return link->ends[end]->closed;
}

guint64
fake_link_count_sent (FakeLink *link, int end, guint8 message_type)
{
  g_auto (Locker) locker = lock_link (link);

  return link->ends[end]->sent[message_type];
}

void
fake_link_inject (FakeLink *link, int end, const void *bytes, gsize len)
{
  g_auto (Locker) locker = lock_link (link);

  deliver (link->ends[end], bytes, len);
}
