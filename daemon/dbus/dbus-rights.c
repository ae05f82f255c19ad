/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/dbus-rights.h"

#include "common/log.h"
#include "dbus/dbus-errors.h"
#include "introspection/bamgate-generated.h"

#include <polkit/polkit.h>
#include <unistd.h>

#define TUNNEL "org.bamgate.Tunnel1"
#define PEER "org.bamgate.Tunnel1.Peer"
#define ENDPOINT "org.bamgate.Tunnel1.Endpoint"
#define ACCOUNT "org.bamgate.Tunnel1.Account"
#define FILES "org.bamgate.Tunnel1.Files"

typedef struct
{
  const char *interface;
  const char *method;
  const char *action;  /* NULL: free to local users */
  const char *signing; /* the action where this machine signs with it; NULL: the same */
} BgRule;

static const BgRule rules[] = {
  { TUNNEL, "Up", BG_ACTION_CONTROL },
  { TUNNEL, "Down", BG_ACTION_CONTROL },
  { TUNNEL, "ReleaseLink", BG_ACTION_CONTROL },
  { TUNNEL, "Setup", BG_ACTION_CONFIGURE },
  { TUNNEL, "Join", BG_ACTION_CONFIGURE },
  { TUNNEL, "Invite", BG_ACTION_CONFIGURE, BG_ACTION_SIGN },
  { TUNNEL, "ListInvites", NULL },
  { TUNNEL, "CancelInvite", BG_ACTION_CONFIGURE, BG_ACTION_SIGN },
  { TUNNEL, "ListDevices", NULL },
  { TUNNEL, "RenameDevice", BG_ACTION_SIGN },
  { TUNNEL, "RevokeDevice", BG_ACTION_SIGN },
  { TUNNEL, "ApproveDevice", BG_ACTION_SIGN },
  { TUNNEL, "GrantDevice", BG_ACTION_SIGN },
  { TUNNEL, "GetNetwork", NULL },
  { TUNNEL, "Protect", BG_ACTION_SIGN },
  { TUNNEL, "GetSigningKey", BG_ACTION_CONFIGURE },
  { TUNNEL, "AddOwner", BG_ACTION_SIGN },
  { TUNNEL, "RemoveOwner", BG_ACTION_SIGN },
  { TUNNEL, "Recover", BG_ACTION_SIGN },
  { TUNNEL, "AllowUnsigned", BG_ACTION_SIGN },
  { TUNNEL, "MakeAuthority", BG_ACTION_SIGN },
  { TUNNEL, "GiveName", BG_ACTION_SIGN },
  { TUNNEL, "TrustNetwork", BG_ACTION_SIGN },
  { TUNNEL, "MoveHub", BG_ACTION_SIGN },
  { TUNNEL, "Configure", BG_ACTION_CONFIGURE },
  { TUNNEL, "SetExit", BG_ACTION_CONTROL },
  { TUNNEL, "SetEndpointMode", BG_ACTION_CONFIGURE },
  { TUNNEL, "GetConfiguration", NULL },
  { TUNNEL, "ListAccess", NULL },
  { TUNNEL, "ListServices", NULL },
  { TUNNEL, "Diagnose", NULL },
  { TUNNEL, "Reload", BG_ACTION_CONFIGURE },
  { TUNNEL, "Import", BG_ACTION_CONFIGURE },
  { TUNNEL, "Leave", BG_ACTION_CONFIGURE },
  { TUNNEL, "ForgetPeer", BG_ACTION_CONFIGURE },
  { TUNNEL, "ExplainError", NULL },
  { TUNNEL, "SetStatisticsInterval", NULL },
  { TUNNEL, "RegisterSecretAgent", NULL },
  { TUNNEL, "UnregisterSecretAgent", NULL },
  { TUNNEL, "ListSecrets", BG_ACTION_CONFIGURE },
  { TUNNEL, "MoveSecret", BG_ACTION_CONFIGURE },
  { PEER, "GetDetails", NULL },
  { PEER, "Ping", BG_ACTION_CONTROL },
  { PEER, "Configure", BG_ACTION_CONFIGURE },
  { PEER, "Reconnect", BG_ACTION_CONTROL },
  { PEER, "Forget", BG_ACTION_CONFIGURE },
  { ENDPOINT, "GetDetails", NULL },
  { ENDPOINT, "Configure", BG_ACTION_CONFIGURE },
  { ACCOUNT, "SetKey", BG_ACTION_CONFIGURE },
  { ACCOUNT, "ClearKey", BG_ACTION_CONFIGURE },
  { ACCOUNT, "Unregister", BG_ACTION_CONFIGURE },
  { ACCOUNT, "Refresh", BG_ACTION_CONTROL },
  { ACCOUNT, "Renew", BG_ACTION_CONFIGURE },
  { FILES, "Send", BG_ACTION_CONTROL },
  { FILES, "Accept", BG_ACTION_CONTROL },
  { FILES, "Decline", BG_ACTION_CONTROL },
  { FILES, "ListOffers", BG_ACTION_CONTROL },
  { FILES, "Cancel", NULL }, /* of the caller's own, as the next */
  { FILES, "List", NULL },
};

static gboolean own_user_may, nobody_else_may;

struct _BgDBusRights
{
  GCancellable *cancellable;
  GHashTable *pending; /* unique name → number of checks under way */
};

/* One call that waits for its answer. */
typedef struct
{
  BgDBusRights *rights;
  GDBusInterfaceSkeleton *skeleton;
  GDBusMethodInvocation *invocation;
  const char *action;
  GDBusConnection *polkit_bus; /* libpolkit's; NULL: not asked yet */
} Check;

void
bg_dbus_rights_trust_own_user (void)
{
  own_user_may = TRUE;
}

void
bg_dbus_rights_trust_nobody_else (void)
{
  own_user_may = TRUE;
  nobody_else_may = TRUE;
}

gboolean
bg_dbus_rights_lookup (const char *interface, const char *method, gboolean signs,
                       const char **action)
{
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    if (g_str_equal (rules[i].interface, interface) && g_str_equal (rules[i].method, method))
      {
        *action = signs && rules[i].signing ? rules[i].signing : rules[i].action;
        return TRUE;
      }
  return FALSE;
}

/* This machine is an owner of a signed network. */
static gboolean
signs_here (gpointer skeleton)
{
  return BG_DBUS_IS_TUNNEL1 (skeleton) && bg_dbus_tunnel1_get_owner (skeleton)
         && *bg_dbus_tunnel1_get_network_id (skeleton);
}

/* --- Life --- */

BgDBusRights *
bg_dbus_rights_new (void)
{
  BgDBusRights *rights = g_rc_box_new0 (BgDBusRights);

  rights->cancellable = g_cancellable_new ();
  rights->pending = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return rights;
}

void
bg_dbus_rights_close (BgDBusRights *rights)
{
  g_cancellable_cancel (rights->cancellable);
}

static void
rights_clear (gpointer data)
{
  BgDBusRights *rights = data;

  g_object_unref (rights->cancellable);
  g_hash_table_unref (rights->pending);
}

void
bg_dbus_rights_unref (BgDBusRights *rights)
{
  g_rc_box_release_full (rights, rights_clear);
}

/* --- One check --- */

static guint
pending_of (BgDBusRights *rights, const char *sender)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (rights->pending, sender));
}

static void
set_pending (BgDBusRights *rights, const char *sender, guint n)
{
  if (n > 0)
    g_hash_table_replace (rights->pending, g_strdup (sender), GUINT_TO_POINTER (n));
  else
    g_hash_table_remove (rights->pending, sender);
}

static Check *
check_new (BgDBusRights *rights, GDBusInterfaceSkeleton *skeleton,
           GDBusMethodInvocation *invocation, const char *action)
{
  const char *sender = g_dbus_method_invocation_get_sender (invocation);
  Check *check = g_new0 (Check, 1);

  check->rights = g_rc_box_acquire (rights);
  check->skeleton = g_object_ref (skeleton);
  check->invocation = g_object_ref (invocation);
  check->action = action;
  set_pending (rights, sender, pending_of (rights, sender) + 1);
  return check;
}

static void
check_free (Check *check)
{
  const char *sender = g_dbus_method_invocation_get_sender (check->invocation);

  set_pending (check->rights, sender, pending_of (check->rights, sender) - 1);
  bg_dbus_rights_unref (check->rights);
  g_clear_object (&check->polkit_bus);
  g_object_unref (check->skeleton);
  g_object_unref (check->invocation);
  g_free (check);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Check, check_free)

/* The vtable that the generated code made, which ours stands in front of. */
static const GDBusInterfaceVTable *
generated_vtable (gpointer skeleton)
{
  GDBusInterfaceSkeletonClass *generated = g_type_class_peek_parent (G_OBJECT_GET_CLASS (skeleton));

  return generated->get_vtable (skeleton);
}

static void
dispatch (GDBusInterfaceSkeleton *skeleton, GDBusMethodInvocation *invocation)
{
  generated_vtable (skeleton)->method_call (
    g_dbus_method_invocation_get_connection (invocation),
    g_dbus_method_invocation_get_sender (invocation),
    g_dbus_method_invocation_get_object_path (invocation),
    g_dbus_method_invocation_get_interface_name (invocation),
    g_dbus_method_invocation_get_method_name (invocation),
    g_dbus_method_invocation_get_parameters (invocation), invocation, skeleton);
}

static void
refuse (GDBusMethodInvocation *invocation, BgWords *take)
{
  g_autoptr (BgWords) why = take;

  bg_log (BG_TOPIC_DBUS, INFO, NULL, "%s refused to %s: %s",
          g_dbus_method_invocation_get_method_name (invocation),
          g_dbus_method_invocation_get_sender (invocation), why->text);
  bg_dbus_return_named (invocation, "org.freedesktop.DBus.Error.AccessDenied", why);
}

static void
refuse_without_polkit (GDBusMethodInvocation *invocation, const GError *error)
{
  refuse (invocation, bg_words (ROOT_ONLY, error));
}

static gboolean
may_ask_person (GDBusMethodInvocation *invocation)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (invocation);

  return (g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION)
         != 0;
}

static void
demand_authentication (Check *check)
{
  g_autoptr (BgWords) why = may_ask_person (check->invocation)
                              ? bg_words (AUTHENTICATION_WITHOUT_AGENT, check->action)
                              : bg_words (AUTHENTICATION_NOT_ALLOWED, check->action);

  /* GDBusError has no code for this name */
  bg_dbus_return_named (check->invocation,
                        "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", why);
}

static void start_check (BgDBusRights *rights, GDBusInterfaceSkeleton *skeleton,
                         GDBusMethodInvocation *invocation, const char *action);

/* A person may take minutes, in which the machine may become an owner. */
static void
dispatch_or_ask_again (Check *check)
{
  const char *action = NULL;

  bg_dbus_rights_lookup (g_dbus_method_invocation_get_interface_name (check->invocation),
                         g_dbus_method_invocation_get_method_name (check->invocation),
                         signs_here (check->skeleton), &action);
  if (g_strcmp0 (action, check->action) == 0)
    dispatch (check->skeleton, check->invocation);
  else
    start_check (check->rights, check->skeleton, check->invocation, action);
}

static void
on_polkit_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Check) check = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (PolkitAuthorizationResult) answer = polkit_authority_check_authorization_finish (
    POLKIT_AUTHORITY (source), result, &error);

  if (!answer)
    refuse_without_polkit (check->invocation, error);
  else if (polkit_authorization_result_get_is_authorized (answer))
    dispatch_or_ask_again (check);
  else if (polkit_authorization_result_get_is_challenge (answer))
    demand_authentication (check);
  else
    refuse (check->invocation, polkit_authorization_result_get_dismissed (answer)
                                 ? bg_words (AUTHENTICATION_DISMISSED)
                                 : bg_words (NOT_ALLOWED));
}

static void
on_authority_got (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Check) check = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (PolkitAuthority) authority = polkit_authority_get_finish (result, &error);
  g_autoptr (PolkitSubject) subject = NULL;
  PolkitCheckAuthorizationFlags flags = POLKIT_CHECK_AUTHORIZATION_FLAGS_NONE;

  if (!authority)
    {
      refuse_without_polkit (check->invocation, error);
      return;
    }
  if (may_ask_person (check->invocation))
    flags = POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION;
  subject = polkit_system_bus_name_new (g_dbus_method_invocation_get_sender (check->invocation));
  polkit_authority_check_authorization (authority, subject, check->action, NULL, flags,
                                        check->rights->cancellable, on_polkit_answered, check);
  g_steal_pointer (&check);
}

/* The line that libpolkit takes, which would end the process when it breaks. Held as long as the check, because the next
 * one that it takes would do the same. */
static void
on_polkit_bus_got (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Check) check = data;
  g_autoptr (GError) error = NULL;

  check->polkit_bus = g_bus_get_finish (result, &error);
  if (!check->polkit_bus)
    {
      refuse_without_polkit (check->invocation, error);
      return;
    }
  g_dbus_connection_set_exit_on_close (check->polkit_bus, FALSE);
  polkit_authority_get_async (check->rights->cancellable, on_authority_got, check);
  g_steal_pointer (&check);
}

static gboolean
read_uid (GVariant *answer, guint32 *uid)
{
  g_autoptr (GVariant) credentials = g_variant_get_child_value (answer, 0);

  return g_variant_lookup (credentials, "UnixUserID", "u", uid);
}

static void
on_credentials_got (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Check) check = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  guint32 uid;

  if (!answer || !read_uid (answer, &uid))
    refuse (check->invocation, bg_words (CALLER_UNKNOWN));
  else if ((uid == 0 && !nobody_else_may) || (own_user_may && uid == getuid ()))
    dispatch (check->skeleton, check->invocation);
  else if (nobody_else_may)
    refuse (check->invocation, bg_words (OWN_OF_ANOTHER));
  else
    {
      g_bus_get (G_BUS_TYPE_SYSTEM, check->rights->cancellable, on_polkit_bus_got, check);
      g_steal_pointer (&check);
    }
}

static void
start_check (BgDBusRights *rights, GDBusInterfaceSkeleton *skeleton,
             GDBusMethodInvocation *invocation, const char *action)
{
  const char *sender = g_dbus_method_invocation_get_sender (invocation);

  if (!rights || !sender || g_cancellable_is_cancelled (rights->cancellable))
    refuse (invocation, bg_words (RIGHTS_UNKNOWN));
  else if (pending_of (rights, sender) >= BG_RIGHTS_MAX_PENDING)
    g_dbus_method_invocation_return_error_literal (
      invocation, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
      "too many calls of this caller wait for an authorization");
  else
    g_dbus_connection_call (
      g_dbus_method_invocation_get_connection (invocation), "org.freedesktop.DBus",
      "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionCredentials",
      g_variant_new ("(s)", sender), G_VARIANT_TYPE ("(a{sv})"), G_DBUS_CALL_FLAGS_NONE, -1,
      rights->cancellable, on_credentials_got, check_new (rights, skeleton, invocation, action));
}

/* --- The hook --- */

static GQuark
rights_quark (void)
{
  return g_quark_from_static_string ("bg-dbus-rights");
}

static void
guarded_method_call (GDBusConnection *connection, const char *sender, const char *path,
                     const char *interface, const char *method, GVariant *parameters,
                     GDBusMethodInvocation *invocation, gpointer skeleton)
{
  const char *action;

  if (!bg_dbus_rights_lookup (interface, method, signs_here (skeleton), &action))
    refuse (invocation, bg_words (NOBODY_MAY));
  else if (!action && !nobody_else_may)
    dispatch (skeleton, invocation);
  else
    start_check (g_object_get_qdata (skeleton, rights_quark ()), skeleton, invocation, action);
}

static GVariant *
free_get_property (GDBusConnection *connection, const char *sender, const char *path,
                   const char *interface, const char *property, GError **error, gpointer skeleton)
{
  return generated_vtable (skeleton)->get_property (connection, sender, path, interface, property,
                                                    error, skeleton);
}

static GDBusInterfaceVTable *
get_guarded_vtable (GDBusInterfaceSkeleton *skeleton)
{
  /* without set_property: there is nothing to write, and the hook would not see it */
  static GDBusInterfaceVTable vtable = { guarded_method_call, free_get_property, NULL };

  return &vtable;
}

void
bg_dbus_rights_guard_class (GDBusInterfaceSkeletonClass *klass)
{
  klass->get_vtable = get_guarded_vtable;
}

void
bg_dbus_rights_guard (GDBusInterfaceSkeleton *skeleton, BgDBusRights *rights)
{
  g_object_set_qdata_full (G_OBJECT (skeleton), rights_quark (), g_rc_box_acquire (rights),
                           (GDestroyNotify) bg_dbus_rights_unref);
}
