/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/input.h"

#include "common/byte-order-mark.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum
{
  MAX_SECRET = 64 * 1024
};

void
input_free_secret (char *secret)
{
  if (secret)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

gboolean
input_confirm (const char *question)
{
  char line[16] = "";

  if (!isatty (STDIN_FILENO))
    return FALSE;
  g_printerr ("%s", question);
  if (!fgets (line, sizeof line, stdin))
    return FALSE;
  g_strstrip (line);
  return g_ascii_strcasecmp (line, "y") == 0 || g_ascii_strcasecmp (line, "yes") == 0;
}

static void
set_errno_error (GError **error, const char *path)
{
  int saved = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "%s: %s", path,
               g_strerror (saved));
}

/* Reads until the end, or until `size` is full; -1 with errno. */
static gssize
read_all (int fd, char *buffer, gsize size)
{
  gsize have = 0;

  while (have < size)
    {
      gssize n = read (fd, buffer + have, size - have);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -1;
      if (n == 0)
        break;
      have += (gsize) n;
    }
  return (gssize) have;
}

static char *
take_first_line (const char *path, char *buffer, gsize len, GError **error)
{
  char *line;

  if (len >= MAX_SECRET)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("%s: longer than 64 KiB"), path);
      return NULL;
    }
  buffer[len] = '\0';
  bg_skip_byte_order_mark (buffer);
  buffer[strcspn (buffer, "\r\n")] = '\0';
  line = g_strstrip (buffer);
  if (*line == '\0')
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("%s: nothing in its first line"), path);
      return NULL;
    }
  if (!g_utf8_validate (line, -1, NULL))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("%s: not valid UTF-8"), path);
      return NULL;
    }
  return g_strdup (line);
}

char *
input_read_secret (const char *path, GError **error)
{
  gboolean is_stdin = g_str_equal (path, "-");
  const char *shown = is_stdin ? _ ("standard input") : path;
  int fd = is_stdin ? STDIN_FILENO : open (path, O_RDONLY | O_CLOEXEC);
  g_autofree char *buffer = g_malloc0 (MAX_SECRET + 1);
  char *secret = NULL;
  gssize len;

  if (fd < 0)
    {
      set_errno_error (error, shown);
      return NULL;
    }
  len = read_all (fd, buffer, MAX_SECRET);
  if (len < 0)
    set_errno_error (error, shown);
  else
    secret = take_first_line (shown, buffer, (gsize) len, error);
  explicit_bzero (buffer, MAX_SECRET);
  if (!is_stdin)
    close (fd);
  return secret;
}
