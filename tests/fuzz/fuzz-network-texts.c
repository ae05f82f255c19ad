/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What people type and paste: a recovery code, what stands behind “trust=”. */
#include "fuzz.h"
#include "membership/recovery-code.h"
#include "membership/trust-text.h"

#include <string.h>

const char *const fuzz_texts[] = {
  "AAAQEA-YEAUDA-OCAJBI-FQYDIO-B4IBCE-QT46XA",
  "aaaqea yeauda ocajbi fqydio b4ibce qt46xa",
  "AQABAgMEBQYHCAkKCwwNDg_7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-wAAAQL_____________________",
  "",
  NULL,
};

static void
read_code (const char *text)
{
  guint8 secret[BG_RECOVERY_BYTES], again[BG_RECOVERY_BYTES];
  char *code;

  if (!bg_recovery_code_parse (text, secret, NULL))
    return;
  code = bg_recovery_code_format (secret);
  ASSERT (bg_recovery_code_parse (code, again, NULL));
  ASSERT (memcmp (secret, again, sizeof secret) == 0);
  bg_recovery_code_free (code);
}

static void
read_trust (const char *text)
{
  BgTrust trust;
  g_autofree char *again = NULL;

  if (!bg_trust_parse (text, &trust, NULL))
    return;
  again = bg_trust_format (&trust);
  ASSERT (strcmp (again, text) == 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  guint8 hash[BG_ENTRY_HASH] = { 0 };

  read_code (text);
  read_trust (text);
  bg_hash_is_text (hash, text);
  return 0;
}
