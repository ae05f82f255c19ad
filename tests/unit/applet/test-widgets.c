/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Widgets of the window, in this process: needs a display. */
#include "qr-code.h"
#include "sparkline.h"

#include <adwaita.h>

/* The three corners by which a camera knows a QR code: a dark ring around a dark square. */
static void
assert_corner (AppletQrCode *code, guint left, guint top)
{
  for (guint y = 0; y < 7; y++)
    for (guint x = 0; x < 7; x++)
      {
        guint ring = MIN (MIN (x, y), MIN (6 - x, 6 - y));

        g_assert_cmpint (applet_qr_code_is_dark (code, left + x, top + y), ==, ring != 1);
      }
}

static void
test_qr_code (void)
{
  AppletQrCode *code = APPLET_QR_CODE (g_object_ref_sink (applet_qr_code_new ()));
  g_autofree char *endless = g_strnfill (4000, 'x');
  guint modules;
  int minimum;

  applet_qr_code_set_text (code,
                           "bamgatectl join ABCD-EFGH 'https://198.51.100.7:8443#sha256=abc'");
  modules = applet_qr_code_get_modules (code);
  g_assert_cmpuint (modules, >=, 21);
  assert_corner (code, 0, 0);
  assert_corner (code, modules - 7, 0);
  assert_corner (code, 0, modules - 7);
  gtk_widget_measure (GTK_WIDGET (code), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL,
                      NULL);
  g_assert_cmpint (minimum, >=, (int) (3 * modules));
  applet_qr_code_set_text (code, endless);
  g_assert_cmpuint (applet_qr_code_get_modules (code), ==, 0);
  applet_qr_code_set_text (code, NULL);
  g_assert_cmpuint (applet_qr_code_get_modules (code), ==, 0);
  g_object_unref (code);
}

static void
test_sparkline (void)
{
  AppletSparkline *sparkline = APPLET_SPARKLINE (g_object_ref_sink (applet_sparkline_new ()));
  g_autoptr (AppletHistory) history = applet_history_new ();

  applet_sparkline_set_history (sparkline, history);
  applet_history_read (history, 0, 0, 1);
  applet_history_read (history, 4000, 1000, 1 + G_USEC_PER_SEC);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (sparkline), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Traffic: 4.0\u00a0kB/s in, 1.0\u00a0kB/s out");
  g_object_unref (sparkline);
  applet_history_read (history, 8000, 1000, 1 + 2 * G_USEC_PER_SEC); /* nobody draws it any more */
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/applet/qr-code", test_qr_code);
  g_test_add_func ("/applet/sparkline", test_sparkline);
  return g_test_run ();
}
