/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/endpoint-claim.h"

static const char *const some[] = { "prod", "Example.ORG.", NULL }, *const all[] = { "*", NULL };

static void
assert_judged (const BgEndpointClaims *claims, const char *host, int expected)
{
  g_autoptr (BgWords) why = bg_endpoint_claim_judge (claims, host);

  g_test_message ("%s: %s", host, bg_words_get_text (why));
  if (expected < 0)
    g_assert_null (why);
  else
    g_assert_true (bg_words_is (why, (BgSaying) expected));
}

enum
{
  FINE = -1
};

static void
test_names (void)
{
  static const struct
  {
    const char *host;
    int by_default, with_some, with_all;
  } rows[] = {
    { "db.staging", FINE, FINE, FINE },
    { "web.team-a", FINE, FINE, FINE },
    { "api.default.cluster-1", FINE, FINE, FINE },
    { "db.prod", BG_SAY_ENDPOINT_NAME_PUBLIC, FINE, FINE },
    { "api.example.org", BG_SAY_ENDPOINT_NAME_PUBLIC, FINE, FINE },
    { "example.org", BG_SAY_ENDPOINT_NAME_PUBLIC, FINE, FINE },
    { "badexample.org", BG_SAY_ENDPOINT_NAME_PUBLIC, BG_SAY_ENDPOINT_NAME_PUBLIC, FINE },
    { "github.com", BG_SAY_ENDPOINT_NAME_PUBLIC, BG_SAY_ENDPOINT_NAME_PUBLIC, FINE },
    { "www.bank.co.uk", BG_SAY_ENDPOINT_NAME_PUBLIC, BG_SAY_ENDPOINT_NAME_PUBLIC, FINE },
    { "nas.local", BG_SAY_ENDPOINT_NAME_PUBLIC, BG_SAY_ENDPOINT_NAME_PUBLIC, FINE },
    { "router.lan", BG_SAY_ENDPOINT_NAME_PUBLIC, BG_SAY_ENDPOINT_NAME_PUBLIC, FINE },
    { "1.0.0.10.in-addr.arpa", BG_SAY_ENDPOINT_NAME_PUBLIC, BG_SAY_ENDPOINT_NAME_PUBLIC, FINE },
    { "printer", BG_SAY_ENDPOINT_NAME_PUBLIC, BG_SAY_ENDPOINT_NAME_PUBLIC, FINE },
    /* whatever the settings say */
    { "laptop.bamgate.internal", BG_SAY_ENDPOINT_NAME_OF_NETWORK, BG_SAY_ENDPOINT_NAME_OF_NETWORK,
      BG_SAY_ENDPOINT_NAME_OF_NETWORK },
    { "bamgate.internal", BG_SAY_ENDPOINT_NAME_OF_NETWORK, BG_SAY_ENDPOINT_NAME_OF_NETWORK,
      BG_SAY_ENDPOINT_NAME_OF_NETWORK },
    { "laptop.home.internal", BG_SAY_ENDPOINT_NAME_OF_NETWORK, BG_SAY_ENDPOINT_NAME_OF_NETWORK,
      BG_SAY_ENDPOINT_NAME_OF_NETWORK },
    { "desk", BG_SAY_ENDPOINT_NAME_OF_NETWORK, BG_SAY_ENDPOINT_NAME_OF_NETWORK,
      BG_SAY_ENDPOINT_NAME_OF_NETWORK },
    { "desk.site", BG_SAY_ENDPOINT_NAME_OF_NETWORK, BG_SAY_ENDPOINT_NAME_OF_NETWORK,
      BG_SAY_ENDPOINT_NAME_OF_NETWORK },
    { "ip6-allnodes", BG_SAY_ENDPOINT_NAME_OF_NETWORK, BG_SAY_ENDPOINT_NAME_OF_NETWORK,
      BG_SAY_ENDPOINT_NAME_OF_NETWORK },
  };
  BgEndpointClaims claims = { .suffix = "home.internal", .own = "Desk.site" };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      claims.allowed = NULL;
      assert_judged (&claims, rows[i].host, rows[i].by_default);
      claims.allowed = some;
      assert_judged (&claims, rows[i].host, rows[i].with_some);
      claims.allowed = all;
      assert_judged (&claims, rows[i].host, rows[i].with_all);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/endpoint-claim/names", test_names);
  return g_test_run ();
}
