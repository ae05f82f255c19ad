/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How often others are asked for a diagnosis: everybody on this machine may want one, and nobody may have it send requests into the
 * network as fast as they are answered. A bucket; without clock. */

#include <glib.h>

G_BEGIN_DECLS

enum
{
  BG_DIAGNOSIS_STEP_MS = 5000, /* from one to the next */
  BG_DIAGNOSIS_BURST = 6,      /* that begin at once, after a while of rest */
};

typedef struct
{
  gint64 paid_ms; /* until then those that began have their time; 0: none did */
} BgDiagnosisPace;

/* One is wanted at `now_ms` (monotonic): milliseconds until it may begin, which is then counted. */
guint bg_diagnosis_pace_take (BgDiagnosisPace *self, gint64 now_ms);

G_END_DECLS
