/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/hub-child.h"

#include "common/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PROGRAM "bamgate-hub"
#define HUB_USER "bamgate-hub"
#define OWNER_FD 3

/* Whom the child becomes. */
typedef struct
{
  gboolean is_other; /* FALSE: it stays what we are */
  uid_t uid;
  gid_t gid;
} HubUser;

char *
bg_hub_child_find_program (GError **error)
{
  g_autofree char *own = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *here = own ? g_path_get_dirname (own) : g_strdup (BG_BINDIR);
  char *candidates[] = {
    g_build_filename (here, PROGRAM, NULL),
    g_build_filename (here, "..", "worker", "hub", PROGRAM, NULL),
    g_build_filename (BG_BINDIR, PROGRAM, NULL),
  };
  char *found = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (candidates); i++)
    if (!found && g_file_test (candidates[i], G_FILE_TEST_IS_EXECUTABLE))
      found = g_steal_pointer (&candidates[i]);
    else
      g_free (candidates[i]);
  if (!found)
    bg_error_set (error, BG_ERROR_FAILED, PROGRAM_MISSING, PROGRAM, BG_BINDIR);
  return found;
}

/* --- Another user, where we may --- */

static HubUser
find_user (void)
{
  const struct passwd *found = geteuid () == 0 ? getpwnam (HUB_USER) : NULL;

  return found ? (HubUser){ TRUE, found->pw_uid, found->pw_gid } : (HubUser){ FALSE, 0, 0 };
}

static int
chown_below (int dir, const HubUser *user)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", dir);
  g_autoptr (GDir) entries = g_dir_open (path, 0, NULL);
  const char *name;

  while (entries && (name = g_dir_read_name (entries)))
    if (fchownat (dir, name, user->uid, user->gid, AT_SYMLINK_NOFOLLOW) != 0)
      return -1;
  return fchown (dir, user->uid, user->gid);
}

/* Once: what is in a directory that is the hub's already may be a trap. */
static int
give_away (int dir, const HubUser *user)
{
  struct stat info;

  if (fstat (dir, &info) != 0)
    return -1;
  return info.st_uid == user->uid ? 0 : chown_below (dir, user);
}

/* In a user namespace the other user may be nobody. */
static int
share (int dir, const char *parent, HubUser *user)
{
  if (!user->is_other)
    return 0;
  if (give_away (dir, user) != 0)
    {
      user->is_other = errno != EINVAL;
      return user->is_other ? -1 : 0;
    }
  return chmod (parent, 0711); /* through ours, not into it */
}

static gboolean
make_state_dir (const char *path, HubUser *user, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);
  int dir = -1, code = 0;

  if (g_mkdir_with_parents (path, 0700) != 0
      || (dir = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0
      || share (dir, parent, user) != 0)
    code = errno;
  if (dir >= 0)
    close (dir);
  if (code != 0)
    bg_error_set (error, BG_ERROR_FAILED, ABOUT, path, bg_arg_errno (code));
  return code == 0;
}

/* --- The child --- */

/* The rest is between fork and exec: system calls alone. */

/* Refused to all but root, who alone would gain from what is left: while we are root. */
static void
drop_bounds (void)
{
  for (int cap = 0; prctl (PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
    (void) prctl (PR_CAPBSET_DROP, cap, 0, 0, 0);
}

static void
drop_capabilities (void)
{
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct none[2] = { 0 };

  if (prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0
      || syscall (SYS_capset, &header, none) != 0 || prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    _exit (126);
}

static void
set_up_child (gpointer data)
{
  const HubUser *user = data;

  drop_bounds ();
  if (user->is_other
      && (setgroups (0, NULL) != 0 || setresgid (user->gid, user->gid, user->gid) != 0
          || setresuid (user->uid, user->uid, user->uid) != 0))
    _exit (126);
  drop_capabilities ();
  (void) prctl (PR_SET_PDEATHSIG, SIGTERM);
}

GSubprocess *
bg_hub_child_spawn (const char *state_dir, int *fd, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autofree char *program = bg_hub_child_find_program (error);
  HubUser user = find_user ();
  const char *argv[] = { program,      "--state-dir",          state_dir,
                         "--owner-fd", G_STRINGIFY (OWNER_FD), NULL };
  GSubprocess *child;
  int fds[2];

  if (!program || !make_state_dir (state_dir, &user, error))
    return NULL;
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    {
      bg_error_set (error, BG_ERROR_FAILED, SOCKET_PAIR, bg_arg_errno (errno));
      return NULL;
    }
  g_subprocess_launcher_take_fd (launcher, fds[1], OWNER_FD);
  g_subprocess_launcher_set_child_setup (launcher, set_up_child, &user, NULL);
  child = g_subprocess_launcher_spawnv (launcher, argv, error);
  if (child)
    *fd = fds[0];
  else
    close (fds[0]);
  return child;
}
