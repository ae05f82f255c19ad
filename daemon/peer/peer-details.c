/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of one peer beyond its properties, gathered when somebody asks. */
#include "peer/peer-private.h"

#include "common/printable.h"

#include <gio/gio.h>
#include <string.h>

void
bg_peer_note_place (BgPeer *self, const BgEndpoint *at)
{
  self->figures.has_sent_to = at->path == 0 && at->addr.sa.sa_family != AF_UNSPEC;
  self->figures.sent_to = *at;
  bg_peer_note_roamed (self, at);
}

void
bg_peer_note_stats (BgPeer *self, const BgPeerStats *stats)
{
  if (stats->has_endpoint)
    bg_peer_note_place (self, &stats->endpoint);
  else
    self->figures.has_sent_to = FALSE;
  memcpy (self->figures.drops, stats->drops, sizeof self->figures.drops);
}

/* Where the packets of a static peer go; NULL where that is not known. */
static char *
text_of_place (BgPeer *self)
{
  g_autoptr (GSocketAddress) address = NULL;

  if (self->figures.has_sent_to)
    address = g_socket_address_new_from_native (&self->figures.sent_to.addr,
                                                sizeof self->figures.sent_to.addr);
  return address ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address)) : NULL;
}

void
bg_peer_note_path (BgPeer *self)
{
  g_autofree char *place = self->is_static ? text_of_place (self) : NULL;

  bg_path_history_note (self->figures.paths, g_get_real_time (), self->link.kind,
                        self->figures.relayed, self->link.mtu, self->figures.local_candidate,
                        place ? place : self->figures.remote_candidate);
}

/* --- Routes that are not taken --- */

static gboolean
is_accepted (BgPeer *self, const BgIpPrefix *route)
{
  for (guint i = 0; i < self->routes.accepted->len; i++)
    if (bg_ip_prefix_equal (&g_array_index (self->routes.accepted, BgIpPrefix, i), route))
      return TRUE;
  return FALSE;
}

/* Why it goes not through this peer, which could carry it. */
static BgWords *
carried_by_another (BgPeer *self, const BgIpPrefix *route)
{
  const BgPeer *carrier = bg_route_choice_carrier (self->context->choice, route);
  g_autofree char *id = carrier ? bg_printable (carrier->id) : NULL;

  return id ? bg_words (ROUTE_THROUGH, id) : bg_words (PEER_NOT_CONNECTED);
}

/* Why what is wanted is not taken; NULL where it is. */
static BgWords *
why_not (BgPeer *self, const GArray *outside, const BgIpPrefix *route)
{
  BgWords *why;

  if (is_accepted (self, route))
    return NULL;
  if (!self->link.is_up)
    return bg_words (PEER_NOT_CONNECTED);
  why = bg_peer_judge_route (self, outside, route);
  return why ? why : carried_by_another (self, route);
}

static BgWords *
why_not_wanted (BgPeer *self)
{
  g_autofree char *id = bg_printable (self->id);

  return bg_peer_get_accept (self) ? bg_words (ROUTE_NOT_NAMED, id) : bg_words (ACCEPT_ROUTES_OFF);
}

typedef struct
{
  GVariantBuilder routes; /* a(ss) */
  GPtrArray *reasons;
} Refused;

/* Takes `why`; NULL: it is not refused. */
static void
add_refused (Refused *refused, const char *text, BgWords *why)
{
  if (!why)
    return;
  g_variant_builder_add (&refused->routes, "(ss)", text, why->text);
  g_ptr_array_add (refused->reasons, why);
}

/* The offered route as a whole, or the parts of it that are wanted. */
static void
look_at_offered (BgPeer *self, const GArray *outside, const char *shown, Refused *refused)
{
  g_autoptr (GArray) wanted = g_array_new (FALSE, FALSE, sizeof (BgIpPrefix));
  BgIpPrefix route;
  BgWords *refusal = bg_peer_route_refusal (shown, &self->context->self, &route);

  if (refusal)
    {
      add_refused (refused, shown, refusal);
      return;
    }
  if (!bg_peer_add_wanted (self, &route, wanted))
    add_refused (refused, shown, why_not_wanted (self));
  for (guint i = 0; i < wanted->len; i++)
    {
      const BgIpPrefix *part = &g_array_index (wanted, BgIpPrefix, i);
      char text[BG_IP_PREFIX_TEXT];

      bg_ip_prefix_format (part, text);
      add_refused (refused, bg_ip_prefix_equal (part, &route) ? shown : text,
                   why_not (self, outside, part));
    }
}

static gboolean
is_offered (const BgPeerFacts *facts, const BgIpPrefix *route)
{
  for (guint i = 0; i < facts->routes->len; i++)
    if (bg_ip_prefix_contains (&g_array_index (facts->routes, BgIpPrefix, i), route))
      return TRUE;
  return FALSE;
}

/* What is wanted, and it does not offer. */
static void
look_at_named (BgPeer *self, Refused *refused)
{
  const BgPeerAccept *accept = bg_peer_get_accept (self);

  for (guint i = 0; accept && i < accept->routes->len; i++)
    {
      const BgIpPrefix *route = &g_array_index (accept->routes, BgIpPrefix, i);
      char text[BG_IP_PREFIX_TEXT];

      bg_ip_prefix_format (route, text);
      if (!is_offered (self->facts, route))
        add_refused (refused, text, bg_words (ROUTE_NOT_OFFERED));
    }
}

static void
insert_refused_routes (BgPeer *self, GVariantDict *dict)
{
  g_autoptr (GArray) outside = self->context ? bg_peer_context_list_outside (self->context) : NULL;
  g_autoptr (GPtrArray) reasons = bg_words_list_new ();
  Refused refused = { .reasons = reasons };

  g_variant_builder_init (&refused.routes, G_VARIANT_TYPE ("a(ss)"));
  if (self->context && self->facts && !self->is_static)
    {
      for (char **text = self->facts->route_texts; *text; text++)
        look_at_offered (self, outside, *text, &refused);
      look_at_named (self, &refused);
    }
  g_variant_dict_insert_value (dict, "refused-routes", g_variant_builder_end (&refused.routes));
  g_variant_dict_insert_value (dict, "refused-reasons", bg_words_list_to_variant (reasons));
}

/* --- The rest --- */

static GVariant *
path_history (BgPeer *self)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < bg_path_history_length (self->figures.paths); i++)
    {
      const BgPathStay *stay = bg_path_history_get (self->figures.paths, i);
      GVariantDict dict;

      g_variant_dict_init (&dict, NULL);
      g_variant_dict_insert (&dict, "since", "x", stay->since_us);
      g_variant_dict_insert (&dict, "path", "s", bg_transport_kind_name (stay->path));
      g_variant_dict_insert (&dict, "relayed", "b", stay->relayed);
      g_variant_dict_insert (&dict, "mtu", "u", stay->mtu);
      g_variant_dict_insert (&dict, "local", "s", stay->local);
      g_variant_dict_insert (&dict, "remote", "s", stay->remote);
      g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
drops (BgPeer *self)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{st}"));

  for (guint why = 0; why < BG_DROP_REASONS; why++)
    if (self->figures.drops[why] > 0)
      g_variant_builder_add (&builder, "{st}", bg_drop_name ((BgDrop) why),
                             self->figures.drops[why]);
  return g_variant_builder_end (&builder);
}

static void
insert_pin (BgPeer *self, GVariantDict *dict)
{
  gint64 first_seen = 0;
  WgKey key;

  if (self->is_static || !self->context
      || !bg_peer_pins_lookup (self->context->pins, self->id, &key, &first_seen))
    return;
  g_variant_dict_insert (dict, "first-seen", "x", first_seen * G_USEC_PER_SEC);
  g_variant_dict_insert (dict, "key-confirmed", "b",
                         bg_peer_pins_is_confirmed (self->context->pins, self->id));
}

GVariant *
bg_peer_get_details (BgPeer *self)
{
  g_autofree char *place = text_of_place (self);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "static", "b", self->is_static);
  g_variant_dict_insert (&dict, "endpoint", "s", place ? place : "");
  g_variant_dict_insert (&dict, "mtu", "u",
                         self->link.kind == BG_TRANSPORT_NONE || self->is_static ? 0
                                                                                 : self->link.mtu);
  insert_pin (self, &dict);
  insert_refused_routes (self, &dict);
  g_variant_dict_insert_value (&dict, "path-history", path_history (self));
  g_variant_dict_insert_value (&dict, "drops", drops (self));
  return g_variant_dict_end (&dict);
}
