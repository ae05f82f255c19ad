/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A bus of a test's own, that can be away, and waiting on the main loop. */

#include <gio/gio.h>

typedef struct
{
  char *dir, *address;
  GSubprocess *daemon; /* NULL: away */
} PrivateBus;

/* It has an address, and is away. */
void private_bus_init (PrivateBus *bus);
void private_bus_start (PrivateBus *bus);
void private_bus_stop (PrivateBus *bus);
void private_bus_clear (PrivateBus *bus);
GDBusConnection *private_bus_connect (PrivateBus *bus);
/* One step of the main loop, which may be that nothing happened for 20 ms. */
void private_bus_iterate (void);

#define WAIT_FOR(condition)                                                                        \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 deadline_ = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND;                          \
    while (!(condition) && g_get_monotonic_time () < deadline_)                                    \
      private_bus_iterate ();                                                                      \
    g_assert_true (condition);                                                                     \
  }                                                                                                \
  G_STMT_END
