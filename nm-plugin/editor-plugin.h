/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What libnm loads into nmcli and the settings panels: import, export, and the way to the editor of the toolkit that is there. */

#include <NetworkManager.h>

G_BEGIN_DECLS

#define BAMGATE_TYPE_EDITOR_PLUGIN (bamgate_editor_plugin_get_type ())
G_DECLARE_FINAL_TYPE (BamgateEditorPlugin, bamgate_editor_plugin, BAMGATE, EDITOR_PLUGIN, GObject)

/* Exported by the editors' modules. */
typedef NMVpnEditor *(*BamgateEditorFactory) (NMVpnEditorPlugin *plugin, NMConnection *connection, GError **error);
#define BAMGATE_EDITOR_FACTORY "nm_vpn_editor_factory_bamgate"

G_END_DECLS
