/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The ear of a session at its agent: what that says, on its thread and on whatever thread changes it, is posted over the
 * session's link. Its handlers may run on for a moment after they were disconnected. */

#include "session-link.h"

#include <nice/agent.h>

typedef struct BgIceWatch BgIceWatch;

/* What is posted; payloads are borrowed. */
typedef struct
{
  BgSessionFunc component_state; /* no payload */
  BgSessionFunc pair;            /* BgIcePair: the one that is selected now */
  BgSessionFunc local_candidate; /* char: its line */
} BgIceNews;

/* `news` must outlive it. */
BgIceWatch *bg_ice_watch_new (BgSessionLink *link, NiceAgent *agent, const BgIceNews *news);
/* Owner's thread: disconnects, and lets go. */
void bg_ice_watch_free (BgIceWatch *self);
