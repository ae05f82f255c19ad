/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* A machine of the network as ListDevices of the bus says it, a{sv}. What is returned is borrowed from it; "", FALSE and 0 stand
 * for what is missing. */
const char *bg_device_entry_text (GVariant *device, const char *key);
gboolean    bg_device_entry_flag (GVariant *device, const char *key);
/* Microseconds since 1970. */
gint64      bg_device_entry_time (GVariant *device, const char *key);
/* The word that names it and no other on the bus. */
const char *bg_device_entry_word (GVariant *device);
gboolean    bg_device_entry_is_pending (GVariant *device);
/* Neither in the network nor waiting. */
gboolean    bg_device_entry_is_out (GVariant *device);
