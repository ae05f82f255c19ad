/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/endpoint.h"

#include "common/error.h"
#include "common/printable.h"

#include <string.h>

static char *
format_url (const BgEndpointUrl *url)
{
  const char *scheme = bg_scheme_get_name (url->scheme);
  gboolean has_colons = strchr (url->host, ':') != NULL;
  const char *before = has_colons ? "[" : "", *behind = has_colons ? "]" : "";

  if (url->port == bg_scheme_get_port (url->scheme))
    return g_strdup_printf ("%s://%s%s%s", scheme, before, url->host, behind);
  return g_strdup_printf ("%s://%s%s%s:%u", scheme, before, url->host, behind, url->port);
}

static void
take_place (BgWantedEndpoint *self, BgEndpointUrl *url)
{
  self->url = format_url (url);
  self->scheme = url->scheme;
  self->host = g_steal_pointer (&url->host);
  self->port = url->port;
  self->is_literal = url->is_literal;
}

static BgWantedEndpoint *
endpoint_new (const char *source)
{
  BgWantedEndpoint *self = g_new0 (BgWantedEndpoint, 1);

  g_atomic_ref_count_init (&self->refs);
  self->source = g_strdup (source);
  return self;
}

BgWantedEndpoint *
bg_endpoint_new (const char *source, const char *id, const char *url, const char *public_url,
                 const char *proto)
{
  BgWantedEndpoint *self = endpoint_new (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (BgEndpointUrl) place = bg_endpoint_url_parse (url, public_url, proto, &error);
  g_autofree char *shown = bg_printable_start (id, BG_ENDPOINT_URL_MAX);

  self->ids = g_strdupv ((char *[]){ shown, NULL });
  if (place)
    {
      take_place (self, place);
      return self;
    }
  self->url = bg_printable_start (url && *url ? url : public_url, BG_ENDPOINT_URL_MAX);
  self->refused = bg_error_dup_words (error);
  return self;
}

BgWantedEndpoint *
bg_endpoint_new_refused (const BgWantedEndpoint *like, BgWords *why)
{
  BgWantedEndpoint *self = endpoint_new (like->source);

  self->url = g_strdup (like->url);
  self->ids = g_strdupv (like->ids);
  self->refused = why;
  return self;
}

BgWantedEndpoint *
bg_endpoint_ref (BgWantedEndpoint *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
bg_endpoint_unref (BgWantedEndpoint *self)
{
  if (!self || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->source);
  g_free (self->url);
  g_free (self->host);
  g_strfreev (self->ids);
  g_clear_pointer (&self->refused, bg_words_unref);
  g_free (self);
}

/* --- Lists --- */

static void
endpoint_destroy (gpointer endpoint)
{
  bg_endpoint_unref (endpoint);
}

GPtrArray *
bg_endpoint_list_new (void)
{
  return g_ptr_array_new_with_free_func (endpoint_destroy);
}

int
bg_endpoint_compare (const BgWantedEndpoint *a, const BgWantedEndpoint *b)
{
  int order = (a->refused != NULL) - (b->refused != NULL);

  if (order == 0)
    order = g_strcmp0 (a->host, b->host);
  if (order == 0)
    order = (int) a->port - (int) b->port;
  return order;
}

/* Whose bytes mean nothing to us first, then by id, so that the order is the same whatever the account's is. */
static int
compare_whole (gconstpointer one, gconstpointer other)
{
  const BgWantedEndpoint *a = *(BgWantedEndpoint *const *) one,
                         *b = *(BgWantedEndpoint *const *) other;
  int order = bg_endpoint_compare (a, b);

  if (order == 0)
    order = (int) b->scheme - (int) a->scheme;
  if (order == 0)
    order = strcmp (a->url, b->url);
  return order ? order : strcmp (a->ids[0], b->ids[0]);
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static void
add_each_once (GPtrArray *ids, char *const *more)
{
  for (; *more; more++)
    if (!g_ptr_array_find_with_equal_func (ids, *more, g_str_equal, NULL))
      g_ptr_array_add (ids, g_strdup (*more));
}

/* The ids of the `n` endpoints that begin at `first`. */
static char **
collect_ids (BgWantedEndpoint *const *first, guint n)
{
  GPtrArray *ids = g_ptr_array_new ();

  for (guint i = 0; i < n; i++)
    add_each_once (ids, first[i]->ids);
  g_ptr_array_sort (ids, compare_texts);
  g_ptr_array_add (ids, NULL);
  return (char **) g_ptr_array_free (ids, FALSE);
}

static BgWantedEndpoint *
with_ids (const BgWantedEndpoint *like, char **take_ids)
{
  BgWantedEndpoint *self = endpoint_new (like->source);

  self->url = g_strdup (like->url);
  self->scheme = like->scheme;
  self->host = g_strdup (like->host);
  self->port = like->port;
  self->is_literal = like->is_literal;
  self->ids = take_ids;
  self->refused = like->refused ? bg_words_ref (like->refused) : NULL;
  return self;
}

/* How many from `i` on share name and port; of those that have none, the text. */
static guint
count_alike (const GPtrArray *list, guint i)
{
  const BgWantedEndpoint *first = list->pdata[i];
  guint n = 1;

  for (; i + n < list->len; n++)
    {
      const BgWantedEndpoint *next = list->pdata[i + n];

      if (bg_endpoint_compare (first, next) != 0
          || (first->refused && strcmp (first->url, next->url) != 0))
        break;
    }
  return n;
}

void
bg_endpoint_list_merge (GPtrArray *list)
{
  g_ptr_array_sort (list, compare_whole);
  for (guint i = 0; i < list->len; i++)
    {
      BgWantedEndpoint **first = (BgWantedEndpoint **) list->pdata + i;
      guint n = count_alike (list, i);
      BgWantedEndpoint *all;

      if (n == 1)
        continue;
      all = with_ids (*first, collect_ids (first, n));
      g_ptr_array_remove_range (list, i + 1, n - 1);
      bg_endpoint_unref (list->pdata[i]);
      list->pdata[i] = all;
    }
}

static gboolean
endpoint_equal (const BgWantedEndpoint *a, const BgWantedEndpoint *b)
{
  return bg_endpoint_compare (a, b) == 0 && a->scheme == b->scheme && g_str_equal (a->url, b->url)
         && bg_words_equal (a->refused, b->refused)
         && g_strv_equal ((const char *const *) a->ids, (const char *const *) b->ids);
}

gboolean
bg_endpoint_list_equal (const GPtrArray *a, const GPtrArray *b)
{
  for (guint i = 0; i < a->len && i < b->len; i++)
    if (!endpoint_equal (a->pdata[i], b->pdata[i]))
      return FALSE;
  return a->len == b->len;
}
