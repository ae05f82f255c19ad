/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A data channel is made without a look at all plugins of the machine. */
#include "transport/leg-plugins.h"

#include <gst/gst.h>

/* Ours, those that are part of the library, and no more, whatever is installed. */
static void
test_only_those (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) webrtc = NULL;
  GList *all;

  g_assert_true (bg_leg_plugins_load (&error));
  g_assert_no_error (error);
  webrtc = gst_object_ref_sink (gst_element_factory_make ("webrtcbin", NULL));
  g_assert_nonnull (webrtc);
  all = gst_registry_get_plugin_list (gst_registry_get ());
  g_assert_cmpuint (g_list_length (all), <=, 12);
  gst_plugin_list_free (all);
}

static void
test_twice (void)
{
  g_assert_true (bg_leg_plugins_load (NULL));
  g_assert_true (bg_leg_plugins_load (NULL));
}

/* What a path names comes first, and where that has nothing it costs nothing. */
static void
test_paths (void)
{
  if (g_test_subprocess ())
    {
      g_setenv ("GST_PLUGIN_PATH_1_0", "/nonexistent:" BG_GST_PLUGINS_DIR, TRUE);
      g_setenv ("GST_PLUGIN_SYSTEM_PATH_1_0", "", TRUE);
      g_assert_true (bg_leg_plugins_load (NULL));
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_leg_plugins_begin ();
  g_test_add_func ("/leg-plugins/paths", test_paths);
  g_test_add_func ("/leg-plugins/only-those", test_only_those);
  g_test_add_func ("/leg-plugins/twice", test_twice);
  return g_test_run ();
}
