/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/within.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESOLV_CONF "/etc/resolv.conf"

/* --- Before --- */

CtlExit
within_check (Ctl *ctl)
{
  if (*bamgate_client_get_interface (ctl->client))
    return CTL_OK;
  return ctl_fail_with (CTL_FAILED, _ ("the tunnel is not up: bring it up with bamgatectl up"));
}

gboolean
within_is_elsewhere (Ctl *ctl)
{
  return *bamgate_client_get_network_namespace (ctl->client) != '\0';
}

/* The daemon's resolver is at our own address. */
static char *
find_server (Ctl *ctl)
{
  const char *const *addresses = bamgate_client_get_addresses (ctl->client);
  const char *own = addresses && *addresses ? *addresses : "";

  return g_strndup (own, strcspn (own, "/"));
}

static const char *
find_search (Ctl *ctl)
{
  const char *dot = strchr (bamgate_client_get_dns_name (ctl->client), '.');

  return dot ? dot + 1 : "";
}

CtlExit
within_enter (Ctl *ctl, char **words)
{
  g_autofree char *server = find_server (ctl);
  g_autoptr (GPtrArray) whole = g_ptr_array_new ();
  const char *const head[] = { "bamgatectl", "enter",
                               bamgate_client_get_network_namespace (ctl->client), server,
                               find_search (ctl) };

  for (guint i = 0; i < G_N_ELEMENTS (head); i++)
    g_ptr_array_add (whole, (gpointer) head[i]);
  for (char **word = words; *word; word++)
    g_ptr_array_add (whole, *word);
  g_ptr_array_add (whole, NULL);
  execv ("/proc/self/exe", (char **) whole->pdata);
  return ctl_fail_with (CTL_FAILED, _ ("cannot enter the network of the tunnel: %s"),
                        g_strerror (errno));
}

/* --- There --- */

static gboolean
enter_both (int network)
{
  int user = ioctl (network, NS_GET_USERNS);
  gboolean ok = user >= 0 && setns (user, CLONE_NEWUSER) == 0 && setns (network, CLONE_NEWNET) == 0
                && unshare (CLONE_NEWNS) == 0
                && mount (NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0;
  int code = errno;

  if (user >= 0)
    close (user);
  errno = code;
  return ok;
}

gboolean
within_go (const char *path)
{
  int network = open (path, O_RDONLY | O_CLOEXEC), code;
  gboolean ok = network >= 0 && enter_both (network);

  code = errno;
  if (network >= 0)
    close (network);
  errno = code;
  return ok;
}

/* Of this machine's own resolver, which does not know the tunnel's names and is not reached from there by address. */
static void
hide_resolvers (void)
{
  static const char *const doors[] = { "/run/systemd/resolve/io.systemd.Resolve",
                                       "/run/nscd/socket" };

  for (guint i = 0; i < G_N_ELEMENTS (doors); i++)
    (void) mount ("/dev/null", doors[i], NULL, MS_BIND, NULL);
}

static void
put_in_place (const char *text)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("bamgate-XXXXXX", &path, NULL);

  if (fd < 0)
    return;
  if (write (fd, text, strlen (text)) == (gssize) strlen (text) && fchmod (fd, 0644) == 0
      && mount (path, RESOLV_CONF, NULL, MS_BIND, NULL) == 0)
    hide_resolvers ();
  unlink (path);
  close (fd);
}

void
within_set_names (const char *server, const char *search)
{
  g_autofree char *text = g_strdup_printf ("nameserver %s\n%s%s%s", server,
                                           *search ? "search " : "", search, *search ? "\n" : "");

  if (*server)
    put_in_place (text);
}

void
within_exec (char **words)
{
  signal (SIGPIPE, SIG_DFL);
  execvp (words[0], words);
}
