/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* What a join line carries, and what a client compares: the base64 SHA-256 of a certificate's SubjectPublicKeyInfo
 * (RFC 7469, 2.4). NULL for a certificate that cannot be read. */
char *bg_certificate_pin (GTlsCertificate *certificate);
