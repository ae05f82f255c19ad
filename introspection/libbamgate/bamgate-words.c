/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-words.h"

#include "bamgate-error.h"
#include "bamgate-voice.h"
#include "common/words.h"

#include <libintl.h>
#include <string.h>

#define TUNNEL_INTERFACE "org.bamgate.Tunnel1"
#define EXPLAIN_TIMEOUT_MS 5000

/* --- The catalogue --- */

/* BAMGATE_LOCALEDIR: for programs that run out of the folder in which they were built. */
static const char *
catalogue (void)
{
  static gsize bound;

  if (g_once_init_enter (&bound))
    {
      const char *directory = secure_getenv ("BAMGATE_LOCALEDIR");

      bindtextdomain (GETTEXT_PACKAGE, directory ? directory : BG_LOCALEDIR);
      bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
      g_once_init_leave (&bound, 1);
    }
  return GETTEXT_PACKAGE;
}

const char *
bamgate_gettext (const char *text)
{
  return dgettext (catalogue (), text);
}

/* Layouts such as "%s: %s" are not in it. */
static const char *
find (const char *one, const char *many, gulong n)
{
  return many ? dngettext (catalogue (), one, many, n) : bamgate_gettext (one);
}

/* --- Whom it speaks to --- */

G_STATIC_ASSERT ((int) BAMGATE_VOICE_WINDOW == (int) BG_VOICE_WINDOW);

static int voice; /* BgVoice; any thread */

/**
 * bamgate_set_voice:
 * @speaker: where this program is read
 *
 * Settles for the whole program how reasons and errors speak of what to do next. It begins with
 * @BAMGATE_VOICE_TERMINAL. To be called before the first client is made: what was put into words already stays.
 *
 * Since: 0.1
 */
void
bamgate_set_voice (BamgateVoice speaker)
{
  g_atomic_int_set (&voice, (int) speaker);
}

static char *
render (GVariant *reason)
{
  return bg_words_render (reason, (BgVoice) g_atomic_int_get (&voice), find);
}

/* --- Properties and answers --- */

/* NULL where one of them is not known, or there is none. */
static char *
render_all (GVariant *reasons)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (g_variant_n_children (reasons) == 0)
    return NULL;
  for (gsize i = 0; i < g_variant_n_children (reasons); i++)
    {
      g_autoptr (GVariant) reason = g_variant_get_child_value (reasons, i);
      g_autofree char *words = render (reason);

      if (!words)
        return NULL;
      /* TRANSLATORS: between two reasons of one state */
      g_string_append_printf (text, "%s%s", i > 0 ? _ ("; ") : "", words);
    }
  return g_strdup (text->str);
}

GVariant *
bamgate_words_of_property (GVariant *dict, const char *bus_name)
{
  g_autoptr (GVariant) reasons = NULL;
  g_autofree char *text = NULL;

  if (!g_str_equal (bus_name, "StateReason"))
    return NULL;
  reasons = g_variant_lookup_value (dict, "Reasons", G_VARIANT_TYPE ("a(sav)"));
  text = reasons ? render_all (reasons) : NULL;
  return text ? g_variant_ref_sink (g_variant_new_string (text)) : NULL;
}

/* `row` is what and why, of strings, behind what else there is; the last string is replaced. */
static GVariant *
put_why (GVariant *row, const char *why)
{
  gsize n = g_variant_n_children (row);
  g_autofree GVariant **members = g_new0 (GVariant *, n);
  GVariant *put;

  for (gsize i = 0; i + 1 < n; i++)
    members[i] = g_variant_get_child_value (row, i);
  members[n - 1] = g_variant_new_string (why);
  put = g_variant_new_tuple (members, n);
  for (gsize i = 0; i + 1 < n; i++)
    g_variant_unref (members[i]);
  return put;
}

/* Floating; NULL where the two lists do not fit. */
static GVariant *
put_reasons (GVariant *rows, GVariant *reasons)
{
  GVariantBuilder builder;

  if (g_variant_n_children (rows) != g_variant_n_children (reasons))
    return NULL;
  g_variant_builder_init (&builder, g_variant_get_type (rows));
  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i),
                           reason = g_variant_get_child_value (reasons, i);
      g_autofree char *why = render (reason);

      g_variant_builder_add_value (&builder, why ? put_why (row, why) : row);
    }
  return g_variant_builder_end (&builder);
}

static void
put_list (GVariantDict *dict, const char *list, const char *type, const char *reasons)
{
  g_autoptr (GVariant) rows = g_variant_dict_lookup_value (dict, list, (const GVariantType *) type);
  g_autoptr (GVariant)
    codes = g_variant_dict_lookup_value (dict, reasons, G_VARIANT_TYPE ("a(sav)"));
  GVariant *put = rows && codes ? put_reasons (rows, codes) : NULL;

  if (put)
    g_variant_dict_insert_value (dict, list, put);
  g_variant_dict_remove (dict, reasons);
}

/* The text under `key` becomes what the code beside it says. */
static void
put_word (GVariantDict *dict, const char *key, const char *reason_key)
{
  g_autoptr (GVariant) reason = g_variant_dict_lookup_value (dict, reason_key, BG_WORDS_TYPE);
  g_autofree char *words = reason ? render (reason) : NULL;

  if (words)
    g_variant_dict_insert (dict, key, "s", words);
  g_variant_dict_remove (dict, reason_key);
}

static GVariant *
words_of_finding (GVariant *finding)
{
  g_auto (GVariantDict) dict = { 0 };

  g_variant_dict_init (&dict, finding);
  put_word (&dict, "found", "found-reason");
  put_word (&dict, "means", "means-reason");
  put_word (&dict, "deed", "deed-reason");
  put_word (&dict, "reason", "reason-code");
  return g_variant_dict_end (&dict);
}

/* Takes `list`. */
static GVariant *
words_of_list (GVariant *list)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; i < g_variant_n_children (list); i++)
    {
      g_autoptr (GVariant) item = g_variant_get_child_value (list, i);

      g_variant_builder_add_value (&builder, words_of_finding (item));
    }
  g_variant_unref (list);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

GVariant *
bamgate_words_of_answer (GVariant *answer)
{
  g_auto (GVariantDict) dict = { 0 };

  if (answer && g_variant_is_of_type (answer, G_VARIANT_TYPE ("aa{sv}")))
    return words_of_list (answer);
  if (!answer || !g_variant_is_of_type (answer, G_VARIANT_TYPE_VARDICT))
    return answer;
  g_variant_dict_init (&dict, answer);
  put_list (&dict, "refused-routes", "a(ss)", "refused-reasons");
  put_list (&dict, "skipped", "a(uss)", "skipped-reasons");
  put_list (&dict, "conditions", "a(sbxs)", "condition-reasons");
  g_variant_unref (answer);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* --- Errors --- */

gboolean
bamgate_words_may_explain (const GError *error)
{
  return error->domain == BAMGATE_ERROR
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
}

/* `explained` NULL: nothing is known. */
static void
put_into_words (GError *error, GVariant *explained)
{
  g_autoptr (GVariant) reason = NULL;
  char *text;

  if (!explained)
    return;
  reason = g_variant_get_child_value (explained, 0);
  text = render (reason);
  if (!text)
    return;
  g_free (error->message);
  error->message = text;
}

static void
on_explained (GObject *connection, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GVariant)
    explained = g_dbus_connection_call_finish (G_DBUS_CONNECTION (connection), result, NULL);
  GError *error = g_task_get_task_data (task);

  put_into_words (error, explained);
  g_task_return_error (task, g_error_copy (error));
}

void
bamgate_words_explain (const BamgateTarget *target, GError *error, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, NULL, callback, data);

  g_task_set_source_tag (task, bamgate_words_explain);
  g_task_set_task_data (task, error, (GDestroyNotify) g_error_free);
  g_dbus_connection_call (target->connection, BAMGATE_BUS_NAME, BAMGATE_BUS_PATH, TUNNEL_INTERFACE,
                          "ExplainError", g_variant_new ("(s)", error->message),
                          G_VARIANT_TYPE ("((sav))"), G_DBUS_CALL_FLAGS_NO_AUTO_START,
                          EXPLAIN_TIMEOUT_MS, cancellable, on_explained, task);
}

GError *
bamgate_words_explain_finish (GAsyncResult *result)
{
  GError *error = NULL;

  g_task_propagate_boolean (G_TASK (result), &error);
  return error;
}

GError *
bamgate_words_explain_sync (const BamgateTarget *target, GError *error, GCancellable *cancellable)
{
  g_autoptr (GVariant) explained = g_dbus_connection_call_sync (
    target->connection, BAMGATE_BUS_NAME, BAMGATE_BUS_PATH, TUNNEL_INTERFACE, "ExplainError",
    g_variant_new ("(s)", error->message), G_VARIANT_TYPE ("((sav))"),
    G_DBUS_CALL_FLAGS_NO_AUTO_START, EXPLAIN_TIMEOUT_MS, cancellable, NULL);

  put_into_words (error, explained);
  return error;
}
