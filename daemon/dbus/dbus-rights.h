/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who may call what. One table with a row per method of the XML; a method without a row is refused to everybody.
 *
 * The hook is the vtable of our skeleton classes, not the signal g-authorize-method: GLib emits that on a thread of GTask's
 * pool, where a check that asks a person for a password blocks a thread for minutes, and the name resolver shares that
 * pool. So the check is asynchronous on the main thread, and the adaptor's handler runs, there too, after the answer. */

#include <gio/gio.h>

G_BEGIN_DECLS

#define BG_ACTION_CONTROL   "org.bamgate.Tunnel1.control"
#define BG_ACTION_CONFIGURE "org.bamgate.Tunnel1.configure"
#define BG_ACTION_SIGN      "org.bamgate.Tunnel1.sign"

/* Checks of one caller that may be under way at once. */
#define BG_RIGHTS_MAX_PENDING 8

typedef struct _BgDBusRights BgDBusRights;

/* For a bus that is not the system's, but of the user who runs it: that user may do all. On the system bus the daemon's user
 * is nobody in particular. Before the first call. */
void bg_dbus_rights_trust_own_user (void);
/* The same, and nobody else may do anything, root neither: the daemon is that user's own. */
void bg_dbus_rights_trust_nobody_else (void);

/* FALSE: no row. Else `*action` is the polkit action, or NULL for methods that are free to local users; `signs`: this machine is an owner
 * of a signed network. */
gboolean bg_dbus_rights_lookup (const char *interface, const char *method, gboolean signs, const char **action);

BgDBusRights *bg_dbus_rights_new (void);
/* Checks under way end with an error; new ones are refused. */
void bg_dbus_rights_close (BgDBusRights *rights);
void bg_dbus_rights_unref (BgDBusRights *rights);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgDBusRights, bg_dbus_rights_unref)

/* For the class_init of a direct subclass of a generated skeleton: from then on no handler runs before its check. */
void bg_dbus_rights_guard_class (GDBusInterfaceSkeletonClass *klass);
/* For every instance; without it all methods that are not free are refused. */
void bg_dbus_rights_guard (GDBusInterfaceSkeleton *skeleton, BgDBusRights *rights);

G_END_DECLS
