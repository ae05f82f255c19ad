/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The config.yml of ngrokd. It is read event by event: nothing is built of it, so that aliases, which are refused, and depth cannot make more
 * of a file than it is. */
#include "app/import-private.h"

#include <string.h>
#include <yaml.h>

enum
{
  DEPTH = 4 /* of mappings and lists; the program has three */
};

typedef struct
{
  BgImport *import;
  char *path[DEPTH]; /* the keys that lead here; NULL in a list */
  gboolean is_list[DEPTH];
  guint depth;
  guint documents;
} Reader;

typedef gboolean (*TakeFunc) (Reader *r, guint line, const char *key, const char *text,
                              const char *setting, GError **error);

typedef struct
{
  const char *path;
  TakeFunc take; /* NULL: not taken */
  const char *setting;
  BgSaying why; /* it is not taken */
} Key;

/* --- What it says --- */

static gboolean
take_setting (Reader *r, guint line, const char *key, const char *text, const char *setting,
              GError **error)
{
  return !*text || bg_import_add (r->import->settings, line, setting, text, error);
}

/* An item of a list that settings write with separators. */
static gboolean
take_override (Reader *r, guint line, const char *key, const char *text, const char *setting,
               GError **error)
{
  g_autofree char *item = g_strdup_printf ("%s %s", key, text);

  if (!*key || !*text || strpbrk (key, " \t\r\n;,") || strpbrk (text, " \t\r\n;,"))
    return bg_import_refuse (error, line, bg_words (BAD_IMPORT_OVERRIDE));
  bg_import_append (r->import->settings, line, setting, item);
  return TRUE;
}

/* Of several the first: here they are one expression. */
static gboolean
take_selector (Reader *r, guint line, const char *key, const char *text, const char *setting,
               GError **error)
{
  if (!bg_import_find (r->import->settings, setting))
    return take_setting (r, line, key, text, setting, error);
  bg_import_skip (r->import, line, "bound_endpoints.selectors", bg_words (SKIPPED_SELECTOR));
  return TRUE;
}

static gboolean
take_api_key (Reader *r, guint line, const char *key, const char *text, const char *setting,
              GError **error)
{
  if (r->import->api_key)
    return bg_import_refuse (error, line, bg_words (SAID_TWICE));
  r->import->api_key = *text ? g_strdup (text) : NULL;
  return TRUE;
}

#define OVERRIDES "net.overrides"
#define OTHERWISE BG_SAY_SKIPPED_OTHERWISE
#define REGISTERS BG_SAY_SKIPPED_REGISTRATION

static const Key keys[] = {
  { "api.key", take_api_key, NULL, BG_SAY_TEXT },
  { "api.url", take_setting, "ngrok.api-url", BG_SAY_TEXT },
  { "ingressEndpoint", take_setting, "ngrok.ingress", BG_SAY_TEXT },
  { "bound_endpoints.poll_interval", take_setting, "ngrok.poll-interval", BG_SAY_TEXT },
  { "bound_endpoints.selectors", take_selector, "ngrok.selector", BG_SAY_TEXT },
  { "net.listen_interface", take_setting, "publish.listen", BG_SAY_TEXT },
  { "net.start_port", take_setting, "publish.first-port", BG_SAY_TEXT },
  { "net.subnet", take_setting, "publish.subnet", BG_SAY_TEXT },
  { OVERRIDES, take_override, "publish.listen-each", BG_SAY_TEXT },
  { "net.interface_name", NULL, NULL, OTHERWISE },
  { "server.client_cert", NULL, NULL, REGISTERS },
  { "server.client_key", NULL, NULL, REGISTERS },
  { "server.log_level", NULL, NULL, OTHERWISE },
  { "server.socket_path", NULL, NULL, OTHERWISE },
};

static const Key *
find_key (const char *path)
{
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].path, path))
      return &keys[i];
  return NULL;
}

/* "net.subnet"; a list has the name of what it is the value of. Names below net.overrides may have dots themselves, and are `*own`. */
static char *
dup_path (Reader *r, const char **own)
{
  GString *path = g_string_new (NULL);

  *own = "";
  for (guint i = 0; i < r->depth && r->path[i]; i++)
    {
      if (g_str_equal (path->str, OVERRIDES))
        {
          *own = r->path[i];
          break;
        }
      g_string_append_printf (path, "%s%s", i > 0 ? "." : "", r->path[i]);
    }
  return g_string_free (path, FALSE);
}

/* Never says the value, which may be a secret. */
static gboolean
take_value (Reader *r, guint line, const char *text, GError **error)
{
  const char *own;
  g_autofree char *path = dup_path (r, &own);
  const Key *key = find_key (path);

  if (key && key->take)
    return key->take (r, line, own, text, key->setting, error);
  bg_import_skip (r->import, line, path,
                  key ? bg_words_make (key->why, (GVariant *[]){ NULL })
                      : bg_words (SKIPPED_UNKNOWN_NGROKD_KEY));
  return TRUE;
}

/* --- Where we are --- */

/* What was a value is complete. */
static void
end_value (Reader *r)
{
  if (r->depth > 0 && !r->is_list[r->depth - 1])
    g_clear_pointer (&r->path[r->depth - 1], g_free);
}

static gboolean
enter (Reader *r, guint line, gboolean is_list, GError **error)
{
  gboolean is_key = r->depth > 0 && !r->is_list[r->depth - 1] && !r->path[r->depth - 1];

  if (is_key || (r->depth == 0 && is_list))
    return bg_import_refuse (error, line, bg_words (BAD_IMPORT_YAML_SHAPE));
  if (r->depth == DEPTH)
    return bg_import_refuse (error, line, bg_words (BAD_IMPORT_YAML_DEPTH));
  r->is_list[r->depth] = is_list;
  r->depth++;
  return TRUE;
}

static gboolean
leave (Reader *r)
{
  r->depth--;
  g_clear_pointer (&r->path[r->depth], g_free);
  end_value (r);
  return TRUE;
}

static gboolean
on_scalar (Reader *r, guint line, const char *text, gsize length, GError **error)
{
  gboolean ok;

  if (strlen (text) != length || r->depth == 0)
    return bg_import_refuse (error, line, bg_words (BAD_IMPORT_YAML_SHAPE));
  if (!r->is_list[r->depth - 1] && !r->path[r->depth - 1])
    {
      r->path[r->depth - 1] = g_strdup (text);
      return TRUE;
    }
  ok = take_value (r, line, text, error);
  end_value (r);
  return ok;
}

static gboolean
on_event (Reader *r, const yaml_event_t *event, GError **error)
{
  guint line = (guint) event->start_mark.line + 1;

  switch (event->type)
    {
    case YAML_DOCUMENT_START_EVENT:
      return r->documents++ == 0
             || bg_import_refuse (error, line, bg_words (BAD_IMPORT_YAML_SECOND));
    case YAML_ALIAS_EVENT:
      return bg_import_refuse (error, line, bg_words (BAD_IMPORT_YAML_ALIAS));
    case YAML_MAPPING_START_EVENT:
      return enter (r, line, FALSE, error);
    case YAML_SEQUENCE_START_EVENT:
      return enter (r, line, TRUE, error);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
      return leave (r);
    case YAML_SCALAR_EVENT:
      return on_scalar (r, line, (const char *) event->data.scalar.value, event->data.scalar.length,
                        error);
    default:
      return TRUE;
    }
}

static gboolean
read_events (Reader *r, yaml_parser_t *parser, GError **error)
{
  gboolean ok = TRUE, is_end = FALSE;

  while (ok && !is_end)
    {
      yaml_event_t event;

      if (!yaml_parser_parse (parser, &event))
        return bg_import_refuse (
          error, (guint) parser->problem_mark.line + 1,
          bg_words (BAD_IMPORT_YAML, parser->problem ? parser->problem : ""));
      is_end = event.type == YAML_STREAM_END_EVENT;
      ok = on_event (r, &event, error);
      if (event.type == YAML_SCALAR_EVENT) /* it may be the API key */
        explicit_bzero (event.data.scalar.value, event.data.scalar.length);
      yaml_event_delete (&event);
    }
  return ok;
}

gboolean
bg_import_read_ngrokd (BgImport *self, const char *text, GError **error)
{
  Reader r = { .import = self };
  yaml_parser_t parser;
  gboolean ok;

  self->format = "ngrokd";
  self->is_of_endpoints = TRUE;
  if (!yaml_parser_initialize (&parser))
    return bg_import_refuse (error, 1, bg_words (BAD_IMPORT_YAML, ""));
  yaml_parser_set_encoding (&parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string (&parser, (const guchar *) text, strlen (text));
  ok = read_events (&r, &parser, error);
  yaml_parser_delete (&parser);
  for (guint i = 0; i < DEPTH; i++)
    g_free (r.path[i]);
  return ok;
}

/* The first line that says something is "---" or "word:", which neither of the other formats has. */
gboolean
bg_import_is_ngrokd (const char *text)
{
  const char *word;

  for (text += strspn (text, " \t\r\n"); *text == '#'; text += strspn (text, " \t\r\n"))
    text += strcspn (text, "\n");
  if (g_str_has_prefix (text, "---") || g_str_has_prefix (text, "%YAML"))
    return TRUE;
  for (word = text; g_ascii_isalnum (*word) || *word == '_'; word++)
    ;
  return word > text && word[strspn (word, " ")] == ':';
}
