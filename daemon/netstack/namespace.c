/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netstack/namespace.h"

#include "common/error.h"
#include "common/log.h"
#include "common/source.h"
#include "netstack/descriptors.h"
#include "netstack/namespace-wire.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PROGRAM BG_NAMESPACE_PROGRAM

struct _BgNamespace
{
  GSubprocess *child;
  int channel;
  char *path;
  GSource *ended;
  BgNamespaceLost lost;
  gpointer owner;
};

/* --- What goes over the channel --- */

/* A packet that came late would be taken for the answer to another question. */
static void
give_up (BgNamespace *self)
{
  g_subprocess_force_exit (self->child);
  shutdown (self->channel, SHUT_RDWR);
}

static int
take_answer (BgNamespace *self)
{
  BgNamespaceAnswer answer;
  int fd = -1;
  guint n;

  if (!bg_descriptors_receive (self->channel, &answer, sizeof answer, &fd, 1, &n))
    {
      int code = errno == EAGAIN ? ETIMEDOUT : errno;

      give_up (self);
      errno = code;
      return -1;
    }
  errno = n == 1 ? 0 : answer.error != 0 ? answer.error : EPROTO;
  return n == 1 ? fd : -1;
}

int
bg_namespace_socket (BgNamespace *self, int domain, int type, int protocol)
{
  BgNamespaceQuestion question = { domain, type, protocol };

  return bg_descriptors_send (self->channel, &question, sizeof question, NULL, 0)
           ? take_answer (self)
           : -1;
}

/* --- The beginning --- */

static void
say_failed (const BgNamespaceHello *hello, GError **error)
{
  switch (hello->stage)
    {
    case BG_NAMESPACE_USER:
      bg_error_set (error, BG_ERROR_NOT_AUTHORIZED, NO_USER_NAMESPACE, bg_arg_errno (hello->error));
      break;
    case BG_NAMESPACE_TUN:
      bg_error_set (error, BG_ERROR_FAILED, NO_TUN_IN_NAMESPACE, bg_arg_errno (hello->error));
      break;
    default:
      bg_error_set (error, BG_ERROR_FAILED, TEXT, bg_arg_errno (hello->error));
    }
}

static gboolean
take_hello (BgNamespace *self, BgTunDevice *tun, GError **error)
{
  BgNamespaceHello hello;
  int fd;
  guint n;

  if (!bg_descriptors_receive (self->channel, &hello, sizeof hello, &fd, 1, &n))
    {
      bg_error_set (error, BG_ERROR_FAILED, ABOUT, PROGRAM, bg_arg_errno (errno));
      return FALSE;
    }
  if (n == 0)
    {
      say_failed (&hello, error);
      return FALSE;
    }
  *tun = (BgTunDevice){ .fd = fd,
                        .ifindex = hello.ifindex,
                        .vnet_hdr = hello.vnet_hdr != 0,
                        .udp_super = hello.udp_super != 0 };
  g_strlcpy (tun->name, hello.name, sizeof tun->name);
  self->path = g_strdup_printf ("/proc/%s/ns/net", g_subprocess_get_identifier (self->child));
  return TRUE;
}

static gboolean
spawn (BgNamespace *self, const char *program, const char *name, int ifindex, int theirs,
       GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
    G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autofree char *own = g_strdup_printf ("%d", (int) getpid ()),
                  *index = g_strdup_printf ("%d", ifindex);

  g_subprocess_launcher_take_fd (launcher, theirs, BG_NAMESPACE_FD);
  self->child = g_subprocess_launcher_spawn (launcher, error, program, own, name, index, NULL);
  return self->child != NULL;
}

static gboolean
open_channel (BgNamespace *self, int *theirs, GError **error)
{
  const struct timeval patience = { .tv_sec = BG_NAMESPACE_PATIENCE_S };
  int ends[2];

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
    {
      bg_error_set (error, BG_ERROR_FAILED, TEXT, bg_arg_errno (errno));
      return FALSE;
    }
  self->channel = ends[0];
  *theirs = ends[1];
  setsockopt (self->channel, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt (self->channel, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return TRUE;
}

/* Nothing comes on the channel that nobody asked for. */
static gboolean
on_ended (int fd, GIOCondition condition, gpointer data)
{
  BgNamespace *self = data;

  bg_source_drop (&self->ended);
  bg_log (BG_TOPIC_NET, INFO, NULL, "%s has ended", PROGRAM);
  self->lost (self->owner);
  return G_SOURCE_REMOVE;
}

BgNamespace *
bg_namespace_new (const char *program, const char *name, int ifindex, BgTunDevice *tun,
                  BgNamespaceLost lost, gpointer owner, GError **error)
{
  g_autoptr (BgNamespace) self = g_new0 (BgNamespace, 1);
  int theirs;

  *tun = (BgTunDevice){ .fd = -1 };
  self->channel = -1;
  self->lost = lost;
  self->owner = owner;
  if (!open_channel (self, &theirs, error) || !spawn (self, program, name, ifindex, theirs, error)
      || !take_hello (self, tun, error))
    return NULL;
  self->ended = bg_source_attach (g_unix_fd_source_new (self->channel, G_IO_HUP),
                                  G_SOURCE_FUNC (on_ended), self);
  return g_steal_pointer (&self);
}

/* --- The end --- */

void
bg_namespace_free (BgNamespace *self)
{
  if (!self)
    return;
  bg_source_drop (&self->ended);
  if (self->child)
    g_subprocess_force_exit (self->child);
  g_clear_object (&self->child);
  if (self->channel >= 0)
    close (self->channel);
  g_free (self->path);
  g_free (self);
}

const char *
bg_namespace_get_path (const BgNamespace *self)
{
  return self->path;
}
