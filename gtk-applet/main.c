/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "applet-application.h"

#include "common/program-locale.h"

#include <bamgate.h>
#include <glib/gi18n.h>

int
main (int argc, char **argv)
{
  g_autoptr (AppletApplication) application = NULL;

  bg_locale_init (LC_ALL);
  gtk_disable_setlocale ();
  bg_locale_bind (GETTEXT_PACKAGE, BG_LOCALEDIR);
  g_set_application_name ("bamgate");
  bamgate_set_voice (BAMGATE_VOICE_WINDOW);
  application = applet_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
