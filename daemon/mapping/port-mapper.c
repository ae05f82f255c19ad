/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mapping/port-mapper.h"
#include "mapping/mapping-router.h"

#include "common/source.h"

#include <string.h>
#include <sys/socket.h>

struct _BgPortMapper
{
  BgMappingRouter *router; /* NULL: none */
  GPtrArray *leaving;      /* BgMappingRouter that are given back what they gave */
  GPtrArray *mappings;     /* BgPortMapping, borrowed */
  void (*done) (gpointer data);
  gpointer done_data;
  GSource *done_soon;
  void (*changed) (gpointer data);
  gpointer changed_data;
  GSource *changed_soon;
};

struct _BgPortMapping
{
  BgPortMapper *mapper; /* NULL: it is gone */
  BgIpPrefix host;
  guint16 port;
  BgPortMapped mapped;
  gpointer data;
};

/* What there is to tell */

static gboolean
on_changed (gpointer data)
{
  BgPortMapper *self = data;

  bg_source_drop (&self->changed_soon);
  self->changed (self->changed_data);
  return G_SOURCE_REMOVE;
}

static void
note_change (gpointer data)
{
  BgPortMapper *self = data;

  if (!self->changed_soon)
    self->changed_soon = bg_source_attach (g_idle_source_new (), on_changed, self);
}

/* Who wants what from whom */

static gboolean
is_at_router (const BgPortMapping *mapping, const BgMappingRouter *router)
{
  return router
         && bg_ip_prefix_equal (&mapping->host, &bg_mapping_router_get_place (router)->client);
}

static void
tell (BgPortMapping *mapping, const BgOutside *outside)
{
  g_autoptr (GInetAddress) address =
    outside ? g_inet_address_new_from_bytes (outside->address, G_SOCKET_FAMILY_IPV4) : NULL;

  mapping->mapped (mapping->data, address, outside ? outside->port : 0);
}

static void
on_moved (gpointer owner, guint16 port, const BgOutside *outside)
{
  BgPortMapper *self = owner;

  note_change (self);
  for (guint i = 0; i < self->mappings->len; i++)
    {
      BgPortMapping *mapping = self->mappings->pdata[i];

      if (mapping->port == port && is_at_router (mapping, self->router))
        tell (mapping, outside);
    }
}

static const BgMappingEvents events = { on_moved, note_change };

static void
add_to_router (BgPortMapper *self, const BgPortMapping *mapping)
{
  if (is_at_router (mapping, self->router))
    bg_mapping_router_add (self->router, mapping->port);
}

/* Routers come and go */

static gboolean
on_done (gpointer data)
{
  BgPortMapper *self = data;
  void (*done) (gpointer data) = g_steal_pointer (&self->done);

  bg_source_drop (&self->done_soon);
  done (self->done_data);
  return G_SOURCE_REMOVE;
}

static void
look_whether_done (BgPortMapper *self)
{
  if (self->done && self->leaving->len == 0 && !self->done_soon)
    self->done_soon = bg_source_attach (g_idle_source_new (), on_done, self);
}

static void
on_router_left (gpointer owner, BgMappingRouter *router)
{
  BgPortMapper *self = owner;

  g_ptr_array_remove_fast (self->leaving, router);
  look_whether_done (self);
}

static void
leave_router (BgPortMapper *self)
{
  BgMappingRouter *router = g_steal_pointer (&self->router);

  if (!router)
    return;
  note_change (self);
  for (guint i = 0; i < self->mappings->len; i++)
    {
      BgPortMapping *mapping = self->mappings->pdata[i];
      BgOutside outside;

      if (is_at_router (mapping, router)
          && bg_mapping_router_find_outside (router, mapping->port, &outside))
        tell (mapping, NULL);
    }
  g_ptr_array_add (self->leaving, router);
  bg_mapping_router_leave (router, on_router_left, self);
}

static void
go_to_router (BgPortMapper *self, const BgMappingPlace *place)
{
  self->router = bg_mapping_router_new (place, &events, self);
  for (guint i = 0; i < self->mappings->len; i++)
    add_to_router (self, self->mappings->pdata[i]);
}

void
bg_port_mapper_set_networks (BgPortMapper *self, BgLocalNetworks *networks)
{
  BgMappingPlace place;
  gboolean has_router = networks && bg_mapping_router_find (networks, &place);

  if (has_router && self->router
      && bg_mapping_place_equal (&place, bg_mapping_router_get_place (self->router)))
    return;
  leave_router (self);
  if (has_router)
    go_to_router (self, &place);
}

void
bg_port_mapper_wake (BgPortMapper *self)
{
  if (self->router)
    bg_mapping_router_wake (self->router);
}

void
bg_port_mapper_give_back (BgPortMapper *self, void (*done) (gpointer data), gpointer data)
{
  self->done = done;
  self->done_data = data;
  leave_router (self);
  look_whether_done (self);
}

/* Questions */

static const char *
name_of (BgRouterLanguage language)
{
  switch (language)
    {
    case BG_ROUTER_PCP:
      return "pcp";
    case BG_ROUTER_NATPMP:
      return "nat-pmp";
    case BG_ROUTER_UPNP:
      return "upnp";
    case BG_ROUTER_SILENT:
      return "none";
    case BG_ROUTER_UNKNOWN:
    default:
      return NULL;
    }
}

static void
count_port (const BgPortMapper *self, const BgPortMapping *mapping, BgPortMapperStatus *status)
{
  BgOutside outside;

  if (!is_at_router (mapping, self->router)
      || !bg_mapping_router_find_outside (self->router, mapping->port, &outside))
    return;
  status->ports++;
  status->outside = (BgIpPrefix){ .family = AF_INET, .len = 32 };
  memcpy (status->outside.addr, outside.address, sizeof outside.address);
}

gboolean
bg_port_mapper_get_status (const BgPortMapper *self, BgPortMapperStatus *status)
{
  *status = (BgPortMapperStatus){ 0 };
  if (!self->router)
    return FALSE;
  status->router = bg_mapping_router_get_place (self->router)->gateway;
  status->language = name_of (bg_mapping_router_get_language (self->router));
  for (guint i = 0; i < self->mappings->len; i++)
    count_port (self, self->mappings->pdata[i], status);
  return status->language != NULL;
}

/* Mappings */

BgPortMapping *
bg_port_mapping_new (BgPortMapper *self, GInetAddress *host, guint16 port, BgPortMapped mapped,
                     gpointer data)
{
  BgPortMapping *mapping = g_new0 (BgPortMapping, 1);

  mapping->mapper = self;
  mapping->port = port;
  mapping->mapped = mapped;
  mapping->data = data;
  mapping->host = (BgIpPrefix){ .family = AF_INET, .len = 32 };
  if (g_inet_address_get_family (host) == G_SOCKET_FAMILY_IPV4)
    memcpy (mapping->host.addr, g_inet_address_to_bytes (host), 4);
  g_ptr_array_add (self->mappings, mapping);
  add_to_router (self, mapping);
  return mapping;
}

void
bg_port_mapping_free (BgPortMapping *self)
{
  if (!self)
    return;
  if (self->mapper)
    {
      g_ptr_array_remove_fast (self->mapper->mappings, self);
      if (is_at_router (self, self->mapper->router))
        bg_mapping_router_drop (self->mapper->router, self->port);
    }
  g_free (self);
}

/* Life */

BgPortMapper *
bg_port_mapper_new (void (*changed) (gpointer data), gpointer data)
{
  BgPortMapper *self = g_new0 (BgPortMapper, 1);

  self->changed = changed;
  self->changed_data = data;
  self->leaving = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_mapping_router_free);
  self->mappings = g_ptr_array_new ();
  return self;
}

void
bg_port_mapper_free (BgPortMapper *self)
{
  if (!self)
    return;
  for (guint i = 0; i < self->mappings->len; i++)
    ((BgPortMapping *) self->mappings->pdata[i])->mapper = NULL;
  bg_source_drop (&self->done_soon);
  bg_source_drop (&self->changed_soon);
  bg_mapping_router_free (self->router);
  g_ptr_array_unref (self->leaving);
  g_ptr_array_unref (self->mappings);
  g_free (self);
}
