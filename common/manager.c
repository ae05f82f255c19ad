/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/manager.h"
#include "common/log.h"
#include "common/source.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TELLS_IN_TIME 3

typedef struct
{
  gboolean (*is_alive) (gpointer owner);
  gpointer owner;
} Watched;

void
bg_manager_notify (const char *state)
{
  const char *path = g_getenv ("NOTIFY_SOCKET");
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  size_t len = path ? strlen (path) : 0;
  int fd;

  if (len < 2 || len >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
    return;
  memcpy (address.sun_path, path, len);
  if (path[0] == '@')
    address.sun_path[0] = '\0';
  fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return;
  if (sendto (fd, state, strlen (state), MSG_NOSIGNAL,
              (const struct sockaddr *) (const void *) &address,
              (socklen_t) (offsetof (struct sockaddr_un, sun_path) + len))
      < 0)
    bg_log (BG_TOPIC_APP, WARNING, NULL, "%s: %s", path, g_strerror (errno));
  close (fd);
}

static guint64
number_of (const char *variable)
{
  const char *text = g_getenv (variable);
  guint64 number = 0;

  if (!text || !g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT64, &number, NULL))
    return 0;
  return number;
}

static guint64
watchdog_us (void)
{
  /* children have our environment */
  if (g_getenv ("WATCHDOG_PID") && number_of ("WATCHDOG_PID") != (guint64) getpid ())
    return 0;
  return number_of ("WATCHDOG_USEC");
}

static gboolean
on_time_to_tell (gpointer data)
{
  Watched *watched = data;

  if (!watched->is_alive || watched->is_alive (watched->owner))
    bg_manager_notify ("WATCHDOG=1");
  return G_SOURCE_CONTINUE;
}

/* Whole seconds let other timers of the loop share the wake-up. */
static GSource *
new_timer (guint64 interval_us)
{
  guint64 ms = CLAMP (interval_us / 1000, 1, G_MAXUINT);

  return ms >= 1000 ? g_timeout_source_new_seconds ((guint) (ms / 1000))
                    : g_timeout_source_new ((guint) ms);
}

GSource *
bg_manager_watchdog_start (gboolean (*is_alive) (gpointer owner), gpointer owner)
{
  guint64 limit_us = watchdog_us ();
  Watched *watched;
  GSource *timer;

  if (limit_us == 0)
    return NULL;
  watched = g_new0 (Watched, 1);
  *watched = (Watched){ is_alive, owner };
  timer = new_timer (limit_us / TELLS_IN_TIME);
  g_source_set_callback (timer, on_time_to_tell, watched, g_free);
  g_source_attach (timer, NULL);
  return timer;
}
