/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What others see of a peer: the few words of the bus, made from the inner states. */
#include "peer/peer-private.h"

#include "peer/public-suffix.h"

#include <string.h>
#include <sys/socket.h>

static const char *const public_names[] = {
  [BG_PEER_PUBLIC_DISCONNECTED] = "disconnected", [BG_PEER_PUBLIC_CONNECTING] = "connecting",
  [BG_PEER_PUBLIC_CONNECTED] = "connected",       [BG_PEER_PUBLIC_IDLE] = "idle",
  [BG_PEER_PUBLIC_REFUSED] = "refused",
};

int
bg_peer_takes_files (BgPeer *self)
{
  return self->is_static ? 0 : self->speaks.files;
}

const char *
bg_peer_public_state_name (BgPeerPublicState state)
{
  return public_names[state];
}

static BgPeerPublicState
static_state (BgPeer *self)
{
  if (self->has_session)
    return BG_PEER_PUBLIC_CONNECTED;
  return self->link.is_up && self->fixed.has_endpoint ? BG_PEER_PUBLIC_CONNECTING
                                                      : BG_PEER_PUBLIC_DISCONNECTED;
}

BgPeerPublicState
bg_peer_public_state (BgPeer *self)
{
  if (self->is_static)
    return static_state (self);
  switch (self->fsm.state)
    {
    case BG_PEER_REFUSED:
      return BG_PEER_PUBLIC_REFUSED;
    case BG_PEER_RESTING:
      return BG_PEER_PUBLIC_IDLE;
    case BG_PEER_ABSENT:
    case BG_PEER_WAITING:
    case BG_PEER_BACKOFF:
    case BG_PEER_CLOSED:
    case BG_PEER_STATES:
      return BG_PEER_PUBLIC_DISCONNECTED;
    case BG_PEER_OPEN:
    case BG_PEER_CHECKING:
    case BG_PEER_LINGERING:
    case BG_PEER_RESTARTING:
      return self->has_session && self->link.kind != BG_TRANSPORT_NONE ? BG_PEER_PUBLIC_CONNECTED
                                                                       : BG_PEER_PUBLIC_CONNECTING;
    case BG_PEER_OFFERING:
    case BG_PEER_ANSWERING:
    case BG_PEER_CONNECTING:
    case BG_PEER_RELINKING:
      break;
    }
  return BG_PEER_PUBLIC_CONNECTING;
}

static GPtrArray *
one_of (BgWords *words)
{
  return bg_words_list_take (bg_words_ref (words));
}

static GPtrArray *
complaints (BgPeer *self)
{
  return self->complaints ? g_ptr_array_ref (self->complaints) : NULL;
}

/* (transfer container), NULL for none */
static GPtrArray *
reasons (BgPeer *self)
{
  if (self->refusal)
    return one_of (self->refusal);
  if (self->is_static)
    return self->failure ? one_of (self->failure) : complaints (self);
  if (self->routes.shadow)
    return one_of (self->routes.shadow);
  if (self->descriptions.distrust && bg_peer_public_state (self) != BG_PEER_PUBLIC_CONNECTED)
    return one_of (self->descriptions.distrust);
  switch (self->fsm.state)
    {
    case BG_PEER_ABSENT:
      return bg_words_list_take (bg_words (NOT_ONLINE));
    case BG_PEER_WAITING:
      return self->failure ? one_of (self->failure)
                           : bg_words_list_take (bg_words (WAITING_FOR_OFFER));
    case BG_PEER_BACKOFF:
      return one_of (self->failure);
    case BG_PEER_LINGERING:
      return bg_words_list_take (bg_words (LINGERING));
    default:
      return complaints (self);
    }
}

static char **
texts_of_prefixes (const GArray *prefixes)
{
  char **texts = g_new0 (char *, prefixes->len + 1);

  for (guint i = 0; i < prefixes->len; i++)
    {
      texts[i] = g_malloc (BG_IP_PREFIX_TEXT);
      bg_ip_prefix_format (&g_array_index (prefixes, BgIpPrefix, i), texts[i]);
    }
  return texts;
}

static void
add_address (GPtrArray *texts, const BgIpPrefix *host)
{
  char *text = g_malloc (BG_IP_PREFIX_TEXT);

  bg_ip_prefix_format_address (host, text);
  g_ptr_array_add (texts, text);
}

static char **
texts_of_addresses (BgPeer *self)
{
  GPtrArray *texts = g_ptr_array_new ();

  if (self->facts && self->facts->has_address)
    add_address (texts, &self->facts->address);
  if (self->facts && self->context && bg_peer_has_own_address6 (self))
    add_address (texts, &self->facts->address6);
  for (guint i = 0; i < self->fixed.n_allowed_ips; i++)
    {
      const BgAllowedIp *ip = &self->fixed.allowed_ips[i];
      BgIpPrefix prefix = bg_allowed_ip_prefix (ip);

      if (ip->prefix == (ip->family == AF_INET ? 32 : 128))
        add_address (texts, &prefix);
    }
  g_ptr_array_add (texts, NULL);
  return (char **) g_ptr_array_free (texts, FALSE);
}

void
bg_peer_info_clear (BgPeer *self)
{
  g_clear_pointer (&self->shown.addresses, g_strfreev);
  g_clear_pointer (&self->shown.routes, g_strfreev);
  g_clear_pointer (&self->shown.accepted, g_strfreev);
  g_clear_pointer (&self->shown.dns, g_strfreev);
  g_clear_pointer (&self->shown.search, g_strfreev);
  g_clear_pointer (&self->shown.services, g_strfreev);
  g_clear_pointer (&self->shown.accepted_dns, g_strfreev);
  g_clear_pointer (&self->shown.accepted_search, g_strfreev);
  g_clear_pointer (&self->shown.reasons, g_ptr_array_unref);
  g_clear_pointer (&self->shown.reason, g_free);
}

/* Of one that is away only what it proved is known. */
static void
fill_offer (BgPeer *self)
{
  g_autoptr (BgPeerOffer) nothing = bg_peer_offer_new ();
  const BgPeerOffer *offer = self->offer ? self->offer : nothing;
  const BgPeerFacts *facts = self->facts;

  self->shown.routes = facts ? g_strdupv (facts->route_texts) : bg_peer_read_route_texts (offer);
  self->shown.dns = facts ? g_strdupv (facts->dns) : bg_peer_read_dns (offer);
  self->shown.search = facts ? g_strdupv (facts->dns_search) : bg_peer_read_dns_search (offer);
  self->shown.services = facts ? g_strdupv (facts->services) : bg_peer_read_services (offer);
}

/* What a person named is taken, and of what comes with “all” only what can be somebody's own. */
static char **
take_domains (BgPeer *self, const BgPeerAccept *accept)
{
  g_auto (GStrv)
    all = bg_peer_accept_take_texts (self->shown.search, accept->all_search, accept->search);
  g_autoptr (GStrvBuilder) taken = g_strv_builder_new ();

  for (char **domain = all; *domain; domain++)
    if (!accept->all_search || !bg_public_suffix_is (*domain))
      g_strv_builder_add (taken, *domain);
  return g_strv_builder_end (taken);
}

/* (transfer full): with what is said of the first domain that was not. */
static GPtrArray *
add_refused_domain (BgPeer *self, const BgPeerAccept *accept, GPtrArray *reasons)
{
  for (char **domain = self->shown.search; accept && accept->all_search && *domain; domain++)
    if (bg_public_suffix_is (*domain))
      {
        GPtrArray *more = bg_words_list_take (
          bg_words (DOMAIN_IS_PUBLIC, *domain, self->id, *domain));

        for (guint i = 0; reasons && i < reasons->len; i++)
          g_ptr_array_add (more, bg_words_ref (reasons->pdata[i]));
        g_clear_pointer (&reasons, g_ptr_array_unref);
        return more;
      }
  return reasons;
}

static void
fill_lists (BgPeer *self)
{
  const BgPeerAccept *accept = bg_peer_get_accept (self);

  bg_peer_info_clear (self);
  self->shown.reasons = reasons (self);
  self->shown.addresses = texts_of_addresses (self);
  fill_offer (self);
  self->shown.accepted = texts_of_prefixes (self->routes.accepted);
  self->shown.accepted_dns = accept ? bg_peer_accept_take_texts (self->shown.dns, accept->all_dns,
                                                                 accept->dns)
                                    : g_new0 (char *, 1);
  self->shown.accepted_search = accept ? take_domains (self, accept) : g_new0 (char *, 1);
  if (bg_peer_public_state (self) == BG_PEER_PUBLIC_CONNECTED)
    self->shown.reasons = add_refused_domain (self, accept, self->shown.reasons);
  self->shown.reason = bg_words_list_get_text (self->shown.reasons);
}

const BgPeerInfo *
bg_peer_get_info (BgPeer *self)
{
  if (self->shown.is_fresh)
    return &self->shown.info;
  fill_lists (self);
  self->shown.info = (BgPeerInfo){
    .id = self->id,
    .key = self->is_static ? self->fixed.key : self->key,
    .has_key = self->is_static || self->has_key,
    .addresses = (const char *const *) self->shown.addresses,
    .state = bg_peer_public_state (self),
    .state_reason = self->shown.reason,
    .reasons = self->shown.reasons,
    .path = self->link.kind,
    .relayed = self->figures.relayed && self->link.kind != BG_TRANSPORT_NONE,
    .local_candidate = self->figures.local_candidate ? self->figures.local_candidate : "",
    .remote_candidate = self->figures.remote_candidate ? self->figures.remote_candidate : "",
    .routes = (const char *const *) self->shown.routes,
    .accepted_routes = (const char *const *) self->shown.accepted,
    .dns = (const char *const *) self->shown.dns,
    .dns_search = (const char *const *) self->shown.search,
    .accepted_dns = (const char *const *) self->shown.accepted_dns,
    .accepted_search = (const char *const *) self->shown.accepted_search,
    .services = (const char *const *) self->shown.services,
    .latency_us = self->figures.latency_us,
    .last_handshake_us = self->figures.last_handshake_us,
    .connected_since_us = self->figures.connected_since_us,
    .rx_bytes = self->figures.rx_bytes,
    .tx_bytes = self->figures.tx_bytes,
    .implementation = self->implementation ? self->implementation : "",
    .is_static = self->is_static,
    .exit_families = bg_peer_exit_families (self),
    .mtu = self->link.mtu,
    .membership = bg_standing_name (bg_peer_get_standing (self)),
  };
  self->shown.is_fresh = TRUE;
  return &self->shown.info;
}
