/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network's authority: what it signs, for how long, and what it does not, whatever somebody asks. */
#include "publish/name-authority.h"

#include "common/error.h"
#include "common/secret-text.h"
#include "publish/tls-identity.h"
#include "publish/key-pem.h"
#include "publish/name-request.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#define SUFFIX "bamgate.internal"
#define NOW G_GINT64_CONSTANT (1800000000)
#define DAY (24 * 3600)

typedef struct
{
  char *key;
  GBytes *root;
} Authority;

static void
authority_clear (Authority *authority)
{
  bg_secret_free (authority->key);
  g_bytes_unref (authority->root);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Authority, authority_clear)

static Authority
authority_new (void)
{
  Authority made;
  g_autoptr (GError) error = NULL;

  bg_name_authority_new (SUFFIX, "1a2b 3c4d", NOW, &made.key, &made.root, &error);
  g_assert_no_error (error);
  return made;
}

static GBytes *
request_new (char **key)
{
  GBytes *request;
  g_autoptr (GError) error = NULL;

  bg_name_request_new (key, &request, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (request), <=, BG_NAME_REQUEST_MAX);
  return request;
}

static GBytes *
sign (const Authority *authority, GBytes *request, const char *const *names)
{
  g_autoptr (GError) error = NULL;
  GBytes *signed_one = bg_name_authority_sign (authority->key, authority->root, request, names, NOW,
                                               &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (signed_one), <=, BG_NAME_CERTIFICATE_MAX);
  return signed_one;
}

static void
assert_refused (const Authority *authority, GBytes *request, const char *const *names, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (
    bg_name_authority_sign (authority->key, authority->root, request, names, NOW, &error));
  g_assert_error (error, BG_ERROR, code);
}

static const char *const own[] = { "alpha." SUFFIX, "*.alpha." SUFFIX, NULL };

static gboolean
is_taken (const Authority *authority, const char *pem, const char *key, const char *name, gint64 at)
{
  return bg_name_request_is_answered (authority->root, pem, key, name, at);
}

static void
test_good_for_its_names (void)
{
  g_auto (Authority) authority = authority_new (), other = authority_new ();
  char *key, *other_key;
  g_autoptr (GBytes) request = request_new (&key), unrelated = request_new (&other_key);
  g_autoptr (GBytes) certificate = sign (&authority, request, own);
  g_autofree char *pem = bg_certificate_to_pem (certificate);

  g_assert_true (is_taken (&authority, pem, key, "alpha." SUFFIX, NOW));
  g_assert_true (is_taken (&authority, pem, key, "web.alpha." SUFFIX, NOW));
  g_assert_false (is_taken (&authority, pem, key, "web.bravo." SUFFIX, NOW));
  g_assert_false (is_taken (&authority, pem, key, "a.web.alpha." SUFFIX, NOW));
  g_assert_false (is_taken (&authority, pem, key, SUFFIX, NOW));
  g_assert_false (is_taken (&authority, pem, other_key, "alpha." SUFFIX, NOW));
  g_assert_false (is_taken (&other, pem, key, "alpha." SUFFIX, NOW));
  bg_secret_free (key);
  bg_secret_free (other_key);
}

/* Good until its end, and a new one is due at two thirds. */
static void
test_time (void)
{
  g_auto (Authority) authority = authority_new ();
  char *key;
  g_autoptr (GBytes) request = request_new (&key);
  g_autoptr (GBytes) certificate = sign (&authority, request, own);
  g_autofree char *pem = bg_certificate_to_pem (certificate);
  g_autoptr (BgTlsIdentity) pair = bg_tls_identity_new (pem, key);

  g_assert_cmpint (pair->not_after, ==, NOW + BG_NAME_CERTIFICATE_DAYS * DAY);
  g_assert_cmpint (bg_tls_identity_get_due (pair), <, pair->not_after - 15 * DAY);
  g_assert_cmpint (bg_tls_identity_get_due (pair), >, NOW + 25 * DAY);
  g_assert_true (is_taken (&authority, pem, key, own[0], pair->not_after - 1));
  g_assert_false (is_taken (&authority, pem, key, own[0], pair->not_after + 1));
  bg_secret_free (key);
}

/* Never longer than the authority. */
static void
test_end_of_authority (void)
{
  g_auto (Authority) authority = authority_new ();
  gint64 end = NOW + (gint64) BG_NAME_AUTHORITY_DAYS * DAY;
  char *key;
  g_autoptr (GBytes) request = request_new (&key);
  g_autoptr (GBytes) certificate = bg_name_authority_sign (authority.key, authority.root, request,
                                                           own, end - 5 * DAY, NULL);
  g_autofree char *pem = bg_certificate_to_pem (certificate);
  g_autoptr (BgTlsIdentity) pair = bg_tls_identity_new (pem, key);

  g_assert_cmpint (pair->not_after, ==, end);
  bg_secret_free (key);
}

/* Nor before it began, also where the clock was set back since. */
static void
test_clock_set_back (void)
{
  g_auto (Authority) authority = authority_new ();
  char *key;
  g_autoptr (GBytes) request = request_new (&key);
  g_autoptr (GBytes) certificate = bg_name_authority_sign (authority.key, authority.root, request,
                                                           own, NOW - DAY / 2, NULL);
  g_autofree char *pem = bg_certificate_to_pem (certificate);
  g_autoptr (BgTlsIdentity) pair = bg_tls_identity_new (pem, key);

  g_assert_true (is_taken (&authority, pem, key, own[0], pair->not_before));
  g_assert_true (is_taken (&authority, pem, key, own[0], NOW - DAY / 2));
  bg_secret_free (key);
}

static void
test_other_names_of_answers (void)
{
  static const char *const more[] = { "alpha." SUFFIX, "*.alpha." SUFFIX, "wiki." SUFFIX, NULL };
  g_auto (Authority) authority = authority_new ();
  char *key;
  g_autoptr (GBytes) request = request_new (&key), certificate = sign (&authority, request, own);
  g_autofree char *pem = bg_certificate_to_pem (certificate);

  g_assert_false (bg_name_request_has_other_names (pem, own));
  g_assert_false (bg_name_request_has_other_names (pem, more));
  g_assert_true (bg_name_request_has_other_names (pem, own + 1));
  g_assert_true (bg_name_request_has_other_names ("", own));
  g_assert_true (is_taken (&authority, pem, key, own[1], NOW)); /* as it is in it */
  bg_secret_free (key);
}

/* What is outside of the suffix, or no name, is not signed; nobody with the root installed would take it either. */
static void
test_other_names (void)
{
  static const char *const wrong[][3] = {
    { "example.com" },
    { "alpha." SUFFIX ".example.com" },
    { "evilbamgate.internal" },
    { "alpha." SUFFIX, "mail.example.com" },
    { "127.0.0.1" },
    { "alpha." SUFFIX ",IP:1.2.3.4" },
    { "alpha." SUFFIX ",DNS:example.com" },
    { "Alpha." SUFFIX },
    { "*" },
    { "" },
    { NULL },
  };
  g_auto (Authority) authority = authority_new ();
  char *key;
  g_autoptr (GBytes) request = request_new (&key);

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    assert_refused (&authority, request, wrong[i], BG_ERROR_WRONG_STATE);
  bg_secret_free (key);
}

/* --- The root itself, held against what a thief of its key could sign --- */

typedef struct
{
  int nid;
  const char *value;
} Extension;

static void
extend (X509 *certificate, const Extension *extension)
{
  X509V3_CTX context;
  X509_EXTENSION *made;

  X509V3_set_ctx (&context, NULL, certificate, NULL, NULL, 0);
  made = X509V3_EXT_conf_nid (NULL, &context, extension->nid, extension->value);
  g_assert_nonnull (made);
  X509_add_ext (certificate, made, -1);
  X509_EXTENSION_free (made);
}

/* By hand, with the authority's key: what bg_name_authority_sign() would not. */
static X509 *
forge (const Authority *authority, X509 *issuer, EVP_PKEY *issuers, const Extension *extensions)
{
  EVP_PKEY *key = EVP_EC_gen ("P-256");
  X509 *made = X509_new ();

  X509_set_version (made, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (made), 7);
  ASN1_TIME_set (X509_getm_notBefore (made), NOW - DAY);
  ASN1_TIME_set (X509_getm_notAfter (made), NOW + DAY);
  X509_set_issuer_name (made, X509_get_subject_name (issuer));
  X509_NAME_add_entry_by_txt (X509_get_subject_name (made), "O", MBSTRING_ASC,
                              (const guchar *) "thief", -1, -1, 0);
  X509_set_pubkey (made, key);
  for (; extensions->value; extensions++)
    extend (made, extensions);
  g_assert_cmpint (X509_sign (made, issuers, EVP_sha256 ()), >, 0);
  EVP_PKEY_free (key);
  return made;
}

static int
verdict (X509 *root, X509 *leaf, STACK_OF (X509) * between, int purpose)
{
  X509_STORE *store = X509_STORE_new ();
  X509_STORE_CTX *context = X509_STORE_CTX_new ();
  int result;

  X509_STORE_add_cert (store, root);
  X509_STORE_CTX_init (context, store, leaf, between);
  X509_VERIFY_PARAM_set_time (X509_STORE_CTX_get0_param (context), NOW);
  X509_STORE_CTX_set_purpose (context, purpose);
  result = X509_verify_cert (context) == 1 ? X509_V_OK : X509_STORE_CTX_get_error (context);
  X509_STORE_CTX_free (context);
  X509_STORE_free (store);
  return result;
}

static void
assert_forgery (const char *names, int expected)
{
  g_auto (Authority) authority = authority_new ();
  const Extension extensions[] = { { NID_subject_alt_name, names }, { 0 } };
  X509 *root = bg_certificate_read (authority.root);
  EVP_PKEY *key = bg_key_from_pem (authority.key);
  X509 *leaf = forge (&authority, root, key, extensions);

  g_assert_cmpint (verdict (root, leaf, NULL, X509_PURPOSE_SSL_SERVER), ==, expected);
  X509_free (leaf);
  EVP_PKEY_free (key);
  X509_free (root);
}

static void
test_constraints (void)
{
  assert_forgery ("DNS:web.alpha." SUFFIX, X509_V_OK);
  assert_forgery ("DNS:example.com", X509_V_ERR_PERMITTED_VIOLATION);
  assert_forgery ("DNS:web.alpha." SUFFIX ",DNS:example.com", X509_V_ERR_PERMITTED_VIOLATION);
  assert_forgery ("IP:127.0.0.1", X509_V_ERR_EXCLUDED_VIOLATION);
  assert_forgery ("IP:::1", X509_V_ERR_EXCLUDED_VIOLATION);
}

/* No other authority below it, and nothing but servers. */
static void
test_no_more_than_servers (void)
{
  const Extension ca[] = { { NID_basic_constraints, "critical,CA:TRUE" }, { 0 } },
                  leaf_of[] = { { NID_subject_alt_name, "DNS:web." SUFFIX }, { 0 } };
  g_auto (Authority) authority = authority_new ();
  X509 *root = bg_certificate_read (authority.root), *below, *leaf;
  EVP_PKEY *key = bg_key_from_pem (authority.key);
  STACK_OF (X509) *between = sk_X509_new_null ();

  below = forge (&authority, root, key, ca);
  leaf = forge (&authority, root, key, leaf_of);
  g_assert_cmpint (verdict (root, leaf, NULL, X509_PURPOSE_SSL_CLIENT), !=, X509_V_OK);
  g_assert_cmpint (verdict (root, leaf, NULL, X509_PURPOSE_SMIME_SIGN), !=, X509_V_OK);
  g_assert_cmpint (X509_get_pathlen (root), ==, 0);
  g_assert_cmpint (X509_get_ext_by_NID (root, NID_name_constraints, -1), >=, 0);
  g_assert_true (X509_EXTENSION_get_critical (
    X509_get_ext (root, X509_get_ext_by_NID (root, NID_name_constraints, -1))));
  X509_free (below);
  X509_free (leaf);
  X509_free (root);
  EVP_PKEY_free (key);
  sk_X509_free (between);
}

/* --- Requests --- */

static GBytes *
request_of (EVP_PKEY *key, EVP_PKEY *signer)
{
  X509_REQ *request = X509_REQ_new ();
  guint8 *bytes = NULL;
  GBytes *der;
  int len;

  X509_REQ_set_pubkey (request, key);
  X509_NAME_add_entry_by_txt (X509_REQ_get_subject_name (request), "CN", MBSTRING_ASC,
                              (const guchar *) "example.com", -1, -1, 0);
  g_assert_cmpint (X509_REQ_sign (request, signer, EVP_sha256 ()), >, 0);
  len = i2d_X509_REQ (request, &bytes);
  der = g_bytes_new (bytes, (gsize) len);
  OPENSSL_free (bytes);
  X509_REQ_free (request);
  return der;
}

/* Somebody else's key, other kinds of key, and bytes that are none. */
static void
test_hostile_requests (void)
{
  g_auto (Authority) authority = authority_new ();
  EVP_PKEY *mine = EVP_EC_gen ("P-256"), *theirs = EVP_EC_gen ("P-256"),
           *large = EVP_EC_gen ("P-384"), *rsa = EVP_RSA_gen (2048);
  g_autoptr (GBytes) stolen = request_of (theirs, mine), curve = request_of (large, large),
                     other_kind = request_of (rsa, rsa), fine = request_of (mine, mine);
  gsize len;
  const guint8 *bytes = g_bytes_get_data (fine, &len);

  assert_refused (&authority, stolen, own, BG_ERROR_INVALID_ARGUMENT);
  assert_refused (&authority, curve, own, BG_ERROR_INVALID_ARGUMENT);
  assert_refused (&authority, other_kind, own, BG_ERROR_INVALID_ARGUMENT);
  for (gsize cut = 0; cut < len; cut++)
    {
      g_autoptr (GBytes) part = g_bytes_new (bytes, cut);
      guint8 *changed = g_memdup2 (bytes, len);
      g_autoptr (GBytes) other = NULL;

      changed[cut] ^= 0x55;
      other = g_bytes_new_take (changed, len);
      assert_refused (&authority, part, own, BG_ERROR_INVALID_ARGUMENT);
      assert_refused (&authority, other, own, BG_ERROR_INVALID_ARGUMENT);
    }
  EVP_PKEY_free (mine);
  EVP_PKEY_free (theirs);
  EVP_PKEY_free (large);
  EVP_PKEY_free (rsa);
}

/* What a request says of names does not count. */
static void
test_names_of_requests (void)
{
  g_auto (Authority) authority = authority_new ();
  EVP_PKEY *mine = EVP_EC_gen ("P-256");
  g_autoptr (GBytes) request = request_of (mine, mine),
                     certificate = sign (&authority, request, own);
  g_autofree char *pem = bg_certificate_to_pem (certificate);
  char *key = bg_key_to_pem (mine);

  g_assert_true (is_taken (&authority, pem, key, own[0], NOW));
  g_assert_false (is_taken (&authority, pem, key, "example.com", NOW));
  bg_secret_free (key);
  EVP_PKEY_free (mine);
}

static void
test_other_key (void)
{
  g_auto (Authority) authority = authority_new (), other = authority_new ();
  char *key;
  g_autoptr (GBytes) request = request_new (&key);
  g_autoptr (GError) error = NULL;

  g_assert_null (bg_name_authority_sign (other.key, authority.root, request, own, NOW, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_WRONG_STATE);
  bg_secret_free (key);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/name-authority/good-for-its-names", test_good_for_its_names);
  g_test_add_func ("/name-authority/time", test_time);
  g_test_add_func ("/name-authority/end-of-authority", test_end_of_authority);
  g_test_add_func ("/name-authority/clock-set-back", test_clock_set_back);
  g_test_add_func ("/name-authority/other-names-of-answers", test_other_names_of_answers);
  g_test_add_func ("/name-authority/other-names", test_other_names);
  g_test_add_func ("/name-authority/constraints", test_constraints);
  g_test_add_func ("/name-authority/no-more-than-servers", test_no_more_than_servers);
  g_test_add_func ("/name-authority/hostile-requests", test_hostile_requests);
  g_test_add_func ("/name-authority/names-of-requests", test_names_of_requests);
  g_test_add_func ("/name-authority/other-key", test_other_key);
  return g_test_run ();
}
