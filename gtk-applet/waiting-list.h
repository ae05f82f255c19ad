/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The machines that wait until this one, an owner of the network, lets them in: asked of the daemon when it says that their number changed.
 * Signal: "changed" (). */

#include "bamgate.h"

#define APPLET_TYPE_WAITING_LIST (applet_waiting_list_get_type ())
G_DECLARE_FINAL_TYPE (AppletWaitingList, applet_waiting_list, APPLET, WAITING_LIST, GObject)

AppletWaitingList *applet_waiting_list_new (void);
/* NULL: nobody waits. */
void applet_waiting_list_set_client (AppletWaitingList *self, BamgateClient *client);
/* Names, sorted, as others gave them; borrowed until "changed". */
const char *const *applet_waiting_list_get_names (AppletWaitingList *self);
