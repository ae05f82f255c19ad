/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/endpoint-set.h"

#include "common/error.h"

#include <errno.h>
#include <string.h>

/* Where one listens. */
typedef struct
{
  BgListenMode mode;
  BgIpPrefix hosts[BG_ENDPOINT_HOSTS];
  guint64 doors[BG_ENDPOINT_HOSTS];
  guint n;
  guint16 port;
} Place;

typedef struct
{
  BgWantedEndpoint *endpoint;
  Place place;
  GArray *left; /* doors (guint64) that it moved away from, and that may have connections */
  BgWords *problem;
  gint64 since;
  gboolean is_wanted, is_led; /* its doors lead where they should */
} Standing;

struct _BgEndpointSet
{
  const BgEndpointGround *ground;
  gpointer data;
  BgPortPool *ports;
  BgEndpointHomes *homes;
  BgEndpointSettings settings;
  BgListenRules *rules;
  GPtrArray *standing;  /* of Standing, in order */
  GHashTable *draining; /* door → name of its home, "" for one without */
  char *told;           /* the names, as the ground knows them */
};

static void
standing_free (gpointer data)
{
  Standing *standing = data;

  bg_endpoint_unref (standing->endpoint);
  g_array_unref (standing->left);
  g_clear_pointer (&standing->problem, bg_words_unref);
  g_free (standing);
}

static Standing *
standing_at (const BgEndpointSet *self, guint i)
{
  return g_ptr_array_index (self->standing, i);
}

static gboolean
is_local (const Place *place)
{
  return place->mode.kind == BG_LISTEN_VIRTUAL;
}

BgEndpointSet *
bg_endpoint_set_new (const BgEndpointGround *ground, gpointer data, BgAddressPool *addresses,
                     BgPortPool *ports)
{
  BgEndpointSet *self = g_new0 (BgEndpointSet, 1);
  const BgListenMode standard = { .kind = BG_LISTEN_VIRTUAL };

  self->ground = ground;
  self->data = data;
  self->ports = ports;
  self->homes = bg_endpoint_homes_new (ground, data, addresses);
  self->rules = bg_listen_rules_new (&standard);
  self->standing = g_ptr_array_new_with_free_func (standing_free);
  self->draining = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  self->told = g_strdup ("");
  return self;
}

/* Closing */

static void
close_place (BgEndpointSet *self, const char *name, Place *place, gint64 drain_us)
{
  Place closing = *place;

  *place = (Place){ 0 };
  for (guint i = 0; i < closing.n; i++)
    {
      g_hash_table_insert (self->draining, g_memdup2 (&closing.doors[i], sizeof closing.doors[i]),
                           g_strdup (is_local (&closing) ? name : ""));
      self->ground->close (self->data, closing.doors[i], drain_us);
    }
}

static void
forget_left (BgEndpointSet *self, guint64 door)
{
  for (guint i = 0; i < self->standing->len; i++)
    {
      GArray *left = standing_at (self, i)->left;

      for (guint j = left->len; j-- > 0;)
        if (g_array_index (left, guint64, j) == door)
          g_array_remove_index_fast (left, j);
    }
}

void
bg_endpoint_set_drained (BgEndpointSet *self, guint64 door)
{
  g_autofree gpointer key = NULL;
  g_autofree char *name = NULL;

  forget_left (self, door);
  if (!g_hash_table_steal_extended (self->draining, &door, &key, (gpointer *) &name)
      || *name == '\0')
    return;
  bg_endpoint_homes_leave (self->homes, name);
  bg_endpoint_homes_settle (self->homes, name);
  self->ground->keep (self->data);
}

void
bg_endpoint_set_free (BgEndpointSet *self)
{
  if (self == NULL)
    return;
  if (*self->told != '\0')
    self->ground->name (self->data, NULL, 0);
  for (guint i = 0; i < self->standing->len; i++)
    close_place (self, standing_at (self, i)->endpoint->host, &standing_at (self, i)->place, 0);
  g_ptr_array_unref (self->standing);
  bg_endpoint_homes_free (self->homes);
  g_hash_table_unref (self->draining);
  bg_listen_rules_free (self->rules);
  g_free (self->told);
  g_free (self);
}

/* Opening */

/* A door at one address; FALSE with errno in `*code`, 0 where `error` says why. */
static gboolean
open_door (BgEndpointSet *self, Place *place, const BgIpPrefix *host,
           const BgWantedEndpoint *endpoint, int *code, GError **error)
{
  int fd = self->ground->listen (self->data, host, place->port, is_local (place), code);
  guint64 door;

  if (fd < 0)
    return FALSE;
  *code = 0;
  door = self->ground->open (self->data, fd, endpoint, is_local (place), error);
  if (door == 0)
    return FALSE;
  place->hosts[place->n] = *host;
  place->doors[place->n++] = door;
  return TRUE;
}

static void
say_refused (GError **error, int code, const BgIpPrefix *host, guint16 port)
{
  g_autofree char *number = g_strdup_printf ("%u", port);
  char address[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (host, address);
  if (code == EADDRINUSE)
    bg_error_set (error, BG_ERROR_EXISTS, ENDPOINT_PORT_TAKEN, number, address);
  else
    bg_error_set (error, BG_ERROR_FAILED, ENDPOINT_CANNOT_LISTEN, number, address,
                  bg_arg_errno (code));
}

/* At the addresses of its name, which it has by then, and place->port; without the second where that one's port is somebody's. FALSE as open_door(). */
static gboolean
open_at_home (BgEndpointSet *self, Place *place, const BgWantedEndpoint *endpoint,
              const BgEndpointHome *home, int *code, GError **error)
{
  int ignored;

  for (guint i = 0; i < home->n; i++)
    if (open_door (self, place, &home->hosts[i], endpoint, i == 0 ? code : &ignored,
                   place->n == 0 ? error : NULL))
      bg_endpoint_homes_enter (self->homes, endpoint->host);
    else if (i == 0)
      return FALSE;
  return TRUE;
}

/* By what an endpoint is known again: name and port, else what was not understood. */
static char *
key_of (const BgWantedEndpoint *endpoint)
{
  return endpoint->refused != NULL ? g_strconcat ("!", endpoint->url, NULL)
                                   : g_strdup_printf ("%s:%u", endpoint->host, endpoint->port);
}

/* The port that it had there, else the lowest that is nobody's: it stays this machine's alone. */
static gboolean
open_at_home_elsewhere (BgEndpointSet *self, Place *place, const BgWantedEndpoint *endpoint,
                        const BgEndpointHome *home, GError **error)
{
  g_autofree char *key = key_of (endpoint);
  int code = EADDRINUSE;

  place->port = 0;
  while (code == EADDRINUSE
         && (place->port = bg_port_pool_candidate (self->ports, key, place->port)) != 0)
    if (open_at_home (self, place, endpoint, home, &code, error))
      {
        if (bg_port_pool_get (self->ports, key) == 0)
          bg_port_pool_keep (self->ports, key, place->port);
        return TRUE;
      }
  if (code != 0)
    say_refused (error, code, &home->hosts[0], endpoint->port);
  return FALSE;
}

static gboolean
stand_at_home (BgEndpointSet *self, Place *place, const BgWantedEndpoint *endpoint,
               const BgEndpointHome *home, GError **error)
{
  int code;

  place->port = endpoint->port;
  if (open_at_home (self, place, endpoint, home, &code, error))
    return TRUE;
  if (code == EADDRINUSE && self->settings.finds_port)
    return open_at_home_elsewhere (self, place, endpoint, home, error);
  if (code != 0)
    say_refused (error, code, &home->hosts[0], place->port);
  return FALSE;
}

static gboolean
stand_virtual (BgEndpointSet *self, Place *place, const BgWantedEndpoint *endpoint, GError **error)
{
  const BgEndpointHome *home = bg_endpoint_homes_get (self->homes, endpoint->host, error);
  gboolean stands = home != NULL && stand_at_home (self, place, endpoint, home, error);

  bg_endpoint_homes_settle (self->homes, endpoint->host);
  return stands;
}

/* At the port that it had, else at the lowest that is nobody's. */
static gboolean
open_at_some_port (BgEndpointSet *self, Place *place, const BgIpPrefix *host,
                   const BgWantedEndpoint *endpoint, GError **error)
{
  g_autofree char *key = key_of (endpoint);
  int code = EADDRINUSE;

  while (code == EADDRINUSE
         && (place->port = bg_port_pool_candidate (self->ports, key, place->port)) != 0)
    if (open_door (self, place, host, endpoint, &code, error))
      {
        if (bg_port_pool_get (self->ports, key) == 0)
          bg_port_pool_keep (self->ports, key, place->port);
        return TRUE;
      }
  if (place->port == 0)
    bg_error_set (error, BG_ERROR_EXISTS, ENDPOINT_NO_PORT);
  else if (code != 0)
    say_refused (error, code, host, place->port);
  return FALSE;
}

static gboolean
find_host (BgEndpointSet *self, const BgListenMode *mode, BgIpPrefix *host, GError **error)
{
  *host = mode->address;
  return mode->kind != BG_LISTEN_LINK
         || self->ground->find_address (self->data, mode->link, host, error);
}

static gboolean
stand (BgEndpointSet *self, Place *place, const BgWantedEndpoint *endpoint, GError **error)
{
  BgIpPrefix host;

  if (is_local (place))
    return stand_virtual (self, place, endpoint, error);
  return find_host (self, &place->mode, &host, error)
         && open_at_some_port (self, place, &host, endpoint, error);
}

/* Is it where it should be? An interface may have another address by now. */
static gboolean
is_in_place (BgEndpointSet *self, const Standing *standing, const BgListenMode *mode)
{
  const Place *place = &standing->place;
  BgIpPrefix host;

  if (place->n == 0 || !bg_listen_mode_equal (&place->mode, mode))
    return FALSE;
  return mode->kind != BG_LISTEN_LINK || !find_host (self, mode, &host, NULL)
         || bg_ip_prefix_equal (&host, &place->hosts[0]);
}

/* Who is inside goes on there for as long as the endpoint is wanted. */
static void
leave_place (BgEndpointSet *self, Standing *standing)
{
  g_array_append_vals (standing->left, standing->place.doors, standing->place.n);
  close_place (self, standing->endpoint->host, &standing->place, BG_ENDPOINT_NO_END);
}

static void
settle_at (BgEndpointSet *self, Standing *standing, const Place *place)
{
  leave_place (self, standing);
  standing->place = *place;
  standing->since = g_get_real_time ();
  standing->is_led = TRUE;
}

static gboolean
move (BgEndpointSet *self, Standing *standing, const BgListenMode *mode, GError **error)
{
  Place place = { .mode = *mode };
  gboolean stands = stand (self, &place, standing->endpoint, error);

  if (stands)
    settle_at (self, standing, &place);
  return stands;
}

/* At its address, but at another port than its own. */
static gboolean
is_elsewhere (const Standing *standing)
{
  const Place *place = &standing->place;

  return place->n > 0 && is_local (place) && place->port != standing->endpoint->port;
}

static void
return_if_free (BgEndpointSet *self, Standing *standing)
{
  const BgWantedEndpoint *endpoint = standing->endpoint;
  Place place = { .mode = standing->place.mode, .port = endpoint->port };
  int code;

  if (open_at_home (self, &place, endpoint, bg_endpoint_homes_find (self->homes, endpoint->host),
                    &code, NULL))
    settle_at (self, standing, &place);
}

static BgWords *
words_elsewhere (const Standing *standing)
{
  g_autofree char *own = g_strdup_printf ("%u", standing->endpoint->port),
                  *port = g_strdup_printf ("%u", standing->place.port);
  char address[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (&standing->place.hosts[0], address);
  return bg_words (ENDPOINT_AT_OTHER_PORT, own, address, port);
}

static gboolean
lead (BgEndpointSet *self, Standing *standing, GError **error)
{
  const Place *place = &standing->place;

  for (guint i = 0; i < place->n && !standing->is_led; i++)
    if (!self->ground->lead (self->data, place->doors[i], standing->endpoint, is_local (place),
                             error))
      return FALSE;
  standing->is_led = TRUE;
  return TRUE;
}

static gboolean
stand_where_wanted (BgEndpointSet *self, Standing *standing, GError **error)
{
  const BgWantedEndpoint *endpoint = standing->endpoint;
  const BgListenMode *mode = bg_listen_rules_find (self->rules, endpoint->host, endpoint->port);

  if (!is_in_place (self, standing, mode))
    return move (self, standing, mode, error);
  if (is_elsewhere (standing))
    return_if_free (self, standing);
  return lead (self, standing, error);
}

static void
attempt (BgEndpointSet *self, Standing *standing)
{
  const BgWantedEndpoint *endpoint = standing->endpoint;
  g_autoptr (GError) error = NULL;

  if (endpoint->refused != NULL)
    {
      bg_words_take (&standing->problem, bg_words_ref (endpoint->refused));
      return;
    }
  if (!stand_where_wanted (self, standing, &error))
    bg_words_take (&standing->problem, bg_error_dup_words (error));
  else
    bg_words_take (&standing->problem, is_elsewhere (standing) ? words_elsewhere (standing) : NULL);
}

/* Names */

static gboolean
has_name (const Standing *standing)
{
  return standing->place.n > 0 && is_local (&standing->place) && !standing->endpoint->is_literal;
}

/* In order, each once: all ports of a name follow each other. */
static GArray *
names_of (BgEndpointSet *self)
{
  GArray *names = g_array_new (FALSE, TRUE, sizeof (BgEndpointName));

  for (guint i = 0; i < self->standing->len; i++)
    {
      const Standing *standing = standing_at (self, i);
      const char *name = standing->endpoint->host;

      if (has_name (standing)
          && (names->len == 0
              || strcmp (g_array_index (names, BgEndpointName, names->len - 1).name, name) != 0))
        {
          const BgEndpointHome *home = bg_endpoint_homes_find (self->homes, name);

          g_array_append_vals (names, &(BgEndpointName){ name, home->hosts, home->n }, 1);
        }
    }
  return names;
}

static char *
text_of (const GArray *names)
{
  GString *text = g_string_new (NULL);
  char address[BG_IP_PREFIX_TEXT];

  for (guint i = 0; i < names->len; i++)
    {
      const BgEndpointName *name = &g_array_index (names, BgEndpointName, i);

      g_string_append (text, name->name);
      for (guint j = 0; j < name->n_hosts; j++)
        {
          bg_ip_prefix_format_address (&name->hosts[j], address);
          g_string_append_printf (text, " %s", address);
        }
      g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}

static void
tell_names (BgEndpointSet *self)
{
  g_autoptr (GArray) names = names_of (self);
  char *text = text_of (names);

  if (strcmp (text, self->told) != 0)
    self->ground->name (self->data, (const BgEndpointName *) names->data, names->len);
  g_free (self->told);
  self->told = text;
}

/* Wanted against standing */

void
bg_endpoint_set_lead (BgEndpointSet *self)
{
  for (guint i = 0; i < self->standing->len; i++)
    standing_at (self, i)->is_led = FALSE;
  bg_endpoint_set_retry (self);
}

void
bg_endpoint_set_retry (BgEndpointSet *self)
{
  for (guint i = 0; i < self->standing->len; i++)
    attempt (self, standing_at (self, i));
  tell_names (self);
  self->ground->keep (self->data);
}

static GHashTable *
index_of (BgEndpointSet *self)
{
  GHashTable *index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < self->standing->len; i++)
    {
      Standing *standing = standing_at (self, i);

      standing->is_wanted = FALSE;
      g_hash_table_insert (index, key_of (standing->endpoint), standing);
    }
  return index;
}

static Standing *
add (BgEndpointSet *self, BgWantedEndpoint *endpoint)
{
  Standing *standing = g_new0 (Standing, 1);

  standing->left = g_array_new (FALSE, FALSE, sizeof (guint64));
  standing->endpoint = bg_endpoint_ref (endpoint);
  g_ptr_array_add (self->standing, standing);
  return standing;
}

static void
take_over (Standing *standing, BgWantedEndpoint *endpoint)
{
  standing->is_led = standing->is_led && standing->endpoint->scheme == endpoint->scheme
                     && g_strcmp0 (standing->endpoint->source, endpoint->source) == 0;
  bg_endpoint_ref (endpoint);
  bg_endpoint_unref (standing->endpoint);
  standing->endpoint = endpoint;
}

static void
mark (BgEndpointSet *self, const GPtrArray *wanted)
{
  g_autoptr (GHashTable) index = index_of (self);

  for (guint i = 0; i < wanted->len; i++)
    {
      BgWantedEndpoint *endpoint = g_ptr_array_index (wanted, i);
      g_autofree char *key = key_of (endpoint);
      Standing *standing = g_hash_table_lookup (index, key);

      if (standing == NULL)
        standing = add (self, endpoint);
      else
        take_over (standing, endpoint);
      standing->is_wanted = TRUE;
    }
}

static void
end_left (BgEndpointSet *self, const Standing *standing)
{
  for (guint i = 0; i < standing->left->len; i++)
    self->ground->close (self->data, g_array_index (standing->left, guint64, i),
                         self->settings.drain_us);
}

static void
drop_unwanted (BgEndpointSet *self)
{
  for (guint i = self->standing->len; i-- > 0;)
    {
      Standing *standing = standing_at (self, i);

      if (standing->is_wanted)
        continue;
      end_left (self, standing);
      close_place (self, standing->endpoint->host, &standing->place, self->settings.drain_us);
      g_ptr_array_remove_index (self->standing, i);
    }
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return bg_endpoint_compare ((*(const Standing *const *) a)->endpoint,
                              (*(const Standing *const *) b)->endpoint);
}

void
bg_endpoint_set_want (BgEndpointSet *self, const GPtrArray *wanted)
{
  mark (self, wanted);
  drop_unwanted (self);
  g_ptr_array_sort (self->standing, compare);
  bg_endpoint_set_retry (self);
}

void
bg_endpoint_set_configure (BgEndpointSet *self, const BgEndpointSettings *settings,
                           BgListenRules *rules)
{
  self->settings = *settings;
  bg_endpoint_homes_set_places (self->homes, &settings->places);
  bg_listen_rules_free (self->rules);
  self->rules = rules;
  bg_endpoint_set_retry (self);
}

/* Looking */

guint
bg_endpoint_set_count (const BgEndpointSet *self)
{
  return self->standing->len;
}

BgEndpointView
bg_endpoint_set_look (const BgEndpointSet *self, guint i)
{
  const Standing *standing = standing_at (self, i);
  const BgWantedEndpoint *endpoint = standing->endpoint;
  const Place *place = &standing->place;
  BgListenMode mode = place->mode;

  if (place->n == 0 && endpoint->refused == NULL)
    mode = *bg_listen_rules_find (self->rules, endpoint->host, endpoint->port);
  return (BgEndpointView){ .endpoint = endpoint,
                           .mode = mode,
                           .hosts = place->hosts,
                           .doors = place->doors,
                           .n_hosts = place->n,
                           .port = place->port,
                           .problem = standing->problem,
                           .since = place->n > 0 ? standing->since : 0 };
}
