/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What strangers send to the endpoints of devices and of the log: bodies, and access tokens. What is taken has the form that it
 * must have; no token is taken that the hub did not make. */
#include "worker/core/membership-entry.h"
#include "worker/hub/hub-access-token.h"
#include "worker/hub/hub-body.h"
#include "fuzz.h"

#include <string.h>

enum
{
  MOST = 16,
};

const char *const fuzz_texts[] = {
  "{\"device_name\":\"laptop\",\"invite\":\"AB12-CD34\","
  "\"public_key\":\"hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=\"}",
  "{\"device_id\":\"0123\",\"refresh_token\":\"bgr_\",\"rotate\":false}",
  "{\"entries\":[\"AAEC\",\"AA==\"]}",
  "{\"state\":\"active\",\"device_name\":null}",
  "eyJhbGciOiJIUzI1NiIsImtpZCI6ImtfMDEyMzQ1Njc4OWFiY2RlZiIsInR5cCI6IkpXVCJ9.e30.AAAA",
  NULL,
};

static void
check_body (const char *text, gsize len)
{
  g_autoptr (JsonNode) node = bg_hub_body_read (text, len);
  g_autoptr (GPtrArray) entries = NULL;
  JsonObject *body;
  gboolean flag;

  if (node == NULL)
    return;
  body = json_node_get_object (node);
  if (!bg_hub_body_get_flag (body, "rotate", TRUE, &flag))
    g_assert_true (json_object_has_member (body, "rotate"));
  entries = bg_hub_body_get_bytes (body, "entries", MOST, BG_ENTRY_MAX);
  g_assert (entries == NULL || (entries->len > 0 && entries->len <= MOST));
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    g_assert (g_bytes_get_size (entries->pdata[i]) <= BG_ENTRY_MAX);
}

/* A key that was stored, so that nothing is written. */
static BgHubAccessTokens *
tokens_new (void)
{
  GPtrArray *keys = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_hub_signing_key_free);

  g_ptr_array_add (keys, bg_hub_signing_key_new ("k_0123456789abcdef", "00112233", 1));
  return bg_hub_access_tokens_new (keys, NULL);
}

static void
check_token (const char *text)
{
  g_autoptr (BgHubAccessTokens) tokens = tokens_new ();
  g_autofree char *good = bg_hub_access_tokens_make (tokens, "device", FALSE, 2);
  g_autofree char *grafted = g_strconcat (good, text, NULL);
  g_autofree char *id = bg_hub_access_tokens_read (tokens, good, 2);
  g_autofree char *of_text = bg_hub_access_tokens_read (tokens, text, 2);
  g_autofree char *of_both = bg_hub_access_tokens_read (tokens, grafted, 2);

  g_assert (id != NULL && g_str_equal (id, "device"));
  g_assert (of_text == NULL && (of_both == NULL || *text == '\0'));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);

  check_body ((const char *) data, size);
  check_token (text);
  return 0;
}
