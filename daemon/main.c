/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/application.h"
#include "app/instance-lock.h"
#include "common/error.h"
#include "common/program-locale.h"
#include "common/log.h"
#include "common/manager.h"
#include "common/sanitizer.h"
#include "common/source.h"
#include "dbus/bus-line.h"
#include "dbus/dbus-rights.h"
#include "dbus/unit-job.h"
#include "metrics/metrics.h"
#include "net/outside-names.h"
#include "net/tun-device.h"
#include "transport/leg-plugins.h"

#include <errno.h>
#include <glib-unix.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* In step with bamgated(8). */
enum
{
  EXIT_OK = 0,
  EXIT_FAILED = 1,
  EXIT_USAGE = 2,
  EXIT_BUS = 69,    /* EX_UNAVAILABLE: the name on the bus is taken */
  EXIT_CONFIG = 78, /* EX_CONFIG */
};

static char *opt_config, *opt_secrets_dir, *opt_state_dir, *opt_runtime_dir, *opt_hub_socket,
  *opt_dns_socket, *opt_bus, *opt_paths, *opt_log_level;
static gboolean opt_version, opt_user;
static int opt_ready_fd = -1;

static const GOptionEntry entries[] = {
  { "config", 'c', 0, G_OPTION_ARG_FILENAME, &opt_config,
    "Settings (default " BG_SYSCONFDIR "/bamgate/bamgate.conf)", "FILE" },
  { "secrets-dir", 0, 0, G_OPTION_ARG_FILENAME, &opt_secrets_dir,
    "Keys and tokens (default " BG_SYSCONFDIR "/bamgate/secrets)", "DIR" },
  { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &opt_state_dir,
    "What is remembered (default " BG_LOCALSTATEDIR "/lib/bamgate)", "DIR" },
  { "runtime-dir", 0, 0, G_OPTION_ARG_FILENAME, &opt_runtime_dir, "Locks (default /run/bamgate)",
    "DIR" },
  { "hub-socket", 0, 0, G_OPTION_ARG_FILENAME, &opt_hub_socket,
    "Reach the hub of this machine by this socket of systemd (default: run it as a child)",
    "PATH" },
  { "dns-socket", 0, 0, G_OPTION_ARG_FILENAME, &opt_dns_socket,
    "Have names written by this socket of systemd to where only root may (default: nowhere)",
    "PATH" },
  { "bus", 0, 0, G_OPTION_ARG_STRING, &opt_bus,
    "Serve on this bus: system (default), session, or an address", "BUS" },
  { "user", 0, 0, G_OPTION_ARG_NONE, &opt_user,
    "A tunnel of your own: session bus, your directories, your keyring", NULL },
  { "paths", 0, 0, G_OPTION_ARG_STRING, &opt_paths,
    "Use only these ways to peers: direct, ice, data-channel", "LIST" },
  { "log-level", 'l', 0, G_OPTION_ARG_STRING, &opt_log_level,
    "Instead of the settings': LEVEL or TOPIC=LEVEL, with commas between (debug, info, message, warning, critical)",
    "LEVELS" },
  { "ready-fd", 0, 0, G_OPTION_ARG_INT, &opt_ready_fd,
    "Write “ready” there once the bus name is ours", "FD" },
  { "version", 0, 0, G_OPTION_ARG_NONE, &opt_version, "Print the version", NULL },
  { NULL },
};

typedef struct
{
  GMainLoop *loop;
  BgApplication *app;
  BgBusLine *bus;
  BgMetrics *metrics;
  GSource *signals[3];
  GSource *watchdog;
  gboolean begun; /* the tunnel, if it is to come up */
  gboolean quitting;
  gboolean stays_down; /* no daemon is to come after us: nobody would take over our hub */
  int exit_code;
} Daemon;

/* To whoever started us: as UTF-8 in every locale, which g_printerr() is not. */
static void complain (const char *format, ...) G_GNUC_PRINTF (1, 2);

static void
complain (const char *format, ...)
{
  va_list args;

  fputs ("bamgated: ", stderr);
  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fputc ('\n', stderr);
}

/* --- Readiness --- */

static void
say_serving (void)
{
  static const char word[] = "ready\n";

  bg_log (BG_TOPIC_DBUS, INFO, NULL, "on the bus");
  if (opt_ready_fd < 0)
    return;
  if (write (opt_ready_fd, word, sizeof word - 1) < 0)
    bg_log (BG_TOPIC_APP, WARNING, NULL, "--ready-fd %d: %s", opt_ready_fd, g_strerror (errno));
  close (opt_ready_fd);
  opt_ready_fd = -1;
}

/* --- Ending --- */

static void
on_down (GObject *app, GAsyncResult *result, gpointer data)
{
  Daemon *d = data;

  bg_application_stop_finish (BG_APPLICATION (app), result, NULL);
  g_main_loop_quit (d->loop);
}

static void
take_down (Daemon *d)
{
  if (!d->stays_down)
    bg_application_leave_hub (d->app);
  bg_application_stop_async (d->app, on_down, d);
}

static void
on_job_known (GObject *source, GAsyncResult *result, gpointer data)
{
  Daemon *d = data;
  g_autofree char *job = bg_unit_job_ask_finish (result, NULL);

  d->stays_down = g_strcmp0 (job, "stop") == 0;
  take_down (d);
}

static void
quit (Daemon *d, int exit_code)
{
  GDBusConnection *connection = d->bus ? bg_bus_line_get_connection (d->bus) : NULL;

  if (d->exit_code == EXIT_OK) /* the first failure is the cause, the rest are echoes */
    d->exit_code = exit_code;
  if (d->quitting)
    return;
  d->quitting = TRUE;
  bg_manager_notify ("STOPPING=1");
  if (opt_hub_socket && connection)
    bg_unit_job_ask_async (connection, on_job_known, d);
  else
    take_down (d);
}

static gboolean
on_signal_end (gpointer data)
{
  quit (data, EXIT_OK);
  return G_SOURCE_CONTINUE;
}

static void
on_reloaded (GObject *app, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!bg_application_reload_finish (BG_APPLICATION (app), result, &error))
    bg_log (BG_TOPIC_CONFIG, WARNING, NULL, "the settings stay as they were: %s", error->message);
  bg_manager_notify ("READY=1");
}

static gboolean
on_signal_hup (gpointer data)
{
  Daemon *d = data;

  g_autofree char *reloading = g_strdup_printf ("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT,
                                                g_get_monotonic_time ());

  bg_manager_notify (reloading);
  bg_application_reload_async (d->app, on_reloaded, d);
  return G_SOURCE_CONTINUE;
}

/* --- The bus --- */

static const char *
runtime_dir (void)
{
  return opt_runtime_dir ? opt_runtime_dir : "/run/bamgate";
}

/* The tunnel waits for the bus's answer, so that a second daemon touches nothing, and not for the bus. */
static void
begin (Daemon *d)
{
  if (d->begun)
    return;
  d->begun = TRUE;
  d->metrics = bg_metrics_new (d->app, runtime_dir (), !opt_user);
  bg_manager_notify ("READY=1");
  bg_application_start (d->app);
}

static void
on_bus_news (gpointer owner, BgBusNews news, const char *why)
{
  Daemon *d = owner;

  if (d->quitting)
    return;
  if (news == BG_BUS_NAME_TAKEN && !d->begun)
    {
      complain ("%s", why);
      quit (d, EXIT_BUS);
      return;
    }
  begin (d);
  if (news == BG_BUS_SERVING)
    say_serving ();
  else
    bg_log (BG_TOPIC_DBUS, WARNING, NULL, "not on the bus: %s", why);
}

/* --- Start --- */

static gboolean
parse_paths (guint *paths, GError **error)
{
  g_auto (GStrv) words = g_strsplit_set (opt_paths ? opt_paths : "", ";,", -1);

  *paths = 0;
  for (char **word = words; *word; word++)
    {
      BgTransportKind kind = bg_transport_kind_from_name (g_strstrip (*word));

      if (!**word)
        continue;
      if (kind < BG_TRANSPORT_DATA_CHANNEL || kind > BG_TRANSPORT_DIRECT)
        {
          g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                       "--paths: “%s” is none of direct, ice, data-channel", *word);
          return FALSE;
        }
      *paths |= 1u << kind;
    }
  if (opt_paths && *paths == 0)
    {
      g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT, "--paths: no way is left");
      return FALSE;
    }
  return TRUE;
}

static gboolean
parse_options (int *argc, char ***argv, guint *paths, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (
    context, "The bamgate tunnel of this machine, served on the bus as org.bamgate.Tunnel1. "
             "People talk to it with bamgatectl.");
  g_option_context_set_description (
    context,
    "Exit status: 0 stopped by a signal, 1 failure, 2 wrong options, 69 the name on the bus is "
    "taken, 78 the settings are wrong. See bamgated(8).");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    {
      g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT, "“%s”: not an option", (*argv)[1]);
      return FALSE;
    }
  return parse_paths (paths, error) && (!opt_log_level || bg_log_configure (opt_log_level, error));
}

/* --- A daemon of a person's own --- */

static void
choose (char **option, const char *directory, const char *name)
{
  if (!*option)
    *option = g_build_filename (directory, "bamgate", name, NULL);
}

/* What was said stays. */
static void
choose_own_places (void)
{
  choose (&opt_config, g_get_user_config_dir (), "bamgate.conf");
  choose (&opt_secrets_dir, g_get_user_state_dir (), "secrets");
  choose (&opt_state_dir, g_get_user_state_dir (), NULL);
  choose (&opt_runtime_dir, g_get_user_runtime_dir (), NULL);
  if (!opt_bus)
    opt_bus = g_strdup ("session");
  umask (077);
}

/* Sessions of one person may have buses of their own. The lock is held to the end of the process. */
static int
begin_own (void)
{
  g_autoptr (GError) error = NULL;

  choose_own_places ();
  if (bg_instance_lock_take (opt_runtime_dir, "user", &error) >= 0)
    return EXIT_OK;
  complain ("--user: one runs for one user: %s", error->message);
  return g_error_matches (error, BG_ERROR, BG_ERROR_WRONG_STATE) ? EXIT_BUS : EXIT_FAILED;
}

static BgApplication *
make_application (guint paths, GError **error)
{
  BgApplicationOptions options = {
    .config_path = opt_config ? opt_config : BG_SYSCONFDIR "/bamgate/bamgate.conf",
    .secrets_dir = opt_secrets_dir ? opt_secrets_dir : BG_SYSCONFDIR "/bamgate/secrets",
    .state_dir = opt_state_dir ? opt_state_dir : BG_LOCALSTATEDIR "/lib/bamgate",
    .runtime_dir = runtime_dir (),
    .hub_socket = opt_hub_socket,
    .dns_socket = opt_dns_socket,
    .secrets_owner = { opt_user ? BG_SECRET_USER : BG_SECRET_SYSTEM, opt_user ? getuid () : 0 },
    .in_namespace = opt_user && !bg_tun_device_is_allowed (),
    .paths = paths,
  };
  BgApplication *app = bg_application_new (&options, error);

  if (app && !opt_log_level && !bg_log_configure (bg_application_get_log_level (app), error))
    g_clear_object (&app);
  return app;
}

static GSource *
watch_signal (int signum, GSourceFunc callback, Daemon *d)
{
  GSource *source = g_unix_signal_source_new (signum);

  g_source_set_callback (source, callback, d, NULL);
  g_source_attach (source, NULL);
  return source;
}

static void
watch_signals (Daemon *d)
{
  signal (SIGPIPE, SIG_IGN);
  d->signals[0] = watch_signal (SIGTERM, on_signal_end, d);
  d->signals[1] = watch_signal (SIGINT, on_signal_end, d);
  d->signals[2] = watch_signal (SIGHUP, on_signal_hup, d);
}

static gboolean
is_alive (gpointer app)
{
  return bg_application_is_alive (app);
}

static void
let_go (Daemon *d)
{
  bg_bus_line_free (d->bus);
  g_clear_pointer (&d->metrics, bg_metrics_free);
  g_clear_object (&d->app);
  for (gsize i = 0; i < G_N_ELEMENTS (d->signals); i++)
    bg_source_drop (&d->signals[i]);
  bg_source_drop (&d->watchdog);
  g_clear_pointer (&d->loop, g_main_loop_unref);
}

static int
run (guint paths)
{
  Daemon d = { .exit_code = EXIT_OK };
  g_autoptr (GError) error = NULL;

  d.loop = g_main_loop_new (NULL, FALSE);
  watch_signals (&d);
  d.app = make_application (paths, &error);
  if (!d.app)
    d.exit_code = g_error_matches (error, BG_ERROR, BG_ERROR_CONFIG) ? EXIT_CONFIG : EXIT_FAILED;
  else
    {
      if (opt_user)
        bg_dbus_rights_trust_nobody_else ();
      else if (opt_bus && !g_str_equal (opt_bus, "system"))
        bg_dbus_rights_trust_own_user ();
      d.bus = bg_bus_line_new (opt_bus ? opt_bus : "system", d.app, on_bus_news, &d);
      d.watchdog = bg_manager_watchdog_start (is_alive, d.app);
      g_main_loop_run (d.loop);
    }
  if (error)
    complain ("%s", error->message);
  let_go (&d);
  return d.exit_code;
}

/* What many peers need for a moment, when all come up, is given back. By itself glibc keeps ever larger pieces, and some for every
 * thread. */
static void
give_memory_back (void)
{
  mallopt (M_ARENA_MAX, 2);
  mallopt (M_MMAP_THRESHOLD, 64 * 1024);
  mallopt (M_TRIM_THRESHOLD, 128 * 1024);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  guint paths;
  int code;

#if !BG_IS_SANITIZED
  /* Keys are in it: no core dumps, and nobody of the same user reads this memory. */
  prctl (PR_SET_DUMPABLE, 0);
#endif
  give_memory_back ();
  bg_locale_init (LC_CTYPE);
  bg_log_init ("bamgated");
  bg_outside_names_install ();
  bg_leg_plugins_begin ();
  if (!parse_options (&argc, &argv, &paths, &error))
    {
      complain ("%s", error->message);
      return EXIT_USAGE;
    }
  if (opt_version)
    {
      g_print ("bamgated %s\n", BG_VERSION);
      return EXIT_OK;
    }
  code = opt_user ? begin_own () : EXIT_OK;
  return code == EXIT_OK ? run (paths) : code;
}
