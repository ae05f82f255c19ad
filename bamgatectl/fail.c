/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What went wrong, for people on standard error, for programs in JSON; and the exit code that goes with it. */
#include "bamgatectl/cloudflare-answer.h"
#include "bamgatectl/ctl.h"
#include "bamgatectl/out.h"

#include "common/printable.h"

typedef struct
{
  CtlExit exit;
  const char *word; /* "code" in JSON */
} Fault;

/* These tables are documented in bamgatectl(1). */
static const Fault of_daemon[] = {
  [BAMGATE_ERROR_FAILED] = { CTL_FAILED, "failed" },
  [BAMGATE_ERROR_INVALID_ARGUMENT] = { CTL_USAGE, "invalid-argument" },
  [BAMGATE_ERROR_CONFIG] = { CTL_FAILED, "configuration" },
  [BAMGATE_ERROR_NOT_CONFIGURED] = { CTL_NOT_CONFIGURED, "not-configured" },
  [BAMGATE_ERROR_NOT_FOUND] = { CTL_NOT_FOUND, "not-found" },
  [BAMGATE_ERROR_WRONG_STATE] = { CTL_FAILED, "wrong-state" },
  [BAMGATE_ERROR_NOT_AUTHORIZED] = { CTL_NOT_AUTHORIZED, "not-authorized" },
  [BAMGATE_ERROR_SERVICE] = { CTL_FAILED, "hub" },
  [BAMGATE_ERROR_TIMEOUT] = { CTL_TIMEOUT, "timeout" },
  [BAMGATE_ERROR_EXISTS] = { CTL_FAILED, "exists" },
  [BAMGATE_ERROR_AUTHENTICATION_REQUIRED] = { CTL_NOT_AUTHORIZED, "authentication-required" },
};

static const Fault of_ours[] = {
  [CTL_OK] = { CTL_OK, "" },
  [CTL_FAILED] = { CTL_FAILED, "failed" },
  [CTL_USAGE] = { CTL_USAGE, "usage" },
  [CTL_NOT_RUNNING] = { CTL_NOT_RUNNING, "not-running" },
  [CTL_NOT_AUTHORIZED] = { CTL_NOT_AUTHORIZED, "not-authorized" },
  [CTL_NOT_CONFIGURED] = { CTL_NOT_CONFIGURED, "not-configured" },
  [CTL_NOT_FOUND] = { CTL_NOT_FOUND, "not-found" },
  [CTL_TIMEOUT] = { CTL_TIMEOUT, "timeout" },
  [CTL_INTERRUPTED] = { CTL_INTERRUPTED, "interrupted" },
};

static const Fault of_cloudflare[] = {
  [CLOUDFLARE_ERROR_REFUSED] = { CTL_FAILED, "cloudflare" },
  [CLOUDFLARE_ERROR_NOT_AUTHORIZED] = { CTL_NOT_AUTHORIZED, "not-authorized" },
  [CLOUDFLARE_ERROR_NOT_FOUND] = { CTL_NOT_FOUND, "not-found" },
  [CLOUDFLARE_ERROR_NO_SUBDOMAIN] = { CTL_FAILED, "no-subdomain" },
  [CLOUDFLARE_ERROR_CHANGED] = { CTL_FAILED, "changed" },
  [CLOUDFLARE_ERROR_UNSURE] = { CTL_FAILED, "unreachable" },
  [CLOUDFLARE_ERROR_BUSY] = { CTL_FAILED, "busy" },
};

static gboolean for_programs;

void
ctl_fail_for_programs (gboolean json)
{
  for_programs = json;
}

static CtlExit
exit_of_bus_error (const GError *error)
{
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED)
      || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_AUTH_FAILED))
    return CTL_NOT_AUTHORIZED;
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY)
      || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_TIMEOUT)
      || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_TIMED_OUT)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return CTL_TIMEOUT;
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
      || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED)
      || (error->domain == G_DBUS_ERROR && error->code >= G_DBUS_ERROR_SPAWN_EXEC_FAILED
          && error->code <= G_DBUS_ERROR_SPAWN_NO_MEMORY))
    return CTL_NOT_RUNNING;
  return CTL_FAILED;
}

static const Fault *
fault_of (const GError *error)
{
  if (error->domain == BAMGATE_ERROR && error->code < (int) G_N_ELEMENTS (of_daemon))
    return &of_daemon[error->code];
  if (error->domain == CLOUDFLARE_ERROR)
    return &of_cloudflare[error->code];
  return &of_ours[exit_of_bus_error (error)];
}

/* What to do next, or NULL. Whoever was asked for a password and gave none that is good knows that. */
static const char *
advice (const Fault *fault)
{
  if (fault == &of_daemon[BAMGATE_ERROR_AUTHENTICATION_REQUIRED])
    return _ ("Run it at a terminal, where it can ask for a password, or as root.");
  if (fault == &of_daemon[BAMGATE_ERROR_INVALID_ARGUMENT])
    return NULL; /* the options were right, and the daemon said what was not */
  if (fault == &of_cloudflare[CLOUDFLARE_ERROR_NOT_AUTHORIZED])
    return _ ("API tokens are made at https://dash.cloudflare.com/profile/api-tokens");
  if (fault == &of_cloudflare[CLOUDFLARE_ERROR_UNSURE])
    return _ ("Say the same again later: what was done is found done.");
  switch (fault->exit)
    {
    case CTL_USAGE:
      return _ ("Try --help.");
    case CTL_NOT_RUNNING:
      return _ ("Start it with: systemctl start bamgated");
    case CTL_NOT_AUTHORIZED:
      return ctl_has_agent () ? NULL : _ ("Try it as root, with sudo.");
    case CTL_NOT_CONFIGURED:
      return _ (
        "Make a network with: bamgatectl setup --host\nor join one with: bamgatectl join CODE URL");
    default:
      return NULL;
    }
}

static CtlExit
complain (const Fault *fault, const char *message)
{
  g_autofree char *shown = bg_printable (message);

  if (for_programs)
    {
      out_fail (fault->word, message);
      return fault->exit;
    }
  g_printerr ("bamgatectl: %s\n", shown);
  if (advice (fault))
    g_printerr ("%s\n", advice (fault));
  return fault->exit;
}

CtlExit
ctl_fail (const char *doing, GError *error)
{
  g_autoptr (GError) owned = error;
  g_autofree char *message = NULL;

  g_dbus_error_strip_remote_error (owned);
  message = doing ? g_strdup_printf ("%s: %s", doing, owned->message) : g_strdup (owned->message);
  return complain (fault_of (owned), message);
}

CtlExit
ctl_fail_with (CtlExit code, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  return complain (&of_ours[code], message);
}

void
ctl_warn (const char *format, ...)
{
  g_autofree char *message = NULL, *shown = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  shown = bg_printable (message);
  g_printerr ("bamgatectl: %s\n", shown);
}
