/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/sleep-watch.h"

#include "common/log.h"
#include "peer/main-timer.h"

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define LOGIND "org.freedesktop.login1"
#define LOGIND_PATH "/org/freedesktop/login1"
#define LOGIND_MANAGER "org.freedesktop.login1.Manager"

/* In 10,000 years, where that fits. */
#define NEVER_S ((time_t) (sizeof (time_t) > 4 ? G_GINT64_CONSTANT (315569520000) : G_MAXINT32))

enum
{
  RETRY_MIN_MS = 1000,
  RETRY_MAX_MS = 60000,
  NAP_MS = 1000, /* shorter sleeps are none: nothing that we time is so exact */
};

struct BgSleepWatch
{
  char *address;
  const BgSleepWatchEvents *events;
  gpointer owner;
  GCancellable *cancellable;

  /* the clocks */
  int
    clock_fd; /* readable when the kernel sets the wall clock, which it does after a sleep; -1: none */
  GSource *clock_source;
  gint64 slept_us; /* all sleeps of this boot, as far as we know */

  /* the bus */
  GDBusConnection *bus;
  gulong closed_handler;
  guint name_watch, subscription;
  GSource *retry;
  guint delay_ms;

  /* logind */
  int lock_fd;        /* a sleep waits for us; -1: it does not */
  gboolean announced; /* a sleep, whose end is to be told */
};

/* --- The clocks --- */

static gint64
clock_us (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* What the one counts and the other does not. */
static gint64
sleeps_of_boot_us (void)
{
  return clock_us (CLOCK_BOOTTIME) - clock_us (CLOCK_MONOTONIC);
}

static void
wake (BgSleepWatch *self, gint64 slept_us)
{
  bg_log (BG_TOPIC_NET, MESSAGE, NULL, "awake after %.0f s of sleep",
          (double) (slept_us - self->slept_us) / G_USEC_PER_SEC);
  self->slept_us = slept_us;
  self->announced = FALSE;
  self->events->awake (self->owner);
}

void
bg_sleep_watch_look (BgSleepWatch *self)
{
  gint64 slept_us = sleeps_of_boot_us ();

  if (slept_us - self->slept_us >= NAP_MS * G_TIME_SPAN_MILLISECOND)
    wake (self, slept_us);
}

/* A timer that never ends, but is cancelled when the wall clock is set. */
static void
wait_for_clock (BgSleepWatch *self)
{
  struct itimerspec never = { .it_value.tv_sec = NEVER_S };

  timerfd_settime (self->clock_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

static gboolean
on_clock_set (int fd, GIOCondition condition, gpointer data)
{
  BgSleepWatch *self = data;

  wait_for_clock (self);
  bg_sleep_watch_look (self);
  return G_SOURCE_CONTINUE;
}

static void
watch_clocks (BgSleepWatch *self)
{
  self->slept_us = sleeps_of_boot_us ();
  self->clock_fd = timerfd_create (CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  if (self->clock_fd < 0)
    return;
  wait_for_clock (self);
  self->clock_source = g_unix_fd_source_new (self->clock_fd, G_IO_IN);
  g_source_set_callback (self->clock_source, G_SOURCE_FUNC (on_clock_set), self, NULL);
  g_source_attach (self->clock_source, NULL);
}

/* --- The delay lock --- */

void
bg_sleep_watch_ready (BgSleepWatch *self)
{
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  self->lock_fd = -1;
}

static void
on_bus_inhibit_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_with_unix_fd_list_finish (
    G_DBUS_CONNECTION (source), &fds, result, &error);
  BgSleepWatch *self = data;
  gint32 handle = 0;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* self is gone */
  if (!reply)
    {
      bg_log (BG_TOPIC_NET, INFO, NULL, "a sleep of this machine will not wait for us: %s",
              error->message);
      return;
    }
  g_variant_get (reply, "(h)", &handle);
  bg_sleep_watch_ready (self);
  if (fds && !self->announced)
    self->lock_fd = g_unix_fd_list_get (fds, handle, NULL);
}

static void
take_lock (BgSleepWatch *self)
{
  g_dbus_connection_call_with_unix_fd_list (
    self->bus, LOGIND, LOGIND_PATH, LOGIND_MANAGER, "Inhibit",
    g_variant_new ("(ssss)", "sleep", "bamgate", "keys of the tunnel are wiped", "delay"),
    G_VARIANT_TYPE ("(h)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, self->cancellable,
    on_bus_inhibit_done, self);
}

/* --- logind --- */

static void
on_bus_prepare_for_sleep (GDBusConnection *bus, const char *sender, const char *path,
                          const char *interface, const char *member, GVariant *parameters,
                          gpointer data)
{
  BgSleepWatch *self = data;
  gboolean begins;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(b)")))
    return;
  g_variant_get (parameters, "(b)", &begins);
  if (begins && !self->announced)
    {
      self->announced = TRUE;
      self->events->sleeping (self->owner);
    }
  else if (!begins)
    {
      if (self->announced)
        wake (self, sleeps_of_boot_us ());
      else
        bg_sleep_watch_look (self); /* the clock may have been first */
      take_lock (self);
    }
}

static void
on_bus_logind_appeared (GDBusConnection *bus, const char *name, const char *owner, gpointer data)
{
  take_lock (data);
}

static void
on_bus_logind_vanished (GDBusConnection *bus, const char *name, gpointer data)
{
  bg_sleep_watch_ready (data);
}

/* --- The bus --- */

static void connect_bus (BgSleepWatch *self);

static gboolean
on_retry (gpointer data)
{
  BgSleepWatch *self = data;

  bg_clear_source (&self->retry);
  connect_bus (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (BgSleepWatch *self)
{
  bg_arm_timer (&self->retry, self->delay_ms, on_retry, self);
  self->delay_ms = MIN (self->delay_ms * 2, RETRY_MAX_MS);
}

static void
drop_bus (BgSleepWatch *self)
{
  if (!self->bus)
    return;
  g_bus_unwatch_name (self->name_watch);
  g_dbus_connection_signal_unsubscribe (self->bus, self->subscription);
  g_signal_handler_disconnect (self->bus, self->closed_handler);
  g_clear_object (&self->bus);
  bg_sleep_watch_ready (self);
}

static void
on_bus_closed (GDBusConnection *bus, gboolean remote, GError *error, BgSleepWatch *self)
{
  drop_bus (self);
  retry_later (self);
}

static void
on_bus_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *bus = g_dbus_connection_new_for_address_finish (result, &error);
  BgSleepWatch *self = data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* self is gone */
  if (!bus)
    {
      retry_later (self);
      return;
    }
  self->delay_ms = RETRY_MIN_MS;
  self->bus = bus;
  self->closed_handler = g_signal_connect (bus, "closed", G_CALLBACK (on_bus_closed), self);
  self->subscription = g_dbus_connection_signal_subscribe (
    bus, LOGIND, LOGIND_MANAGER, "PrepareForSleep", LOGIND_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
    on_bus_prepare_for_sleep, self, NULL);
  self->name_watch = g_bus_watch_name_on_connection (bus, LOGIND, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                     on_bus_logind_appeared, on_bus_logind_vanished,
                                                     self, NULL);
}

static void
connect_bus (BgSleepWatch *self)
{
  g_autofree char *address = self->address
                               ? g_strdup (self->address)
                               : g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SYSTEM, NULL, NULL);

  if (!address)
    {
      retry_later (self);
      return;
    }
  g_dbus_connection_new_for_address (address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                       | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     NULL, self->cancellable, on_bus_connected, self);
}

/* --- Life --- */

BgSleepWatch *
bg_sleep_watch_new (const char *address, const BgSleepWatchEvents *events, gpointer owner)
{
  BgSleepWatch *self = g_new0 (BgSleepWatch, 1);

  self->address = g_strdup (address);
  self->events = events;
  self->owner = owner;
  self->cancellable = g_cancellable_new ();
  self->delay_ms = RETRY_MIN_MS;
  self->lock_fd = -1;
  watch_clocks (self);
  connect_bus (self);
  return self;
}

void
bg_sleep_watch_free (BgSleepWatch *self)
{
  if (!self)
    return;
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  drop_bus (self);
  bg_sleep_watch_ready (self);
  bg_clear_source (&self->retry);
  bg_clear_source (&self->clock_source);
  if (self->clock_fd >= 0)
    close (self->clock_fd);
  g_free (self->address);
  g_free (self);
}
