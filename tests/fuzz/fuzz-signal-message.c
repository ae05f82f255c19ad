/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The reader of signalling frames: what it takes it must write in a form that it takes again, and
 * writes alike. */
#include "common/signal-message.h"
#include "common/json-list.h"
#include "fuzz.h"

#include <string.h>

const char *const fuzz_texts[] = {
  "{\"address\":\"10.0.0.2/24\",\"peerId\":\"bravo\",\"publicKey\":\"hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=\",\"type\":\"join\"}",
  "{\"metadata\":{\"dns\":\"[\\\"10.96.0.10\\\"]\"},\"peerId\":\"a\",\"publicKey\":\"K\",\"routes\":[\"192.168.1.0/24\"],\"type\":\"join\"}",
  "{\"peers\":[{\"peerId\":\"a\",\"publicKey\":\"K\",\"routes\":null},{\"peerId\":\"b\"}],\"type\":\"peers\"}",
  "{\"peers\":null,\"type\":\"peers\"}",
  "{\"peerId\":\"bravo\",\"type\":\"peer-left\"}",
  "{\"bamgate\":{\"control\":1,\"implementation\":\"x\",\"paths\":[\"ice\"]},\"from\":\"a\",\"sdp\":\"v=0\\r\\n\\u003c\",\"to\":\"b\",\"type\":\"offer\"}",
  "{\"bamgate\":{\"control\":3,\"dns\":[\"192.168.1.1\"],\"exit\":[\"4\"],\"proof\":\"AAAA\",\"routes\":[\"192.168.1.0/24\"],\"search\":[\"lan\"]},\"from\":\"a\",\"sdp\":\"\",\"to\":\"b\",\"type\":\"answer\"}",
  "{\"from\":\"a\",\"publicKey\":\"K\",\"sdp\":\"\",\"to\":\"b\",\"type\":\"answer\"}",
  "{\"candidate\":\"candidate:1 1 udp 1 192.0.2.10 5 typ host\",\"from\":\"a\",\"to\":\"b\",\"type\":\"ice-candidate\"}",
  "{\"log\":7,\"pending\":1,\"type\":\"network\"}",
  "{\"type\":\"ping\",\"x\":[1.5e3,true,false,null,{\"y\":[[]]},-0]}",
  NULL,
};

static void
assert_stable (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BgSignalMessage) message = bg_signal_message_parse (text, strlen (text), &error);
  g_autofree char *again = NULL;

  g_assert_no_error (error);
  again = bg_signal_message_to_json (message);
  g_assert_cmpstr (again, ==, text);
}

/* An entry's offer, put into another entry, is the same offer. */
static void
assert_offers (const BgSignalMessage *message)
{
  for (guint i = 0; message->peers != NULL && i < message->peers->len; i++)
    {
      g_autoptr (BgPeerOffer) offer = bg_signal_peer_get_offer (message->peers->pdata[i]),
                              again = NULL;
      g_autoptr (BgSignalPeer) entry = g_new0 (BgSignalPeer, 1);

      bg_signal_peer_set_offer (entry, offer);
      again = bg_signal_peer_get_offer (entry);
      g_assert (bg_peer_offer_equal (offer, again));
    }
}

/* The input as the value of some metadata, too. */
static void
read_list (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) list = bg_json_list_parse (text, 8), again = NULL;
  g_autofree char *written = list ? bg_json_list_format (list) : NULL;

  if (list == NULL)
    return;
  again = bg_json_list_parse (written, 8);
  g_assert (g_strv_equal ((const char *const *) list, (const char *const *) again));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BgSignalMessage) message = bg_signal_message_parse ((const char *) data, size, &error);
  g_autofree char *text = NULL;

  g_assert ((message == NULL) == (error != NULL));
  read_list (data, size);
  if (message == NULL)
    return 0;
  assert_offers (message);
  text = bg_signal_message_to_json (message);
  if (strlen (text) <= BG_SIGNAL_MAX_FRAME)
    assert_stable (text);
  return 0;
}
