/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/doctor-local.h"
#include "bamgatectl/doctor-finding.h"

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

static void
look_at_daemon (const DoctorFacts *facts, GPtrArray *findings)
{
  if (facts->bus_error)
    return;
  if (facts->is_running)
    doctor_findings_ok (findings, "daemon.running", _ ("the daemon bamgated is running"));
  else if (!facts->can_be_started)
    doctor_findings_add (findings, "daemon.running", OUT_BAD,
                         _ ("the daemon bamgated is not running, and the bus does not know how to "
                            "start it"),
                         _ ("there is no tunnel, and no command of bamgatectl works"),
                         _ ("install the package bamgate, or start it: systemctl enable --now "
                            "bamgated"));
  else
    doctor_findings_add (findings, "daemon.running", OUT_BAD,
                         _ ("the daemon bamgated is not running"),
                         _ ("there is no tunnel, and what the daemon could tell is missing here"),
                         _ ("start it: systemctl start bamgated"));
}

void
doctor_look (const DoctorFacts *facts, GPtrArray *findings)
{
  look_at_bus (facts, findings);
  look_at_daemon (facts, findings);
}
