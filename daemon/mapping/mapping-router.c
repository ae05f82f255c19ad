/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mapping/mapping-router.h"
#include "mapping/mapping-message.h"
#include "mapping/upnp-child.h"

#include "common/log.h"
#include "common/source.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum
{
  LEAVE_MS = 1000,
  ANSWERS_MAX = 64, /* in one turn of the loop */
};

struct _BgMappingRouter
{
  BgMappingPlace place;
  const BgMappingEvents *events;
  gpointer owner;
  BgPortLeases *leases;
  BgRouterLanguage language; /* as it was logged */
  int fd;
  GSource *readable, *clock;
  BgUpnpChild *upnp; /* NULL: it is not needed */
  GSource *upnp_rests;

  void (*left) (gpointer owner, BgMappingRouter *self); /* NULL: it stays */
  gpointer left_owner;
  GSource *leaving;
};

/* Which */

static socklen_t
native_of (const BgIpPrefix *host, guint16 port, struct sockaddr_in *native)
{
  *native = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons (port) };
  memcpy (&native->sin_addr, host->addr, sizeof native->sin_addr);
  return sizeof *native;
}

int
bg_mapping_place_open_socket (const BgMappingPlace *place)
{
  struct sockaddr_in gateway;
  socklen_t len = native_of (&place->gateway, BG_MAPPING_SERVER_PORT, &gateway);
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  guint32 link = htonl ((guint32) place->oif);

  if (fd < 0)
    return -1;
  setsockopt (fd, IPPROTO_IP, IP_UNICAST_IF, &link, sizeof link);
  if (connect (fd, (struct sockaddr *) &gateway, len) == 0)
    return fd;
  close (fd);
  return -1;
}

static gboolean
read_client (BgMappingPlace *place)
{
  struct sockaddr_in client = { 0 };
  socklen_t len = sizeof client;
  int fd = bg_mapping_place_open_socket (place);
  gboolean known = fd >= 0 && getsockname (fd, (struct sockaddr *) &client, &len) == 0;

  if (fd >= 0)
    close (fd);
  place->client = (BgIpPrefix){ .family = AF_INET, .len = 32 };
  memcpy (place->client.addr, &client.sin_addr, sizeof client.sin_addr);
  return known && bg_ip_prefix_is_unicast_host (&place->client);
}

gboolean
bg_mapping_router_find (const BgLocalNetworks *networks, BgMappingPlace *place)
{
  BgIpPrefix somebody;
  BgWay way;

  if (!bg_ip_prefix_parse ("192.0.2.1", &somebody) /* RFC 5737 */
      || !bg_local_networks_find_way (networks, &somebody, &way) || way.gateway.family != AF_INET
      || bg_local_networks_leads_inside (networks, &way.gateway))
    return FALSE;
  *place = (BgMappingPlace){ .oif = way.oif, .gateway = way.gateway };
  return read_client (place) && bg_ip_prefix_is_nobodys (&place->client);
}

gboolean
bg_mapping_place_equal (const BgMappingPlace *a, const BgMappingPlace *b)
{
  return a->oif == b->oif && bg_ip_prefix_equal (&a->gateway, &b->gateway)
         && bg_ip_prefix_equal (&a->client, &b->client);
}

/* What the leases call for */

/* The router's time goes on while this machine sleeps. */
static gint64
now_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  return (gint64) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One that is lost is asked again. */
static void
send_to_router (gpointer owner, const guint8 *data, gsize len)
{
  BgMappingRouter *self = owner;

  if (send (self->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    bg_log (BG_TOPIC_NET, DEBUG, NULL, "port mapping: %s", g_strerror (errno));
}

static void set_clock (BgMappingRouter *self);

static void
on_upnp_answered (gpointer owner, guint16 port, const BgOutside *outside, guint32 lifetime_s)
{
  BgMappingRouter *self = owner;

  bg_port_leases_take_upnp (self->leases, port, outside, lifetime_s, now_ms ());
  set_clock (self);
}

static void
ask_upnp (gpointer owner, guint16 port, guint32 lifetime_s)
{
  BgMappingRouter *self = owner;
  char gateway[BG_IP_PREFIX_TEXT], client[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (&self->place.gateway, gateway);
  bg_ip_prefix_format_address (&self->place.client, client);
  if (!self->upnp)
    self->upnp = bg_upnp_child_new (gateway, client, on_upnp_answered, self);
  bg_upnp_child_ask (self->upnp, port, lifetime_s);
}

static void
on_moved (gpointer owner, guint16 port, const BgOutside *outside)
{
  BgMappingRouter *self = owner;
  char text[INET_ADDRSTRLEN] = "nowhere";

  if (outside)
    inet_ntop (AF_INET, outside->address, text, sizeof text);
  bg_log (BG_TOPIC_NET, DEBUG, NULL, "port mapping: %u is %s:%u", port, text,
          outside ? outside->port : 0);
  if (!self->left)
    self->events->moved (self->owner, port, outside);
}

static const BgPortLeasesCalls calls = { send_to_router, ask_upnp, on_moved };

/* Clock and socket */

static void
log_language (BgMappingRouter *self)
{
  static const char *const names[] = {
    [BG_ROUTER_UNKNOWN] = "asked",      [BG_ROUTER_PCP] = "PCP",
    [BG_ROUTER_NATPMP] = "NAT-PMP",     [BG_ROUTER_UPNP] = "UPnP",
    [BG_ROUTER_SILENT] = "not offered",
  };
  BgRouterLanguage language = bg_port_leases_get_language (self->leases);
  char gateway[BG_IP_PREFIX_TEXT];

  if (language == self->language)
    return;
  self->language = language;
  bg_ip_prefix_format_address (&self->place.gateway, gateway);
  bg_log (BG_TOPIC_NET, INFO, NULL, "port mapping by the router %s: %s", gateway, names[language]);
  if (!self->left)
    self->events->spoke (self->owner);
}

static void
end_leaving (BgMappingRouter *self)
{
  bg_source_drop (&self->leaving);
  self->left (self->left_owner, self);
}

static gboolean
on_left (gpointer data)
{
  end_leaving (data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_upnp_rests (gpointer data)
{
  BgMappingRouter *self = data;

  bg_source_drop (&self->upnp_rests);
  if (self->language == BG_ROUTER_SILENT && bg_upnp_child_is_idle (self->upnp))
    g_clear_pointer (&self->upnp, bg_upnp_child_free);
  return G_SOURCE_REMOVE;
}

/* Where no language is spoken, UPnP's program is of no use for a while. */
static void
rest_upnp (BgMappingRouter *self)
{
  if (self->upnp && self->language == BG_ROUTER_SILENT && !self->upnp_rests)
    self->upnp_rests = bg_source_attach (g_idle_source_new (), on_upnp_rests, self);
}

static gboolean on_clock (gpointer data);

/* Behind everything that changes the leases. */
static void
set_clock (BgMappingRouter *self)
{
  gint64 next_ms = bg_port_leases_next (self->leases), now = now_ms ();

  log_language (self);
  rest_upnp (self);
  bg_source_drop (&self->clock);
  if (next_ms != G_MAXINT64)
    self->clock = bg_source_attach (
      g_timeout_source_new ((guint) CLAMP (next_ms - now, 0, G_MAXINT)), on_clock, self);
  if (self->left && !bg_port_leases_owe (self->leases))
    {
      bg_source_drop (&self->leaving);
      self->leaving = bg_source_attach (g_idle_source_new (), on_left, self);
    }
}

static gboolean
on_clock (gpointer data)
{
  BgMappingRouter *self = data;

  bg_port_leases_run (self->leases, now_ms ());
  set_clock (self);
  return G_SOURCE_REMOVE;
}

/* FALSE where there is nothing more. */
static gboolean
take_one (BgMappingRouter *self)
{
  guint8 data[BG_MAPPING_MESSAGE_MAX];
  gssize len = recv (self->fd, data, sizeof data, MSG_DONTWAIT);

  if (len >= 0)
    bg_port_leases_take (self->leases, data, (gsize) len, now_ms ());
  else if (errno == ECONNREFUSED)
    bg_port_leases_take_unreachable (self->leases, now_ms ());
  return len >= 0 || errno == ECONNREFUSED;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  BgMappingRouter *self = data;

  for (guint i = 0; i < ANSWERS_MAX && take_one (self); i++)
    continue;
  set_clock (self);
  return G_SOURCE_CONTINUE;
}

/* Life */

static GSource *
watch (int fd, BgMappingRouter *self)
{
  GSource *source = g_unix_fd_source_new (fd, G_IO_IN);

  g_source_set_callback (source, G_SOURCE_FUNC (on_readable), self, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

BgMappingRouter *
bg_mapping_router_new (const BgMappingPlace *place, const BgMappingEvents *events, gpointer owner)
{
  BgMappingRouter *self = g_new0 (BgMappingRouter, 1);

  self->place = *place;
  self->events = events;
  self->owner = owner;
  self->leases = bg_port_leases_new (place->client.addr, &calls, self);
  self->fd = bg_mapping_place_open_socket (place);
  if (self->fd >= 0)
    self->readable = watch (self->fd, self);
  return self;
}

void
bg_mapping_router_free (BgMappingRouter *self)
{
  if (!self)
    return;
  bg_source_drop (&self->readable);
  bg_source_drop (&self->clock);
  bg_source_drop (&self->leaving);
  bg_source_drop (&self->upnp_rests);
  bg_upnp_child_free (self->upnp);
  bg_port_leases_free (self->leases);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}

const BgMappingPlace *
bg_mapping_router_get_place (const BgMappingRouter *self)
{
  return &self->place;
}

BgRouterLanguage
bg_mapping_router_get_language (const BgMappingRouter *self)
{
  return bg_port_leases_get_language (self->leases);
}

gboolean
bg_mapping_router_add (BgMappingRouter *self, guint16 port)
{
  gboolean added = bg_port_leases_add (self->leases, port, now_ms ());

  set_clock (self);
  return added;
}

void
bg_mapping_router_drop (BgMappingRouter *self, guint16 port)
{
  bg_port_leases_drop (self->leases, port, now_ms ());
  set_clock (self);
}

gboolean
bg_mapping_router_find_outside (const BgMappingRouter *self, guint16 port, BgOutside *outside)
{
  return bg_port_leases_find (self->leases, port, outside);
}

void
bg_mapping_router_wake (BgMappingRouter *self)
{
  set_clock (self);
}

void
bg_mapping_router_leave (BgMappingRouter *self,
                         void (*left) (gpointer owner, BgMappingRouter *self), gpointer owner)
{
  self->left = left;
  self->left_owner = owner;
  bg_port_leases_drop_all (self->leases, now_ms ());
  self->leaving = bg_source_attach (g_timeout_source_new (LEAVE_MS), on_left, self);
  set_clock (self);
}
