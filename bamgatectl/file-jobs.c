/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/file-jobs.h"

#include "bamgatectl/call.h"
#include "bamgatectl/out.h"
#include "common/printable.h"
#include "transfers/transfer-watch.h"

#define TICK_MS 200

#define SHORT_ID 8

char *
file_jobs_short_id (const char *id)
{
  return g_strndup (id, SHORT_ID);
}

static void
on_list (gpointer owner, GVariant *list)
{
  GPtrArray *jobs = owner;

  for (guint i = 0; i < jobs->len; i++)
    transfer_job_see (jobs->pdata[i], list);
}

/* The first that has not ended; NULL: all have. */
static TransferJob *
find_open (GPtrArray *jobs)
{
  for (guint i = 0; i < jobs->len; i++)
    if (!transfer_job_is_over (jobs->pdata[i]))
      return jobs->pdata[i];
  return NULL;
}

/* One that was taken, and whose daemon started anew, is offered again. */
static gboolean
has_incoming (GPtrArray *jobs)
{
  return transfer_job_get_info (jobs->pdata[0])->incoming;
}

/* --- Progress --- */

static char *
describe (const TransferJobInfo *info)
{
  g_autofree char *peer = bg_printable (info->peer), *name = bg_printable (info->name);
  g_autofree char *size = out_format_bytes (info->size);

  if (g_str_equal (info->state, "running"))
    /* TRANSLATORS: a file, how much of it has gone in percent, and its size. */
    return g_strdup_printf (
      _ ("%s: %u %% of %s"), name,
      info->size > 0 ? (guint) (100.0 * (double) info->done / (double) info->size) : 100, size);
  if (g_str_equal (info->state, "offered") && !info->incoming)
    /* TRANSLATORS: a machine, a file, and its size. */
    return g_strdup_printf (_ ("Waiting for somebody at %s to take %s (%s)"), peer, name, size);
  return g_strdup_printf (_ ("Waiting for %s"), peer);
}

static void
show (Call *call, TransferJob *job)
{
  const TransferJobInfo *info = transfer_job_get_info (job);
  g_autofree char *what = describe (info);

  call_say (call, what);
  call_explain (call, info->reason);
}

/* --- How it went --- */

static void
show_row (Out *out, const TransferJobInfo *info)
{
  out_row_begin (out);
  out_text (out, "id", NULL, info->id);
  out_text (out, "peer", NULL, info->peer);
  out_text (out, "name", NULL, info->name);
  out_bytes (out, "size_bytes", NULL, info->size);
  out_text (out, "state", NULL, info->state);
  out_text (out, "reason", NULL, info->reason);
  out_text (out, "path", NULL, info->path ? info->path : "");
  out_row_end (out);
}

static void
say (Out *out, const TransferJobInfo *info)
{
  g_autofree char *peer = bg_printable (info->peer), *name = bg_printable (info->name);
  g_autofree char *size = out_format_bytes (info->size);
  g_autofree char *path = info->path ? g_filename_display_name (info->path) : NULL;
  g_autofree char *where = bg_printable (path);

  if (info->path)
    /* TRANSLATORS: a file's place, its size, and a machine. */
    out_note (out, _ ("%s (%s) from %s"), where, size, peer);
  else if (g_str_equal (info->state, "done"))
    /* TRANSLATORS: a file, its size, and a machine. */
    out_note (out, _ ("%s (%s) is at %s"), name, size, peer);
  else
    ctl_fail_with (CTL_FAILED, "%s: %s", name, *info->reason ? info->reason : _ ("cancelled"));
}

static CtlExit
tell (Ctl *ctl, GPtrArray *jobs)
{
  g_autoptr (Out) out = out_new (ctl->json, FALSE);
  CtlExit code = CTL_OK;

  out_table_begin (out, "files");
  for (guint i = 0; i < jobs->len; i++)
    show_row (out, transfer_job_get_info (jobs->pdata[i]));
  out_table_end (out);
  for (guint i = 0; i < jobs->len; i++)
    {
      const TransferJobInfo *info = transfer_job_get_info (jobs->pdata[i]);

      say (out, info);
      if (!g_str_equal (info->state, "done"))
        code = CTL_FAILED;
    }
  return code;
}

/* --- All of it --- */

static void
cancel_all (Ctl *ctl, GPtrArray *jobs)
{
  Call *call = call_new (ctl, NULL, NULL);
  g_autoptr (GVariant) list = NULL;

  for (guint i = 0; i < jobs->len; i++)
    transfer_job_cancel (jobs->pdata[i]);
  /* who has left the bus is nobody whose word counts: the last call is answered last */
  bamgate_client_list_files (ctl->client, call_cancellable (call), call_on_answer, call);
  list = bamgate_client_list_files_finish (ctl->client, call_wait (call), NULL);
  call_free (call);
}

CtlExit
file_jobs_run (Ctl *ctl, GPtrArray *jobs)
{
  TransferWatch *watch = transfer_watch_new (ctl->client, has_incoming (jobs), on_list, jobs);
  TransferJob *open = jobs->pdata[0];
  g_autofree char *first = describe (transfer_job_get_info (open));
  Call *call = call_new (ctl, first, NULL);

  transfer_watch_be_lively (watch, TRUE);
  while ((open = find_open (jobs)) && call_wait_until (call, NULL, TICK_MS))
    show (call, open);
  transfer_watch_free (watch);
  call_free (call);
  if (!open)
    return tell (ctl, jobs);
  cancel_all (ctl, jobs);
  return ctl_fail_with (CTL_INTERRUPTED, "%s", _ ("interrupted: what was not done is cancelled"));
}
