/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that become connections of NetworkManager. Whatever is taken can be written, read again, and is the same then; no key of a
 * wg-quick file stays in its text. */
#include "connection-file.h"
#include "fuzz.h"
#include "wg-quick.h"

#include <string.h>

#define KEY "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
#define PUBLIC "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="

const char *const fuzz_texts[] = {
  "$ sudo bamgatectl join ABCD-EFGH 'https://198.51.100.7:8443#sha256=" PUBLIC
  "' --name \"the attic\" # x\n",
  "bamgatectl join - wss://h --name=a -n b\r\n",
  "[Interface]\nPrivateKey = " KEY "\n# " KEY "\nDNS = 10.0.0.1,, fd00::1, home.example\n[peer]\n"
  "PublicKey=" PUBLIC " # " KEY "\nPresharedKey = " KEY "\nAllowedIPs = 0.0.0.0/0\n",
  "bamgatectl up",
  NULL,
};

static void
check_text (NMConnection *connection)
{
  const char *text = nm_setting_vpn_get_data_item (nm_connection_get_setting_vpn (connection),
                                                   "wg-quick");

  g_auto (GStrv) lines = g_strsplit (text ? text : "", "\n", -1);

  for (char **line = lines; *line; line++)
    g_assert (g_str_has_prefix (*line, "PublicKey = ") || !strstr (*line, KEY));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size), *written = NULL, *rewritten = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (NMConnection) connection = connection_file_read (text, "x", &error), again = NULL;

  g_assert ((connection == NULL) == (error != NULL));
  if (!connection)
    return 0;
  check_text (connection);
  written = connection_file_write (connection, NULL);
  again = connection_file_read (written, "x", NULL);
  g_assert (again);
  rewritten = connection_file_write (again, NULL);
  g_assert (g_str_equal (written, rewritten));
  return 0;
}
