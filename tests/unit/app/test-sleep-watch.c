/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A private bus with a logind of ours; the clock is the linker's gift. */
#include "app/sleep-watch.h"
#include "common/log.h"

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static const char xml[] =
  "<node><interface name='org.freedesktop.login1.Manager'>"
  "<method name='Inhibit'><arg type='s' direction='in'/><arg type='s' direction='in'/>"
  "<arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='h' direction='out'/></method>"
  "<signal name='PrepareForSleep'><arg type='b'/></signal></interface></node>";

static time_t slept_s; /* that the one clock counts and the other does not */

int __real_clock_gettime (clockid_t clock, struct timespec *now);
int __wrap_clock_gettime (clockid_t clock, struct timespec *now);

int
__wrap_clock_gettime (clockid_t clock, struct timespec *now)
{
  int result = __real_clock_gettime (clock, now);

  if (clock == CLOCK_BOOTTIME)
    now->tv_sec += slept_s;
  return result;
}

typedef struct
{
  char *dir, *address;
  GSubprocess *daemon;
  GDBusConnection *logind;
  guint object, name;
  int lock; /* our end of the pipe whose other end holds up a sleep; -1: nobody asked */
  guint locks;
  BgSleepWatch *watch;
  guint asleep, awake;
} Fixture;

static void
on_sleeping (gpointer owner)
{
  ((Fixture *) owner)->asleep++;
}

static void
on_awake (gpointer owner)
{
  ((Fixture *) owner)->awake++;
}

static const BgSleepWatchEvents events = { on_sleeping, on_awake };

static gboolean
on_tick (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* Not everything that is waited for wakes the loop. */
#define WAIT_FOR(condition)                                                                        \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 deadline_ = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND;                          \
    GSource *tick_ = g_timeout_source_new (20);                                                    \
    g_source_set_callback (tick_, on_tick, NULL, NULL);                                            \
    g_source_attach (tick_, NULL);                                                                 \
    while (!(condition) && g_get_monotonic_time () < deadline_)                                    \
      g_main_context_iteration (NULL, TRUE);                                                       \
    g_source_destroy (tick_);                                                                      \
    g_source_unref (tick_);                                                                        \
    g_assert_true (condition);                                                                     \
  }                                                                                                \
  G_STMT_END

/* --- The fake logind --- */

static void
on_logind_call (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
                const char *method, GVariant *parameters, GDBusMethodInvocation *call,
                gpointer data)
{
  Fixture *f = data;
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  const char *what, *who, *why, *mode;
  int ends[2];

  g_variant_get (parameters, "(&s&s&s&s)", &what, &who, &why, &mode);
  g_assert_cmpstr (what, ==, "sleep");
  g_assert_cmpstr (mode, ==, "delay");
  g_assert_true (g_unix_open_pipe (ends, FD_CLOEXEC, NULL));
  g_unix_fd_list_append (fds, ends[1], NULL);
  close (ends[1]);
  if (f->lock >= 0)
    close (f->lock);
  f->lock = ends[0];
  f->locks++;
  g_dbus_method_invocation_return_value_with_unix_fd_list (call, g_variant_new ("(h)", 0), fds);
}

/* Nobody holds the other end of the pipe any more. */
static gboolean
is_let_go (const Fixture *f)
{
  struct pollfd fd = { f->lock, POLLIN, 0 };

  return poll (&fd, 1, 0) == 1;
}

static void
start_logind (Fixture *f)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_logind_call };
  g_autoptr (GDBusNodeInfo) info = g_dbus_node_info_new_for_xml (xml, NULL);
  g_autoptr (GError) error = NULL;

  f->logind = g_dbus_connection_new_for_address_sync (
    f->address,
    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
    NULL, NULL, &error);
  g_assert_no_error (error);
  f->object = g_dbus_connection_register_object (f->logind, "/org/freedesktop/login1",
                                                 info->interfaces[0], &vtable, f, NULL, &error);
  g_assert_no_error (error);
  f->name = g_bus_own_name_on_connection (f->logind, "org.freedesktop.login1",
                                          G_BUS_NAME_OWNER_FLAGS_NONE, NULL, NULL, NULL, NULL);
}

static void
stop_logind (Fixture *f)
{
  g_bus_unown_name (f->name);
  g_dbus_connection_unregister_object (f->logind, f->object);
  g_dbus_connection_close_sync (f->logind, NULL, NULL);
  g_clear_object (&f->logind);
  if (f->lock >= 0)
    close (f->lock);
  f->lock = -1;
}

static void
say (Fixture *f, gboolean begins)
{
  g_assert_true (g_dbus_connection_emit_signal (f->logind, NULL, "/org/freedesktop/login1",
                                                "org.freedesktop.login1.Manager", "PrepareForSleep",
                                                g_variant_new ("(b)", begins), NULL));
}

/* --- The bus --- */

/* Of a test that fails nothing is left. */
static void
die_with_us (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
start_bus (Fixture *f)
{
  g_autoptr (GSubprocessLauncher)
    launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autofree char *listen = g_strdup_printf ("--address=%s", f->address);
  g_autoptr (GError) error = NULL;
  GInputStream *said;
  char byte;

  g_subprocess_launcher_set_child_setup (launcher, die_with_us, NULL, NULL);
  f->daemon = g_subprocess_launcher_spawn (launcher, &error, "dbus-daemon", "--session", "--nofork",
                                           "--nopidfile", "--print-address=1", listen, NULL);
  g_assert_no_error (error);
  said = g_subprocess_get_stdout_pipe (f->daemon);
  g_assert_cmpint (g_input_stream_read (said, &byte, 1, NULL, NULL), ==, 1);
}

static void
stop_bus (Fixture *f)
{
  g_subprocess_force_exit (f->daemon);
  g_subprocess_wait (f->daemon, NULL, NULL);
  g_clear_object (&f->daemon);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->dir = g_dir_make_tmp ("sleep-XXXXXX", NULL);
  f->address = g_strdup_printf ("unix:path=%s/bus", f->dir);
  f->lock = -1;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autofree char *socket_path = g_build_filename (f->dir, "bus", NULL);

  bg_sleep_watch_free (f->watch);
  if (f->logind)
    stop_logind (f);
  if (f->daemon)
    stop_bus (f);
  g_unlink (socket_path);
  g_rmdir (f->dir);
  g_free (f->dir);
  g_free (f->address);
}

/* --- Tests --- */

static void
test_announced (Fixture *f, gconstpointer data)
{
  start_bus (f);
  start_logind (f);
  f->watch = bg_sleep_watch_new (f->address, &events, f);
  WAIT_FOR (f->locks == 1);

  say (f, TRUE);
  WAIT_FOR (f->asleep == 1);
  g_assert_false (is_let_go (f));
  bg_sleep_watch_ready (f->watch);
  WAIT_FOR (is_let_go (f));

  slept_s += 3600;
  say (f, FALSE);
  WAIT_FOR (f->awake == 1 && f->locks == 2); /* and ready for the next */
  bg_sleep_watch_look (f->watch);
  g_assert_cmpuint (f->awake, ==, 1);
}

/* The machine did not sleep after all: what was ended for it begins again. */
static void
test_called_off (Fixture *f, gconstpointer data)
{
  start_bus (f);
  start_logind (f);
  f->watch = bg_sleep_watch_new (f->address, &events, f);
  WAIT_FOR (f->locks == 1);
  say (f, TRUE);
  say (f, FALSE);
  WAIT_FOR (f->awake == 1 && f->locks == 2);
  g_assert_cmpuint (f->asleep, ==, 1);
}

/* No bus: the clocks say it, once, and what is no sleep says nothing. */
static void
test_clock_alone (Fixture *f, gconstpointer data)
{
  f->watch = bg_sleep_watch_new (f->address, &events, f);
  bg_sleep_watch_look (f->watch);
  g_assert_cmpuint (f->awake, ==, 0);
  slept_s += 60;
  bg_sleep_watch_look (f->watch);
  bg_sleep_watch_look (f->watch);
  g_assert_cmpuint (f->awake, ==, 1);
  g_assert_cmpuint (f->asleep, ==, 0);
}

/* The clock was first, then logind says the same. */
static void
test_told_twice (Fixture *f, gconstpointer data)
{
  start_bus (f);
  start_logind (f);
  f->watch = bg_sleep_watch_new (f->address, &events, f);
  WAIT_FOR (f->locks == 1);
  say (f, TRUE);
  WAIT_FOR (f->asleep == 1);
  slept_s += 10;
  bg_sleep_watch_look (f->watch);
  g_assert_cmpuint (f->awake, ==, 1);
  say (f, FALSE);
  WAIT_FOR (f->locks == 2);
  g_assert_cmpuint (f->awake, ==, 1);
}

/* First the bus is missing, then logind; both come, go, and come back. */
static void
test_comes_and_goes (Fixture *f, gconstpointer data)
{
  f->watch = bg_sleep_watch_new (f->address, &events, f);
  start_bus (f);
  start_logind (f);
  WAIT_FOR (f->locks == 1);
  stop_logind (f);
  start_logind (f);
  WAIT_FOR (f->locks == 2);

  stop_logind (f);
  stop_bus (f);
  start_bus (f);
  start_logind (f);
  WAIT_FOR (f->locks == 3);
  say (f, TRUE);
  WAIT_FOR (f->asleep == 1);
}

/* It ends while a lock is asked for, and with one held. */
static void
test_ends (Fixture *f, gconstpointer data)
{
  start_bus (f);
  start_logind (f);
  f->watch = bg_sleep_watch_new (f->address, &events, f);
  WAIT_FOR (f->locks == 1);
  g_clear_pointer (&f->watch, bg_sleep_watch_free);
  WAIT_FOR (is_let_go (f));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("critical", NULL);
#define ADD(name, func) g_test_add ("/sleep-watch/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("announced", test_announced);
  ADD ("called-off", test_called_off);
  ADD ("clock-alone", test_clock_alone);
  ADD ("told-twice", test_told_twice);
  ADD ("comes-and-goes", test_comes_and_goes);
  ADD ("ends", test_ends);
  return g_test_run ();
}
