/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a peer says about a file: whatever it is, the name that comes of it is fit for a folder, and what is written is read again. */
#include "files/file-message.h"
#include "files/file-name.h"
#include "fuzz.h"

#include <string.h>

const char *const fuzz_texts[] = {
  "{\"id\":\"0123456789abcdef0123456789abcdef\",\"name\":\"a/../b.txt\",\"size\":5}",
  "{\"have\":7,\"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"state\":\"running\"}",
  "{\"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}",
  "..\\.ssh\xe2\x80\xae-rf con.tar.gz",
  NULL,
};

static void
check_name (const char *name)
{
  g_autofree char *again = bg_file_name_clean (name);

  g_assert (*name && strlen (name) <= BG_FILE_NAME_MAX && g_utf8_validate (name, -1, NULL));
  g_assert (!strpbrk (name, "/\\\n\r\t") && !strchr (".-~ ", *name));
  g_assert_cmpstr (again, ==, name);
}

static void
check_offer (const BgFileOffer *offer)
{
  g_autofree char *text = bg_file_offer_format (offer->id, offer->name, offer->size);
  g_autoptr (BgFileOffer) again = bg_file_offer_parse (text, strlen (text));

  check_name (offer->name);
  g_assert (again && again->size == offer->size && g_str_equal (again->name, offer->name)
            && g_str_equal (again->id, offer->id));
}

static void
check_status (const BgFileStatus *status)
{
  g_autofree char *text = bg_file_status_format (status);
  BgFileStatus again;

  g_assert (bg_file_status_parse (text, strlen (text), &again));
  g_assert (again.state == status->state && again.have == status->have);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *text = (const char *) data;
  g_autoptr (BgFileOffer) offer = bg_file_offer_parse (text, size);
  g_autofree char *whole = g_strndup (text, size), *name = bg_file_name_clean (whole);
  char digest[BG_FILE_DIGEST_LEN + 1];
  BgFileStatus status;

  check_name (name);
  if (offer)
    check_offer (offer);
  if (bg_file_status_parse (text, size, &status))
    check_status (&status);
  if (bg_file_end_parse (text, size, digest))
    g_assert (strlen (digest) == BG_FILE_DIGEST_LEN);
  return 0;
}
