/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/call.h"
#include "bamgatectl/commands.h"
#include "bamgatectl/doctor-finding.h"
#include "bamgatectl/doctor-local.h"

static void
say_unasked (const GError *error, GPtrArray *findings)
{
  gboolean is_old = g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD);
  g_autofree char *found =
    is_old ? g_strdup (_ ("the daemon bamgated is older than this program, "
                          "and cannot look for what is wrong"))
           : g_strdup_printf (_ ("the daemon bamgated could not be asked: %s"), error->message);

  doctor_findings_add (findings, "daemon.answers", OUT_BAD, found,
                       _ ("what only the daemon can tell is missing here"),
                       _ ("restart it: systemctl restart bamgated"));
}

/* FALSE: the person does not wait for it. */
static gboolean
ask_daemon (Ctl *ctl, GPtrArray *findings, CtlExit *code)
{
  Call *call = call_new (ctl, _ ("Looking for what is wrong"), NULL);
  GError *error = NULL;
  g_autoptr (GVariant) answer = NULL;

  bamgate_client_diagnose (ctl->client, NULL, call_cancellable (call), call_on_answer, call);
  answer = bamgate_client_diagnose_finish (ctl->client, call_wait (call), &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      *code = call_fail (call, NULL, error);
      return FALSE;
    }
  call_free (call);
  if (answer)
    doctor_findings_add_daemons (findings, answer);
  else
    say_unasked (error, findings);
  g_clear_error (&error);
  return TRUE;
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  g_autoptr (GPtrArray) findings = doctor_findings_new ();
  g_autoptr (DoctorFacts) facts = NULL;
  g_autoptr (Out) out = NULL;
  CtlExit code = CTL_OK;

  if (!ctl_parse (ctl, &cmd_doctor, NULL, 0, 0, &argc, &argv))
    return CTL_USAGE;
  ctl_connect_quietly (ctl);
  facts = doctor_facts_collect (ctl);
  doctor_look (facts, findings);
  if (facts->is_running && !ask_daemon (ctl, findings, &code))
    return code;
  out = out_new (ctl->json, FALSE);
  doctor_findings_show (findings, out);
  return doctor_findings_count (findings, OUT_BAD) > 0 ? CTL_FAILED : CTL_OK;
}

const Command cmd_doctor = {
  "doctor",
  run,
  NULL,
  N_ ("Find out what keeps the tunnel from working"),
  N_ ("Looks at this machine, its networks, the daemon and the hub, and says of each what it\n"
      "found: ok, a note, or a problem, and of the latter two what it means and what to do.\n"
      "Changes nothing, and starts nothing. Works without the daemon too, as far as that goes.\n"
      "Ends with 1 where there is a problem.\n\n"
      "Examples:\n"
      "  bamgatectl doctor\n"
      "  bamgatectl doctor --json"),
  0,
};
