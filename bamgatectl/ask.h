/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Questions to a person at a terminal: on standard error, answered on standard input. Every one shows what Enter stands for,
 * takes “<” for the question before, judges the answer at once and asks again until it will do. */

#include <gio/gio.h>

typedef enum
{
  ASK_ANSWERED,
  ASK_BACK,
  ASK_QUIT, /* Ctrl-C, or the end of the input */
} AskResult;

/* What an answer comes to; NULL with an error: it will not do. */
typedef char *(*AskCheck) (const char *answer, GError **error);

/* Somebody is there to answer. */
gboolean ask_is_possible (void);
/* Something to read, as wide as the terminal; what does not fit goes on behind `indent` blanks. */
void ask_say (int indent, const char *text);

/* `choices` ends with NULL, `chosen` is the one that Enter stands for. */
AskResult ask_choice (const char *question, const char *const *choices, guint *chosen);
/* Enter keeps `*answer`; where that is NULL, `otherwise` says what that comes to, and where this is NULL too something has to be
 * said. */
AskResult ask_text (const char *prompt, const char *otherwise, AskCheck check, char **answer);
/* Nothing of it is shown; free with input_free_secret(). Enter keeps one that is there. */
AskResult ask_secret (const char *prompt, char **secret);
/* `yes` is what Enter stands for. */
AskResult ask_yes (const char *question, gboolean *yes);
