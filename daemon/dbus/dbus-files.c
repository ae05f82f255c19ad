/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/dbus-files.h"

#include "app/application-files.h"
#include "dbus/dbus-errors.h"

#include <gio/gunixfdlist.h>
#include <unistd.h>

struct _BgDBusFiles
{
  BgDBusTunnel1FilesSkeleton parent;
  BgApplication *app; /* NULL once detached */
};

static void files_iface_init (BgDBusTunnel1FilesIface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (BgDBusFiles, bg_dbus_files, BG_DBUS_TYPE_TUNNEL1_FILES_SKELETON,
                               G_IMPLEMENT_INTERFACE (BG_DBUS_TYPE_TUNNEL1_FILES, files_iface_init))

/* A call, until the bus has said whose it is. */
typedef struct
{
  BgDBusFiles *self;
  GDBusMethodInvocation *invocation;
  void (*run) (BgApplication *app, GDBusMethodInvocation *invocation, GVariant *parameters, int fd,
               guint32 uid);
  int fd; /* -1: none, or none any more */
} Call;

static void
call_free (Call *call)
{
  if (call->fd >= 0)
    close (call->fd);
  g_object_unref (call->self);
  g_free (call);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

static int
steal_fd (Call *call)
{
  int fd = call->fd;

  call->fd = -1;
  return fd;
}

static void
on_caller_known (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Call) call = data;
  g_autoptr (GVariant)
    answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  guint32 uid;

  if (!call->self->app)
    {
      bg_dbus_return (call->invocation, BG_ERROR_WRONG_STATE, bg_words (DAEMON_STOPS));
      return;
    }
  if (!answer)
    {
      bg_dbus_return (call->invocation, BG_ERROR_WRONG_STATE, bg_words (CALLER_UNKNOWN));
      return;
    }
  g_variant_get (answer, "(u)", &uid);
  call->run (call->self->app, call->invocation,
             g_dbus_method_invocation_get_parameters (call->invocation), steal_fd (call), uid);
}

static gboolean
begin_with (BgDBusTunnel1Files *bus, GDBusMethodInvocation *invocation, int take_fd,
            void (*run) (BgApplication *, GDBusMethodInvocation *, GVariant *, int, guint32))
{
  Call *call = g_new0 (Call, 1);

  call->self = g_object_ref (BG_DBUS_FILES (bus));
  call->invocation = invocation;
  call->run = run;
  call->fd = take_fd;
  g_dbus_connection_call (
    g_dbus_method_invocation_get_connection (invocation), "org.freedesktop.DBus",
    "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixUser",
    g_variant_new ("(s)", g_dbus_method_invocation_get_sender (invocation)), G_VARIANT_TYPE ("(u)"),
    G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_caller_known, call);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* The one that the message carries for the argument. */
static gboolean
take_fd (GDBusMethodInvocation *invocation, GUnixFDList *fds, GVariant *file, int *fd)
{
  *fd = fds ? g_unix_fd_list_get (fds, g_variant_get_handle (file), NULL) : -1;
  if (*fd < 0)
    bg_dbus_return (invocation, BG_ERROR_INVALID_ARGUMENT, bg_words (FILES_NO_FILE));
  return *fd >= 0;
}

/* --- Send --- */

static void
send_file (BgApplication *app, GDBusMethodInvocation *invocation, GVariant *parameters, int fd,
           guint32 uid)
{
  const char *peer, *name;
  g_autoptr (GVariant) options = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;

  g_variant_get (parameters, "(&s&sh@a{sv})", &peer, &name, NULL, &options);
  id = bg_application_send_file (app, peer, name, fd, options, uid, &error);
  if (id)
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(s)", id));
  else
    bg_dbus_return_error (invocation, error);
}

static gboolean
handle_send (BgDBusTunnel1Files *bus, GDBusMethodInvocation *invocation, GUnixFDList *fds,
             const char *peer, const char *name, GVariant *file, GVariant *options)
{
  int fd;

  return !take_fd (invocation, fds, file, &fd) || begin_with (bus, invocation, fd, send_file);
}

/* --- Accept --- */

static void
accept_file (BgApplication *app, GDBusMethodInvocation *invocation, GVariant *parameters, int fd,
             guint32 uid)
{
  const char *id;
  g_autoptr (GVariant) options = NULL;
  g_autoptr (GError) error = NULL;

  g_variant_get (parameters, "(&sh@a{sv})", &id, NULL, &options);
  if (bg_application_accept_file (app, id, fd, options, uid, &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    bg_dbus_return_error (invocation, error);
}

static gboolean
handle_accept (BgDBusTunnel1Files *bus, GDBusMethodInvocation *invocation, GUnixFDList *fds,
               const char *id, GVariant *file, GVariant *options)
{
  int fd;

  return !take_fd (invocation, fds, file, &fd) || begin_with (bus, invocation, fd, accept_file);
}

/* --- Cancel and List --- */

static void
cancel_file (BgApplication *app, GDBusMethodInvocation *invocation, GVariant *parameters, int fd,
             guint32 uid)
{
  g_autoptr (GError) error = NULL;
  const char *id;

  g_variant_get (parameters, "(&s)", &id);
  if (bg_application_cancel_file (app, id, uid, &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    bg_dbus_return_error (invocation, error);
}

static gboolean
handle_cancel (BgDBusTunnel1Files *bus, GDBusMethodInvocation *invocation, const char *id)
{
  return begin_with (bus, invocation, -1, cancel_file);
}

static void
list_files (BgApplication *app, GDBusMethodInvocation *invocation, GVariant *parameters, int fd,
            guint32 uid)
{
  GVariant *list = bg_application_list_files (app, uid);

  g_dbus_method_invocation_return_value (invocation, g_variant_new_tuple (&list, 1));
}

static gboolean
handle_list (BgDBusTunnel1Files *bus, GDBusMethodInvocation *invocation)
{
  return begin_with (bus, invocation, -1, list_files);
}

/* --- What is nobody's yet: who may ask has been asked --- */

static gboolean
handle_decline (BgDBusTunnel1Files *bus, GDBusMethodInvocation *invocation, const char *id)
{
  BgApplication *app = BG_DBUS_FILES (bus)->app;
  g_autoptr (GError) error = NULL;

  if (!app)
    bg_dbus_return (invocation, BG_ERROR_WRONG_STATE, bg_words (DAEMON_STOPS));
  else if (bg_application_decline_file (app, id, &error))
    bg_dbus_tunnel1_files_complete_decline (bus, invocation);
  else
    bg_dbus_return_error (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_list_offers (BgDBusTunnel1Files *bus, GDBusMethodInvocation *invocation)
{
  BgApplication *app = BG_DBUS_FILES (bus)->app;

  if (app)
    bg_dbus_tunnel1_files_complete_list_offers (bus, invocation,
                                                bg_application_list_file_offers (app));
  else
    bg_dbus_return (invocation, BG_ERROR_WRONG_STATE, bg_words (DAEMON_STOPS));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* --- Life --- */

static void
on_files_changed (BgApplication *app, BgDBusFiles *self)
{
  bg_dbus_tunnel1_files_emit_changed (BG_DBUS_TUNNEL1_FILES (self));
}

BgDBusFiles *
bg_dbus_files_new (BgApplication *app, BgDBusRights *rights)
{
  BgDBusFiles *self = g_object_new (BG_TYPE_DBUS_FILES, NULL);

  self->app = g_object_ref (app);
  bg_dbus_rights_guard (G_DBUS_INTERFACE_SKELETON (self), rights);
  g_signal_connect_object (app, "files-changed", G_CALLBACK (on_files_changed), self, 0);
  return self;
}

void
bg_dbus_files_detach (BgDBusFiles *self)
{
  if (self->app)
    g_signal_handlers_disconnect_by_data (self->app, self);
  g_clear_object (&self->app);
}

static void
bg_dbus_files_dispose (GObject *object)
{
  bg_dbus_files_detach (BG_DBUS_FILES (object));
  G_OBJECT_CLASS (bg_dbus_files_parent_class)->dispose (object);
}

static void
bg_dbus_files_class_init (BgDBusFilesClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bg_dbus_files_dispose;
  bg_dbus_rights_guard_class (G_DBUS_INTERFACE_SKELETON_CLASS (klass));
}

static void
files_iface_init (BgDBusTunnel1FilesIface *iface)
{
  iface->handle_send = handle_send;
  iface->handle_accept = handle_accept;
  iface->handle_decline = handle_decline;
  iface->handle_list_offers = handle_list_offers;
  iface->handle_cancel = handle_cancel;
  iface->handle_list = handle_list;
}

static void
bg_dbus_files_init (BgDBusFiles *self)
{
}
