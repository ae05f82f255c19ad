/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/call.h"
#include "bamgatectl/commands.h"
#include "bamgatectl/file-jobs.h"
#include "transfers/part-file.h"

typedef struct
{
  char **accept, **decline;
  gboolean all;
  char *directory;
} Options;

static GVariant *
list_offers (Ctl *ctl, CtlExit *code)
{
  Call *call = call_new (ctl, _ ("Asking which files are offered"), NULL);
  GError *error = NULL;
  GVariant *list;

  bamgate_client_list_file_offers (ctl->client, TRUE, call_cancellable (call), call_on_answer,
                                   call);
  list = bamgate_client_list_file_offers_finish (ctl->client, call_wait (call), &error);
  if (list)
    call_free (call);
  else
    *code = call_fail (call, NULL, error);
  return list;
}

static GVariant *
list_own (Ctl *ctl)
{
  Call *call = call_new (ctl, NULL, NULL);
  GVariant *list;

  bamgate_client_list_files (ctl->client, call_cancellable (call), call_on_answer, call);
  list = bamgate_client_list_files_finish (ctl->client, call_wait (call), NULL);
  call_free (call);
  return list;
}

/* --- Showing them --- */

static const char *
say_state (const char *state)
{
  static const char *const words[][2] = {
    { "offered", N_ ("offered") }, { "running", N_ ("under way") },   { "waiting", N_ ("waiting") },
    { "done", N_ ("here") },       { "cancelled", N_ ("cancelled") }, { "failed", N_ ("failed") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (state, words[i][0]))
      return _ (words[i][1]);
  return state;
}

static void
show_row (Out *out, const TransferItem *item)
{
  g_autofree char *id = file_jobs_short_id (item->id);

  out_row_begin (out);
  out_text (out, "id", NULL, item->id);
  out_text (out, NULL, _ ("FILE"), id);
  out_text (out, "peer", _ ("FROM"), item->peer);
  out_text (out, "name", _ ("NAME"), item->name);
  out_bytes (out, "size_bytes", _ ("SIZE"), item->size);
  out_bytes (out, "done_bytes", NULL, item->done);
  out_text (out, "state", NULL, item->state);
  out_text (out, NULL, _ ("STATE"), say_state (item->state));
  out_text (out, "reason", NULL, item->reason);
  out_row_end (out);
}

static void
show_incoming (Out *out, GVariant *list)
{
  for (gsize i = 0; list && i < g_variant_n_children (list); i++)
    {
      g_auto (TransferItem) item = { 0 };

      transfer_item_read (list, i, &item);
      if (item.incoming)
        show_row (out, &item);
    }
}

static CtlExit
show (Ctl *ctl, GVariant *offers)
{
  g_autoptr (GVariant) own = list_own (ctl);
  g_autoptr (Out) out = out_new (ctl->json, FALSE);

  out_table_begin (out, "files");
  show_incoming (out, offers);
  show_incoming (out, own);
  out_table_end (out);
  if (g_variant_n_children (offers) > 0)
    out_note (out, _ ("\n“bamgatectl receive --accept FILE” takes one, --all takes all."));
  else
    out_note (out, _ ("No file is offered."));
  return CTL_OK;
}

/* --- Which are meant --- */

static gboolean
is_meant (const TransferItem *item, char **ids, gboolean all)
{
  if (!transfer_item_is_offer (item))
    return FALSE;
  for (; ids && *ids; ids++)
    if (**ids && g_str_has_prefix (item->id, *ids))
      return TRUE;
  return all;
}

static gboolean
names_one (GVariant *list, const char *id)
{
  guint n = 0;

  for (gsize i = 0; i < g_variant_n_children (list); i++)
    {
      g_auto (TransferItem) item = { 0 };

      transfer_item_read (list, i, &item);
      n += is_meant (&item, (char *[]){ (char *) id, NULL }, FALSE);
    }
  return n == 1;
}

/* Each has to be one offer and no more. */
static CtlExit
check_ids (GVariant *list, char **ids)
{
  for (; ids && *ids; ids++)
    if (!names_one (list, *ids))
      return ctl_fail_with (CTL_NOT_FOUND,
                            _ ("receive: “%s” is not one of the files that are offered; "
                               "“bamgatectl receive” lists them"),
                            *ids);
  return CTL_OK;
}

/* --- Declining --- */

static CtlExit
decline_one (Ctl *ctl, const char *id)
{
  Call *call = call_new (ctl, _ ("Declining"), NULL);
  GError *error = NULL;

  bamgate_client_decline_file (ctl->client, id, call_cancellable (call), call_on_answer, call);
  if (!bamgate_client_decline_file_finish (ctl->client, call_wait (call), &error))
    return call_fail (call, _ ("receive"), error);
  call_free (call);
  return CTL_OK;
}

static CtlExit
decline (Ctl *ctl, GVariant *list, char **ids)
{
  CtlExit code = CTL_OK;

  for (gsize i = 0; code == CTL_OK && i < g_variant_n_children (list); i++)
    {
      g_auto (TransferItem) item = { 0 };

      transfer_item_read (list, i, &item);
      if (is_meant (&item, ids, FALSE))
        code = decline_one (ctl, item.id);
    }
  return code;
}

/* --- Taking --- */

static CtlExit
take (Ctl *ctl, GVariant *list, const Options *options)
{
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func ((GDestroyNotify) transfer_job_free);
  const char *folder = options->directory ? options->directory : part_file_get_default_folder ();

  for (gsize i = 0; i < g_variant_n_children (list); i++)
    {
      g_auto (TransferItem) item = { 0 };
      GError *error = NULL;
      TransferJob *job;

      transfer_item_read (list, i, &item);
      if (!is_meant (&item, options->accept, options->all))
        continue;
      job = transfer_job_take (ctl->client, &item, folder, NULL, NULL, &error);
      if (!job)
        return ctl_fail (_ ("receive"), error);
      g_ptr_array_add (jobs, job);
    }
  return jobs->len > 0 ? file_jobs_run (ctl, jobs) : show (ctl, list);
}

static CtlExit
receive (Ctl *ctl, const Options *options)
{
  CtlExit code = CTL_OK;
  g_autoptr (GVariant) list = list_offers (ctl, &code);

  if (list)
    code = check_ids (list, options->accept);
  if (list && code == CTL_OK)
    code = check_ids (list, options->decline);
  if (!list || code != CTL_OK)
    return code;
  if (options->decline)
    code = decline (ctl, list, options->decline);
  if (code != CTL_OK || (options->decline && !options->accept && !options->all))
    return code;
  return options->accept || options->all ? take (ctl, list, options) : show (ctl, list);
}

/* --- The command --- */

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  Options options = { 0 };
  const GOptionEntry entries[] = {
    { "accept", 'a', 0, G_OPTION_ARG_STRING_ARRAY, &options.accept, N_ ("Take this file"),
      N_ ("FILE") },
    { "all", 0, 0, G_OPTION_ARG_NONE, &options.all, N_ ("Take all that are offered"), NULL },
    { "decline", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.decline, N_ ("Decline this file"),
      N_ ("FILE") },
    { "directory", 'd', 0, G_OPTION_ARG_FILENAME, &options.directory,
      N_ ("Put them there, not in the folder for downloads"), N_ ("DIRECTORY") },
    { NULL },
  };
  CtlExit code = CTL_USAGE;

  if (ctl_parse (ctl, &cmd_receive, entries, 0, 0, &argc, &argv))
    {
      code = ctl_connect_to_act (ctl);
      if (code == CTL_OK)
        code = receive (ctl, &options);
    }
  g_strfreev (options.accept);
  g_strfreev (options.decline);
  g_free (options.directory);
  return code;
}

const Command cmd_receive = {
  "receive",
  run,
  NULL,
  N_ ("Take files that other machines offer"),
  N_ ("Lists the files that other machines offer this one, and those that are on their way.\n"
      "With --accept or --all it takes them, and ends when they are there: in the folder for\n"
      "downloads, or in DIRECTORY. FILE is what the list calls a file, or as much of it as\n"
      "names one alone. What was cut off lies beside its place as NAME.bamgate.part, and\n"
      "goes on from there when the same file is offered and taken again.\n\n"
      "Examples:\n"
      "  bamgatectl receive\n"
      "  bamgatectl receive --accept 3f0c9d21\n"
      "  bamgatectl receive --all --directory /srv/inbox"),
  CTL_EXITS_BUS | 1u << CTL_NOT_FOUND | 1u << CTL_INTERRUPTED,
};
