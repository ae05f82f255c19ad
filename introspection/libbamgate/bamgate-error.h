/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * BAMGATE_ERROR:
 *
 * The domain of what the daemon answers with.
 *
 * Since: 0.1
 */
#define BAMGATE_ERROR (bamgate_error_quark ())
GQuark bamgate_error_quark (void);

/**
 * BamgateError:
 * @BAMGATE_ERROR_FAILED: something broke underneath; the message says what
 * @BAMGATE_ERROR_INVALID_ARGUMENT: the caller's input
 * @BAMGATE_ERROR_CONFIG: a file or key of the configuration
 * @BAMGATE_ERROR_NOT_CONFIGURED: this machine belongs to no network yet
 * @BAMGATE_ERROR_NOT_FOUND: no such peer
 * @BAMGATE_ERROR_WRONG_STATE: not possible now
 * @BAMGATE_ERROR_NOT_AUTHORIZED: polkit or the hub said no
 * @BAMGATE_ERROR_SERVICE: the hub answered with an error
 * @BAMGATE_ERROR_TIMEOUT: no answer in time
 * @BAMGATE_ERROR_EXISTS: name or device in use
 * @BAMGATE_ERROR_AUTHENTICATION_REQUIRED: allowed after authentication, and nobody was there to ask for it
 *
 * What the daemon answers with, beside the errors of [error@Gio.DBusError].
 *
 * Since: 0.1
 */
typedef enum
{
  BAMGATE_ERROR_FAILED,
  BAMGATE_ERROR_INVALID_ARGUMENT,
  BAMGATE_ERROR_CONFIG,
  BAMGATE_ERROR_NOT_CONFIGURED,
  BAMGATE_ERROR_NOT_FOUND,
  BAMGATE_ERROR_WRONG_STATE,
  BAMGATE_ERROR_NOT_AUTHORIZED,
  BAMGATE_ERROR_SERVICE,
  BAMGATE_ERROR_TIMEOUT,
  BAMGATE_ERROR_EXISTS,
  BAMGATE_ERROR_AUTHENTICATION_REQUIRED,
} BamgateError;

G_END_DECLS
