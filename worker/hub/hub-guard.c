/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-guard.h"
#include "worker/hub/hub-shares.h"
#include "common/log.h"

enum
{
  ALARM_EVERY_S = 60
};

static const BgTokenRate suspicious = { .per_second = 1, .burst = 100 };

struct _BgHubGuard
{
  const char *what;
  BgHubShares *shares;
  BgTokenBucket wrong;
  gint64 alarmed_at;
};

BgHubGuard *
bg_hub_guard_new (const char *what)
{
  BgHubGuard *guard = g_new0 (BgHubGuard, 1);

  guard->what = what;
  guard->shares = bg_hub_shares_new (&bg_guess_rule);
  bg_token_bucket_init (&guard->wrong, &suspicious, 0);
  return guard;
}

void
bg_hub_guard_free (BgHubGuard *guard)
{
  if (guard == NULL)
    return;
  bg_hub_shares_free (guard->shares);
  g_free (guard);
}

guint
bg_hub_guard_count_sources (BgHubGuard *guard)
{
  return bg_hub_shares_count (guard->shares);
}

gboolean
bg_hub_guard_may_try (BgHubGuard *guard, GInetAddress *source, gint64 now_us, guint *wait_s)
{
  return bg_hub_shares_take (guard->shares, source, now_us, wait_s);
}

void
bg_hub_guard_forgive (BgHubGuard *guard, GInetAddress *source)
{
  bg_hub_shares_give_back (guard->shares, source);
}

void
bg_hub_guard_note_wrong (BgHubGuard *guard, gint64 now_us)
{
  if (bg_token_bucket_take (&guard->wrong, &suspicious, now_us))
    return;
  if (guard->alarmed_at != 0
      && now_us - guard->alarmed_at < (gint64) ALARM_EVERY_S * G_USEC_PER_SEC)
    return;
  guard->alarmed_at = now_us;
  bg_log (BG_TOPIC_HUB, WARNING, NULL, "many wrong %s are tried: somebody may be guessing",
          guard->what);
}
