/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What people ask of a peer. */
#include "peer/peer-private.h"

#include "common/error.h"

gboolean
bg_peer_reconnect (BgPeer *self, GError **error)
{
  if (!self->context)
    {
      bg_error_set (error, BG_ERROR_NOT_FOUND, PEER_REMOVED);
      return FALSE;
    }
  if (self->is_static)
    {
      bg_peer_static_silent (self);
      return TRUE;
    }
  if (self->fsm.state == BG_PEER_REFUSED)
    {
      bg_error_set (error, BG_ERROR_WRONG_STATE, PEER_REFUSED, self->refusal);
      return FALSE;
    }
  if (!bg_peer_is_present (self))
    {
      bg_error_set (error, BG_ERROR_WRONG_STATE, PEER_NOT_ONLINE);
      return FALSE;
    }
  bg_peer_feed (self, BG_PEER_EVENT_RECONNECT);
  return TRUE;
}

gboolean
bg_peer_forget (BgPeer *self, GError **error)
{
  if (self->is_static)
    {
      bg_error_set (error, BG_ERROR_WRONG_STATE, PEER_IS_STATIC);
      return FALSE;
    }
  if (!self->context)
    {
      bg_error_set (error, BG_ERROR_NOT_FOUND, PEER_REMOVED);
      return FALSE;
    }
  if (!bg_peer_pins_forget (self->context->pins, self->id, error))
    return FALSE;
  bg_peer_set_forget (self->context->set, self);
  return TRUE;
}
