/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words that the core reads itself, since it has no libc: held against the readers that devices have. */
#include "common/invite-code.h"
#include "common/ip-prefix.h"
#include "common/key-text.h"
#include "worker/core/invite.h"
#include "worker/core/network.h"
#include "fuzz.h"

#include <glib.h>
#include <string.h>
#include <sys/socket.h>

const char *const fuzz_texts[] = {
  "10.0.0.0/24",
  "10.20.30.77/8",
  "255.255.255.255/30",
  "10.0.0.5",
  "10.0.0.254/32",
  "192.168.0.1/0",
  "fd00::1/64",
  "AB12-CD34",
  "ab12cd34",
  "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=",
  "10.0.0.1/024",
  "010.0.0.1/24",
  "10.0.0.256/24",
  "----a-b--",
  NULL,
};

static void
check_subnet (const char *text, BgBytes bytes)
{
  BgSubnet subnet;
  BgIpPrefix prefix;
  gboolean is_prefix = bg_ip_prefix_parse (text, &prefix) && prefix.family == AF_INET
                       && strchr (text, '/') != NULL;
  char ours[BG_SUBNET_TEXT], theirs[BG_IP_PREFIX_TEXT];

  if (!bg_subnet_read (&subnet, bytes))
    {
      g_assert (!is_prefix || prefix.len < 8 || prefix.len > 30);
      return;
    }
  g_assert (is_prefix && prefix.len == subnet.len);
  bg_ip_prefix_mask (&prefix);
  bg_ip_prefix_format (&prefix, theirs);
  g_assert (bg_subnet_write (&subnet, 0, ours) == strlen (ours) && strcmp (ours, theirs) == 0);
}

static void
check_host (const char *text, BgBytes bytes)
{
  const BgSubnet subnet = { 0x0a000000, 24 };
  guint32 host = bg_subnet_host_of (&subnet, bytes);
  BgIpPrefix prefix;

  if (!bg_ip_prefix_parse (text, &prefix) || prefix.family != AF_INET
      || memcmp (prefix.addr, "\n\0", 3) != 0 || prefix.addr[3] == 255)
    g_assert (host == 0);
  else
    g_assert (host == prefix.addr[3]);
}

static void
check_code (const char *text, BgBytes bytes)
{
  g_autofree char *theirs = bg_invite_code_tidy (text);
  char ours[BG_INVITE_TEXT];

  g_assert (bg_invite_read_code (bytes, ours) == (theirs != NULL));
  g_assert (theirs == NULL || strcmp (ours, theirs) == 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  BgBytes bytes = { (const guint8 *) text, strlen (text) };
  g_autofree guint8 *exact = g_memdup2 (data, size);
  uint8_t key[BG_KEY_BYTES];
  BgSubnet subnet;
  char code[BG_INVITE_TEXT];

  check_subnet (text, bytes);
  check_host (text, bytes);
  check_code (text, bytes);
  g_assert (bg_key_is_fine (bytes) == bg_key_from_base64 (text, key));
  bg_subnet_read (&subnet, (BgBytes){ exact, size }); /* with whatever is inside */
  bg_invite_read_code ((BgBytes){ exact, size }, code);
  return 0;
}
