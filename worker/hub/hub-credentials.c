/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-credentials.h"
#include "worker/hub/hub-secret.h"

#define TOKEN_PREFIX "bgr_"

enum
{
  TOKEN_BYTES = 32,
};

struct _BgHubCredentials
{
  BgHubWriter *writer;
  GHashTable *table; /* device's id → BgHubCredential */
};

BgHubCredentials *
bg_hub_credentials_new (GPtrArray *rows, BgHubWriter *writer)
{
  BgHubCredentials *self = g_new0 (BgHubCredentials, 1);

  self->writer = writer;
  self->table = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                       (GDestroyNotify) bg_hub_credential_free);
  g_ptr_array_set_free_func (rows, NULL);
  for (guint i = 0; i < rows->len; i++)
    g_hash_table_replace (self->table, ((BgHubCredential *) rows->pdata[i])->device,
                          rows->pdata[i]);
  g_ptr_array_unref (rows);
  return self;
}

void
bg_hub_credentials_free (BgHubCredentials *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->table);
  g_free (self);
}

static void
write_row (BgHubCredentials *self, const BgHubCredential *row)
{
  bg_hub_writer_put (self->writer, bg_hub_change_of_credential (row, FALSE));
}

char *
bg_hub_credentials_issue (BgHubCredentials *self, const char *device, gint64 now)
{
  g_autofree char *token = bg_hub_secret_new (TOKEN_PREFIX, TOKEN_BYTES);
  g_autofree char *hash = token != NULL ? bg_hub_secret_hash (token) : NULL;
  BgHubCredential *row;

  if (token == NULL)
    return NULL;
  row = bg_hub_credential_new (device, hash, now);
  g_hash_table_replace (self->table, row->device, row);
  write_row (self, row);
  return g_steal_pointer (&token);
}

/* Refreshing */

/* The one that is replaced was never used where the previous one is shown again. */
static char *
make_next (BgHubCredential *row, BgRefreshVerdict verdict, gint64 now)
{
  char *token = bg_hub_secret_new (TOKEN_PREFIX, TOKEN_BYTES);

  if (token == NULL)
    return NULL;
  if (verdict == BG_REFRESH_ROTATE)
    {
      g_free (row->previous_hash);
      row->previous_hash = g_steal_pointer (&row->hash);
      row->previous_made_at = row->made_at;
    }
  g_free (row->hash);
  row->hash = bg_hub_secret_hash (token);
  row->made_at = now;
  row->is_used = FALSE;
  return token;
}

/* No random numbers: it goes on with the one that it has. */
static char *
next_token (BgHubCredential *row, const BgRefresh *shown, BgRefreshVerdict verdict,
            const char *token, gint64 now, gint64 *age)
{
  char *next = verdict == BG_REFRESH_KEEP ? NULL : make_next (row, verdict, now);

  *age = 0;
  if (next != NULL)
    return next;
  *age = MAX (now - (shown->is_current ? row->made_at : row->previous_made_at), 0);
  if (shown->is_current)
    row->is_used = TRUE;
  return g_strdup (token);
}

static gboolean
is_refusal (BgRefreshVerdict verdict)
{
  return verdict != BG_REFRESH_KEEP && verdict != BG_REFRESH_ROTATE
         && verdict != BG_REFRESH_REPLACE;
}

BgRefreshVerdict
bg_hub_credentials_refresh (BgHubCredentials *self, const char *device, BgDeviceState state,
                            const char *token, gboolean rotate, gint64 now, char **next,
                            gint64 *age)
{
  BgHubCredential *row = g_hash_table_lookup (self->table, device);
  g_autofree char *hash = bg_hub_secret_hash (token);
  BgRefresh shown = { .state = state, .wants_rotation = rotate };
  BgRefreshVerdict verdict;

  *next = NULL;
  if (row != NULL)
    {
      shown.is_current = bg_hub_secret_equal (row->hash, hash);
      shown.is_previous = bg_hub_secret_equal (row->previous_hash, hash);
      shown.is_current_used = row->is_used;
      shown.used_at = row->used_at;
    }
  verdict = bg_device_refresh (&shown, now);
  if (is_refusal (verdict))
    return verdict;
  *next = next_token (row, &shown, verdict, token, now, age);
  row->used_at = now;
  write_row (self, row);
  return verdict;
}

const BgHubCredential *
bg_hub_credentials_find (BgHubCredentials *self, const char *device)
{
  return g_hash_table_lookup (self->table, device);
}

void
bg_hub_credentials_forget (BgHubCredentials *self, const char *device)
{
  const BgHubCredential *row = g_hash_table_lookup (self->table, device);

  if (row == NULL)
    return;
  bg_hub_writer_put (self->writer, bg_hub_change_of_credential (row, TRUE));
  g_hash_table_remove (self->table, device);
}
