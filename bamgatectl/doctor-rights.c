/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/doctor-rights.h"

#include <polkit/polkit.h>
#include <string.h>
#include <unistd.h>

#define POLKIT "org.freedesktop.PolicyKit1"
#define AUTHORITY "/org/freedesktop/PolicyKit1/Authority"
#define OUR_PATH "/org/bamgate/Doctor"
#define ANSWER_MS 5000

/* --- Rights --- */

static DoctorRight
right_of_error (const GError *error)
{
  return error->message && strstr (error->message, "not registered") ? DOCTOR_RIGHT_NO_ACTION
                                                                     : DOCTOR_RIGHT_NO_POLKIT;
}

static DoctorRight
ask (PolkitAuthority *authority, const char *action)
{
  g_autoptr (PolkitSubject)
    self = polkit_unix_process_new_for_owner (getpid (), 0, (int) getuid ());
  g_autoptr (GError) error = NULL;
  g_autoptr (PolkitAuthorizationResult) result = polkit_authority_check_authorization_sync (
    authority, self, action, NULL, POLKIT_CHECK_AUTHORIZATION_FLAGS_NONE, NULL, &error);

  if (!result)
    return right_of_error (error);
  if (polkit_authorization_result_get_is_authorized (result))
    return DOCTOR_RIGHT_YES;
  return polkit_authorization_result_get_is_challenge (result) ? DOCTOR_RIGHT_ASKS
                                                               : DOCTOR_RIGHT_NO;
}

/* --- The agent: polkit lists none, but refuses a second one for a session --- */

static GVariant *
session_as_subject (const char *id)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "session-id", "s", id);
  return g_variant_new ("(s@a{sv})", "unix-session", g_variant_dict_end (&dict));
}

static gboolean
call (GDBusConnection *bus, const char *method, GVariant *arguments, GError **error)
{
  g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
    bus, POLKIT, AUTHORITY, POLKIT ".Authority", method, arguments, NULL, G_DBUS_CALL_FLAGS_NONE,
    ANSWER_MS, NULL, error);

  return answer != NULL;
}

/* Ours is there for as long as it takes to say that it goes again. */
static DoctorAgent
try_to_be_one (GDBusConnection *bus, const char *session)
{
  g_autoptr (GVariant) subject = g_variant_ref_sink (session_as_subject (session));
  g_autoptr (GError) error = NULL;

  if (call (bus, "RegisterAuthenticationAgent",
            g_variant_new ("(@(sa{sv})ss)", subject, "C", OUR_PATH), &error))
    {
      call (bus, "UnregisterAuthenticationAgent", g_variant_new ("(@(sa{sv})s)", subject, OUR_PATH),
            NULL);
      return DOCTOR_AGENT_MISSING;
    }
  return strstr (error->message, "already exists") ? DOCTOR_AGENT_THERE : DOCTOR_AGENT_UNKNOWN;
}

static gboolean
is_graphical (void)
{
  const char *type = g_getenv ("XDG_SESSION_TYPE");

  return g_strcmp0 (type, "wayland") == 0 || g_strcmp0 (type, "x11") == 0;
}

static DoctorAgent
look_for_agent (GDBusConnection *bus)
{
  g_autoptr (PolkitSubject)
    session = polkit_unix_session_new_for_process_sync (getpid (), NULL, NULL);

  return session && is_graphical ()
           ? try_to_be_one (bus, polkit_unix_session_get_session_id (POLKIT_UNIX_SESSION (session)))
           : DOCTOR_AGENT_UNKNOWN;
}

void
doctor_rights_ask (GDBusConnection *bus, DoctorFacts *facts)
{
  g_autoptr (PolkitAuthority) authority = polkit_authority_get_sync (NULL, NULL);

  facts->control = facts->configure = DOCTOR_RIGHT_NO_POLKIT;
  if (!authority)
    return;
  facts->control = ask (authority, "org.bamgate.Tunnel1.control");
  facts->configure = ask (authority, "org.bamgate.Tunnel1.configure");
  if (facts->control == DOCTOR_RIGHT_ASKS || facts->configure == DOCTOR_RIGHT_ASKS)
    facts->agent = look_for_agent (bus);
}
