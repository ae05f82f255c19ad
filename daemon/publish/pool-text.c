/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/pool-text.h"

#include "common/json-member.h"

#include <string.h>
#include <sys/socket.h>

enum
{
  INDENT = 2,
};

/* Writing */

static JsonBuilder *
begin (void)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_object (builder);
  return builder;
}

static char *
finish (JsonBuilder *builder)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  g_object_unref (builder);
  json_generator_set_pretty (generator, TRUE);
  json_generator_set_indent (generator, INDENT);
  json_generator_set_root (generator, root);
  text = json_generator_to_data (generator, NULL);
  return g_strconcat (text, "\n", NULL);
}

static void
add_address (const BgAddressLease *lease, gpointer builder)
{
  BgIpPrefix host = bg_address_to_prefix (lease->address);
  char text[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (&host, text);
  bg_json_add_text (builder, lease->name, text);
}

char *
bg_address_pool_to_text (BgAddressPool *pool)
{
  JsonBuilder *builder = begin ();

  bg_address_pool_foreach (pool, add_address, builder);
  return finish (builder);
}

static void
add_number (JsonBuilder *builder, const char *name, gint64 number)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, number);
}

static void
add_time (const BgAddressLease *lease, gpointer builder)
{
  add_number (builder, lease->name, lease->used_at);
}

char *
bg_address_pool_times_to_text (BgAddressPool *pool)
{
  JsonBuilder *builder = begin ();

  bg_address_pool_foreach (pool, add_time, builder);
  return finish (builder);
}

static void
add_port (const char *key, guint16 port, gpointer builder)
{
  add_number (builder, key, port);
}

char *
bg_port_pool_to_text (BgPortPool *pool)
{
  JsonBuilder *builder = begin ();

  bg_port_pool_foreach (pool, add_port, builder);
  return finish (builder);
}

/* Reading */

static JsonObject *
parse (const char *text)
{
  return text != NULL ? bg_json_object_parse (text, strlen (text)) : NULL;
}

/* Names in order, so that of two with one address it is always the same that keeps it. */
static GList *
sorted_names (JsonObject *object)
{
  return g_list_sort (json_object_get_members (object), (GCompareFunc) strcmp);
}

static gboolean
restore_address (BgAddressPool *pool, const char *name, const char *text, gint64 used_at)
{
  BgIpPrefix host;

  return text != NULL && bg_ip_prefix_parse (text, &host) && host.family == AF_INET
         && host.len == 32
         && bg_address_pool_restore (pool, name, bg_address_of_prefix (&host), used_at);
}

static gint64
time_of (JsonObject *times, const char *name, gint64 now)
{
  gint64 used_at = now;

  if (times != NULL)
    bg_json_member_number (times, name, &used_at);
  return MIN (used_at, now);
}

gboolean
bg_address_pool_from_text (BgAddressPool *pool, const char *text, const char *times_text,
                           gint64 now, GPtrArray *left)
{
  g_autoptr (JsonObject) object = parse (text), times = parse (times_text);
  g_autoptr (GList) names = NULL;

  if (object == NULL)
    return FALSE;
  names = sorted_names (object);
  for (const GList *l = names; l != NULL; l = l->next)
    if (!restore_address (pool, l->data, bg_json_member_text (object, l->data),
                          time_of (times, l->data, now)))
      g_ptr_array_add (left, g_strdup (l->data));
  return TRUE;
}

static gboolean
restore_port (BgPortPool *pool, JsonObject *object, const char *key)
{
  gint64 port = 0;

  return bg_json_member_number (object, key, &port) && port > 0 && port <= G_MAXUINT16
         && bg_port_pool_keep (pool, key, (guint16) port);
}

gboolean
bg_port_pool_from_text (BgPortPool *pool, const char *text, GPtrArray *left)
{
  g_autoptr (JsonObject) object = parse (text);
  g_autoptr (GList) keys = NULL;

  if (object == NULL)
    return FALSE;
  keys = sorted_names (object);
  for (const GList *l = keys; l != NULL; l = l->next)
    if (!restore_port (pool, object, l->data))
      g_ptr_array_add (left, g_strdup (l->data));
  return TRUE;
}
