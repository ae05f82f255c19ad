/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A leg that was added to a session which does without: it goes again, and the session stays. */
#include "ice-session-private.h"

#include "common/log.h"

gboolean
bg_ice_session_has_spare_leg (BgIceSession *self)
{
  return self->alone && self->leg_runs && !self->leg_drops && !bg_ice_session_is_over (self);
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
