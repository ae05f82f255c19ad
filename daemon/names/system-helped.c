/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* resolvconf and the hosts file, which are root's: bamgate-system-dns writes them (dns-request.h), and takes back what it wrote when
 * the line to it ends. */
#include "names/dns-line.h"
#include "names/dns-request.h"
#include "names/system-back-end.h"

typedef struct
{
  const BgDnsEvents *events;
  gpointer owner;
  BgDnsLine *line;
} Helped;

static void
on_answered (gpointer owner, const GError *error)
{
  Helped *self = owner;

  self->events->settled (self->owner, error);
}

static void
on_lost (gpointer owner)
{
  Helped *self = owner;

  self->events->lost (self->owner);
}

static const BgDnsLineEvents line_events = { on_answered, on_lost };

static gpointer
helped_make (const BgDnsPlace *place, const BgDnsEvents *events, gpointer owner)
{
  Helped *self = g_new0 (Helped, 1);

  self->events = events;
  self->owner = owner;
  self->line = bg_dns_line_new (place->helper, &line_events, self);
  return self;
}

static void
resolvconf_ask (gpointer data, BgNamesPlan *plan, guint ifindex)
{
  bg_dns_line_ask (((Helped *) data)->line, bg_dns_request_resolvconf (plan));
}

static void
hosts_ask (gpointer data, BgNamesPlan *plan, guint ifindex)
{
  bg_dns_line_ask (((Helped *) data)->line, bg_dns_request_hosts (plan));
}

static void
helped_free (gpointer data)
{
  Helped *self = data;

  bg_dns_line_free (self->line);
  g_free (self);
}

const BgDnsBackEnd bg_dns_resolvconf = {
  .make = helped_make,
  .ask = resolvconf_ask,
  .free = helped_free,
};

const BgDnsBackEnd bg_dns_hosts = {
  .make = helped_make,
  .ask = hosts_ask,
  .free = helped_free,
};
