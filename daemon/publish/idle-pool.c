/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/idle-pool.h"

#include "publish/side.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

enum
{
  REFILL_MS = 30, /* who has just come is not to wait for the handshakes of those who have not */
  BACKOFF_MIN_MS = 1000,
  BACKOFF_MAX_MS = 60 * 1000,
};

typedef struct
{
  BgIdlePool *pool;
  BgSide side;
  BgDeadline age;
} Idle;

struct _BgIdlePool
{
  BgReactor *reactor;
  BgIngress *ingress;
  GQueue idle;            /* Idle, the oldest first */
  BgConnector *connector; /* one at a time */
  gint64 asked_at;        /* for one, the last time; 0: never */
  guint n_dead;           /* in a row */
  guint backoff_ms;       /* after a dial that failed */
  BgDeadline pause;       /* while it is armed none is made */
};

static void fill (BgIdlePool *pool);

static void
drop (Idle *idle)
{
  BgReactor *reactor = idle->pool->reactor;

  g_queue_remove (&idle->pool->idle, idle);
  bg_side_close (&idle->side, reactor, FALSE);
  bg_reactor_disarm (reactor, &idle->age);
  bg_reactor_bury (reactor, idle, g_free);
}

static void
drop_all (BgIdlePool *pool)
{
  while (pool->idle.head)
    drop (pool->idle.head->data);
}

static void
pause_for (BgIdlePool *pool, guint ms)
{
  bg_reactor_arm (pool->reactor, &pool->pause, bg_reactor_now (pool->reactor) + (gint64) ms * 1000);
}

void
bg_idle_pool_was_good (BgIdlePool *pool)
{
  pool->n_dead = 0;
}

void
bg_idle_pool_was_dead (BgIdlePool *pool)
{
  if (++pool->n_dead < BG_POOL_PATIENCE)
    return;
  pool->n_dead = 0;
  g_clear_pointer (&pool->connector, bg_connector_cancel);
  drop_all (pool);
  pause_for (pool, BG_POOL_PAUSE_MS);
}

/* Tickets come behind the handshake and say nothing; anything else, and the end, is one too early. */
static gboolean
is_alive (BgSide *side)
{
  guint8 byte;
  int n;

  ERR_clear_error ();
  n = SSL_peek (side->ssl, &byte, 1);
  return n <= 0 && SSL_get_error (side->ssl, n) == SSL_ERROR_WANT_READ;
}

static void
on_idle_ready (gpointer data, guint32 events)
{
  Idle *idle = data;
  BgIdlePool *pool = idle->pool;

  if (is_alive (&idle->side))
    return;
  drop (idle);
  bg_idle_pool_was_dead (pool);
  fill (pool);
}

static void
on_age_due (gpointer data)
{
  Idle *idle = data;
  BgIdlePool *pool = idle->pool;

  drop (idle);
  fill (pool);
}

static void
add (BgIdlePool *pool, int fd, SSL *ssl)
{
  Idle *idle = g_new0 (Idle, 1);

  idle->pool = pool;
  idle->age = (BgDeadline){ .due = on_age_due, .data = idle };
  g_queue_push_tail (&pool->idle, idle);
  if (!bg_side_open (&idle->side, pool->reactor, fd, ssl, on_idle_ready, idle))
    drop (idle);
  else
    bg_reactor_arm (pool->reactor, &idle->age,
                    bg_reactor_now (pool->reactor) + (gint64) pool->ingress->pool_age_ms * 1000);
}

static void
back_off (BgIdlePool *pool)
{
  pool->backoff_ms = CLAMP (pool->backoff_ms * 2, BACKOFF_MIN_MS, BACKOFF_MAX_MS);
  pause_for (pool, pool->backoff_ms);
}

static void
on_connected (gpointer data, const BgConnected *connected)
{
  BgIdlePool *pool = data;

  pool->connector = NULL;
  if (connected->fd < 0)
    {
      back_off (pool);
      return;
    }
  pool->backoff_ms = 0;
  bg_ingress_tally_shook_hands (pool->ingress->tally, SSL_session_reused (connected->ssl));
  add (pool, connected->fd, connected->ssl);
  fill (pool);
}

static gboolean
is_warm (const BgIdlePool *pool)
{
  return pool->asked_at != 0
         && bg_reactor_now (pool->reactor) - pool->asked_at < (gint64) BG_POOL_WARM_MS * 1000;
}

static void
fill (BgIdlePool *pool)
{
  if (!pool->connector && !pool->pause.place && is_warm (pool)
      && pool->idle.length < pool->ingress->pool_idle)
    pool->connector = bg_connector_new (pool->reactor, &pool->ingress->target, on_connected, pool);
}

static void
on_pause_due (gpointer data)
{
  fill (data);
}

BgIdlePool *
bg_idle_pool_new (BgReactor *reactor, BgIngress *ingress)
{
  BgIdlePool *pool = g_new0 (BgIdlePool, 1);

  pool->reactor = reactor;
  pool->ingress = bg_ingress_ref (ingress);
  pool->pause = (BgDeadline){ .due = on_pause_due, .data = pool };
  g_queue_init (&pool->idle);
  return pool;
}

static void
pool_free (gpointer data)
{
  BgIdlePool *pool = data;

  bg_ingress_unref (pool->ingress);
  g_free (pool);
}

void
bg_idle_pool_free (BgIdlePool *pool)
{
  g_clear_pointer (&pool->connector, bg_connector_cancel);
  drop_all (pool);
  bg_reactor_disarm (pool->reactor, &pool->pause);
  bg_reactor_bury (pool->reactor, pool, pool_free);
}

static gboolean
take_alive (BgIdlePool *pool, int *fd, SSL **ssl)
{
  while (pool->idle.head)
    {
      Idle *idle = pool->idle.head->data;
      gboolean alive = is_alive (&idle->side);

      if (alive)
        *fd = bg_side_steal (&idle->side, pool->reactor, ssl);
      drop (idle);
      if (alive)
        return TRUE;
      bg_idle_pool_was_dead (pool);
    }
  return FALSE;
}

gboolean
bg_idle_pool_take (BgIdlePool *pool, int *fd, SSL **ssl)
{
  gboolean is_taken = take_alive (pool, fd, ssl);

  bg_ingress_tally_wanted (pool->ingress->tally, is_taken);
  pool->asked_at = bg_reactor_now (pool->reactor);
  if (!pool->pause.place)
    pause_for (pool, REFILL_MS);
  return is_taken;
}
