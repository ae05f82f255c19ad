/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/forwarding-thread.h"

#include "publish/forwarding.h"
#include "publish/udp-door.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

/* What is known of an ingress while a door leads to it. */
typedef struct
{
  BgIngress *ingress;
  BgIdlePool *pool;
  guint n_rejected; /* in a row */
} Account;

struct _BgForwardingThread
{
  pthread_t thread;
  BgReactor *reactor;
  BgPost *orders, *events;
  BgReactorWatch watch; /* of the orders */
  BgDoorHome home;
  GHashTable *doors;     /* id in the door → BgDoor */
  GHashTable *udp_doors; /* the same → BgUdpDoor */
  BgUdpFlows *flows;     /* of all of these */
  GHashTable *accounts;  /* BgIngress → Account */
  gboolean is_quitting;
};

static void
account_free (gpointer data)
{
  Account *account = data;

  bg_idle_pool_free (account->pool);
  bg_ingress_unref (account->ingress);
  g_free (account);
}

static void
tell (BgForwardingThread *self, BgForwardEventType type, guint64 door)
{
  BgForwardEvent *event = g_new0 (BgForwardEvent, 1);

  event->type = type;
  event->door = door;
  bg_post_put (self->events, &event->item);
}

static void
need_account (BgForwardingThread *self, BgIngress *ingress)
{
  Account *account;

  if (!ingress || g_hash_table_contains (self->accounts, ingress))
    return;
  account = g_new0 (Account, 1);
  account->ingress = bg_ingress_ref (ingress);
  account->pool = bg_idle_pool_new (self->reactor, ingress);
  g_hash_table_insert (self->accounts, ingress, account);
}

static gboolean
is_led_to (BgForwardingThread *self, BgIngress *ingress)
{
  GHashTableIter iter;
  gpointer door;

  g_hash_table_iter_init (&iter, self->doors);
  while (g_hash_table_iter_next (&iter, NULL, &door))
    if (bg_door_ingress (door) == ingress)
      return TRUE;
  return FALSE;
}

static void
drop_account (BgForwardingThread *self, BgIngress *ingress)
{
  if (ingress && !is_led_to (self, ingress))
    g_hash_table_remove (self->accounts, ingress);
}

static BgIdlePool *
pool_of (gpointer data, BgIngress *ingress)
{
  BgForwardingThread *self = data;
  Account *account = g_hash_table_lookup (self->accounts, ingress);

  return account ? account->pool : NULL;
}

static void
on_heard (gpointer data, BgDoor *door, BgIngress *ingress, gboolean is_rejected)
{
  BgForwardingThread *self = data;
  Account *account = g_hash_table_lookup (self->accounts, ingress);

  if (!account)
    return;
  account->n_rejected = is_rejected ? account->n_rejected + 1 : 0;
  if (account->n_rejected == BG_FORWARDING_PATIENCE)
    {
      account->n_rejected = 0;
      tell (self, BG_FORWARD_WAS_REJECTED, bg_door_id (door));
    }
}

static BgDoor *
door_of (BgForwardingThread *self, guint64 id)
{
  return g_hash_table_lookup (self->doors, &id);
}

static void
end_door (BgForwardingThread *self, BgDoor *door)
{
  guint64 id = bg_door_id (door);
  BgIngress *ingress = bg_door_ingress (door);

  g_hash_table_remove (self->doors, &id);
  drop_account (self, ingress);
}

static void
on_drained (gpointer data, BgDoor *door)
{
  guint64 id = bg_door_id (door);

  end_door (data, door);
  tell (data, BG_FORWARD_DRAINED, id);
}

static gboolean
takes_datagrams (int fd)
{
  int type = 0;
  socklen_t len = sizeof type;

  return getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_DGRAM;
}

static void
open_udp_door (BgForwardingThread *self, BgForwardOrder *order)
{
  if (!self->flows)
    self->flows = bg_udp_flows_new (bg_udp_flow_dropped);
  g_hash_table_insert (self->udp_doors, g_memdup2 (&order->door.id, sizeof order->door.id),
                       bg_udp_door_open (self->reactor, self->flows, &order->door));
}

static void
open_door (BgForwardingThread *self, BgForwardOrder *order)
{
  if (takes_datagrams (order->door.fd))
    {
      open_udp_door (self, order);
      return;
    }
  need_account (self, order->door.way->ingress);
  g_hash_table_insert (self->doors, g_memdup2 (&order->door.id, sizeof order->door.id),
                       bg_door_open (&self->home, &order->door));
}

static void
set_way (BgForwardingThread *self, BgForwardOrder *order)
{
  BgDoor *door = door_of (self, order->door.id);
  BgUdpDoor *udp = g_hash_table_lookup (self->udp_doors, &order->door.id);
  g_autoptr (BgIngress) before = NULL;

  if (udp)
    {
      bg_udp_door_set_way (udp, order->door.way);
      return;
    }
  if (!door)
    {
      bg_forward_way_unref (order->door.way);
      return;
    }
  if (bg_door_ingress (door))
    before = bg_ingress_ref (bg_door_ingress (door));
  need_account (self, order->door.way->ingress);
  bg_door_set_way (door, order->door.way);
  drop_account (self, before);
}

static void
close_door (BgForwardingThread *self, BgForwardOrder *order)
{
  BgDoor *door = door_of (self, order->door.id);

  if (door)
    bg_door_close (door, order->drain_us);
  else if (g_hash_table_remove (self->udp_doors, &order->door.id))
    tell (self, BG_FORWARD_DRAINED, order->door.id);
}

static void
drop_door (BgForwardingThread *self, guint64 id)
{
  BgDoor *door = door_of (self, id);

  if (door)
    end_door (self, door);
  else
    g_hash_table_remove (self->udp_doors, &id);
}

static void
carry_out (BgForwardingThread *self, BgForwardOrder *order)
{
  switch (order->type)
    {
    case BG_FORWARD_OPEN:
      open_door (self, order);
      break;
    case BG_FORWARD_SET_WAY:
      set_way (self, order);
      break;
    case BG_FORWARD_CLOSE:
      close_door (self, order);
      break;
    case BG_FORWARD_DROP:
      drop_door (self, order->door.id);
      break;
    case BG_FORWARD_SAY:
      sem_post (order->done);
      break;
    case BG_FORWARD_QUIT:
      self->is_quitting = TRUE;
    }
}

static void
on_orders_ready (gpointer data, guint32 events)
{
  BgForwardingThread *self = data;

  for (BgPostItem *item = bg_post_take_all (self->orders), *next; item; item = next)
    {
      next = item->next;
      carry_out (self, (BgForwardOrder *) item);
      g_free (item);
    }
}

static gpointer
run (gpointer data)
{
  BgForwardingThread *self = data;

  while (!self->is_quitting)
    bg_reactor_turn (self->reactor);
  g_hash_table_remove_all (self->doors);
  g_hash_table_remove_all (self->udp_doors);
  g_hash_table_remove_all (self->accounts);
  return NULL;
}

/* Signals are the main thread's; TLS writes to sockets whose other end is gone (SIGPIPE). */
static int
start (BgForwardingThread *self)
{
  sigset_t all, before;
  int error;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  error = pthread_create (&self->thread, NULL, run, self);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  if (error == 0)
    pthread_setname_np (self->thread, "forwarding");
  return error;
}

static void
thread_free (BgForwardingThread *self)
{
  bg_reactor_unwatch (self->reactor, &self->watch);
  g_hash_table_unref (self->doors);
  g_hash_table_unref (self->udp_doors);
  bg_udp_flows_free (self->flows);
  g_hash_table_unref (self->accounts);
  bg_reactor_free (self->reactor);
  g_free (self);
}

BgForwardingThread *
bg_forwarding_thread_new (BgPost *orders, BgPost *events, GError **error)
{
  BgReactor *reactor = bg_reactor_new (error);
  BgForwardingThread *self;
  int failure;

  if (!reactor)
    return NULL;
  self = g_new0 (BgForwardingThread, 1);
  self->reactor = reactor;
  self->orders = orders;
  self->events = events;
  self->watch = (BgReactorWatch){ -1, on_orders_ready, self };
  self->home = (BgDoorHome){ reactor, pool_of, on_heard, on_drained, self };
  self->doors = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
                                       (GDestroyNotify) bg_door_free);
  self->udp_doors = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
                                           (GDestroyNotify) bg_udp_door_free);
  self->accounts = g_hash_table_new_full (NULL, NULL, NULL, account_free);
  bg_reactor_watch (reactor, &self->watch, bg_post_fd (orders), EPOLLIN);
  bg_reactor_prefer (reactor, &self->watch); /* who comes in after an order comes in under it */
  failure = start (self);
  if (failure == 0)
    return self;
  thread_free (self);
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (failure), "thread: %s",
               g_strerror (failure));
  return NULL;
}

void
bg_forwarding_thread_join (BgForwardingThread *self)
{
  pthread_join (self->thread, NULL);
  thread_free (self);
}
