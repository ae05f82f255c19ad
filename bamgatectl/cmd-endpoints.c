/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/cmd-endpoints.h"

#include "bamgatectl/commands.h"
#include "bamgatectl/watch.h"

typedef struct
{
  const char *name;
  int min, max; /* words behind it */
  CtlExit (*connect) (Ctl *ctl);
  CtlExit (*run) (Ctl *ctl, char **words);
  void (*watched) (Ctl *ctl, Out *out); /* NULL: nothing to watch */
} Action;

static gboolean is_unasked;

static CtlExit
unregister (Ctl *ctl, char **words)
{
  return endpoints_unregister (ctl, is_unasked);
}

static const Action actions[] = {
  { "list", 0, 0, ctl_connect, endpoints_list, endpoints_show_list },
  { "show", 1, 1, ctl_connect, endpoints_show, NULL },
  { "status", 0, 0, ctl_connect, endpoints_status, endpoints_show_status },
  { "health", 0, 0, ctl_connect, endpoints_health, NULL },
  { "set", 2, 2, ctl_connect_to_act, endpoints_set, NULL },
  { "refresh", 0, 0, ctl_connect_to_act, endpoints_refresh, NULL },
  { "register", 0, 0, ctl_connect_to_act, endpoints_register, NULL },
  { "unregister", 0, 0, ctl_connect_to_act, unregister, NULL },
  { "set-api-key", 0, 1, ctl_connect_to_act, endpoints_set_api_key, NULL },
  { "clear-api-key", 0, 0, ctl_connect_to_act, endpoints_clear_api_key, NULL },
  { "config", 1, 1, ctl_connect_to_act, endpoints_edit, NULL },
};

static const Action *
find_action (const char *name, int words)
{
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    if (g_str_equal (actions[i].name, name) && words >= actions[i].min && words <= actions[i].max)
      return &actions[i];
  return NULL;
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  gboolean watch = FALSE;
  const GOptionEntry entries[] = {
    { "watch", 'w', 0, G_OPTION_ARG_NONE, &watch,
      N_ ("Go on with the list or the status, and show it anew when it changes"), NULL },
    { "yes", 'y', 0, G_OPTION_ARG_NONE, &is_unasked, N_ ("Do not ask"), NULL },
    { NULL },
  };
  const Action *action;
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_endpoints, entries, 0, 3, &argc, &argv))
    return CTL_USAGE;
  action = argc < 2 ? &actions[0] : find_action (argv[1], argc - 2);
  if (!action || (action->run == endpoints_edit && !g_str_equal (argv[2], "edit")))
    return ctl_fail_with (
      CTL_USAGE,
      _ ("endpoints: say list, show ENDPOINT, status, health, set ENDPOINT MODE, refresh, "
         "register, unregister, set-api-key [FILE], clear-api-key or config edit"));
  if (watch && !action->watched)
    return ctl_fail_with (CTL_USAGE, _ ("endpoints: --watch belongs to list and status"));
  if (is_unasked && action->run != unregister)
    return ctl_fail_with (CTL_USAGE, _ ("endpoints: --yes belongs to unregister"));
  code = action->connect (ctl);
  if (code != CTL_OK)
    return code;
  return watch ? watch_run (ctl, action->watched) : action->run (ctl, argv + (argc > 1 ? 2 : 1));
}

const Command cmd_endpoints = {
  "endpoints",
  run,
  N_ ("[list|show ENDPOINT|status|health|set ENDPOINT MODE|refresh|register|unregister|"
      "set-api-key [FILE]|clear-api-key|config edit]"),
  N_ ("List what an account binds to this machine, and look after it"),
  N_ ("list           each endpoint with its state and where programs reach it\n"
      "show           all that is known of one\n"
      "status         the account: whether it knows this machine, and until when\n"
      "health         the same for scripts: ends with 0 where the account is reached and all\n"
      "               that it binds can be had here, else with 1\n"
      "set            where one is to be had: virtual (an address of its own, for this machine\n"
      "               alone), all, an address or an interface of this machine (for others too),\n"
      "               or default (as the setting publish.listen says)\n"
      "refresh        asks the account for its list now\n"
      "register       registers this machine now, where that waits for another attempt\n"
      "unregister     takes this machine out of the account, and forgets the API key, after a\n"
      "               question unless with --yes\n"
      "set-api-key    takes the API key of the account from FILE, from standard input or from\n"
      "               the terminal, where nothing is shown; never from the command line\n"
      "clear-api-key  forgets it; the endpoints stay as they are\n"
      "config edit    opens the settings of endpoints in $VISUAL or $EDITOR\n\n"
      "ENDPOINT is NAME:PORT, or a name, which stands for all of its ports with set.\n\n"
      "Examples:\n"
      "  bamgatectl endpoints set-api-key\n"
      "  bamgatectl endpoints --watch\n"
      "  bamgatectl endpoints set db.prod:5432 all\n"
      "  bamgatectl endpoints health || systemctl status bamgated"),
  CTL_EXITS_BUS | 1u << CTL_NOT_FOUND,
};
