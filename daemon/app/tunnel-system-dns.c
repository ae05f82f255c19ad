/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this machine's own resolver is told of our names. Whoever sets the interface up in our place does that too. */
#include "app/tunnel-private.h"

#include "names/system-dns.h"

static void
on_system_dns_changed (gpointer owner)
{
  BgTunnel *self = owner;

  bg_health_set (self->health, BG_CONCERN_SYSTEM_DNS, bg_system_dns_dup_concern (self->system_dns));
  bg_tunnel_look_at_names (self);
  self->events->names_changed (self->owner);
}

/* Where nothing was ever wanted there is no need for a line to the bus. */
static BgSystemDns *
make (BgTunnel *self)
{
  return bg_system_dns_new (&(BgSystemDnsOptions){ .helper = self->dns_socket },
                            on_system_dns_changed, self);
}

void
bg_tunnel_tell_system_dns (BgTunnel *self, BgNamesPlan *plan)
{
  BgDnsWish wish = BG_DNS_AUTO;

  if (!self->tells_resolver)
    return;
  if (!self->system_dns)
    self->system_dns = make (self);
  (void) bg_dns_wish_parse (self->config->names_manage, &wish); /* checked when it was loaded */
  bg_system_dns_set_wish (self->system_dns, wish);
  bg_system_dns_set_plan (self->system_dns, self->link_managed ? NULL : plan,
                          (guint) self->tun.ifindex);
}

void
bg_tunnel_drop_system_dns (BgTunnel *self)
{
  g_clear_pointer (&self->system_dns, bg_system_dns_free);
  bg_health_set (self->health, BG_CONCERN_SYSTEM_DNS, NULL);
}

void
bg_tunnel_repeat_system_dns (BgTunnel *self)
{
  if (self->system_dns)
    bg_system_dns_tell_again (self->system_dns);
}

const char *
bg_tunnel_get_dns_manager (BgTunnel *self)
{
  return self->system_dns ? bg_system_dns_get_manager (self->system_dns) : "";
}
