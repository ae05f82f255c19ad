/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An answer of the ingress, of whatever bytes: the frame is as long as it says, and what is read of it can be shown. */
#include "publish/ingress-frame.h"
#include "fuzz.h"

#include <string.h>

static const guint8 ok[] = "\x19\0\x0a\x04"
                           "ep_1\x12\x03"
                           "tcp\x2a\x0c\x0a\x0a"
                           "deprecated";
static const guint8 refusal[] = "\x1e\0\x1a\x0a"
                                "ERR_TEST_1\x22\x10"
                                "no such endpoint";

size_t
fuzz_example (unsigned n, uint8_t *out, size_t max)
{
  const guint8 *bytes = n == 0 ? ok : refusal;
  size_t len = n == 0 ? sizeof ok - 1 : sizeof refusal - 1;

  if (n > 1)
    return 0;
  g_assert (len <= max);
  memcpy (out, bytes, len);
  return len;
}

static size_t
collect (BgIngressReader *reader, const uint8_t *data, size_t size)
{
  size_t at = 0;
  gsize room = 1;

  while (at < size)
    {
      guint8 *to = bg_ingress_reader_room (reader, &room);
      gsize n = MIN (room, size - at);

      if (room == 0)
        break;
      memcpy (to, data + at, n);
      bg_ingress_reader_took (reader, n);
      at += n;
    }
  return at;
}

static void
check_text (const char *text)
{
  g_assert (text && g_utf8_validate (text, -1, NULL) && !strpbrk (text, "\r\n\x1b"));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  BgIngressReader reader = { 0 };
  size_t used = collect (&reader, data, size);
  g_autoptr (BgIngressAnswer) answer = NULL;
  gsize room;

  g_assert (used <= 2u + reader.len);
  bg_ingress_reader_room (&reader, &room);
  if (room == 0)
    answer = bg_ingress_answer_parse (reader.message, reader.len);
  if (answer)
    {
      check_text (answer->endpoint_id);
      check_text (answer->error_code);
      check_text (answer->error_message);
    }
  bg_ingress_reader_clear (&reader);
  return 0;
}
