/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The bus's own words for states and paths, as programs get them in JSON; static. */

#include "bamgate.h"

const char *bus_word_state      (BamgateState state);
const char *bus_word_signaling  (BamgateSignalingState state);
const char *bus_word_peer_state (BamgatePeerState state);
/* Empty where there is none. */
const char *bus_word_path       (BamgatePath path);
/* Such a word in the language of a person; the names of paths are the same in all. */
const char *bus_word_say        (const char *word);
