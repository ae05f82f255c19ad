/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The errors that a caller of the bus can tell apart; registered as org.bamgate.Tunnel1.Error.*. */
#define BG_ERROR (bg_error_quark ())
GQuark bg_error_quark (void);

typedef enum
{
  BG_ERROR_FAILED,           /* …Error.Failed: something broke underneath; the message says what */
  BG_ERROR_INVALID_ARGUMENT, /* …Error.InvalidArgument: the caller's input */
  BG_ERROR_CONFIG,           /* …Error.Configuration: a file or key of the configuration */
  BG_ERROR_NOT_CONFIGURED,   /* …Error.NotConfigured: setup or join first */
  BG_ERROR_NOT_FOUND,        /* …Error.NotFound: no such peer */
  BG_ERROR_WRONG_STATE,      /* …Error.WrongState: not now (already up, not online) */
  BG_ERROR_NOT_AUTHORIZED,   /* …Error.NotAuthorized: polkit or the hub said no */
  BG_ERROR_SERVICE,          /* …Error.Service: the hub answered with an error */
  BG_ERROR_TIMEOUT,          /* …Error.Timeout */
  BG_ERROR_EXISTS,           /* …Error.Exists: name or device in use */
} BgError;

G_END_DECLS
