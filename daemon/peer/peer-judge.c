/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is said of a peer, against what others hold: why it is refused, and what it claims for itself. */
#include "peer/peer-private.h"

#include "common/device-name.h"
#include "common/key-text.h"
#include "common/log.h"
#include "common/printable.h"

/* --- What it holds --- */

static const BgPeerPin *
confirmed_pin (BgPeer *self)
{
  const BgPeerPin *pin = self->is_static ? NULL : bg_peer_pins_get (self->context->pins, self->id);

  return pin && pin->confirmed ? pin : NULL;
}

/* What the log gives to it needs no other proof. */
static BgClaimRank
rank_of_key (BgPeer *self, const BgPeerPin *pin, const WgKey *key)
{
  return (pin && wg_key_equal (&pin->key, key)) || bg_peer_is_member (self, key) ? BG_CLAIM_PROVED
                                                                                 : BG_CLAIM_NAMED;
}

static BgClaimRank
rank_of_address (BgPeer *self, const BgPeerPin *pin, const BgIpPrefix *address)
{
  gboolean is_proved = pin
                       && (bg_ip_prefix_equal (&pin->address, address)
                           || bg_ip_prefix_equal (&pin->address6, address));

  return is_proved || bg_peer_is_member (self, self->has_key ? &self->key : NULL) ? BG_CLAIM_PROVED
                                                                                  : BG_CLAIM_NAMED;
}

static gboolean
takes_part (BgPeer *self)
{
  return self->fsm.state != BG_PEER_ABSENT && self->fsm.state != BG_PEER_REFUSED
         && self->fsm.state != BG_PEER_CLOSED;
}

static void
add_key (GArray *claims, const WgKey *key, BgClaimRank rank)
{
  BgClaim claim = bg_claim_key (key, rank);

  g_array_append_val (claims, claim);
}

static void
add_prefix (GArray *claims, const BgIpPrefix *prefix, BgClaimRank rank)
{
  BgClaim claim = bg_claim_prefix (prefix, rank);

  g_array_append_val (claims, claim);
}

static void
add_fixed (GArray *claims, BgPeer *self)
{
  add_key (claims, &self->fixed.key, BG_CLAIM_FIXED);
  for (guint i = 0; i < self->fixed.n_allowed_ips; i++)
    {
      BgIpPrefix prefix = bg_allowed_ip_prefix (&self->fixed.allowed_ips[i]);

      add_prefix (claims, &prefix, BG_CLAIM_FIXED);
    }
}

/* Of a peer that is here. */
static void
add_named (GArray *claims, BgPeer *self, const BgPeerPin *pin)
{
  if (self->has_key)
    add_key (claims, &self->key, rank_of_key (self, pin, &self->key));
  if (self->link.is_up && !wg_key_equal (&self->link.key, &self->key))
    add_key (claims, &self->link.key, rank_of_key (self, pin, &self->link.key));
  if (self->facts && self->facts->has_address)
    add_prefix (claims, &self->facts->address, rank_of_address (self, pin, &self->facts->address));
  if (self->facts && self->facts->has_address6)
    add_prefix (claims, &self->facts->address6,
                rank_of_address (self, pin, &self->facts->address6));
}

/* Of one that is away, or refused: nobody gets in between until it is back. */
static void
add_kept (GArray *claims, const BgPeerPin *pin)
{
  add_key (claims, &pin->key, BG_CLAIM_KEPT);
  if (pin->address.family != 0)
    add_prefix (claims, &pin->address, BG_CLAIM_KEPT);
  if (pin->address6.family != 0)
    add_prefix (claims, &pin->address6, BG_CLAIM_KEPT);
}

void
bg_peer_update_claims (BgPeer *self)
{
  g_autoptr (GArray) claims = g_array_new (FALSE, TRUE, sizeof (BgClaim));
  const BgPeerPin *pin = confirmed_pin (self);

  if (self->is_static)
    add_fixed (claims, self);
  else if (takes_part (self))
    add_named (claims, self, pin);
  else if (pin)
    add_kept (claims, pin);
  bg_peer_set_claim (self->context->set, self, claims);
}

/* --- Judging --- */

static BgWords *
taken_key (BgPeer *self, const WgKey *key)
{
  BgClaim claim = bg_claim_key (key, rank_of_key (self, confirmed_pin (self), key));
  const BgPeer *rival = bg_peer_claims_rival (self->context->claims, &claim, self);
  g_autofree char *id = rival ? bg_printable (rival->id) : NULL;

  if (!rival)
    return NULL;
  bg_peer_set_await_claim (self->context->set, self);
  return bg_words (PEER_KEY_TAKEN, id);
}

static BgWords *
judge_key (BgPeer *self, const WgKey *key)
{
  BgWords *bad = bg_peer_key_refusal (key, &self->context->self);
  WgKey pinned;
  gint64 first_seen;

  if (!bad)
    bad = bg_peer_judge_standing (self, key);
  if (bad)
    return bad;
  if (bg_peer_pins_lookup (self->context->pins, self->id, &pinned, &first_seen)
      && !wg_key_equal (&pinned, key))
    {
      g_autofree char *word = bg_device_name_quote_for_shell (self->id);

      return bg_words (PEER_KEY_CHANGED, bg_arg_time (first_seen * G_USEC_PER_SEC), word);
    }
  return taken_key (self, key);
}

static BgWords *
taken_address (const BgIpPrefix *address, const BgPeer *owner)
{
  g_autofree char *id = bg_printable (owner->id);
  char text[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (address, text);
  return bg_words (PEER_ADDRESS_TAKEN, text, id);
}

static BgWords *
kept_address (const BgIpPrefix *address, const BgPeer *owner)
{
  g_autofree char *id = bg_printable (owner->id),
                  *word = bg_device_name_quote_for_shell (owner->id);
  char text[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (address, text);
  return bg_words (PEER_ADDRESS_KEPT, text, id, word);
}

/* The same machine under another name has the same key. */
static gboolean
is_same_machine (BgPeer *self, const BgPeer *other, const WgKey *key)
{
  const BgPeerPin *pin = bg_peer_pins_get (self->context->pins, other->id);

  return key && pin && wg_key_equal (&pin->key, key);
}

/* Why it may not have `address`; NULL: it may. `key` may be NULL: none is known yet. */
static BgWords *
judge_claim (BgPeer *self, const BgIpPrefix *address, const WgKey *key)
{
  BgClaim claim = bg_claim_prefix (address, rank_of_address (self, confirmed_pin (self), address));
  const BgPeer *rival = bg_peer_claims_rival (self->context->claims, &claim, self),
               *keeper = bg_peer_claims_keeper (self->context->claims, &claim, self);

  BgWords *is_signed = bg_peer_judge_signed_address (self, address);

  if (is_signed)
    return is_signed;
  if (keeper && (is_same_machine (self, keeper, key) || bg_peer_is_member (self, key)))
    keeper = NULL;
  if (rival || keeper)
    bg_peer_set_await_claim (self->context->set, self);
  if (rival)
    return taken_address (address, rival);
  return keeper ? kept_address (address, keeper) : NULL;
}

static BgWords *
judge_address (BgPeer *self, const BgPeerFacts *facts, const WgKey *key)
{
  return facts->refusal ? bg_words_ref (facts->refusal) : judge_claim (self, &facts->address, key);
}

static BgWords *
judge (BgPeer *self, const BgPeerFacts *facts)
{
  const WgKey *key = facts->has_key ? &facts->key : self->has_key ? &self->key : NULL;
  BgWords *refusal = key ? bg_peer_judge_standing (self, key) : NULL;

  if (!refusal)
    refusal = judge_address (self, facts, key);
  if (refusal)
    return refusal;
  if (facts->key_refusal)
    return bg_words_ref (facts->key_refusal);
  return facts->has_key ? judge_key (self, &facts->key) : NULL;
}

BgWords *
bg_peer_judge_address6 (BgPeer *self)
{
  const WgKey *key = self->has_key ? &self->key : NULL;

  return self->facts->has_address6 ? judge_claim (self, &self->facts->address6, key) : NULL;
}

gboolean
bg_peer_has_own_address6 (BgPeer *self)
{
  g_autoptr (BgWords) refusal = bg_peer_judge_address6 (self);

  return self->facts->has_address6 && !refusal;
}

gboolean
bg_peer_may_route (BgPeer *self, const BgIpPrefix *route)
{
  BgClaim claim = bg_claim_prefix (route, confirmed_pin (self) ? BG_CLAIM_PROVED : BG_CLAIM_NAMED);

  return !bg_peer_claims_rival (self->context->claims, &claim, self);
}

void
bg_peer_set_refusal (BgPeer *self, BgWords *take)
{
  if (take && !bg_words_equal (take, self->refusal))
    bg_log (BG_TOPIC_PEER, WARNING, self->id, "refused: %s", take->text);
  bg_words_take (&self->refusal, take);
}

/* --- What the hub says --- */

static void
take_facts (BgPeer *self, BgPeerFacts *take)
{
  bg_peer_facts_free (self->facts);
  self->facts = take;
  if (take->has_key && !bg_peer_state_has_session (self->fsm.state))
    {
      self->key = take->key;
      self->has_key = TRUE;
    }
}

/* Takes `said` as it is; TRUE where it is acceptable. */
static gboolean
judge_said (BgPeer *self)
{
  g_autoptr (BgPeerFacts) facts = bg_peer_read_facts (self);
  BgWords *refusal = judge (self, facts);

  bg_peer_set_refusal (self, refusal);
  if (refusal && (bg_peer_is_proved (self) || self->fsm.state == BG_PEER_RELINKING))
    {
      /* The tunnel that works is not given up because the hub says something else now. */
      bg_peer_announce (self);
      return FALSE;
    }
  take_facts (self, g_steal_pointer (&facts));
  if (refusal)
    {
      bg_peer_feed (self, BG_PEER_EVENT_REFUSE);
      return FALSE;
    }
  if (self->has_key)
    bg_peer_pins_add (self->context->pins, self->id, &self->key);
  if (self->link.is_up || bg_peer_is_on_demand (self))
    bg_peer_link (self);
  return TRUE;
}

void
bg_peer_renew_offer (BgPeer *self)
{
  if (self->said && self->facts && !self->refusal)
    {
      take_facts (self, bg_peer_read_facts (self));
      if (self->link.is_up)
        bg_peer_link (self);
    }
  bg_peer_announce (self);
}

/* The hub says that it offers other routes: it proves that when it is asked, which one that rests is when it is connected. */
static gboolean
has_news (BgPeer *self, const BgSignalPeer *said)
{
  return self->fsm.state == BG_PEER_RESTING && self->offer && self->said
         && !g_strv_equal ((const char *const *) self->said->routes,
                           (const char *const *) said->routes);
}

void
bg_peer_take_entry (BgPeer *self, const BgSignalPeer *said)
{
  if (has_news (self, said))
    bg_peer_want (self);
  self->is_listed = TRUE;
  g_clear_pointer (&self->said, bg_signal_peer_free);
  self->said = bg_signal_peer_copy (said);
  if (judge_said (self))
    bg_peer_feed (self, BG_PEER_EVENT_APPEARED);
}

void
bg_peer_judge_again (BgPeer *self)
{
  gboolean was_refused = self->fsm.state == BG_PEER_REFUSED;

  if (!self->context || self->is_static || !self->said || self->fsm.state == BG_PEER_ABSENT)
    return;
  if (judge_said (self) && was_refused)
    bg_peer_feed (self, BG_PEER_EVENT_APPEARED);
  else if (self->context)
    bg_peer_announce (self);
}

/* --- What it says --- */

/* The key in an offer or answer comes from the peer's live socket and counts more than the list's. */
static BgWords *
read_key (BgPeer *self, const char *text, WgKey *key)
{
  *key = self->key;
  if (!text || !*text)
    return self->has_key ? NULL : bg_words (PEER_WITHOUT_KEY);
  return bg_key_from_base64 (text, key->bytes) ? NULL : bg_words (PEER_KEY_UNUSABLE);
}

/* Address and key may have been refused when the hub named them; others may have left meanwhile. */
BgWords *
bg_peer_judge_description (BgPeer *self, const char *key_text)
{
  WgKey key;
  BgWords *refusal = read_key (self, key_text, &key);

  if (!refusal)
    refusal = self->facts ? judge_address (self, self->facts, &key)
                          : bg_words (PEER_ADDRESS_UNKNOWN);
  if (!refusal)
    refusal = judge_key (self, &key);
  if (refusal)
    return refusal;
  self->key = key;
  self->has_key = TRUE;
  bg_peer_pins_add (self->context->pins, self->id, &key);
  return NULL;
}
