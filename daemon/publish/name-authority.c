/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/name-authority.h"

#include "common/error.h"
#include "common/secret-text.h"
#include "publish/key-pem.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#define ORGANISATION "bamgate"
#define CURVE "P-256"

enum
{
  DAY_S = 24 * 3600,
  WRONG_CLOCKS_S = DAY_S, /* a certificate is good from so long ago */
  SERIAL_BITS = 159,      /* positive, and 20 bytes at most (4.1.2.2) */
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_INTEGER, ASN1_INTEGER_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIGNUM, BN_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_EXTENSION, X509_EXTENSION_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_REQ, X509_REQ_free)

typedef struct
{
  int nid;
  const char *value;
} Extension;

/* --- Certificates --- */

static GBytes *
to_der (X509 *certificate)
{
  guint8 *bytes = NULL;
  int len = i2d_X509 (certificate, &bytes);
  GBytes *der = len > 0 ? g_bytes_new (bytes, (gsize) len) : NULL;

  OPENSSL_free (bytes);
  return der;
}

static gboolean
put_serial (X509 *certificate)
{
  g_autoptr (BIGNUM) number = BN_new ();
  g_autoptr (ASN1_INTEGER) serial = NULL;

  if (!number || !BN_rand (number, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY))
    return FALSE;
  serial = BN_to_ASN1_INTEGER (number, NULL);
  return serial && X509_set_serialNumber (certificate, serial);
}

static gboolean
put_time (X509 *certificate, gint64 from, gint64 until)
{
  return ASN1_TIME_set (X509_getm_notBefore (certificate), from)
         && ASN1_TIME_set (X509_getm_notAfter (certificate), until);
}

static gboolean
put_name (X509_NAME *name, const char *field, const char *text)
{
  return X509_NAME_add_entry_by_txt (name, field, MBSTRING_UTF8, (const guint8 *) text, -1, -1, 0);
}

static gboolean
put_extension (X509 *certificate, X509V3_CTX *context, const Extension *wanted)
{
  g_autoptr (X509_EXTENSION)
    extension = X509V3_EXT_conf_nid (NULL, context, wanted->nid, wanted->value);

  return extension && X509_add_ext (certificate, extension, -1);
}

static gboolean
put_extensions (X509 *certificate, X509 *issuer, const Extension *wanted, guint n)
{
  X509V3_CTX context;

  X509V3_set_ctx (&context, issuer, certificate, NULL, NULL, 0);
  for (guint i = 0; i < n; i++)
    if (!put_extension (certificate, &context, &wanted[i]))
      return FALSE;
  return TRUE;
}

/* --- The authority --- */

/* People see the first in lists of authorities. */
static gboolean
name_authority (X509 *certificate, const char *suffix, const char *id)
{
  g_autofree char *what = g_strdup_printf ("%.24s, network %.16s", suffix, id);
  X509_NAME *name = X509_get_subject_name (certificate);

  return put_name (name, "O", ORGANISATION) && put_name (name, "CN", what)
         && X509_set_issuer_name (certificate, name);
}

static gboolean
bind_authority (X509 *certificate, const char *suffix)
{
  g_autofree char *constraints = g_strdup_printf (
    "critical,permitted;DNS:%s,excluded;IP:0.0.0.0/0.0.0.0,excluded;IP:::/::", suffix);
  const Extension wanted[] = {
    { NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
    { NID_key_usage, "critical,keyCertSign" },
    { NID_ext_key_usage, "serverAuth" },
    { NID_name_constraints, constraints },
    { NID_subject_key_identifier, "hash" },
  };

  return put_extensions (certificate, certificate, wanted, G_N_ELEMENTS (wanted));
}

static GBytes *
make_root (EVP_PKEY *key, const char *suffix, const char *id, gint64 now)
{
  g_autoptr (X509) root = X509_new ();

  if (!root || !X509_set_version (root, X509_VERSION_3) || !put_serial (root)
      || !put_time (root, now - WRONG_CLOCKS_S, now + (gint64) BG_NAME_AUTHORITY_DAYS * DAY_S)
      || !name_authority (root, suffix, id) || !X509_set_pubkey (root, key)
      || !bind_authority (root, suffix) || X509_sign (root, key, EVP_sha256 ()) <= 0)
    return NULL;
  return to_der (root);
}

static gboolean
fail_to_make (GError **error)
{
  bg_error_set (error, BG_ERROR_FAILED, CERTIFICATE_NOT_MADE,
                ERR_reason_error_string (ERR_peek_last_error ()));
  ERR_clear_error ();
  return FALSE;
}

gboolean
bg_name_authority_new (const char *suffix, const char *id, gint64 now, char **key,
                       GBytes **certificate, GError **error)
{
  g_autoptr (EVP_PKEY) made = EVP_EC_gen (CURVE);
  GBytes *root = made ? make_root (made, suffix, id, now) : NULL;
  char *text = root ? bg_key_to_pem (made) : NULL;

  if (!text)
    {
      g_clear_pointer (&root, g_bytes_unref);
      return fail_to_make (error);
    }
  *key = text;
  *certificate = root;
  return TRUE;
}

/* --- What it signs --- */

/* The key of a request that was signed with it. */
static EVP_PKEY *
read_request (GBytes *der)
{
  gsize len;
  const guint8 *bytes = g_bytes_get_data (der, &len), *end = bytes;
  g_autoptr (X509_REQ) request = len <= BG_NAME_REQUEST_MAX ? d2i_X509_REQ (NULL, &end, (long) len)
                                                            : NULL;
  EVP_PKEY *key = request && end == bytes + len ? X509_REQ_get0_pubkey (request) : NULL;
  char group[32] = "";
  gsize group_len;

  if (!key || !EVP_PKEY_is_a (key, "EC")
      || !EVP_PKEY_get_group_name (key, group, sizeof group, &group_len)
      || !g_str_equal (group, SN_X9_62_prime256v1) || X509_REQ_verify (request, key) != 1
      || !EVP_PKEY_up_ref (key))
    return NULL;
  return key;
}

static gboolean
is_dns_name (const char *name)
{
  const char *rest = g_str_has_prefix (name, "*.") ? name + 2 : name;

  return *rest && strspn (rest, "abcdefghijklmnopqrstuvwxyz0123456789-.") == strlen (rest);
}

/* "DNS:a,DNS:b"; NULL where one is no name. */
static char *
list_names (const char *const *names)
{
  g_autoptr (GString) list = g_string_new (NULL);
  guint n = 0;

  for (; names[n]; n++)
    {
      if (n == BG_NAME_CERTIFICATE_NAMES || !is_dns_name (names[n]))
        return NULL;
      g_string_append_printf (list, "%sDNS:%s", n ? "," : "", names[n]);
    }
  return n ? g_string_free (g_steal_pointer (&list), FALSE) : NULL;
}

static gboolean
describe_leaf (X509 *leaf, X509 *root, const char *names)
{
  const Extension wanted[] = {
    { NID_basic_constraints, "critical,CA:FALSE" },
    { NID_key_usage, "critical,digitalSignature" },
    { NID_ext_key_usage, "serverAuth" },
    { NID_subject_alt_name, names },
    { NID_subject_key_identifier, "hash" },
    { NID_authority_key_identifier, "keyid:always" },
  };

  return put_name (X509_get_subject_name (leaf), "O", ORGANISATION)
         && X509_set_issuer_name (leaf, X509_get_subject_name (root))
         && put_extensions (leaf, root, wanted, G_N_ELEMENTS (wanted));
}

/* Clocks are set back, too. */
static gboolean
put_leaf_time (X509 *leaf, X509 *root, gint64 now)
{
  const ASN1_TIME *begin = X509_get0_notBefore (root), *end = X509_get0_notAfter (root);

  return put_time (leaf, now - WRONG_CLOCKS_S, now + (gint64) BG_NAME_CERTIFICATE_DAYS * DAY_S)
         && (ASN1_TIME_compare (X509_get0_notBefore (leaf), begin) >= 0
             || X509_set1_notBefore (leaf, begin))
         && (ASN1_TIME_compare (X509_get0_notAfter (leaf), end) <= 0
             || X509_set1_notAfter (leaf, end));
}

static X509 *
make_leaf (EVP_PKEY *signer, X509 *root, EVP_PKEY *key, const char *names, gint64 now)
{
  g_autoptr (X509) leaf = X509_new ();

  if (!leaf || !X509_set_version (leaf, X509_VERSION_3) || !put_serial (leaf)
      || !put_leaf_time (leaf, root, now) || !X509_set_pubkey (leaf, key)
      || !describe_leaf (leaf, root, names) || X509_sign (leaf, signer, EVP_sha256 ()) <= 0)
    return NULL;
  return g_steal_pointer (&leaf);
}

/* What is outside of its constraints is not signed in the first place. */
static gboolean
is_within (X509 *root, X509 *leaf)
{
  NAME_CONSTRAINTS *constraints = X509_get_ext_d2i (root, NID_name_constraints, NULL, NULL);
  gboolean fits = constraints
                  && X509_check_purpose (leaf, X509_PURPOSE_SSL_SERVER, FALSE)
                       == 1 /* reads its names */
                  && NAME_CONSTRAINTS_check (leaf, constraints) == X509_V_OK;

  NAME_CONSTRAINTS_free (constraints);
  return fits;
}

static GBytes *
refuse (GError **error, BgError code, BgWords *take)
{
  ERR_clear_error ();
  bg_error_set_take (error, code, take);
  return NULL;
}

GBytes *
bg_name_authority_sign (const char *key, GBytes *certificate, GBytes *request,
                        const char *const *names, gint64 now, GError **error)
{
  g_autoptr (EVP_PKEY) signer = bg_key_from_pem (key), asked = read_request (request);
  g_autoptr (X509) root = bg_certificate_read (certificate), leaf = NULL;
  g_autofree char *list = list_names (names);

  if (!asked)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (BAD_CERTIFICATE_REQUEST));
  if (!signer || !root || X509_check_private_key (root, signer) != 1)
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (AUTHORITY_KEY_MISSING));
  leaf = list ? make_leaf (signer, root, asked, list, now) : NULL;
  if (!leaf || !is_within (root, leaf))
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (AUTHORITY_OTHER_SUFFIX));
  return to_der (leaf);
}

/* --- As people see it --- */

char *
bg_certificate_to_pem (GBytes *certificate)
{
  g_autoptr (X509) parsed = bg_certificate_read (certificate);
  g_autoptr (BIO) memory = BIO_new (BIO_s_mem ());

  if (!parsed || !memory || !PEM_write_bio_X509 (memory, parsed))
    return NULL;
  return bg_pem_text (memory);
}

char *
bg_certificate_fingerprint (GBytes *certificate)
{
  g_autofree char *hex = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, certificate);
  GString *text = g_string_new (NULL);

  for (guint i = 0; hex[i]; i++)
    {
      if (i > 0 && i % 2 == 0)
        g_string_append_c (text, ':');
      g_string_append_c (text, g_ascii_toupper (hex[i]));
    }
  return g_string_free (text, FALSE);
}
