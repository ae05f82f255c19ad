/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the kernel makes of the text: in a namespace of this program's own. What passes is tried in tests/netns. */

#include "common/error.h"
#include "firewall/kill-switch.h"
#include "firewall/nft.h"
#include "unit/own-namespace.h"

#include <sched.h>
#include <string.h>

static char *no_namespace;

static char *
text_of (gboolean lan, guint n_addresses)
{
  static const char *const texts[] = { "10.90.0.2/24", "fd90::2/64" };
  BgIpPrefix addresses[G_N_ELEMENTS (texts)];
  BgKillSwitch wanted = { .interface = "odd\" drop",
                          .mark = 0x62670000,
                          .uid = 4321,
                          .lan = lan,
                          .addresses = addresses,
                          .n_addresses = n_addresses };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    bg_ip_prefix_parse (texts[i], &addresses[i]);
  return bg_kill_switch_text (&wanted);
}

static gboolean
is_there (void)
{
  g_autofree char *json = bg_nft_list ("list table inet " BG_KILL_SWITCH_TABLE, NULL);

  return json != NULL;
}

static void
run_ok (const char *text)
{
  g_autoptr (GError) error = NULL;

  bg_nft_run (text, &error);
  g_assert_no_error (error);
}

static void
test_kernel (void)
{
  if (no_namespace)
    {
      g_test_skip (no_namespace);
      return;
    }
  for (guint n = 0; n <= 2; n++)
    for (int lan = 0; lan <= 1; lan++)
      {
        g_autofree char *text = text_of (lan, n);

        run_ok (text);
        run_ok (text); /* in the place of itself */
        g_assert_true (is_there ());
      }
  run_ok (bg_kill_switch_removal ());
  g_assert_false (is_there ());
  run_ok (bg_kill_switch_removal ()); /* where it is not there either */
}

/* A mark alone is no way out, and names nearby are not asked. */
static void
test_text (void)
{
  g_autofree char *lan = text_of (TRUE, 2), *no_lan = text_of (FALSE, 2);

  g_assert_nonnull (strstr (lan, "policy drop"));
  g_assert_nonnull (strstr (lan, "    drop\n  }"));
  g_assert_null (strstr (lan, "delete"));
  g_assert_nonnull (strstr (lan, "meta mark 0x62670000 meta skuid 4321 accept"));
  g_assert_null (strstr (lan, "odd\" drop"));
  g_assert_cmpuint ((gsize) (strstr (lan, "{ 53, 853 } drop") - lan), <,
                    (gsize) (strstr (lan, "224.0.0.0/4") - lan));
  g_assert_cmpuint ((gsize) (strstr (lan, "ip daddr 10.90.0.0/24 drop") - lan), <,
                    (gsize) (strstr (lan, "224.0.0.0/4") - lan));
  g_assert_null (strstr (no_lan, "224.0.0.0/4"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  no_namespace = test_enter_namespaces (CLONE_NEWNET);
  g_test_add_func ("/kill-switch/kernel", test_kernel);
  g_test_add_func ("/kill-switch/text", test_text);
  return g_test_run ();
}
