/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-invites.h"
#include "common/invite-code.h"
#include "worker/hub/token-bucket.h"

#include <openssl/rand.h>
#include <string.h>

enum
{
  MAX_SOURCES = 4096,
  IPV4_BYTES = 4,
  IPV6_NET_BYTES = 8,
};

static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
G_STATIC_ASSERT (sizeof alphabet - 1 == 32); /* five bits of a byte choose without bias */

static const BgTokenRate per_source = { .per_second = 1.0 / 6, .burst = 10 };
static const BgTokenRate over_all = { .per_second = 10, .burst = 100 };

char *
bg_hub_invite_code_new (void)
{
  guchar random[BG_INVITE_CODE_SYMBOLS];
  GString *code;

  if (RAND_bytes (random, sizeof random) != 1)
    return NULL;
  code = g_string_sized_new (BG_INVITE_CODE_SYMBOLS + 1);
  for (int i = 0; i < BG_INVITE_CODE_SYMBOLS; i++)
    g_string_append_c (code, alphabet[random[i] & 31]);
  g_string_insert_c (code, BG_INVITE_CODE_SYMBOLS / 2, '-');
  return g_string_free (code, FALSE);
}

/* The guard */

struct _BgHubGuard
{
  BgTokenBucket all;
  gboolean started;
  GHashTable *sources; /* GBytes (address or network) → BgTokenBucket */
};

BgHubGuard *
bg_hub_guard_new (void)
{
  BgHubGuard *guard = g_new0 (BgHubGuard, 1);

  guard->sources = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
                                          (GDestroyNotify) g_bytes_unref, g_free);
  return guard;
}

void
bg_hub_guard_free (BgHubGuard *guard)
{
  if (guard == NULL)
    return;
  g_hash_table_unref (guard->sources);
  g_free (guard);
}

guint
bg_hub_guard_count_sources (BgHubGuard *guard)
{
  return g_hash_table_size (guard->sources);
}

static GBytes *
source_key (GInetAddress *source)
{
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };
  const guint8 *bytes = g_inet_address_to_bytes (source);

  if (g_inet_address_get_family (source) == G_SOCKET_FAMILY_IPV4)
    return g_bytes_new (bytes, IPV4_BYTES);
  if (memcmp (bytes, mapped, sizeof mapped) == 0) /* IPv4 on a dual-stack socket */
    return g_bytes_new (bytes + sizeof mapped, IPV4_BYTES);
  return g_bytes_new (bytes, IPV6_NET_BYTES);
}

static gboolean
is_forgettable (gpointer key, gpointer bucket, gpointer now_us)
{
  return bg_token_bucket_is_full (bucket, &per_source, *(gint64 *) now_us);
}

/* NULL where the table is full of busy sources. */
static BgTokenBucket *
bucket_of (BgHubGuard *guard, GBytes *key, gint64 now_us)
{
  BgTokenBucket *bucket = g_hash_table_lookup (guard->sources, key);

  if (bucket != NULL)
    return bucket;
  if (g_hash_table_size (guard->sources) >= MAX_SOURCES)
    g_hash_table_foreach_remove (guard->sources, is_forgettable, &now_us);
  if (g_hash_table_size (guard->sources) >= MAX_SOURCES)
    return NULL;
  bucket = g_new (BgTokenBucket, 1);
  bg_token_bucket_init (bucket, &per_source, now_us);
  g_hash_table_insert (guard->sources, g_bytes_ref (key), bucket);
  return bucket;
}

gboolean
bg_hub_guard_may_try (BgHubGuard *guard, GInetAddress *source, gint64 now_us, guint *wait_s)
{
  g_autoptr (GBytes) key = source_key (source);
  BgTokenBucket *bucket = bucket_of (guard, key, now_us);

  if (!guard->started)
    bg_token_bucket_init (&guard->all, &over_all, now_us);
  guard->started = TRUE;

  *wait_s = (guint) (1 / per_source.per_second);
  if (bucket == NULL)
    return FALSE;
  if (!bg_token_bucket_take (bucket, &per_source, now_us))
    {
      *wait_s = bg_token_bucket_wait_s (bucket, &per_source);
      return FALSE;
    }
  if (!bg_token_bucket_take (&guard->all, &over_all, now_us))
    {
      bg_token_bucket_give_back (bucket, &per_source);
      *wait_s = bg_token_bucket_wait_s (&guard->all, &over_all);
      return FALSE;
    }
  return TRUE;
}

void
bg_hub_guard_forgive (BgHubGuard *guard, GInetAddress *source)
{
  g_autoptr (GBytes) key = source_key (source);
  BgTokenBucket *bucket = g_hash_table_lookup (guard->sources, key);

  if (bucket != NULL)
    bg_token_bucket_give_back (bucket, &per_source);
  bg_token_bucket_give_back (&guard->all, &over_all);
}
