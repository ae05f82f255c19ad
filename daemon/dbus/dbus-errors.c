/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/dbus-errors.h"

#include "common/error.h"

static const struct
{
  BgError code;
  const char *name;
} names[] = {
  { BG_ERROR_FAILED, "org.bamgate.Tunnel1.Error.Failed" },
  { BG_ERROR_INVALID_ARGUMENT, "org.bamgate.Tunnel1.Error.InvalidArgument" },
  { BG_ERROR_CONFIG, "org.bamgate.Tunnel1.Error.Configuration" },
  { BG_ERROR_NOT_CONFIGURED, "org.bamgate.Tunnel1.Error.NotConfigured" },
  { BG_ERROR_NOT_FOUND, "org.bamgate.Tunnel1.Error.NotFound" },
  { BG_ERROR_WRONG_STATE, "org.bamgate.Tunnel1.Error.WrongState" },
  { BG_ERROR_NOT_AUTHORIZED, "org.bamgate.Tunnel1.Error.NotAuthorized" },
  { BG_ERROR_SERVICE, "org.bamgate.Tunnel1.Error.Service" },
  { BG_ERROR_TIMEOUT, "org.bamgate.Tunnel1.Error.Timeout" },
  { BG_ERROR_EXISTS, "org.bamgate.Tunnel1.Error.Exists" },
};
G_STATIC_ASSERT (G_N_ELEMENTS (names) == BG_ERROR_EXISTS + 1);

void
bg_dbus_errors_register (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_dbus_error_register_error (BG_ERROR, (int) names[i].code, names[i].name);
}

void
bg_dbus_return_error (GDBusMethodInvocation *invocation, const GError *error)
{
  if (error->domain == BG_ERROR || error->domain == G_DBUS_ERROR)
    g_dbus_method_invocation_return_gerror (invocation, error);
  else
    g_dbus_method_invocation_return_error_literal (invocation, BG_ERROR, BG_ERROR_FAILED,
                                                   error->message);
}
