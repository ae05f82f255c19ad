/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/key-proof.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* One row of registration.json. */
typedef struct
{
  guint8 device[BG_KEY_BYTES], hub[BG_KEY_BYTES];
  guint8 key[BG_KEY_BYTES], challenge[BG_KEY_CHALLENGE_BYTES], proof[BG_KEY_PROOF_BYTES];
  BgKeyClaim claim;
} Vector;

typedef struct
{
  JsonParser *parser;
  Vector first;
} Fixture;

static void
read_vector (JsonObject *row, Vector *vector)
{
  const char *pin = json_object_get_string_member (row, "pin");

  g_assert_true (bg_key_from_hex (json_object_get_string_member (row, "device"), vector->device));
  g_assert_true (bg_key_from_hex (json_object_get_string_member (row, "hub"), vector->hub));
  g_assert_true (bg_key_from_base64 (json_object_get_string_member (row, "key"), vector->key));
  g_assert_true (bg_key_from_base64 (json_object_get_string_member (row, "proof"), vector->proof));
  g_assert_true (
    bg_key_challenge_parse (json_object_get_string_member (row, "challenge"), vector->challenge));
  vector->claim = (BgKeyClaim){ .challenge = vector->challenge,
                                .public_key = vector->key,
                                .name = json_object_get_string_member (row, "name"),
                                .host = json_object_get_string_member (row, "host"),
                                .pin = *pin != '\0' ? pin : NULL };
}

static const guint8 *
point_of (const Vector *vector)
{
  return vector->challenge + BG_KEY_CHALLENGE_TIME;
}

static JsonArray *
rows_of (Fixture *f)
{
  JsonObject *root = json_node_get_object (json_parser_get_root (f->parser));

  return json_object_get_array_member (root, "vectors");
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->parser = json_parser_new ();
  json_parser_load_from_file (f->parser, VECTORS, &error);
  g_assert_no_error (error);
  read_vector (json_array_get_object_element (rows_of (f), 0), &f->first);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_object_unref (f->parser);
}

static void
check_vector (JsonArray *rows, guint index, JsonNode *node, gpointer data)
{
  JsonObject *row = json_node_get_object (node);
  guint8 made[BG_KEY_PROOF_BYTES];
  Vector vector;

  g_test_message ("%s", json_object_get_string_member (row, "title"));
  read_vector (row, &vector);
  g_assert_true (bg_key_proof_make (&vector.claim, vector.device, point_of (&vector), made));
  g_assert_cmpmem (made, sizeof made, vector.proof, sizeof vector.proof);
  g_assert_true (bg_key_proof_make (&vector.claim, vector.hub, vector.key, made));
  g_assert_cmpmem (made, sizeof made, vector.proof, sizeof vector.proof);
}

static void
test_vectors (Fixture *f, gconstpointer data)
{
  g_assert_cmpuint (json_array_get_length (rows_of (f)), >=, 3);
  json_array_foreach_element (rows_of (f), check_vector, NULL);
}

static void
assert_differs (const Vector *vector, const BgKeyClaim *claim)
{
  guint8 made[BG_KEY_PROOF_BYTES];

  g_assert_true (bg_key_proof_make (claim, vector->device, point_of (vector), made));
  g_assert_cmpint (memcmp (made, vector->proof, sizeof made), !=, 0);
}

/* Nothing that it says may be another, nor pass for its neighbour. */
static void
test_covered (Fixture *f, gconstpointer data)
{
  const BgKeyClaim *good = &f->first.claim;
  BgKeyClaim claims[] = { *good, *good, *good, *good, *good, *good };
  guint8 challenge[BG_KEY_CHALLENGE_BYTES], key[BG_KEY_BYTES];

  memcpy (challenge, good->challenge, sizeof challenge);
  memcpy (key, good->public_key, sizeof key);
  challenge[BG_KEY_CHALLENGE_TIME - 1] ^= 1;
  key[0] ^= 1;
  claims[0].challenge = challenge;
  claims[1].public_key = key;
  claims[2].name = "another";
  claims[3].host = "other.example";
  claims[4].pin = "p";
  claims[5].name = "laptophub", claims[5].host = ".example";
  for (gsize i = 0; i < G_N_ELEMENTS (claims); i++)
    assert_differs (&f->first, &claims[i]);
}

/* RFC 7748, 6.1: points that make the same of every key. The last one is no canonical form of the first. */
static void
test_small_order (Fixture *f, gconstpointer data)
{
  static const char *const points[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  };
  guint8 point[BG_KEY_BYTES], made[BG_KEY_PROOF_BYTES];

  for (gsize i = 0; i < G_N_ELEMENTS (points); i++)
    {
      g_assert_true (bg_key_from_hex (points[i], point));
      g_assert_false (bg_key_proof_make (&f->first.claim, f->first.device, point, made));
    }
}

static void
test_challenges (Fixture *f, gconstpointer data)
{
  static const char *const bad[] = {
    "",
    "AAAA",
    "AAABAAAAAAEmHNnNLpNfnCRVh2qA8CpNZ4a4q4d/ByJ3N8oLV3vxYQ=",
    "AAABAAAAAAEmHNnNLpNfnCRVh2qA8CpNZ4a4q4d/ByJ3N8oLV3vxYQ===",
    "AAABAAAAAAEmHNnNLpNfnCRVh2qA8CpNZ4a4q4d_ByJ3N8oLV3vxYQ==",
    "AAABAAAAAAEmHNnNLpNfnCRVh2qA8CpNZ4a4q4d/ByJ3N8oLV3vxYR==",
    "AAABAAAAAAEmHNnNLpNfnCRVh2qA8CpNZ4a4q4d/ByJ3N8oLV3vxYQA=",
  };
  guint8 challenge[BG_KEY_CHALLENGE_BYTES];

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (bg_key_challenge_parse (bad[i], challenge));
}

static void
test_hosts (Fixture *f, gconstpointer data)
{
  static const char *const rows[][2] = {
    { "wss://Hub.Example:8443/connect", "hub.example" },
    { "https://hub.example", "hub.example" },
    { "http://192.0.2.7:80", "192.0.2.7" },
    { "wss://[2001:DB8:0::7]:8443/connect", "2001:db8::7" },
    { "https://b\xc3\xbc"
      "cher.example/",
      "xn--bcher-kva.example" },
    { "no URL", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *host = bg_key_proof_host (rows[i][0]);

      g_assert_cmpstr (host, ==, rows[i][1]);
    }
}

#define ADD(name, function)                                                                        \
  g_test_add ("/key-proof/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("vectors", test_vectors);
  ADD ("covered", test_covered);
  ADD ("small-order", test_small_order);
  ADD ("challenges", test_challenges);
  ADD ("hosts", test_hosts);
  return g_test_run ();
}
