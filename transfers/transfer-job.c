/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transfers/transfer-job.h"

#include "transfers/part-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <sys/stat.h>
#include <unistd.h>

struct _TransferJob
{
  BamgateClient *client;
  GCancellable *cancellable;
  char *id, *peer, *name, *state, *reason, *path; /* id NULL: none yet */
  guint64 size, done;
  int fd;             /* of what is given; -1 */
  PartFile *part;     /* of what is taken; NULL */
  gboolean is_asking; /* a call is under way */
  gboolean is_lost;   /* the daemon knows nothing of it, or not that it was taken */
  void (*changed) (gpointer owner);
  gpointer owner;
  TransferJobInfo info;
};

/* --- What is so --- */

static void
set_state (TransferJob *self, const char *state, const char *reason)
{
  gboolean is_news = !g_str_equal (state, self->state) || !g_str_equal (reason, self->reason);
  g_autofree char *kept = g_strdup (reason);

  if (!is_news)
    return;
  g_free (self->state);
  g_free (self->reason);
  self->state = g_strdup (state);
  self->reason = g_steal_pointer (&kept);
  if (self->changed)
    self->changed (self->owner);
}

gboolean
transfer_job_is_over (const TransferJob *self)
{
  return transfer_state_is_over (self->state);
}

const TransferJobInfo *
transfer_job_get_info (TransferJob *self)
{
  self->info = (TransferJobInfo){
    .id = self->id ? self->id : "",
    .peer = self->peer,
    .name = self->name,
    .incoming = self->part != NULL,
    .state = self->state,
    .reason = self->reason,
    .path = self->path,
    .size = self->size,
    .done = self->done,
  };
  return &self->info;
}

/* --- Asking --- */

/* A daemon that went away, or one that has just come and has no peers yet, is waited for. */
static gboolean
may_pass (TransferJob *self, const GError *error)
{
  if (!bamgate_client_get_running (self->client) || !g_str_equal (self->state, "waiting"))
    return !bamgate_client_get_running (self->client);
  return g_error_matches (error, BAMGATE_ERROR, BAMGATE_ERROR_WRONG_STATE)
         || g_error_matches (error, BAMGATE_ERROR, BAMGATE_ERROR_NOT_FOUND);
}

/* FALSE: this is nobody's any more, or the daemon went away meanwhile, which is waited for. */
static gboolean
take_answer (TransferJob *self, gboolean ok, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return FALSE;
  self->is_asking = FALSE;
  self->is_lost = !ok;
  if (ok)
    return TRUE;
  if (!may_pass (self, error))
    set_state (self, "failed", error->message);
  return FALSE;
}

static void
on_given (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = bamgate_client_send_file_finish (BAMGATE_CLIENT (source), result, &error);
  TransferJob *self = data;

  if (!take_answer (self, id != NULL, error))
    return;
  g_free (self->id);
  self->id = g_steal_pointer (&id);
}

static void
give (TransferJob *self)
{
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  if (self->id)
    g_variant_dict_insert (&options, "id", "s", self->id);
  self->is_asking = TRUE;
  bamgate_client_send_file (self->client, self->peer, self->name, self->fd,
                            g_variant_dict_end (&options), self->cancellable, on_given, self);
}

static void
on_taken (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = bamgate_client_accept_file_finish (BAMGATE_CLIENT (source), result, &error);

  take_answer (data, ok, error);
}

static void
take (TransferJob *self)
{
  self->is_asking = TRUE;
  bamgate_client_accept_file (self->client, self->id, part_file_get_fd (self->part), NULL,
                              self->cancellable, on_taken, self);
}

/* --- What the daemon says --- */

static void
end (TransferJob *self, const TransferItem *item)
{
  g_autoptr (GError) error = NULL;
  gboolean is_done = g_str_equal (item->state, "done");

  if (self->part && is_done)
    self->path = part_file_finish (self->part, &error);
  else if (self->part && (g_str_equal (item->state, "cancelled") || self->done == self->size))
    part_file_remove (self->part);
  if (error)
    set_state (self, "failed", error->message);
  else
    set_state (self, item->state, item->reason);
}

static void
see_item (TransferJob *self, const TransferItem *item)
{
  if (self->is_lost && self->part && transfer_item_is_offer (item))
    {
      take (self);
      return;
    }
  self->is_lost = FALSE;
  self->done = item->done;
  if (transfer_state_is_over (item->state))
    end (self, item);
  else
    set_state (self, item->state, item->reason);
}

void
transfer_job_see (TransferJob *self, GVariant *list)
{
  g_auto (TransferItem) item = { 0 };

  if (transfer_job_is_over (self) || self->is_asking)
    return;
  if (self->id && transfer_item_find (list, self->id, &item))
    see_item (self, &item);
  else
    {
      self->is_lost = TRUE;
      set_state (self, "waiting", "");
      if (list && !self->part)
        give (self);
    }
}

/* --- Life --- */

static TransferJob *
job_new (BamgateClient *client, const char *peer, const char *name, guint64 size,
         void (*changed) (gpointer owner), gpointer owner)
{
  TransferJob *self = g_new0 (TransferJob, 1);

  self->client = g_object_ref (client);
  self->cancellable = g_cancellable_new ();
  self->peer = g_strdup (peer);
  self->name = g_strdup (name);
  self->size = size;
  self->state = g_strdup ("starting");
  self->reason = g_strdup ("");
  self->fd = -1;
  self->changed = changed;
  self->owner = owner;
  return self;
}

int
transfer_job_open (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  struct stat status;

  if (fd < 0)
    g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (errno), _ ("%s: %s"), path,
                 g_strerror (errno));
  else if (fstat (fd, &status) == 0 && S_ISREG (status.st_mode))
    return fd;
  else if (S_ISDIR (status.st_mode))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY,
                 _ ("%s is a folder: only files are sent; pack it first, with tar, say"), path);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, _ ("%s is no regular file"), path);
  if (fd >= 0)
    close (fd);
  return -1;
}

static guint64
size_of (int fd)
{
  struct stat status;

  return fstat (fd, &status) == 0 ? (guint64) status.st_size : 0;
}

TransferJob *
transfer_job_give (BamgateClient *client, const char *peer, const char *path,
                   void (*changed) (gpointer owner), gpointer owner, GError **error)
{
  int fd = transfer_job_open (path, error);
  g_autofree char *name = g_path_get_basename (path), *shown = g_filename_display_name (name);
  TransferJob *self;

  if (fd < 0)
    return NULL;
  self = job_new (client, peer, shown, size_of (fd), changed, owner);
  self->fd = fd;
  give (self);
  return self;
}

TransferJob *
transfer_job_take (BamgateClient *client, const TransferItem *offer, const char *folder,
                   void (*changed) (gpointer owner), gpointer owner, GError **error)
{
  PartFile *part = part_file_open (folder, offer->name, error);
  TransferJob *self;

  if (!part)
    return NULL;
  self = job_new (client, offer->peer, offer->name, offer->size, changed, owner);
  self->id = g_strdup (offer->id);
  self->part = part;
  take (self);
  return self;
}

void
transfer_job_cancel (TransferJob *self)
{
  if (self->id && !transfer_job_is_over (self))
    bamgate_client_cancel_file (self->client, self->id, NULL, NULL, NULL);
}

void
transfer_job_free (TransferJob *self)
{
  if (!self)
    return;
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_object_unref (self->client);
  part_file_free (self->part);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->id);
  g_free (self->peer);
  g_free (self->name);
  g_free (self->state);
  g_free (self->reason);
  g_free (self->path);
  g_free (self);
}
