/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * BamgateVoice:
 * @BAMGATE_VOICE_TERMINAL: to somebody at a terminal: it names the command that helps
 * @BAMGATE_VOICE_WINDOW: to somebody who looks at a window: it names what to press, as in the window of bamgate
 *
 * How reasons and errors speak of what to do next.
 *
 * Since: 0.1
 */
typedef enum
{
  BAMGATE_VOICE_TERMINAL,
  BAMGATE_VOICE_WINDOW,
} BamgateVoice;

/* For the whole program; before the first client is made. */
void bamgate_set_voice (BamgateVoice speaker);

G_END_DECLS
