/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/worker-version.h"

enum
{
  PARTS = 4
};

static gboolean
read_version (const char *text, guint64 parts[PARTS])
{
  g_auto (GStrv) words = g_strsplit (text ? text : "", ".", PARTS + 1);
  guint n = g_strv_length (words);

  if (n == 0 || n > PARTS)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!g_ascii_string_to_unsigned (words[i], 10, 0, G_MAXUINT32, &parts[i], NULL))
      return FALSE;
  return TRUE;
}

WorkerAge
worker_version_compare (const char *there, const char *here)
{
  guint64 a[PARTS] = { 0 }, b[PARTS] = { 0 };

  if (!read_version (there, a) || !read_version (here, b))
    return WORKER_STRANGE;
  for (guint i = 0; i < PARTS; i++)
    if (a[i] != b[i])
      return a[i] < b[i] ? WORKER_OLDER : WORKER_NEWER;
  return WORKER_SAME;
}

static const WorkerDeed deeds[][WORKER_STRANGE + 1] = {
  [WORKER_DEPLOY] = {
    [WORKER_ABSENT] = WORKER_UPLOAD,
    [WORKER_OLDER] = WORKER_REFUSE_OLDER,
    [WORKER_SAME] = WORKER_LEAVE,
    [WORKER_NEWER] = WORKER_REFUSE_NEWER,
    [WORKER_STRANGE] = WORKER_REFUSE_STRANGE,
  },
  [WORKER_UPDATE] = {
    [WORKER_ABSENT] = WORKER_REFUSE_ABSENT,
    [WORKER_OLDER] = WORKER_UPLOAD,
    [WORKER_SAME] = WORKER_LEAVE,
    [WORKER_NEWER] = WORKER_REFUSE_NEWER,
    [WORKER_STRANGE] = WORKER_REFUSE_STRANGE,
  },
};

WorkerDeed
worker_version_decide (WorkerWish wish, WorkerAge age, gboolean is_changed, gboolean is_forced)
{
  WorkerDeed deed = deeds[wish][age];

  if (is_forced && deed != WORKER_REFUSE_ABSENT)
    return WORKER_UPLOAD;
  return deed == WORKER_LEAVE && is_changed ? WORKER_UPLOAD : deed;
}
