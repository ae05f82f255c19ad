/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the tunnel's interface is: in this process's network, or, without the right for that, in a namespace of its own. */
#include "app/tunnel-private.h"

#include "common/error.h"
#include "common/inner-socket.h"
#include "common/log.h"
#include "common/program-beside.h"

#include <errno.h>

/* A namespace that takes another's place has its interface under another number, by which it is known that addresses, routes and
 * sockets have to be made again. */
#define FIRST_INDEX 100

/* Never one of this machine's in their place. */
static int
make_socket (gpointer data, int domain, int type, int protocol)
{
  BgTunnel *self = data;

  if (self->space)
    return bg_namespace_socket (self->space, domain, type, protocol);
  errno = ENETDOWN;
  return -1;
}

void
bg_tunnel_begin_inner (BgTunnel *self)
{
  if (self->in_namespace)
    bg_inner_socket_set_maker (make_socket, self);
}

void
bg_tunnel_end_inner (BgTunnel *self)
{
  if (self->in_namespace)
    bg_inner_socket_set_maker (NULL, NULL);
}

static void
on_lost (gpointer owner)
{
  bg_tunnel_take_namespace_lost (owner);
}

void
bg_tunnel_end_namespace (BgTunnel *self)
{
  g_clear_pointer (&self->space, bg_namespace_free);
}

static gboolean
make_namespace (BgTunnel *self, BgTunDevice *tun, const char *name, GError **error)
{
  g_autofree char *program = bg_program_beside (BG_NAMESPACE_PROGRAM);

  bg_tunnel_end_namespace (self);
  self->space = bg_namespace_new (program ? program : "", name, FIRST_INDEX + self->generation, tun,
                                  on_lost, self, error);
  if (!self->space)
    return FALSE;
  self->generation = (self->generation + 1) % 1000;
  bg_log (BG_TOPIC_NET, INFO, NULL, "%s is in a namespace of its own, %s", name,
          bg_namespace_get_path (self->space));
  return TRUE;
}

gboolean
bg_tunnel_open_device (BgTunnel *self, BgTunDevice *tun, const char *name, int ifindex,
                       GError **error)
{
  return self->in_namespace ? make_namespace (self, tun, name, error)
                            : bg_tun_device_open (tun, name, ifindex, error);
}

gboolean
bg_tunnel_is_in_namespace (BgTunnel *self)
{
  return self->in_namespace;
}

const char *
bg_tunnel_get_namespace (BgTunnel *self)
{
  return self->space ? bg_namespace_get_path (self->space) : "";
}

void
bg_tunnel_say_no_gateway (BgTunnel *self)
{
  gboolean is_wanted = self->config->routes->len > 0 || self->config->exit;

  bg_health_set (self->health, BG_CONCERN_GATEWAY,
                 is_wanted ? bg_words (GATEWAY_NEEDS_ROOT) : NULL);
}
