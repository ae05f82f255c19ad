/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private keys as text, and certificates as bytes. Any thread. */

#include <glib.h>
#include <openssl/types.h>

G_BEGIN_DECLS

/* A private key as PEM (PKCS#8), made in memory that OpenSSL wipes; NULL where OpenSSL makes none. Free with bg_secret_free(). */
char *bg_key_to_pem (EVP_PKEY *key);
/* The key of such a text, which may hold certificates too; NULL where there is none, or it has a password. EVP_PKEY_free(). */
EVP_PKEY *bg_key_from_pem (const char *text);
/* Exactly one certificate (DER); NULL where it is none. X509_free(). */
X509 *bg_certificate_read (GBytes *der);
/* The first certificate of such a text; NULL. X509_free(). */
X509 *bg_certificate_from_pem (const char *text);
/* What was written to a memory BIO. Free with g_free(). */
char *bg_pem_text (BIO *memory);

G_END_DECLS
