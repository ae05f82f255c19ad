/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which names a certificate is for: a device's own, and those that owners gave it, as many as fit. */
#include "app/certified-names.h"

#include "../membership/log-fixture.h"
#include "common/secret-text.h"
#include "publish/name-authority.h"
#include "publish/name-request.h"

#include <string.h>

#define SUFFIX "bamgate.internal"

static void
give (GPtrArray *log, const char *name, guint device)
{
  BgEntry entry = { .type = BG_ENTRY_NAME };
  BgMemberRecord record = fixture_record (device);

  g_strlcpy (entry.name, name, sizeof entry.name);
  memcpy (entry.device, record.key, BG_ENTRY_KEY);
  fixture_add (log, &entry, FIXTURE_OWNER_SEED);
}

/* "" where it has none. */
static char *
names_of (const GPtrArray *log, guint device, const char *suffix)
{
  g_autofree BgMembership *state = fixture_state (log);
  BgMemberRecord record = fixture_record (device);
  g_auto (GStrv) names = bg_certified_names_of (state, record.key, suffix);

  return names ? g_strjoinv (" ", names) : g_strdup ("");
}

static void
assert_names (const GPtrArray *log, guint device, const char *wanted)
{
  g_autofree char *names = names_of (log, device, SUFFIX);

  g_assert_cmpstr (names, ==, wanted);
}

static void
test_own_and_given (void)
{
  g_autoptr (GPtrArray) log = fixture_network (3);
  g_autofree char *nowhere = names_of (log, 1, "");

  assert_names (log, 1, "d1." SUFFIX " *.d1." SUFFIX);
  assert_names (log, 9, "");
  g_assert_cmpstr (nowhere, ==, "");
  give (log, "wiki", 1);
  give (log, "mail", 2);
  give (log, "blog", 1);
  assert_names (log, 1, "d1." SUFFIX " *.d1." SUFFIX " wiki." SUFFIX " blog." SUFFIX);
  give (log, "wiki", 2);
  assert_names (log, 1, "d1." SUFFIX " *.d1." SUFFIX " blog." SUFFIX);
}

/* Another machine's own name goes before one that was given; what two machines are called, and one that was put out, is certified for nobody. */
static void
test_contested (void)
{
  g_autoptr (GPtrArray) log = fixture_network (2);
  BgEntry newcomer = fixture_device (2), twin = fixture_device (3), out = fixture_revoke (2);

  give (log, "wiki", 1);
  newcomer.record.name_len = (guint8) g_strlcpy (newcomer.record.name, "wiki",
                                                 sizeof newcomer.record.name);
  fixture_add (log, &newcomer, FIXTURE_OWNER_SEED);
  assert_names (log, 1, "d1." SUFFIX " *.d1." SUFFIX);
  assert_names (log, 2, "wiki." SUFFIX " *.wiki." SUFFIX);
  twin.record.name_len = (guint8) g_strlcpy (twin.record.name, "Wiki", sizeof twin.record.name);
  fixture_add (log, &twin, FIXTURE_OWNER_SEED);
  assert_names (log, 2, "");
  assert_names (log, 3, "");
  fixture_add (log, &out, FIXTURE_OWNER_SEED);
  assert_names (log, 2, "");
  assert_names (log, 3, "wiki." SUFFIX " *.wiki." SUFFIX);
}

/* All 64 names of a network given to one machine, short ones and the longest: the certificate has the first, and can be said in one message. */
static void
test_many (gconstpointer width)
{
  g_autoptr (GPtrArray) log = fixture_network (2);
  BgMemberRecord record = fixture_record (1);
  g_autofree BgMembership *state = NULL;
  g_autoptr (GBytes) root = NULL, request = NULL, certificate = NULL;
  g_auto (GStrv) names = NULL;
  g_autoptr (GError) error = NULL;
  char *key, *own;

  for (guint i = 0; i < 64; i++)
    {
      g_autofree char *label = g_strdup_printf ("n%0*u", GPOINTER_TO_INT (width) - 1, i);

      give (log, label, 1);
    }
  state = fixture_state (log);
  names = bg_certified_names_of (state, record.key, SUFFIX);
  g_assert_cmpuint (g_strv_length (names), >, 10);
  g_assert_cmpuint (g_strv_length (names), <=, BG_NAME_CERTIFICATE_NAMES);
  g_assert_true (bg_name_authority_new (SUFFIX, "id", FIXTURE_NOW, &key, &root, &error));
  g_assert_true (bg_name_request_new (&own, &request, &error));
  certificate = bg_name_authority_sign (key, root, request, (const char *const *) names,
                                        FIXTURE_NOW, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (certificate), <=, BG_NAME_CERTIFICATE_MAX);
  bg_secret_free (key);
  bg_secret_free (own);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/certified-names/own-and-given", test_own_and_given);
  g_test_add_func ("/certified-names/contested", test_contested);
  g_test_add_data_func ("/certified-names/many-short", GINT_TO_POINTER (3), test_many);
  g_test_add_data_func ("/certified-names/many-long", GINT_TO_POINTER (63), test_many);
  return g_test_run ();
}
