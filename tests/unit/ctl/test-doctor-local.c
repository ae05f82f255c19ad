/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the doctor says of this machine and this person without the daemon, from every combination of facts that matters. */
#include "bamgatectl/doctor-finding.h"
#include "bamgatectl/doctor-local.h"

#include <string.h>

#define TEXT(literal) ((char *) (literal))

/* All is well; each test spoils something. Texts are literals. */
static const DoctorFacts well = {
  .is_running = TRUE,
  .can_be_started = TRUE,
  .daemon_version = TEXT ("1.0"),
  .own_version = TEXT ("1.0"),
  .daemon_pid = 77,
  .unit_load = TEXT ("loaded"),
  .unit_active = TEXT ("active"),
  .unit_result = TEXT ("success"),
  .unit_pid = 77,
  .tun = DOCTOR_TUN_FINE,
  .control = DOCTOR_RIGHT_YES,
  .configure = DOCTOR_RIGHT_YES,
  .desktop = TEXT (""),
};

static DoctorFacts
stopped (const char *load, const char *active, const char *result)
{
  DoctorFacts facts = well;

  facts.is_running = FALSE;
  facts.daemon_version = NULL;
  facts.daemon_pid = facts.unit_pid = 0;
  facts.unit_load = (char *) load;
  facts.unit_active = (char *) active;
  facts.unit_result = (char *) result;
  return facts;
}

static const DoctorFinding *
find (GPtrArray *findings, const char *check)
{
  for (guint i = 0; i < findings->len; i++)
    if (g_str_equal (((const DoctorFinding *) findings->pdata[i])->check, check))
      return findings->pdata[i];
  return NULL;
}

/* `found` and `deed`: a part of it; NULL `found`: there is no such finding; NULL `deed`: there is none. */
static void
assert_says (const DoctorFacts *facts, const char *check, OutTone verdict, const char *found,
             const char *deed)
{
  g_autoptr (GPtrArray) findings = doctor_findings_new ();
  const DoctorFinding *finding;

  doctor_look (facts, findings);
  finding = find (findings, check);
  if (!found)
    {
      g_assert_null (finding);
      return;
    }
  g_assert_true (finding != NULL);
  if (!finding)
    return;
  g_assert_cmpint (finding->verdict, ==, verdict);
  g_assert_true (verdict == OUT_GOOD ? !finding->means : finding->means != NULL);
  if (!strstr (finding->found, found)
      || (deed && (!finding->deed || !strstr (finding->deed, deed))))
    g_error ("%s: %s / %s", check, finding->found, finding->deed);
  g_assert_true (deed || !finding->deed);
}

static void
test_all_is_well (void)
{
  g_autoptr (GPtrArray) findings = doctor_findings_new ();

  doctor_look (&well, findings);
  g_assert_cmpuint (doctor_findings_count (findings, OUT_GOOD), ==, findings->len);
  g_assert_cmpuint (findings->len, ==, 5);
}

static void
test_bus (void)
{
  DoctorFacts facts = stopped (NULL, NULL, NULL);

  facts.bus_error = TEXT ("no such file");
  assert_says (&facts, "bus", OUT_BAD, "no such file", "systemctl status dbus.socket");
  assert_says (&facts, "daemon.running", OUT_BAD, NULL, NULL);
  facts.is_own = TRUE;
  assert_says (&facts, "bus", OUT_BAD, "no such file", "systemctl --user status");
}

static void
test_stopped (void)
{
  DoctorFacts rests = stopped ("loaded", "inactive", "success"),
              masked = stopped ("masked", "inactive", "success"),
              failed = stopped ("loaded", "failed", "start-limit-hit"),
              absent = stopped ("not-found", "inactive", "success"),
              elsewhere = stopped (NULL, NULL, NULL);

  assert_says (&rests, "daemon.running", OUT_BAD, "is not running", "systemctl start bamgated");
  assert_says (&rests, "daemon.version", OUT_BAD, NULL, NULL);
  assert_says (&masked, "daemon.running", OUT_BAD, "masked", "systemctl unmask bamgated");
  assert_says (&failed, "daemon.running", OUT_BAD, "has failed (start-limit-hit)",
               "journalctl -u bamgated");
  assert_says (&absent, "daemon.running", OUT_BAD, "not installed", "package bamgate");
  elsewhere.can_be_started = FALSE;
  assert_says (&elsewhere, "daemon.running", OUT_BAD, "does not know how to start it",
               "systemctl enable --now");
  elsewhere.is_own = TRUE;
  assert_says (&elsewhere, "daemon.running", OUT_BAD, "is not running", "systemctl --user start");
}

static void
test_another_daemon (void)
{
  DoctorFacts facts = well;

  assert_says (&facts, "daemon.unit", OUT_WARN, NULL, NULL);
  facts.unit_pid = 0;
  assert_says (&facts, "daemon.unit", OUT_WARN, "process 77", "systemctl start bamgated");
  facts.unit_load = NULL; /* no systemd */
  assert_says (&facts, "daemon.unit", OUT_WARN, NULL, NULL);
  facts = well;
  facts.daemon_version = TEXT ("0.9");
  assert_says (&facts, "daemon.version", OUT_WARN, "version 0.9, this program of 1.0",
               "systemctl restart bamgated");
}

static void
test_tun (void)
{
  DoctorFacts facts = well;

  facts.tun = DOCTOR_TUN_MISSING;
  assert_says (&facts, "tun.device", OUT_BAD, "/dev/net/tun", "modprobe tun");
  facts.container = TEXT ("docker");
  assert_says (&facts, "tun.device", OUT_BAD, "/dev/net/tun", "--device=/dev/net/tun");
  facts.container = TEXT ("lxc");
  assert_says (&facts, "tun.device", OUT_BAD, "/dev/net/tun", "NET_ADMIN");
  facts.container = NULL;
  facts.tun = DOCTOR_TUN_MODULES_GONE;
  assert_says (&facts, "tun.device", OUT_BAD, "/dev/net/tun", "restart this machine");
  facts.tun = DOCTOR_TUN_UNKNOWN;
  assert_says (&facts, "tun.device", OUT_BAD, NULL, NULL);
}

static void
test_rights (void)
{
  DoctorFacts facts = well;

  assert_says (&facts, "rights", OUT_GOOD, "you may", NULL);
  facts.configure = DOCTOR_RIGHT_ASKS;
  assert_says (&facts, "rights", OUT_GOOD, "a password", NULL);
  facts.configure = DOCTOR_RIGHT_NO;
  assert_says (&facts, "rights", OUT_WARN, "to change settings", "sudo");
  facts.control = DOCTOR_RIGHT_NO;
  assert_says (&facts, "rights", OUT_WARN, "up and down", "sudo");
  facts.control = DOCTOR_RIGHT_NO_ACTION;
  assert_says (&facts, "rights", OUT_BAD, "org.bamgate.Tunnel1.policy", "package bamgate");
  facts.control = DOCTOR_RIGHT_NO_POLKIT;
  assert_says (&facts, "rights", OUT_WARN, "polkit does not answer", "sudo");
  facts.control = DOCTOR_RIGHT_UNKNOWN; /* root, who needs none */
  assert_says (&facts, "rights", OUT_WARN, NULL, NULL);
}

static void
test_agent (void)
{
  static const char *const desktops[][2] = {
    { "ubuntu:GNOME", "log out and in" },
    { "KDE", "polkit-kde-agent-1" },
    { "X-Cinnamon:Cinnamon", "log out" },
    { "sway", "exec lxqt-policykit-agent" },
    { "Hyprland", "exec-once" },
    { "niri", "spawn-at-startup" },
    { "river", "lxqt-policykit" },
    { "", "lxqt-policykit" },
    { "XFCE", "mate-polkit, and log in again" },
  };
  DoctorFacts facts = well;

  assert_says (&facts, "polkit.agent", OUT_BAD, NULL, NULL);
  facts.agent = DOCTOR_AGENT_THERE;
  assert_says (&facts, "polkit.agent", OUT_GOOD, "can ask you", NULL);
  facts.agent = DOCTOR_AGENT_MISSING;
  for (gsize i = 0; i < G_N_ELEMENTS (desktops); i++)
    {
      facts.desktop = (char *) desktops[i][0];
      assert_says (&facts, "polkit.agent", OUT_BAD, "no agent", desktops[i][1]);
    }
}

static void
test_fence (void)
{
  DoctorFacts facts = stopped ("loaded", "inactive", "success");

  facts.is_fenced = TRUE;
  assert_says (&facts, "exit.strict", OUT_BAD, "nothing leaves", "exit set none");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/doctor-local/well", test_all_is_well);
  g_test_add_func ("/doctor-local/bus", test_bus);
  g_test_add_func ("/doctor-local/stopped", test_stopped);
  g_test_add_func ("/doctor-local/another-daemon", test_another_daemon);
  g_test_add_func ("/doctor-local/fence", test_fence);
  g_test_add_func ("/doctor-local/tun", test_tun);
  g_test_add_func ("/doctor-local/rights", test_rights);
  g_test_add_func ("/doctor-local/agent", test_agent);
  return g_test_run ();
}
