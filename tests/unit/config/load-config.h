/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "app/config.h"
#include "common/error.h"
#include "test-dir.h"

#include <string.h>

/* Settings from a directory of the test's. */

/* dir/bamgate.conf, which is fine. */
static inline BgConfig *
load_ok (TestDir *dir)
{
  g_autofree char *path = test_dir_file (dir, "bamgate.conf");
  g_autoptr (GError) error = NULL;
  BgConfig *config = bg_config_load (path, &error);

  g_assert_no_error (error);
  return config;
}

/* What is wrong with it, without the directory of the test. */
static inline char *
load_error (TestDir *dir)
{
  g_autofree char *path = test_dir_file (dir, "bamgate.conf"),
                  *prefix = g_strconcat (dir->path, "/", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (BgConfig) config = bg_config_load (path, &error);

  g_assert_null (config);
  g_assert_error (error, BG_ERROR, BG_ERROR_CONFIG);
  g_assert_true (g_str_has_prefix (error->message, prefix));
  return g_strdup (error->message + strlen (prefix));
}

/* `text` as that file is refused with `message`. */
static inline void
assert_refused (TestDir *dir, const char *text, const char *message)
{
  g_autofree char *path = test_dir_write (dir, "bamgate.conf", text);
  g_autofree char *said = load_error (dir);

  g_assert_cmpstr (said, ==, message);
}
