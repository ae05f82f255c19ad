/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a stranger's request says of itself: query, host, forwarded address, invite code, key, token; and what a person says
 * of where to listen. What is taken has the form that it must have. */
#include "worker/hub/hub-request.h"
#include "worker/hub/hub-token.h"
#include "common/invite-code.h"
#include "common/key-text.h"
#include "common/listen-address.h"
#include "fuzz.h"

#include <string.h>

const char *const fuzz_texts[] = {
  "room=default",
  "a=b&room=x.y-z_1&room=2",
  "room=%2e%41+",
  "hub.example:8443",
  "[2001:db8::1]:8443",
  "192.0.2.1, 2001:db8::1",
  "AB12-CD34",
  "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=",
  "Bearer bg_0123456789abcdef",
  "*:8443",
  NULL,
};

static void
check_room (const char *text)
{
  g_autofree char *room = bg_hub_request_room (text);

  g_assert (room == NULL || (*room != '\0' && strlen (room) <= 63 && !strchr (room, '/')));
}

static void
check_base_url (const char *text)
{
  g_autofree char *url = bg_hub_request_base_url ("https", text);
  g_autoptr (GUri) uri = url != NULL ? g_uri_parse (url, G_URI_FLAGS_NONE, NULL) : NULL;

  g_assert ((url == NULL) == (uri == NULL));
  g_assert (uri == NULL || (g_uri_get_userinfo (uri) == NULL && g_uri_get_query (uri) == NULL));
}

static void
check_code (const char *text)
{
  g_autofree char *code = bg_invite_code_tidy (text);

  g_assert (code == NULL || (strlen (code) == BG_INVITE_CODE_SYMBOLS + 1 && code[4] == '-'));
}

static void
check_listen (const char *text)
{
  g_auto (BgListenAddress) address = { 0 };
  g_autoptr (GError) error = NULL;

  if (!bg_listen_address_parse (text, &address, &error))
    g_assert (error != NULL && address.address == NULL);
  else if (!g_str_equal (address.address, "*"))
    {
      g_autoptr (GInetAddress) parsed = g_inet_address_new_from_string (address.address);

      g_assert (parsed != NULL);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GInetAddress) forwarded = bg_hub_request_forwarded_for (text);
  uint8_t key[BG_KEY_BYTES];

  check_room (text);
  check_base_url (text);
  check_code (text);
  check_listen (text);
  if (bg_key_from_base64 (text, key))
    g_assert (strlen (text) == BG_KEY_TEXT_LEN);
  if (bg_hub_token_matches ("bg_0123456789abcdef", text))
    g_assert (g_str_equal (text, "Bearer bg_0123456789abcdef"));
  return 0;
}
