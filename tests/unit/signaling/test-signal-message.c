/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/signal-message.h"

#include <json-glib/json-glib.h>
#include <string.h>

static JsonArray *
vectors (const char *group)
{
  static JsonParser *parser;
  g_autoptr (GError) error = NULL;

  if (parser == NULL)
    {
      parser = json_parser_new ();
      json_parser_load_from_file (parser, VECTORS, &error);
      g_assert_no_error (error);
    }
  return json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), group);
}

static void
assert_read (JsonArray *array, guint index, JsonNode *node, gpointer data)
{
  JsonObject *vector = json_node_get_object (node);
  const char *frame = json_object_get_string_member (vector, "frame");
  const char *expected = json_object_get_string_member_with_default (vector, "written", frame);
  g_autoptr (GError) error = NULL;
  g_autoptr (BgSignalMessage) message = bg_signal_message_parse (frame, strlen (frame), &error);
  g_autofree char *written = NULL;

  g_test_message ("%s", json_object_get_string_member (vector, "name"));
  g_assert_no_error (error);
  written = bg_signal_message_to_json (message);
  g_assert_cmpstr (written, ==, expected);
}

static void
test_read (void)
{
  g_assert_cmpuint (json_array_get_length (vectors ("read")), >, 20);
  json_array_foreach_element (vectors ("read"), assert_read, NULL);
}

static void
assert_refused (JsonArray *array, guint index, JsonNode *node, gpointer data)
{
  JsonObject *vector = json_node_get_object (node);
  const char *frame = json_object_get_string_member (vector, "frame");
  g_autoptr (GError) error = NULL;

  g_test_message ("%s", json_object_get_string_member (vector, "name"));
  g_assert_null (bg_signal_message_parse (frame, strlen (frame), &error));
  g_assert_nonnull (error);
}

static void
test_refuse (void)
{
  g_assert_cmpuint (json_array_get_length (vectors ("refuse")), >, 30);
  json_array_foreach_element (vectors ("refuse"), assert_refused, NULL);
}

static BgSignalMessage *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  BgSignalMessage *message = bg_signal_message_parse (text, strlen (text), &error);

  g_assert_no_error (error);
  return message;
}

static void
test_fields (void)
{
  g_autoptr (BgSignalMessage) offer = parse (
    "{\"type\":\"offer\",\"from\":\"a\",\"to\":\"b\",\"sdp\":\"v=0\",\"publicKey\":\"K\","
    "\"bamgate\":{\"implementation\":\"x 1\",\"paths\":[\"ice\"],\"control\":2}}");
  g_autoptr (BgSignalMessage) foreign = parse (
    "{\"type\":\"answer\",\"from\":\"a\",\"to\":\"b\",\"sdp\":\"v=0\",\"publicKey\":\"\"}");

  g_assert_cmpint (offer->type, ==, BG_SIGNAL_OFFER);
  g_assert_cmpstr (offer->from, ==, "a");
  g_assert_cmpstr (offer->to, ==, "b");
  g_assert_cmpstr (offer->sdp, ==, "v=0");
  g_assert_cmpstr (offer->public_key, ==, "K");
  g_assert_true (offer->is_bamgate);
  g_assert_cmpstr (offer->implementation, ==, "x 1");
  g_assert_cmpstr (offer->paths[0], ==, "ice");
  g_assert_cmpuint (offer->control, ==, 2);

  g_assert_false (foreign->is_bamgate);
  g_assert_null (foreign->public_key);
  g_assert_null (foreign->paths);
}

/* A frame of `len` bytes whose sdp is filled up. */
static char *
frame_of_length (gsize len)
{
  g_autoptr (GString)
    frame = g_string_new ("{\"type\":\"offer\",\"from\":\"a\",\"to\":\"b\",\"sdp\":\"");

  while (frame->len < len - 2)
    g_string_append_c (frame, 'x');
  g_string_append (frame, "\"}");
  return g_string_free (g_steal_pointer (&frame), FALSE);
}

static void
test_length (void)
{
  g_autofree char *largest = frame_of_length (BG_SIGNAL_MAX_FRAME);
  g_autofree char *too_large = frame_of_length (BG_SIGNAL_MAX_FRAME + 1);
  g_autoptr (BgSignalMessage) message = parse (largest);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (strlen (largest), ==, BG_SIGNAL_MAX_FRAME);
  g_assert_null (bg_signal_message_parse (too_large, strlen (too_large), &error));
  g_assert_nonnull (error);
}

static void
assert_bytes_refused (const char *bytes, gsize len)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bg_signal_message_parse (bytes, len, &error));
  g_assert_nonnull (error);
}

static void
test_bytes (void)
{
  static const char nul[] = "{\"type\":\"pi\0ng\"}", latin[] = "{\"type\":\"\xfc\"}";

  assert_bytes_refused (nul, sizeof nul - 1);
  assert_bytes_refused (nul, sizeof nul);
  assert_bytes_refused (latin, sizeof latin - 1);
}

static void
test_depth (void)
{
  g_autofree char *brackets = g_strnfill (BG_SIGNAL_MAX_FRAME, '[');
  g_autofree char *braces = g_strnfill (BG_SIGNAL_MAX_FRAME, '{');
  g_autoptr (GString) deep = g_string_new ("{\"type\":\"ping\",\"x\":");

  assert_bytes_refused (brackets, BG_SIGNAL_MAX_FRAME);
  assert_bytes_refused (braces, BG_SIGNAL_MAX_FRAME);
  for (int i = 0; i < 10000; i++)
    g_string_append_c (deep, '[');
  for (int i = 0; i < 10000; i++)
    g_string_append_c (deep, ']');
  g_string_append_c (deep, '}');
  assert_bytes_refused (deep->str, deep->len);
}

static void
test_counts (void)
{
  g_autoptr (GString) routes = g_string_new (
    "{\"type\":\"join\",\"peerId\":\"a\",\"publicKey\":\"K\",\"routes\":[\"r\"");
  g_autoptr (GString) peers = g_string_new ("{\"type\":\"peers\",\"peers\":[{\"peerId\":\"x\"}");
  g_autoptr (BgSignalMessage) join = NULL, list = NULL;

  for (int i = 0; i < 1000; i++)
    g_string_append (routes, ",\"r\"");
  for (int i = 0; i < 1500; i++)
    g_string_append (peers, ",{\"peerId\":\"x\"}");
  g_string_append (routes, "]}");
  g_string_append (peers, "]}");
  join = parse (routes->str);
  list = parse (peers->str);
  g_assert_cmpuint (g_strv_length (((BgSignalPeer *) join->peers->pdata[0])->routes), ==,
                    BG_SIGNAL_MAX_ROUTES);
  g_assert_cmpuint (list->peers->len, ==, BG_SIGNAL_MAX_PEERS);
}

static void
test_copy (void)
{
  g_autoptr (BgSignalMessage) join = parse (
    "{\"type\":\"join\",\"peerId\":\"a\",\"publicKey\":\"K\",\"address\":\"10.0.0.1/24\",\"routes\":[\"r\"],"
    "\"metadata\":{\"k\":\"v\"}}");
  BgSignalPeer *peer = join->peers->pdata[0];
  g_autoptr (BgSignalPeer) copy = bg_signal_peer_copy (peer);
  BgSignalPeer bare = { .id = (char *) "b" };
  g_autoptr (BgSignalPeer) bare_copy = bg_signal_peer_copy (&bare);

  g_assert_cmpstr (copy->id, ==, "a");
  g_assert_cmpstr (copy->address, ==, "10.0.0.1/24");
  g_assert_cmpstr (copy->routes[0], ==, "r");
  g_assert_cmpstr (g_hash_table_lookup (copy->metadata, "k"), ==, "v");
  g_assert_null (bare_copy->routes[0]);
}

/* No error quotes the frame: it goes to the log. */
static void
test_errors_are_quiet (void)
{
  static const char *const frames[] = {
    "{\"type\":\"join\",\"peerId\":\"s3cret\",\"publicKey\":7}",
    "{\"type\": s3cret}",
    "s3cret",
    "{\"s3cret\":",
    "{\"type\":\"offer\",\"from\":\"s3cret\\n\",\"to\":\"b\",\"sdp\":\"\"}",
    "{\"type\":\"x\",\"s3cret\"}",
    "{\"type\":\"x\",\"s3cret\":\"\\q\"}",
    "{\"type\":\"x\",\"s3cret\":\"\\u00g0\"}",
    "{\"type\":\"x\",\"s3cret\":\"\\u0000\"}",
    "{\"type\":\"x\",\"s3cret\\ud83dx\":1}",
    "{\"type\":\"x\",\"s3cret\":\"\\ude00\\ud83d\"}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (frames); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bg_signal_message_parse (frames[i], strlen (frames[i]), &error));
      g_assert_null (strstr (error->message, "s3cret"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/signal-message/read", test_read);
  g_test_add_func ("/signal-message/refuse", test_refuse);
  g_test_add_func ("/signal-message/fields", test_fields);
  g_test_add_func ("/signal-message/length", test_length);
  g_test_add_func ("/signal-message/bytes", test_bytes);
  g_test_add_func ("/signal-message/depth", test_depth);
  g_test_add_func ("/signal-message/counts", test_counts);
  g_test_add_func ("/signal-message/copy", test_copy);
  g_test_add_func ("/signal-message/errors-are-quiet", test_errors_are_quiet);
  return g_test_run ();
}
