/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file of a network's log: whatever is in it, what is taken is a log, and is taken again. */
#include "fuzz.h"
#include "membership/membership-log.h"
#include "tests/unit/membership/log-fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static GPtrArray *good;
static char *path;

static void
begin (void)
{
  static GPtrArray *entries;

  if (good)
    return;
  entries = fixture_network (4);
  path = g_strdup_printf ("%s/bamgate-fuzz-log-%d", g_get_tmp_dir (), (int) getpid ());
  good = entries;
}

/* The first n entries. */
size_t
fuzz_example (unsigned n, uint8_t *out, size_t max)
{
  size_t len = 0;

  begin ();
  for (unsigned i = 0; i <= n && n < good->len; i++)
    {
      gsize part;
      const void *bytes = g_bytes_get_data (good->pdata[i], &part);

      if (len + part > max)
        return 0;
      memcpy (out + len, bytes, part);
      len += part;
    }
  return len;
}

static void
read_twice (void)
{
  g_autoptr (BgMembershipLog) log = bg_membership_log_load (path, NULL), again = NULL;

  if (!log)
    return;
  again = bg_membership_log_load (path, NULL);
  ASSERT (again && bg_membership_log_get_count (again) == bg_membership_log_get_count (log));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  begin ();
  ASSERT (g_file_set_contents (path, (const char *) data, (gssize) size, NULL));
  read_twice ();
  ASSERT (bg_membership_log_unlink (path, NULL));
  return 0;
}
