/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files/open-file.h"

#include "common/error.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Files that are read or written in one moment. */
#define THREADS 4

#define SEEK_STEP (256 * 1024)

struct _BgOpenFile
{
  gatomicrefcount refs;
  int fd;
  EVP_MD_CTX *hash;
  guint64 at;
};

typedef struct
{
  BgOpenFile *file;
  gboolean (*work) (GTask *task, GError **error); /* returns what it makes itself, or FALSE */
  guint64 at;
  guint size;
  GBytes *bytes;
} Job;

/* --- Life --- */

static gboolean
is_usable (int fd, gboolean writes, GError **error)
{
  int mode = fcntl (fd, F_GETFL);
  struct stat status;

  if (mode < 0 || fstat (fd, &status) != 0 || !S_ISREG (status.st_mode))
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, FILES_NO_FILE);
  else if (writes && (mode & O_ACCMODE) != O_RDWR)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, FILES_NOT_WRITABLE);
  else if ((mode & O_ACCMODE) == O_WRONLY)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, FILES_NOT_READABLE);
  else
    return TRUE;
  return FALSE;
}

static void
begin_hash (BgOpenFile *self)
{
  if (!EVP_DigestInit_ex (self->hash, EVP_sha256 (), NULL))
    g_error ("no SHA-256");
  self->at = 0;
}

BgOpenFile *
bg_open_file_new_take (int fd, gboolean writes, GError **error)
{
  BgOpenFile *self;

  if (!is_usable (fd, writes, error))
    {
      close (fd);
      return NULL;
    }
  self = g_new0 (BgOpenFile, 1);
  g_atomic_ref_count_init (&self->refs);
  self->fd = fd;
  self->hash = EVP_MD_CTX_new ();
  begin_hash (self);
  return self;
}

static BgOpenFile *
ref_file (BgOpenFile *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
bg_open_file_unref (BgOpenFile *self)
{
  if (!self || !g_atomic_ref_count_dec (&self->refs))
    return;
  close (self->fd);
  EVP_MD_CTX_free (self->hash);
  g_free (self);
}

guint64
bg_open_file_get_size (BgOpenFile *self)
{
  struct stat status;

  return fstat (self->fd, &status) == 0 && status.st_size > 0 ? (guint64) status.st_size : 0;
}

guint64
bg_open_file_get_free (BgOpenFile *self)
{
  struct statvfs status;

  return fstatvfs (self->fd, &status) == 0 ? (guint64) status.f_bavail * status.f_frsize
                                           : G_MAXUINT64;
}

guint64
bg_open_file_get_at (BgOpenFile *self)
{
  return self->at;
}

void
bg_open_file_get_digest (BgOpenFile *self, char digest[BG_FILE_DIGEST_LEN + 1])
{
  EVP_MD_CTX *so_far = EVP_MD_CTX_new ();
  unsigned char bytes[EVP_MAX_MD_SIZE] = { 0 };
  unsigned int len = 0;

  if (!EVP_MD_CTX_copy_ex (so_far, self->hash) || !EVP_DigestFinal_ex (so_far, bytes, &len))
    g_error ("no SHA-256");
  EVP_MD_CTX_free (so_far);
  for (guint i = 0; i < BG_FILE_DIGEST_LEN / 2; i++)
    g_snprintf (digest + 2 * i, 3, "%02x", bytes[i]);
}

/* --- Jobs --- */

static void
job_free (gpointer data)
{
  Job *job = data;

  bg_open_file_unref (job->file);
  g_clear_pointer (&job->bytes, g_bytes_unref);
  g_free (job);
}

static void
run_job (gpointer data, gpointer unused)
{
  g_autoptr (GTask) task = data;
  Job *job = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_task_return_error_if_cancelled (task) && !job->work (task, &error))
    g_task_return_error (task, error);
}

static GThreadPool *
get_threads (void)
{
  static GThreadPool *threads;

  if (!threads)
    threads = g_thread_pool_new (run_job, NULL, THREADS, FALSE, NULL);
  return threads;
}

static Job *
begin_job (BgOpenFile *self, gboolean (*work) (GTask *, GError **), GCancellable *cancellable,
           GAsyncReadyCallback callback, gpointer data, GTask **task)
{
  Job *job = g_new0 (Job, 1);

  job->file = ref_file (self);
  job->work = work;
  *task = g_task_new (NULL, cancellable, callback, data);
  g_task_set_task_data (*task, job, job_free);
  return job;
}

static void
push (GTask *take)
{
  g_thread_pool_push (get_threads (), take, NULL);
}

static gboolean
fail (GError **error, BgSaying what, int code)
{
  bg_error_set_take (error, BG_ERROR_FAILED,
                     what == BG_SAY_FILES_CANNOT_READ
                       ? bg_words (FILES_CANNOT_READ, bg_arg_errno (code))
                       : bg_words (FILES_CANNOT_WRITE, bg_arg_errno (code)));
  return FALSE;
}

/* --- Reading --- */

/* As much as there is, `size` at most; -1 with errno. */
static gssize
read_at (int fd, guint8 *to, gsize size, guint64 at)
{
  gsize got = 0;

  while (got < size)
    {
      gssize n = pread (fd, to + got, size - got, (off_t) (at + got));

      if (n < 0 && errno != EINTR)
        return -1;
      if (n == 0)
        break;
      got += n > 0 ? (gsize) n : 0;
    }
  return (gssize) got;
}

static gboolean
take_in (BgOpenFile *self, const guint8 *bytes, gsize len)
{
  EVP_DigestUpdate (self->hash, bytes, len);
  self->at += len;
  return TRUE;
}

static gboolean
read_next (BgOpenFile *self, guint8 *to, gsize size, GError **error)
{
  gssize got = read_at (self->fd, to, size, self->at);

  if (got < 0)
    return fail (error, BG_SAY_FILES_CANNOT_READ, errno);
  if ((gsize) got == size)
    return take_in (self, to, size);
  bg_error_set (error, BG_ERROR_FAILED, FILES_SHORTER);
  return FALSE;
}

static gboolean
seek (GTask *task, GError **error)
{
  Job *job = g_task_get_task_data (task);
  g_autofree guint8 *room = g_malloc (SEEK_STEP);

  begin_hash (job->file);
  while (job->file->at < job->at)
    if (g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), error)
        || !read_next (job->file, room, MIN (SEEK_STEP, job->at - job->file->at), error))
      return FALSE;
  g_task_return_boolean (task, TRUE);
  return TRUE;
}

void
bg_open_file_seek_async (BgOpenFile *self, guint64 length, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer data)
{
  GTask *task;

  begin_job (self, seek, cancellable, callback, data, &task)->at = length;
  push (task);
}

static gboolean
read_piece (GTask *task, GError **error)
{
  Job *job = g_task_get_task_data (task);
  g_autofree guint8 *room = g_malloc (job->size);

  if (!read_next (job->file, room, job->size, error))
    return FALSE;
  g_task_return_pointer (task, g_bytes_new_take (g_steal_pointer (&room), job->size),
                         (GDestroyNotify) g_bytes_unref);
  return TRUE;
}

void
bg_open_file_read_async (BgOpenFile *self, guint size, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer data)
{
  GTask *task;

  begin_job (self, read_piece, cancellable, callback, data, &task)->size = size;
  push (task);
}

GBytes *
bg_open_file_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Writing --- */

static gboolean
write_at (int fd, const guint8 *from, gsize size, guint64 at)
{
  gsize put = 0;

  while (put < size)
    {
      gssize n = pwrite (fd, from + put, size - put, (off_t) (at + put));

      if (n < 0 && errno != EINTR)
        return FALSE;
      put += n > 0 ? (gsize) n : 0;
    }
  return TRUE;
}

static gboolean
empty (BgOpenFile *self)
{
  if (ftruncate (self->fd, 0) != 0)
    return FALSE;
  begin_hash (self);
  return TRUE;
}

static gboolean
write_piece (GTask *task, GError **error)
{
  Job *job = g_task_get_task_data (task);
  gsize len;
  const guint8 *bytes = g_bytes_get_data (job->bytes, &len);

  if ((job->at == 0 && !empty (job->file)) || !write_at (job->file->fd, bytes, len, job->file->at))
    return fail (error, BG_SAY_FILES_CANNOT_WRITE, errno);
  take_in (job->file, bytes, len);
  g_task_return_boolean (task, TRUE);
  return TRUE;
}

void
bg_open_file_write_async (BgOpenFile *self, guint64 at, GBytes *bytes, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer data)
{
  GTask *task;
  Job *job = begin_job (self, write_piece, cancellable, callback, data, &task);

  job->at = at;
  job->bytes = g_bytes_ref (bytes);
  push (task);
}

static gboolean
settle (GTask *task, GError **error)
{
  BgOpenFile *file = ((Job *) g_task_get_task_data (task))->file;

  if (ftruncate (file->fd, (off_t) file->at) != 0 || fdatasync (file->fd) != 0)
    return fail (error, BG_SAY_FILES_CANNOT_WRITE, errno);
  g_task_return_boolean (task, TRUE);
  return TRUE;
}

void
bg_open_file_settle_async (BgOpenFile *self, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer data)
{
  GTask *task;

  begin_job (self, settle, cancellable, callback, data, &task);
  push (task);
}

gboolean
bg_open_file_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
