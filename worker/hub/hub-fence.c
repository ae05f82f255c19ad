/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-fence.h"
#include "common/log.h"
#include "common/sanitizer.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What later kernels than the headers of Debian 12 can do, by the version that they report. */
enum
{
  FS_V1 = (1 << 13) - 1,
  FS_REFER = 1 << 13,       /* 2 */
  FS_TRUNCATE = 1 << 14,    /* 3 */
  NET_CONNECT_TCP = 1 << 1, /* 4 */
  FS_IOCTL_DEV = 1 << 15,   /* 5 */
  SCOPE_ABSTRACT = 1 << 0,  /* 6 */
  SCOPE_SIGNAL = 1 << 1,
};

enum
{
  FILE_READ = LANDLOCK_ACCESS_FS_READ_FILE,
  FILE_WRITE = FILE_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE,
  DIR_READ = LANDLOCK_ACCESS_FS_READ_DIR,
  DIR_WRITE = DIR_READ | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE,
};

typedef struct
{
  guint64 fs, net, scope;
} Ruleset;

static const char *const system_files[] = {
  "/usr",           "/lib",       "/lib64",       "/etc/ssl",    "/etc/gnutls",
  "/etc/localtime", "/proc/self", "/dev/urandom", "/dev/random",
};

/* --- Files --- */

/* What this kernel can forbid, and how much of the structure it knows. */
static gsize
known_rules (int version, Ruleset *rules)
{
  rules->fs = FS_V1 | (version >= 2 ? FS_REFER : 0) | (version >= 3 ? FS_TRUNCATE : 0)
              | (version >= 5 ? FS_IOCTL_DEV : 0);
  rules->net = version >= 4 ? NET_CONNECT_TCP : 0;
  rules->scope = version >= 6 ? SCOPE_ABSTRACT | SCOPE_SIGNAL : 0;
  return version >= 6   ? sizeof *rules
         : version >= 4 ? G_STRUCT_OFFSET (Ruleset, scope)
                        : G_STRUCT_OFFSET (Ruleset, net);
}

/* A path that is not there is none that has to be reached. */
static void
allow (int ruleset, const Ruleset *known, const char *path, guint64 file_rights, guint64 dir_rights)
{
  struct landlock_path_beneath_attr rule = { .parent_fd = open (path, O_PATH | O_CLOEXEC) };
  struct stat info;

  if (rule.parent_fd < 0)
    return;
  if (fstat (rule.parent_fd, &info) == 0)
    {
      rule.allowed_access = file_rights | (S_ISDIR (info.st_mode) ? dir_rights : 0);
      rule.allowed_access &= known->fs;
      if (syscall (SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
        bg_log (BG_TOPIC_HUB, WARNING, NULL, "fence: %s: %s", path, g_strerror (errno));
    }
  close (rule.parent_fd);
}

/* Its directory, for one that is replaced by another of its name; and that of the file that a link points to. */
static void
allow_file (int ruleset, const Ruleset *known, const char *path)
{
  gboolean is_dir = g_file_test (path, G_FILE_TEST_IS_DIR);
  g_autofree char *here = is_dir ? g_strdup (path) : g_path_get_dirname (path);
  char *real = is_dir ? NULL : realpath (path, NULL);
  g_autofree char *there = real ? g_path_get_dirname (real) : NULL;

  allow (ruleset, known, here, FILE_READ, DIR_READ);
  if (there)
    allow (ruleset, known, there, FILE_READ, DIR_READ);
  free (real);
}

gboolean
bg_hub_fence_files (const char *state_dir, const char *const *files, gsize n)
{
  long version = syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  Ruleset known;
  gsize size = version > 0 ? known_rules ((int) version, &known) : 0;
  int ruleset = version > 0 ? (int) syscall (SYS_landlock_create_ruleset, &known, size, 0) : -1;
  gboolean ok;

  if (ruleset < 0)
    return FALSE;
  (void) g_tls_backend_get_default (); /* whose module may lie anywhere */
  (void) g_setenv ("SQLITE_TMPDIR", state_dir, TRUE);
  allow (ruleset, &known, state_dir, FILE_WRITE, DIR_WRITE);
  allow (ruleset, &known, "/dev/null", FILE_WRITE, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (system_files); i++)
    allow (ruleset, &known, system_files[i], FILE_READ, DIR_READ);
  for (gsize i = 0; i < n; i++)
    if (files[i])
      allow_file (ruleset, &known, files[i]);
  ok = prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
       && syscall (SYS_landlock_restrict_self, ruleset, 0) == 0;
  close (ruleset);
  return ok;
}

/* --- System calls --- */

static const char *const forbidden[] = {
  "execve",
  "execveat",
  "connect",
  "bind",
/* other processes; LeakSanitizer needs these itself */
#if !BG_IS_SANITIZED
  "ptrace",
  "process_vm_readv",
  "process_vm_writev",
  "kill",
#endif
  "pidfd_getfd",
  "pidfd_send_signal",
  /* views of the machine */
  "mount",
  "umount2",
  "move_mount",
  "open_tree",
  "fsopen",
  "fsmount",
  "mount_setattr",
  "pivot_root",
  "chroot",
  "setns",
  "unshare",
  "open_by_handle_at",
  /* much of the kernel, for nothing that a hub does */
  "add_key",
  "bpf",
  "io_uring_setup",
  "keyctl",
  "perf_event_open",
  "request_key",
  "userfaultfd",
};

static gboolean
forbid (scmp_filter_ctx filter, const char *name)
{
  int call = seccomp_syscall_resolve_name (name);

  /* one that libseccomp does not know, this machine's libc does not either */
  return call == __NR_SCMP_ERROR || seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), call, 0) == 0;
}

static gboolean
load_filter (void)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
  gboolean ok = filter && seccomp_attr_set (filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0;

  for (gsize i = 0; ok && i < G_N_ELEMENTS (forbidden); i++)
    ok = forbid (filter, forbidden[i]);
  /* the journal's socket is one of AF_UNIX, and may be opened late */
  ok = ok
       && seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (socket), 1,
                            SCMP_A0 (SCMP_CMP_NE, AF_UNIX))
            == 0
       && seccomp_load (filter) == 0;
  if (filter)
    seccomp_release (filter);
  return ok;
}

gboolean
bg_hub_fence_calls (void)
{
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct none[2] = { 0 };

  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0
         && syscall (SYS_capset, &header, none) == 0 && load_filter ();
}
