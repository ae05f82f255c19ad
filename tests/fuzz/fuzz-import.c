/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The readers of other programs' files: wg-quick's, and the Go program's TOML as one file and as two. Whatever they take, they
 * can tell what they did not. */
#include "app/import.h"
#include "fuzz.h"

#include <string.h>

#define KEY "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="

const char *const fuzz_texts[] = {
  "[Interface]\nPrivateKey = " KEY
  "\nAddress = 10.70.0.2/24, fd70::2/64\nDNS = 1.1.1.1\nPostUp = x\n"
  "# home\n[Peer]\nPublicKey = " KEY "\nPresharedKey = " KEY "\nAllowedIPs = 0.0.0.0/0, ::/0\n"
  "Endpoint = a.example:1\nPersistentKeepalive = off\n",
  "\xef\xbb\xbf[peer] # a\r\npublickey=" KEY "\r\n",
  "[network]\nserver_url = \"https://h\"\nturn_secret = 'x'\n[device]\nname = \"a\"\naddress = \"10.0.0.2/24\"\n"
  "private_key = \"" KEY "\"\nroutes = [\n \"10.1.0.0/16\", # c\n]\naccept_routes = true\n"
  "[peers.\"a.b\"]\ndns = []\n[webrtc]\nmax_retransmits = -0\n",
  "a = \"\\u00e4\\U0001f600\\t\\\\\\\"\"\n[ t . 'q' ]\nn = +9223372036854775807\n",
  "# ngrokd\napi:\n  url: https://api.example\n  key: \"k\"\nnet:\n  listen_interface: virtual\n  overrides: {db.prod: all, 'a': eth0}\n"
  "bound_endpoints:\n  poll_interval: 30\n  selectors:\n    - 'true'\n    - x\n",
  "---\na: &a [x, x]\nb: [*a, *a]\n",
  NULL,
};

static void
read_one (const char *text, const char *secrets)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BgImport) import = bg_import_read (text, secrets, &error);
  g_autoptr (GVariant) told = NULL;

  g_assert ((import == NULL) == (error != NULL));
  if (!import)
    return;
  told = g_variant_ref_sink (bg_import_describe (import));
  g_assert (g_variant_is_normal_form (told));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);

  read_one (text, NULL);
  read_one (fuzz_texts[2], text);
  return 0;
}
