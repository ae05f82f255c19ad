/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/commands.h"
#include "bamgatectl/dial.h"
#include "bamgatectl/within.h"

#include "common/port-text.h"

#include <errno.h>

static CtlExit
carry (char **addresses, guint16 port)
{
  int fd = dial (addresses, port);

  if (fd < 0)
    return ctl_fail_with (errno == ETIMEDOUT ? CTL_TIMEOUT : CTL_FAILED,
                          _ ("nc: cannot connect to port %u of %s: %s"), port,
                          addresses[0] ? addresses[0] : "", g_strerror (errno));
  if (dial_carry (fd))
    return CTL_OK;
  return ctl_fail_with (CTL_FAILED, _ ("nc: the connection broke: %s"), g_strerror (errno));
}

/* "bamgatectl dial PORT ADDRESS…", there. */
static CtlExit
carry_within (Ctl *ctl, const char *port, char **addresses)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();

  g_ptr_array_add (words, (gpointer) "/proc/self/exe");
  g_ptr_array_add (words, (gpointer) cmd_dial.name);
  g_ptr_array_add (words, (gpointer) port);
  for (; *addresses; addresses++)
    g_ptr_array_add (words, *addresses);
  g_ptr_array_add (words, NULL);
  return within_enter (ctl, (char **) words->pdata);
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  BamgatePeer *peer;
  char **addresses;
  guint16 port;
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_nc, NULL, 2, 2, &argc, &argv))
    return CTL_USAGE;
  port = bg_port_parse (argv[2]);
  if (port == 0)
    return ctl_fail_with (CTL_USAGE, _ ("nc: “%s” is not a port: 1 to 65535"), argv[2]);
  code = ctl_connect (ctl);
  if (code == CTL_OK)
    code = within_check (ctl);
  if (code != CTL_OK)
    return code;
  peer = ctl_find_peer (ctl, argv[1]);
  if (!peer)
    return CTL_NOT_FOUND;
  addresses = (char **) bamgate_peer_get_addresses (peer);
  return within_is_elsewhere (ctl) ? carry_within (ctl, argv[2], addresses)
                                   : carry (addresses, port);
}

static CtlExit
dial_there (Ctl *ctl, int argc, char **argv)
{
  guint16 port = argc > 2 ? bg_port_parse (argv[1]) : 0;

  if (port == 0)
    return ctl_fail_with (CTL_USAGE, _ ("dial: it is for “nc”"));
  return carry (argv + 2, port);
}

const Command cmd_nc = {
  "nc",
  run,
  N_ ("PEER PORT"),
  N_ ("Connect standard input and output to a port of another machine"),
  N_ ("Makes a TCP connection through the tunnel and carries bytes both ways. PEER is a name or\n"
      "a tunnel address. It works wherever the tunnel's interface is, so with a daemon of your\n"
      "own too, and so lets other programs through. What ends one way ends there; the\n"
      "other way goes on.\n\n"
      "Examples:\n"
      "  ssh -o ProxyCommand='bamgatectl --user nc attic 22' attic\n"
      "  bamgatectl nc attic 80"),
  CTL_EXITS_BUS | 1u << CTL_NOT_FOUND | 1u << CTL_TIMEOUT,
};

const Command cmd_dial = {
  "dial", dial_there, NULL, N_ ("Connect to a port of another machine"), N_ ("For nc."), 0,
};
