/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bamgatectl/ctl.h"
#include "bamgatectl/out.h"

/* Shows the certificate of who signs for the network's names, and writes it to the file `path` (NULL: none). `anew`: this machine is that from
 * now on. */
CtlExit cmd_network_certificate (Ctl *ctl, gboolean anew, const char *path);
/* `machine` is called `name` too from now on; "": nobody is. */
CtlExit cmd_network_give_name (Ctl *ctl, const char *name, const char *machine);
/* Of GetNetwork. */
void cmd_network_show_names (Out *out, GVariant *network);
