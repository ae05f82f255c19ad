/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tray-look.h"

#include <string.h>

typedef struct
{
  AppletGlance glance;
  AppletLook look;
  gboolean needs_help, is_on;
  const char *line;
} Row;

static const Row rows[] = {
  { { .running = FALSE, .state = BAMGATE_STATE_ONLINE },
    APPLET_LOOK_OFF,
    FALSE,
    FALSE,
    "The daemon is not running" },
  { { TRUE, FALSE, BAMGATE_STATE_OFF }, APPLET_LOOK_OFF, FALSE, FALSE, "Not in a network yet" },
  { { TRUE, TRUE, BAMGATE_STATE_OFF }, APPLET_LOOK_OFF, FALSE, FALSE, "Off" },
  { { TRUE, TRUE, BAMGATE_STATE_STARTING }, APPLET_LOOK_CONNECTING, FALSE, TRUE, "Connecting…" },
  { { TRUE, TRUE, BAMGATE_STATE_STOPPING }, APPLET_LOOK_CONNECTING, FALSE, FALSE, "Turning off…" },
  { { TRUE, TRUE, BAMGATE_STATE_ONLINE }, APPLET_LOOK_ONLINE, FALSE, TRUE, "Online" },
  { { TRUE, TRUE, BAMGATE_STATE_ONLINE, NULL, .peers = 1 },
    APPLET_LOOK_ONLINE,
    FALSE,
    TRUE,
    "Online, 0 of 1 machine connected" },
  { { TRUE, TRUE, BAMGATE_STATE_ONLINE, NULL, .peers = 5, .connected = 3, .relayed = 2 },
    APPLET_LOOK_ONLINE,
    FALSE,
    TRUE,
    "Online, 3 of 5 machines connected" },
  { { TRUE, TRUE, BAMGATE_STATE_ONLINE, NULL, .peers = 5, .connected = 3, .relayed = 3 },
    APPLET_LOOK_RELAYED,
    FALSE,
    TRUE,
    "Online, 3 of 5 machines connected" },
  { { TRUE, TRUE, BAMGATE_STATE_ONLINE, NULL, .peers = 2, .connected = 1, .relayed = 1,
      .refused = 1 },
    APPLET_LOOK_ATTENTION,
    TRUE,
    TRUE,
    "Online, 1 of 2 machines connected" },
  { { TRUE, TRUE, BAMGATE_STATE_STARTING, NULL, .peers = 2, .refused = 1 },
    APPLET_LOOK_CONNECTING,
    FALSE,
    TRUE,
    "Connecting…" },
  { { TRUE, TRUE, BAMGATE_STATE_OFF, NULL, .peers = 2, .refused = 1 },
    APPLET_LOOK_OFF,
    FALSE,
    FALSE,
    "Off" },
  { { TRUE, TRUE, BAMGATE_STATE_DEGRADED, NULL, .peers = 2, .connected = 2 },
    APPLET_LOOK_ATTENTION,
    FALSE,
    TRUE,
    "Online, with trouble, 2 of 2 machines connected" },
  { { TRUE, TRUE, BAMGATE_STATE_FAILED }, APPLET_LOOK_ATTENTION, TRUE, FALSE, "Could not connect" },
  { { TRUE, TRUE, BAMGATE_STATE_ONLINE, NULL, .exit = APPLET_EXIT_ACTIVE, .exit_node = "home" },
    APPLET_LOOK_EXIT,
    FALSE,
    TRUE,
    "Online" },
  { { TRUE, TRUE, BAMGATE_STATE_ONLINE, NULL, .peers = 1, .connected = 1, .relayed = 1,
      .exit = APPLET_EXIT_ACTIVE, .exit_node = "home" },
    APPLET_LOOK_EXIT,
    FALSE,
    TRUE,
    "Online, 1 of 1 machine connected" },
  { { TRUE, TRUE, BAMGATE_STATE_ONLINE, NULL, .peers = 1, .refused = 1, .exit = APPLET_EXIT_ACTIVE,
      .exit_node = "home" },
    APPLET_LOOK_ATTENTION,
    TRUE,
    TRUE,
    "Online, 0 of 1 machine connected" },
  { { TRUE, TRUE, BAMGATE_STATE_DEGRADED, NULL, .exit = APPLET_EXIT_LOST, .exit_node = "home" },
    APPLET_LOOK_BLOCKED,
    FALSE,
    TRUE,
    "Online, with trouble" },
  { { TRUE, TRUE, BAMGATE_STATE_DEGRADED, NULL, .exit = APPLET_EXIT_WAITING, .exit_node = "home" },
    APPLET_LOOK_BLOCKED,
    FALSE,
    TRUE,
    "Online, with trouble" },
  { { TRUE, TRUE, BAMGATE_STATE_OFF, NULL, .exit = APPLET_EXIT_LOST, .exit_node = "home" },
    APPLET_LOOK_BLOCKED,
    FALSE,
    FALSE,
    "Off" },
  { { TRUE, TRUE, BAMGATE_STATE_OFF, NULL, .exit = APPLET_EXIT_RESTING, .exit_node = "home" },
    APPLET_LOOK_OFF,
    FALSE,
    FALSE,
    "Off" },
  { { TRUE, TRUE, 4711 }, APPLET_LOOK_OFF, FALSE, FALSE, "The daemon is not running" },
};

static void
test_table (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const Row *row = &rows[i];
      g_autofree char *line = applet_glance_line (&row->glance);

      g_test_message ("row %u", i);
      g_assert_cmpint (applet_glance_look (&row->glance), ==, row->look);
      g_assert_cmpint (applet_glance_needs_help (&row->glance), ==, row->needs_help);
      g_assert_cmpint (applet_glance_is_on (&row->glance), ==, row->is_on);
      g_assert_cmpstr (line, ==, row->line);
    }
}

static void
test_reason (void)
{
  AppletGlance glance = { TRUE, TRUE, BAMGATE_STATE_ONLINE, "", .refused = 2 };

  g_assert_cmpstr (applet_glance_reason (&glance), ==,
                   "Machines came with other keys and were refused");
  glance.reason = "the hub is out of reach";
  g_assert_cmpstr (applet_glance_reason (&glance), ==, "the hub is out of reach");
  glance.running = FALSE;
  g_assert_cmpstr (applet_glance_reason (&glance), ==, "");
}

/* Who is in the network is disputed: that needs somebody, and the daemon's own words go before ours. */
static void
test_disputed (void)
{
  AppletGlance glance = { TRUE, TRUE, BAMGATE_STATE_ONLINE, "", .disputed = TRUE };

  g_assert_cmpint (applet_glance_look (&glance), ==, APPLET_LOOK_ATTENTION);
  g_assert_true (applet_glance_needs_help (&glance));
  g_assert_nonnull (strstr (applet_glance_reason (&glance), "other signatures"));
  glance.reason = "home has another log";
  g_assert_cmpstr (applet_glance_reason (&glance), ==, "home has another log");
  glance.running = FALSE;
  g_assert_cmpstr (applet_glance_reason (&glance), ==, "");
}

static void
assert_more (const AppletGlance *glance, const char *wanted)
{
  g_autofree char *more = applet_glance_more (glance);

  g_assert_cmpstr (more, ==, wanted);
}

/* What the daemon says of a lost exit says all of it. */
static void
test_exit (void)
{
  AppletGlance glance = {
    TRUE, TRUE, BAMGATE_STATE_ONLINE, "", .exit = APPLET_EXIT_ACTIVE, .exit_node = "ho\nme%s"
  };

  assert_more (&glance, "Everything goes through ho\\x0ame%s.");
  glance.reason = "IPv6 is blocked";
  assert_more (&glance, "Everything goes through ho\\x0ame%s.\nIPv6 is blocked");
  glance.exit = APPLET_EXIT_LOST;
  assert_more (&glance, "IPv6 is blocked");
  glance.reason = NULL;
  assert_more (&glance, "Nothing goes out: the exit ho\\x0ame%s is lost.");
  glance.exit = APPLET_EXIT_RESTING;
  assert_more (&glance, "");
  g_assert_cmpint (applet_exit_parse ("", "lost"), ==, APPLET_EXIT_NONE);
  g_assert_cmpint (applet_exit_parse ("home", ""), ==, APPLET_EXIT_RESTING);
  g_assert_cmpint (applet_exit_parse ("home", "connecting"), ==, APPLET_EXIT_WAITING);
  g_assert_cmpint (applet_exit_parse ("home", "active"), ==, APPLET_EXIT_ACTIVE);
  g_assert_cmpint (applet_exit_parse ("home", "a word of later"), ==, APPLET_EXIT_LOST);
}

/* Shape tells them apart, so no two share an icon, and each is installed. */
static void
assert_installed (const char *icon)
{
  g_autofree char *file = g_test_build_filename (G_TEST_DIST, "..", "..", "..", "gtk-applet",
                                                 "data", "meson.build", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) parts = g_strsplit (icon, "-", 3);
  g_autofree char *quoted = g_strdup_printf ("'%s'", parts[1]);

  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, quoted));
}

static void
test_icons (void)
{
  g_autofree char *icons = g_test_build_filename (G_TEST_DIST, "..", "..", "..", "gtk-applet",
                                                  "icons", NULL);

  for (guint i = 0; i < APPLET_N_LOOKS; i++)
    {
      g_autofree char *file = g_strdup_printf ("%s/%s.svg", icons, applet_look_icon (i));
      g_autofree char *drawing = NULL;

      g_assert_true (g_file_get_contents (file, &drawing, NULL, NULL));
      assert_installed (applet_look_icon (i));
      for (guint other = 0; other < i; other++)
        {
          g_autofree char *there = g_strdup_printf ("%s/%s.svg", icons, applet_look_icon (other));
          g_autofree char *its_drawing = NULL;

          g_assert_true (g_file_get_contents (there, &its_drawing, NULL, NULL));
          g_assert_cmpstr (drawing, !=, its_drawing);
          g_assert_cmpstr (applet_look_words (i), !=, applet_look_words (other));
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tray-look/table", test_table);
  g_test_add_func ("/tray-look/reason", test_reason);
  g_test_add_func ("/tray-look/disputed", test_disputed);
  g_test_add_func ("/tray-look/exit", test_exit);
  g_test_add_func ("/tray-look/icons", test_icons);
  return g_test_run ();
}
