/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-writer.h"
#include "common/log.h"
#include "common/source.h"

enum
{
  MAX_WAITING = 65536, /* rows: three times what the hub keeps */
  RETRY_MIN_MS = 250,
  RETRY_MAX_MS = 5000,
  PATIENCE_MS = 250,
};

typedef struct
{
  guint64 serial; /* of the last change that it waits for */
  BgHubWriterFunc done;
  gpointer data;
  GSource *patience;
  BgHubWriter *writer;
} Waiter;

struct _BgHubWriter
{
  /* the thread's */
  BgHubStore *store;
  GThread *thread;

  /* under the lock */
  GMutex lock;
  GCond changed;
  GQueue waiting;       /* BgHubChange, the row that changed first at the head */
  GHashTable *links;    /* a change's key → its GList in `waiting` */
  guint64 put, written; /* serials of changes */
  char *failure;        /* of the last attempt; NULL: it went well */
  gboolean ending;

  /* the main thread's */
  GSource *progress;
  GQueue waiters; /* Waiter, oldest first */
  char *trouble;
  gboolean is_full;
};

/* The queue, under the lock */

static void
add_link (BgHubWriter *self, BgHubChange *change, gboolean at_head)
{
  GList *link = g_list_append (NULL, change);

  if (at_head)
    g_queue_push_head_link (&self->waiting, link);
  else
    g_queue_push_tail_link (&self->waiting, link);
  g_hash_table_insert (self->links, change->key, link);
}

/* The newer state takes the place of the one that waits. */
static gboolean
replace_waiting (BgHubWriter *self, BgHubChange *change)
{
  GList *link = g_hash_table_lookup (self->links, change->key);

  if (link == NULL)
    return FALSE;
  g_hash_table_replace (self->links, change->key, link);
  bg_hub_change_free (link->data);
  link->data = change;
  return TRUE;
}

static GPtrArray *
take_all (BgHubWriter *self)
{
  GPtrArray *batch = g_ptr_array_new ();

  g_hash_table_remove_all (self->links);
  for (gpointer change; (change = g_queue_pop_head (&self->waiting)) != NULL;)
    g_ptr_array_add (batch, change);
  return batch;
}

/* What changed again while the batch was tried is newer. */
static void
put_back (BgHubWriter *self, GPtrArray *batch)
{
  for (guint i = batch->len; i > 0; i--)
    {
      BgHubChange *change = batch->pdata[i - 1];

      if (g_hash_table_contains (self->links, change->key))
        bg_hub_change_free (change);
      else
        add_link (self, change, TRUE);
    }
}

/* The thread */

/* One attempt with all that waits; called and left under the lock. */
static gboolean
write_batch (BgHubWriter *self)
{
  g_autoptr (GPtrArray) batch = take_all (self);
  g_autoptr (GError) error = NULL;
  guint64 serial = self->put;
  gboolean ok;

  g_mutex_unlock (&self->lock);
  ok = bg_hub_store_apply (self->store, batch, &error);
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->failure, g_free);
  if (ok)
    {
      self->written = serial;
      g_ptr_array_foreach (batch, (GFunc) (void (*) (void)) bg_hub_change_free, NULL);
    }
  else
    {
      self->failure = g_strdup (error->message);
      put_back (self, batch);
    }
  g_source_set_ready_time (self->progress, 0);
  return ok;
}

static void
wait_before_retry (BgHubWriter *self, guint *delay_ms)
{
  gint64 until = g_get_monotonic_time () + (gint64) *delay_ms * 1000;

  while (!self->ending && g_cond_wait_until (&self->changed, &self->lock, until))
    ;
  *delay_ms = MIN (*delay_ms * 2, RETRY_MAX_MS);
}

static gpointer
run_thread (gpointer data)
{
  BgHubWriter *self = data;
  guint delay_ms = RETRY_MIN_MS;

  g_mutex_lock (&self->lock);
  for (;;)
    {
      while (self->waiting.length == 0 && !self->ending)
        g_cond_wait (&self->changed, &self->lock);
      if (self->waiting.length == 0)
        break;
      if (write_batch (self))
        delay_ms = RETRY_MIN_MS;
      else if (self->ending)
        break;
      else
        wait_before_retry (self, &delay_ms);
    }
  g_mutex_unlock (&self->lock);
  return NULL;
}

/* The main thread */

static void
waiter_end (Waiter *waiter)
{
  g_queue_remove (&waiter->writer->waiters, waiter);
  bg_source_drop (&waiter->patience);
  waiter->done (waiter->data);
  g_free (waiter);
}

static gboolean
on_patience (gpointer data)
{
  waiter_end (data);
  return G_SOURCE_REMOVE;
}

static void
end_waiters (BgHubWriter *self, guint64 written)
{
  for (Waiter *first; (first = g_queue_peek_head (&self->waiters)) != NULL;)
    if (first->serial <= written || self->trouble != NULL)
      waiter_end (first);
    else
      break;
}

static void
take_verdict (BgHubWriter *self, const char *failure)
{
  if (failure != NULL && self->trouble == NULL)
    bg_log (BG_TOPIC_HUB, WARNING, NULL,
            "%s: nothing is written at present; it is kept in memory and tried again", failure);
  else if (failure == NULL && self->trouble != NULL)
    bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "database: all is written again");
  g_free (self->trouble);
  self->trouble = g_strdup (failure);
  if (failure == NULL)
    self->is_full = FALSE;
}

static gboolean
on_progress (gpointer data)
{
  BgHubWriter *self = data;
  g_autofree char *failure = NULL;
  guint64 written;

  g_mutex_lock (&self->lock);
  failure = g_strdup (self->failure);
  written = self->written;
  g_mutex_unlock (&self->lock);
  take_verdict (self, failure);
  end_waiters (self, written);
  return G_SOURCE_CONTINUE;
}

/* Woken by the thread. */
static gboolean
dispatch_progress (GSource *source, GSourceFunc callback, gpointer data)
{
  g_source_set_ready_time (source, -1);
  return callback (data);
}

BgHubWriter *
bg_hub_writer_new (BgHubStore *store)
{
  static GSourceFuncs funcs = { .dispatch = dispatch_progress };
  BgHubWriter *self = g_new0 (BgHubWriter, 1);

  self->store = store;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->waiting);
  g_queue_init (&self->waiters);
  self->links = g_hash_table_new (g_str_hash, g_str_equal);
  self->progress = bg_source_attach (g_source_new (&funcs, sizeof (GSource)), on_progress, self);
  self->thread = g_thread_new ("hub-writer", run_thread, self);
  return self;
}

static void
end_thread (BgHubWriter *self)
{
  g_mutex_lock (&self->lock);
  self->ending = TRUE;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  if (self->waiting.length > 0)
    bg_log (BG_TOPIC_HUB, WARNING, NULL, "%s: %u rows are lost", self->failure,
            self->waiting.length);
}

void
bg_hub_writer_free (BgHubWriter *self)
{
  if (self == NULL)
    return;
  end_thread (self);
  bg_source_drop (&self->progress);
  end_waiters (self, G_MAXUINT64);
  g_queue_clear_full (&self->waiting, (GDestroyNotify) bg_hub_change_free);
  g_hash_table_unref (self->links);
  bg_hub_store_close (self->store);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self->failure);
  g_free (self->trouble);
  g_free (self);
}

gboolean
bg_hub_writer_put (BgHubWriter *self, BgHubChange *change)
{
  gboolean taken = TRUE;

  g_mutex_lock (&self->lock);
  if (!replace_waiting (self, change))
    {
      taken = self->waiting.length < MAX_WAITING;
      if (taken)
        add_link (self, change, FALSE);
    }
  self->put++;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  if (taken)
    return TRUE;
  if (!self->is_full)
    bg_log (BG_TOPIC_HUB, WARNING, NULL, "database: %d rows wait: changes are lost", MAX_WAITING);
  self->is_full = TRUE;
  bg_hub_change_free (change);
  return FALSE;
}

static void
drop_waiting_rows (BgHubWriter *self)
{
  for (GList *l = self->waiting.head, *next; l != NULL; l = next)
    {
      BgHubChange *change = l->data;

      next = l->next;
      if (change->table == BG_HUB_TABLE_SETTINGS)
        continue;
      g_hash_table_remove (self->links, change->key);
      g_queue_delete_link (&self->waiting, l);
      bg_hub_change_free (change);
    }
}

static void
put_behind (BgHubWriter *self, BgHubChange *change)
{
  if (!replace_waiting (self, change))
    add_link (self, change, FALSE);
}

void
bg_hub_writer_replace (BgHubWriter *self, GPtrArray *changes)
{
  g_autoptr (GPtrArray) take = changes;

  g_mutex_lock (&self->lock);
  drop_waiting_rows (self);
  for (BgHubTable table = 0; table < BG_HUB_TABLE_SETTINGS; table++)
    put_behind (self, bg_hub_change_of_all (table));
  for (guint i = 0; i < changes->len; i++)
    put_behind (self, changes->pdata[i]);
  self->put++;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
}

const char *
bg_hub_writer_get_trouble (BgHubWriter *self)
{
  return self->trouble;
}

static void
wait_for (BgHubWriter *self, gboolean is_patient, BgHubWriterFunc done, gpointer data)
{
  Waiter *waiter;
  guint64 serial;
  gboolean is_written;

  g_mutex_lock (&self->lock);
  serial = self->put;
  is_written = self->written >= serial;
  g_mutex_unlock (&self->lock);
  if (is_written || self->trouble != NULL)
    {
      done (data);
      return;
    }
  waiter = g_new0 (Waiter, 1);
  waiter->serial = serial;
  waiter->done = done;
  waiter->data = data;
  waiter->writer = self;
  if (!is_patient)
    bg_source_arm (&waiter->patience, PATIENCE_MS, on_patience, waiter);
  g_queue_push_tail (&self->waiters, waiter);
}

void
bg_hub_writer_wait (BgHubWriter *self, BgHubWriterFunc done, gpointer data)
{
  wait_for (self, FALSE, done, data);
}

void
bg_hub_writer_wait_firmly (BgHubWriter *self, BgHubWriterFunc done, gpointer data)
{
  wait_for (self, TRUE, done, data);
}
