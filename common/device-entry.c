/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/device-entry.h"

const char *
bg_device_entry_text (GVariant *device, const char *key)
{
  const char *text = "";

  g_variant_lookup (device, key, "&s", &text);
  return text;
}

gboolean
bg_device_entry_flag (GVariant *device, const char *key)
{
  gboolean flag = FALSE;

  g_variant_lookup (device, key, "b", &flag);
  return flag;
}

gint64
bg_device_entry_time (GVariant *device, const char *key)
{
  gint64 us = 0;

  g_variant_lookup (device, key, "x", &us);
  return us;
}

const char *
bg_device_entry_word (GVariant *device)
{
  const char *id = bg_device_entry_text (device, "id");

  return *id ? id : bg_device_entry_text (device, "public-key");
}

gboolean
bg_device_entry_is_pending (GVariant *device)
{
  return g_str_equal (bg_device_entry_text (device, "state"), "pending");
}

gboolean
bg_device_entry_is_out (GVariant *device)
{
  const char *state = bg_device_entry_text (device, "state");

  return g_str_equal (state, "left") || g_str_equal (state, "revoked");
}
