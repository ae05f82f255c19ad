/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Candidates in, candidates out; the router is this file. */
#include "peer/mapped-candidates.h"

#define HOST "candidate:1 1 udp 2122252543 192.168.1.2 50123 typ host ufrag abcd"

struct _BgPortMapping
{
  BgPortMapped mapped;
  gpointer data;
  guint16 port;
};

static GPtrArray *mappings; /* BgPortMapping, borrowed */
static GPtrArray *lines;

BgPortMapping *
bg_port_mapping_new (BgPortMapper *self, GInetAddress *host, guint16 port, BgPortMapped mapped,
                     gpointer data)
{
  BgPortMapping *mapping = g_new0 (BgPortMapping, 1);

  mapping->mapped = mapped;
  mapping->data = data;
  mapping->port = port;
  g_ptr_array_add (mappings, mapping);
  return mapping;
}

void
bg_port_mapping_free (BgPortMapping *self)
{
  g_ptr_array_remove (mappings, self);
  g_free (self);
}

static void
on_found (gpointer data, const char *candidate)
{
  g_ptr_array_add (lines, g_strdup (candidate));
}

static void
map_first (const char *text, guint16 port)
{
  const BgPortMapping *mapping = mappings->pdata[0];
  g_autoptr (GInetAddress) address = text ? g_inet_address_new_from_string (text) : NULL;

  mapping->mapped (mapping->data, address, port);
}

static const char *
last_line (void)
{
  return lines->len > 0 ? lines->pdata[lines->len - 1] : NULL;
}

static BgMappedCandidates *
begin (void)
{
  mappings = g_ptr_array_new ();
  lines = g_ptr_array_new_with_free_func (g_free);
  return bg_mapped_candidates_new ((BgPortMapper *) &mappings, on_found, NULL);
}

static void
end (BgMappedCandidates *self)
{
  bg_mapped_candidates_free (self);
  g_assert_cmpuint (mappings->len, ==, 0);
  g_ptr_array_unref (mappings);
  g_ptr_array_unref (lines);
}

static void
test_mapped (void)
{
  BgMappedCandidates *self = begin ();

  bg_mapped_candidates_follow (self, HOST);
  g_assert_cmpuint (mappings->len, ==, 1);
  g_assert_null (last_line ());
  map_first ("203.0.113.7", 40000);
  g_assert_cmpstr (
    last_line (), ==,
    "candidate:mapped 1 udp 1677721855 203.0.113.7 40000 typ srflx raddr 192.168.1.2 "
    "rport 50123 ufrag abcd");
  map_first (NULL, 0);
  g_assert_cmpuint (lines->len, ==, 1);
  map_first ("203.0.113.8", 40001);
  g_assert_cmpuint (lines->len, ==, 2);
  end (self);
}

/* An ICE restart on the same socket: the mapping stays, the word for whose it is differs. */
static void
test_restart (void)
{
  BgMappedCandidates *self = begin ();

  bg_mapped_candidates_follow (self, HOST);
  map_first ("203.0.113.7", 40000);
  bg_mapped_candidates_follow (
    self, "candidate:1 1 udp 2122252543 192.168.1.2 50123 typ host ufrag efgh");
  g_assert_cmpuint (mappings->len, ==, 1);
  g_assert_true (g_str_has_suffix (last_line (), "ufrag efgh"));
  end (self);
}

static void
test_others (void)
{
  BgMappedCandidates *self = begin ();

  bg_mapped_candidates_follow (
    self, "candidate:2 1 udp 1 203.0.113.9 50123 typ srflx raddr 192.168.1.2 rport 50123");
  bg_mapped_candidates_follow (self,
                               "candidate:3 1 tcp 1 192.168.1.2 50123 typ host tcptype passive");
  bg_mapped_candidates_follow (self, "candidate:4 1 udp 1 2001:db8::1 50123 typ host");
  bg_mapped_candidates_follow (self, "candidate:5 1 udp 1 name.local 50123 typ host");
  bg_mapped_candidates_follow (self, "rubbish");
  g_assert_cmpuint (mappings->len, ==, 0);
  end (self);
}

/* A session that moves again and again. */
static void
test_bound (void)
{
  BgMappedCandidates *self = begin ();

  for (guint i = 0; i < 9; i++)
    {
      g_autofree char *line = g_strdup_printf ("candidate:1 1 udp 1 192.168.1.2 %u typ host",
                                               50000 + i);

      bg_mapped_candidates_follow (self, line);
    }
  g_assert_cmpuint (mappings->len, ==, 4);
  g_assert_cmpuint (((BgPortMapping *) mappings->pdata[3])->port, ==, 50008);
  end (self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mapped-candidates/mapped", test_mapped);
  g_test_add_func ("/mapped-candidates/restart", test_restart);
  g_test_add_func ("/mapped-candidates/others", test_others);
  g_test_add_func ("/mapped-candidates/bound", test_bound);
  return g_test_run ();
}
