/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Between the files of bamgatectl endpoints: cmd-endpoints.c has its actions, -show what they print, -account what is done with the account, -edit the
 * settings in an editor. Each action is connected, and `words` are those behind it, which end with NULL. */

#include "bamgatectl/ctl.h"
#include "bamgatectl/out.h"

/* The table, and what is wrong with the account or with some of them. */
void endpoints_show_list (Ctl *ctl, Out *out);
void endpoints_show_status (Ctl *ctl, Out *out);
CtlExit endpoints_list (Ctl *ctl, char **words);
CtlExit endpoints_status (Ctl *ctl, char **words);
CtlExit endpoints_show (Ctl *ctl, char **words);
/* For scripts: CTL_OK where the account is reached, and all that it binds listens here. */
CtlExit endpoints_health (Ctl *ctl, char **words);

CtlExit endpoints_set (Ctl *ctl, char **words);
CtlExit endpoints_refresh (Ctl *ctl, char **words);
CtlExit endpoints_register (Ctl *ctl, char **words);
/* Asks before, but for `is_unasked`. */
CtlExit endpoints_unregister (Ctl *ctl, gboolean is_unasked);
/* From the file that is named, from standard input, or asked for at the terminal. */
CtlExit endpoints_set_api_key (Ctl *ctl, char **words);
/* Forgets it. */
CtlExit endpoints_clear_api_key (Ctl *ctl, char **words);

/* The settings of endpoints in the person's editor; what was changed there goes to the daemon. */
CtlExit endpoints_edit (Ctl *ctl, char **words);

/* The account; NULL has been explained. */
BamgateAccount *endpoints_find_account (Ctl *ctl);
