/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The page of a connection in the settings panels. One source for GTK 3 and GTK 4, each with an .ui file of its own. */

#include <NetworkManager.h>
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define BAMGATE_TYPE_EDITOR (bamgate_editor_get_type ())
G_DECLARE_FINAL_TYPE (BamgateEditor, bamgate_editor, BAMGATE, EDITOR, GObject)

/* What settings panels look up, through the plugin. */
NMVpnEditor *nm_vpn_editor_factory_bamgate (NMVpnEditorPlugin *plugin, NMConnection *connection, GError **error);

G_END_DECLS
