/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/vectors/membership.json: what others make of the same bytes. */
#include "worker/core/membership.h"

#include <json-glib/json-glib.h>
#include <openssl/evp.h>

static const char *const verdicts[] = {
  [BG_VERDICT_FITS] = "fits",
  [BG_VERDICT_MALFORMED] = "malformed",
  [BG_VERDICT_ELSEWHERE] = "elsewhere",
  [BG_VERDICT_TOO_OLD] = "too-old",
  [BG_VERDICT_NOT_ALLOWED] = "not-allowed",
  [BG_VERDICT_EXPIRED] = "expired",
  [BG_VERDICT_BEYOND_INVITE] = "beyond-invite",
  [BG_VERDICT_NAME_TAKEN] = "name-taken",
  [BG_VERDICT_ADDRESS_TAKEN] = "address-taken",
  [BG_VERDICT_KEY_SPENT] = "key-spent",
  [BG_VERDICT_UNKNOWN] = "unknown",
  [BG_VERDICT_LAST_OWNER] = "last-owner",
  [BG_VERDICT_FULL] = "full",
  [BG_VERDICT_TOO_NEW] = "too-new",
};

static JsonObject *
load (JsonParser *parser)
{
  g_autoptr (GError) error = NULL;

  json_parser_load_from_file (parser, VECTORS, &error);
  g_assert_no_error (error);
  return json_node_get_object (json_parser_get_root (parser));
}

static gsize
read_hex (const char *hex, guint8 *out, gsize room)
{
  gsize len = strlen (hex) / 2;

  g_assert_cmpuint (len, <=, room);
  for (gsize i = 0; i < len; i++)
    out[i] = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4
                       | g_ascii_xdigit_value (hex[2 * i + 1]));
  return len;
}

static void
assert_hex (const guint8 *bytes, JsonObject *object, const char *name)
{
  guint8 wanted[64];
  gsize len = read_hex (json_object_get_string_member (object, name), wanted, sizeof wanted);

  g_assert_cmpmem (bytes, len, wanted, len);
}

static bool
has_good_signature (const BgEntry *entry)
{
  g_autofree guint8 *text = g_malloc (bg_entry_context.len + entry->is_signed.len);
  EVP_PKEY *key = EVP_PKEY_new_raw_public_key (EVP_PKEY_ED25519, NULL, entry->signer, BG_ENTRY_KEY);
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  bool is_good;

  memcpy (text, bg_entry_context.bytes, bg_entry_context.len);
  memcpy (text + bg_entry_context.len, entry->is_signed.bytes, entry->is_signed.len);
  is_good = EVP_DigestVerifyInit (context, NULL, NULL, NULL, key) == 1
            && EVP_DigestVerify (context, entry->signature.bytes, entry->signature.len, text,
                                 bg_entry_context.len + entry->is_signed.len)
                 == 1;
  EVP_MD_CTX_free (context);
  EVP_PKEY_free (key);
  return is_good;
}

/* The bytes that were read are the bytes that are written. */
static void
assert_same_written (const BgEntry *entry, const guint8 *bytes, gsize len)
{
  guint8 written[BG_ENTRY_MAX];

  g_assert_cmpuint (bg_entry_write (entry, written, sizeof written), ==, len - BG_ENTRY_SIGNATURE);
  g_assert_cmpmem (written, len - BG_ENTRY_SIGNATURE, bytes, len - BG_ENTRY_SIGNATURE);
  for (gsize room = 0; room < len - BG_ENTRY_SIGNATURE; room += 7)
    g_assert_cmpuint (bg_entry_write (entry, written, room), ==, 0);
}

static void
test_bytes (void)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonArray *rows = json_object_get_array_member (load (parser), "bytes");

  for (guint i = 0; i < json_array_get_length (rows); i++)
    {
      JsonObject *row = json_array_get_object_element (rows, i);
      guint8 bytes[2 * BG_ENTRY_MAX];
      gsize len = read_hex (json_object_get_string_member (row, "entry"), bytes, sizeof bytes);
      BgEntry entry;
      bool is_readable = bg_entry_read ((BgBytes){ bytes, len }, &entry);

      g_test_message ("%s", json_object_get_string_member (row, "what"));
      g_assert_cmpint (is_readable, ==, json_object_get_boolean_member (row, "readable"));
      if (is_readable)
        assert_same_written (&entry, bytes, len);
    }
}

static void
take_step (BgMembership *membership, JsonObject *step)
{
  guint8 bytes[BG_ENTRY_MAX], hash[BG_ENTRY_HASH];
  gsize len = read_hex (json_object_get_string_member (step, "entry"), bytes, sizeof bytes);
  BgEntry entry;
  BgVerdict verdict;

  g_test_message ("%s", json_object_get_string_member (step, "what"));
  g_assert_true (bg_entry_read ((BgBytes){ bytes, len }, &entry));
  assert_same_written (&entry, bytes, len);
  g_assert_true (has_good_signature (&entry));
  bytes[len / 2] ^= 1;
  g_assert_false (has_good_signature (&entry));
  bytes[len / 2] ^= 1;
  verdict = bg_membership_judge (membership, &entry);
  g_assert_cmpstr (verdicts[verdict], ==, json_object_get_string_member (step, "verdict"));
  EVP_Digest (bytes, len, hash, NULL, EVP_sha256 (), NULL);
  if (verdict == BG_VERDICT_FITS)
    bg_membership_apply (membership, &entry, hash);
}

static void
assert_members (const BgMembership *membership, JsonArray *members)
{
  g_assert_cmpuint (bg_membership_n_members (membership), ==, json_array_get_length (members));
  for (guint i = 0; i < json_array_get_length (members); i++)
    {
      JsonObject *wanted = json_array_get_object_element (members, i);
      const BgMember *member = bg_membership_member (membership, i);
      const BgBytes name = { (const uint8_t *) member->record.name, member->record.name_len };

      assert_hex (member->record.key, wanted, "key");
      g_assert_cmpstr (member->record.name, ==, json_object_get_string_member (wanted, "name"));
      g_assert_cmpint (member->is_revoked, ==, json_object_get_boolean_member (wanted, "revoked"));
      g_assert_true (bg_membership_find_key (membership, member->record.key) == member);
      g_assert_cmpint (bg_membership_find_name (membership, name) == member, ==,
                       !member->is_revoked);
    }
}

static void
assert_owners (const BgMembership *membership, JsonArray *owners)
{
  g_assert_cmpuint (bg_membership_n_owners (membership), ==, json_array_get_length (owners));
  for (guint i = 0; i < json_array_get_length (owners); i++)
    {
      JsonObject *wanted = json_array_get_object_element (owners, i);
      const BgOwner *owner = bg_membership_owner (membership, i);

      assert_hex (owner->key, wanted, "key");
      assert_hex (owner->device, wanted, "device");
      g_assert_true (bg_membership_is_owner (membership, owner->key));
      g_assert_true (bg_membership_is_owners_device (membership, owner->device));
    }
}

static void
assert_hub (BgMembershipHub hub, JsonObject *wanted)
{
  g_assert_cmpuint (hub.number, ==, json_object_get_int_member (wanted, "number"));
  if (hub.number == 0)
    return;
  g_assert_cmpstr (hub.url, ==, json_object_get_string_member (wanted, "url"));
  assert_hex (hub.pin, wanted, "pin");
}

static void
assert_names (const BgMembership *membership, JsonArray *names)
{
  g_assert_cmpuint (bg_membership_n_names (membership), ==, json_array_get_length (names));
  for (guint i = 0; i < json_array_get_length (names); i++)
    {
      JsonObject *wanted = json_array_get_object_element (names, i);
      const BgMemberName *name = bg_membership_name (membership, i);

      g_assert_cmpstr (name->label, ==, json_object_get_string_member (wanted, "name"));
      assert_hex (name->device, wanted, "device");
    }
}

static void
assert_authority (const BgMembership *membership, const char *hex)
{
  BgMembershipAuthority authority = bg_membership_authority (membership);
  guint8 wanted[BG_ENTRY_MAX_CERTIFICATE];
  gsize len = read_hex (hex, wanted, sizeof wanted);

  g_assert_cmpmem (authority.certificate.bytes, authority.certificate.len, wanted, len);
}

static void
assert_end (const BgMembership *membership, JsonObject *end)
{
  g_assert_cmpuint (bg_membership_count (membership), ==,
                    json_object_get_int_member (end, "count"));
  g_assert_cmpuint (bg_membership_time (membership), ==, json_object_get_int_member (end, "time"));
  g_assert_cmpuint (bg_membership_policy (membership), ==,
                    json_object_get_int_member (end, "policy"));
  assert_hex (bg_membership_id (membership), end, "id");
  assert_hex (bg_membership_head (membership), end, "head");
  assert_hex (bg_membership_recovery_key (membership), end, "recovery");
  assert_hub (bg_membership_hub (membership), json_object_get_object_member (end, "hub"));
  assert_names (membership, json_object_get_array_member (end, "names"));
  assert_authority (membership, json_object_get_string_member (end, "certificate"));
  assert_members (membership, json_object_get_array_member (end, "members"));
  assert_owners (membership, json_object_get_array_member (end, "owners"));
}

static void
test_stories (void)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonArray *stories = json_object_get_array_member (load (parser), "stories");
  g_autofree void *memory = g_malloc (bg_membership_size ());

  for (guint i = 0; i < json_array_get_length (stories); i++)
    {
      JsonObject *story = json_array_get_object_element (stories, i);
      JsonArray *steps = json_object_get_array_member (story, "steps");
      BgMembership *membership;

      memset (memory, 0xee, bg_membership_size ());
      membership = bg_membership_init (memory);
      g_assert_null (bg_membership_head (membership));
      g_assert_null (bg_membership_id (membership));
      for (guint k = 0; k < json_array_get_length (steps); k++)
        take_step (membership, json_array_get_object_element (steps, k));
      assert_end (membership, json_object_get_object_member (story, "end"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/membership-vectors/bytes", test_bytes);
  g_test_add_func ("/membership-vectors/stories", test_stories);
  return g_test_run ();
}
