/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/ask.h"
#include "bamgatectl/input.h"
#include "bamgatectl/terminal.h"
#include "bamgatectl/text-width.h"

#include "common/printable.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum
{
  MAX_LINE = 4096 /* what a terminal gives at once */
};

gboolean
ask_is_possible (void)
{
  return isatty (STDIN_FILENO) && isatty (STDERR_FILENO) && tcgetpgrp (STDIN_FILENO) == getpgrp ();
}

void
ask_say (int indent, const char *text)
{
  g_autofree char *wrapped = text_wrap (text, terminal_columns (STDERR_FILENO), indent);

  g_printerr ("%s\n", wrapped);
}

/* --- A line --- */

static volatile sig_atomic_t interrupted;

static void
on_signal (int number)
{
  interrupted = 1;
}

/* Reads until the end of the line, which is not kept; FALSE at the end of the input, for a line that is too long, and for
 * Ctrl-C. */
static gboolean
read_bytes (char line[MAX_LINE])
{
  gsize len = 0;

  while (len + 1 < MAX_LINE)
    {
      gssize n = read (STDIN_FILENO, line + len, 1);

      if (n < 0 && errno == EINTR && !interrupted)
        continue;
      if (n <= 0)
        return FALSE;
      if (line[len] == '\n')
        {
          line[len] = '\0';
          return TRUE;
        }
      len++;
    }
  return FALSE;
}

/* Ctrl-C ends the reading, and neither it nor Ctrl-Z leaves the terminal without echo. */
static gboolean
read_line (char line[MAX_LINE], gboolean echo)
{
  struct sigaction caught = { .sa_handler = on_signal }, ignored = { .sa_handler = SIG_IGN },
                   before, before_stop;
  struct termios shown, hidden;
  gboolean ok;

  interrupted = 0;
  sigaction (SIGINT, &caught, &before);
  tcgetattr (STDIN_FILENO, &shown);
  if (!echo)
    {
      sigaction (SIGTSTP, &ignored, &before_stop);
      hidden = shown;
      hidden.c_lflag &= ~(tcflag_t) ECHO;
      tcsetattr (STDIN_FILENO, TCSAFLUSH, &hidden);
    }
  ok = read_bytes (line);
  if (!echo)
    {
      tcsetattr (STDIN_FILENO, TCSADRAIN, &shown);
      sigaction (SIGTSTP, &before_stop, NULL);
    }
  sigaction (SIGINT, &before, NULL);
  if (!ok || !echo)
    g_printerr ("\n");
  return ok;
}

static gboolean
is_clean (const char *text)
{
  g_autofree char *shown = bg_printable (text);

  return g_str_equal (shown, text);
}

/* ASK_ANSWERED: what was typed stands in `line`, without the blanks around it. */
static AskResult
take_line (const char *prompt, gboolean echo, char line[MAX_LINE])
{
  for (;;)
    {
      g_printerr ("%s ", prompt);
      if (!read_line (line, echo))
        return ASK_QUIT;
      g_strstrip (line);
      if (g_str_equal (line, "<"))
        return ASK_BACK;
      if (is_clean (line))
        return ASK_ANSWERED;
      ask_say (2, _ ("  There are characters in it that cannot be seen: once more, please."));
    }
}

/* --- Questions --- */

static gboolean
is_number (const char *line, guint most, guint *number)
{
  guint64 value = 0;

  if (!g_ascii_string_to_unsigned (line, 10, 1, most, &value, NULL))
    return FALSE;
  *number = (guint) value;
  return TRUE;
}

AskResult
ask_choice (const char *question, const char *const *choices, guint *chosen)
{
  const guint n = g_strv_length ((char **) choices);
  g_autofree char *prompt = g_strdup_printf (_ ("Number [%u]:"), *chosen + 1),
                  *wrong = g_strdup_printf (_ ("  Say a number from 1 to %u."), n);
  char line[MAX_LINE];

  ask_say (0, question);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("  %u  %s", i + 1, choices[i]);

      ask_say (5, text);
    }
  for (;;)
    {
      AskResult result = take_line (prompt, TRUE, line);
      guint number = *chosen + 1;

      if (result != ASK_ANSWERED)
        return result;
      if (!*line || is_number (line, n, &number))
        {
          *chosen = number - 1;
          return ASK_ANSWERED;
        }
      ask_say (2, wrong);
    }
}

static char *
prompt_of (const char *prompt, const char *otherwise, const char *answer)
{
  if (answer && otherwise)
    return g_strdup_printf (_ ("%s [%s; - for: %s]:"), prompt, answer, otherwise);
  if (answer || otherwise)
    return g_strdup_printf ("%s [%s]:", prompt, answer ? answer : otherwise);
  return g_strdup_printf ("%s:", prompt);
}

/* FALSE: it will not do, which has been said. */
static gboolean
take_answer (const char *line, AskCheck check, char **answer)
{
  g_autoptr (GError) error = NULL;
  char *checked = check ? check (line, &error) : g_strdup (line);
  g_autofree char *told = error ? g_strdup_printf ("  %s", error->message) : NULL;

  if (!checked)
    {
      g_autofree char *shown = bg_printable (told);

      ask_say (2, shown);
      return FALSE;
    }
  g_free (*answer);
  *answer = checked;
  return TRUE;
}

AskResult
ask_text (const char *prompt, const char *otherwise, AskCheck check, char **answer)
{
  g_autofree char *shown = prompt_of (prompt, otherwise, *answer);
  char line[MAX_LINE];

  for (;;)
    {
      AskResult result = take_line (shown, TRUE, line);

      if (result != ASK_ANSWERED)
        return result;
      if (!*line && (*answer || otherwise))
        return ASK_ANSWERED;
      if (!*line)
        ask_say (2, _ ("  Something has to be said here."));
      else if (otherwise && g_str_equal (line, "-"))
        {
          g_clear_pointer (answer, g_free);
          return ASK_ANSWERED;
        }
      else if (take_answer (line, check, answer))
        return ASK_ANSWERED;
    }
}

AskResult
ask_secret (const char *prompt, char **secret)
{
  g_autofree char *shown = prompt_of (prompt, NULL, *secret ? _ ("as before") : NULL);
  char line[MAX_LINE];
  AskResult result;

  do
    result = take_line (shown, FALSE, line);
  while (result == ASK_ANSWERED && !*line && !*secret);
  if (result == ASK_ANSWERED && *line)
    {
      input_free_secret (*secret);
      *secret = g_strdup (line);
    }
  explicit_bzero (line, sizeof line);
  return result;
}

AskResult
ask_yes (const char *question, gboolean *yes)
{
  g_autofree char *prompt = g_strdup_printf ("%s %s", question, *yes ? _ ("[Y/n]") : _ ("[y/N]"));
  char line[MAX_LINE];

  for (;;)
    {
      AskResult result = take_line (prompt, TRUE, line);
      int answer;

      if (result != ASK_ANSWERED || !*line)
        return result;
      answer = input_is_yes (line) ? 1 : input_is_no (line) ? 0 : -1;
      if (answer >= 0)
        {
          *yes = answer;
          return ASK_ANSWERED;
        }
      ask_say (2, _ ("  Say yes or no."));
    }
}
