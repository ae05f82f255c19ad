/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/diagnosis-pace.h"

guint
bg_diagnosis_pace_take (BgDiagnosisPace *self, gint64 now_ms)
{
  const gint64 ahead_ms = (BG_DIAGNOSIS_BURST - 1) * BG_DIAGNOSIS_STEP_MS;
  gint64 from_ms = MAX (self->paid_ms, now_ms);

  self->paid_ms = from_ms + BG_DIAGNOSIS_STEP_MS;
  return (guint) MAX (from_ms - ahead_ms - now_ms, 0);
}
