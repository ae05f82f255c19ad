/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* A certificate authority in this process. */

/* What it signs for `request` (PEM), valid from `since` seconds after now for `lifetime` seconds; NULL where the request is none, its
 * signature is wrong, or it has a common name. Free with g_free(). */
char *signer_sign (const char *request, int since, int lifetime);
/* "P-384 sha384 O=bamgate extensions=0" */
char *signer_describe (const char *request);
/* The same key as SEC1. */
char *signer_as_sec1 (const char *key);
