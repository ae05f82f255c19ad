/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Settings as Configure() carries them, as bg_application_configure_async() takes them: `prefix` before every name, and
 * "()" for what is to be removed, which the bus cannot carry and says with an empty a{sv}. (transfer full) */
GVariant *bg_dbus_settings_from_bus (GVariant *settings, const char *prefix);
