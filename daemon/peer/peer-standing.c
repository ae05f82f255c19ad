/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the network's log says of a peer, in a network that is signed: nobody is in it whom no entry has, an address and what a peer may
 * offer are the log's, and who was put out is gone at once. */
#include "peer/peer-private.h"

#include "common/device-name.h"
#include "common/log.h"
#include "common/printable.h"
#include "common/key-text.h"

#include <string.h>
#include <sys/socket.h>

static const BgMembership *
state_of (BgPeerContext *context)
{
  return context->log ? bg_membership_log_get_state (context->log) : NULL;
}

/* `key` NULL: none is known, and nobody is a member without. */
static BgStanding
standing_of (BgPeer *self, const WgKey *key, const BgMember **member)
{
  const BgMembership *state = self->is_static ? NULL : state_of (self->context);

  *member = NULL;
  if (!state || bg_membership_count (state) == 0)
    return BG_STANDING_OPEN;
  return key ? bg_standing_of (state, self->id, key->bytes, member) : BG_STANDING_UNKNOWN;
}

static const WgKey *
known_key (BgPeer *self)
{
  if (self->link.is_up)
    return &self->link.key;
  return self->has_key ? &self->key : NULL;
}

BgStanding
bg_peer_get_standing (BgPeer *self)
{
  const BgMember *member;

  return self->context ? standing_of (self, known_key (self), &member) : BG_STANDING_OPEN;
}

/* --- Whether it may be in the network --- */

/* As the hub says, which counts where there is no log. */
static gboolean
is_revoked (BgPeer *self, const WgKey *key)
{
  BgRevokedKeys *revoked = self->is_static ? NULL : self->context->revoked;

  return revoked && bg_revoked_keys_has (revoked, key->bytes);
}

static BgWords *
words_of (BgPeer *self, BgStanding standing, const WgKey *key)
{
  g_autofree char *word = bg_device_name_quote_for_shell (self->id);
  const BgMember *other;

  switch (standing)
    {
    case BG_STANDING_UNKNOWN:
      return bg_words (PEER_NOT_SIGNED, word);
    case BG_STANDING_REVOKED:
      return bg_words (PEER_REVOKED);
    case BG_STANDING_OTHER_KEY:
      return bg_words (PEER_KEY_NOT_SIGNED);
    case BG_STANDING_OTHER_NAME:
      other = bg_membership_find_key (state_of (self->context), key->bytes);
      return bg_words (PEER_NAME_NOT_SIGNED, other->record.name);
    case BG_STANDING_OPEN:
      return is_revoked (self, key) ? bg_words (PEER_REVOKED_BY_HUB) : NULL;
    case BG_STANDING_MEMBER:
    case BG_STANDING_UNSIGNED:
      break;
    }
  return NULL;
}

BgWords *
bg_peer_judge_standing (BgPeer *self, const WgKey *key)
{
  const BgMember *member;
  BgStanding standing = standing_of (self, key, &member);

  if (member)
    bg_peer_pins_follow (self->context->pins, self->id, key);
  return words_of (self, standing, key);
}

gboolean
bg_peer_is_member (BgPeer *self, const WgKey *key)
{
  const BgMember *member;

  return standing_of (self, key, &member) == BG_STANDING_MEMBER;
}

BgWords *
bg_peer_judge_signed_address (BgPeer *self, const BgIpPrefix *address)
{
  const BgMembership *state = state_of (self->context);
  BgEntryPrefix prefix = bg_entry_prefix (address);
  const BgMember *owner = state ? bg_membership_find_address (state, &prefix) : NULL;
  char text[BG_IP_PREFIX_TEXT];

  if (!owner || g_str_equal (owner->record.name, self->id))
    return NULL;
  bg_ip_prefix_format_address (address, text);
  return bg_words (PEER_ADDRESS_TAKEN, text, owner->record.name);
}

/* --- What is said of it, with the log's word in place of the hub's --- */

static void
put_addresses (BgSignalPeer *said, const BgMemberRecord *record)
{
  char text[BG_IP_PREFIX_TEXT];
  BgIpPrefix host;

  g_clear_pointer (&said->address, g_free);
  if (bg_record_get_address (record, AF_INET, &host))
    {
      bg_ip_prefix_format_address (&host, text);
      said->address = g_strdup (text);
    }
  if (!said->metadata)
    said->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_remove (said->metadata, BG_PEER_METADATA_ADDRESS6);
  if (bg_record_get_address (record, AF_INET6, &host))
    {
      bg_ip_prefix_format_address (&host, text);
      g_hash_table_insert (said->metadata, g_strdup (BG_PEER_METADATA_ADDRESS6), g_strdup (text));
    }
}

static void
complain (BgPeerFacts *facts, char **left_out, gboolean lost_exit)
{
  g_autoptr (BgWords) why = bg_words (ROUTE_NOT_GRANTED);
  g_autofree char *shown = NULL;

  if (facts->complaint)
    return;
  if (*left_out)
    {
      shown = bg_printable_start (*left_out, BG_IP_PREFIX_TEXT);
      facts->complaint = bg_words (ROUTE_NOT_TAKEN, shown, why);
    }
  else if (lost_exit)
    facts->complaint = bg_words (EXIT_NOT_GRANTED);
}

static BgPeerFacts *
facts_of_member (BgPeer *self, const BgMemberRecord *record)
{
  g_autoptr (BgSignalPeer) said = bg_signal_peer_copy (self->said);
  g_autoptr (BgPeerOffer) named = self->offer ? bg_peer_offer_copy (self->offer)
                                              : bg_signal_peer_get_offer (said);
  g_auto (GStrv) left_out = NULL;
  g_autoptr (BgPeerOffer) kept = bg_grant_filter (&record->granted, named, &left_out);
  BgPeerFacts *facts;

  put_addresses (said, record);
  facts = bg_peer_facts_new (said, kept, &self->context->self);
  complain (facts, left_out, g_strv_length (kept->exit) < g_strv_length (named->exit));
  return facts;
}

/* One that is named without its key is whom the name stands for: another key does not get in under it. */
static const BgMember *
find_member (BgPeer *self)
{
  const BgMember *member;
  WgKey key = self->key;

  if (bg_key_from_base64 (self->said->public_key, key.bytes) || self->has_key)
    standing_of (self, &key, &member);
  else
    member = state_of (self->context) ? bg_standing_find_name (state_of (self->context), self->id)
                                      : NULL;
  return member;
}

BgPeerFacts *
bg_peer_read_facts (BgPeer *self)
{
  const BgMember *member = find_member (self);

  return member ? facts_of_member (self, &member->record)
                : bg_peer_facts_new (self->said, self->offer, &self->context->self);
}

/* --- The log says something else --- */

/* For good: what is known of its key is nothing that anybody may come back with. */
static void
drop (BgPeer *self, BgWords *why)
{
  g_autoptr (BgPeer) alive = g_object_ref (self);
  g_autoptr (GError) error = NULL;

  bg_log (BG_TOPIC_PEER, MESSAGE, self->id, "dropped: %s", why->text);
  if (!bg_peer_pins_forget (self->context->pins, self->id, &error))
    bg_log (BG_TOPIC_PEER, WARNING, self->id, "its key is still remembered: %s", error->message);
  bg_peer_set_forget (self->context->set, self);
}

/* Nothing of it is in the data plane: there is only a reason to be brought up to date. */
static gboolean
is_harmless (BgPeer *self)
{
  return !self->link.is_up && !self->negotiator
         && !bg_peer_pins_get (self->context->pins, self->id);
}

/* By the hub's word, in a network that has no log. */
static gboolean
is_put_out (BgPeer *self, const WgKey *key)
{
  const BgMember *member;

  return key && is_revoked (self, key) && standing_of (self, key, &member) == BG_STANDING_OPEN;
}

/* What is known of it says what it was when something last happened to it. */
static void
note_standing (BgPeer *self)
{
  const char *now = bg_standing_name (bg_peer_get_standing (self));

  if (self->shown.is_fresh && !g_str_equal (self->shown.info.membership, now))
    bg_peer_announce (self);
}

void
bg_peer_follow_log (BgPeer *self)
{
  const WgKey *key = known_key (self);
  const BgMember *member;
  g_autoptr (BgWords) why = NULL;

  if (!self->context || self->is_static)
    return;
  why = key ? words_of (self, standing_of (self, key, &member), key) : NULL;
  if (why && !is_put_out (self, key) && !is_harmless (self))
    drop (self, why);
  else
    {
      note_standing (self);
      bg_peer_follow_revoked (self);
    }
}

void
bg_peer_set_follow_log (BgPeerSet *self, BgMembershipLog *log)
{
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (self);

  bg_peer_set_context (self)->log = log;
  for (guint i = 0; i < peers->len; i++)
    bg_peer_follow_log (peers->pdata[i]);
  for (guint i = 0; i < peers->len; i++)
    bg_peer_say_head (peers->pdata[i]);
}

/* --- The hub says something else --- */

static void
let_in_again (BgPeer *self)
{
  self->is_put_out = FALSE;
  if (self->is_listed)
    {
      bg_peer_judge_again (self);
      return;
    }
  bg_peer_set_refusal (self, NULL);
  bg_peer_feed (self, BG_PEER_EVENT_LEFT);
}

void
bg_peer_follow_revoked (BgPeer *self)
{
  if (is_put_out (self, known_key (self)))
    {
      self->is_put_out = TRUE;
      bg_peer_put_out (self, bg_words (PEER_REVOKED_BY_HUB));
    }
  else if (self->is_put_out)
    let_in_again (self);
  else
    bg_peer_judge_again (self);
}

void
bg_peer_set_follow_revoked (BgPeerSet *self)
{
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (self);

  for (guint i = 0; i < peers->len; i++)
    if (((BgPeer *) peers->pdata[i])->context)
      bg_peer_follow_revoked (peers->pdata[i]);
}
