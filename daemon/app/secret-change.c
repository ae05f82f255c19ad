/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/secret-change.h"

#include "common/log.h"

typedef struct
{
  char *name;
  char *wanted; /* NULL: none */
  char *before; /* NULL: none */
  gboolean written;
} Secret;

struct _BgSecretChange
{
  BgSecretStore *store;
  GPtrArray *secrets; /* Secret */
};

static void
secret_free (gpointer data)
{
  Secret *secret = data;

  bg_secret_free (secret->wanted);
  bg_secret_free (secret->before);
  g_free (secret->name);
  g_free (secret);
}

BgSecretChange *
bg_secret_change_new (BgSecretStore *store)
{
  BgSecretChange *self = g_new0 (BgSecretChange, 1);

  self->store = store;
  self->secrets = g_ptr_array_new_with_free_func (secret_free);
  return self;
}

void
bg_secret_change_free (BgSecretChange *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->secrets);
  g_free (self);
}

void
bg_secret_change_add (BgSecretChange *self, const char *name, const char *text)
{
  Secret *secret = g_new0 (Secret, 1);

  secret->name = g_strdup (name);
  secret->wanted = text && *text ? g_strdup (text) : NULL;
  g_ptr_array_add (self->secrets, secret);
}

static gboolean
put (BgSecretStore *store, const char *name, const char *text, GError **error)
{
  return text ? bg_secret_store_write (store, name, text, error)
              : bg_secret_store_remove (store, name, error);
}

static gboolean
write_one (BgSecretStore *store, Secret *secret, GError **error)
{
  g_autoptr (GError) local = NULL;

  secret->before = bg_secret_store_read (store, secret->name, &local);
  secret->written = !local && put (store, secret->name, secret->wanted, &local);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  return secret->written;
}

gboolean
bg_secret_change_write (BgSecretChange *self, GError **error)
{
  for (guint i = 0; i < self->secrets->len; i++)
    if (!write_one (self->store, self->secrets->pdata[i], error))
      {
        bg_secret_change_undo (self);
        return FALSE;
      }
  return TRUE;
}

void
bg_secret_change_undo (BgSecretChange *self)
{
  for (guint i = 0; i < self->secrets->len; i++)
    {
      Secret *secret = self->secrets->pdata[i];
      g_autoptr (GError) error = NULL;

      if (secret->written && !put (self->store, secret->name, secret->before, &error))
        bg_log (BG_TOPIC_CONFIG, CRITICAL, NULL, "secret %s could not be restored: %s",
                secret->name, error->message);
      secret->written = FALSE;
    }
}
