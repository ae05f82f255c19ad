/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-backup.h"
#include "worker/hub/hub-directory.h"
#include "worker/hub/hub-fence.h"
#include "worker/hub/hub-owner.h"
#include "worker/hub/hub-restore.h"
#include "worker/hub/hub-server.h"
#include "common/error.h"
#include "common/listen-address.h"
#include "common/program-locale.h"
#include "common/log.h"
#include "common/manager.h"
#include "common/source.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum
{
  EXIT_OK = 0,
  EXIT_FAILED = 1, /* it could not start */
  EXIT_USAGE = 2,
  EXIT_CONFIG = 78, /* what it is told cannot be: the next try would fail too */
};

/* Files beside the sockets: database, log, standard streams, connections that are no WebSocket
 * yet. */
enum
{
  SPARE_FILES = 256 + 128,
  RELAY_PART = 2,
};

static char *opt_listen, *opt_state_dir, *opt_tls_certificate, *opt_tls_key, *opt_token_file,
  *opt_turn_secret_file, *opt_subnet, *opt_suffix;
static char *opt_shared_token, *opt_approve_devices;
static char *opt_public_url, *opt_log_level, *opt_backup, *opt_restore;
static gboolean opt_plain, opt_behind_proxy, opt_no_relay, opt_force, opt_version;
static int opt_port = -1, opt_ready_fd = -1, opt_owner_fd = -1;
static int opt_max_peers = 1024, opt_max_sockets = 2048;
static int opt_relay_rate = 400;
static char *opt_relay_ceiling;
static BgTurnCeiling relay_ceiling;
static int opt_invite_lifetime = 600, opt_join_timeout = 10, opt_ping_interval = 30;

static const GOptionEntry entries[] = {
  { "listen", 0, 0, G_OPTION_ARG_STRING, &opt_listen, "Listen there (default *:8443)",
    "ADDRESS:PORT" },
  { "port", 0, 0, G_OPTION_ARG_INT, &opt_port, "Listen at this port instead; 0 takes any free one",
    "PORT" },
  { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &opt_state_dir, "Keep database, token and key there",
    "DIR" },
  { "tls-certificate", 0, 0, G_OPTION_ARG_FILENAME, &opt_tls_certificate,
    "Show this certificate (PEM) instead of our own", "FILE" },
  { "tls-key", 0, 0, G_OPTION_ARG_FILENAME, &opt_tls_key,
    "Its private key (PEM), if not in the same file", "FILE" },
  { "plain", 0, 0, G_OPTION_ARG_NONE, &opt_plain,
    "No TLS: for loopback, or behind a proxy that does it", NULL },
  { "behind-proxy", 0, 0, G_OPTION_ARG_NONE, &opt_behind_proxy,
    "Take the last address of X-Forwarded-For for the client", NULL },
  { "token-file", 0, 0, G_OPTION_ARG_FILENAME, &opt_token_file,
    "Read the bearer token from there (default: made in the state directory)", "FILE" },
  { "subnet", 0, 0, G_OPTION_ARG_STRING, &opt_subnet,
    "Hand out addresses of this subnet (default 10.0.0.0/24)", "SUBNET" },
  { "suffix", 0, 0, G_OPTION_ARG_STRING, &opt_suffix,
    "Names of devices end in this domain (default: as each device has it)", "DOMAIN" },
  { "public-url", 0, 0, G_OPTION_ARG_STRING, &opt_public_url, "Name ourselves so in invites",
    "URL" },
  { "shared-token", 0, 0, G_OPTION_ARG_STRING, &opt_shared_token,
    "Let in whoever has the token, registered or not, in a network that is not signed (default yes)",
    "yes|no" },
  { "approve-devices", 0, 0, G_OPTION_ARG_STRING, &opt_approve_devices,
    "Let every new device wait for an owner's word (default no)", "yes|no" },
  { "max-peers", 0, 0, G_OPTION_ARG_INT, &opt_max_peers, "Most devices in one room (default 1024)",
    "N" },
  { "max-sockets", 0, 0, G_OPTION_ARG_INT, &opt_max_sockets, "Most connections (default 2048)",
    "N" },
  { "no-relay", 0, 0, G_OPTION_ARG_NONE, &opt_no_relay,
    "Relay nothing between devices that have no other way to each other", NULL },
  { "relay-rate", 0, 0, G_OPTION_ARG_INT, &opt_relay_rate,
    "Relay so much from one device, in Mbit/s (default 400); 0: no bound", "N" },
  { "relay-ceiling", 0, 0, G_OPTION_ARG_STRING, &opt_relay_ceiling,
    "Relay no more than that in a day or month, for example 50GB/month,2GB/day (default: no bound)",
    "AMOUNT/PERIOD" },
  { "turn-secret-file", 0, 0, G_OPTION_ARG_FILENAME, &opt_turn_secret_file,
    "Read the relay's secret from there (default: made in the state directory)", "FILE" },
  { "invite-lifetime", 0, 0, G_OPTION_ARG_INT, &opt_invite_lifetime,
    "Invites are good for so long (default 600)", "SECONDS" },
  { "join-timeout", 0, 0, G_OPTION_ARG_INT, &opt_join_timeout,
    "Close sockets that did not join (default 10)", "SECONDS" },
  { "ping-interval", 0, 0, G_OPTION_ARG_INT, &opt_ping_interval,
    "Ping so often; two and a half times that without a sign of life ends a connection (default 30)",
    "SECONDS" },
  { "ready-fd", 0, 0, G_OPTION_ARG_INT, &opt_ready_fd,
    "Write one line of JSON there once listening", "FD" },
  { "owner-fd", 0, 0, G_OPTION_ARG_INT, &opt_owner_fd,
    "Be the hub of the daemon at the other end of this Unix socket: see bamgate-hub(8)", "FD" },
  { "log-level", 0, 0, G_OPTION_ARG_STRING, &opt_log_level,
    "Log so much: debug, info, message, warning", "LEVEL" },
  { "backup", 0, 0, G_OPTION_ARG_FILENAME, &opt_backup,
    "Save database, token and keys there, whether the hub runs or not, and end; “-” is standard "
    "output",
    "FILE" },
  { "restore", 0, 0, G_OPTION_ARG_FILENAME, &opt_restore,
    "Make the state directory what it was in this backup, and end; “-” is standard input", "FILE" },
  { "force", 0, 0, G_OPTION_ARG_NONE, &opt_force,
    "Replace a file (--backup), or the state that there is (--restore)", NULL },
  { "version", 0, 0, G_OPTION_ARG_NONE, &opt_version, "Print the version", NULL },
  { NULL },
};

static gboolean
check_number (const char *name, int value, int lowest, GError **error)
{
  if (value >= lowest)
    return TRUE;
  g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT, "--%s must be at least %d", name,
               lowest);
  return FALSE;
}

static gboolean
check_answer (const char *name, const char *value, GError **error)
{
  if (value == NULL || g_str_equal (value, "yes") || g_str_equal (value, "no"))
    return TRUE;
  g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT, "--%s is yes or no", name);
  return FALSE;
}

static gboolean
read_ceiling (GError **error)
{
  const char *text = opt_relay_ceiling;

  if (text == NULL
      || bg_turn_ceiling_read ((BgBytes){ (const guint8 *) text, strlen (text) }, &relay_ceiling))
    return TRUE;
  g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
               "--relay-ceiling: “%s” is no amount per day or month, such as 50GB/month, "
               "2GB/day or “5M messages/month”",
               text);
  return FALSE;
}

static gboolean
check_options (GError **error)
{
  if (opt_port > G_MAXUINT16 || opt_port < -1)
    g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT, "--port must be from 0 to 65535");
  else if (opt_plain && opt_tls_certificate != NULL)
    g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                 "--plain and --tls-certificate exclude each other");
  else if (opt_behind_proxy && !opt_plain)
    g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                 "--behind-proxy is of no use without --plain");
  else if (opt_tls_key != NULL && opt_tls_certificate == NULL)
    g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                 "--tls-key is of no use without --tls-certificate");
  else if (opt_backup != NULL && opt_restore != NULL)
    g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                 "--backup and --restore exclude each other");
  else if (opt_force && opt_backup == NULL && opt_restore == NULL)
    g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                 "--force is of no use without --backup or --restore");
  else if (g_strcmp0 (opt_backup, "-") == 0 && isatty (STDOUT_FILENO))
    g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                 "--backup=-: a terminal cannot take it: name a file, or pass it on with “|”");
  else
    return check_number ("max-peers", opt_max_peers, 1, error)
           && check_number ("max-sockets", opt_max_sockets, 1, error)
           && check_number ("invite-lifetime", opt_invite_lifetime, 1, error)
           && check_number ("join-timeout", opt_join_timeout, 1, error)
           && check_number ("ping-interval", opt_ping_interval, 1, error)
           && check_number ("relay-rate", opt_relay_rate, 0, error) && read_ceiling (error)
           && check_answer ("shared-token", opt_shared_token, error)
           && check_answer ("approve-devices", opt_approve_devices, error)
           && (opt_log_level == NULL || bg_log_configure (opt_log_level, error));
  return FALSE;
}

static gboolean
parse_options (int *argc, char ***argv, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (
    context, "The hub of a bamgate network: devices meet here, and then talk to each "
             "other directly.");
  g_option_context_set_description (
    context, "Exit status: 0 stopped by a signal, 1 could not start, 2 wrong options, 78 what the "
             "options say cannot be. See bamgate-hub(8).");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    {
      g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT, "“%s”: not an option", (*argv)[1]);
      return FALSE;
    }
  return check_options (error);
}

static char *
default_state_dir (void)
{
  const char *of_unit = g_getenv ("STATE_DIRECTORY");

  if (of_unit != NULL)
    return g_strdup (of_unit);
  if (geteuid () == 0)
    return g_strdup ("/var/lib/bamgate-hub");
  return g_build_filename (g_get_user_data_dir (), "bamgate-hub", NULL);
}

/* Half as many for the relay as for what devices say to each other, and so that neither takes the other's. */
static guint
relay_sockets (guint sockets)
{
  return opt_no_relay ? 0 : MAX (sockets / RELAY_PART, 1);
}

/* As many sockets as there may be files; never so many that accept() would fail. */
static guint
affordable_sockets (void)
{
  struct rlimit files;
  guint relay = relay_sockets ((guint) opt_max_sockets);
  rlim_t wanted = (rlim_t) opt_max_sockets + relay + SPARE_FILES;

  if (getrlimit (RLIMIT_NOFILE, &files) != 0)
    return (guint) opt_max_sockets;
  if (files.rlim_cur < wanted)
    {
      files.rlim_cur = MIN (wanted, files.rlim_max);
      setrlimit (RLIMIT_NOFILE, &files);
    }
  if (files.rlim_cur >= wanted)
    return (guint) opt_max_sockets;
  bg_log (BG_TOPIC_HUB, WARNING, NULL,
          "only %lu files may be open: fewer connections than --max-sockets",
          (unsigned long) files.rlim_cur);
  if (files.rlim_cur <= SPARE_FILES)
    return 1;
  return (guint) ((files.rlim_cur - SPARE_FILES) * (rlim_t) opt_max_sockets
                  / ((rlim_t) opt_max_sockets + relay));
}

static void
say_ready (BgHubServer *server)
{
  g_autofree char *description = bg_hub_server_describe (server);
  g_autofree char *line = g_strconcat (description, "\n", NULL);
  gsize len = strlen (line), done = 0;

  while (done < len)
    {
      ssize_t n = write (opt_ready_fd, line + done, len - done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          bg_log (BG_TOPIC_HUB, WARNING, NULL, "--ready-fd %d: %s", opt_ready_fd,
                  g_strerror (errno));
          break;
        }
      done += (gsize) n;
    }
  close (opt_ready_fd);
}

/* --- The run --- */

typedef struct
{
  BgHubServer *server;
  GMainLoop *loop;
} Main;

static void
on_server_stopped (gpointer data)
{
  g_main_loop_quit (data);
}

static void
stop (gpointer data)
{
  Main *m = data;

  bg_hub_server_stop (m->server, on_server_stopped, m->loop);
}

static gboolean
on_signal (gpointer data)
{
  stop (data);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_hangup (gpointer data)
{
  bg_hub_server_reload (((Main *) data)->server);
  return G_SOURCE_CONTINUE;
}

static GSource *
watch_signal (int signum, GSourceFunc callback, Main *m)
{
  GSource *source = g_unix_signal_source_new (signum);

  g_source_set_callback (source, callback, m, NULL);
  g_source_attach (source, NULL);
  return source;
}

/* What comes before anything of the state is opened. */
static gboolean
prepare (BgHubOwner *owner, GError **error)
{
  const char *files[] = { opt_tls_certificate, opt_tls_key, opt_token_file, opt_turn_secret_file,
                          g_getenv ("CREDENTIALS_DIRECTORY") };

  if (g_mkdir_with_parents (opt_state_dir, 0700) != 0)
    {
      g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s: %s", opt_state_dir, g_strerror (errno));
      return FALSE;
    }
  if (owner != NULL && !bg_hub_owner_take_files (owner, opt_state_dir, error))
    return FALSE;
  if (!bg_hub_fence_files (opt_state_dir, files, G_N_ELEMENTS (files)))
    bg_log (BG_TOPIC_HUB, WARNING, NULL,
            "this kernel has no Landlock: the hub can reach every file that its user can");
  return TRUE;
}

static void
announce (Main *m, BgHubOwner *owner)
{
  BgHubFacts facts;

  if (owner != NULL)
    {
      bg_hub_server_get_facts (m->server, &facts);
      bg_hub_owner_serve (owner, &facts, stop, m);
    }
  if (opt_ready_fd >= 0)
    say_ready (m->server);
}

static int
serve (const BgHubOwnerWish *wish, BgHubOwner *owner, GError **error)
{
  guint sockets = affordable_sockets ();
  BgHubOptions options = {
    .listen = wish->listen,
    .port = opt_port,
    .state_dir = opt_state_dir,
    .tls_certificate = opt_tls_certificate,
    .tls_key = opt_tls_key,
    .plain = opt_plain,
    .behind_proxy = opt_behind_proxy,
    .token_file = opt_token_file,
    .turn_secret_file = opt_turn_secret_file,
    .subnet = wish->subnet,
    .public_url = wish->public_url,
    .suffix = wish->suffix,
    .is_token_allowed = !wish->no_shared_token,
    .needs_approval = wish->approve_devices,
    .max_peers = (guint) opt_max_peers,
    .max_sockets = sockets,
    .max_relay_sockets = relay_sockets (sockets),
    .relay_rate_mbit = (guint) opt_relay_rate,
    .relay_ceiling = relay_ceiling,
    .invite_lifetime_s = (guint) opt_invite_lifetime,
    .join_timeout_s = (guint) opt_join_timeout,
    .ping_interval_s = (guint) opt_ping_interval,
  };
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (BgHubServer) server = prepare (owner, error) ? bg_hub_server_new (&options, error)
                                                          : NULL;
  Main m = { server, loop };
  g_autoptr (GSource) on_term = NULL, on_int = NULL, on_hup = NULL;
  GSource *watchdog;

  if (server == NULL)
    return g_error_matches (*error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT)
               || g_error_matches (*error, BG_ERROR, BG_ERROR_CONFIG)
             ? EXIT_CONFIG
             : EXIT_FAILED;
  if (!bg_hub_fence_calls ())
    bg_log (BG_TOPIC_HUB, WARNING, NULL, "this kernel does not filter system calls");
  on_term = watch_signal (SIGTERM, on_signal, &m);
  on_int = watch_signal (SIGINT, on_signal, &m);
  on_hup = watch_signal (SIGHUP, on_hangup, &m);
  watchdog = bg_manager_watchdog_start (NULL, NULL);
  announce (&m, owner);
  g_main_loop_run (loop);
  bg_source_drop (&watchdog);
  g_source_destroy (on_term);
  g_source_destroy (on_int);
  g_source_destroy (on_hup);
  return EXIT_OK;
}

static int
forget (BgHubOwner *owner, GError **error)
{
  if (!prepare (owner, error) || !bg_hub_directory_clear (opt_state_dir, error))
    return EXIT_FAILED;
  bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "what was kept of the network in %s is gone", opt_state_dir);
  bg_hub_owner_say_forgotten (owner);
  return EXIT_OK;
}

/* As its owner wants it, where it has one. */
static int
serve_owner (GError **error)
{
  const BgHubOwnerWish ours = { .listen = opt_listen != NULL ? opt_listen : BG_LISTEN_DEFAULT,
                                .public_url = opt_public_url,
                                .subnet = opt_subnet,
                                .suffix = opt_suffix,
                                .no_shared_token = g_strcmp0 (opt_shared_token, "no") == 0,
                                .approve_devices = g_strcmp0 (opt_approve_devices, "yes") == 0 };
  g_autoptr (BgHubOwner) owner = NULL;
  int code;

  if (opt_owner_fd < 0)
    return serve (&ours, NULL, error);
  owner = bg_hub_owner_new (opt_owner_fd, error);
  if (owner == NULL)
    return EXIT_FAILED;
  code = bg_hub_owner_get_wish (owner)->forget
           ? forget (owner, error)
           : serve (bg_hub_owner_get_wish (owner), owner, error);
  if (*error != NULL)
    bg_hub_owner_say_error (owner, (*error)->message);
  return code;
}

static int
save (GError **error)
{
  const BgHubBackupOptions options = { .state_dir = opt_state_dir,
                                       .token_file = opt_token_file,
                                       .turn_secret_file = opt_turn_secret_file,
                                       .replace = opt_force };

  return bg_hub_backup (&options, opt_backup, error) ? EXIT_OK : EXIT_FAILED;
}

static int
run (GError **error)
{
  if (opt_backup != NULL)
    return save (error);
  if (opt_restore != NULL)
    return bg_hub_restore (opt_restore, opt_state_dir, opt_force, error) ? EXIT_OK : EXIT_FAILED;
  return serve_owner (error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int code;

  umask (0077);
  bg_locale_init (LC_CTYPE);
  bg_log_init ("bamgate-hub");
  if (!parse_options (&argc, &argv, &error))
    {
      g_printerr ("bamgate-hub: %s\n", error->message);
      return EXIT_USAGE;
    }
  if (opt_version)
    {
      g_print ("bamgate-hub %s\n", BG_VERSION);
      return EXIT_OK;
    }
  if (opt_state_dir == NULL)
    opt_state_dir = default_state_dir ();
  code = run (&error);
  if (error != NULL)
    g_printerr ("bamgate-hub: %s\n", error->message);
  return code;
}
