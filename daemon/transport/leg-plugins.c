/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/leg-plugins.h"

#include "common/error.h"

#include <gst/gst.h>

static const struct
{
  const char *plugin;
  const char *element, *package; /* one that it must have; NULL: others need it */
} plugins[] = {
  { "coreelements", NULL, NULL },
  { "app", "appsrc", "gstreamer1.0-plugins-base" },
  { "rtp", "rtpstorage", "gstreamer1.0-plugins-good" },
  { "rtpmanager", "rtpbin", "gstreamer1.0-plugins-good" },
  { "nice", "nicesrc", "gstreamer1.0-nice" },
  { "dtls", "dtlssrtpdec", "gstreamer1.0-plugins-bad" },
  { "sctp", "sctpenc", "gstreamer1.0-plugins-bad" },
  { "srtp", "srtpenc", "gstreamer1.0-plugins-bad" },
  { "webrtc", "webrtcbin", "gstreamer1.0-plugins-bad" },
};

void
bg_leg_plugins_begin (void)
{
  g_setenv ("GST_REGISTRY_DISABLE", "yes", TRUE);
}

static gboolean
load_from (const char *folder, const char *name)
{
  g_autofree char *base = g_strdup_printf ("libgst%s." G_MODULE_SUFFIX, name);
  g_autofree char *file = g_build_filename (folder, base, NULL);
  g_autoptr (GstPlugin) plugin = NULL;

  if (!g_file_test (file, G_FILE_TEST_EXISTS))
    return FALSE;
  plugin = gst_plugin_load_file (file, NULL);
  return plugin != NULL;
}

static gboolean
load_from_path (const char *path, const char *name)
{
  g_auto (GStrv) folders = g_strsplit (path ? path : "", G_SEARCHPATH_SEPARATOR_S, -1);

  for (char **at = folders; *at; at++)
    {
      if (load_from (*at, name))
        return TRUE;
    }
  return FALSE;
}

static void
load (const char *name)
{
  if (!load_from_path (g_getenv ("GST_PLUGIN_PATH_1_0"), name)
      && !load_from_path (g_getenv ("GST_PLUGIN_SYSTEM_PATH_1_0"), name))
    load_from (BG_GST_PLUGINS_DIR, name);
}

static gboolean
check (guint i, GError **error)
{
  g_autoptr (GstElementFactory) factory = NULL;

  if (!plugins[i].element || (factory = gst_element_factory_find (plugins[i].element)))
    return TRUE;
  bg_error_set (error, BG_ERROR_FAILED, GSTREAMER_ELEMENT_MISSING, plugins[i].element,
                plugins[i].package);
  return FALSE;
}

gboolean
bg_leg_plugins_load (GError **error)
{
  static GMutex lock;
  static gboolean loaded;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  if (!gst_init_check (NULL, NULL, error))
    return FALSE;
  for (guint i = 0; !loaded && i < G_N_ELEMENTS (plugins); i++)
    load (plugins[i].plugin);
  loaded = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (plugins); i++)
    {
      if (!check (i, error))
        return FALSE;
    }
  return TRUE;
}
