/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program in the network that the tunnel is in. Where that is a namespace of the daemon's, bamgatectl begins anew on the way there: only
 * a process of one thread can enter a user namespace. */
#include "bamgatectl/commands.h"
#include "bamgatectl/within.h"

#include <errno.h>

/* As env(1) and shells say it. */
enum
{
  EXIT_CANNOT_RUN = 126,
  EXIT_NO_PROGRAM = 127,
};

static CtlExit
become (char **words)
{
  int code;

  within_exec (words);
  code = errno;
  ctl_fail_with (CTL_FAILED, _ ("run: cannot start %s: %s"), words[0], g_strerror (code));
  return (CtlExit) (code == ENOENT ? EXIT_NO_PROGRAM : EXIT_CANNOT_RUN);
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_run, NULL, 1, G_MAXINT, &argc, &argv))
    return CTL_USAGE;
  code = ctl_connect (ctl);
  if (code == CTL_OK)
    code = within_check (ctl);
  if (code != CTL_OK)
    return code;
  if (within_is_elsewhere (ctl))
    return within_enter (ctl, argv + 1);
  return become (argv + 1);
}

/* argv: PATH NAMESERVER SEARCH PROGRAM… */
static CtlExit
enter (Ctl *ctl, int argc, char **argv)
{
  if (argc < 5)
    return ctl_fail_with (CTL_USAGE, _ ("enter: it is for “run” and “nc”"));
  if (!within_go (argv[1]))
    return ctl_fail_with (CTL_FAILED, _ ("cannot enter the network of the tunnel: %s"),
                          g_strerror (errno));
  within_set_names (argv[2], argv[3]);
  return become (argv + 4);
}

const Command cmd_run = {
  "run",
  run,
  N_ ("PROGRAM…"),
  N_ ("Run a program in the network of the tunnel"),
  N_ ("Runs PROGRAM with its arguments where the tunnel's interface is. With a daemon of your\n"
      "own that is a network of its own, in which other programs are not: the program sees the\n"
      "machines of the tunnel, by address and by name, and nothing else. Elsewhere it is this\n"
      "machine's network, and the program runs as without this.\n"
      "Ends as PROGRAM does; with 127 where there is none of that name, and 126 where it\n"
      "cannot be started.\n\n"
      "Examples:\n"
      "  bamgatectl --user run -- ssh attic\n"
      "  bamgatectl --user run -- ping -c 3 10.0.0.2"),
  CTL_EXITS_BUS,
};

const Command cmd_enter = {
  "enter", enter, NULL, N_ ("Enter the network of the tunnel"), N_ ("For run and nc."), 0,
};
