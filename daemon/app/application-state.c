/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The states of the tunnel, and why it is in one. */
#include "app/application-private.h"

#include "common/log.h"

static const char *const state_names[] = {
  [BG_STATE_OFF] = "off",           [BG_STATE_STARTING] = "starting", [BG_STATE_ONLINE] = "online",
  [BG_STATE_DEGRADED] = "degraded", [BG_STATE_STOPPING] = "stopping", [BG_STATE_FAILED] = "failed",
};

#define TO(state) (1u << BG_STATE_##state)

static const guint may_become[] = {
  [BG_STATE_OFF] = TO (STARTING),
  [BG_STATE_STARTING] = TO (ONLINE) | TO (DEGRADED) | TO (STOPPING) | TO (FAILED) | TO (OFF),
  [BG_STATE_ONLINE] = TO (DEGRADED) | TO (STOPPING),
  [BG_STATE_DEGRADED] = TO (ONLINE) | TO (STOPPING),
  [BG_STATE_STOPPING] = TO (OFF) | TO (FAILED) | TO (STARTING),
  [BG_STATE_FAILED] = TO (OFF) | TO (STARTING),
};

const char *
bg_state_name (BgState state)
{
  return state_names[state];
}

/* Where the settings' file is wrong, that is among the concerns of a tunnel that is up; of one that rests it is said here. (transfer full) */
static GPtrArray *
add_notice (BgApplication *self, BgState state, GPtrArray *cause)
{
  BgWords *notice = state == BG_STATE_OFF || state == BG_STATE_FAILED
                      ? bg_health_get (self->health, BG_CONCERN_FILE)
                      : NULL;
  GPtrArray *all = notice ? bg_words_list_new () : NULL;

  if (!notice)
    return cause ? g_ptr_array_ref (cause) : NULL;
  for (guint i = 0; cause && i < cause->len; i++)
    g_ptr_array_add (all, bg_words_ref (cause->pdata[i]));
  g_ptr_array_add (all, bg_words_ref (notice));
  return all;
}

static void
take_reasons (BgApplication *self, GPtrArray *cause, GPtrArray *reasons)
{
  g_clear_pointer (&self->cause, g_ptr_array_unref);
  g_clear_pointer (&self->reasons, g_ptr_array_unref);
  g_free (self->reason);
  self->cause = cause;
  self->reasons = reasons;
  self->reason = bg_words_list_get_text (reasons);
}

void
bg_application_take_cause (BgApplication *self, GPtrArray *take)
{
  take_reasons (self, take, add_notice (self, self->state, take));
}

void
bg_application_set_state (BgApplication *self, BgState state, GPtrArray *reasons)
{
  BgState old = self->state;
  g_autoptr (GPtrArray) cause = reasons, said = add_notice (self, state, cause);

  if (state != old && !(may_become[old] & 1u << state))
    {
      bg_log (BG_TOPIC_APP, CRITICAL, NULL, "refused move %s -> %s", state_names[old],
              state_names[state]);
      return;
    }
  if (state == old && bg_words_list_equal (said, self->reasons))
    return;
  take_reasons (self, g_steal_pointer (&cause), g_steal_pointer (&said));
  self->state = state;
  if (!bg_application_is_up (self))
    self->up_since_us = 0;
  else if (self->up_since_us == 0)
    self->up_since_us = g_get_real_time ();
  bg_log (BG_TOPIC_APP, MESSAGE, NULL, "tunnel: %s -> %s%s%s", state_names[old], state_names[state],
          *self->reason ? ": " : "", self->reason);
  bg_application_announce (self);
  g_signal_emit_by_name (self, "state-changed", state_names[old], state_names[state], self->reason);
}

void
bg_application_set_state_because (BgApplication *self, BgState state, BgWords *take)
{
  bg_application_set_state (self, state, bg_words_list_take (take));
}
