/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/failure.h"

#include "common/error.h"

/* By BgError. What stands for the machine's state passes by itself; what stands for a file or a person's doing does not. */
static const gboolean is_final[] = {
  [BG_ERROR_FAILED] = FALSE, /* the kernel or the hub said no: addresses, no TUN module yet */
  [BG_ERROR_INVALID_ARGUMENT] = TRUE, /* a value that cannot be meant so */
  [BG_ERROR_CONFIG] = TRUE,           /* a setting, or a secret that is none */
  [BG_ERROR_NOT_CONFIGURED] = TRUE,   /* no network, no key */
  [BG_ERROR_NOT_FOUND] = FALSE,       /* the interface went away meanwhile */
  [BG_ERROR_WRONG_STATE] = TRUE,      /* another bamgated has the lock */
  [BG_ERROR_NOT_AUTHORIZED] = TRUE,   /* no CAP_NET_ADMIN */
  [BG_ERROR_SERVICE] = FALSE,         [BG_ERROR_TIMEOUT] = FALSE,
  [BG_ERROR_EXISTS] = FALSE, /* the name of the interface, or the UDP port, is taken */
};

gboolean
bg_failure_is_final (const GError *error)
{
  return error->domain == BG_ERROR && error->code >= 0
         && error->code < (int) G_N_ELEMENTS (is_final) && is_final[error->code];
}
