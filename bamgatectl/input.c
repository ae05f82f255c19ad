/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/input.h"

#include "common/byte-order-mark.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
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

static gboolean
is_one_of (const char *answer, const char *const *words)
{
  g_autofree char *folded = g_utf8_casefold (answer, -1);

  return g_strv_contains (words, folded);
}

gboolean
input_is_yes (const char *answer)
{
  /* Translators: all words that mean yes, the short one too, in lower case, with blanks between */
  g_auto (GStrv) own = g_strsplit (_ ("y yes"), " ", -1);
  const char *const english[] = { "y", "yes", NULL };

  return is_one_of (answer, english) || is_one_of (answer, (const char *const *) own);
}

gboolean
input_is_no (const char *answer)
{
  /* Translators: all words that mean no, the short one too, in lower case, with blanks between */
  g_auto (GStrv) own = g_strsplit (_ ("n no"), " ", -1);
  const char *const english[] = { "n", "no", NULL };

  return is_one_of (answer, english) || is_one_of (answer, (const char *const *) own);
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
  return input_is_yes (g_strstrip (line));
}

static const int held_signals[] = { SIGINT, SIGQUIT, SIGTERM, SIGTSTP };
static volatile sig_atomic_t came;

static void
on_signal (int number)
{
  came = number;
}

/* One ends the reading, so that the terminal shows again what is typed before it has its effect. FALSE: nothing was typed. */
static gboolean
read_held (char *line, int size)
{
  struct sigaction held = { .sa_handler = on_signal }, before[G_N_ELEMENTS (held_signals)];
  gboolean ok;

  came = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (held_signals); i++)
    sigaction (held_signals[i], &held, &before[i]);
  ok = fgets (line, size, stdin) != NULL && came == 0;
  for (gsize i = 0; i < G_N_ELEMENTS (held_signals); i++)
    sigaction (held_signals[i], &before[i], NULL);
  return ok;
}

char *
input_ask_secret (const char *question)
{
  struct termios shown, hidden;
  char line[4096] = "", *secret = NULL;

  if (tcgetattr (STDIN_FILENO, &shown) < 0)
    return NULL;
  hidden = shown;
  hidden.c_lflag &= ~(tcflag_t) ECHO;
  g_printerr ("%s", question);
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &hidden);
  if (read_held (line, sizeof line))
    secret = g_strdup (g_strstrip (line));
  tcsetattr (STDIN_FILENO, TCSANOW, &shown);
  g_printerr ("\n");
  if (came)
    raise (came);
  explicit_bzero (line, sizeof line);
  if (secret && *secret && g_utf8_validate (secret, -1, NULL))
    return secret;
  input_free_secret (secret);
  return NULL;
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

/* NULL with an error; else text with a NUL behind it, to be wiped. `len` never is more than `max`. */
static char *
read_file (const char *path, gsize max, gsize *len, GError **error)
{
  gboolean is_stdin = g_str_equal (path, "-");
  const char *shown = is_stdin ? _ ("standard input") : path;
  int fd = is_stdin ? STDIN_FILENO : open (path, O_RDONLY | O_CLOEXEC);
  char *buffer = g_malloc0 (max + 2);
  gssize n = fd < 0 ? -1 : read_all (fd, buffer, max + 1);
  gboolean ok = FALSE;

  if (n < 0)
    set_errno_error (error, shown);
  else if ((gsize) n > max)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("%s: longer than %u KiB"), shown,
                 (guint) (max / 1024));
  else if (!g_utf8_validate (buffer, n, NULL))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("%s: not valid UTF-8"), shown);
  else
    ok = TRUE;
  if (fd >= 0 && !is_stdin)
    close (fd);
  *len = (gsize) n;
  if (ok)
    return buffer;
  explicit_bzero (buffer, max + 2);
  g_free (buffer);
  return NULL;
}

char *
input_read_text (const char *path, gsize max, GError **error)
{
  gsize len = 0;

  return read_file (path, max, &len, error);
}

char *
input_read_secret (const char *path, GError **error)
{
  gsize len = 0;
  char *buffer = read_file (path, MAX_SECRET, &len, error), *secret = NULL;

  if (!buffer)
    return NULL;
  bg_skip_byte_order_mark (buffer);
  buffer[strcspn (buffer, "\r\n")] = '\0';
  if (*g_strstrip (buffer) != '\0')
    secret = g_strdup (buffer);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("%s: nothing in its first line"),
                 g_str_equal (path, "-") ? _ ("standard input") : path);
  explicit_bzero (buffer, len);
  g_free (buffer);
  return secret;
}
