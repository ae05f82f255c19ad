/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an account's API says: pages of endpoints, machines, refusals, and the addresses in them. What is taken for an endpoint is one
 * that may stand in a hosts file, and is the same when it is read again. */
#include "publish/endpoint.h"
#include "publish/ingress-address.h"
#include "publish/operator-answer.h"
#include "fuzz.h"

#include <string.h>

const char *const fuzz_texts[] = {
  "{\"endpoints\":[{\"id\":\"ep_1\",\"url\":\"http://app.example\",\"bindings\":[\"kubernetes\"]}],\"next_page_uri\":null}",
  "{\"endpoints\":[{\"id\":\"ep_1\",\"public_url\":\"tcp://db.prod:5432\",\"proto\":\"tcp\"},{\"id\":\"ep_2\",\"url\":\"tls://[2001:db8::1]\"}]}",
  "{\"endpoints\":[{\"url\":\"http://u:p@App.EXAMPLE.:81/x?y#z\"},{\"url\":\"h\",\"proto\":\"http\"}],\"next_page_uri\":\"https://api.example/x\"}",
  "{\"operators\":[{\"id\":\"k8sop_1\",\"metadata\":\"{\\\"instance\\\":\\\"mine\\\"}\"}]}",
  "{\"id\":\"k8sop_1\",\"binding\":{\"ingress_endpoint\":\"h:443\",\"endpoint_selectors\":[\"true\"],\"cert\":{\"cert\":\"x\"}}}",
  "{\"error_code\":\"ERR_NGROK_226\",\"status_code\":429,\"msg\":\"slow\",\"details\":{\"operation_id\":\"op_1\"}}",
  "http://app.example:8080/path",
  "tcp://db.prod:5432",
  "[2001:db8::1]:443",
  NULL,
};

static void
check_name (const BgWantedEndpoint *endpoint)
{
  g_autoptr (BgEndpointUrl) again = bg_endpoint_url_parse (
    endpoint->url, NULL, bg_scheme_get_name (endpoint->scheme), NULL);

  g_assert_nonnull (again);
  g_assert_cmpstr (again->host, ==, endpoint->host);
  g_assert (again->port == endpoint->port && endpoint->port != 0);
  g_assert (strlen (endpoint->host) <= 253);
  g_assert (endpoint->host[strspn (endpoint->host, "abcdefghijklmnopqrstuvwxyz0123456789.-:")]
            == '\0');
  g_assert_cmpstr (endpoint->host, !=, "localhost");
}

static void
check_list (const GPtrArray *list)
{
  for (guint i = 0; i < list->len; i++)
    {
      const BgWantedEndpoint *endpoint = list->pdata[i];

      g_assert ((endpoint->host == NULL) == (endpoint->refused != NULL));
      g_assert (g_utf8_validate (endpoint->url, -1, NULL));
      if (endpoint->host)
        check_name (endpoint);
      g_assert (i == 0 || bg_endpoint_compare (list->pdata[i - 1], endpoint) <= 0);
    }
}

static void
read_page (JsonObject *page)
{
  g_autoptr (GPtrArray) list = bg_endpoint_list_new ();
  g_autoptr (BgOperatorRecord) record = bg_operator_record_read (page);
  g_autofree char *own = bg_operator_page_find (page, "mine");
  const char *next;

  bg_operator_page_add_endpoints (page, "account", list);
  bg_endpoint_list_merge (list);
  check_list (list);
  bg_operator_page_get_next (page, "endpoints", &next);
  g_assert (!record || bg_operator_id_is_usable (record->id));
  g_assert (!own || bg_operator_id_is_usable (own));
}

static void
read_address (const char *text)
{
  g_autoptr (BgWantedEndpoint) endpoint = bg_endpoint_new ("account", text, text, NULL, NULL);
  g_autofree char *host = NULL;
  guint16 port;

  g_assert ((endpoint->host == NULL) == (endpoint->refused != NULL));
  if (endpoint->host)
    check_name (endpoint);
  if (bg_ingress_address_parse (text, &host, &port, NULL))
    g_assert (host && port);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const guint statuses[] = { 200, 401, 404, 429, 503 };
  g_autofree char *text = g_strndup ((const char *) data, size);

  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      g_autoptr (BgOperatorAnswer)
        answer = bg_operator_answer_new (statuses[i], text, (const char *) data, size, 0);

      g_assert ((answer->reason == NULL) == (answer->kind == BG_ANSWER_GOOD));
      g_assert (!answer->reason || g_utf8_validate (answer->reason->text, -1, NULL));
      if (answer->body)
        read_page (answer->body);
    }
  read_address (text);
  return 0;
}
