/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/bus-words.h"
#include "bamgatectl/call.h"
#include "bamgatectl/commands.h"

static void
show_state (Ctl *ctl, Out *out)
{
  const char *state = bus_word_state (bamgate_client_get_state (ctl->client));

  out_text (out, "state", NULL, state);
  out_word (out, NULL, _ ("State"), bus_word_say (state), cmd_status_tone (state));
  out_text (out, "state_reason", _ ("Reason"), bamgate_client_get_state_reason (ctl->client));
}

/* The first attempt to reach the hub has ended, well or not. */
static gboolean
is_settled (Ctl *ctl)
{
  return bamgate_client_get_signaling_state (ctl->client) != BAMGATE_SIGNALING_STATE_CONNECTING;
}

enum
{
  SETTLE_MS = 3000
};

CtlExit
cmd_up_now (Ctl *ctl, Out *out)
{
  GError *error = NULL;
  Call *call = call_new (ctl, _ ("Bringing the tunnel up"),
                         _ ("up: the daemon goes on trying; end that with: bamgatectl down"));

  bamgate_client_up (ctl->client, NULL, call_cancellable (call), call_on_answer, call);
  if (!bamgate_client_up_finish (ctl->client, call_wait (call), &error))
    return call_fail (call, _ ("up"), error);
  call_say (call, _ ("The tunnel is up; waiting for the hub"));
  call_wait_until (call, is_settled, SETTLE_MS);
  call_free (call);
  show_state (ctl, out);
  out_text (out, "interface", _ ("Interface"), bamgate_client_get_interface (ctl->client));
  out_list (out, "addresses", _ ("Addresses"), bamgate_client_get_addresses (ctl->client));
  return CTL_OK;
}

static CtlExit
run_up (Ctl *ctl, int argc, char **argv)
{
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_up, NULL, 0, 0, &argc, &argv))
    return CTL_USAGE;
  code = ctl_connect_to_act (ctl);
  if (code == CTL_OK)
    {
      Out *out = out_new (ctl->json, FALSE);

      code = cmd_up_now (ctl, out);
      out_finish (out);
    }
  return code;
}

static CtlExit
run_down (Ctl *ctl, int argc, char **argv)
{
  GError *error = NULL;
  CtlExit code;
  Call *call;

  if (!ctl_parse (ctl, &cmd_down, NULL, 0, 0, &argc, &argv))
    return CTL_USAGE;
  code = ctl_connect_to_act (ctl);
  if (code != CTL_OK)
    return code;
  call = call_new (ctl, _ ("Taking the tunnel down"),
                   _ ("down: the daemon goes on with it; see: bamgatectl status"));
  bamgate_client_down (ctl->client, call_cancellable (call), call_on_answer, call);
  if (!bamgate_client_down_finish (ctl->client, call_wait (call), &error))
    return call_fail (call, _ ("down"), error);
  call_free (call);
  ctl_catch_up (ctl);
  {
    g_autoptr (Out) out = out_new (ctl->json, FALSE);

    show_state (ctl, out);
  }
  return CTL_OK;
}

const Command cmd_up = {
  "up",
  run_up,
  NULL,
  N_ ("Bring the tunnel up"),
  N_ ("Makes the network interface, sets addresses and routes, and starts to find the\n"
      "other machines. Ends when the interface is ready and the hub has answered, or\n"
      "has not for three seconds; peers follow by themselves: watch them with\n"
      "“bamgatectl monitor”.\n"
      "Where it cannot come up, for now, the reason is said and the daemon goes on trying;\n"
      "“bamgatectl down” ends that.\n\n"
      "Example:\n"
      "  bamgatectl up && bamgatectl status"),
  CTL_EXITS_BUS | 1u << CTL_NOT_CONFIGURED,
};

const Command cmd_down = {
  "down",
  run_down,
  NULL,
  N_ ("Take the tunnel down"),
  N_ ("Ends all connections and removes the interface, its addresses and routes. Does\n"
      "nothing where the tunnel is off already. It stays down until “bamgatectl up”,\n"
      "also over a reboot. The settings stay.\n\n"
      "Example:\n"
      "  bamgatectl down"),
  CTL_EXITS_BUS,
};
