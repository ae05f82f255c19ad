/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/nat-probe.h"
#include "doctor/stun-names.h"

#include "common/source.h"

#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum
{
  DATAGRAM_MAX = 1500,
  DATAGRAMS_MAX = 64, /* in one turn of the loop */
  LIMIT_MS = 5000,    /* usually half of that */
};

typedef struct _Probe Probe;

typedef struct
{
  Probe *probe;
  int fd;
  GSource *readable;
} Socket;

struct _Probe
{
  GTask *task; /* which owns us */
  int family;
  BgNatFound found;
  Socket sockets[BG_NAT_SOCKETS];
  GSource *clock, *limit, *cancelled;
  BgNatBehaviour *behaviour;
};

static void
probe_free (gpointer data)
{
  Probe *probe = data;

  for (guint i = 0; i < BG_NAT_SOCKETS; i++)
    {
      bg_source_drop (&probe->sockets[i].readable);
      if (probe->sockets[i].fd >= 0)
        close (probe->sockets[i].fd);
    }
  bg_source_drop (&probe->clock);
  bg_source_drop (&probe->limit);
  bg_source_drop (&probe->cancelled);
  bg_nat_behaviour_free (probe->behaviour);
  g_free (probe);
}

/* Once. */
static void
end (Probe *probe)
{
  g_autoptr (GTask) task = probe->task;

  bg_source_drop (&probe->clock);
  bg_source_drop (&probe->limit);
  bg_source_drop (&probe->cancelled);
  for (guint i = 0; i < BG_NAT_SOCKETS; i++)
    bg_source_drop (&probe->sockets[i].readable);
  if (probe->behaviour)
    bg_nat_behaviour_report (probe->behaviour, &probe->found.report);
  g_task_return_pointer (task, g_memdup2 (&probe->found, sizeof probe->found), g_free);
}

static gint64
now_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

static gboolean on_clock (gpointer data);

/* Behind everything that changes the behaviour. */
static void
go_on (Probe *probe)
{
  gint64 next_ms = bg_nat_behaviour_next (probe->behaviour);

  if (bg_nat_behaviour_is_done (probe->behaviour))
    end (probe);
  else
    bg_source_arm (&probe->clock, (guint) CLAMP (next_ms - now_ms (), 0, BG_NAT_BEHAVIOUR_MS),
                   on_clock, probe);
}

static gboolean
on_clock (gpointer data)
{
  Probe *probe = data;

  bg_nat_behaviour_run (probe->behaviour, now_ms ());
  go_on (probe);
  return G_SOURCE_REMOVE;
}

/* What is known by now has to do. */
static gboolean
on_limit (gpointer data)
{
  end (data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
  end (data);
  return G_SOURCE_REMOVE;
}

/* Sockets */

static gboolean
take_one (Probe *probe, BgNatSocket which)
{
  guint8 data[DATAGRAM_MAX];
  struct sockaddr_storage native;
  socklen_t native_len = sizeof native;
  gssize len = recvfrom (probe->sockets[which].fd, data, sizeof data, MSG_DONTWAIT,
                         (struct sockaddr *) &native, &native_len);
  BgStunPlace from;

  if (len < 0)
    return errno != EAGAIN && errno != EINTR; /* what ICMP said of one that was sent */
  if (bg_stun_place_from_native (&native, &from))
    bg_nat_behaviour_take (probe->behaviour, which, &from, data, (gsize) len, now_ms ());
  return TRUE;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  Socket *socket = data;
  Probe *probe = socket->probe;

  for (guint i = 0; i < DATAGRAMS_MAX && take_one (probe, (BgNatSocket) (socket - probe->sockets));
       i++)
    continue;
  go_on (probe);
  return G_SOURCE_CONTINUE;
}

/* One that is lost is sent again. */
static void
on_send (gpointer owner, BgNatSocket from, const BgStunPlace *to, const guint8 *data, gsize len)
{
  Probe *probe = owner;
  struct sockaddr_storage native;
  socklen_t native_len = bg_stun_place_to_native (to, &native);

  (void) sendto (probe->sockets[from].fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL,
                 (struct sockaddr *) &native, native_len);
}

/* Our address on the way to `server`. */
static gboolean
find_local (const BgStunPlace *server, BgStunPlace *local)
{
  struct sockaddr_storage native;
  socklen_t len = bg_stun_place_to_native (server, &native);
  int fd = socket (server->host.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean found = fd >= 0 && connect (fd, (struct sockaddr *) &native, len) == 0;

  len = sizeof native;
  found = found && getsockname (fd, (struct sockaddr *) &native, &len) == 0
          && bg_stun_place_from_native (&native, local);
  if (fd >= 0)
    close (fd);
  return found;
}

/* Bound to that address, so that what we are told can be held against it. */
static gboolean
open_socket (Socket *opened, const BgStunPlace *address, BgStunPlace *local)
{
  const BgStunPlace any_port = { .host = address->host };
  struct sockaddr_storage native;
  socklen_t len = bg_stun_place_to_native (&any_port, &native);

  opened->fd = socket (address->host.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (opened->fd < 0 || bind (opened->fd, (struct sockaddr *) &native, len) != 0)
    return FALSE;
  len = sizeof native;
  return getsockname (opened->fd, (struct sockaddr *) &native, &len) == 0
         && bg_stun_place_from_native (&native, local);
}

static gboolean
open_sockets (Probe *probe, const BgStunPlace *server, BgStunPlace *local)
{
  BgStunPlace address, other;

  return find_local (server, &address)
         && open_socket (&probe->sockets[BG_NAT_FILTERING_SOCKET], &address, &other)
         && open_socket (&probe->sockets[BG_NAT_MAPPING_SOCKET], &address, local);
}

static void
listen_on (Probe *probe, Socket *opened)
{
  opened->readable = bg_source_attach (g_unix_fd_source_new (opened->fd, G_IO_IN),
                                       G_SOURCE_FUNC (on_readable), opened);
}

/* Life */

static void
begin (Probe *probe, const GArray *servers, GCancellable *cancellable)
{
  const BgStunPlace *places = (const BgStunPlace *) (const void *) servers->data;
  BgStunPlace local;

  probe->found.has_server = servers->len > 0;
  probe->found.has_way = servers->len > 0 && open_sockets (probe, places, &local);
  if (!probe->found.has_way)
    {
      end (probe);
      return;
    }
  probe->behaviour = bg_nat_behaviour_new (places, servers->len, &local, on_send, probe, now_ms ());
  for (guint i = 0; i < BG_NAT_SOCKETS; i++)
    listen_on (probe, &probe->sockets[i]);
  bg_source_arm (&probe->limit, LIMIT_MS, on_limit, probe);
  if (cancellable)
    probe->cancelled = bg_source_attach (g_cancellable_source_new (cancellable),
                                         G_SOURCE_FUNC (on_cancelled), probe);
  go_on (probe);
}

static void
on_names_found (GObject *source, GAsyncResult *result, gpointer data)
{
  Probe *probe = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) servers = bg_stun_names_find_finish (result, &error);

  if (servers)
    begin (probe, servers, g_task_get_cancellable (probe->task));
  else
    end (probe);
}

void
bg_nat_probe_async (const char *const *urls, int family, GCancellable *cancellable,
                    GAsyncReadyCallback callback, gpointer data)
{
  Probe *probe = g_new0 (Probe, 1);

  probe->task = g_task_new (NULL, cancellable, callback, data);
  probe->family = family;
  for (guint i = 0; i < BG_NAT_SOCKETS; i++)
    probe->sockets[i] = (Socket){ .probe = probe, .fd = -1 };
  g_task_set_task_data (probe->task, probe, probe_free);
  bg_stun_names_find_async (urls, family, cancellable, on_names_found, probe);
}

gboolean
bg_nat_probe_finish (GAsyncResult *result, BgNatFound *found, GError **error)
{
  g_autofree BgNatFound *got = g_task_propagate_pointer (G_TASK (result), error);

  if (got)
    *found = *got;
  return got != NULL;
}
