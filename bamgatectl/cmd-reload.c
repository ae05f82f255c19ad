/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/commands.h"

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  g_autoptr (Out) out = NULL;
  GError *error = NULL;
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_reload, NULL, 0, 0, &argc, &argv))
    return CTL_USAGE;
  code = ctl_connect_to_act (ctl);
  if (code != CTL_OK)
    return code;
  if (!bamgate_client_reload_sync (ctl->client, NULL, &error))
    return ctl_fail (NULL, error);
  ctl_catch_up (ctl);
  out = out_new (ctl->json, FALSE);
  cmd_config_show_pending (ctl, out);
  return CTL_OK;
}

const Command cmd_reload = {
  "reload",
  run,
  NULL,
  N_ ("Read the settings again"),
  N_ ("Reads bamgate.conf and its drop-ins at once, and the secrets that go with them; the\n"
      "daemon does so by itself a moment after they were changed by hand. What can be\n"
      "changed in a running tunnel is changed; what is in effect only when the tunnel comes\n"
      "up next is named. Wrong settings change nothing.\n\n"
      "Example:\n"
      "  bamgatectl reload"),
  CTL_EXITS_BUS,
};
