/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an owner does with one machine of the network: asked before it is done. */

#include "devices-window.h"

/* `device`: of ListDevices. */
void applet_device_approve (AppletDevicesWindow *window, GVariant *device);
void applet_device_rename (AppletDevicesWindow *window, GVariant *device);
void applet_device_revoke (AppletDevicesWindow *window, GVariant *device);
void applet_device_add_owner (AppletDevicesWindow *window, GVariant *device);
void applet_device_remove_owner (AppletDevicesWindow *window, GVariant *device);

/* A question over `window`, with Cancel and an answer `id` called `label`; "response" says which it was. */
AdwMessageDialog *applet_question_new (AppletDevicesWindow *window, const char *heading, const char *body,
                                       const char *id, const char *label, AdwResponseAppearance appearance);
/* The same with an entry called `title`, which has to hold something before it may be answered (transfer full). */
GtkEditable *applet_question_add_entry (AdwMessageDialog *question, GtkWidget *entry, const char *title, const char *id);
