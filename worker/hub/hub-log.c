/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-log.h"
#include "common/error.h"

#include <openssl/evp.h>

struct _BgHubLog
{
  BgHubWriter *writer;
  GPtrArray *entries; /* GBytes */
  BgMembership *membership;
};

/* What OpenSSL does for us */

static gboolean
hash_entry (GBytes *bytes, guint8 hash[BG_ENTRY_HASH])
{
  gsize len;
  gconstpointer data = g_bytes_get_data (bytes, &len);

  return EVP_Digest (data, len, hash, NULL, EVP_sha256 (), NULL) == 1;
}

/* What is signed: the context, and the entry up to its signature. */
static GByteArray *
signed_text (const BgEntry *entry)
{
  GByteArray *text = g_byte_array_new ();

  g_byte_array_append (text, bg_entry_context.bytes, (guint) bg_entry_context.len);
  return g_byte_array_append (text, entry->is_signed.bytes, (guint) entry->is_signed.len);
}

static gboolean
is_signature_good (const BgEntry *entry)
{
  g_autoptr (GByteArray) text = signed_text (entry);
  EVP_PKEY *key = EVP_PKEY_new_raw_public_key (EVP_PKEY_ED25519, NULL, entry->signer, BG_ENTRY_KEY);
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  gboolean is_good = key != NULL && context != NULL
                     && EVP_DigestVerifyInit (context, NULL, NULL, NULL, key) == 1
                     && EVP_DigestVerify (context, entry->signature.bytes, entry->signature.len,
                                          text->data, text->len)
                          == 1;

  EVP_MD_CTX_free (context);
  EVP_PKEY_free (key);
  return is_good;
}

/* Verdicts */

static const struct
{
  BgHubLogAnswer answer;
  const char *why;
} verdicts[] = {
  [BG_VERDICT_FITS] = { BG_HUB_LOG_TAKEN, NULL },
  [BG_VERDICT_MALFORMED] = { BG_HUB_LOG_WRONG, "this is no entry" },
  [BG_VERDICT_ELSEWHERE] = { BG_HUB_LOG_CONTRADICTS,
                             "the entry does not follow the last one: the log has gone on" },
  [BG_VERDICT_TOO_OLD] = { BG_HUB_LOG_CONTRADICTS,
                           "the entry says that it was made before the one before it" },
  [BG_VERDICT_NOT_ALLOWED] = { BG_HUB_LOG_NOT_ALLOWED, "whoever signed the entry may not" },
  [BG_VERDICT_EXPIRED] = { BG_HUB_LOG_NOT_ALLOWED, "the invite is over" },
  [BG_VERDICT_BEYOND_INVITE] = { BG_HUB_LOG_NOT_ALLOWED,
                                 "the entry says more than the invite grants" },
  [BG_VERDICT_NAME_TAKEN] = { BG_HUB_LOG_CONTRADICTS, "another device has this name" },
  [BG_VERDICT_ADDRESS_TAKEN] = { BG_HUB_LOG_CONTRADICTS, "another device has this address" },
  [BG_VERDICT_KEY_SPENT] = { BG_HUB_LOG_CONTRADICTS,
                             "this key was revoked, or the log has had it" },
  [BG_VERDICT_UNKNOWN] = { BG_HUB_LOG_CONTRADICTS,
                           "there is no such device, owner or invite in the log" },
  [BG_VERDICT_LAST_OWNER] = { BG_HUB_LOG_CONTRADICTS, "the last owner stays one" },
  [BG_VERDICT_FULL] = { BG_HUB_LOG_FULL, "the log is full" },
  [BG_VERDICT_TOO_NEW] = { BG_HUB_LOG_WRONG,
                           "the entry was made later than now, by the hub's clock: set the clocks" },
};

static BgHubLogAnswer
answer_of (BgVerdict verdict, const char **why)
{
  *why = verdicts[verdict].why;
  return verdicts[verdict].answer;
}

/* Entries */

enum
{
  LONG_AGO = -1,
};

static BgVerdict
judge (const BgMembership *membership, const BgEntry *entry, gint64 now)
{
  return now == LONG_AGO ? bg_membership_judge (membership, entry)
                         : bg_membership_judge_now (membership, entry, (guint64) now);
}

/* One more, where it may be. `now`: Unix seconds, or LONG_AGO for one that was taken before. */
static BgHubLogAnswer
take (BgMembership *membership, GBytes *bytes, gint64 now, const char **why)
{
  guint8 hash[BG_ENTRY_HASH];
  gsize len;
  const guint8 *data = g_bytes_get_data (bytes, &len);
  BgEntry entry;
  BgVerdict verdict;

  if (!bg_entry_read ((BgBytes){ data, len }, &entry))
    return answer_of (BG_VERDICT_MALFORMED, why);
  verdict = judge (membership, &entry, now);
  if (verdict != BG_VERDICT_FITS)
    return answer_of (verdict, why);
  *why = "the signature is wrong";
  if (!hash_entry (bytes, hash) || !is_signature_good (&entry))
    return BG_HUB_LOG_WRONG;
  bg_membership_apply (membership, &entry, hash);
  return BG_HUB_LOG_TAKEN;
}

static void
keep (BgHubLog *self, GBytes *bytes)
{
  BgHubLogEntry row = { self->entries->len, bytes };

  g_ptr_array_add (self->entries, g_bytes_ref (bytes));
  bg_hub_writer_put (self->writer, bg_hub_change_of_log_entry (&row));
}

/* All or none: tried on a copy, which has no pointers out of it. */
BgHubLogAnswer
bg_hub_log_append (BgHubLog *self, GPtrArray *entries, gint64 now, const char **why)
{
  g_autofree BgMembership *trial = g_memdup2 (self->membership, bg_membership_size ());
  BgHubLogAnswer answer = BG_HUB_LOG_TAKEN;

  for (guint i = 0; i < entries->len && answer == BG_HUB_LOG_TAKEN; i++)
    answer = take (trial, entries->pdata[i], now, why);
  if (answer != BG_HUB_LOG_TAKEN)
    return answer;
  for (guint i = 0; i < entries->len; i++)
    keep (self, entries->pdata[i]);
  g_free (self->membership);
  self->membership = g_steal_pointer (&trial);
  return BG_HUB_LOG_TAKEN;
}

GPtrArray *
bg_hub_log_list (BgHubLog *self, guint from)
{
  GPtrArray *list = g_ptr_array_new ();
  gsize len = 0;

  for (guint i = from; i < self->entries->len; i++)
    {
      len += g_bytes_get_size (self->entries->pdata[i]);
      if (len > BG_HUB_LOG_PAGE)
        break;
      g_ptr_array_add (list, self->entries->pdata[i]);
    }
  return list;
}

const BgMembership *
bg_hub_log_get_membership (BgHubLog *self)
{
  return self->membership;
}

guint
bg_hub_log_count (BgHubLog *self)
{
  return self->entries->len;
}

/* Life */

BgHubLog *
bg_hub_log_new (GPtrArray *rows, BgHubWriter *writer, GError **error)
{
  g_autoptr (GPtrArray) keep = rows;
  g_autoptr (BgHubLog) self = g_new0 (BgHubLog, 1);
  const char *why;

  self->writer = writer;
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->membership = bg_membership_init (g_malloc0 (bg_membership_size ()));
  for (guint i = 0; i < rows->len; i++)
    {
      const BgHubLogEntry *row = rows->pdata[i];

      if (take (self->membership, row->bytes, LONG_AGO, &why) != BG_HUB_LOG_TAKEN)
        {
          g_set_error (error, BG_ERROR, BG_ERROR_FAILED,
                       "database: entry %u of the log of members: %s", row->number, why);
          return NULL;
        }
      g_ptr_array_add (self->entries, g_bytes_ref (row->bytes));
    }
  return g_steal_pointer (&self);
}

void
bg_hub_log_free (BgHubLog *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->entries);
  g_free (self->membership);
  g_free (self);
}
