/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/manager.h"
#include "common/source.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct
{
  int fd;
  char *dir, *path;
} Listener;

static void
listen_there (Listener *l)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  l->dir = g_dir_make_tmp ("manager-XXXXXX", NULL);
  l->path = g_build_filename (l->dir, "notify", NULL);
  g_strlcpy (address.sun_path, l->path, sizeof address.sun_path);
  l->fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  g_assert_no_errno (bind (l->fd, (void *) &address, sizeof address));
  g_setenv ("NOTIFY_SOCKET", l->path, TRUE);
}

static void
close_it (Listener *l)
{
  close (l->fd);
  unlink (l->path);
  rmdir (l->dir);
  g_free (l->path);
  g_free (l->dir);
  g_unsetenv ("NOTIFY_SOCKET");
}

static char *
next_word (const Listener *l)
{
  char text[64];
  ssize_t n = recv (l->fd, text, sizeof text, 0);

  return n < 0 ? NULL : g_strndup (text, (gsize) n);
}

static void
test_notify (void)
{
  Listener l;
  g_autofree char *word = NULL;

  bg_manager_notify ("READY=1"); /* to nobody */
  listen_there (&l);
  bg_manager_notify ("READY=1");
  word = next_word (&l);
  g_assert_cmpstr (word, ==, "READY=1");
  close_it (&l);
}

static gboolean
is_watched (void)
{
  GSource *watchdog = bg_manager_watchdog_start (NULL, NULL);
  gboolean watched = watchdog != NULL;

  bg_source_drop (&watchdog);
  return watched;
}

static void
test_whom_it_watches (void)
{
  g_autofree char *own = g_strdup_printf ("%d", (int) getpid ());

  g_assert_false (is_watched ());
  g_setenv ("WATCHDOG_USEC", "30000", TRUE);
  g_assert_true (is_watched ());
  g_setenv ("WATCHDOG_PID", own, TRUE);
  g_assert_true (is_watched ());
  g_setenv ("WATCHDOG_PID", "1", TRUE);
  g_assert_false (is_watched ());
  g_unsetenv ("WATCHDOG_PID");
  g_setenv ("WATCHDOG_USEC", "soon", TRUE);
  g_assert_false (is_watched ());
  g_unsetenv ("WATCHDOG_USEC");
}

typedef struct
{
  int asked;
  gboolean answer;
} Asked;

static gboolean
answer (gpointer owner)
{
  Asked *asked = owner;

  asked->asked++;
  return asked->answer;
}

static void
wait_asked (Asked *asked, int times)
{
  while (asked->asked < times)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_tells_of_each_yes (void)
{
  Listener l;
  Asked asked = { 0, TRUE };
  GSource *watchdog;
  g_autofree char *first = NULL, *second = NULL;

  listen_there (&l);
  g_setenv ("WATCHDOG_USEC", "30000", TRUE);
  watchdog = bg_manager_watchdog_start (answer, &asked);
  wait_asked (&asked, 1);
  first = next_word (&l);
  g_assert_cmpstr (first, ==, "WATCHDOG=1");
  asked.answer = FALSE;
  wait_asked (&asked, 3);
  g_assert_null (next_word (&l));
  asked.answer = TRUE;
  wait_asked (&asked, 4);
  second = next_word (&l);
  g_assert_cmpstr (second, ==, "WATCHDOG=1");
  bg_source_drop (&watchdog);
  g_unsetenv ("WATCHDOG_USEC");
  close_it (&l);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/notify", test_notify);
  g_test_add_func ("/manager/whom-it-watches", test_whom_it_watches);
  g_test_add_func ("/manager/tells-of-each-yes", test_tells_of_each_yes);
  return g_test_run ();
}
