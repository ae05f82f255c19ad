/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of a network that comes from another hub: whatever they are, what is taken does not depend on how they were cut into pages, and is a
 * network or nothing. */
#include "worker/hub/hub-body.h"
#include "worker/hub/hub-rows.h"
#include "common/json-member.h"
#include "fuzz.h"

#define SALT "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID "0123456789abcdef0123456789abcdef"
#define KEY "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
#define NETWORK                                                                                    \
  "{\"row\":\"network\",\"invite_salt\":\"" SALT                                                   \
  "\",\"subnet\":\"10.7.0.0/24\",\"subnet6\":\"fd01:203:405::/64\"}"
#define DEVICE                                                                                     \
  "{\"row\":\"device\",\"device_id\":\"" ID "\",\"name\":\"laptop\",\"public_key\":\"" KEY         \
  "\",\"address\":\"10.7.0.1/24\",\"address6\":\"\",\"created_at\":1,\"owner\":true,"              \
  "\"state\":\"active\"}"

const char *const fuzz_texts[] = {
  "{\"rows\":[" NETWORK
  ",{\"row\":\"signing-key\",\"id\":\"k_0123456789abcdef\",\"secret\":\"0011\","
  "\"created_at\":1}]}",
  "{\"rows\":[" NETWORK ",{\"row\":\"lease\",\"address\":\"10.7.0.1/24\",\"name\":\"laptop\","
  "\"public_key\":\"" KEY "\",\"created_at\":1,\"reserved_until\":0}]}",
  "{\"rows\":[" NETWORK "," DEVICE ",{\"row\":\"credential\",\"device_id\":\"" ID
  "\",\"hash\":\"" SALT
  "\",\"made_at\":1,\"used\":true,\"previous_hash\":\"\",\"previous_made_at\":0,\"used_at\":2}]}",
  "{\"rows\":[" NETWORK "," DEVICE ",{\"row\":\"seen\",\"device_id\":\"" ID "\",\"at\":3}]}",
  "{\"rows\":[" NETWORK ",{\"row\":\"invite\",\"digest\":\"" SALT
  "\",\"address\":\"10.7.0.2/24\",\"expires_at\":9,\"redeemed\":false,\"redeemed_by\":\"\"}]}",
  "{\"rows\":[" NETWORK ",{\"row\":\"log\",\"entry\":\"AQAAAAAAAAA=\"}]}",
  NULL,
};

/* `page` rows at once; what is refused ends it, as at the hub. */
static BgHubArrival *
take (JsonArray *rows, guint page, gboolean *is_taken)
{
  BgHubArrival *arrival = bg_hub_arrival_new ("https://hub.example");

  *is_taken = TRUE;
  for (guint i = 0; *is_taken && i < json_array_get_length (rows); i += page)
    {
      g_autoptr (JsonArray) part = json_array_new ();

      for (guint j = i; j < MIN (i + page, json_array_get_length (rows)); j++)
        json_array_add_element (part, json_node_copy (json_array_get_element (rows, j)));
      *is_taken = bg_hub_arrival_take (arrival, part) == NULL;
    }
  return arrival;
}

static guint
count (const BgHubRows *rows)
{
  guint n = 0;

  for (guint i = 0; i < BG_HUB_TABLES; i++)
    n += rows->of[i]->len;
  return n;
}

static void
check_end (BgHubArrival *one, BgHubArrival *other)
{
  BgIpPrefix subnet, again;
  g_autoptr (BgHubRows) rows = bg_hub_arrival_end (one, &subnet);
  g_autoptr (BgHubRows) same = bg_hub_arrival_end (other, &again);

  g_assert ((rows == NULL) == (same == NULL));
  if (rows == NULL)
    return;
  g_assert (count (rows) == count (same));
  g_assert (bg_ip_prefix_contains (&subnet, &again) && subnet.len == again.len);
}

static void
check_rows (JsonArray *rows)
{
  gboolean whole, single;
  g_autoptr (BgHubArrival) at_once = take (rows, BG_HUB_ROWS_MAX, &whole);
  g_autoptr (BgHubArrival) one_by_one = take (rows, 1, &single);

  g_assert (whole == single);
  if (!whole)
    return;
  g_assert (bg_hub_arrival_count (at_once) == json_array_get_length (rows));
  g_assert (bg_hub_arrival_count (one_by_one) == json_array_get_length (rows));
  check_end (at_once, one_by_one);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (JsonNode) node = bg_hub_body_read ((const char *) data, size);
  JsonArray *rows = node ? bg_json_member_list (json_node_get_object (node), "rows") : NULL;

  if (rows != NULL)
    check_rows (rows);
  return 0;
}
