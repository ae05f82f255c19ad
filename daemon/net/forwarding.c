/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/forwarding.h"

#include "common/error.h"
#include "common/log.h"
#include "common/source.h"
#include "net/forwarding-flags.h"
#include "net/link-request.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#define FORWARDING "forwarding"
#define FORCED "force_forwarding"
#define ACCEPT_RA "accept_ra"
#define MAX_READS 64

/* Of the file. */
#define BOOT "boot"
#define ID "id"
#define RAISED "raised"
#define HEARS "accept-ra"

#define GROUP(name) (1u << (RTNLGRP_##name - 1))
#define GROUPS (GROUP (IPV4_NETCONF) | GROUP (IPV6_NETCONF))

/* One family. */
typedef struct
{
  int family;
  const char *group; /* of the file */
  char *conf;
  GHashTable *raised; /* names that were off before; for IPv6 maybe "all" */
  GHashTable *hears;  /* names whose accept_ra was 1 before */
} Side;

struct _BgIpForwarding
{
  char *record, *boot_id;
  Side sides[2];
  BgNetlink *netlink;

  struct mnl_socket *socket; /* what others do */
  GSource *readable;
  BgIpForwardingChanged changed;
  gpointer data;
};

/* --- The file --- */

static void
put_names (GKeyFile *file, const char *group, const char *key, GHashTable *names)
{
  g_autofree gpointer *keys = g_hash_table_get_keys_as_array (names, NULL);

  if (g_hash_table_size (names) > 0)
    g_key_file_set_string_list (file, group, key, (const char *const *) keys,
                                g_hash_table_size (names));
}

static gboolean
has_something (const BgIpForwarding *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->sides); i++)
    if (g_hash_table_size (self->sides[i].raised) > 0
        || g_hash_table_size (self->sides[i].hears) > 0)
      return TRUE;
  return FALSE;
}

static gboolean
save (BgIpForwarding *self, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  if (!has_something (self))
    {
      (void) g_unlink (self->record);
      return TRUE;
    }
  g_key_file_set_string (file, BOOT, ID, self->boot_id);
  for (guint i = 0; i < G_N_ELEMENTS (self->sides); i++)
    {
      put_names (file, self->sides[i].group, RAISED, self->sides[i].raised);
      put_names (file, self->sides[i].group, HEARS, self->sides[i].hears);
    }
  return g_key_file_save_to_file (file, self->record, error);
}

static void
take_names (GKeyFile *file, const char *group, const char *key, GHashTable *names)
{
  g_auto (GStrv) list = g_key_file_get_string_list (file, group, key, NULL, NULL);

  for (char **name = list; name && *name; name++)
    g_hash_table_add (names, g_strdup (*name));
}

/* A file that cannot be read tells nothing; what an earlier boot did ended with it. */
static void
take_over (BgIpForwarding *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *id = NULL;

  if (!g_key_file_load_from_file (file, self->record, G_KEY_FILE_NONE, NULL))
    return;
  id = g_key_file_get_string (file, BOOT, ID, NULL);
  for (guint i = 0; g_strcmp0 (id, self->boot_id) == 0 && i < G_N_ELEMENTS (self->sides); i++)
    {
      take_names (file, self->sides[i].group, RAISED, self->sides[i].raised);
      take_names (file, self->sides[i].group, HEARS, self->sides[i].hears);
    }
}

/* --- What others do --- */

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  BgIpForwarding *self = data;
  char buf[4096];

  for (int i = 0; i < MAX_READS; i++)
    if (recv (fd, buf, sizeof buf, MSG_DONTWAIT) < 0 && errno != ENOBUFS)
      break;
  self->changed (self->data); /* last: it may free us */
  return G_SOURCE_CONTINUE;
}

static gboolean
watch (BgIpForwarding *self, GError **error)
{
  self->socket = mnl_socket_open2 (NETLINK_ROUTE, SOCK_CLOEXEC);
  if (!self->socket || mnl_socket_bind (self->socket, GROUPS, MNL_SOCKET_AUTOPID) < 0)
    {
      bg_error_set (error, BG_ERROR_FAILED, NETLINK_FAILED, bg_arg_errno (errno));
      return FALSE;
    }
  self->readable = g_unix_fd_source_new (mnl_socket_get_fd (self->socket), G_IO_IN | G_IO_ERR);
  bg_source_attach (self->readable, G_SOURCE_FUNC (on_readable), self);
  return TRUE;
}

/* --- The switches --- */

static gboolean
is_forced (const Side *side)
{
  return side->family == AF_INET6
         && bg_ip_forwarding_file_read (side->conf, BG_FORWARDING_ALL, FORCED) >= 0;
}

/* Is what comes in by it forwarded? */
static gboolean
is_on (const Side *side, GHashTable *flags, const char *name)
{
  gboolean by_all = side->family == AF_INET6
                    && g_hash_table_lookup (flags, BG_FORWARDING_ALL) != NULL;

  if (is_forced (side))
    return by_all || bg_ip_forwarding_file_read (side->conf, name, FORCED) > 0;
  return g_hash_table_lookup (flags, name) != NULL;
}

static gboolean
write_switch (BgIpForwarding *self, Side *side, const char *name, gboolean on, GError **error)
{
  guint ifindex = if_nametoindex (name);
  g_autoptr (GError) local = NULL;

  if (bg_ip_forwarding_file_write (side->conf, name, is_forced (side) ? FORCED : FORWARDING, on,
                                   &local))
    return TRUE;
  if (side->family == AF_INET && ifindex != 0)
    return bg_link_request_forwarding (self->netlink, (int) ifindex, on, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* --- IPv6 before Linux 6.17: one switch for all --- */

static gboolean
is_interface (const char *name)
{
  return !g_str_equal (name, BG_FORWARDING_ALL) && !g_str_equal (name, BG_FORWARDING_DEFAULT);
}

static void
note_hearers (Side *side, GHashTable *flags)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, flags);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (is_interface (name) && bg_ip_forwarding_file_read (side->conf, name, ACCEPT_RA) == 1)
      g_hash_table_add (side->hears, g_strdup (name));
}

static void
write_hearers (Side *side, int value)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, side->hears);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (bg_ip_forwarding_file_read (side->conf, name, ACCEPT_RA) > 0)
      (void) bg_ip_forwarding_file_write (side->conf, name, ACCEPT_RA, value, NULL);
}

/* The switch for all flips that of every interface: those that were off are set back, also for interfaces to come. */
static gboolean
raise_all (BgIpForwarding *self, Side *side, GHashTable *flags, GError **error)
{
  GHashTableIter iter;
  gpointer name, on;

  g_hash_table_add (side->raised, g_strdup (BG_FORWARDING_ALL));
  note_hearers (side, flags);
  if (!save (self, error))
    return FALSE;
  write_hearers (side, 2);
  if (!bg_ip_forwarding_file_write (side->conf, BG_FORWARDING_ALL, FORWARDING, 1, error))
    return FALSE;
  g_hash_table_iter_init (&iter, flags);
  while (g_hash_table_iter_next (&iter, &name, &on))
    if (!on && !g_str_equal (name, BG_FORWARDING_ALL))
      (void) bg_ip_forwarding_file_write (side->conf, name, FORWARDING, 0, NULL);
  return TRUE;
}

/* Not where somebody else relies on it by now: an interface that is on, and not by us. */
static void
lower_all (BgIpForwarding *self, Side *side, GHashTable *flags)
{
  GHashTableIter iter;
  gpointer name, on;
  gboolean others = FALSE;

  g_hash_table_iter_init (&iter, flags);
  while (g_hash_table_iter_next (&iter, &name, &on))
    others |= on && !g_str_equal (name, BG_FORWARDING_ALL)
              && !g_hash_table_contains (side->raised, name);
  if (!others)
    (void) bg_ip_forwarding_file_write (side->conf, BG_FORWARDING_ALL, FORWARDING, 0, NULL);
  write_hearers (side, 1);
  g_hash_table_remove_all (side->hears);
  g_hash_table_remove (side->raised, BG_FORWARDING_ALL);
}

static gboolean
needs_all (const Side *side, GHashTable *flags, const char *const *names)
{
  return side->family == AF_INET6 && names && *names && !is_forced (side)
         && g_hash_table_contains (flags, BG_FORWARDING_ALL)
         && !g_hash_table_lookup (flags, BG_FORWARDING_ALL);
}

/* --- Wanted against actual --- */

static gboolean
is_wanted (const char *const *names, const char *name)
{
  return names && g_strv_contains (names, name);
}

static void
lower_unwanted (BgIpForwarding *self, Side *side, GHashTable *flags, const char *const *names)
{
  GHashTableIter iter;
  gpointer name;

  if ((!names || !*names) && g_hash_table_contains (side->raised, BG_FORWARDING_ALL))
    lower_all (self, side, flags);
  g_hash_table_iter_init (&iter, side->raised);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      g_autoptr (GError) error = NULL;

      if (is_wanted (names, name) || g_str_equal (name, BG_FORWARDING_ALL))
        continue;
      if (g_hash_table_contains (flags, name) && !write_switch (self, side, name, FALSE, &error))
        bg_log (BG_TOPIC_NET, WARNING, NULL, "forwarding stays on: %s", error->message);
      g_hash_table_iter_remove (&iter);
    }
}

/* Names that are off, noted before they are switched on. */
static GPtrArray *
note_wanted (Side *side, GHashTable *flags, const char *const *names)
{
  GPtrArray *off = g_ptr_array_new ();

  for (; names && *names; names++)
    {
      if (!g_hash_table_contains (flags, *names) || is_on (side, flags, *names))
        continue;
      g_hash_table_add (side->raised, g_strdup (*names));
      g_ptr_array_add (off, (gpointer) *names);
    }
  return off;
}

static gboolean
set_side (BgIpForwarding *self, Side *side, const char *const *names, GError **error)
{
  g_autoptr (GHashTable) flags = bg_ip_forwarding_flags_load (self->netlink, side->family, error);
  g_autoptr (GPtrArray) off = NULL;
  gboolean ok = TRUE;

  if (!flags)
    return FALSE;
  lower_unwanted (self, side, flags, names);
  off = note_wanted (side, flags, names);
  if (!save (self, error)
      || (needs_all (side, flags, names) && !raise_all (self, side, flags, error)))
    return FALSE;
  for (guint i = 0; i < off->len; i++)
    ok = write_switch (self, side, off->pdata[i], TRUE, ok ? error : NULL) && ok;
  return ok;
}

gboolean
bg_ip_forwarding_set (BgIpForwarding *self, const char *const *names4, const char *const *names6,
                      GError **error)
{
  gboolean ok = set_side (self, &self->sides[0], names4, error);

  return set_side (self, &self->sides[1], names6, ok ? error : NULL) && ok;
}

static Side *
side_of (BgIpForwarding *self, int family)
{
  return &self->sides[family == AF_INET ? 0 : 1];
}

/* On by somebody else? With the one switch of IPv6 nothing else counts, but who is a router by our doing is known. */
static gboolean
is_quiet (const Side *side, GHashTable *flags, const char *name)
{
  return g_hash_table_contains (side->raised, name) || !is_on (side, flags, name);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char **
bg_ip_forwarding_list_quiet (BgIpForwarding *self, int family)
{
  Side *side = side_of (self, family);
  g_autoptr (GHashTable) flags = bg_ip_forwarding_flags_load (self->netlink, family, NULL);
  gboolean open = family == AF_INET6 && flags && g_hash_table_lookup (flags, BG_FORWARDING_ALL)
                  && !g_hash_table_contains (side->raised, BG_FORWARDING_ALL);
  GPtrArray *names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;

  if (flags && !open)
    {
      g_hash_table_iter_init (&iter, flags);
      while (g_hash_table_iter_next (&iter, &name, NULL))
        if (is_interface (name) && is_quiet (side, flags, name))
          g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

/* --- Life --- */

static void
init_side (Side *side, int family, const char *group, const char *conf)
{
  side->family = family;
  side->group = group;
  side->conf = g_strdup (conf);
  side->raised = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  side->hears = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static void
clear_side (Side *side)
{
  g_free (side->conf);
  g_hash_table_unref (side->raised);
  g_hash_table_unref (side->hears);
}

static void
destroy (BgIpForwarding *self)
{
  bg_source_drop (&self->readable);
  if (self->socket)
    mnl_socket_close (self->socket);
  bg_netlink_free (self->netlink);
  for (guint i = 0; i < G_N_ELEMENTS (self->sides); i++)
    clear_side (&self->sides[i]);
  g_free (self->record);
  g_free (self->boot_id);
  g_free (self);
}

BgIpForwarding *
bg_ip_forwarding_new (const BgIpForwardingPlaces *places, BgIpForwardingChanged changed,
                      gpointer data, GError **error)
{
  BgIpForwarding *self = g_new0 (BgIpForwarding, 1);

  self->record = g_strdup (places->record);
  self->changed = changed;
  self->data = data;
  init_side (&self->sides[0], AF_INET, "ipv4", places->conf4);
  init_side (&self->sides[1], AF_INET6, "ipv6", places->conf6);
  self->boot_id = g_strdup (places->boot_id);
  self->netlink = bg_netlink_new (error);
  if (!self->netlink || (changed && !watch (self, error)))
    {
      destroy (self);
      return NULL;
    }
  take_over (self);
  return self;
}

void
bg_ip_forwarding_free (BgIpForwarding *self)
{
  g_autoptr (GError) error = NULL;

  if (!self)
    return;
  if (has_something (self) && !bg_ip_forwarding_set (self, NULL, NULL, &error))
    bg_log (BG_TOPIC_NET, WARNING, NULL, "forwarding: %s", error->message);
  destroy (self);
}
