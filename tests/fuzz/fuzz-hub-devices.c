/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What strangers send to the endpoints of devices and of the log: bodies, access tokens, and proofs of keys. What is taken has the form that it
 * must have; no token is taken that the hub did not make, and no proof of a key that nobody has. */
#include "worker/core/membership-entry.h"
#include "worker/hub/hub-access-token.h"
#include "worker/hub/hub-body.h"
#include "worker/hub/hub-challenge.h"
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
  "AAAAAGtJ0gCtkIqKcIrKB1iM2nxO0+RNSWaoCpq7Lx5LusU8Z0FONA==",
  "UeZ2flBHzaagJnw5v1+aunPt/mBQaiBnzvOR+zmO+mw=",
  "wss://[2001:DB8::7]:8443/connect",
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

/* The key is one of small order: nobody proves it, whatever he says. */
static void
check_proof (const char *text)
{
  static const guint8 key[BG_KEY_BYTES];
  g_autoptr (BgHubChallenges) challenges = bg_hub_challenges_new ();
  g_autofree char *good = bg_hub_challenges_make (challenges, key, text, 1);
  const BgKeyClaim claim = { .public_key = key, .name = text, .host = text, .pin = text };
  guint8 challenge[BG_KEY_CHALLENGE_BYTES];

  g_assert (bg_key_challenge_parse (good, challenge));
  g_assert (!bg_hub_challenges_check (challenges, good, text, &claim, text, 1));
  g_assert (!bg_hub_challenges_check (challenges, text, text, &claim, text, 1));
}

static void
check_challenge (const char *text)
{
  guint8 challenge[BG_KEY_CHALLENGE_BYTES];
  g_autofree char *again = NULL;

  if (!bg_key_challenge_parse (text, challenge))
    return;
  again = g_base64_encode (challenge, sizeof challenge);
  g_assert (g_str_equal (again, text));
}

/* A host is in the form that it is compared in. */
static void
check_host (const char *text)
{
  g_autofree char *host = g_utf8_validate (text, -1, NULL) ? bg_key_proof_host (text) : NULL;

  g_assert (host == NULL || *host != '\0');
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);

  check_body ((const char *) data, size);
  check_token (text);
  check_proof (text);
  check_challenge (text);
  check_host (text);
  return 0;
}
