/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is so, on this machine and for this person. */
#include "bamgatectl/doctor-local.h"
#include "bamgatectl/doctor-rights.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#define TUN_MAJOR 10
#define TUN_MINOR 200
#define UNIT "bamgated.service"
#define SYSTEMD "org.freedesktop.systemd1"
#define ANSWER_MS 5000
#define FENCE BG_LOCALSTATEDIR "/lib/bamgate/strict.nft" /* app/strictness.c */

/* --- The bus --- */

/* NULL where nobody answers. */
static GVariant *
call (GDBusConnection *bus, const char *name, const char *path, const char *interface,
      const char *method, GVariant *arguments, const char *type)
{
  return g_dbus_connection_call_sync (bus, name, path, interface, method, arguments,
                                      (const GVariantType *) type, G_DBUS_CALL_FLAGS_NO_AUTO_START,
                                      ANSWER_MS, NULL, NULL);
}

static guint
pid_of (GDBusConnection *bus, const char *name)
{
  g_autoptr (GVariant)
    answer = call (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                   "GetConnectionUnixProcessID", g_variant_new ("(s)", name), "(u)");
  guint pid = 0;

  if (answer)
    g_variant_get (answer, "(u)", &pid);
  return pid;
}

/* All properties of an interface of the unit; NULL. */
static GVariant *
properties_of (GDBusConnection *bus, const char *unit, const char *interface)
{
  g_autoptr (GVariant) answer = call (bus, SYSTEMD, unit, "org.freedesktop.DBus.Properties",
                                      "GetAll", g_variant_new ("(s)", interface), "(a{sv})");

  return answer ? g_variant_get_child_value (answer, 0) : NULL;
}

static void
ask_systemd (GDBusConnection *bus, DoctorFacts *facts)
{
  g_autoptr (GVariant) found = call (bus, SYSTEMD, "/org/freedesktop/systemd1", SYSTEMD ".Manager",
                                     "LoadUnit", g_variant_new ("(s)", UNIT), "(o)");
  g_autoptr (GVariant) unit = NULL, service = NULL;
  const char *path;

  if (!found)
    return;
  g_variant_get (found, "(&o)", &path);
  unit = properties_of (bus, path, SYSTEMD ".Unit");
  service = properties_of (bus, path, SYSTEMD ".Service");
  if (!unit || !service)
    return;
  g_variant_lookup (unit, "LoadState", "s", &facts->unit_load);
  g_variant_lookup (unit, "ActiveState", "s", &facts->unit_active);
  g_variant_lookup (service, "Result", "s", &facts->unit_result);
  g_variant_lookup (service, "MainPID", "u", &facts->unit_pid);
}

static void
ask_bus (Ctl *ctl, DoctorFacts *facts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = ctl_open_bus (ctl, &error);

  if (!connection)
    {
      facts->bus_error = g_strdup (error->message);
      return;
    }
  facts->can_be_started = ctl_can_be_started (connection);
  facts->is_running = ctl->client && bamgate_client_get_running (ctl->client);
  if (facts->is_running)
    {
      facts->daemon_version = g_strdup (bamgate_client_get_version (ctl->client));
      facts->daemon_pid = pid_of (connection, "org.bamgate.Tunnel1");
    }
  ask_systemd (connection, facts);
  if (ctl_is_system (ctl) && !facts->is_root)
    doctor_rights_ask (connection, facts);
}

/* --- The machine --- */

/* As systemd and the makers of containers leave word of them. */
static char *
find_container (void)
{
  g_autofree char *text = NULL;

  if (g_file_get_contents ("/run/systemd/container", &text, NULL, NULL))
    return g_strdup (g_strstrip (text));
  if (access ("/.dockerenv", F_OK) == 0)
    return g_strdup ("docker");
  return access ("/run/.containerenv", F_OK) == 0 ? g_strdup ("podman") : NULL;
}

static gboolean
are_modules_gone (void)
{
  struct utsname name;
  g_autofree char *path = NULL;

  if (uname (&name) != 0)
    return FALSE;
  path = g_strconcat ("/lib/modules/", name.release, NULL);
  return access ("/lib/modules", F_OK) == 0 && access (path, F_OK) != 0;
}

static DoctorTun
look_at_tun (gboolean is_container)
{
  struct stat there;

  if (stat ("/dev/net/tun", &there) == 0 && S_ISCHR (there.st_mode)
      && there.st_rdev == makedev (TUN_MAJOR, TUN_MINOR))
    return DOCTOR_TUN_FINE;
  return !is_container && are_modules_gone () ? DOCTOR_TUN_MODULES_GONE : DOCTOR_TUN_MISSING;
}

DoctorFacts *
doctor_facts_collect (Ctl *ctl)
{
  DoctorFacts *facts = g_new0 (DoctorFacts, 1);
  const char *desktop = g_getenv ("XDG_CURRENT_DESKTOP");

  facts->is_own = ctl_is_own (ctl);
  facts->is_root = geteuid () == 0;
  facts->own_version = g_strdup (BG_VERSION);
  facts->desktop = g_strdup (desktop ? desktop : "");
  facts->container = find_container ();
  facts->tun = look_at_tun (facts->container != NULL);
  facts->is_fenced = !facts->is_own && access (FENCE, F_OK) == 0;
  ask_bus (ctl, facts);
  return facts;
}

void
doctor_facts_free (DoctorFacts *self)
{
  char **texts[] = { &self->bus_error, &self->daemon_version, &self->own_version,
                     &self->unit_load, &self->unit_active,    &self->unit_result,
                     &self->container, &self->desktop };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (*texts[i]);
  g_free (self);
}
