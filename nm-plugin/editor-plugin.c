/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "editor-plugin.h"

#include "connection-file.h"
#include "vpn-keys.h"
#include "wg-quick.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <gmodule.h>
#include <string.h>
#include <unistd.h>

#define EDITOR_GTK3 "libnm-vpn-plugin-bamgate-editor.so"
#define EDITOR_GTK4 "libnm-gtk4-vpn-plugin-bamgate-editor.so"

struct _BamgateEditorPlugin
{
  GObject parent;
};

enum
{
  PROP_NAME = 1,
  PROP_DESCRIPTION,
  PROP_SERVICE,
};

static void editor_plugin_iface_init (NMVpnEditorPluginInterface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (BamgateEditorPlugin, bamgate_editor_plugin, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (NM_TYPE_VPN_EDITOR_PLUGIN,
                                                      editor_plugin_iface_init))

/* --- Files --- */

static NMConnection *
plugin_import (NMVpnEditorPlugin *plugin, const char *path, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  char *dot = strrchr (name, '.'), *text = NULL;
  g_autoptr (GError) cause = NULL;
  NMConnection *connection;

  if (dot && dot != name)
    *dot = '\0';
  if (!g_file_get_contents (path, &text, NULL, &cause))
    {
      g_set_error (error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_FAILED, "%s", cause->message);
      return NULL;
    }
  connection = connection_file_read (text, name, error);
  wg_quick_free_text (text);
  return connection;
}

static gboolean
write_all (int fd, const char *text)
{
  gsize done = 0, len = strlen (text);

  while (done < len)
    {
      gssize n = write (fd, text + done, len - done);

      if (n < 0 && errno != EINTR)
        return FALSE;
      done += (gsize) MAX (n, 0);
    }
  return TRUE;
}

/* Nobody else may read the keys in it, from its first byte on. */
static gboolean
write_file (const char *path, const char *text, GError **error)
{
  int fd = g_open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  gboolean ok = fd >= 0 && fchmod (fd, 0600) == 0 && write_all (fd, text);

  if (!ok)
    g_set_error (error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_FAILED, "%s: %s", path,
                 g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return ok;
}

static gboolean
plugin_export (NMVpnEditorPlugin *plugin, const char *path, NMConnection *connection,
               GError **error)
{
  char *text = connection_file_write (connection, error);
  gboolean ok = text && write_file (path, text, error);

  wg_quick_free_text (text);
  return ok;
}

static char *
plugin_get_suggested_filename (NMVpnEditorPlugin *plugin, NMConnection *connection)
{
  return g_strconcat (nm_connection_get_id (connection), ".bamgate.conf", NULL);
}

static NMVpnEditorPluginCapability
plugin_get_capabilities (NMVpnEditorPlugin *plugin)
{
  return NM_VPN_EDITOR_PLUGIN_CAPABILITY_IMPORT | NM_VPN_EDITOR_PLUGIN_CAPABILITY_EXPORT
         | NM_VPN_EDITOR_PLUGIN_CAPABILITY_IPV6;
}

/* --- Editors --- */

/* A process has GTK 3 or GTK 4, never both. */
static const char *
name_of_editor (void)
{
  return dlsym (RTLD_DEFAULT, "gtk_container_add") ? EDITOR_GTK3 : EDITOR_GTK4;
}

/* They are beside us. */
static char *
path_of_editor (void)
{
  Dl_info info;
  g_autofree char *folder = NULL;

  if (!dladdr ((gpointer) path_of_editor, &info) || !info.dli_fname)
    return g_strdup (name_of_editor ());
  folder = g_path_get_dirname (info.dli_fname);
  return g_build_filename (folder, name_of_editor (), NULL);
}

static NMVpnEditor *
plugin_get_editor (NMVpnEditorPlugin *plugin, NMConnection *connection, GError **error)
{
  g_autofree char *path = path_of_editor ();
  GModule *module = g_module_open (path, G_MODULE_BIND_LAZY | G_MODULE_BIND_LOCAL);
  gpointer factory = NULL;

  if (!module || !g_module_symbol (module, BAMGATE_EDITOR_FACTORY, &factory))
    {
      g_set_error (error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_FAILED,
                   _ ("the editor is not there: install network-manager-bamgate-gnome (%s)"),
                   g_module_error ());
      return NULL;
    }
  g_module_make_resident (module);
  return ((BamgateEditorFactory) factory) (plugin, connection, error);
}

/* --- Life --- */

static void
bamgate_editor_plugin_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, _ ("bamgate"));
      break;
    case PROP_DESCRIPTION:
      g_value_set_string (value, _ ("A private network between your own machines."));
      break;
    case PROP_SERVICE:
      g_value_set_string (value, VPN_SERVICE);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bamgate_editor_plugin_class_init (BamgateEditorPluginClass *klass)
{
  GObjectClass *object = G_OBJECT_CLASS (klass);

  object->get_property = bamgate_editor_plugin_get_property;
  g_object_class_override_property (object, PROP_NAME, NM_VPN_EDITOR_PLUGIN_NAME);
  g_object_class_override_property (object, PROP_DESCRIPTION, NM_VPN_EDITOR_PLUGIN_DESCRIPTION);
  g_object_class_override_property (object, PROP_SERVICE, NM_VPN_EDITOR_PLUGIN_SERVICE);
}

static void
editor_plugin_iface_init (NMVpnEditorPluginInterface *iface)
{
  iface->import_from_file = plugin_import;
  iface->export_to_file = plugin_export;
  iface->get_suggested_filename = plugin_get_suggested_filename;
  iface->get_capabilities = plugin_get_capabilities;
  iface->get_editor = plugin_get_editor;
}

static void
bamgate_editor_plugin_init (BamgateEditorPlugin *self)
{
}

G_MODULE_EXPORT NMVpnEditorPlugin *
nm_vpn_editor_plugin_factory (GError **error)
{
  bindtextdomain (GETTEXT_PACKAGE, BG_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  return g_object_new (BAMGATE_TYPE_EDITOR_PLUGIN, NULL);
}
