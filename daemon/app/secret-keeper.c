/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/secret-keeper.h"

#include "app/secret-store-private.h"
#include "common/error.h"
#include "common/log.h"

struct _BgSecretKeeper
{
  char *directory;
  BgSecretOwner own;
  BgConfig *config;
  const BgSecretSourceOps *ops;
  gpointer source;
  gboolean in_use;        /* by a tunnel: what is handed over stays known */
  GHashTable *known;      /* name → secret, or NULL where its owner has none */
  GCancellable *settling; /* NULL: nothing is handed over by itself */
};

static void
free_known (gpointer secret)
{
  bg_secret_free (secret);
}

BgSecretKeeper *
bg_secret_keeper_new (const char *directory, const BgSecretOwner *own, BgConfig *config)
{
  BgSecretKeeper *self = g_new0 (BgSecretKeeper, 1);

  self->directory = g_strdup (directory);
  self->own = *own;
  self->config = bg_config_ref (config);
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_known);
  return self;
}

void
bg_secret_keeper_free (BgSecretKeeper *self)
{
  if (!self)
    return;
  bg_secret_keeper_stop_settling (self);
  g_hash_table_unref (self->known);
  bg_config_unref (self->config);
  g_free (self->directory);
  g_free (self);
}

void
bg_secret_keeper_set_config (BgSecretKeeper *self, BgConfig *config)
{
  g_autoptr (BgConfig) old = self->config;

  self->config = bg_config_ref (config);
}

void
bg_secret_keeper_set_source (BgSecretKeeper *self, const BgSecretSourceOps *ops, gpointer source)
{
  bg_secret_keeper_stop_settling (self);
  self->ops = ops;
  self->source = source;
}

const BgSecretSourceOps *
bg_secret_keeper_get_source (BgSecretKeeper *self, gpointer *source)
{
  *source = self->source;
  return self->ops;
}

/* --- Names and owners --- */

char **
bg_secret_keeper_list_names (BgSecretKeeper *self)
{
  const GPtrArray *peers = self->config->static_peers;
  GPtrArray *names = g_ptr_array_new ();

  g_ptr_array_add (names, g_strdup ("device-key"));
  g_ptr_array_add (names, g_strdup ("token"));
  g_ptr_array_add (names, g_strdup ("device-credential"));
  g_ptr_array_add (names, g_strdup ("turn-secret"));
  for (guint i = 0; i < peers->len; i++)
    g_ptr_array_add (
      names, g_strdup_printf ("peer/%s/psk", ((const BgStaticPeer *) peers->pdata[i])->name));
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

static BgSecretOwner
said_owner (const BgConfig *config, const char *name)
{
  g_autofree char *peer = bg_secret_peer_of (name);

  for (guint i = 0; peer && i < config->static_peers->len; i++)
    {
      const BgStaticPeer *known = config->static_peers->pdata[i];

      if (g_str_equal (known->name, peer))
        return known->psk_owner;
    }
  if (g_str_equal (name, "device-key"))
    return config->device_key_owner;
  if (g_str_equal (name, "token"))
    return config->token_owner;
  if (g_str_equal (name, "device-credential"))
    return config->device_credential_owner;
  if (g_str_equal (name, "turn-secret"))
    return config->turn_secret_owner;
  return (BgSecretOwner){ BG_SECRET_UNSAID, 0 };
}

/* Whoever keeps the token from whoever has the disk means what takes its place, too. */
BgSecretOwner
bg_secret_keeper_unsaid_owner_of (BgSecretKeeper *self, const char *name)
{
  return g_str_equal (name, "device-credential") && self->config->token_owner.kind == BG_SECRET_USER
           ? self->config->token_owner
           : self->own;
}

BgSecretOwner
bg_secret_keeper_owner_of (BgSecretKeeper *self, const char *name)
{
  BgSecretOwner said = said_owner (self->config, name);

  return said.kind == BG_SECRET_UNSAID ? bg_secret_keeper_unsaid_owner_of (self, name) : said;
}

char *
bg_secret_keeper_setting_of (const char *name)
{
  g_autofree char *peer = bg_secret_peer_of (name);

  return peer ? g_strdup_printf ("peer.%s.preshared-key-owner", peer)
              : g_strconcat ("secrets.", name, NULL);
}

BgSecretOwner
bg_secret_keeper_own (BgSecretKeeper *self)
{
  return self->own;
}

static gboolean
is_persons (BgSecretKeeper *self, const char *name)
{
  BgSecretOwner owner = bg_secret_keeper_owner_of (self, name);

  return bg_secret_owner_is_user (&owner);
}

/* Without it a tunnel of these settings does not come up. */
static gboolean
is_needed (const BgConfig *config, const char *name)
{
  if (g_str_equal (name, "token"))
    return config->server_url && !config->host_hub;
  if (g_str_equal (name, "device-credential"))
    return config->server_url || config->host_hub;
  if (g_str_equal (name, "turn-secret"))
    return config->turn_servers[0] != NULL;
  return TRUE;
}

/* --- The store --- */

typedef struct
{
  BgSecretStore parent;
  BgSecretKeeper *keeper;
  BgSecretStore *files;
  gboolean for_change;
} OwnedStore;

static char *
owned_read (BgSecretStore *base, const char *name, GError **error)
{
  OwnedStore *store = (OwnedStore *) base;
  g_autoptr (GError) local = NULL;
  char *secret = bg_secret_store_read (store->files, name, &local);
  g_autoptr (BgWords) words = NULL;

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  if (secret || !is_persons (store->keeper, name))
    return secret;
  if (store->for_change || g_hash_table_contains (store->keeper->known, name))
    return g_strdup (g_hash_table_lookup (store->keeper->known, name));
  words = bg_secret_words (name);
  bg_error_set (error, BG_ERROR_WRONG_STATE, SECRET_NOT_ASKED_YET, words);
  return NULL;
}

static gboolean
owned_write (BgSecretStore *base, const char *name, const char *secret, GError **error)
{
  OwnedStore *store = (OwnedStore *) base;

  if (is_persons (store->keeper, name)
      && g_strcmp0 (g_hash_table_lookup (store->keeper->known, name), secret) == 0)
    return bg_secret_store_remove (store->files, name, error); /* its owner has it */
  return bg_secret_store_write (store->files, name, secret, error);
}

static gboolean
owned_remove (BgSecretStore *base, const char *name, GError **error)
{
  OwnedStore *store = (OwnedStore *) base;

  g_hash_table_remove (store->keeper->known, name);
  return bg_secret_store_remove (store->files, name, error);
}

static void
owned_free (BgSecretStore *base)
{
  bg_secret_store_free (((OwnedStore *) base)->files);
  g_free (base);
}

static const BgSecretStoreOps owned_ops = { owned_read, owned_write, owned_remove, owned_free };

BgSecretStore *
bg_secret_keeper_open (BgSecretKeeper *self, GError **error)
{
  BgSecretStore *files = bg_secret_keeper_open_files (self, error);
  OwnedStore *store;

  if (!files)
    return NULL;
  store = g_new0 (OwnedStore, 1);
  store->parent.ops = &owned_ops;
  store->keeper = self;
  store->files = files;
  return &store->parent;
}

BgSecretStore *
bg_secret_keeper_open_for_change (BgSecretKeeper *self, GError **error)
{
  BgSecretStore *store = bg_secret_keeper_open (self, error);

  if (store)
    ((OwnedStore *) store)->for_change = TRUE;
  return store;
}

BgSecretStore *
bg_secret_keeper_open_files (BgSecretKeeper *self, GError **error)
{
  return bg_secret_store_new_files (self->directory, error);
}

static char *
read_file (BgSecretKeeper *self, const char *name)
{
  g_autoptr (BgSecretStore) files = bg_secret_keeper_open_files (self, NULL);

  return files ? bg_secret_store_read (files, name, NULL) : NULL;
}

gboolean
bg_secret_keeper_has_file (BgSecretKeeper *self, const char *name)
{
  char *secret = read_file (self, name);
  gboolean has = secret != NULL;

  bg_secret_free (secret);
  return has;
}

gboolean
bg_secret_keeper_knows (BgSecretKeeper *self, const char *name)
{
  return !is_persons (self, name) || g_hash_table_contains (self->known, name)
         || bg_secret_keeper_has_file (self, name);
}

/* --- Asking --- */

typedef struct
{
  BgSecretKeeper *self;
  GPtrArray *left;  /* names that nobody was asked for yet */
  GPtrArray *asked; /* of the question under way, NULL at its end */
  BgSecretOwner owner;
} Fetch;

static void
fetch_free (gpointer data)
{
  Fetch *fetch = data;

  g_ptr_array_unref (fetch->left);
  g_ptr_array_unref (fetch->asked);
  g_free (fetch);
}

/* Takes the names of one owner out of those that are left. FALSE: there are none. */
static gboolean
take_question (Fetch *fetch)
{
  g_ptr_array_set_size (fetch->asked, 0);
  for (guint i = 0; i < fetch->left->len;)
    {
      BgSecretOwner owner = bg_secret_keeper_owner_of (fetch->self, fetch->left->pdata[i]);

      if (fetch->asked->len == 0)
        fetch->owner = owner;
      if (bg_secret_owner_equal (&fetch->owner, &owner))
        g_ptr_array_add (fetch->asked, g_ptr_array_steal_index (fetch->left, i));
      else
        i++;
    }
  g_ptr_array_add (fetch->asked, NULL);
  return fetch->asked->len > 1;
}

static void
refuse_nobody (const BgSecretOwner *owner, const char *name, GError **error)
{
  g_autoptr (BgWords) words = bg_secret_words (name);
  g_autofree char *person = bg_secret_owner_person (owner);

  bg_error_set (error, BG_ERROR_WRONG_STATE, SECRET_WITHOUT_BUS, words, person);
}

static gboolean
is_said (Fetch *fetch, const char *name)
{
  return said_owner (fetch->self->config, name).kind != BG_SECRET_UNSAID;
}

/* A device that has a credential needs no token. */
static gboolean
is_dispensable (Fetch *fetch, const char *name)
{
  return g_str_equal (name, "token")
         && (g_hash_table_lookup (fetch->self->known, "device-credential")
             || bg_secret_keeper_has_file (fetch->self, "device-credential"));
}

static void
take_secrets (Fetch *fetch, GHashTable *answer)
{
  for (guint i = 0; fetch->asked->pdata[i]; i++)
    {
      const char *name = fetch->asked->pdata[i];

      g_hash_table_replace (fetch->self->known, g_strdup (name),
                            g_strdup (g_hash_table_lookup (answer, name)));
    }
}

/* What the settings say to be somebody's has to be there. */
static gboolean
check_answer (Fetch *fetch, GHashTable *answer, GError **error)
{
  for (guint i = 0; fetch->asked->pdata[i]; i++)
    {
      const char *name = fetch->asked->pdata[i], *secret = g_hash_table_lookup (answer, name);
      g_autoptr (BgWords) words = bg_secret_words (name);
      g_autofree char *person = bg_secret_owner_person (&fetch->owner);

      if (!secret && is_said (fetch, name) && !is_dispensable (fetch, name))
        {
          bg_error_set (error, BG_ERROR_NOT_CONFIGURED, SECRET_NOT_IN_KEYRING, words, person);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
take_answer (Fetch *fetch, GHashTable *answer, GError **error)
{
  take_secrets (fetch, answer);
  if (check_answer (fetch, answer, error))
    return TRUE;
  for (guint i = 0; fetch->asked->pdata[i]; i++)
    g_hash_table_remove (fetch->self->known, fetch->asked->pdata[i]);
  return FALSE;
}

/* There is no keyring at all, and of a static peer nobody said that it has a preshared key. */
static gboolean
may_do_without (Fetch *fetch, const GError *error)
{
  if (!g_error_matches (error, BG_ERROR, BG_ERROR_NOT_FOUND))
    return FALSE;
  for (guint i = 0; fetch->asked->pdata[i]; i++)
    {
      g_autofree char *peer = bg_secret_peer_of (fetch->asked->pdata[i]);

      if (!peer || is_said (fetch, fetch->asked->pdata[i]))
        return FALSE;
    }
  return TRUE;
}

static void ask_next (GTask *task);

static void
on_got (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Fetch *fetch = g_task_get_task_data (task);
  gpointer source = g_object_get_data (G_OBJECT (task), "source");
  const BgSecretSourceOps *ops = g_object_get_data (G_OBJECT (task), "ops");
  GError *error = NULL;
  g_autoptr (GHashTable) answer = ops->get_finish (source, result, &error);

  if (!answer && may_do_without (fetch, error))
    {
      g_clear_error (&error);
      answer = g_hash_table_new (g_str_hash, g_str_equal);
    }
  if (!answer || !take_answer (fetch, answer, &error))
    g_task_return_error (task, error);
  else
    ask_next (task);
}

static void
ask_next (GTask *task)
{
  Fetch *fetch = g_task_get_task_data (task);
  BgSecretKeeper *self = fetch->self;
  GError *error = NULL;

  if (!take_question (fetch))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  if (!self->ops)
    {
      refuse_nobody (&fetch->owner, fetch->asked->pdata[0], &error);
      g_task_return_error (task, error);
      return;
    }
  g_object_set_data (G_OBJECT (task), "source", self->source);
  g_object_set_data (G_OBJECT (task), "ops", (gpointer) self->ops);
  self->ops->get (self->source, &fetch->owner, (const char *const *) fetch->asked->pdata,
                  g_task_get_cancellable (task), on_got, g_object_ref (task));
}

void
bg_secret_keeper_fetch_async (BgSecretKeeper *self, const char *const *names,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  g_auto (GStrv) all = names ? g_strdupv ((char **) names) : bg_secret_keeper_list_names (self);
  Fetch *fetch = g_new0 (Fetch, 1);

  g_task_set_source_tag (task, bg_secret_keeper_fetch_async);
  fetch->self = self;
  self->in_use |= !names;
  fetch->left = g_ptr_array_new_with_free_func (g_free);
  fetch->asked = g_ptr_array_new_with_free_func (g_free);
  g_task_set_task_data (task, fetch, fetch_free);
  for (char **name = all; *name; name++)
    if ((names || is_needed (self->config, *name)) && !bg_secret_keeper_knows (self, *name))
      g_ptr_array_add (fetch->left, g_strdup (*name));
  ask_next (task);
}

gboolean
bg_secret_keeper_fetch_finish (BgSecretKeeper *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
bg_secret_keeper_lacks (BgSecretKeeper *self)
{
  g_auto (GStrv) names = bg_secret_keeper_list_names (self);

  for (char **name = names; *name; name++)
    if (is_needed (self->config, *name) && !bg_secret_keeper_knows (self, *name))
      return TRUE;
  return FALSE;
}

void
bg_secret_keeper_suppose_none (BgSecretKeeper *self, const char *name)
{
  g_hash_table_replace (self->known, g_strdup (name), NULL);
}

void
bg_secret_keeper_forget (BgSecretKeeper *self)
{
  self->in_use = FALSE;
  g_hash_table_remove_all (self->known);
}

/* --- Handing over --- */

typedef struct
{
  const BgSecretSourceOps *ops;
  gpointer source;
  BgSecretOwner owner;
  char *name, *secret;
} HandOver;

static void
hand_over_free (gpointer data)
{
  HandOver *hand = data;

  g_free (hand->name);
  bg_secret_free (hand->secret);
  g_free (hand);
}

static void
on_proof (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  HandOver *hand = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GHashTable) answer = hand->ops->get_finish (hand->source, result, &error);
  g_autoptr (BgWords) words = bg_secret_words (hand->name);

  if (!answer)
    g_task_return_error (task, error);
  else if (g_strcmp0 (g_hash_table_lookup (answer, hand->name), hand->secret) == 0)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (
      task, bg_error_new_take (BG_ERROR_FAILED, hand->owner.kind == BG_SECRET_ASK
                                                  ? bg_words (SECRET_TYPED_WRONG, words)
                                                  : bg_words (SECRET_CHANGED_IN_KEYRING, words)));
}

static void
ask_for_proof (GTask *task)
{
  HandOver *hand = g_task_get_task_data (task);
  const char *names[] = { hand->name, NULL };

  hand->ops->get (hand->source, &hand->owner, names, g_task_get_cancellable (task), on_proof,
                  g_object_ref (task));
}

static void
on_saved (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  HandOver *hand = g_task_get_task_data (task);
  GError *error = NULL;

  if (hand->ops->done (hand->source, result, &error))
    ask_for_proof (task);
  else
    g_task_return_error (task, error);
}

void
bg_secret_keeper_hand_over_async (BgSecretKeeper *self, const BgSecretOwner *owner,
                                  const char *name, const char *secret, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  HandOver *hand = g_new0 (HandOver, 1);
  GError *error = NULL;

  g_task_set_source_tag (task, bg_secret_keeper_hand_over_async);
  *hand = (HandOver){ self->ops, self->source, *owner, g_strdup (name), g_strdup (secret) };
  g_task_set_task_data (task, hand, hand_over_free);
  if (!hand->ops)
    {
      refuse_nobody (owner, name, &error);
      g_task_return_error (task, error);
    }
  else if (owner->kind == BG_SECRET_ASK)
    ask_for_proof (task);
  else
    hand->ops->save (hand->source, owner, name, secret, cancellable, on_saved, g_object_ref (task));
}

gboolean
bg_secret_keeper_hand_over_finish (BgSecretKeeper *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- What files still hold --- */

typedef struct
{
  BgSecretKeeper *self; /* gone where the cancellable says so */
  GCancellable *cancellable;
  char **names;
  guint next;
  char *secret;
} Settling;

static void settle_next (Settling *settling);

static void
settling_free (Settling *settling)
{
  if (!g_cancellable_is_cancelled (settling->cancellable))
    g_clear_object (&settling->self->settling);
  g_object_unref (settling->cancellable);
  g_strfreev (settling->names);
  bg_secret_free (settling->secret);
  g_free (settling);
}

/* The file may hold another one by now. */
static void
drop_file (Settling *settling, const char *name)
{
  g_autoptr (BgSecretStore) files = bg_secret_keeper_open_files (settling->self, NULL);
  BgSecretOwner owner = bg_secret_keeper_owner_of (settling->self, name);
  g_autoptr (BgWords) words = bg_secret_words (name);
  g_autofree char *person = bg_secret_owner_person (&owner);
  char *there = files ? bg_secret_store_read (files, name, NULL) : NULL;
  g_autoptr (GError) error = NULL;

  if (g_strcmp0 (there, settling->secret) == 0 && owner.kind == BG_SECRET_USER)
    {
      if (settling->self->in_use)
        g_hash_table_replace (settling->self->known, g_strdup (name), g_strdup (there));
      if (bg_secret_store_remove (files, name, &error))
        bg_log (BG_TOPIC_CONFIG, MESSAGE, NULL, "%s is in the keyring of %s, and in no file",
                words->text, person);
      else
        bg_log (BG_TOPIC_CONFIG, WARNING, NULL, "%s", error->message);
    }
  bg_secret_free (there);
}

static void
on_handed_over (GObject *object, GAsyncResult *result, gpointer data)
{
  Settling *settling = data;
  g_autoptr (GError) error = NULL;
  const char *name = settling->names[settling->next];
  g_autoptr (BgWords) words = bg_secret_words (name);
  gboolean handed = bg_secret_keeper_hand_over_finish (NULL, result, &error);

  if (g_cancellable_is_cancelled (settling->cancellable))
    {
      settling_free (settling);
      return;
    }
  if (handed)
    drop_file (settling, name);
  else
    bg_log (BG_TOPIC_CONFIG, MESSAGE, NULL, "%s stays in a file for now: %s", words->text,
            error->message);
  settling->next++;
  settle_next (settling);
}

static void
settle_next (Settling *settling)
{
  for (; settling->names[settling->next]; settling->next++)
    {
      const char *name = settling->names[settling->next];
      BgSecretOwner owner = bg_secret_keeper_owner_of (settling->self, name);

      if (owner.kind != BG_SECRET_USER)
        continue;
      g_clear_pointer (&settling->secret, bg_secret_free);
      settling->secret = read_file (settling->self, name);
      if (!settling->secret)
        continue;
      bg_secret_keeper_hand_over_async (settling->self, &owner, name, settling->secret,
                                        settling->cancellable, on_handed_over, settling);
      return;
    }
  settling_free (settling);
}

void
bg_secret_keeper_settle (BgSecretKeeper *self)
{
  Settling *settling;

  bg_secret_keeper_stop_settling (self);
  if (!self->ops)
    return;
  self->settling = g_cancellable_new ();
  settling = g_new0 (Settling, 1);
  settling->self = self;
  settling->cancellable = g_object_ref (self->settling);
  settling->names = bg_secret_keeper_list_names (self);
  settle_next (settling);
}

void
bg_secret_keeper_stop_settling (BgSecretKeeper *self)
{
  if (self->settling)
    g_cancellable_cancel (self->settling);
  g_clear_object (&self->settling);
}
