/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A leg that is added to a session which does without: it goes again, and the session stays. */
#include "ice-session-private.h"

#include "common/log.h"
#include "common/source.h"

enum
{
  LATE_LEGS_MAX = 4, /* under way at once: where all is down they would be many, and of no use */
  LATE_LEG_S = 60,   /* until it is given up */
};

static guint late_legs;

void
bg_ice_session_end_late (BgIceSession *self)
{
  bg_source_drop (&self->late_time);
  if (self->is_late)
    late_legs--;
  self->is_late = FALSE;
}

static gboolean
on_late (gpointer data)
{
  BgIceSession *self = data;

  bg_source_drop (&self->late_time);
  bg_ice_session_drop_leg (self);
  return G_SOURCE_REMOVE;
}

void
bg_ice_session_add_leg (BgIceSession *self)
{
  self->leg_again |= self->leg_drops;
  if (bg_ice_session_is_over (self) || !self->alone || !self->is_open || self->leg_runs
      || late_legs == LATE_LEGS_MAX)
    return;
  bg_log (BG_TOPIC_ICE, INFO, NULL, "path %u: a data channel is tried too", self->path);
  late_legs++;
  self->is_late = TRUE;
  bg_ice_session_arm (self, &self->late_time, LATE_LEG_S, on_late);
  bg_webrtc_leg_call (bg_ice_way_get_agent (self->way), bg_ice_way_get_stream (self->way));
  bg_ice_session_start_leg (self);
}

gboolean
bg_ice_session_has_spare_leg (BgIceSession *self)
{
  return self->alone && self->leg_runs && !self->leg_drops && !bg_ice_session_is_over (self);
}

gboolean
bg_ice_session_is_leg_spare_to_peer (BgIceSession *self)
{
  return bg_ice_session_has_spare_leg (self) && bg_webrtc_leg_was_called (self->leg);
}

static void
handle_leg_gone (gpointer owner, gpointer payload)
{
  BgIceSession *self = owner;
  gboolean again = self->leg_again;

  if (!self->leg_drops)
    return;
  self->leg_drops = self->leg_again = FALSE;
  bg_ice_session_renew_leg (self);
  if (again)
    bg_ice_session_add_leg (self);
}

static void
on_leg_gone (gpointer data)
{
  BgSessionLink *link = data;

  bg_session_link_post (link, handle_leg_gone, NULL, NULL);
  bg_session_link_unref (link);
}

void
bg_ice_session_drop_leg (BgIceSession *self)
{
  if (!bg_ice_session_has_spare_leg (self))
    return;
  bg_log (BG_TOPIC_ICE, INFO, NULL, "path %u: goes on without the data channel", self->path);
  self->leg_drops = TRUE;
  self->has_channel = FALSE;
  bg_webrtc_leg_close (self->leg, on_leg_gone, bg_session_link_ref (self->link));
}
