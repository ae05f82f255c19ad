/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ground/pool-files.h"

#include "common/error.h"
#include "common/log.h"
#include "common/source.h"
#include "common/whole-file.h"

#include <glib/gstdio.h>

enum
{
  KEEP_MS = 200
};

enum
{
  ADDRESSES,
  TIMES,
  PORTS,
  SUBNET,
  FILES,
};

static const char *const names[FILES] = {
  [ADDRESSES] = "ip_mappings.json",
  [TIMES] = "ip_times.json",
  [PORTS] = "network_ports.json",
  [SUBNET] = "subnet",
};

struct _BgPoolFiles
{
  char *paths[FILES], *written[FILES];
  BgAddressPool *addresses;
  BgPortPool *ports;
  GSource *due;
};

BgPoolFiles *
bg_pool_files_new (const char *directory)
{
  BgPoolFiles *self = g_new0 (BgPoolFiles, 1);

  for (guint i = 0; i < FILES; i++)
    self->paths[i] = g_build_filename (directory, names[i], NULL);
  return self;
}

void
bg_pool_files_free (BgPoolFiles *self)
{
  if (!self)
    return;
  bg_pool_files_drop (self);
  for (guint i = 0; i < FILES; i++)
    {
      g_free (self->paths[i]);
      g_free (self->written[i]);
    }
  g_free (self);
}

/* --- Writing --- */

/* Takes `text`. */
static void
write_file (BgPoolFiles *self, guint file, char *text)
{
  g_autofree char *fresh = text;
  g_autoptr (GError) error = NULL;

  if (g_strcmp0 (fresh, self->written[file]) == 0)
    return;
  if (!bg_whole_file_write (self->paths[file], fresh, BG_SAY_ACCOUNT_FILE_NOT_WRITTEN, &error))
    {
      bg_log (BG_TOPIC_APP, WARNING, NULL, "%s", error->message);
      return;
    }
  g_free (self->written[file]);
  self->written[file] = g_steal_pointer (&fresh);
}

static gboolean
on_due (gpointer data)
{
  BgPoolFiles *self = data;

  bg_source_drop (&self->due);
  write_file (self, ADDRESSES, bg_address_pool_to_text (self->addresses));
  write_file (self, TIMES, bg_address_pool_times_to_text (self->addresses));
  write_file (self, PORTS, bg_port_pool_to_text (self->ports));
  return G_SOURCE_REMOVE;
}

void
bg_pool_files_keep (BgPoolFiles *self)
{
  if (!self->due && self->addresses)
    bg_source_arm (&self->due, KEEP_MS, on_due, self);
}

void
bg_pool_files_drop (BgPoolFiles *self)
{
  if (self->due)
    on_due (self);
  self->addresses = NULL;
  self->ports = NULL;
}

void
bg_pool_files_save_subnet (BgPoolFiles *self, const BgVirtualSubnet *subnet)
{
  write_file (self, SUBNET, bg_virtual_subnet_to_text (subnet));
}

/* --- Reading --- */

static void
put_aside (BgPoolFiles *self, guint file)
{
  g_autofree char *aside = g_strconcat (self->paths[file], ".corrupt", NULL);

  bg_log (BG_TOPIC_APP, WARNING, NULL, "%s cannot be read, and is %s now", self->paths[file],
          aside);
  if (g_rename (self->paths[file], aside) != 0)
    bg_log (BG_TOPIC_APP, WARNING, NULL, "%s stays as it is", self->paths[file]);
  g_clear_pointer (&self->written[file], g_free);
}

/* NULL where there is none. Borrowed. */
static const char *
read_file (BgPoolFiles *self, guint file)
{
  g_autofree char *text = NULL;
  gsize len;

  g_clear_pointer (&self->written[file], g_free);
  if (!g_file_get_contents (self->paths[file], &text, &len, NULL))
    return NULL;
  if (!g_utf8_validate (text, (gssize) len, NULL)) /* nor does it have a byte of 0 */
    {
      put_aside (self, file);
      return NULL;
    }
  return self->written[file] = g_steal_pointer (&text);
}

static void
say_left (BgPoolFiles *self, guint file, const GPtrArray *left)
{
  for (guint i = 0; i < left->len; i++)
    bg_log (BG_TOPIC_APP, WARNING, NULL, "%s: what it says of %s is left out", self->paths[file],
            (const char *) left->pdata[i]);
}

static void
restore_addresses (BgPoolFiles *self)
{
  const char *text = read_file (self, ADDRESSES), *times = read_file (self, TIMES);
  g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func (g_free);

  if (text
      && !bg_address_pool_from_text (self->addresses, text, times,
                                     g_get_real_time () / G_USEC_PER_SEC, left))
    put_aside (self, ADDRESSES);
  say_left (self, ADDRESSES, left);
}

static void
restore_ports (BgPoolFiles *self)
{
  const char *text = read_file (self, PORTS);
  g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func (g_free);

  if (text && !bg_port_pool_from_text (self->ports, text, left))
    put_aside (self, PORTS);
  say_left (self, PORTS, left);
}

void
bg_pool_files_restore (BgPoolFiles *self, BgAddressPool *addresses, BgPortPool *ports)
{
  bg_pool_files_drop (self);
  self->addresses = addresses;
  self->ports = ports;
  restore_addresses (self);
  restore_ports (self);
}

gboolean
bg_pool_files_load_subnet (BgPoolFiles *self, BgVirtualSubnet *subnet)
{
  const char *text = read_file (self, SUBNET);

  return text && bg_virtual_subnet_from_text (text, subnet);
}
