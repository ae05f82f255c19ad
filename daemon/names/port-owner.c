/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/port-owner.h"

#include "common/printable.h"

#include <pwd.h>
#include <string.h>
#include <sys/socket.h>

#define TCP_LISTEN 0x0a
#define UDP_UNCONNECTED 0x07

/* --- What a file says --- */

/* The kernel prints the words of an address in the order of this machine's bytes: 32 bits each. FALSE for another text. */
static gboolean
parse_address (const char *text, gsize len, BgIpPrefix *address)
{
  *address = (BgIpPrefix){ .family = len == 8 ? AF_INET : AF_INET6, .len = len == 8 ? 32 : 128 };
  if (len != 8 && len != 32)
    return FALSE;
  for (gsize i = 0; i < len / 8; i++)
    {
      char word[9] = { 0 };
      guint32 value;

      memcpy (word, text + i * 8, 8);
      value = (guint32) g_ascii_strtoull (word, NULL, 16);
      memcpy (address->addr + i * 4, &value, sizeof value);
    }
  return TRUE;
}

static gboolean
is_any (const BgIpPrefix *address)
{
  static const guint8 none[16];

  return memcmp (address->addr, none, address->family == AF_INET ? 4 : 16) == 0;
}

/* "0100007F:0035" */
static gboolean
meets (const char *local, const BgIpPrefix *address, guint16 port)
{
  const char *colon = strchr (local, ':');
  BgIpPrefix there;

  return colon && g_ascii_strtoull (colon + 1, NULL, 16) == port
         && parse_address (local, (gsize) (colon - local), &there)
         && (is_any (&there) || bg_ip_prefix_equal (&there, address));
}

static gboolean
is_open (const char *state)
{
  guint64 value = g_ascii_strtoull (state, NULL, 16);

  return value == TCP_LISTEN || value == UDP_UNCONNECTED;
}

/* A row: number, local, remote, state, queues, timer, retransmissions, user, timeout, inode. */
static gboolean
parse_row (const char *row, const BgIpPrefix *address, guint16 port, BgPortOwner *owner)
{
  enum
  {
    LOCAL = 1,
    STATE = 3,
    USER = 7,
    INODE = 9,
    MAX = 12
  };
  g_auto (GStrv) all = g_strsplit_set (row, " ", -1);
  const char *words[MAX] = { NULL };
  guint n = 0;

  for (char **word = all; *word && n < MAX; word++)
    if (**word)
      words[n++] = *word;
  if (n <= INODE || !is_open (words[STATE]) || !meets (words[LOCAL], address, port))
    return FALSE;
  *owner = (BgPortOwner){ .uid = (guint32) g_ascii_strtoull (words[USER], NULL, 10),
                          .inode = g_ascii_strtoull (words[INODE], NULL, 10) };
  return TRUE;
}

gboolean
bg_port_owner_parse (const char *text, const BgIpPrefix *address, guint16 port, BgPortOwner *owner)
{
  g_auto (GStrv) rows = g_strsplit (text, "\n", -1);

  for (char **row = rows; *row; row++)
    if (parse_row (*row, address, port, owner))
      return TRUE;
  return FALSE;
}

/* --- Who it is --- */

static gboolean
has_inode (const char *folder, guint64 inode)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autofree char *wanted = g_strdup_printf ("socket:[%" G_GUINT64_FORMAT "]", inode);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *target = g_file_read_link (path, NULL);

      if (g_strcmp0 (target, wanted) == 0)
        return TRUE;
    }
  return FALSE;
}

static char *
name_of_process (const char *pid)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "comm", NULL);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? bg_printable (g_strchomp (text)) : NULL;
}

static char *
describe_process (guint64 inode)
{
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *pid;

  while (proc && (pid = g_dir_read_name (proc)))
    {
      g_autofree char *folder = g_build_filename ("/proc", pid, "fd", NULL);
      g_autofree char *name = g_ascii_isdigit (*pid) && has_inode (folder, inode)
                                ? name_of_process (pid)
                                : NULL;

      if (name)
        return g_strdup_printf ("%s[%s]", name, pid);
    }
  return NULL;
}

static char *
describe_user (guint32 uid)
{
  struct passwd entry, *found = NULL;
  char buffer[4096];

  if (getpwuid_r (uid, &entry, buffer, sizeof buffer, &found) == 0 && found)
    return g_strdup_printf ("%s (uid %u)", found->pw_name, uid);
  return g_strdup_printf ("uid %u", uid);
}

static gboolean
find (const char *file, const BgIpPrefix *address, guint16 port, BgPortOwner *owner)
{
  g_autofree char *text = NULL;

  return g_file_get_contents (file, &text, NULL, NULL)
         && bg_port_owner_parse (text, address, port, owner);
}

char *
bg_port_owner_describe (const BgIpPrefix *address, guint16 port, gboolean stream)
{
  const char *file = address->family == AF_INET
                       ? (stream ? "/proc/self/net/tcp" : "/proc/self/net/udp")
                       : (stream ? "/proc/self/net/tcp6" : "/proc/self/net/udp6");
  const char *both = stream ? "/proc/self/net/tcp6"
                            : "/proc/self/net/udp6"; /* at all of both families */
  BgPortOwner owner;
  char *who;

  if (!find (file, address, port, &owner) && !find (both, address, port, &owner))
    return NULL;
  who = describe_process (owner.inode);
  return who ? who : describe_user (owner.uid);
}
