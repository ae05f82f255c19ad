/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The reader of signalling frames: what it takes it must write in a form that it takes again, and
 * writes alike. */
#include "common/signal-message.h"
#include "fuzz.h"

#include <string.h>

const char *const fuzz_texts[] = {
  "{\"address\":\"10.0.0.2/24\",\"peerId\":\"bravo\",\"publicKey\":\"hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=\",\"type\":\"join\"}",
  "{\"metadata\":{\"dns\":\"[\\\"10.96.0.10\\\"]\"},\"peerId\":\"a\",\"publicKey\":\"K\",\"routes\":[\"192.168.1.0/24\"],\"type\":\"join\"}",
  "{\"peers\":[{\"peerId\":\"a\",\"publicKey\":\"K\",\"routes\":null},{\"peerId\":\"b\"}],\"type\":\"peers\"}",
  "{\"peers\":null,\"type\":\"peers\"}",
  "{\"peerId\":\"bravo\",\"type\":\"peer-left\"}",
  "{\"bamgate\":{\"control\":1,\"implementation\":\"x\",\"paths\":[\"ice\"]},\"from\":\"a\",\"sdp\":\"v=0\\r\\n\\u003c\",\"to\":\"b\",\"type\":\"offer\"}",
  "{\"from\":\"a\",\"publicKey\":\"K\",\"sdp\":\"\",\"to\":\"b\",\"type\":\"answer\"}",
  "{\"candidate\":\"candidate:1 1 udp 1 192.0.2.10 5 typ host\",\"from\":\"a\",\"to\":\"b\",\"type\":\"ice-candidate\"}",
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

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BgSignalMessage) message = bg_signal_message_parse ((const char *) data, size, &error);
  g_autofree char *text = NULL;

  g_assert ((message == NULL) == (error != NULL));
  if (message == NULL)
    return 0;
  text = bg_signal_message_to_json (message);
  if (strlen (text) <= BG_SIGNAL_MAX_FRAME)
    assert_stable (text);
  return 0;
}
