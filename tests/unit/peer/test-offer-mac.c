/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/offer-mac.h"

#include <json-glib/json-glib.h>
#include <string.h>

static WgKey
private_of (JsonObject *vector, const char *who)
{
  const char *hex = json_object_get_string_member (vector, who);
  WgKey key;

  g_assert_cmpuint (strlen (hex), ==, 2 * sizeof key.bytes);
  for (gsize i = 0; i < sizeof key.bytes; i++)
    key.bytes[i] = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4
                             | g_ascii_xdigit_value (hex[2 * i + 1]));
  return key;
}

static WgKey
public_of (const WgKey *private_key)
{
  WgKey key;

  g_assert_true (wg_key_public (private_key, &key));
  return key;
}

static BgSignalMessage *
parse (JsonObject *vector)
{
  const char *frame = json_object_get_string_member (vector, "frame");
  g_autoptr (GError) error = NULL;
  BgSignalMessage *message = bg_signal_message_parse (frame, strlen (frame), &error);

  g_assert_no_error (error);
  return message;
}

static void
check_vector (JsonArray *array, guint index, JsonNode *node, gpointer data)
{
  JsonObject *vector = json_node_get_object (node);
  WgKey sender = private_of (vector, "sender"), receiver = private_of (vector, "receiver");
  WgKey sender_public = public_of (&sender), receiver_public = public_of (&receiver);
  BgOfferMac *ours = bg_offer_mac_new (&sender), *theirs = bg_offer_mac_new (&receiver);
  g_autoptr (BgSignalMessage) message = parse (vector);
  g_autofree char *mac = g_strdup (message->mac), *proof = g_strdup (message->proof),
                  *seal = g_strdup (message->seal);

  g_test_message ("%s", json_object_get_string_member (vector, "name"));
  g_assert_true (bg_offer_mac_verify (theirs, &sender_public, message));
  bg_offer_mac_sign (ours, &receiver_public, message);
  g_assert_cmpstr (message->mac, ==, mac);
  g_assert_cmpstr (message->proof, ==, proof);
  g_assert_cmpstr (message->seal, ==, seal);
  bg_offer_mac_free (ours);
  bg_offer_mac_free (theirs);
}

static void
test_vectors (void)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonArray *vectors;

  g_assert_true (json_parser_load_from_file (parser, VECTORS, NULL));
  vectors = json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)),
                                          "vectors");
  g_assert_cmpuint (json_array_get_length (vectors), >=, 6);
  json_array_foreach_element (vectors, check_vector, NULL);
}

static BgSignalMessage *
an_offer (void)
{
  BgSignalMessage *message = bg_signal_message_new (BG_SIGNAL_OFFER);

  message->from = g_strdup ("alpha");
  message->to = g_strdup ("bravo");
  message->sdp = g_strdup ("v=0\r\n");
  message->is_bamgate = TRUE;
  message->implementation = g_strdup ("bamgated");
  message->paths = g_strsplit ("ice;direct", ";", -1);
  message->control = 1;
  message->time = 17;
  return message;
}

typedef void (*Change) (BgSignalMessage *message);

static void
turn_into (char **text, const char *other)
{
  g_free (*text);
  *text = g_strdup (other);
}

static void
change_type (BgSignalMessage *message)
{
  message->type = BG_SIGNAL_ANSWER;
}

static void
change_from (BgSignalMessage *message)
{
  turn_into (&message->from, "alphabet");
}

static void
change_to (BgSignalMessage *message)
{
  turn_into (&message->to, "bravo2");
}

static void
change_sdp (BgSignalMessage *message)
{
  turn_into (&message->sdp, "v=0\r\na=x\r\n");
}

static void
move_a_byte (BgSignalMessage *message)
{
  turn_into (&message->from, "alphab");
  turn_into (&message->to, "ravo");
}

static void
change_implementation (BgSignalMessage *message)
{
  turn_into (&message->implementation, NULL);
}

static void
change_control (BgSignalMessage *message)
{
  message->control = 0;
}

static void
change_time (BgSignalMessage *message)
{
  message->time++;
}

static void
change_paths (BgSignalMessage *message)
{
  g_strfreev (message->paths);
  message->paths = g_strsplit ("ice", ";", -1);
}

static void
change_mac (BgSignalMessage *message)
{
  message->mac[3] = message->mac[3] == 'A' ? 'B' : 'A';
}

static void
cut_mac (BgSignalMessage *message)
{
  message->mac[8] = '\0';
}

static void
lose_mac (BgSignalMessage *message)
{
  turn_into (&message->mac, NULL);
}

static const Change changes[] = {
  change_type,    change_from, change_to,    change_sdp, move_a_byte, change_implementation,
  change_control, change_time, change_paths, change_mac, cut_mac,     lose_mac,
};

static void
move_a_route (BgSignalMessage *message)
{
  g_strfreev (message->offer->routes);
  g_strfreev (message->offer->dns);
  message->offer->routes = g_strsplit ("192.168.1.0/24;192.168.1.1", ";", -1);
  message->offer->dns = g_new0 (char *, 1);
}

static void
add_a_route (BgSignalMessage *message)
{
  g_strfreev (message->offer->routes);
  message->offer->routes = g_strsplit ("192.168.1.0/24;10.9.0.0/16", ";", -1);
}

static void
lose_the_offer (BgSignalMessage *message)
{
  g_clear_pointer (&message->offer, bg_peer_offer_free);
}

static void
change_search (BgSignalMessage *message)
{
  turn_into (&message->offer->search[0], "example.org");
}

static void
change_exit (BgSignalMessage *message)
{
  turn_into (&message->offer->exit[0], "6");
}

static void
lose_proof (BgSignalMessage *message)
{
  turn_into (&message->proof, NULL);
}

static void
lower_control (BgSignalMessage *message)
{
  message->control = 2;
}

static void
change_proof (BgSignalMessage *message)
{
  message->proof[3] = message->proof[3] == 'A' ? 'B' : 'A';
}

static const Change long_changes[] = {
  change_type, change_from,  change_to,     change_sdp,   move_a_byte,    change_implementation,
  change_time, change_paths, move_a_route,  add_a_route,  lose_the_offer, change_search,
  change_exit, lose_proof,   lower_control, change_proof,
};

static BgSignalMessage *
an_offer_of_something (void)
{
  BgSignalMessage *message = an_offer ();

  message->control = 3;
  message->offer = bg_peer_offer_new ();
  g_strfreev (message->offer->routes);
  g_strfreev (message->offer->dns);
  g_strfreev (message->offer->search);
  g_strfreev (message->offer->exit);
  message->offer->routes = g_strsplit ("192.168.1.0/24", ";", -1);
  message->offer->dns = g_strsplit ("192.168.1.1", ";", -1);
  message->offer->search = g_strsplit ("corp.example.org", ";", -1);
  message->offer->exit = g_strsplit ("4", ";", -1);
  return message;
}

/* Nor what it offers, nor which form of the proof counts; the short one beside it is for those who know no other. */
static void
check_changes (const Change *list, gsize n, guint control)
{
  WgKey alpha = { { 0x10 } }, bravo = { { 0x20 } };
  WgKey alpha_public = public_of (&alpha), bravo_public = public_of (&bravo);
  BgOfferMac *sender = bg_offer_mac_new (&alpha), *receiver = bg_offer_mac_new (&bravo);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (BgSignalMessage) message = an_offer_of_something ();

      message->control = control;
      bg_offer_mac_sign (sender, &bravo_public, message);
      g_assert_nonnull (message->mac);
      g_assert_true (bg_offer_mac_verify (receiver, &alpha_public, message));
      list[i](message);
      g_assert_false (bg_offer_mac_verify (receiver, &alpha_public, message));
    }
  bg_offer_mac_free (sender);
  bg_offer_mac_free (receiver);
}

static void
test_long_form (void)
{
  check_changes (long_changes, G_N_ELEMENTS (long_changes), 3);
}

static void
change_services (BgSignalMessage *message)
{
  g_strfreev (message->offer->services);
  message->offer->services = g_strsplit ("web 80 tcp", ";", -1);
}

static void
move_to_services (BgSignalMessage *message)
{
  g_strfreev (message->offer->services);
  message->offer->services = message->offer->exit;
  message->offer->exit = g_new0 (char *, 1);
}

static void
lose_seal (BgSignalMessage *message)
{
  turn_into (&message->seal, NULL);
}

static void
seal_with_proof (BgSignalMessage *message)
{
  turn_into (&message->seal, message->proof);
}

static void
lower_to_long (BgSignalMessage *message)
{
  message->control = 4;
}

static const Change seal_changes[] = {
  change_type,     change_sdp,       add_a_route, change_search,   change_exit,   lose_the_offer,
  change_services, move_to_services, lose_seal,   seal_with_proof, lower_to_long,
};

/* The others stand beside it, and count for nothing. */
static void
test_seal (void)
{
  check_changes (seal_changes, G_N_ELEMENTS (seal_changes), 5);
}

/* Nothing of it can be changed, and nobody else made it. */
static void
test_changed (void)
{
  WgKey alpha = { { 0x10 } }, bravo = { { 0x20 } }, other = { { 0x30 } };
  WgKey alpha_public = public_of (&alpha), bravo_public = public_of (&bravo),
        other_public = public_of (&other);
  BgOfferMac *sender = bg_offer_mac_new (&alpha), *receiver = bg_offer_mac_new (&bravo);

  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autoptr (BgSignalMessage) message = an_offer ();

      bg_offer_mac_sign (sender, &bravo_public, message);
      g_assert_true (bg_offer_mac_verify (receiver, &alpha_public, message));
      g_assert_false (bg_offer_mac_verify (receiver, &other_public, message));
      changes[i](message);
      g_assert_false (bg_offer_mac_verify (receiver, &alpha_public, message));
    }
  bg_offer_mac_free (sender);
  bg_offer_mac_free (receiver);
}

/* A key of low order would have a secret that all the world knows. */
static void
test_key_that_is_none (void)
{
  WgKey alpha = { { 0x10 } }, zero = { { 0 } };
  BgOfferMac *mac = bg_offer_mac_new (&alpha);
  g_autoptr (BgSignalMessage) message = an_offer ();

  bg_offer_mac_sign (mac, &zero, message);
  g_assert_null (message->mac);
  message->mac = g_strdup ("AAAA");
  g_assert_false (bg_offer_mac_verify (mac, &zero, message));
  bg_offer_mac_free (mac);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/offer-mac/vectors", test_vectors);
  g_test_add_func ("/offer-mac/changed", test_changed);
  g_test_add_func ("/offer-mac/long-form", test_long_form);
  g_test_add_func ("/offer-mac/seal", test_seal);
  g_test_add_func ("/offer-mac/key-that-is-none", test_key_that_is_none);
  return g_test_run ();
}
