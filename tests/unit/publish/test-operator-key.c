/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/operator-key.h"
#include "publish/tls-identity.h"

#include "common/secret-text.h"
#include "signer.h"

#include <string.h>

enum
{
  DAY = 24 * 3600,
};

typedef struct
{
  char *key, *request;
} Pair;

static void
pair_clear (Pair *pair)
{
  bg_secret_free (pair->key);
  g_free (pair->request);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_clear)

static Pair
make_pair (void)
{
  Pair pair = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (bg_operator_key_new (&pair.key, &pair.request, &error));
  g_assert_no_error (error);
  return pair;
}

static void
test_request (void)
{
  g_auto (Pair) pair = make_pair ();
  g_autofree char *described = signer_describe (pair.request);

  g_assert_cmpstr (described, ==, "secp384r1 SHA384 /O=bamgate extensions=0");
  g_assert_true (g_str_has_prefix (pair.request, "-----BEGIN CERTIFICATE REQUEST-----\n"));
  g_assert_true (g_str_has_prefix (pair.key, "-----BEGIN PRIVATE KEY-----\n"));
}

static void
test_each_key_is_new (void)
{
  g_auto (Pair) one = make_pair ();
  g_auto (Pair) other = make_pair ();

  g_assert_cmpstr (one.key, !=, other.key);
}

static void
test_identity (void)
{
  g_auto (Pair) pair = make_pair ();
  g_autofree char *certificate = signer_sign (pair.request, 0, 90 * DAY);
  g_autofree char *sec1 = signer_as_sec1 (pair.key);
  g_autofree char *chain = g_strconcat (certificate, certificate, NULL);
  g_autoptr (BgTlsIdentity) identity = bg_tls_identity_new (certificate, pair.key);
  g_autoptr (BgTlsIdentity) other = bg_tls_identity_new (chain, sec1);

  g_assert_true (strstr (sec1, "BEGIN EC PRIVATE KEY") != NULL);
  g_assert_nonnull (identity);
  g_assert_nonnull (other);
  g_assert_cmpint (identity->not_after - identity->not_before, ==, 90 * DAY);
  g_assert_true (bg_tls_identity_equal (identity, identity));
  g_assert_false (bg_tls_identity_equal (identity, other));
  g_assert_false (bg_tls_identity_equal (identity, NULL));
}

static void
test_no_identity (void)
{
  g_auto (Pair) pair = make_pair ();
  g_auto (Pair) other = make_pair ();
  g_autofree char *certificate = signer_sign (pair.request, 0, DAY);

  g_assert_null (bg_tls_identity_new (certificate, other.key));
  g_assert_null (bg_tls_identity_new ("", pair.key));
  g_assert_null (bg_tls_identity_new (certificate, ""));
  g_assert_null (bg_tls_identity_new (certificate, certificate));
  g_assert_null (bg_tls_identity_new (pair.key, pair.key));
}

static gint64
days_before_end (int lifetime_s)
{
  g_auto (Pair) pair = make_pair ();
  g_autofree char *certificate = signer_sign (pair.request, 0, lifetime_s);
  g_autoptr (BgTlsIdentity) identity = bg_tls_identity_new (certificate, pair.key);

  return identity->not_after - bg_tls_identity_get_due (identity);
}

static void
test_due (void)
{
  g_assert_cmpint (days_before_end (365 * DAY), ==, 30 * DAY);
  g_assert_cmpint (days_before_end (90 * DAY), ==, 30 * DAY);
  g_assert_cmpint (days_before_end (30 * DAY), ==, 10 * DAY);
  g_assert_cmpint (days_before_end (60), ==, 20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/operator-key/request", test_request);
  g_test_add_func ("/operator-key/each-key-is-new", test_each_key_is_new);
  g_test_add_func ("/operator-key/identity", test_identity);
  g_test_add_func ("/operator-key/no-identity", test_no_identity);
  g_test_add_func ("/operator-key/due", test_due);
  return g_test_run ();
}
