/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration socket's text and what is made of it, played on a small world: mesh peers are never touched, an address
 * has one owner, and what the world says of itself changes nothing. */
#include "fuzz.h"
#include "uapi/uapi-plan.h"

#include <string.h>
#include <sys/socket.h>

#define KEY_A "aa00000000000000000000000000000000000000000000000000000000000001"
#define KEY_B "bb00000000000000000000000000000000000000000000000000000000000002"
#define KEY_C "cc00000000000000000000000000000000000000000000000000000000000003"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"

enum
{
  MAX_PEERS = 64
};

typedef struct
{
  BgPeerStats peers[MAX_PEERS];
  guint n;
} World;

static const BgUapiDevice device = { .private_key = { { 0xdd } },
                                     .public_key = { { 0xcc, [31] = 3 } },
                                     .listen_port = 51820 };

const char *const fuzz_texts[] = {
  "get=1\n\n",
  "set=1\nprivate_key=" ZERO "\nlisten_port=0\nfwmark=0\nreplace_peers=true\npublic_key=" KEY_A
  "\nreplace_allowed_ips=true\nallowed_ip=10.0.0.1/32\nallowed_ip=fd00::1/128\n\n",
  "set=1\npublic_key=" KEY_A
  "\nendpoint=[fe80::1%1]:51820\npersistent_keepalive_interval=25\nallowed_ip=-10.0.0.1/32\n\n",
  "set=1\npublic_key=" KEY_B "\nremove=true\npublic_key=" KEY_A "\nallowed_ip=10.0.0.9/32\n\n",
  "set=1\npublic_key=" KEY_B "\nallowed_ip=10.0.0.2/32\n\n",
  "set=1\npublic_key=" KEY_C "\nallowed_ip=0.0.0.0/0\n\n",
  "set=1\npublic_key=" KEY_A "\nupdate_only=true\npreshared_key=" KEY_B "\npublic_key=" KEY_A
  "\nremove=true\npublic_key=" KEY_A "\nallowed_ip=10.0.0.1/32\n\n",
  NULL,
};

/* --- The world --- */

static BgPeerStats *
world_find (World *world, const WgKey *key)
{
  for (guint i = 0; i < world->n; i++)
    if (wg_key_equal (&world->peers[i].key, key))
      return &world->peers[i];
  return NULL;
}

static void
world_clear (World *world)
{
  for (guint i = 0; i < world->n; i++)
    g_free (world->peers[i].allowed_ips);
}

static void
set_ips (BgPeerStats *peer, const BgAllowedIp *ips, guint n)
{
  g_free (peer->allowed_ips);
  peer->allowed_ips = g_memdup2 (ips, n * sizeof *ips);
  peer->n_allowed_ips = n;
}

static void
world_begin (World *world)
{
  static const BgAllowedIp ips[] = { { .family = AF_INET, .addr = { 10, 0, 0, 1 }, .prefix = 32 },
                                     { .family = AF_INET, .addr = { 10, 0, 0, 2 }, .prefix = 32 } };

  *world = (World){ .n = 2 };
  world->peers[0] = (BgPeerStats){ .key = { { 0xaa, [31] = 1 } }, .keepalive = 25 };
  world->peers[1] = (BgPeerStats){ .key = { { 0xbb, [31] = 2 } }, .path = 4 };
  set_ips (&world->peers[0], &ips[0], 1);
  set_ips (&world->peers[1], &ips[1], 1);
}

static void
world_apply (World *world, const BgUapiChange *change)
{
  BgPeerStats *peer = world_find (world, &change->config.key);

  g_assert (change->config.path == 0 && (!peer || peer->path == 0));
  g_assert (!wg_key_equal (&change->config.key, &device.public_key));
  if (change->remove)
    {
      g_assert (peer);
      g_free (peer->allowed_ips);
      *peer = world->peers[--world->n];
      return;
    }
  if (!peer)
    {
      g_assert (world->n < MAX_PEERS);
      peer = &world->peers[world->n++];
      *peer = (BgPeerStats){ .key = change->config.key };
    }
  peer->psk = change->config.psk;
  peer->keepalive = change->config.keepalive;
  if (change->config.has_endpoint)
    {
      peer->endpoint = change->config.endpoint;
      peer->has_endpoint = true;
    }
  set_ips (peer, change->config.allowed_ips, change->config.n_allowed_ips);
}

static gboolean
same_ip (const BgAllowedIp *a, const BgAllowedIp *b)
{
  return a->family == b->family && a->prefix == b->prefix
         && memcmp (a->addr, b->addr, sizeof a->addr) == 0;
}

static void
assert_one_owner (const World *world)
{
  for (guint i = 0; i < world->n; i++)
    for (guint n = 0; n < world->peers[i].n_allowed_ips; n++)
      for (guint j = 0; j <= i; j++)
        for (guint m = 0; m < (j == i ? n : world->peers[j].n_allowed_ips); m++)
          g_assert (!same_ip (&world->peers[i].allowed_ips[n], &world->peers[j].allowed_ips[m]));
}

/* --- What it says of itself --- */

static const char *const shown_only[] = { "last_handshake_time", "tx_bytes", "rx_bytes", "errno" };

static gboolean
is_shown_only (const char *line)
{
  for (gsize i = 0; i < G_N_ELEMENTS (shown_only); i++)
    if (g_str_has_prefix (line, shown_only[i]))
      return TRUE;
  return *line == '\0';
}

static void
assert_changes_nothing (World *world)
{
  char *text = bg_uapi_format_device (&device.private_key, device.listen_port, world->peers,
                                      world->n);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GString) set = g_string_new ("set=1\n");
  g_autoptr (BgUapiRequest) request = NULL;
  g_autoptr (GPtrArray) changes = NULL;
  int code;

  for (char **line = lines; *line; line++)
    if (!is_shown_only (*line))
      g_string_append_printf (set, "%s\n", *line);
  g_string_append_c (set, '\n');
  request = bg_uapi_request_parse (set->str, set->len, &code);
  g_assert (request);
  changes = bg_uapi_plan (request, &device, world->peers, world->n, &code);
  g_assert (changes && changes->len == 0);
  bg_uapi_text_free (text);
}

static void
play (const BgUapiRequest *request)
{
  g_autoptr (GPtrArray) changes = NULL;
  const BgPeerStats *mesh;
  World world;
  int code = -1;

  world_begin (&world);
  changes = bg_uapi_plan (request, &device, world.peers, world.n, &code);
  g_assert ((changes != NULL) == (code == 0));
  for (guint i = 0; changes && i < changes->len; i++)
    world_apply (&world, g_ptr_array_index (changes, i));
  mesh = world_find (&world, &(WgKey){ { 0xbb, [31] = 2 } });
  g_assert (mesh && mesh->n_allowed_ips == 1);
  assert_one_owner (&world);
  assert_changes_nothing (&world);
  world_clear (&world);
}

static void
take (const char *text, gsize len)
{
  g_autoptr (BgUapiRequest) request = NULL;
  int code = -1;

  g_assert (bg_uapi_request_length (text, len, 0) <= len);
  request = bg_uapi_request_parse (text, len, &code);
  g_assert ((request != NULL) == (code == 0));
  if (request && request->operation == BG_UAPI_SET && request->peers->len < MAX_PEERS - 2)
    play (request);
}

/* Requests that are in order, a line per byte: mutated text seldom is. */
static void
take_lines (const uint8_t *data, size_t size)
{
  static const char *const lines[] = {
    "public_key=" KEY_A,
    "public_key=" KEY_B,
    "public_key=" KEY_C,
    "public_key=ee00000000000000000000000000000000000000000000000000000000000005",
    "public_key=ee00000000000000000000000000000000000000000000000000000000000006",
    "allowed_ip=10.0.0.1/32",
    "allowed_ip=10.0.0.2/32",
    "allowed_ip=10.0.0.3/32",
    "allowed_ip=fd00::/8",
    "allowed_ip=-10.0.0.1/32",
    "allowed_ip=-10.0.0.2/32",
    "replace_allowed_ips=true",
    "remove=true",
    "update_only=true",
    "preshared_key=" KEY_A,
    "preshared_key=" ZERO,
    "persistent_keepalive_interval=0",
    "persistent_keepalive_interval=25",
    "endpoint=192.0.2.1:51820",
    "endpoint=[2001:db8::1]:51820",
  };
  static const char *const device_lines[] = { "", "replace_peers=true\n",
                                              "private_key=" ZERO "\nlisten_port=0\nfwmark=0\n",
                                              "private_key=" ZERO
                                              "\nlisten_port=0\nfwmark=0\nreplace_peers=true\n" };
  g_autoptr (GString) text = g_string_new ("set=1\n");

  for (size_t i = 0; i < MIN (size, 64); i++)
    if (i == 0)
      g_string_append (text, device_lines[data[0] % G_N_ELEMENTS (device_lines)]);
    else
      g_string_append_printf (text, "%s\n", lines[data[i] % G_N_ELEMENTS (lines)]);
  g_string_append_c (text, '\n');
  take (text->str, text->len);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  take ((const char *) data, size);
  take_lines (data, size);
  return 0;
}
