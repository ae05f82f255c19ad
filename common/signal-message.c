/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/signal-message.h"
#include "common/device-name.h"
#include "common/error.h"
#include "common/json-shape.h"

#include <json-glib/json-glib.h>
#include <string.h>

static const char *const type_names[] = {
  [BG_SIGNAL_UNKNOWN] = "",
  [BG_SIGNAL_JOIN] = "join",
  [BG_SIGNAL_PEERS] = "peers",
  [BG_SIGNAL_PEER_LEFT] = "peer-left",
  [BG_SIGNAL_OFFER] = "offer",
  [BG_SIGNAL_ANSWER] = "answer",
  [BG_SIGNAL_CANDIDATE] = "ice-candidate",
  [BG_SIGNAL_NETWORK] = "network",
  [BG_SIGNAL_MOVED] = "moved",
};

/* Messages and peers */

static GHashTable *
string_table_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

BgSignalMessage *
bg_signal_message_new (BgSignalType type)
{
  BgSignalMessage *message = g_new0 (BgSignalMessage, 1);

  message->type = type;
  if (type == BG_SIGNAL_PEERS || type == BG_SIGNAL_JOIN)
    message->peers = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_signal_peer_free);
  return message;
}

BgSignalMessage *
bg_signal_message_copy (const BgSignalMessage *message)
{
  BgSignalMessage *copy = bg_signal_message_new (message->type);

  copy->from = g_strdup (message->from);
  copy->to = g_strdup (message->to);
  copy->sdp = g_strdup (message->sdp);
  copy->public_key = g_strdup (message->public_key);
  copy->candidate = g_strdup (message->candidate);
  copy->is_bamgate = message->is_bamgate;
  copy->implementation = g_strdup (message->implementation);
  copy->paths = g_strdupv (message->paths);
  copy->control = message->control;
  copy->time = message->time;
  copy->mac = g_strdup (message->mac);
  copy->offer = bg_peer_offer_copy (message->offer);
  copy->proof = g_strdup (message->proof);
  copy->seal = g_strdup (message->seal);
  return copy;
}

void
bg_signal_message_free (BgSignalMessage *message)
{
  if (message == NULL)
    return;
  g_clear_pointer (&message->peers, g_ptr_array_unref);
  g_strfreev (message->left);
  g_free (message->suffix);
  g_free (message->peer_id);
  g_free (message->from);
  g_free (message->to);
  g_free (message->sdp);
  g_free (message->public_key);
  g_free (message->candidate);
  g_free (message->implementation);
  g_free (message->mac);
  g_free (message->proof);
  g_free (message->seal);
  g_free (message->url);
  g_free (message->pin);
  bg_peer_offer_free (message->offer);
  g_strfreev (message->paths);
  g_free (message);
}

BgSignalPeer *
bg_signal_peer_copy (const BgSignalPeer *peer)
{
  BgSignalPeer *copy = g_new0 (BgSignalPeer, 1);

  copy->id = g_strdup (peer->id);
  copy->public_key = g_strdup (peer->public_key);
  copy->address = g_strdup (peer->address);
  copy->routes = peer->routes != NULL ? g_strdupv (peer->routes) : g_new0 (char *, 1);
  if (peer->metadata != NULL)
    {
      GHashTableIter iter;
      gpointer key, value;

      copy->metadata = string_table_new ();
      g_hash_table_iter_init (&iter, peer->metadata);
      while (g_hash_table_iter_next (&iter, &key, &value))
        g_hash_table_insert (copy->metadata, g_strdup (key), g_strdup (value));
    }
  return copy;
}

void
bg_signal_peer_free (BgSignalPeer *peer)
{
  if (peer == NULL)
    return;
  g_free (peer->id);
  g_free (peer->public_key);
  g_free (peer->address);
  g_strfreev (peer->routes);
  g_clear_pointer (&peer->metadata, g_hash_table_unref);
  g_free (peer);
}

/* Fields */

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error_literal (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT, what);
  return FALSE;
}

static gboolean
wrong_type (GError **error, const char *key)
{
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, FIELD_WRONG_TYPE, key);
  return FALSE;
}

static gboolean
missing (GError **error, const char *key)
{
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, FIELD_MISSING, key);
  return FALSE;
}

/* NULL and TRUE where the field is absent or null. */
static gboolean
get_node (JsonObject *object, const char *key, JsonNodeType type, JsonNode **node, GError **error)
{
  *node = json_object_get_member (object, key);
  if (*node != NULL && JSON_NODE_HOLDS_NULL (*node))
    *node = NULL;
  if (*node != NULL && JSON_NODE_TYPE (*node) != type)
    return wrong_type (error, key);
  return TRUE;
}

static gboolean
node_is_text (JsonNode *node)
{
  /* A lone surrogate written as \ud800 passes json-glib. */
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
         && g_utf8_validate (json_node_get_string (node), -1, NULL);
}

static gboolean
read_text (JsonObject *object, const char *key, char **out, GError **error)
{
  JsonNode *node;

  if (!get_node (object, key, JSON_NODE_VALUE, &node, error))
    return FALSE;
  if (node != NULL && !node_is_text (node))
    return wrong_type (error, key);
  *out = node != NULL ? json_node_dup_string (node) : NULL;
  return TRUE;
}

static gboolean
read_needed_text (JsonObject *object, const char *key, char **out, GError **error)
{
  return read_text (object, key, out, error) && (*out != NULL || missing (error, key));
}

static gboolean
read_id (JsonObject *object, const char *key, char **out, GError **error)
{
  if (!read_needed_text (object, key, out, error))
    return FALSE;
  if (bg_device_name_is_tolerable (*out))
    return TRUE;
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, FIELD_NO_PEER_ID, key);
  return FALSE;
}

static gboolean
read_texts (JsonObject *object, const char *key, guint max, char ***out, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  JsonNode *node;
  JsonArray *array;

  if (!get_node (object, key, JSON_NODE_ARRAY, &node, error))
    return FALSE;
  array = node != NULL ? json_node_get_array (node) : NULL;
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);

      if (!node_is_text (element))
        return wrong_type (error, key);
      if (texts->len < max)
        g_ptr_array_add (texts, json_node_dup_string (element));
    }
  g_ptr_array_add (texts, NULL);
  *out = (char **) g_ptr_array_free (g_steal_pointer (&texts), FALSE);
  return TRUE;
}

static gboolean
read_metadata (JsonObject *object, GHashTable **out, GError **error)
{
  g_autoptr (GHashTable) table = NULL;
  JsonObjectIter iter;
  const char *key;
  JsonNode *node, *value;

  if (!get_node (object, "metadata", JSON_NODE_OBJECT, &node, error))
    return FALSE;
  if (node == NULL)
    return TRUE;

  table = string_table_new ();
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &key, &value))
    {
      if (!node_is_text (value) || !g_utf8_validate (key, -1, NULL))
        return wrong_type (error, "metadata");
      if (g_hash_table_size (table) < BG_SIGNAL_MAX_METADATA)
        g_hash_table_insert (table, g_strdup (key), json_node_dup_string (value));
    }
  *out = g_steal_pointer (&table);
  return TRUE;
}

/* Messages, one function per shape */

static BgSignalPeer *
read_peer (JsonObject *object, GError **error)
{
  g_autoptr (BgSignalPeer) peer = g_new0 (BgSignalPeer, 1);

  if (!read_text (object, "peerId", &peer->id, error)
      || !read_text (object, "publicKey", &peer->public_key, error)
      || !read_text (object, "address", &peer->address, error)
      || !read_texts (object, "routes", BG_SIGNAL_MAX_ROUTES, &peer->routes, error)
      || !read_metadata (object, &peer->metadata, error))
    return NULL;
  if (peer->public_key == NULL)
    peer->public_key = g_strdup ("");
  if (peer->address != NULL && *peer->address == '\0')
    g_clear_pointer (&peer->address, g_free);
  return g_steal_pointer (&peer);
}

/* NULL where it is absent. */
static gboolean
read_left (JsonObject *object, BgSignalMessage *message, GError **error)
{
  g_auto (GStrv) names = NULL;
  g_autoptr (GStrvBuilder) left = g_strv_builder_new ();

  if (!read_texts (object, "left", BG_SIGNAL_MAX_PEERS, &names, error))
    return FALSE;
  for (char **name = names; *name != NULL; name++)
    if (bg_device_name_is_tolerable (*name))
      g_strv_builder_add (left, *name);
  if (*names != NULL)
    message->left = g_strv_builder_end (left);
  return TRUE;
}

static gboolean
read_peers (JsonObject *object, BgSignalMessage *message, GError **error)
{
  JsonNode *node;
  JsonArray *array;

  if (!get_node (object, "peers", JSON_NODE_ARRAY, &node, error)
      || !read_left (object, message, error)
      || !read_text (object, "suffix", &message->suffix, error))
    return FALSE;
  array = node != NULL ? json_node_get_array (node) : NULL;
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      g_autoptr (BgSignalPeer) peer = NULL;

      if (!JSON_NODE_HOLDS_OBJECT (element))
        return wrong_type (error, "peers");
      if ((peer = read_peer (json_node_get_object (element), error)) == NULL)
        return FALSE;
      if (bg_device_name_is_tolerable (peer->id) && message->peers->len < BG_SIGNAL_MAX_PEERS)
        g_ptr_array_add (message->peers, g_steal_pointer (&peer));
    }
  return TRUE;
}

/* JSON has one kind of number: 1.0 is 1. -1 where it is none that is whole, or negative. */
static gint64
whole_number (JsonNode *node)
{
  const double most = (double) (G_GINT64_CONSTANT (1) << 53);
  double value;

  if (json_node_get_value_type (node) == G_TYPE_INT64)
    return json_node_get_int (node);
  value = json_node_get_value_type (node) == G_TYPE_DOUBLE ? json_node_get_double (node) : -1;
  return value >= 0 && value <= most && (double) (gint64) value == value ? (gint64) value : -1;
}

static gboolean
read_number (JsonObject *object, const char *key, gint64 max, gint64 *out, GError **error)
{
  JsonNode *node;

  if (!get_node (object, key, JSON_NODE_VALUE, &node, error))
    return FALSE;
  if (node == NULL)
    return TRUE;
  *out = whole_number (node);
  return (*out >= 0 && *out <= max) || wrong_type (error, key);
}

static gboolean
read_version (JsonObject *object, const char *key, guint *out, GError **error)
{
  gint64 value = 0;
  gboolean ok = read_number (object, key, G_MAXUINT16, &value, error);

  *out = (guint) value;
  return ok;
}

static gboolean
read_presence (JsonObject *object, BgSignalMessage *message, GError **error)
{
  JsonNode *node;

  return get_node (object, "bamgate", JSON_NODE_OBJECT, &node, error)
         && (node == NULL
             || read_version (json_node_get_object (node), "presence", &message->presence, error));
}

static gboolean
read_join (JsonObject *object, BgSignalMessage *message, GError **error)
{
  BgSignalPeer *peer = read_peer (object, error);

  if (peer == NULL)
    return FALSE;
  g_ptr_array_add (message->peers, peer);
  if (!bg_device_name_is_tolerable (peer->id))
    return refuse (error, "field “peerId” is no peer id");
  return read_presence (object, message, error);
}

static gboolean
read_list (JsonObject *object, const char *key, guint max, char ***field, GError **error)
{
  g_auto (GStrv) texts = NULL;

  if (!read_texts (object, key, max, &texts, error))
    return FALSE;
  g_strfreev (*field);
  *field = g_steal_pointer (&texts);
  return TRUE;
}

static gboolean
read_offer (JsonObject *addition, BgPeerOffer *offer, GError **error)
{
  return read_list (addition, "routes", BG_SIGNAL_MAX_ROUTES, &offer->routes, error)
         && read_list (addition, "dns", BG_OFFER_MAX_DNS, &offer->dns, error)
         && read_list (addition, "search", BG_OFFER_MAX_SEARCH, &offer->search, error)
         && read_list (addition, "exit", BG_OFFER_MAX_EXIT, &offer->exit, error)
         && read_list (addition, "services", BG_OFFER_MAX_SERVICES, &offer->services, error)
         && read_version (addition, "files", &offer->files, error);
}

static gboolean
read_addition (JsonObject *object, BgSignalMessage *message, GError **error)
{
  JsonNode *node;
  JsonObject *addition;

  if (!get_node (object, "bamgate", JSON_NODE_OBJECT, &node, error) || node == NULL)
    return node == NULL;
  addition = json_node_get_object (node);
  message->is_bamgate = TRUE;
  message->offer = bg_peer_offer_new ();
  return read_text (addition, "implementation", &message->implementation, error)
         && read_texts (addition, "paths", BG_SIGNAL_MAX_PATHS, &message->paths, error)
         && read_version (addition, "control", &message->control, error)
         && read_number (addition, "time", G_MAXINT64, &message->time, error)
         && read_text (addition, "mac", &message->mac, error)
         && read_offer (addition, message->offer, error)
         && read_text (addition, "proof", &message->proof, error)
         && read_text (addition, "seal", &message->seal, error);
}

static gboolean
read_ends (JsonObject *object, BgSignalMessage *message, GError **error)
{
  return read_id (object, "from", &message->from, error)
         && read_id (object, "to", &message->to, error);
}

static gboolean
read_description (JsonObject *object, BgSignalMessage *message, GError **error)
{
  if (!read_ends (object, message, error) || !read_needed_text (object, "sdp", &message->sdp, error)
      || !read_text (object, "publicKey", &message->public_key, error))
    return FALSE;
  if (message->public_key != NULL && *message->public_key == '\0')
    g_clear_pointer (&message->public_key, g_free);
  return read_addition (object, message, error);
}

static gboolean
read_network (JsonObject *object, BgSignalMessage *message, GError **error)
{
  gint64 log = 0, pending = 0, revoked = 0;

  if (!read_number (object, "log", G_MAXUINT32, &log, error)
      || !read_number (object, "pending", G_MAXUINT32, &pending, error)
      || !read_number (object, "revoked", G_MAXUINT32, &revoked, error))
    return FALSE;
  message->log = (guint32) log;
  message->pending = (guint32) pending;
  message->revoked = (guint32) revoked;
  return TRUE;
}

static gboolean
read_moved (JsonObject *object, BgSignalMessage *message, GError **error)
{
  if (!read_needed_text (object, "url", &message->url, error)
      || !read_text (object, "pin", &message->pin, error))
    return FALSE;
  if (message->pin == NULL)
    message->pin = g_strdup ("");
  return TRUE;
}

static BgSignalType
type_from_name (const char *name)
{
  for (guint i = BG_SIGNAL_JOIN; i < G_N_ELEMENTS (type_names); i++)
    if (g_str_equal (name, type_names[i]))
      return (BgSignalType) i;
  return BG_SIGNAL_UNKNOWN;
}

static gboolean
read_fields (JsonObject *object, BgSignalMessage *message, GError **error)
{
  switch (message->type)
    {
    case BG_SIGNAL_JOIN:
      return read_join (object, message, error);
    case BG_SIGNAL_PEERS:
      return read_peers (object, message, error);
    case BG_SIGNAL_PEER_LEFT:
      return read_id (object, "peerId", &message->peer_id, error);
    case BG_SIGNAL_OFFER:
    case BG_SIGNAL_ANSWER:
      return read_description (object, message, error);
    case BG_SIGNAL_CANDIDATE:
      return read_ends (object, message, error)
             && read_needed_text (object, "candidate", &message->candidate, error);
    case BG_SIGNAL_NETWORK:
      return read_network (object, message, error);
    case BG_SIGNAL_MOVED:
      return read_moved (object, message, error);
    case BG_SIGNAL_UNKNOWN:
    default:
      return TRUE;
    }
}

BgSignalMessage *
bg_signal_message_parse (const char *text, gsize len, GError **error)
{
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (BgSignalMessage) message = NULL;
  g_autofree char *type = NULL;
  JsonObject *object;

  if (len > BG_SIGNAL_MAX_FRAME)
    {
      g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                   "%" G_GSIZE_FORMAT " bytes are too many", len);
      return NULL;
    }
  if (!bg_json_shape_is_fine (text, len, error))
    return NULL;

  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, text, (gssize) len, NULL)
      || json_parser_get_root (parser) == NULL
      || !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    {
      refuse (error, "not JSON"); /* the parser's own words may quote the content */
      return NULL;
    }

  object = json_node_get_object (json_parser_get_root (parser));
  if (!read_needed_text (object, "type", &type, error))
    return NULL;
  message = bg_signal_message_new (type_from_name (type));
  if (!read_fields (object, message, error))
    return NULL;
  return g_steal_pointer (&message);
}

/* Writing */

static void
write_text (JsonBuilder *builder, const char *key, const char *text)
{
  if (text == NULL)
    return;
  json_builder_set_member_name (builder, key);
  json_builder_add_string_value (builder, text);
}

static void
write_texts (JsonBuilder *builder, const char *key, char **texts)
{
  if (texts == NULL || texts[0] == NULL)
    return;
  json_builder_set_member_name (builder, key);
  json_builder_begin_array (builder);
  for (char **text = texts; *text != NULL; text++)
    json_builder_add_string_value (builder, *text);
  json_builder_end_array (builder);
}

static void
write_metadata (JsonBuilder *builder, GHashTable *metadata)
{
  g_autoptr (GList) keys = NULL;

  if (metadata == NULL || g_hash_table_size (metadata) == 0)
    return;
  keys = g_list_sort (g_hash_table_get_keys (metadata), (GCompareFunc) strcmp);
  json_builder_set_member_name (builder, "metadata");
  json_builder_begin_object (builder);
  for (GList *l = keys; l != NULL; l = l->next)
    write_text (builder, l->data, g_hash_table_lookup (metadata, l->data));
  json_builder_end_object (builder);
}

static void
write_presence (JsonBuilder *builder, guint presence)
{
  if (presence == 0)
    return;
  json_builder_set_member_name (builder, "bamgate");
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "presence");
  json_builder_add_int_value (builder, presence);
  json_builder_end_object (builder);
}

/* `presence` is of a join. */
static void
write_peer (JsonBuilder *builder, const BgSignalPeer *peer, guint presence)
{
  write_text (builder, "address", peer->address);
  write_presence (builder, presence);
  write_metadata (builder, peer->metadata);
  write_text (builder, "peerId", peer->id);
  write_text (builder, "publicKey", peer->public_key);
  write_texts (builder, "routes", peer->routes);
}

static void
write_peers (JsonBuilder *builder, GPtrArray *peers)
{
  json_builder_set_member_name (builder, "peers");
  json_builder_begin_array (builder);
  for (guint i = 0; peers != NULL && i < peers->len; i++)
    {
      json_builder_begin_object (builder);
      write_peer (builder, g_ptr_array_index (peers, i), 0);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
write_number (JsonBuilder *builder, const char *key, gint64 number)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_int_value (builder, number);
}

static void
write_addition (JsonBuilder *builder, const BgSignalMessage *message)
{
  const BgPeerOffer *offer = message->offer;

  if (!message->is_bamgate)
    return;
  json_builder_set_member_name (builder, "bamgate");
  json_builder_begin_object (builder);
  if (message->control != 0)
    write_number (builder, "control", message->control);
  write_texts (builder, "dns", offer != NULL ? offer->dns : NULL);
  write_texts (builder, "exit", offer != NULL ? offer->exit : NULL);
  if (offer != NULL && offer->files != 0)
    write_number (builder, "files", offer->files);
  write_text (builder, "implementation", message->implementation);
  write_text (builder, "mac", message->mac);
  write_texts (builder, "paths", message->paths);
  write_text (builder, "proof", message->proof);
  write_texts (builder, "routes", offer != NULL ? offer->routes : NULL);
  write_text (builder, "seal", message->seal);
  write_texts (builder, "search", offer != NULL ? offer->search : NULL);
  write_texts (builder, "services", offer != NULL ? offer->services : NULL);
  if (message->time != 0)
    write_number (builder, "time", message->time);
  json_builder_end_object (builder);
}

static void
write_fields (JsonBuilder *builder, const BgSignalMessage *message)
{
  switch (message->type)
    {
    case BG_SIGNAL_JOIN:
      if (message->peers != NULL && message->peers->len > 0)
        write_peer (builder, g_ptr_array_index (message->peers, 0), message->presence);
      break;
    case BG_SIGNAL_PEERS:
      write_texts (builder, "left", message->left);
      write_peers (builder, message->peers);
      write_text (builder, "suffix", message->suffix);
      break;
    case BG_SIGNAL_PEER_LEFT:
      write_text (builder, "peerId", message->peer_id);
      break;
    case BG_SIGNAL_OFFER:
    case BG_SIGNAL_ANSWER:
      write_addition (builder, message);
      write_text (builder, "from", message->from);
      write_text (builder, "publicKey", message->public_key);
      write_text (builder, "sdp", message->sdp);
      write_text (builder, "to", message->to);
      break;
    case BG_SIGNAL_CANDIDATE:
      write_text (builder, "candidate", message->candidate);
      write_text (builder, "from", message->from);
      write_text (builder, "to", message->to);
      break;
    case BG_SIGNAL_NETWORK:
      write_number (builder, "log", message->log);
      write_number (builder, "pending", message->pending);
      if (message->revoked > 0)
        write_number (builder, "revoked", message->revoked);
      break;
    case BG_SIGNAL_MOVED:
      write_text (builder, "pin", message->pin);
      write_text (builder, "url", message->url);
      break;
    case BG_SIGNAL_UNKNOWN:
    default:
      break;
    }
}

/* Takes `builder`, whose object is still open. */
static char *
finish (JsonBuilder *builder)
{
  g_autoptr (JsonBuilder) keep = json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);

  return json_to_string (root, FALSE);
}

char *
bg_signal_peer_to_json (const BgSignalPeer *peer)
{
  JsonBuilder *builder = json_builder_begin_object (json_builder_new ());

  write_peer (builder, peer, 0);
  return finish (builder);
}

char *
bg_signal_message_to_json (const BgSignalMessage *message)
{
  JsonBuilder *builder = json_builder_begin_object (json_builder_new ());

  write_fields (builder, message);
  write_text (builder, "type", type_names[message->type]);
  return finish (builder);
}
