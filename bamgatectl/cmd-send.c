/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/commands.h"
#include "bamgatectl/file-jobs.h"

#include <string.h>
#include <unistd.h>

/* None is offered where one of them cannot be sent. */
static CtlExit
check_files (char **files, int n)
{
  for (int i = 0; i < n; i++)
    {
      GError *error = NULL;
      int fd = transfer_job_open (files[i], &error);

      if (fd < 0)
        return ctl_fail (_ ("send"), error);
      close (fd);
    }
  return CTL_OK;
}

static CtlExit
send_all (Ctl *ctl, BamgatePeer *peer, char **files, int n)
{
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func ((GDestroyNotify) transfer_job_free);

  for (int i = 0; i < n; i++)
    {
      GError *error = NULL;
      TransferJob *job = transfer_job_give (ctl->client, bamgate_peer_get_id (peer), files[i], NULL,
                                            NULL, &error);

      if (!job)
        return ctl_fail (_ ("send"), error);
      g_ptr_array_add (jobs, job);
    }
  return file_jobs_run (ctl, jobs);
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  g_autofree char *name = NULL;
  BamgatePeer *peer;
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_send, NULL, 2, G_MAXINT, &argc, &argv))
    return CTL_USAGE;
  if (!g_str_has_suffix (argv[argc - 1], ":"))
    return ctl_fail_with (CTL_USAGE,
                          _ ("send: last comes the machine that it is for, with a colon behind "
                             "it, as in “bamgatectl send photo.jpg laptop:”"));
  name = g_strndup (argv[argc - 1], strlen (argv[argc - 1]) - 1);
  code = check_files (argv + 1, argc - 2);
  if (code == CTL_OK)
    code = ctl_connect_to_act (ctl);
  if (code != CTL_OK)
    return code;
  peer = ctl_find_peer (ctl, name);
  return peer ? send_all (ctl, peer, argv + 1, argc - 2) : CTL_NOT_FOUND;
}

const Command cmd_send = {
  "send",
  run,
  N_ ("FILE… PEER:"),
  N_ ("Send files to another machine"),
  N_ ("Offers the files to a machine of the network, whose person has to take them: in the\n"
      "window there, or with “bamgatectl receive”. Nothing is sent before. A break of the\n"
      "link, or a daemon that starts anew, is waited for, and what was sent is not sent\n"
      "again. Ctrl-C takes the offers back. Folders are not sent.\n\n"
      "Examples:\n"
      "  bamgatectl send photo.jpg laptop:\n"
      "  bamgatectl send *.pdf attic:"),
  CTL_EXITS_BUS | 1u << CTL_NOT_FOUND | 1u << CTL_INTERRUPTED,
};
