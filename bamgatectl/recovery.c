/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/recovery.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

struct _Recovery
{
  char *path; /* NULL: it is shown */
  int fd;
  gboolean is_written;
};

static CtlExit
create (Recovery *self, const char *path)
{
  self->fd = g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (self->fd < 0)
    return ctl_fail_with (CTL_FAILED, "%s: %s", path, g_strerror (errno));
  self->path = g_strdup (path);
  return CTL_OK;
}

Recovery *
recovery_new (Ctl *ctl, const char *path, gboolean is_asked, CtlExit *code)
{
  Recovery *self = g_new0 (Recovery, 1);

  self->fd = -1;
  *code = CTL_OK;
  if (path && is_asked)
    *code = ctl_fail_with (CTL_USAGE,
                           _ ("--recovery-file and --show-recovery-code exclude each other"));
  else if (!path && ctl->json && !is_asked)
    *code = ctl_fail_with (CTL_USAGE,
                           _ ("the recovery code is told once and is a secret: say where it goes, "
                              "with --recovery-file FILE or --show-recovery-code"));
  if (*code == CTL_OK && path)
    *code = create (self, path);
  if (*code != CTL_OK)
    g_clear_pointer (&self, recovery_free);
  return self;
}

static gboolean
write_all (int fd, const char *text)
{
  gsize left = strlen (text);

  while (left > 0)
    {
      gssize n = write (fd, text, left);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      text += n;
      left -= (gsize) n;
    }
  return TRUE;
}

static gboolean
write_file (Recovery *self, const char *code)
{
  self->is_written = write_all (self->fd, code) && write_all (self->fd, "\n")
                     && fsync (self->fd) == 0;
  if (!self->is_written)
    ctl_warn ("%s: %s", self->path, g_strerror (errno));
  return self->is_written;
}

static void
show (Out *out, const char *code)
{
  out_text (out, "recovery_code", NULL, code);
  out_note (
    out,
    _ ("\nThe recovery code, which is shown this once and kept nowhere:\n\n  %s\n\nWrite it "
       "down, and keep it where none of these machines is. Whoever has it can\nmake any "
       "machine the owner of the network; without it, nobody can once all owners\nare "
       "lost."),
    code);
}

CtlExit
recovery_take (Recovery *self, GVariant *result, Out *out)
{
  const char *code = "";

  g_variant_lookup (result, "recovery-code", "&s", &code);
  if (!self->path)
    show (out, code);
  else if (write_file (self, code))
    {
      out_text (out, "recovery_file", _ ("Recovery code"), self->path);
      out_note (out,
                _ ("\nKeep %s where none of these machines is, and only there: whoever has it can "
                   "make any\nmachine the owner of the network."),
                self->path);
    }
  else
    {
      show (out, code);
      return CTL_FAILED;
    }
  return CTL_OK;
}

void
recovery_free (Recovery *self)
{
  if (!self)
    return;
  if (self->fd >= 0)
    close (self->fd);
  if (self->path && !self->is_written)
    g_unlink (self->path);
  g_free (self->path);
  g_free (self);
}
