/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "remote-candidates.h"

#include "candidate-set.h"
#include "common/error.h"
#include "common/source.h"
#include "mdns-names.h"
#include "transport-ice.h"

enum
{
  TCP_AFTER_MS = 4000,
  LATE_MS = 250,      /* as long as a relay needs to be the pair */
  AFTER_PAIR_MS = 50, /* until the controlled side, too, has taken it */
};

struct _BgRemoteCandidates
{
  NiceAgent *agent;
  guint stream;
  GInetAddressMask *const *exclude;
  BgIceAddresses *addresses;
  gboolean on_loopback, tcp;

  char *ufrag;        /* the description's; NULL before it */
  GPtrArray *early;   /* BgIceCandidate from before it */
  BgMdnsNames *names; /* of those that have one instead of an address */
  BgCandidateSet *chosen;
  BgCandidateSet *tcp_ones; /* that wait */
  GSource *tcp_time;
  gboolean described, settled;
  gboolean relayed;   /* one was given of these */
  GSource *late_time; /* chosen ones wait */
};

static gboolean
refuse (GError **error, BgError code, BgWords *take)
{
  bg_error_set_take (error, code, take);
  return FALSE;
}

/* What libnice gets is written from what was understood. */
static void
give_one (BgRemoteCandidates *self, const BgIceCandidate *candidate)
{
  g_autofree char *line = bg_ice_candidate_format (candidate, NULL);
  g_autofree char *attribute = g_strconcat ("a=", line, NULL);
  NiceCandidate *given = nice_agent_parse_remote_candidate_sdp (self->agent, self->stream,
                                                                attribute);
  g_autoptr (GSList) list = NULL;

  if (!given)
    return;
  list = g_slist_prepend (NULL, given);
  nice_agent_set_remote_candidates (self->agent, self->stream, BG_NICE_COMPONENT, list);
  nice_candidate_free (given);
}

static void
give (BgRemoteCandidates *self, BgCandidateSet *candidates)
{
  BgIceCandidate *candidate;

  while ((candidate = bg_candidate_set_take (candidates)))
    {
      self->relayed |= candidate->type == BG_ICE_RELAYED;
      give_one (self, candidate);
      bg_ice_candidate_free (candidate);
    }
}

static gboolean
is_of_description (BgRemoteCandidates *self, const BgIceCandidate *candidate)
{
  return !candidate->ufrag || g_str_equal (candidate->ufrag, self->ufrag);
}

static void
choose_take (BgRemoteCandidates *self, BgIceCandidate *candidate)
{
  if (!is_of_description (self, candidate))
    bg_ice_candidate_free (candidate);
  else
    bg_candidate_set_add (candidate->tcp && self->tcp_time ? self->tcp_ones : self->chosen,
                          candidate);
}

static gboolean
on_tcp_time (gpointer data)
{
  BgRemoteCandidates *self = data;

  bg_source_drop (&self->tcp_time);
  if (!self->settled)
    give (self, self->tcp_ones);
  return G_SOURCE_REMOVE;
}

static gboolean
on_late_time (gpointer data)
{
  BgRemoteCandidates *self = data;

  bg_source_drop (&self->late_time);
  give (self, self->chosen);
  return G_SOURCE_REMOVE;
}

/* Once a pair is nominated, libnice forgets all whose turn has not come, better ones too; new ones are checked. So what comes while a
 * relayed pair may be about to be nominated is new after that: else the relay would be for good. */
static void
give_chosen (BgRemoteCandidates *self)
{
  if (self->late_time)
    return;
  if (self->relayed)
    bg_source_arm (&self->late_time, self->settled ? AFTER_PAIR_MS : LATE_MS, on_late_time, self);
  else
    give (self, self->chosen);
}

static void
hold_tcp (BgRemoteCandidates *self)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  self->tcp_time = g_timeout_source_new (TCP_AFTER_MS);
  g_source_set_callback (self->tcp_time, on_tcp_time, self, NULL);
  g_source_attach (self->tcp_time, context);
}

void
bg_remote_candidates_settle (BgRemoteCandidates *self)
{
  if (self->late_time && !self->settled)
    bg_source_arm (&self->late_time, AFTER_PAIR_MS, on_late_time, self);
  self->settled = TRUE;
}

/* Where two machines have the same address, each would talk to itself. */
static gboolean
check_surroundings (BgRemoteCandidates *self, const BgIceCandidate *candidate, GError **error)
{
  BgIceAddressVerdict verdict = self->addresses
                                  ? bg_ice_addresses_judge (self->addresses, candidate->address)
                                  : BG_ICE_ADDRESS_FINE;

  if (verdict == BG_ICE_ADDRESS_INSIDE)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (CANDIDATE_IN_TUNNEL));
  if (verdict == BG_ICE_ADDRESS_OWN && candidate->type == BG_ICE_HOST && !self->on_loopback)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (CANDIDATE_UNUSABLE));
  return TRUE;
}

static gboolean
check_address (BgRemoteCandidates *self, GInetAddress *address, GError **error)
{
  if (bg_ice_address_is_unusable (address))
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (CANDIDATE_UNUSABLE));
  if (bg_ice_address_is_in (address, self->exclude))
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (CANDIDATE_IN_TUNNEL));
  if (g_inet_address_get_is_loopback (address) && !self->on_loopback)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (CANDIDATE_LOOPBACK));
  return TRUE;
}

static gboolean
is_ignored (BgRemoteCandidates *self, const BgIceCandidate *candidate)
{
  return candidate->component != BG_NICE_COMPONENT || (candidate->tcp && !self->tcp)
         || (self->ufrag && !is_of_description (self, candidate));
}

/* One that has an address; taken. */
static gboolean
keep_take (BgRemoteCandidates *self, BgIceCandidate *given, GError **error)
{
  g_autoptr (BgIceCandidate) candidate = given;

  if (!check_address (self, candidate->address, error)
      || !check_surroundings (self, candidate, error))
    return FALSE;
  if (!self->ufrag)
    {
      if (self->early->len < BG_SDP_CANDIDATES_MAX)
        g_ptr_array_add (self->early, g_steal_pointer (&candidate));
      return TRUE;
    }
  choose_take (self, g_steal_pointer (&candidate));
  if (self->described)
    give_chosen (self);
  return TRUE;
}

static void
on_name_found (BgIceCandidate *candidate, gpointer data)
{
  keep_take (data, candidate, NULL);
}

gboolean
bg_remote_candidates_add (BgRemoteCandidates *self, const char *line, GError **error)
{
  g_autoptr (BgIceCandidate) candidate = NULL;

  if (*line == '\0')
    return TRUE;
  candidate = bg_ice_candidate_parse (line, error);
  if (!candidate)
    return FALSE;
  if (is_ignored (self, candidate))
    return TRUE;
  if (!candidate->address)
    {
      bg_mdns_names_ask_take (self->names, g_steal_pointer (&candidate));
      return TRUE;
    }
  return keep_take (self, g_steal_pointer (&candidate), error);
}

void
bg_remote_candidates_set_description (BgRemoteCandidates *self, const BgSdp *sdp,
                                      gboolean tcp_waits)
{
  self->ufrag = g_strdup (sdp->ufrag);
  if (tcp_waits)
    hold_tcp (self);
  while (self->early->len > 0)
    choose_take (self, g_ptr_array_steal_index (self->early, 0));
  for (guint i = 0; i < sdp->candidates->len; i++)
    bg_remote_candidates_add (self, sdp->candidates->pdata[i], NULL);
  self->described = TRUE;
  give (self, self->chosen);
}

BgRemoteCandidates *
bg_remote_candidates_new (const BgRemoteCandidatesConfig *config)
{
  BgRemoteCandidates *self = g_new0 (BgRemoteCandidates, 1);

  self->agent = g_object_ref (config->agent);
  self->stream = config->stream;
  self->exclude = config->exclude;
  self->addresses = config->addresses ? bg_ice_addresses_ref (config->addresses) : NULL;
  self->on_loopback = config->on_loopback;
  self->tcp = config->tcp;
  self->early = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_ice_candidate_free);
  self->names = bg_mdns_names_new (on_name_found, self);
  self->chosen = bg_candidate_set_new ();
  self->tcp_ones = bg_candidate_set_new ();
  return self;
}

void
bg_remote_candidates_free (BgRemoteCandidates *self)
{
  if (!self)
    return;
  bg_source_drop (&self->tcp_time);
  bg_source_drop (&self->late_time);
  bg_mdns_names_free (self->names);
  g_ptr_array_unref (self->early);
  bg_candidate_set_free (self->chosen);
  bg_candidate_set_free (self->tcp_ones);
  bg_ice_addresses_unref (self->addresses);
  g_object_unref (self->agent);
  g_free (self->ufrag);
  g_free (self);
}
