/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-fence.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <linux/landlock.h>
#include <sqlite3.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a hub of our user could otherwise read. */
typedef struct
{
  char *dir, *state, *secret, *certificates, *certificate;
} Place;

static void
set_up (Place *p, gconstpointer data)
{
  p->dir = g_dir_make_tmp ("bamgate-fence-XXXXXX", NULL);
  p->state = g_build_filename (p->dir, "hub", NULL);
  p->secret = g_build_filename (p->dir, "device-key", NULL);
  p->certificates = g_build_filename (p->dir, "tls", NULL);
  p->certificate = g_build_filename (p->certificates, "a.pem", NULL);
  g_assert_cmpint (g_mkdir (p->state, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (p->certificates, 0700), ==, 0);
  g_assert_true (g_file_set_contents (p->secret, "secret", -1, NULL));
  g_assert_true (g_file_set_contents (p->certificate, "certificate", -1, NULL));
}

static void
tear_down (Place *p, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", p->dir);

  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_free (p->dir);
  g_free (p->state);
  g_free (p->secret);
  g_free (p->certificates);
  g_free (p->certificate);
}

static gboolean
can_open (const char *path, int flags)
{
  int fd = open (path, flags | O_CLOEXEC, 0600);

  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

static gboolean
keeps_database (const char *dir)
{
  g_autofree char *path = g_build_filename (dir, "hub.sqlite", NULL);
  sqlite3 *db = NULL;
  gboolean ok = sqlite3_open (path, &db) == SQLITE_OK
                && sqlite3_exec (
                     db, "PRAGMA journal_mode=WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1);",
                     NULL, NULL, NULL)
                     == SQLITE_OK;

  sqlite3_close (db);
  return ok;
}

static gpointer
try_secret (gpointer path)
{
  return GINT_TO_POINTER (can_open (path, O_RDONLY));
}

/* In a child, whose exit status is the number of the first line that is not so. */
#define MUST(so)                                                                                   \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if (!(so))                                                                                     \
      _exit (__LINE__ & 0xff ? __LINE__ & 0xff : 1);                                               \
  }                                                                                                \
  G_STMT_END

static void
check_files (const Place *p)
{
  const char *files[] = { p->certificate, NULL };
  g_autofree char *other = g_build_filename (p->dir, "new", NULL);
  g_autofree char *next = g_build_filename (p->certificates, "b.pem", NULL);

  MUST (can_open (p->secret, O_RDONLY));
  MUST (bg_hub_fence_files (p->state, files, G_N_ELEMENTS (files)));
  MUST (!can_open (p->secret, O_RDONLY) && errno == EACCES);
  MUST (!can_open (p->secret, O_WRONLY) && !can_open (other, O_RDWR | O_CREAT));
  MUST (!can_open ("/etc/passwd", O_RDONLY) && !can_open ("/proc/1/environ", O_RDONLY));
  MUST (g_rename (p->secret, other) != 0 && g_unlink (p->secret) != 0);
  MUST (can_open (p->certificate, O_RDONLY) && !can_open (next, O_RDWR | O_CREAT));
  MUST (keeps_database (p->state));
  MUST (can_open ("/dev/urandom", O_RDONLY) && can_open ("/dev/null", O_WRONLY));
  MUST (!g_thread_join (g_thread_new ("other", try_secret, p->secret)));
  _exit (0);
}

static gboolean
can_connect (void)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/dbus/system_bus_socket" };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gboolean refused = connect (fd, (const struct sockaddr *) &address, sizeof address) < 0
                     && errno == EPERM;

  close (fd);
  return !refused;
}

static void
check_calls (const Place *p)
{
  char *argv[] = { (char *) "/bin/true", NULL };

  MUST (bg_hub_fence_calls ());
  MUST (socket (AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM);
  MUST (socket (AF_NETLINK, SOCK_RAW, 0) < 0 && errno == EPERM);
  MUST (!can_connect ());
  MUST (execv (argv[0], argv) < 0 && errno == EPERM);
  MUST (prctl (PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
  MUST (setuid (geteuid () + 1) != 0);
  MUST (keeps_database (p->state));
  _exit (0);
}

static void
in_child (const Place *p, void (*check) (const Place *p))
{
  pid_t child = fork ();
  int status;

  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    check (p);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

static void
test_files (Place *p, gconstpointer data)
{
  if (syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1)
    g_test_skip ("not on this machine: the kernel has no Landlock");
  else
    in_child (p, check_files);
}

static void
test_calls (Place *p, gconstpointer data)
{
  in_child (p, check_calls);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/hub/fence/files", Place, NULL, set_up, test_files, tear_down);
  g_test_add ("/hub/fence/calls", Place, NULL, set_up, test_calls, tear_down);
  return g_test_run ();
}
