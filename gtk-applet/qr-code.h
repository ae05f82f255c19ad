/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gtk/gtk.h>

/* A QR code: dark on light whatever the theme is, as cameras want it, and of whole pixels. Shows nothing for a text that is
 * too long for one. */
#define APPLET_TYPE_QR_CODE (applet_qr_code_get_type ())
G_DECLARE_FINAL_TYPE (AppletQrCode, applet_qr_code, APPLET, QR_CODE, GtkWidget)

GtkWidget *applet_qr_code_new (void);
/* Property: "text". NULL or "" shows nothing. */
void        applet_qr_code_set_text (AppletQrCode *self, const char *text);
const char *applet_qr_code_get_text (AppletQrCode *self);
/* Modules of a side without the quiet zone; 0: nothing is shown. */
guint    applet_qr_code_get_modules (AppletQrCode *self);
gboolean applet_qr_code_is_dark     (AppletQrCode *self, guint x, guint y);
