/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toast.h"

#define SHORT_CHARACTERS 32 /* beside the button, in a window of 360 pixels */
#define SENTENCE_CHARACTERS 60
#define SHORT_S 5
#define LONG_S 15
#define MARGIN 9

AdwToast *
applet_toast_new (const char *text)
{
  gboolean is_long = g_utf8_strlen (text, -1) > SHORT_CHARACTERS;
  AdwToast *toast = adw_toast_new ("");
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_max_width_chars (GTK_LABEL (label), SHORT_CHARACTERS);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_margin_top (label, is_long ? MARGIN : 0);
  gtk_widget_set_margin_bottom (label, is_long ? MARGIN : 0);
  adw_toast_set_custom_title (toast, label);
  adw_toast_set_timeout (toast, g_utf8_strlen (text, -1) > SENTENCE_CHARACTERS ? LONG_S : SHORT_S);
  return toast;
}
