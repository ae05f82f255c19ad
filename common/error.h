/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/words.h"

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

/* An error whose message is a row of words-table.h (common/words.h); `error` may be NULL. */
#define bg_error_set(error, code, id, ...) bg_error_set_take (error, code, bg_words (id, ##__VA_ARGS__))
#define bg_error(code, id, ...) bg_error_new_take (code, bg_words (id, ##__VA_ARGS__))
#define bg_task_return_error(task, code, id, ...) g_task_return_error (task, bg_error (code, id, ##__VA_ARGS__))
/* Says the same within another message, whose last argument it becomes; `error` may be NULL, or hold none. */
#define bg_error_wrap(error, id, ...)                                                                                  \
  bg_error_wrap_take (error, bg_error_get (error) ? bg_words (id, ##__VA_ARGS__, bg_error_get (error)) : NULL)

/* What is in it; NULL. */
const GError *bg_error_get (GError **error);
GError *bg_error_new_take (BgError code, BgWords *take);
void bg_error_set_take (GError **error, BgError code, BgWords *take);
void bg_error_wrap_take (GError **error, BgWords *take);
/* What it says; of one that is not ours, or whose text somebody changed since, as text without a code. */
BgWords *bg_error_dup_words (const GError *error);

G_END_DECLS
