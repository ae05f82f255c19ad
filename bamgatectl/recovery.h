/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The recovery code of a signed network, which the daemon tells once: shown to a person, or written to a file that only its owner may
 * read. Where it goes is made sure of before there is one. */

#include "bamgatectl/ctl.h"
#include "bamgatectl/out.h"

typedef struct _Recovery Recovery;

/* `path`: a file that is not there yet; NULL: it is shown, in JSON only where `is_asked`. NULL with the exit code, which has been
 * explained. */
Recovery *recovery_new (Ctl *ctl, const char *path, gboolean is_asked, CtlExit *code);
/* Takes it from the result of Protect or Recover. What cannot be written is shown. */
CtlExit recovery_take (Recovery *self, GVariant *result, Out *out);
/* Removes a file that did not get one; fine on NULL. */
void recovery_free (Recovery *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Recovery, recovery_free)
