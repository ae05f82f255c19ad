/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is so, on this machine and for this person. */
#include "bamgatectl/doctor-local.h"

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
    facts->daemon_version = g_strdup (bamgate_client_get_version (ctl->client));
}

DoctorFacts *
doctor_facts_collect (Ctl *ctl)
{
  DoctorFacts *facts = g_new0 (DoctorFacts, 1);

  facts->is_own = ctl_is_own (ctl);
  ask_bus (ctl, facts);
  return facts;
}

void
doctor_facts_free (DoctorFacts *self)
{
  g_free (self->bus_error);
  g_free (self->daemon_version);
  g_free (self);
}
