/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/doctor-local.h"
#include "bamgatectl/doctor-finding.h"

#include <string.h>

static void
add_printf (GPtrArray *findings, const char *check, OutTone verdict, char *found, const char *means,
            const char *deed)
{
  g_autofree char *owned = found;

  doctor_findings_add (findings, check, verdict, owned, means, deed);
}

/* --- bus --- */

static void
look_at_bus (const DoctorFacts *facts, GPtrArray *findings)
{
  if (!facts->bus_error)
    doctor_findings_ok (findings, "bus", _ ("the bus answers"));
  else
    add_printf (findings, "bus", OUT_BAD,
                g_strdup_printf (_ ("the bus cannot be reached: %s"), facts->bus_error),
                _ ("nobody can speak with the daemon"),
                facts->is_own
                  ? _ ("log in to a session that has a bus, or see whether it runs: systemctl "
                       "--user status dbus.socket")
                  : _ ("see whether it runs: systemctl status dbus.socket; in a container, pass "
                       "/run/dbus into it"));
}

/* --- daemon.running --- */

static const char *
no_tunnel (void)
{
  return _ ("there is no tunnel, and what the daemon could tell is missing here");
}

static const char *
how_to_start (const DoctorFacts *facts)
{
  return facts->is_own ? _ ("start it: systemctl --user start bamgated")
                       : _ ("start it: systemctl start bamgated");
}

/* What systemd says of one that does not run. FALSE: nothing. */
static gboolean
look_at_unit (const DoctorFacts *facts, GPtrArray *findings)
{
  if (g_strcmp0 (facts->unit_load, "masked") == 0)
    doctor_findings_add (
      findings, "daemon.running", OUT_BAD,
      _ ("the daemon bamgated is not running, and its unit is masked: somebody "
         "has forbidden to start it"),
      no_tunnel (),
      _ ("allow it and start it: systemctl unmask bamgated, then systemctl enable "
         "--now bamgated"));
  else if (g_strcmp0 (facts->unit_active, "failed") == 0)
    add_printf (findings, "daemon.running", OUT_BAD,
                g_strdup_printf (_ ("the daemon bamgated has failed (%s)"),
                                 facts->unit_result ? facts->unit_result : ""),
                no_tunnel (),
                _ ("see why: journalctl -u bamgated -n 30; put that right, then: systemctl restart "
                   "bamgated"));
  else
    return FALSE;
  return TRUE;
}

static void
say_absent (const DoctorFacts *facts, GPtrArray *findings)
{
  if (g_strcmp0 (facts->unit_load, "not-found") == 0)
    doctor_findings_add (findings, "daemon.running", OUT_BAD,
                         _ ("the daemon bamgated is not installed: there is no unit of that name"),
                         no_tunnel (), _ ("install the package bamgate"));
  else if (!facts->can_be_started && !facts->is_own)
    doctor_findings_add (findings, "daemon.running", OUT_BAD,
                         _ ("the daemon bamgated is not running, and the bus does not know how to "
                            "start it"),
                         no_tunnel (),
                         _ ("install the package bamgate, or start it: systemctl enable --now "
                            "bamgated"));
  else
    doctor_findings_add (findings, "daemon.running", OUT_BAD,
                         _ ("the daemon bamgated is not running"), no_tunnel (),
                         how_to_start (facts));
}

/* Somebody has the name whom systemd did not start. */
static void
look_at_owner (const DoctorFacts *facts, GPtrArray *findings)
{
  if (!facts->unit_load || !facts->daemon_pid || facts->daemon_pid == facts->unit_pid)
    return;
  add_printf (findings, "daemon.unit", OUT_WARN,
              g_strdup_printf (_ ("the daemon that answers is process %u, which is not of the unit "
                                  "bamgated"),
                               facts->daemon_pid),
              _ ("somebody started it by hand: it is not there after a restart, and the one of the "
                 "unit cannot start beside it"),
              _ ("where that is not wanted, end it, then: systemctl start bamgated"));
}

static void
look_at_version (const DoctorFacts *facts, GPtrArray *findings)
{
  if (g_strcmp0 (facts->daemon_version, facts->own_version) == 0)
    add_printf (findings, "daemon.version", OUT_GOOD,
                g_strdup_printf (_ ("the daemon is of this version, %s"), facts->own_version), NULL,
                NULL);
  else
    add_printf (findings, "daemon.version", OUT_WARN,
                g_strdup_printf (_ ("the daemon is of version %s, this program of %s"),
                                 facts->daemon_version, facts->own_version),
                _ ("what one of them does not know yet may be missing or fail"),
                facts->is_own ? _ ("restart it: systemctl --user restart bamgated")
                              : _ ("restart it: systemctl restart bamgated"));
}

static void
look_at_daemon (const DoctorFacts *facts, GPtrArray *findings)
{
  if (facts->bus_error)
    return;
  if (facts->is_running)
    {
      doctor_findings_ok (findings, "daemon.running", _ ("the daemon bamgated is running"));
      look_at_owner (facts, findings);
      look_at_version (facts, findings);
    }
  else if (!look_at_unit (facts, findings))
    say_absent (facts, findings);
}

/* --- tun.device --- */

static const char *
how_to_get_tun (const DoctorFacts *facts)
{
  if (facts->tun == DOCTOR_TUN_MODULES_GONE)
    return _ ("restart this machine: the kernel was upgraded, and the modules of the one that runs "
              "are gone");
  if (g_strcmp0 (facts->container, "docker") == 0 || g_strcmp0 (facts->container, "podman") == 0)
    return _ ("start the container with --device=/dev/net/tun --cap-add=NET_ADMIN");
  if (facts->container)
    return _ ("pass the device /dev/net/tun into the container, with the capability NET_ADMIN");
  return _ ("load it: modprobe tun; where there is no such module, this kernel was built without "
            "(CONFIG_TUN)");
}

static void
look_at_tun (const DoctorFacts *facts, GPtrArray *findings)
{
  if (facts->tun == DOCTOR_TUN_FINE)
    doctor_findings_ok (findings, "tun.device", _ ("the device /dev/net/tun is there"));
  else if (facts->tun != DOCTOR_TUN_UNKNOWN)
    doctor_findings_add (findings, "tun.device", OUT_BAD, _ ("there is no device /dev/net/tun"),
                         _ ("no tunnel can be made on this machine"), how_to_get_tun (facts));
}

/* --- rights --- */

static void
say_allowed (const DoctorFacts *facts, GPtrArray *findings)
{
  gboolean is_free = facts->control == DOCTOR_RIGHT_YES && facts->configure == DOCTOR_RIGHT_YES;

  doctor_findings_ok (findings, "rights",
                      is_free
                        ? _ ("you may bring the tunnel up and down, and change settings")
                        : _ ("you may bring the tunnel up and down, and change settings, where "
                             "a password is asked for"));
}

static void
say_without_polkit (const DoctorFacts *facts, GPtrArray *findings)
{
  if (facts->control == DOCTOR_RIGHT_NO_ACTION)
    doctor_findings_add (findings, "rights", OUT_BAD,
                         _ ("polkit does not know bamgate: the file org.bamgate.Tunnel1.policy is "
                            "not where it looks"),
                         _ ("only root may bring the tunnel up and down, and change settings"),
                         _ ("install the package bamgate again"));
  else
    doctor_findings_add (findings, "rights", OUT_WARN, _ ("polkit does not answer"),
                         _ ("only root may bring the tunnel up and down, and change settings"),
                         _ ("install polkitd, or use sudo"));
}

static void
say_forbidden (const DoctorFacts *facts, GPtrArray *findings)
{
  doctor_findings_add (
    findings, "rights", OUT_WARN,
    facts->control == DOCTOR_RIGHT_NO ? _ ("polkit forbids you to bring the tunnel up and down")
                                      : _ ("polkit forbids you to change settings"),
    _ ("somebody else has to do that on this machine"),
    _ ("use sudo, or ask whoever looks after this machine for a rule of polkit"));
}

static void
look_at_rights (const DoctorFacts *facts, GPtrArray *findings)
{
  if (facts->control == DOCTOR_RIGHT_UNKNOWN)
    return;
  if (facts->control >= DOCTOR_RIGHT_NO_ACTION)
    say_without_polkit (facts, findings);
  else if (facts->control == DOCTOR_RIGHT_NO || facts->configure == DOCTOR_RIGHT_NO)
    say_forbidden (facts, findings);
  else
    say_allowed (facts, findings);
}

/* --- polkit.agent --- */

/* In the order in which a name is looked for in XDG_CURRENT_DESKTOP ("ubuntu:GNOME"); the last one is for all others, which
 * are compositors that bring none along. Names of Debian's packages. */
static const struct
{
  const char *desktop, *package, *start; /* NULL: it is the desktop's own */
} agents[] = {
  { "GNOME", NULL, NULL },
  { "Cinnamon", NULL, NULL },
  { "KDE", "polkit-kde-agent-1", NULL },
  { "XFCE", "mate-polkit", NULL },
  { "MATE", "mate-polkit", NULL },
  { "LXQt", "lxqt-policykit", NULL },
  { "LXDE", "lxpolkit", NULL },
  { "sway", "lxqt-policykit", "exec lxqt-policykit-agent" },
  { "Hyprland", "lxqt-policykit", "exec-once = lxqt-policykit-agent" },
  { "niri", "lxqt-policykit", "spawn-at-startup \"lxqt-policykit-agent\"" },
  { "", "lxqt-policykit", "lxqt-policykit-agent" },
};

static gboolean
names_desktop (const char *list, const char *name)
{
  g_auto (GStrv) names = g_strsplit (list, ":", -1);

  for (char **each = names; *each; each++)
    if (g_ascii_strcasecmp (*each, name) == 0)
      return TRUE;
  return FALSE;
}

static char *
how_to_get_agent (const char *desktop)
{
  guint i = 0;

  while (*agents[i].desktop && !names_desktop (desktop, agents[i].desktop))
    i++;
  if (!agents[i].package)
    return g_strdup (_ ("it is part of your desktop, and must have failed: log out and in again"));
  if (!agents[i].start)
    return g_strdup_printf (_ ("install the package %s, and log in again"), agents[i].package);
  return g_strdup_printf (_ ("install the package %s, and have it started with your session: %s"),
                          agents[i].package, agents[i].start);
}

static void
look_at_agent (const DoctorFacts *facts, GPtrArray *findings)
{
  g_autofree char *deed = NULL;

  if (facts->agent == DOCTOR_AGENT_THERE)
    doctor_findings_ok (findings, "polkit.agent",
                        _ ("this session has an agent that can ask you for a password"));
  if (facts->agent != DOCTOR_AGENT_MISSING)
    return;
  deed = how_to_get_agent (facts->desktop);
  doctor_findings_add (findings, "polkit.agent", OUT_BAD,
                       _ ("this session has no agent of polkit that could ask you for a password"),
                       _ ("what needs one fails in windows; at a terminal bamgatectl asks itself"),
                       deed);
}

/* While the daemon runs it says so itself. */
static void
look_at_fence (const DoctorFacts *facts, GPtrArray *findings)
{
  if (facts->is_fenced && !facts->bus_error && !facts->is_running)
    doctor_findings_add (
      findings, "exit.strict", OUT_BAD,
      _ (
        "nothing leaves this machine: an exit was chosen with --strict=yes, which holds without the daemon, too"),
      _ ("this machine reaches nothing outside, with or without the tunnel"),
      _ (
        "start the daemon: systemctl start bamgated; where no exit is wanted any more, then “bamgatectl exit set "
        "none”"));
}

void
doctor_look (const DoctorFacts *facts, GPtrArray *findings)
{
  look_at_bus (facts, findings);
  look_at_daemon (facts, findings);
  look_at_fence (facts, findings);
  look_at_tun (facts, findings);
  look_at_rights (facts, findings);
  look_at_agent (facts, findings);
}
