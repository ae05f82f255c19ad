/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/service-doors.h"

#include "app/config-service.h"
#include "common/log.h"
#include "common/socket-option.h"
#include "names/port-owner.h"
#include "publish/forwarding.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum
{
  BACKLOG = 128,
};

typedef struct
{
  char *service;
  BgIpPrefix address;
  guint16 port;
  gboolean is_udp;
  guint ifindex;
  guint64 door; /* 0: it is not open */
  gboolean is_tls;
  char *way;        /* what its way was made of, to know another again */
  BgWords *failure; /* why it is not open */
  gboolean is_wanted;
} Place;

struct _BgServiceDoors
{
  BgForwarding *forwarding;
  GPtrArray *places; /* Place */
};

static void
place_free (gpointer data)
{
  Place *place = data;

  g_free (place->service);
  g_free (place->way);
  bg_words_unref (place->failure);
  g_free (place);
}

BgForwarding *
bg_service_doors_start_engine (GError **error)
{
  static const BgForwardingEvents none = { 0 };

  return bg_forwarding_new (&none, NULL, error);
}

void
bg_service_doors_stop_engine (BgForwarding *forwarding)
{
  if (forwarding)
    bg_forwarding_free (forwarding);
}

BgServiceDoors *
bg_service_doors_new (BgForwarding *forwarding)
{
  BgServiceDoors *self = g_new0 (BgServiceDoors, 1);

  self->forwarding = forwarding;
  self->places = g_ptr_array_new_with_free_func (place_free);
  return self;
}

static void
shut (BgServiceDoors *self, Place *place)
{
  if (place->door)
    bg_forwarding_close (self->forwarding, place->door, 0);
  place->door = 0;
}

void
bg_service_doors_free (BgServiceDoors *self)
{
  if (!self)
    return;
  for (guint i = 0; i < self->places->len; i++)
    shut (self, self->places->pdata[i]);
  g_ptr_array_unref (self->places);
  g_free (self);
}

/* --- Where it leads --- */

static guint
list_targets (const BgService *service, gboolean is_udp, BgSocketAddress addresses[2])
{
  const char *text = is_udp ? service->udp : service->tcp;
  g_auto (GStrv) targets = NULL;
  guint16 port;
  guint n = 0;

  if (!is_udp && service->unix_path)
    return bg_socket_address_set_unix (&addresses[0], service->unix_path) ? 1 : 0;
  targets = bg_service_target_addresses (text, &port);
  for (char **target = targets; target && *target && n < 2; target++)
    if (bg_socket_address_set_ip (&addresses[n], *target, port))
      n++;
  return n;
}

static BgForwardWay *
make_way (const BgService *service, gboolean is_udp, const BgServiceDoorsWish *wish)
{
  BgSocketAddress addresses[2];
  const BgForwardWayOptions options = {
    .addresses = addresses,
    .n_addresses = list_targets (service, is_udp, addresses),
    .tls = service->tls && !is_udp ? wish->tls : NULL,
    .is_http = service->http_headers,
    .rewrite = { .when = BG_REWRITE_NEVER },
    .tells_proxy = service->proxy_protocol && !is_udp,
    .tells_headers = service->http_headers && !is_udp,
    .callers = wish->callers,
    .n_callers = wish->n_callers,
  };

  return bg_forward_way_new (&options, NULL); /* fails for an ingress alone */
}

static gboolean
tells_caller (const BgService *service, gboolean is_udp)
{
  return !is_udp && (service->proxy_protocol || service->http_headers);
}

/* Two ways of which this is the same are the same. */
static char *
describe_way (const BgService *service, gboolean is_udp, const BgServiceDoorsWish *wish)
{
  GString *text = g_string_new (NULL);
  char address[BG_IP_PREFIX_TEXT];

  g_string_printf (text, "%s|%s|%d|%d|%u",
                   is_udp         ? service->udp
                   : service->tcp ? service->tcp
                                  : "",
                   !is_udp && service->unix_path ? service->unix_path : "", service->proxy_protocol,
                   service->http_headers, service->tls && !is_udp ? wish->tls_number : 0);
  for (guint i = 0; tells_caller (service, is_udp) && i < wish->n_callers; i++)
    {
      bg_ip_prefix_format (&wish->callers[i].prefix, address);
      g_string_append_printf (text, "|%s %s", address, wish->callers[i].name);
    }
  return g_string_free (text, FALSE);
}

/* --- Sockets --- */

static gboolean
bind_to (int fd, const Place *place)
{
  char text[BG_IP_PREFIX_TEXT];
  BgSocketAddress address;

  bg_ip_prefix_format_address (&place->address, text);
  return bg_socket_address_set_ip (&address, text, place->port)
         && bind (fd, &address.any, address.len) == 0;
}

/* What does not come by the tunnel is not for this socket, whichever address it goes to. -1 with errno. */
static int
listen_at (const Place *place, const char *interface)
{
  int type = place->is_udp ? SOCK_DGRAM : SOCK_STREAM;
  int fd = socket (place->address.family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error;

  if (fd < 0)
    return -1;
  if (setsockopt (fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t) strlen (interface)) == 0
      && (place->is_udp || bg_socket_set_flag (fd, SOL_SOCKET, SO_REUSEADDR))
      && bg_socket_set_free (fd, place->address.family) && bind_to (fd, place)
      && (place->is_udp || listen (fd, BACKLOG) == 0))
    return fd;
  error = errno;
  close (fd);
  errno = error;
  return -1;
}

static BgWords *
describe_failure (const Place *place, int error)
{
  g_autofree char *who = error == EADDRINUSE
                           ? bg_port_owner_describe (&place->address, place->port, !place->is_udp)
                           : NULL;
  char text[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (&place->address, text);
  return who ? bg_words (SERVICE_PORT_USED, place->service, text, who, place->port)
             : bg_words (SERVICE_NOT_OPEN, place->service, place->port, text, bg_arg_errno (error));
}

static void
fail (Place *place, int error)
{
  BgWords *words = describe_failure (place, error);

  if (!bg_words_equal (words, place->failure))
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", words->text);
  bg_words_take (&place->failure, words);
}

static void
open_door (BgServiceDoors *self, Place *place, const char *interface, BgForwardWay *way)
{
  const BgDoorRules everybody = { 0 };
  int fd = listen_at (place, interface);

  if (fd < 0)
    {
      fail (place, errno);
      return;
    }
  g_clear_pointer (&place->failure, bg_words_unref);
  place->door = bg_forwarding_open (self->forwarding, fd, &everybody, way);
}

/* --- Wanted against standing --- */

static gboolean
is_at (const Place *place, const Place *wanted)
{
  return place->port == wanted->port && place->is_udp == wanted->is_udp
         && place->ifindex == wanted->ifindex && g_str_equal (place->service, wanted->service)
         && bg_ip_prefix_equal (&place->address, &wanted->address);
}

static Place *
need_place (BgServiceDoors *self, const Place *wanted)
{
  Place *place;

  for (guint i = 0; i < self->places->len; i++)
    if (is_at (self->places->pdata[i], wanted))
      return self->places->pdata[i];
  place = g_memdup2 (wanted, sizeof *wanted);
  place->service = g_strdup (wanted->service);
  g_ptr_array_add (self->places, place);
  return place;
}

/* Never in clear text: one that was open before it had TLS is shut. One with a certificate that there is no better one for stays. */
static gboolean
lacks_tls (BgServiceDoors *self, Place *place, const BgService *service,
           const BgServiceDoorsWish *wish)
{
  if (!service->tls || place->is_udp || wish->tls)
    return FALSE;
  if (!place->is_tls)
    shut (self, place);
  if (!place->door)
    bg_words_take (&place->failure,
                   wish->tls_lack ? bg_words_ref (wish->tls_lack) : bg_words (SERVICE_TLS_WAITS));
  return TRUE;
}

static void
bring_up_to_date (BgServiceDoors *self, Place *place, const BgService *service,
                  const BgServiceDoorsWish *wish)
{
  g_autofree char *text = describe_way (service, place->is_udp, wish);
  g_autoptr (BgForwardWay) way = NULL;

  if (lacks_tls (self, place, service, wish) || (place->door && g_strcmp0 (text, place->way) == 0))
    return;
  way = make_way (service, place->is_udp, wish);
  if (place->door)
    bg_forwarding_set_way (self->forwarding, place->door, way);
  else
    open_door (self, place, wish->interface, way);
  place->is_tls = service->tls && !place->is_udp;
  g_free (place->way);
  place->way = g_steal_pointer (&text);
}

typedef void (*EachPlace) (BgServiceDoors *self, const Place *wanted, const BgService *service,
                           const BgServiceDoorsWish *wish);

static void
each_of_service (BgServiceDoors *self, const BgServiceDoorsWish *wish, const BgService *service,
                 EachPlace each)
{
  Place wanted = { .service = service->name,
                   .port = bg_service_port (service),
                   .ifindex = wish->ifindex };

  for (guint i = 0; i < wish->n_addresses; i++)
    {
      wanted.address = bg_ip_prefix_host (&wish->addresses[i]);
      wanted.is_udp = FALSE;
      if (bg_service_is_stream (service))
        each (self, &wanted, service, wish);
      wanted.is_udp = TRUE;
      if (service->udp)
        each (self, &wanted, service, wish);
    }
}

static void
each_place (BgServiceDoors *self, const BgServiceDoorsWish *wish, EachPlace each)
{
  for (guint i = 0; i < wish->services->len; i++)
    each_of_service (self, wish, wish->services->pdata[i], each);
}

static void
mark (BgServiceDoors *self, const Place *wanted, const BgService *service,
      const BgServiceDoorsWish *wish)
{
  need_place (self, wanted)->is_wanted = TRUE;
}

static void
look_after (BgServiceDoors *self, const Place *wanted, const BgService *service,
            const BgServiceDoorsWish *wish)
{
  bring_up_to_date (self, need_place (self, wanted), service, wish);
}

/* What goes, goes first: another may want its port. Its socket is closed by the other thread, so that the port may be free only the next
 * time. */
static void
drop_unwanted (BgServiceDoors *self)
{
  for (guint i = self->places->len; i-- > 0;)
    {
      Place *place = self->places->pdata[i];

      if (!place->is_wanted)
        {
          shut (self, place);
          g_ptr_array_remove_index (self->places, i);
        }
    }
}

void
bg_service_doors_set (BgServiceDoors *self, const BgServiceDoorsWish *wish)
{
  for (guint i = 0; i < self->places->len; i++)
    ((Place *) self->places->pdata[i])->is_wanted = FALSE;
  each_place (self, wish, mark);
  drop_unwanted (self);
  each_place (self, wish, look_after);
}

/* --- What is said of them --- */

BgWords *
bg_service_doors_dup_failure (BgServiceDoors *self)
{
  for (guint i = 0; i < self->places->len; i++)
    {
      const Place *place = self->places->pdata[i];

      if (place->failure)
        return bg_words_ref (place->failure);
    }
  return NULL;
}

static void
add_up (BgDoorCounters *sum, const BgDoorCounters *more)
{
  sum->open += more->open;
  sum->total += more->total;
  sum->bytes_up += more->bytes_up;
  sum->bytes_down += more->bytes_down;
  for (guint i = 0; i < BG_FORWARD_ERRORS; i++)
    sum->errors[i] += more->errors[i];
  if (*more->last_error && more->active_at >= sum->active_at)
    memcpy (sum->last_error, more->last_error, sizeof sum->last_error);
  sum->active_at = MAX (sum->active_at, more->active_at);
}

gboolean
bg_service_doors_counters (BgServiceDoors *self, const char *service, BgDoorCounters *out)
{
  gboolean is_open = TRUE;
  guint n = 0;

  memset (out, 0, sizeof *out);
  for (guint i = 0; i < self->places->len; i++)
    {
      const Place *place = self->places->pdata[i];
      BgDoorCounters counters;

      if (!g_str_equal (place->service, service))
        continue;
      n++;
      is_open &= place->door != 0;
      if (place->door && bg_forwarding_counters (self->forwarding, place->door, &counters))
        add_up (out, &counters);
    }
  return n > 0 && is_open;
}
