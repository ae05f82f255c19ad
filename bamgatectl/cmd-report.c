/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/ask.h"
#include "bamgatectl/commands.h"
#include "bamgatectl/report-archive.h"
#include "bamgatectl/report-filter.h"
#include "bamgatectl/report-parts.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  gboolean force, yes, anonymous;
} Options;

#define FOLDER "bamgate-report"

/* What is to be kept and hidden */

static void
note_peers (Ctl *ctl, ReportFilter *filter)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (ctl->client);

  for (guint i = 0; i < peers->len; i++)
    {
      report_filter_keep (filter, bamgate_peer_get_public_key (peers->pdata[i]));
      report_filter_hide (filter, bamgate_peer_get_id (peers->pdata[i]));
    }
}

static gboolean
ends_in (const char *name, const char *end)
{
  return g_str_has_suffix (name, end);
}

static void
note_setting (ReportFilter *filter, const char *name, GVariant *value)
{
  const char *text = g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)
                       ? g_variant_get_string (value, NULL)
                       : NULL;
  g_auto (GStrv) words = g_strsplit (name, ".", -1);

  if (text && (ends_in (name, ".public-key") || ends_in (name, ".server-pin")))
    report_filter_keep (filter, text);
  if ((g_str_equal (words[0], "peer") || g_str_equal (words[0], "accept"))
      && g_strv_length (words) > 2)
    {
      const char *from = name + strlen (words[0]) + 1, *to = strrchr (name, '.');
      g_autofree char *peer = g_strndup (from, (gsize) (to - from));

      report_filter_hide (filter, peer);
    }
  if (text && ends_in (name, ".endpoint"))
    {
      g_autofree char *host = g_strndup (text, strcspn (text, ":"));

      report_filter_hide (filter, g_hostname_is_ip_address (host) || *text == '[' ? NULL : host);
    }
}

static void
note_settings (Ctl *ctl, ReportFilter *filter)
{
  g_autoptr (GVariant) settings = bamgate_client_get_configuration_sync (ctl->client, NULL, NULL);
  GVariantIter iter;
  const char *name;
  GVariant *value;

  if (!settings)
    return;
  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    note_setting (filter, name, value);
}

static void
note_hub (Ctl *ctl, ReportFilter *filter)
{
  g_autoptr (GUri)
    uri = g_uri_parse (bamgate_client_get_server_url (ctl->client), G_URI_FLAGS_NONE, NULL);
  const char *host = uri ? g_uri_get_host (uri) : NULL;

  if (host && !g_hostname_is_ip_address (host))
    report_filter_hide (filter, host);
}

static ReportFilter *
make_filter (Ctl *ctl, gboolean anonymous)
{
  ReportFilter *filter = report_filter_new (anonymous);

  report_filter_hide (filter, g_get_host_name ());
  if (!g_str_equal (g_get_user_name (), "root"))
    report_filter_hide (filter, g_get_user_name ());
  if (!ctl_connect_quietly (ctl))
    return filter;
  report_filter_keep (filter, bamgate_client_get_public_key (ctl->client));
  report_filter_hide (filter, bamgate_client_get_name (ctl->client));
  note_hub (ctl, filter);
  note_peers (ctl, filter);
  note_settings (ctl, filter);
  return filter;
}

/* What is told before */

static void
list_parts (GString *text)
{
  for (const ReportPart *part = report_parts_list (); part->name; part++)
    g_string_append_printf (text, "\n  %-20s%s", part->name, _ (part->what));
}

static gboolean
is_agreed (const Options *options)
{
  g_autoptr (GString) text = g_string_new (_ ("The report will hold, as far as you may read it:"));
  gboolean yes = TRUE;

  list_parts (text);
  g_string_append_printf (
    text, "\n\n%s",
    options->anonymous
      ? _ ("Secrets are left out; names, addresses and keys become words like name-1 and ip4-1.")
      : _ ("Secrets are left out. Names and addresses of your machines and networks are in it; "
           "--anonymous replaces them."));
  fprintf (stderr, "%s\n", text->str);
  return options->yes || !ask_is_possible ()
         || (ask_yes (_ ("Write it?"), &yes) == ASK_ANSWERED && yes);
}

/* Writing */

static char *
make_readme (GPtrArray *parts, gboolean anonymous)
{
  GString *text = g_string_new (
    "A report about bamgate on one machine, made by bamgatectl report " BG_VERSION ".\n"
    "Secrets are left out; what looked like one is \"(removed)\".\n");

  if (anonymous)
    g_string_append (
      text,
      "Names, addresses and keys were replaced: name-1, ip4-1, ip6-1, mac-1, key-1. The same one is "
      "the same word everywhere.\n");
  g_string_append_c (text, '\n');
  for (guint i = 0; i < parts->len; i++)
    {
      const ReportPart *part = parts->pdata[i];

      g_string_append_printf (text, "%-20s%s\n", part->name, part->what);
      if (part->fault)
        g_string_append_printf (text, "%-20s%s %s\n", "",
                                part->text ? "but:" : "not there:", part->fault);
    }
  return g_string_free (text, FALSE);
}

static gboolean
add_filtered (ReportArchive *archive, ReportFilter *filter, const char *name, const char *text,
              GError **error)
{
  g_autofree char *filtered = report_filter_apply (filter, text);

  return report_archive_add (archive, name, filtered, error);
}

static gboolean
write_all (int fd, GPtrArray *parts, ReportFilter *filter, const Options *options, GError **error)
{
  g_autoptr (ReportArchive) archive = report_archive_new (fd, FOLDER, error);
  g_autofree char *readme = make_readme (parts, options->anonymous);

  if (!archive || !add_filtered (archive, filter, "README.txt", readme, error))
    return FALSE;
  for (guint i = 0; i < parts->len; i++)
    {
      const ReportPart *part = parts->pdata[i];

      if (part->text && !add_filtered (archive, filter, part->name, part->text, error))
        return FALSE;
    }
  return report_archive_finish (g_steal_pointer (&archive), error);
}

static gboolean
fail_for (const char *path, int code, GError **error)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s: %s", path, g_strerror (code));
  return FALSE;
}

/* Under another name first, so that there is a whole one or none. */
static gboolean
write_file (const char *path, GPtrArray *parts, ReportFilter *filter, const Options *options,
            GError **error)
{
  g_autofree char *draft = g_strconcat (path, ".XXXXXX", NULL);
  int fd = g_mkstemp_full (draft, O_WRONLY | O_CLOEXEC, 0600);
  gboolean done;

  if (fd < 0)
    return fail_for (path, errno, error);
  done = write_all (fd, parts, filter, options, error);
  if (done && fsync (fd) != 0)
    done = fail_for (path, errno, error);
  close (fd);
  if (done
      && renameat2 (AT_FDCWD, draft, AT_FDCWD, path, options->force ? 0 : RENAME_NOREPLACE) != 0)
    done = fail_for (path, errno, error);
  if (!done)
    g_unlink (draft);
  return done;
}

static CtlExit
show_written (Ctl *ctl, const char *path, GPtrArray *parts)
{
  g_autoptr (Out) out = out_new (ctl->json, FALSE);

  out_text (out, "file", _ ("Report"), path);
  out_list_begin (out, "parts");
  for (guint i = 0; i < parts->len; i++)
    {
      const ReportPart *part = parts->pdata[i];

      out_row_begin (out);
      out_text (out, "name", NULL, part->name);
      out_flag (out, "is_there", NULL, part->text != NULL);
      out_text (out, "fault", NULL, part->fault ? part->fault : "");
      out_row_end (out);
      if (!part->text)
        out_note (out, _ ("not in it: %s: %s"), part->name,
                  part->fault ? part->fault : _ ("nothing"));
    }
  out_list_end (out);
  out_note (out, _ ("Look into it before you hand it on: tar -xzf %s"), path);
  return CTL_OK;
}

static CtlExit
write_report (Ctl *ctl, const Options *options, const char *path)
{
  g_autoptr (ReportFilter) filter = make_filter (ctl, options->anonymous);
  g_autoptr (GPtrArray) parts = report_parts_gather (ctl);
  gboolean to_output = g_str_equal (path, "-");
  GError *error = NULL;

  if (!parts)
    return ctl_fail_with (CTL_INTERRUPTED, "%s", _ ("interrupted"));
  if (!(to_output ? write_all (STDOUT_FILENO, parts, filter, options, &error)
                  : write_file (path, parts, filter, options, &error)))
    return ctl_fail (_ ("report"), error);
  return to_output ? CTL_OK : show_written (ctl, path, parts);
}

static char *
default_path (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();

  return g_date_time_format (now, "bamgate-report-%Y%m%d-%H%M%S.tar.gz");
}

static CtlExit
check_path (const Options *options, const char *path)
{
  struct stat there;

  if (g_str_equal (path, "-"))
    return isatty (STDOUT_FILENO) ? ctl_fail_with (
             CTL_USAGE,
             _ ("report: a terminal cannot show it: name a file, or pass it on with “|”"))
                                  : CTL_OK;
  if (!options->force && lstat (path, &there) == 0)
    return ctl_fail_with (CTL_FAILED, _ ("report: %s exists; --force replaces it"), path);
  return CTL_OK;
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  Options options = { 0 };
  const GOptionEntry entries[] = {
    { "anonymous", 0, 0, G_OPTION_ARG_NONE, &options.anonymous,
      N_ ("Replace names, addresses and keys"), NULL },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &options.force, N_ ("Replace a file that there is"),
      NULL },
    { "yes", 'y', 0, G_OPTION_ARG_NONE, &options.yes, N_ ("Do not ask"), NULL },
    { NULL },
  };
  g_autofree char *path = NULL;
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_report, entries, 0, 1, &argc, &argv))
    return CTL_USAGE;
  path = argc > 1 ? g_strdup (argv[1]) : default_path ();
  code = check_path (&options, path);
  if (code != CTL_OK)
    return code;
  if (!is_agreed (&options))
    return ctl_fail_with (CTL_FAILED, _ ("report: nothing was written"));
  return write_report (ctl, &options, path);
}

const Command cmd_report = {
  "report",
  run,
  N_ ("[FILE]"),
  N_ ("Write all that helps to find a fault into one file"),
  N_ ("Collects what the doctor finds, states, settings, logs and the state of the\n"
      "network into a .tar.gz of texts, and tells before what they are. Secrets are left\n"
      "out; with --anonymous names and addresses too. Nothing is sent anywhere. As root\n"
      "it may read more. FILE may be “-” for standard output.\n\n"
      "Examples:\n"
      "  bamgatectl report\n"
      "  sudo bamgatectl report --anonymous /tmp/report.tar.gz"),
  0,
};
