/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "unit/dbus/fake-application.h"

#include "app/application-endpoints.h"

struct _BgApplication
{
  GObject parent;
  BgApplicationInfo info;
  char *reason, *manager;
  GPtrArray *peers;
  GHashTable *intervals;
  GVariant *last_changes;
  gboolean hold_up;
  GTask *held_up;
  BgEndpoints *endpoints; /* NULL: nobody asked yet */
};

/* The signal "changed". */
extern guint fake_application_changed;

/* Answers at once. */
void fake_return_true (BgApplication *self, GAsyncReadyCallback callback, gpointer data);
gboolean fake_finish_boolean (GAsyncResult *result, GError **error);
