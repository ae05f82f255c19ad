/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "failure-words.h"

#include "sentence.h"

#include <bamgate.h>
#include <gio/gio.h>
#include <glib/gi18n.h>

typedef struct
{
  int code;
  const char *words;
} Row;

static const Row bus_rows[] = {
  { G_DBUS_ERROR_SERVICE_UNKNOWN,
    N_ (
      "The daemon (bamgated) is not installed, or somebody stopped it for good. Install the package “bamgate”.") },
  { G_DBUS_ERROR_NAME_HAS_NO_OWNER,
    N_ (
      "The daemon (bamgated) does not run. Restart this machine, or ask who looks after it to start the daemon.") },
  { G_DBUS_ERROR_NO_REPLY, N_ ("The daemon ended or did not answer in time. Try again.") },
  { G_DBUS_ERROR_TIMEOUT, N_ ("The daemon did not answer in time. Try again.") },
  { G_DBUS_ERROR_DISCONNECTED, N_ ("The system bus went away. Try again when it is back.") },
  { G_DBUS_ERROR_NO_SERVER, N_ ("There is no system bus on this machine.") },
  { G_DBUS_ERROR_FILE_NOT_FOUND, N_ ("There is no system bus on this machine.") },
  { G_DBUS_ERROR_ACCESS_DENIED,
    N_ ("You are not allowed to do this. Ask who looks after this machine.") },
};

static const Row bamgate_rows[] = {
  { BAMGATE_ERROR_AUTHENTICATION_REQUIRED,
    N_ (
      "This needs a password, and nothing here can ask for it: start an authentication agent, as desktops do.") },
};

static const char *
look_up (const Row *rows, gsize n, int code)
{
  for (gsize i = 0; i < n; i++)
    if (rows[i].code == code)
      return _ (rows[i].words);
  return NULL;
}

/* What the daemon could not be started for is in the journal. */
static gboolean
is_spawn_failure (const GError *error)
{
  return error->domain == G_DBUS_ERROR && error->code >= G_DBUS_ERROR_SPAWN_EXEC_FAILED
         && error->code <= G_DBUS_ERROR_SPAWN_NO_MEMORY;
}

char *
applet_failure_words (const GError *error)
{
  const char *words = NULL;
  GError *copy;
  char *message;

  if (error->domain == G_DBUS_ERROR)
    words = look_up (bus_rows, G_N_ELEMENTS (bus_rows), error->code);
  else if (error->domain == BAMGATE_ERROR)
    words = look_up (bamgate_rows, G_N_ELEMENTS (bamgate_rows), error->code);
  if (is_spawn_failure (error))
    words = _ ("The daemon could not be started. The system's log says why, under “bamgated”.");
  if (words)
    return g_strdup (words);
  copy = g_error_copy (error);
  g_dbus_error_strip_remote_error (copy);
  message = applet_sentence (copy->message);
  g_error_free (copy);
  return message;
}
