/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <openssl/types.h>

/* Certificates made for a test. */

typedef struct
{
  X509     *certificate;
  EVP_PKEY *key;
} TestIdentity;

/* An authority, signed by `issuer` or, where that is NULL, by itself. */
TestIdentity test_authority (const char *name, const TestIdentity *issuer);
/* A leaf with `san` ("DNS:a.example,IP:127.0.0.1", or NULL), valid until `days` from now. */
TestIdentity test_leaf (const char *name, const TestIdentity *issuer, const char *san, int days);
void test_identity_clear (TestIdentity *identity);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TestIdentity, test_identity_clear)
/* PEM; g_free(). */
char *test_certificate_pem (const TestIdentity *identity);
char *test_key_pem (const TestIdentity *identity);
