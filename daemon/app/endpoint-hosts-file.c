/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/endpoint-hosts-file.h"

#include "common/error.h"
#include "common/log.h"
#include "common/source.h"
#include "names/dns-line.h"
#include "names/hosts-text.h"

#include <string.h>

enum
{
  READ_MS = 100, /* who replaces a file does more than one thing to it */
  AGAIN_MS = 1000,
};

struct _BgEndpointHostsFile
{
  char *path, *helper;
  const BgEndpointHostsFileEvents *events;
  gpointer owner;
  GFileMonitor *monitor;
  GHashTable *foreign; /* names of others' lines */
  GSource *reading, *asking;
  BgDnsLine *line; /* NULL: nothing is there of ours */
  char *wanted;    /* a request; NULL: none */
  gboolean is_written;
  BgWords *problem;
};

/* --- Others' names --- */

static void set_problem (BgEndpointHostsFile *self, BgWords *problem);

static char *
read_text (const char *path)
{
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : g_strdup ("");
}

static gboolean
are_same (GHashTable *a, GHashTable *b)
{
  GHashTableIter iter;
  gpointer name;

  if (g_hash_table_size (a) != g_hash_table_size (b))
    return FALSE;
  g_hash_table_iter_init (&iter, a);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (!g_hash_table_contains (b, name))
      return FALSE;
  return TRUE;
}

static gboolean
on_read_due (gpointer data)
{
  BgEndpointHostsFile *self = data;
  g_autoptr (GHashTable) old = self->foreign;
  g_autofree char *text = read_text (self->path);

  bg_source_drop (&self->reading);
  self->foreign = bg_hosts_text_collect_foreign (text);
  if (self->is_written && !bg_hosts_text_has_section (text))
    set_problem (self, bg_words (ENDPOINT_NAMES_CHANGED, self->path)); /* said, and not fought */
  if (!are_same (old, self->foreign))
    self->events->others_changed (self->owner);
  return G_SOURCE_REMOVE;
}

static void
on_file_changed (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
                 gpointer data)
{
  BgEndpointHostsFile *self = data;

  if (!self->reading)
    bg_source_arm (&self->reading, READ_MS, on_read_due, self);
}

gboolean
bg_endpoint_hosts_file_has (BgEndpointHostsFile *self, const char *name)
{
  return g_hash_table_contains (self->foreign, name);
}

/* --- Ours --- */

/* Takes `problem`. */
static void
set_problem (BgEndpointHostsFile *self, BgWords *problem)
{
  g_autoptr (BgWords) old = self->problem;

  self->problem = problem;
  if (bg_words_equal (old, problem))
    return;
  if (problem)
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", bg_words_get_text (problem));
  self->events->problem_changed (self->owner);
}

static void
ask (BgEndpointHostsFile *self)
{
  bg_source_drop (&self->asking);
  bg_dns_line_ask (self->line, g_strdup (self->wanted));
}

static gboolean
on_ask_due (gpointer data)
{
  ask (data);
  return G_SOURCE_REMOVE;
}

static void
on_answered (gpointer owner, const GError *error)
{
  BgEndpointHostsFile *self = owner;
  g_autoptr (BgWords) why = error ? bg_error_dup_words (error) : NULL;

  self->is_written = !error;
  if (error)
    bg_source_arm (&self->asking, AGAIN_MS, on_ask_due, self);
  set_problem (self, why ? bg_words (ENDPOINT_NAMES_NOT_WRITTEN, why) : NULL);
}

static void
on_lost (gpointer owner)
{
  BgEndpointHostsFile *self = owner;

  self->is_written = FALSE;
  bg_source_arm (&self->asking, AGAIN_MS, on_ask_due, self);
}

static const BgDnsLineEvents line_events = { on_answered, on_lost };

static char *
make_request (const BgEndpointName *names, guint n)
{
  GString *text = g_string_new ("hosts\n");
  char address[BG_IP_PREFIX_TEXT];

  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < names[i].n_hosts; j++)
      {
        bg_ip_prefix_format_address (&names[i].hosts[j], address);
        g_string_append_printf (text, "%s %s\n", address, names[i].name);
      }
  return g_string_free (g_string_append (text, ".\n"), FALSE);
}

static void
hang_up (BgEndpointHostsFile *self)
{
  self->is_written = FALSE;
  bg_source_drop (&self->asking);
  g_clear_pointer (&self->line, bg_dns_line_free);
  g_clear_pointer (&self->wanted, g_free);
}

void
bg_endpoint_hosts_file_set (BgEndpointHostsFile *self, const BgEndpointName *names, guint n)
{
  if (n == 0 || !self->helper)
    {
      hang_up (self);
      set_problem (self, n > 0 ? bg_words (ENDPOINT_NAMES_NOWHERE) : NULL);
      return;
    }
  g_free (self->wanted);
  self->wanted = make_request (names, n);
  if (!self->line)
    self->line = bg_dns_line_new (self->helper, &line_events, self);
  ask (self);
}

void
bg_endpoint_hosts_file_tell_again (BgEndpointHostsFile *self)
{
  if (self->line)
    ask (self);
}

const BgWords *
bg_endpoint_hosts_file_get_problem (BgEndpointHostsFile *self)
{
  return self->problem;
}

/* --- Life --- */

BgEndpointHostsFile *
bg_endpoint_hosts_file_new (const char *path, const char *helper,
                            const BgEndpointHostsFileEvents *events, gpointer owner)
{
  BgEndpointHostsFile *self = g_new0 (BgEndpointHostsFile, 1);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autofree char *text = read_text (path);

  self->path = g_strdup (path);
  self->helper = g_strdup (helper);
  self->events = events;
  self->owner = owner;
  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (self->monitor)
    g_signal_connect (self->monitor, "changed", G_CALLBACK (on_file_changed), self);
  self->foreign = bg_hosts_text_collect_foreign (text);
  return self;
}

void
bg_endpoint_hosts_file_free (BgEndpointHostsFile *self)
{
  if (!self)
    return;
  hang_up (self);
  bg_source_drop (&self->reading);
  if (self->monitor)
    g_file_monitor_cancel (self->monitor);
  g_clear_object (&self->monitor);
  g_hash_table_unref (self->foreign);
  bg_words_unref (self->problem);
  g_free (self->path);
  g_free (self->helper);
  g_free (self);
}
