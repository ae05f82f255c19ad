/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/commands.h"

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  g_autoptr (Out) out = NULL;
  const char *service = "";

  if (!ctl_parse (ctl, &cmd_version, NULL, 0, 0, &argc, &argv))
    return CTL_USAGE;
  if (ctl_connect_quietly (ctl))
    service = bamgate_client_get_version (ctl->client);
  out = out_new (ctl->json, FALSE);
  out_text (out, "bamgatectl", "bamgatectl", BG_VERSION);
  if (*service || ctl->json)
    out_text (out, "bamgated", "bamgated", service);
  else
    out_text (out, "bamgated", "bamgated", _ ("not running"));
  return CTL_OK;
}

const Command cmd_version = {
  "version",
  run,
  NULL,
  N_ ("Show versions"),
  N_ ("Shows the version of this program, and of the daemon if it is running. Does not\n"
      "start it.\n\n"
      "Example:\n"
      "  bamgatectl version --json"),
  0,
};
