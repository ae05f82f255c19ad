/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/log.h"
#include "common/device-name.h"
#include "common/error.h"
#include "common/printable.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const topic_names[BG_TOPICS] = {
  [BG_TOPIC_APP] = "app",   [BG_TOPIC_CONFIG] = "config", [BG_TOPIC_SIGNALING] = "signaling",
  [BG_TOPIC_PEER] = "peer", [BG_TOPIC_ICE] = "ice",       [BG_TOPIC_DATA] = "data",
  [BG_TOPIC_NET] = "net",   [BG_TOPIC_DBUS] = "dbus",     [BG_TOPIC_UAPI] = "uapi",
  [BG_TOPIC_HUB] = "hub",
};

static const struct
{
  const char *name;
  GLogLevelFlags level;
} level_names[] = {
  { "debug", G_LOG_LEVEL_DEBUG },       { "info", G_LOG_LEVEL_INFO },
  { "message", G_LOG_LEVEL_MESSAGE },   { "warning", G_LOG_LEVEL_WARNING },
  { "critical", G_LOG_LEVEL_CRITICAL },
};

#define UP_TO_MESSAGE                                                                              \
  (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE)
#define UP_TO_INFO (UP_TO_MESSAGE | G_LOG_LEVEL_INFO)

GLogLevelFlags bg_log_levels[BG_TOPICS] = {
  UP_TO_INFO, UP_TO_INFO, UP_TO_INFO, UP_TO_INFO, UP_TO_INFO,
  UP_TO_INFO, UP_TO_INFO, UP_TO_INFO, UP_TO_INFO, UP_TO_INFO,
};

static const char *identifier = "bamgate";

static gboolean
parse_level (const char *word, GLogLevelFlags *mask)
{
  for (gsize i = 0; i < G_N_ELEMENTS (level_names); i++)
    if (g_str_equal (word, level_names[i].name))
      {
        /* GLib's levels grow with verbosity: everything up to and with this one. */
        *mask = ((level_names[i].level << 1) - 1) & G_LOG_LEVEL_MASK;
        return TRUE;
      }
  return FALSE;
}

static int
find_topic (const char *name, gsize len)
{
  for (int i = 0; i < BG_TOPICS; i++)
    if (strlen (topic_names[i]) == len && strncmp (topic_names[i], name, len) == 0)
      return i;
  return -1;
}

gboolean
bg_log_configure (const char *spec, GError **error)
{
  g_auto (GStrv) words = g_strsplit_set (spec, ", ", -1);
  GLogLevelFlags wanted[BG_TOPICS];

  memcpy (wanted, bg_log_levels, sizeof wanted);
  for (char **word = words; *word; word++)
    {
      const char *equals = strchr (*word, '=');
      GLogLevelFlags mask;
      int topic = equals ? find_topic (*word, (gsize) (equals - *word)) : 0;

      if (!**word)
        continue;
      if (topic < 0 || !parse_level (equals ? equals + 1 : *word, &mask))
        {
          bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_LOG_LEVEL, *word);
          return FALSE;
        }
      if (equals)
        wanted[topic] = mask;
      else
        for (int i = 0; i < BG_TOPICS; i++)
          wanted[i] = mask;
    }
  memcpy (bg_log_levels, wanted, sizeof wanted);
  return TRUE;
}

/* What people read: the peer stands in it, and nothing of a stranger's ends the line or moves a cursor. */
static char *
compose (const char *peer, const char *format, va_list args)
{
  g_autofree char *text = g_strdup_vprintf (format, args), *shown = bg_printable (text),
                  *name = peer ? bg_device_name_quote_for_shell (peer) : NULL;

  return peer ? g_strdup_printf ("peer %s: %s", name, shown) : g_steal_pointer (&shown);
}

void
bg_log_write (BgTopic topic, GLogLevelFlags level, const char *peer, const char *file,
              const char *line, const char *func, const char *format, ...)
{
  static const char *const priorities[] = { "3", "4", "4", "5", "6", "7" };
  g_autofree char *message = NULL;
  GLogField fields[9];
  gsize n = 0;
  va_list args;
  const char *priority = priorities[CLAMP (g_bit_nth_lsf (level, -1) - 2, 0, 5)];

  va_start (args, format);
  message = compose (peer, format, args);
  va_end (args);

  fields[n++] = (GLogField){ "MESSAGE", message, -1 };
  fields[n++] = (GLogField){ "PRIORITY", priority, -1 };
  fields[n++] = (GLogField){ "SYSLOG_IDENTIFIER", identifier, -1 };
  fields[n++] = (GLogField){ "GLIB_DOMAIN", "bamgate", -1 };
  fields[n++] = (GLogField){ "BG_TOPIC", topic_names[topic], -1 };
  fields[n++] = (GLogField){ "CODE_FILE", file, -1 };
  fields[n++] = (GLogField){ "CODE_LINE", line, -1 };
  fields[n++] = (GLogField){ "CODE_FUNC", func, -1 };
  if (peer)
    fields[n++] = (GLogField){ "BG_PEER", peer, -1 };
  g_log_structured_array (level, fields, n);
}

static const char *
field (const GLogField *fields, gsize n, const char *key)
{
  for (gsize i = 0; i < n; i++)
    if (fields[i].length < 0 && g_str_equal (fields[i].key, key))
      return fields[i].value;
  return NULL;
}

static const char *
level_word (GLogLevelFlags level)
{
  for (gsize i = 0; i < G_N_ELEMENTS (level_names); i++)
    if (level & level_names[i].level)
      return level_names[i].name;
  return "error";
}

static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n, gpointer data)
{
  const char *message = field (fields, n, "MESSAGE"), *topic = field (fields, n, "BG_TOPIC");
  g_autofree char *escaped = NULL;
  g_autoptr (GDateTime) now = NULL;
  g_autofree char *stamp = NULL;

  /* Other libraries' chatter is for whoever asks for it with G_MESSAGES_DEBUG. */
  if (!topic && g_log_writer_default_would_drop (level, field (fields, n, "GLIB_DOMAIN")))
    return G_LOG_WRITER_HANDLED;
  if (g_log_writer_is_journald (STDERR_FILENO)
      && g_log_writer_journald (level, fields, n, NULL) == G_LOG_WRITER_HANDLED)
    return G_LOG_WRITER_HANDLED;

  escaped = bg_printable (message); /* other libraries' */
  now = g_date_time_new_now_local ();
  stamp = g_date_time_format (now, "%H:%M:%S.%f");
  fprintf (stderr, "%.12s %s[%d] %s%s%s: %s\n", stamp, identifier, (int) getpid (),
           level_word (level), topic ? " " : "", topic ? topic : "", escaped);
  fflush (stderr);
  return G_LOG_WRITER_HANDLED;
}

void
bg_log_init (const char *name)
{
  identifier = name;
  g_log_set_writer_func (write_log, NULL, NULL);
}
