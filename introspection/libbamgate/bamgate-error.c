/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-error.h"

static const GDBusErrorEntry entries[] = {
  { BAMGATE_ERROR_FAILED, "org.bamgate.Tunnel1.Error.Failed" },
  { BAMGATE_ERROR_INVALID_ARGUMENT, "org.bamgate.Tunnel1.Error.InvalidArgument" },
  { BAMGATE_ERROR_CONFIG, "org.bamgate.Tunnel1.Error.Configuration" },
  { BAMGATE_ERROR_NOT_CONFIGURED, "org.bamgate.Tunnel1.Error.NotConfigured" },
  { BAMGATE_ERROR_NOT_FOUND, "org.bamgate.Tunnel1.Error.NotFound" },
  { BAMGATE_ERROR_WRONG_STATE, "org.bamgate.Tunnel1.Error.WrongState" },
  { BAMGATE_ERROR_NOT_AUTHORIZED, "org.bamgate.Tunnel1.Error.NotAuthorized" },
  { BAMGATE_ERROR_SERVICE, "org.bamgate.Tunnel1.Error.Service" },
  { BAMGATE_ERROR_TIMEOUT, "org.bamgate.Tunnel1.Error.Timeout" },
  { BAMGATE_ERROR_EXISTS, "org.bamgate.Tunnel1.Error.Exists" },
};

GQuark
bamgate_error_quark (void)
{
  static gsize quark;

  g_dbus_error_register_error_domain ("bamgate-error", &quark, entries, G_N_ELEMENTS (entries));
  return (GQuark) quark;
}

GType
bamgate_error_get_type (void)
{
  static const GEnumValue values[] = {
    { BAMGATE_ERROR_FAILED, "BAMGATE_ERROR_FAILED", "failed" },
    { BAMGATE_ERROR_INVALID_ARGUMENT, "BAMGATE_ERROR_INVALID_ARGUMENT", "invalid-argument" },
    { BAMGATE_ERROR_CONFIG, "BAMGATE_ERROR_CONFIG", "config" },
    { BAMGATE_ERROR_NOT_CONFIGURED, "BAMGATE_ERROR_NOT_CONFIGURED", "not-configured" },
    { BAMGATE_ERROR_NOT_FOUND, "BAMGATE_ERROR_NOT_FOUND", "not-found" },
    { BAMGATE_ERROR_WRONG_STATE, "BAMGATE_ERROR_WRONG_STATE", "wrong-state" },
    { BAMGATE_ERROR_NOT_AUTHORIZED, "BAMGATE_ERROR_NOT_AUTHORIZED", "not-authorized" },
    { BAMGATE_ERROR_SERVICE, "BAMGATE_ERROR_SERVICE", "service" },
    { BAMGATE_ERROR_TIMEOUT, "BAMGATE_ERROR_TIMEOUT", "timeout" },
    { BAMGATE_ERROR_EXISTS, "BAMGATE_ERROR_EXISTS", "exists" },
    { BAMGATE_ERROR_AUTHENTICATION_REQUIRED, "BAMGATE_ERROR_AUTHENTICATION_REQUIRED",
      "authentication-required" },
    { 0 },
  };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("BamgateError", values));
  return (GType) type;
}
