/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/words.h"

#include <string.h>

#define MAX_DEPTH 8 /* of messages within messages */
#define NEAR_US (12 * G_TIME_SPAN_HOUR)

#define N_(text) text
#define N_N(one, many) one, many

static const struct
{
  const char *id; /* as in C; hub-lost is HUB_LOST */
  guint n_arguments;
  const char *one, *many;
  const char *pressed; /* in a window; NULL: as anywhere */
} table[BG_SAYINGS] = {
#define BG_SAY(id, n, text) { #id, n, text, NULL, NULL },
#define BG_SAY_N(id, n, ...) { #id, n, __VA_ARGS__, NULL },
#define BG_SAY_TWICE(id, n, typed, pressed) { #id, n, typed, NULL, pressed },
#include "common/words-table.h"
#undef BG_SAY
#undef BG_SAY_N
#undef BG_SAY_TWICE
};

/* Who reads it. */
typedef struct
{
  BgVoice voice;
  BgWordsFind find;
} Reader;

/* --- Codes --- */

static char
code_char (char c)
{
  return c == '_' ? '-' : g_ascii_tolower (c);
}

static gboolean
is_code (const char *id, const char *code)
{
  for (; *id && code_char (*id) == *code; id++)
    code++;
  return *id == '\0' && *code == '\0';
}

static BgSaying
find_saying (const char *code)
{
  guint i = 0;

  while (i < BG_SAYINGS && !is_code (table[i].id, code))
    i++;
  return (BgSaying) i;
}

char *
bg_words_dup_code (BgSaying saying)
{
  char *code = g_strdup (table[saying].id);

  for (char *p = code; *p; p++)
    *p = code_char (*p);
  return code;
}

const char *
bg_words_get_template (BgSaying saying, BgVoice voice, const char **many, guint *n_arguments)
{
  gboolean is_pressed = voice == BG_VOICE_WINDOW && table[saying].pressed;

  *many = table[saying].many;
  *n_arguments = table[saying].n_arguments;
  return is_pressed ? table[saying].pressed : table[saying].one;
}

/* --- From wire to text --- */

/* Near points in time are told by the clock, others by the day. */
static char *
render_time (gint64 realtime_us)
{
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_local (realtime_us / G_USEC_PER_SEC);
  gboolean is_near = ABS (g_get_real_time () - realtime_us) < NEAR_US;

  return when ? g_date_time_format (when, is_near ? "%H:%M:%S" : "%F") : g_strdup ("?");
}

static char *render (GVariant *wire, const Reader *reader, guint depth);

static char *
render_inner (GVariant *wire, const Reader *reader, guint depth)
{
  char *text = depth < MAX_DEPTH ? render (wire, reader, depth + 1) : NULL;

  return text ? text : g_strdup ("?");
}

static char *
render_argument (GVariant *argument, const Reader *reader, guint depth)
{
  if (g_variant_is_of_type (argument, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (argument, NULL);
  if (g_variant_is_of_type (argument, G_VARIANT_TYPE_UINT64))
    return g_strdup_printf ("%" G_GUINT64_FORMAT, g_variant_get_uint64 (argument));
  if (g_variant_is_of_type (argument, G_VARIANT_TYPE_INT32))
    return g_strdup (g_strerror (g_variant_get_int32 (argument)));
  if (g_variant_is_of_type (argument, G_VARIANT_TYPE_INT64))
    return render_time (g_variant_get_int64 (argument));
  if (g_variant_is_of_type (argument, BG_WORDS_TYPE))
    return render_inner (argument, reader, depth);
  return g_variant_print (argument, FALSE);
}

static char **
render_arguments (GVariant *arguments, const Reader *reader, guint depth)
{
  gsize n = g_variant_n_children (arguments);
  char **texts = g_new0 (char *, n + 1);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) boxed = g_variant_get_child_value (arguments, i);
      g_autoptr (GVariant) argument = g_variant_get_variant (boxed);

      texts[i] = render_argument (argument, reader, depth);
    }
  return texts;
}

/* The number that decides about the plural. */
static gulong
counted (GVariant *arguments)
{
  for (gsize i = 0; i < g_variant_n_children (arguments); i++)
    {
      g_autoptr (GVariant) boxed = g_variant_get_child_value (arguments, i);
      g_autoptr (GVariant) argument = g_variant_get_variant (boxed);

      if (g_variant_is_of_type (argument, G_VARIANT_TYPE_UINT64))
        return (gulong) g_variant_get_uint64 (argument);
    }
  return 0;
}

/* Reads "%s", "%2$s" or "%%" at `p`, which is behind its '%'. What is none of them stands as it is: a translation never
 * makes anybody read what is not there. */
static const char *
fill_one (GString *out, const char *p, char **texts, guint *next)
{
  guint n = g_strv_length (texts), index;

  if (*p == '%')
    {
      g_string_append_c (out, '%');
      return p + 1;
    }
  if (g_ascii_isdigit (p[0]) && p[1] == '$' && p[2] == 's')
    {
      index = (guint) (p[0] - '1');
      p += 3;
    }
  else if (*p == 's')
    {
      index = (*next)++;
      p++;
    }
  else
    {
      g_string_append_c (out, '%');
      return p;
    }
  if (index < n)
    g_string_append (out, texts[index]);
  return p;
}

static char *
fill_template (const char *template, char **texts)
{
  GString *out = g_string_new (NULL);
  guint next = 0;

  for (const char *p = template; *p;)
    if (*p == '%')
      p = fill_one (out, p + 1, texts, &next);
    else
      g_string_append_c (out, *p++);
  return g_string_free (out, FALSE);
}

static const char *
find_english (const char *one, const char *many, gulong n)
{
  return many && n != 1 ? many : one;
}

static char *
render (GVariant *wire, const Reader *reader, guint depth)
{
  g_autoptr (GVariant) arguments = NULL;
  g_auto (GStrv) texts = NULL;
  const char *code, *one, *many;
  BgSaying saying;
  guint n;

  g_variant_get (wire, "(&s@av)", &code, &arguments);
  saying = find_saying (code);
  if (saying == BG_SAYINGS || g_variant_n_children (arguments) != table[saying].n_arguments)
    return NULL;
  texts = render_arguments (arguments, reader, depth);
  one = bg_words_get_template (saying, reader->voice, &many, &n);
  return fill_template (reader->find (one, many, counted (arguments)), texts);
}

char *
bg_words_render (GVariant *wire, BgVoice voice, BgWordsFind find)
{
  const Reader reader = { voice, find ? find : find_english };

  g_return_val_if_fail (g_variant_is_of_type (wire, BG_WORDS_TYPE), NULL);
  return render (wire, &reader, 0);
}

/* --- Making --- */

BgWords *
bg_words_make (BgSaying saying, GVariant **arguments)
{
  g_autofree char *code = bg_words_dup_code (saying);
  GVariantBuilder builder;
  BgWords *self = g_atomic_rc_box_new0 (BgWords);

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (; *arguments; arguments++)
    {
      g_autoptr (GVariant) argument = g_variant_take_ref (*arguments);

      g_variant_builder_add (&builder, "v", argument);
    }
  self->wire = g_variant_ref_sink (g_variant_new ("(sav)", code, &builder));
  self->text = bg_words_render (self->wire, BG_VOICE_TERMINAL, NULL);
  if (!self->text) /* more arguments than the message has */
    self->text = g_steal_pointer (&code);
  return self;
}

BgWords *
bg_words_new_text (const char *text)
{
  return bg_words (TEXT, text);
}

static void
words_clear (gpointer data)
{
  BgWords *self = data;

  g_free (self->text);
  g_variant_unref (self->wire);
}

BgWords *
bg_words_ref (BgWords *words)
{
  return words ? g_atomic_rc_box_acquire (words) : NULL;
}

void
bg_words_unref (BgWords *words)
{
  if (words)
    g_atomic_rc_box_release_full (words, words_clear);
}

gboolean
bg_words_is (const BgWords *words, BgSaying saying)
{
  g_autofree char *code = bg_words_dup_code (saying);
  const char *said = "";

  if (words)
    g_variant_get_child (words->wire, 0, "&s", &said);
  return g_str_equal (said, code);
}

gboolean
bg_words_equal (const BgWords *a, const BgWords *b)
{
  return a == b || (a && b && g_variant_equal (a->wire, b->wire));
}

const char *
bg_words_get_text (const BgWords *words)
{
  return words ? words->text : "";
}

void
bg_words_take (BgWords **field, BgWords *take)
{
  BgWords *old = *field;

  *field = take;
  bg_words_unref (old);
}

/* --- Lists --- */

static void
unref_words (gpointer words)
{
  bg_words_unref (words);
}

GPtrArray *
bg_words_list_new (void)
{
  return g_ptr_array_new_with_free_func (unref_words);
}

GPtrArray *
bg_words_list_take (BgWords *take)
{
  GPtrArray *list = take ? bg_words_list_new () : NULL;

  if (list)
    g_ptr_array_add (list, take);
  return list;
}

gboolean
bg_words_list_equal (const GPtrArray *a, const GPtrArray *b)
{
  guint n = a ? a->len : 0;

  if (n != (b ? b->len : 0))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!bg_words_equal (a->pdata[i], b->pdata[i]))
      return FALSE;
  return TRUE;
}

char *
bg_words_list_get_text (const GPtrArray *list)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; list && i < list->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "; " : "", bg_words_get_text (list->pdata[i]));
  return g_string_free (text, FALSE);
}

GVariant *
bg_words_list_to_variant (const GPtrArray *list)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sav)"));
  for (guint i = 0; list && i < list->len; i++)
    g_variant_builder_add_value (&builder, ((BgWords *) list->pdata[i])->wire);
  return g_variant_builder_end (&builder);
}

/* --- Arguments --- */

GVariant *
bg_arg_text (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text ? text : "", -1);

  return g_variant_new_string (valid);
}

GVariant *
bg_arg_words (BgWords *words)
{
  return words ? g_variant_ref (words->wire) : bg_arg_text (NULL);
}

GVariant *
bg_arg_number (guint64 number)
{
  return g_variant_new_uint64 (number);
}

GVariant *
bg_arg_errno (int code)
{
  return g_variant_new_int32 (code);
}

GVariant *
bg_arg_time (gint64 realtime_us)
{
  return g_variant_new_int64 (realtime_us);
}

GVariant *
bg_arg_as_is (GVariant *argument)
{
  return argument;
}
