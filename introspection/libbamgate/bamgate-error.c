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

/**
 * bamgate_error_quark:
 *
 * The domain of [error@Error].
 *
 * Returns: the domain
 *
 * Since: 0.1
 */
GQuark
bamgate_error_quark (void)
{
  static gsize quark;

  g_dbus_error_register_error_domain ("bamgate-error", &quark, entries, G_N_ELEMENTS (entries));
  return (GQuark) quark;
}
