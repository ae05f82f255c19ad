/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-tls.h"
#include "worker/hub/hub-certificate.h"
#include "common/certificate-pin.h"
#include "common/log.h"
#include "common/source.h"

#include <stdlib.h>

enum
{
  SETTLE_MS = 500 /* certificate and key are two files, and rarely change at one time */
};

struct _BgHubTls
{
  GTlsCertificate *certificate;
  char *pin; /* of our own */

  char *certificate_path, *key_path; /* NULL: our own */
  GPtrArray *monitors;               /* GFileMonitor of the directories */
  GSource *settle;
  char *complaint; /* the last one, not to be repeated */
};

BgHubTls *
bg_hub_tls_new_own (const char *path, GError **error)
{
  GTlsCertificate *certificate = bg_hub_certificate_load_or_make (path, error);
  BgHubTls *self;

  if (certificate == NULL)
    return NULL;
  self = g_new0 (BgHubTls, 1);
  self->certificate = certificate;
  self->pin = bg_certificate_pin (certificate);
  return self;
}

GTlsCertificate *
bg_hub_tls_get_certificate (BgHubTls *self)
{
  return self->certificate;
}

const char *
bg_hub_tls_get_pin (BgHubTls *self)
{
  return self->pin;
}

/* Reading again */

static void
complain (BgHubTls *self, const char *why)
{
  if (g_strcmp0 (why, self->complaint) != 0)
    bg_log (BG_TOPIC_HUB, WARNING, NULL, "the certificate stays as it is: %s", why);
  g_free (self->complaint);
  self->complaint = g_strdup (why);
}

static void
take_certificate (BgHubTls *self, GTlsCertificate *fresh)
{
  g_autoptr (GDateTime) until = g_tls_certificate_get_not_valid_after (fresh);
  g_autofree char *text = until != NULL ? g_date_time_format_iso8601 (until) : NULL;

  g_set_object (&self->certificate, fresh);
  bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "new certificate, good until %s",
          text != NULL ? text : "some day");
}

void
bg_hub_tls_reload (BgHubTls *self)
{
  g_autoptr (GTlsCertificate) fresh = NULL;
  g_autoptr (GError) error = NULL;

  if (self->certificate_path == NULL)
    return;
  fresh = bg_hub_certificate_load (self->certificate_path, self->key_path, &error);
  if (fresh != NULL && bg_hub_certificate_is_expired (fresh))
    g_set_error (&error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: it has expired",
                 self->certificate_path);
  if (error != NULL)
    {
      complain (self, error->message);
      return;
    }
  g_clear_pointer (&self->complaint, g_free);
  if (!g_tls_certificate_is_same (fresh, self->certificate))
    take_certificate (self, fresh);
}

/* Watching */

static void watch (BgHubTls *self);

static gboolean
on_settled (gpointer data)
{
  BgHubTls *self = data;

  bg_source_drop (&self->settle);
  bg_hub_tls_reload (self);
  watch (self); /* a link may lead elsewhere now */
  return G_SOURCE_REMOVE;
}

static void
on_directory_changed (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
                      BgHubTls *self)
{
  bg_source_drop (&self->settle);
  self->settle = bg_source_attach (g_timeout_source_new (SETTLE_MS), on_settled, self);
}

static void
monitor_free (gpointer monitor)
{
  g_file_monitor_cancel (monitor);
  g_object_unref (monitor);
}

static void
watch_directory (BgHubTls *self, GHashTable *seen, const char *path)
{
  char *directory = g_path_get_dirname (path);
  g_autoptr (GFile) file = g_file_new_for_path (directory);
  g_autoptr (GError) error = NULL;
  GFileMonitor *monitor;

  if (!g_hash_table_add (seen, directory))
    return;
  monitor = g_file_monitor_directory (file, G_FILE_MONITOR_NONE, NULL, &error);
  if (monitor == NULL)
    {
      complain (self, error->message);
      return;
    }
  g_signal_connect (monitor, "changed", G_CALLBACK (on_directory_changed), self);
  g_ptr_array_add (self->monitors, monitor);
}

/* The directories of both files, and of what they link to. */
static void
watch (BgHubTls *self)
{
  const char *paths[] = { self->certificate_path, self->key_path };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) before = g_steal_pointer (&self->monitors);

  self->monitors = g_ptr_array_new_with_free_func (monitor_free);
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      char *real = realpath (paths[i], NULL);

      watch_directory (self, seen, paths[i]);
      if (real != NULL)
        watch_directory (self, seen, real);
      free (real);
    }
}

BgHubTls *
bg_hub_tls_new (const char *certificate, const char *key, GError **error)
{
  g_autoptr (BgHubTls) self = g_new0 (BgHubTls, 1);

  self->certificate_path = g_canonicalize_filename (certificate, NULL);
  self->key_path = g_canonicalize_filename (key != NULL ? key : certificate, NULL);
  self->certificate = bg_hub_certificate_load (self->certificate_path, self->key_path, error);
  if (self->certificate == NULL)
    return NULL;
  if (bg_hub_certificate_is_expired (self->certificate))
    bg_log (BG_TOPIC_HUB, WARNING, NULL, "%s: it has expired; clients will refuse it",
            self->certificate_path);
  watch (self);
  return g_steal_pointer (&self);
}

void
bg_hub_tls_free (BgHubTls *self)
{
  if (self == NULL)
    return;
  bg_source_drop (&self->settle);
  g_clear_pointer (&self->monitors, g_ptr_array_unref);
  g_clear_object (&self->certificate);
  g_free (self->pin);
  g_free (self->certificate_path);
  g_free (self->key_path);
  g_free (self->complaint);
  g_free (self);
}
