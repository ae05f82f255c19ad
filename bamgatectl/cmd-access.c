/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/call.h"
#include "bamgatectl/commands.h"

static const char *
words_of_action (const char *action)
{
  return g_str_equal (action, "deny") ? _ ("deny") : _ ("allow");
}

static void
show_rule (Out *out, GVariant *rule)
{
  const char *action = "", *text = "";
  gboolean known = TRUE;
  guint64 packets = 0;

  g_variant_lookup (rule, "action", "&s", &action);
  g_variant_lookup (rule, "rule", "&s", &text);
  g_variant_lookup (rule, "packets", "t", &packets);
  g_variant_lookup (rule, "known", "b", &known);
  out_row_begin (out);
  out_text (out, "action", NULL, action);
  out_text (out, NULL, _ ("ACTION"), words_of_action (action));
  out_text (out, "rule", _ ("RULE"), text);
  out_count (out, "packets", _ ("PACKETS"), (gint64) packets);
  out_flag (out, "known", NULL, known);
  out_text (out, NULL, _ ("REMARK"), known ? "" : _ ("no peer of that name"));
  out_row_end (out);
}

static gboolean
any_allows (GVariant *rules)
{
  for (gsize i = 0; i < g_variant_n_children (rules); i++)
    {
      g_autoptr (GVariant) rule = g_variant_get_child_value (rules, i);
      const char *action = "";

      if (g_variant_lookup (rule, "action", "&s", &action) && g_str_equal (action, "allow"))
        return TRUE;
    }
  return FALSE;
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  g_autoptr (Out) out = NULL;
  g_autoptr (GVariant) rules = NULL;
  GError *error = NULL;
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_access, NULL, 0, 0, &argc, &argv))
    return CTL_USAGE;
  code = ctl_connect_to_act (ctl);
  if (code != CTL_OK)
    return code;
  rules = bamgate_client_list_access_sync (ctl->client, NULL, &error);
  if (!rules)
    return ctl_fail (NULL, error);
  out = out_new (ctl->json, FALSE);
  out_table_begin (out, "rules");
  for (gsize i = 0; i < g_variant_n_children (rules); i++)
    {
      g_autoptr (GVariant) rule = g_variant_get_child_value (rules, i);

      show_rule (out, rule);
    }
  out_table_end (out);
  if (any_allows (rules))
    out_note (out, _ ("What no rule allows is refused."));
  else if (g_variant_n_children (rules) == 0)
    out_note (out, _ ("There are no rules: peers may reach all of this machine."));
  return CTL_OK;
}

const Command cmd_access = {
  "access",
  run,
  "",
  N_ ("Show what peers may reach here"),
  N_ ("Lists the rules of the settings device.deny and device.allow, in the order in which they\n"
      "are asked, and how many packets each decided. A rule says a protocol (all, tcp, udp,\n"
      "icmp), ports, who (a peer or addresses), and where to; all but the first may be left\n"
      "out. What this machine begins itself is answered in any case.\n\n"
      "Examples:\n"
      "  bamgatectl access\n"
      "  bamgatectl config set 'device.allow=tcp 22 from laptop;icmp'\n"
      "  bamgatectl config set 'device.deny=all from phone to 192.168.1.0/24'"),
  CTL_EXITS_BUS,
};
