/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/stun-talk.h"

#include <netinet/in.h>
#include <string.h>
#include <stun/stunagent.h>

enum
{
  OTHER_ADDRESS = 0x802c, /* RFC 5780, 7.4 */
};

struct _BgStunTalk
{
  StunAgent agent;
  guint n_written;
};

G_STATIC_ASSERT (sizeof (StunTransactionId) == BG_STUN_ID);
G_STATIC_ASSERT (BG_STUN_TALK_MAX < STUN_AGENT_MAX_SAVED_IDS);

BgStunTalk *
bg_stun_talk_new (void)
{
  BgStunTalk *self = g_new0 (BgStunTalk, 1);

  stun_agent_init (&self->agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                   STUN_AGENT_USAGE_IGNORE_CREDENTIALS);
  return self;
}

void
bg_stun_talk_free (BgStunTalk *self)
{
  g_free (self);
}

gboolean
bg_stun_talk_write (BgStunTalk *self, BgStunChange change, BgStunRequest *request)
{
  StunMessage message;

  request->len = 0;
  if (self->n_written >= BG_STUN_TALK_MAX
      || !stun_agent_init_request (&self->agent, &message, request->bytes, sizeof request->bytes,
                                   STUN_BINDING))
    return FALSE;
  if (change != BG_STUN_SAME
      && stun_message_append32 (&message, STUN_ATTRIBUTE_CHANGE_REQUEST, change)
           != STUN_MESSAGE_RETURN_SUCCESS)
    return FALSE;
  stun_message_id (&message, request->id);
  request->len = stun_agent_finish_message (&self->agent, &message, NULL, 0);
  self->n_written++;
  return request->len > 0;
}

/* Places */

socklen_t
bg_stun_place_to_native (const BgStunPlace *place, struct sockaddr_storage *native)
{
  struct sockaddr_in *in4 = (struct sockaddr_in *) native;
  struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) native;

  memset (native, 0, sizeof *native);
  native->ss_family = (sa_family_t) place->host.family;
  if (place->host.family == AF_INET)
    {
      memcpy (&in4->sin_addr, place->host.addr, sizeof in4->sin_addr);
      in4->sin_port = htons (place->port);
      return sizeof *in4;
    }
  memcpy (&in6->sin6_addr, place->host.addr, sizeof in6->sin6_addr);
  in6->sin6_port = htons (place->port);
  return sizeof *in6;
}

gboolean
bg_stun_place_from_native (const struct sockaddr_storage *native, BgStunPlace *place)
{
  const struct sockaddr_in *in4 = (const struct sockaddr_in *) native;
  const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) native;

  *place = (BgStunPlace){ .host.family = native->ss_family };
  if (native->ss_family == AF_INET)
    {
      place->host.len = 32;
      memcpy (place->host.addr, &in4->sin_addr, sizeof in4->sin_addr);
      place->port = ntohs (in4->sin_port);
      return TRUE;
    }
  place->host.len = 128;
  memcpy (place->host.addr, &in6->sin6_addr, sizeof in6->sin6_addr);
  place->port = ntohs (in6->sin6_port);
  return native->ss_family == AF_INET6;
}

static gboolean
find_mapped (const StunMessage *message, BgStunPlace *place)
{
  struct sockaddr_storage native = { 0 };
  socklen_t len = sizeof native;

  if (stun_message_find_xor_addr (message, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, &native, &len)
      == STUN_MESSAGE_RETURN_SUCCESS)
    return bg_stun_place_from_native (&native, place);
  len = sizeof native;
  return stun_message_find_addr (message, STUN_ATTRIBUTE_MAPPED_ADDRESS, &native, &len)
           == STUN_MESSAGE_RETURN_SUCCESS
         && bg_stun_place_from_native (&native, place);
}

/* Servers of before RFC 5780 say it in CHANGED-ADDRESS. */
static gboolean
find_other (const StunMessage *message, BgStunPlace *place)
{
  static const guint16 kinds[] = { OTHER_ADDRESS, STUN_ATTRIBUTE_CHANGED_ADDRESS };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      struct sockaddr_storage native = { 0 };
      socklen_t len = sizeof native;

      if (stun_message_find_addr (message, (StunAttribute) kinds[i], &native, &len)
          == STUN_MESSAGE_RETURN_SUCCESS)
        return bg_stun_place_from_native (&native, place);
    }
  return FALSE;
}

gboolean
bg_stun_place_is_at (const BgStunPlace *place, const BgIpPrefix *host)
{
  return bg_ip_prefix_equal (&place->host, host);
}

gboolean
bg_stun_place_equal (const BgStunPlace *a, const BgStunPlace *b)
{
  return a->port == b->port && bg_stun_place_is_at (a, &b->host);
}

/* Answers */

static BgStunKind
kind_of (const StunMessage *message, BgStunAnswer *answer)
{
  switch (stun_message_get_class (message))
    {
    case STUN_REQUEST:
      return BG_STUN_REQUEST_BACK;
    case STUN_RESPONSE:
      return find_mapped (message, &answer->mapped) ? BG_STUN_ANSWERED : BG_STUN_REFUSED;
    case STUN_ERROR:
      return BG_STUN_REFUSED;
    case STUN_INDICATION:
    default:
      return BG_STUN_NOTHING;
    }
}

static gboolean
is_of_use (StunValidationStatus status)
{
  return status == STUN_VALIDATION_SUCCESS || status == STUN_VALIDATION_UNKNOWN_ATTRIBUTE
         || status == STUN_VALIDATION_UNKNOWN_REQUEST_ATTRIBUTE;
}

void
bg_stun_talk_read (BgStunTalk *self, const guint8 *data, gsize len, BgStunAnswer *answer)
{
  StunMessage message;
  StunValidationStatus status = stun_agent_validate (&self->agent, &message, data, len, NULL, NULL);

  *answer = (BgStunAnswer){ .kind = BG_STUN_NOTHING };
  if (!is_of_use (status) || stun_message_get_method (&message) != STUN_BINDING)
    return;
  stun_message_id (&message, answer->id);
  answer->kind = kind_of (&message, answer);
  answer->has_other = answer->kind == BG_STUN_ANSWERED && find_other (&message, &answer->other);
}
