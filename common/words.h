/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the daemon says to people: a code and arguments, which is what goes over the bus, and the English text made of them, which
 * is what logs say. libbamgate makes the same text in the person's language. The messages stand in words-table.h; a new one is
 * a row there. Immutable, counted; any thread. */

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
#define BG_SAY(id, n, text) BG_SAY_##id,
#define BG_SAY_N(id, n, ...) BG_SAY_##id,
#define BG_SAY_TWICE(id, n, ...) BG_SAY_##id,
#include "common/words-table.h"
#undef BG_SAY
#undef BG_SAY_N
#undef BG_SAY_TWICE
  BG_SAYINGS
} BgSaying;

/* How many arguments each has. */
enum
{
#define BG_SAY(id, n, text) BG_ARGUMENTS_##id = (n),
#define BG_SAY_N(id, n, ...) BG_ARGUMENTS_##id = (n),
#define BG_SAY_TWICE(id, n, ...) BG_ARGUMENTS_##id = (n),
#include "common/words-table.h"
#undef BG_SAY
#undef BG_SAY_N
#undef BG_SAY_TWICE
};

/* Where it is read: whoever sits at a terminal is told what to type there, whoever looks at a window what to press in it. */
typedef enum
{
  BG_VOICE_TERMINAL,
  BG_VOICE_WINDOW,
} BgVoice;

typedef struct
{
  char *text;     /* English, for a terminal */
  GVariant *wire; /* BG_WORDS_TYPE */
} BgWords;

/* Code and arguments. An argument is s (text as it is), t (a number; the first one chooses the plural form), i (an errno),
 * x (a point in time, CLOCK_REALTIME in microseconds) or (sav) (another message). */
#define BG_WORDS_TYPE (G_VARIANT_TYPE ("(sav)"))

/* bg_words (HUB_UNRESOLVED, host): a message of the table. Arguments are texts (NULL: ""), numbers, BgWords *, const GError * or what
 * bg_arg_…() makes. A wrong number of them does not compile. */
#define bg_words(id, ...)                                                                          \
  (G_STATIC_ASSERT_EXPR (BG_COUNT (__VA_ARGS__) == (int) BG_ARGUMENTS_##id),                       \
   bg_words_make (BG_SAY_##id, (GVariant *[]){                                                     \
                                 G_PASTE (BG_ARGS_, BG_COUNT (__VA_ARGS__)) (__VA_ARGS__) NULL }))

/* Of texts from below, which have no code of ours: shown as they are. */
BgWords *bg_words_new_text (const char *text);
/* Takes the arguments, floating or not, as many as the message has, ended by NULL. */
BgWords *bg_words_make (BgSaying saying, GVariant **arguments);
BgWords *bg_words_ref (BgWords *words);
void bg_words_unref (BgWords *words);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgWords, bg_words_unref)
/* Both may be NULL. */
gboolean bg_words_equal (const BgWords *a, const BgWords *b);
/* Whether it is this message, whatever its arguments; FALSE for NULL. */
gboolean bg_words_is (const BgWords *words, BgSaying saying);
/* The text, "" for NULL. */
const char *bg_words_get_text (const BgWords *words);
/* Several messages for one thing: an array of BgWords; NULL is an empty one. */
GPtrArray *bg_words_list_new (void);
/* Of one message, which is taken; NULL for NULL. */
GPtrArray *bg_words_list_take (BgWords *take);
gboolean bg_words_list_equal (const GPtrArray *a, const GPtrArray *b);
/* Joined with "; ", "" for none. Free with g_free(). */
char *bg_words_list_get_text (const GPtrArray *list);
/* a(sav), floating. */
GVariant *bg_words_list_to_variant (const GPtrArray *list);
/* Puts `take` into `*field`, whose old value goes. */
void bg_words_take (BgWords **field, BgWords *take);

GVariant *bg_arg_errno (int code);
GVariant *bg_arg_time (gint64 realtime_us);

/* A message of the bus as text. `find` gives the template in another language, as ngettext() does ("many" is NULL where there is
 * one form only); NULL: English. NULL where the code is not known. Free with g_free(). */
typedef const char *(*BgWordsFind) (const char *one, const char *many, gulong n);
char *bg_words_render (GVariant *wire, BgVoice voice, BgWordsFind find);
/* "hub-unresolved" */
char *bg_words_dup_code (BgSaying saying);
/* For tests: both forms, `many` NULL where there is one. */
const char *bg_words_get_template (BgSaying saying, BgVoice voice, const char **many,
                                   guint *n_arguments);

/* --- How bg_words() reads its arguments --- */

GVariant *bg_arg_text (const char *text);
GVariant *bg_arg_words (BgWords *words);
GVariant *bg_arg_error (const GError *error);
GVariant *bg_arg_number (guint64 number);
GVariant *bg_arg_as_is (GVariant *argument);

#define BG_COUNT(...) BG_COUNT_ (0, ##__VA_ARGS__, 6, 5, 4, 3, 2, 1, 0)
#define BG_COUNT_(zero, a, b, c, d, e, f, n, ...) n
#define BG_ARG(x)                                                                                  \
  _Generic ((x), char *: bg_arg_text, const char *: bg_arg_text, BgWords *: bg_arg_words, GError *: bg_arg_error,      \
            const GError *: bg_arg_error, GVariant *: bg_arg_as_is, default: bg_arg_number) (x)
#define BG_ARGS_0()
#define BG_ARGS_1(a) BG_ARG (a),
#define BG_ARGS_2(a, ...) BG_ARG (a), BG_ARGS_1 (__VA_ARGS__)
#define BG_ARGS_3(a, ...) BG_ARG (a), BG_ARGS_2 (__VA_ARGS__)
#define BG_ARGS_4(a, ...) BG_ARG (a), BG_ARGS_3 (__VA_ARGS__)
#define BG_ARGS_5(a, ...) BG_ARG (a), BG_ARGS_4 (__VA_ARGS__)
#define BG_ARGS_6(a, ...) BG_ARG (a), BG_ARGS_5 (__VA_ARGS__)

G_END_DECLS
