/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bamgate-system-dns: writes for bamgated, which is not root, the lines of its peers' and endpoints' names into the hosts file, or tells resolvconf of
 * its resolver. dns-request.h says what may be asked. Who asks is for the socket to decide, which systemd keeps; the end of the
 * connection takes back what was asked for on it, however the daemon came to its end. */
#include "common/error.h"
#include "common/log.h"
#include "common/whole-file.h"
#include "names/dns-request.h"
#include "names/hosts-text.h"

#include <errno.h>
#include <gio/gio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Records are in the order of their names, and interfaces of tunnels are in front: for Debian's program "tun", for openresolv
 * with a digit behind it. Debian's looks at no third word. */
#define RECORD_BEGIN "tun0."

#define MAX_HOSTS_BYTES (16 * 1024 * 1024)

static char *opt_hosts, *opt_record, *opt_resolvconf;
static gboolean opt_revert, opt_version;
static int opt_socket_fd = -1;

static const GOptionEntry entries[] = {
  { "socket-fd", 0, 0, G_OPTION_ARG_INT, &opt_socket_fd, "Take connections from this socket",
    "FD" },
  { "hosts", 0, 0, G_OPTION_ARG_FILENAME, &opt_hosts, "The hosts file (default /etc/hosts)",
    "FILE" },
  { "record", 0, 0, G_OPTION_ARG_FILENAME, &opt_record,
    "Remember there what resolvconf was told (default /run/bamgated-dns/resolvconf)", "FILE" },
  { "resolvconf", 0, 0, G_OPTION_ARG_FILENAME, &opt_resolvconf,
    "The program (default: resolvconf, from PATH)", "FILE" },
  { "revert", 0, 0, G_OPTION_ARG_NONE, &opt_revert, "Take back what is left, and end", NULL },
  { "version", 0, 0, G_OPTION_ARG_NONE, &opt_version, "Print the version", NULL },
  G_OPTION_ENTRY_NULL,
};

/* --- The hosts file --- */

static char *
read_hosts (GError **error)
{
  g_autofree char *text = NULL;
  gsize len;

  if (!g_file_test (opt_hosts, G_FILE_TEST_EXISTS))
    return g_strdup ("");
  if (!g_file_get_contents (opt_hosts, &text, &len, error))
    return NULL;
  if (len <= MAX_HOSTS_BYTES && strlen (text) == len)
    return g_steal_pointer (&text);
  bg_error_set (error, BG_ERROR_FAILED, ABOUT, opt_hosts, "not a hosts file");
  return NULL;
}

/* NULL: without our lines. */
static gboolean
write_hosts (char **lines, GError **error)
{
  g_autofree char *old = read_hosts (error), *text = NULL;

  if (!old)
    return FALSE;
  text = bg_hosts_text_replace (old, (const char *const *) lines);
  return g_str_equal (old, text) || bg_whole_file_write (opt_hosts, text, BG_SAY_ABOUT, error);
}

/* --- resolvconf --- */

static gboolean
run_resolvconf (const char *const *words, const char *input, GError **error)
{
  g_autoptr (GSubprocess)
    child = g_subprocess_newv (words,
                               G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE
                                 | G_SUBPROCESS_FLAGS_STDERR_PIPE,
                               error);
  g_autofree char *said = NULL;

  if (!child || !g_subprocess_communicate_utf8 (child, input, NULL, NULL, &said, error))
    return FALSE;
  if (g_subprocess_get_if_exited (child) && g_subprocess_get_exit_status (child) == 0)
    return TRUE;
  bg_error_set (error, BG_ERROR_FAILED, ABOUT, opt_resolvconf,
                said && said[0] ? g_strstrip (said) : "failed");
  return FALSE;
}

static gboolean
drop_record (GError **error)
{
  g_autofree char *name = NULL;

  if (!g_file_get_contents (opt_record, &name, NULL, NULL))
    return TRUE;
  if (!run_resolvconf ((const char *[]){ opt_resolvconf, "-d", g_strstrip (name), NULL }, "",
                       error))
    return FALSE;
  unlink (opt_record);
  return TRUE;
}

static gboolean
add_record (const BgDnsRequest *request, GError **error)
{
  g_autofree char *name = g_strconcat (RECORD_BEGIN, request->interface, NULL);

  if (!bg_whole_file_write (opt_record, name, BG_SAY_ABOUT, error))
    return FALSE;
  return run_resolvconf (
    (const char *[]){ opt_resolvconf, "-a", name, request->exclusive ? "-x" : NULL, NULL },
    request->resolvconf, error);
}

/* --- Requests --- */

/* Who is on the line, and what it has asked for. */
typedef struct
{
  int fd;
  GString *said;      /* of a request that is not whole yet */
  BgDnsRequest *wish; /* NULL: nothing yet */
} Caller;

static void
caller_free (gpointer data)
{
  Caller *caller = data;

  close (caller->fd);
  g_string_free (caller->said, TRUE);
  g_clear_pointer (&caller->wish, bg_dns_request_free);
  g_free (caller);
}

/* Lines of all; resolvconf has one interface, that of who asked last. */
static void
join (const GPtrArray *callers, GPtrArray *lines, BgDnsRequest *all)
{
  for (guint i = 0; i < callers->len; i++)
    {
      const BgDnsRequest *wish = ((Caller *) callers->pdata[i])->wish;

      for (char **line = wish ? wish->hosts : NULL; line && *line; line++)
        g_ptr_array_add (lines, *line);
      if (!wish || !wish->interface)
        continue;
      all->interface = wish->interface;
      all->resolvconf = wish->resolvconf;
      all->exclusive = wish->exclusive;
    }
  g_ptr_array_add (lines, NULL);
  all->hosts = (char **) lines->pdata;
}

static gboolean
apply (const GPtrArray *callers, GError **error)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new ();
  BgDnsRequest all = { 0 };

  join (callers, lines, &all);
  if (!all.interface && !drop_record (error))
    return FALSE;
  return write_hosts (all.hosts, error) && (!all.interface || add_record (&all, error));
}

static gboolean
revert (void)
{
  g_autoptr (GPtrArray) nobody = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  if (apply (nobody, &error))
    return TRUE;
  bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", error->message);
  return FALSE;
}

static gboolean
take_wish (const GPtrArray *callers, Caller *caller, GError **error)
{
  BgDnsRequest *wish = bg_dns_request_parse (caller->said->str, error);

  if (!wish)
    return FALSE;
  g_clear_pointer (&caller->wish, bg_dns_request_free);
  caller->wish = wish;
  return apply (callers, error);
}

/* The answer, a line. */
static char *
serve (const GPtrArray *callers, Caller *caller)
{
  g_autoptr (GError) error = NULL;

  if (take_wish (callers, caller, &error))
    return g_strdup ("ok\n");
  bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", error->message);
  g_strdelimit (error->message, "\n\r", ' ');
  return g_strdup_printf ("failed %s\n", error->message);
}

/* FALSE: the other end is gone, or says too much. */
static gboolean
hear (const GPtrArray *callers, Caller *caller)
{
  char part[16384];
  ssize_t n = TEMP_FAILURE_RETRY (read (caller->fd, part, sizeof part));
  g_autofree char *answer = NULL;

  if (n <= 0 || memchr (part, 0, (size_t) n) || caller->said->len + (gsize) n > BG_DNS_REQUEST_MAX)
    return FALSE;
  g_string_append_len (caller->said, part, n);
  if (!g_str_has_suffix (caller->said->str, "\n.\n"))
    return TRUE;
  answer = serve (callers, caller);
  g_string_truncate (caller->said, 0);
  return send (caller->fd, answer, strlen (answer), MSG_NOSIGNAL) >= 0;
}

/* What was asked for on the line goes with it. */
static void
hang_up (GPtrArray *callers, guint i)
{
  g_autoptr (GError) error = NULL;

  g_ptr_array_remove_index (callers, i);
  if (!apply (callers, &error))
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", error->message);
}

/* --- Lines --- */

/* Those of the tunnel, those of endpoints, and those of a daemon that comes while the one before goes. */
enum
{
  CALLERS_MAX = 8
};

static gboolean
pick_up (GPtrArray *callers, int listener)
{
  int fd = accept4 (listener, NULL, NULL, SOCK_CLOEXEC);
  Caller *caller;

  if (fd < 0)
    return errno == EINTR || errno == EAGAIN || errno == ECONNABORTED;
  caller = g_new0 (Caller, 1);
  caller->fd = fd;
  caller->said = g_string_new (NULL);
  g_ptr_array_add (callers, caller);
  return TRUE;
}

/* The listener is the last of them. */
static guint
wait_for_any (const GPtrArray *callers, int listener, int patience_ms, struct pollfd *waiting)
{
  for (guint i = 0; i < callers->len; i++)
    waiting[i] = (struct pollfd){ ((Caller *) callers->pdata[i])->fd, POLLIN, 0 };
  waiting[callers->len] = (struct pollfd){ callers->len < CALLERS_MAX ? listener : -1, POLLIN, 0 };
  return TEMP_FAILURE_RETRY (poll (waiting, callers->len + 1, patience_ms)) > 0;
}

/* With nobody on a line and nobody waiting systemd has the socket again. */
static int
serve_socket (int listener)
{
  g_autoptr (GPtrArray) callers = g_ptr_array_new_with_free_func (caller_free);
  struct pollfd waiting[CALLERS_MAX + 1];
  int patience_ms = -1;

  while (wait_for_any (callers, listener, callers->len > 0 ? -1 : patience_ms, waiting))
    {
      guint n = callers->len;

      patience_ms = 0;
      for (guint i = n; i-- > 0;)
        if (waiting[i].revents && !hear (callers, callers->pdata[i]))
          hang_up (callers, i);
      if (waiting[n].revents && !pick_up (callers, listener))
        return 1;
    }
  return 0;
}

static void
set_defaults (void)
{
  if (!opt_hosts)
    opt_hosts = g_strdup ("/etc/hosts");
  if (!opt_record)
    opt_record = g_strdup ("/run/bamgated-dns/resolvconf");
  if (!opt_resolvconf)
    opt_resolvconf = g_strdup ("resolvconf");
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("- write names for bamgated");
  g_autoptr (GError) error = NULL;

  bg_log_init ("bamgate-system-dns");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc > 1
      || (opt_socket_fd < 0 && !opt_revert && !opt_version))
    {
      g_printerr ("%s\n", error ? error->message : "--socket-fd=FD or --revert is needed");
      return 2;
    }
  if (opt_version)
    {
      g_print ("bamgate-system-dns %s\n", BG_VERSION);
      return 0;
    }
  set_defaults ();
  if (!revert () || opt_revert)
    return opt_revert ? 0 : 1;
  return serve_socket (opt_socket_fd);
}
