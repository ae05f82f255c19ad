/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/report-parts.h"
#include "bamgatectl/progress.h"

#include "common/source.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>

enum
{
  PATIENCE_MS = 20000,
  TEXT_MAX = 4 * 1024 * 1024, /* of one; the end of a longer one is kept */
  WORDS_MAX = 16,
};

#define OURS "bamgatectl" /* this program, over the same bus */

typedef struct
{
  ReportPart part;
  const char *argv[WORDS_MAX];
  const char *file; /* instead */
} Source;

#define JOURNAL(...)                                                                               \
  {                                                                                                \
    "journalctl", "--boot", "--lines=5000", "--no-pager", "--quiet", "--output=short-iso",         \
      __VA_ARGS__                                                                                  \
  }

static const Source sources[] = {
  { { "versions.txt", N_ ("versions of this program and of the daemon"), NULL, NULL },
    { OURS, "version" },
    NULL },
  { { "doctor.json", N_ ("what “bamgatectl doctor” finds"), NULL, NULL },
    { OURS, "doctor", "--json" },
    NULL },
  { { "status.json", N_ ("the tunnel, its line to the hub and its peers"), NULL, NULL },
    { OURS, "status", "--json" },
    NULL },
  { { "peers.json", N_ ("the peers and the ways to them"), NULL, NULL },
    { OURS, "peers", "--json" },
    NULL },
  { { "settings.json", N_ ("the settings, which hold no secret"), NULL, NULL },
    { OURS, "config", "list", "--json" },
    NULL },
  { { "access.json", N_ ("what peers may reach"), NULL, NULL },
    { OURS, "access", "--json" },
    NULL },
  { { "secrets.json", N_ ("which secrets there are and who keeps them, without the secrets"), NULL,
      NULL },
    { OURS, "secrets", "--json" },
    NULL },
  { { "log.txt", N_ ("the daemon's log since the machine started"), NULL, NULL },
    JOURNAL ("--unit=bamgated", "--unit=bamgated-hub.socket"),
    NULL },
  { { "log-hub.txt", N_ ("the log of a hub on this machine"), NULL, NULL },
    JOURNAL ("--unit=bamgated-hub", "--unit=bamgate-hub"),
    NULL },
  { { "log-user.txt", N_ ("the log of a daemon of your own"), NULL, NULL },
    JOURNAL ("--user", "_COMM=bamgated"),
    NULL },
  { { "units.txt", N_ ("the state of units"), NULL, NULL },
    { "systemctl", "status", "--no-pager", "--full", "--lines=0", "bamgated.service",
      "bamgated-hub.socket", "bamgated-hub.service", "bamgate-hub.service",
      "NetworkManager.service", "systemd-networkd.service", "systemd-resolved.service",
      "firewalld.service" },
    NULL },
  { { "system.txt", N_ ("kernel and machine"), NULL, NULL }, { "uname", "-srvm" }, NULL },
  { { "os-release", N_ ("the distribution"), NULL, NULL }, { NULL }, "/etc/os-release" },
  { { "addresses.txt", N_ ("network interfaces and their addresses"), NULL, NULL },
    { "ip", "-details", "address" },
    NULL },
  { { "routes.txt", N_ ("routes, IPv4"), NULL, NULL },
    { "ip", "route", "show", "table", "all" },
    NULL },
  { { "routes6.txt", N_ ("routes, IPv6"), NULL, NULL },
    { "ip", "-6", "route", "show", "table", "all" },
    NULL },
  { { "rules.txt", N_ ("policy rules of routing, IPv4"), NULL, NULL }, { "ip", "rule" }, NULL },
  { { "rules6.txt", N_ ("policy rules of routing, IPv6"), NULL, NULL },
    { "ip", "-6", "rule" },
    NULL },
  { { "firewall.txt", N_ ("the rules of the packet filter, which only root may read"), NULL, NULL },
    { "nft", "list", "ruleset" },
    NULL },
  { { "resolv.conf", N_ ("whom programs ask for names"), NULL, NULL },
    { NULL },
    "/etc/resolv.conf" },
  { { "resolved.txt", N_ ("what systemd-resolved does"), NULL, NULL },
    { "resolvectl", "status", "--no-pager" },
    NULL },
  { { "networkmanager.txt", N_ ("what NetworkManager does"), NULL, NULL },
    { "nmcli", "device", "show" },
    NULL },
};

typedef struct
{
  guint n_open;
  gboolean is_over, interrupted;
  GCancellable *cancellable; /* of all that is waited for */
} Gathering;

typedef struct
{
  Gathering *gathering;
  ReportPart *part;
} Asked;

const ReportPart *
report_parts_list (void)
{
  static ReportPart list[G_N_ELEMENTS (sources) + 1];

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    list[i] = sources[i].part;
  return list;
}

static void
part_free (gpointer data)
{
  ReportPart *part = data;

  g_free (part->text);
  g_free (part->fault);
  g_free (part);
}

static void
take_text (ReportPart *part, const char *text, gsize len)
{
  gsize skipped = len > TEXT_MAX ? len - TEXT_MAX : 0;

  part->text = g_strndup (text + skipped, len - skipped);
  if (skipped > 0 && !part->fault)
    part->fault = g_strdup (_ ("too long: only its end is here"));
}

/* Files */

static void
read_file (ReportPart *part, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize len;

  if (g_file_get_contents (path, &text, &len, &error))
    take_text (part, text, len);
  else
    part->fault = g_strdup (error->message);
}

/* Programs */

/* Where an ordinary user's PATH does not lead. */
static char *
find_program (const char *name)
{
  static const char *const places[] = { "/usr/sbin", "/sbin" };
  char *found = g_str_equal (name, OURS) ? g_file_read_link ("/proc/self/exe", NULL)
                                         : g_find_program_in_path (name);

  for (guint i = 0; !found && i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *path = g_build_filename (places[i], name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
        found = g_steal_pointer (&path);
    }
  return found;
}

static char **
words_of (Ctl *ctl, const Source *source, const char *program)
{
  GStrvBuilder *builder = g_strv_builder_new ();
  char **words;

  g_strv_builder_add (builder, program);
  for (guint i = 1; i < WORDS_MAX && source->argv[i]; i++)
    g_strv_builder_add (builder, source->argv[i]);
  if (g_str_equal (source->argv[0], OURS) && ctl->bus)
    g_strv_builder_add_many (builder, "--bus", ctl->bus, NULL);
  if (g_str_equal (source->argv[0], OURS) && ctl->user)
    g_strv_builder_add (builder, "--user");
  words = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
  return words;
}

static void
note_end (ReportPart *part, GSubprocess *process, GBytes *said)
{
  gsize len = 0;
  const char *text = said ? g_bytes_get_data (said, &len) : NULL;
  g_autofree char *whole = text ? g_strndup (text, len) : g_strdup ("");

  if (!g_subprocess_get_if_exited (process))
    part->fault = g_strdup (_ ("it was ended"));
  else if (*g_strstrip (whole))
    part->fault = g_steal_pointer (&whole);
  else if (g_subprocess_get_exit_status (process) != 0)
    part->fault = g_strdup_printf (_ ("it ended with the code %d"),
                                   g_subprocess_get_exit_status (process));
}

static void
on_ended (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autofree Asked *asked = data;
  GSubprocess *process = G_SUBPROCESS (object);
  g_autoptr (GBytes) said = NULL, complaint = NULL;
  g_autoptr (GError) error = NULL;

  asked->gathering->n_open--;
  if (!g_subprocess_communicate_finish (process, result, &said, &complaint, &error))
    {
      g_subprocess_force_exit (process);
      asked->part->fault = g_strdup (_ ("it took too long"));
      return;
    }
  note_end (asked->part, process, complaint);
  if (said && g_bytes_get_size (said) > 0)
    take_text (asked->part, g_bytes_get_data (said, NULL), g_bytes_get_size (said));
}

/* In English, for whoever is to read it. */
static GSubprocess *
launch (char **words, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
    G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);

  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  g_subprocess_launcher_unsetenv (launcher, "LANGUAGE");
  g_subprocess_launcher_setenv (launcher, "SYSTEMD_COLORS", "0", TRUE);
  return g_subprocess_launcher_spawnv (launcher, (const char *const *) words, error);
}

static void
ask_program (Ctl *ctl, const Source *source, ReportPart *part, Gathering *gathering)
{
  g_autofree char *program = find_program (source->argv[0]);
  g_auto (GStrv) words = program ? words_of (ctl, source, program) : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = words ? launch (words, &error) : NULL;
  Asked *asked;

  if (!process)
    {
      part->fault = error ? g_strdup (error->message)
                          : g_strdup_printf (_ ("%s is not on this machine"), source->argv[0]);
      return;
    }
  asked = g_new (Asked, 1);
  *asked = (Asked){ gathering, part };
  gathering->n_open++;
  g_subprocess_communicate_async (process, NULL, gathering->cancellable, on_ended, asked);
}

/* All at once */

static gboolean
on_late (gpointer data)
{
  Gathering *gathering = data;

  g_cancellable_cancel (gathering->cancellable);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_interrupt (gpointer data)
{
  Gathering *gathering = data;

  gathering->interrupted = TRUE;
  return on_late (data);
}

static void
wait_for_all (Gathering *gathering)
{
  GSource *deadline = bg_source_attach (g_timeout_source_new (PATIENCE_MS), on_late, gathering),
          *interrupt = bg_source_attach (g_unix_signal_source_new (SIGINT), on_interrupt,
                                         gathering);

  while (gathering->n_open > 0)
    g_main_context_iteration (NULL, TRUE);
  bg_source_drop (&deadline);
  bg_source_drop (&interrupt);
}

GPtrArray *
report_parts_gather (Ctl *ctl)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (part_free);
  Gathering gathering = { .cancellable = g_cancellable_new () };
  Progress *progress = progress_new (_ ("Collecting the report"));

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      ReportPart *part = g_memdup2 (&sources[i].part, sizeof *part);

      g_ptr_array_add (parts, part);
      if (sources[i].file)
        read_file (part, sources[i].file);
      else
        ask_program (ctl, &sources[i], part, &gathering);
    }
  wait_for_all (&gathering);
  progress_free (progress);
  g_object_unref (gathering.cancellable);
  return gathering.interrupted ? NULL : g_steal_pointer (&parts);
}
