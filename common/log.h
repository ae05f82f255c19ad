/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Structured logging: to the journal where stderr is connected to it, else as lines on stderr. A line carries its topic
 * (BG_TOPIC=) and the peer it is about (BG_PEER=, and before the text), has no control characters, and costs a flag test
 * when its level is off.
 * Never log a key, a token or packet content. */

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BG_TOPIC_APP,
  BG_TOPIC_CONFIG,
  BG_TOPIC_SIGNALING,
  BG_TOPIC_PEER,
  BG_TOPIC_ICE,
  BG_TOPIC_DATA,
  BG_TOPIC_NET,
  BG_TOPIC_DBUS,
  BG_TOPIC_UAPI,
  BG_TOPIC_HUB,
  BG_TOPICS,
} BgTopic;

/* Levels are GLib's: G_LOG_LEVEL_DEBUG, INFO, MESSAGE, WARNING, CRITICAL. */
extern GLogLevelFlags bg_log_levels[BG_TOPICS];

#define bg_log(topic, level, peer, ...)                                                                                \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    if (G_UNLIKELY (bg_log_levels[(topic)] & G_LOG_LEVEL_##level))                                                     \
      bg_log_write ((topic), G_LOG_LEVEL_##level, (peer), __FILE__, G_STRINGIFY (__LINE__), G_STRFUNC, __VA_ARGS__);  \
  }                                                                                                                    \
  G_STMT_END

/* Use bg_log(). `peer` is a peer id or NULL. */
void bg_log_write (BgTopic topic, GLogLevelFlags level, const char *peer, const char *file, const char *line,
                   const char *func, const char *format, ...) G_GNUC_PRINTF (7, 8);

/* Sets levels from a text such as "info", "debug" or "info,ice=debug,data=warning"; FALSE names the bad word. */
gboolean bg_log_configure (const char *spec, GError **error);
/* Installs the GLib log writer; call first in main(). `identifier` is SYSLOG_IDENTIFIER. */
void bg_log_init (const char *identifier);

G_END_DECLS
