/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each tells the other through the tunnel what its log of the network is: with each session, and when it has grown; and parts of it, when it
 * is asked. */
#include "peer/peer-private.h"

#include "peer/main-timer.h"

#include <string.h>

#define FIRST_MS 1000 /* until it is said again; then twice as long each time */
#define TRIES 6       /* a message may get lost, or the peer have no path yet */
#define ANSWER_MS 250 /* between two answers, whatever is asked */

static BgLogHead
our_head (BgPeerContext *context)
{
  guint32 count = context->log ? bg_membership_log_get_count (context->log) : 0;
  BgLogHead head = { .count = count };

  if (count > 0)
    memcpy (head.hash, bg_membership_log_get_hash (context->log, count - 1), BG_LOG_HASH);
  return head;
}

static void
say (BgPeer *self, gboolean is_answer)
{
  BgLogHead head = our_head (self->context);

  head.is_answer = is_answer;
  bg_data_commands_say_head (self->context->commands, &self->link.key, &head);
}

static gboolean on_head_due (gpointer data);

static void
say_and_wait (BgPeer *self)
{
  say (self, FALSE);
  bg_arm_timer (&self->heads.due, FIRST_MS << self->heads.tries++, on_head_due, self);
}

static gboolean
on_head_due (gpointer data)
{
  BgPeer *self = data;

  bg_clear_source (&self->heads.due);
  if (self->heads.tries < TRIES && self->link.is_up && self->has_session)
    say_and_wait (self);
  return G_SOURCE_REMOVE;
}

void
bg_peer_say_head (BgPeer *self)
{
  if (!self->context || !self->speaks.heads || !self->link.is_up || !self->has_session
      || our_head (self->context).count == 0)
    return;
  self->heads.tries = 0;
  say_and_wait (self);
}

void
bg_peer_note_way (BgPeer *self)
{
  if (self->heads.due)
    bg_peer_say_head (self);
}

void
bg_peer_drop_head (BgPeer *self)
{
  bg_clear_source (&self->heads.due);
}

void
bg_peer_take_head (BgPeer *self, const BgLogHead *head)
{
  gint64 now_us = bg_main_now_us ();

  bg_clear_source (&self->heads.due);
  if (!head->is_answer && now_us - self->heads.answered_us >= ANSWER_MS * 1000)
    {
      self->heads.answered_us = now_us;
      say (self, TRUE);
    }
  bg_peer_set_note_head (self->context->set, self, head);
}

static gboolean
may_be_told (const BgPeer *self)
{
  return self->context && self->speaks.log && self->link.is_up && self->has_session;
}

static gboolean
is_of_log (const BgLogPart *part)
{
  return part->type == 0 || part->type == BG_CONTROL_LOG;
}

gboolean
bg_peer_say_part (BgPeer *self, const BgLogPart *part)
{
  if (!may_be_told (self) || (!is_of_log (part) && !self->speaks.certificates))
    return FALSE;
  bg_data_commands_say_part (self->context->commands, &self->link.key, part);
  return TRUE;
}

void
bg_peer_take_part (BgPeer *self, const BgLogPart *part)
{
  bg_peer_set_note_part (self->context->set, self, part);
}

void
bg_peer_say_leave (BgPeer *self)
{
  if (may_be_told (self))
    bg_data_commands_say_leave (self->context->commands, &self->link.key);
}

void
bg_peer_set_say_leave (BgPeerSet *self)
{
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (self);

  for (guint i = 0; i < peers->len; i++)
    bg_peer_say_leave (peers->pdata[i]);
}

void
bg_peer_take_leave (BgPeer *self)
{
  bg_peer_set_note_leave (self->context->set, self);
}
