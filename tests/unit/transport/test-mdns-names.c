/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of candidates, asked of a pretended Avahi and a pretended systemd-resolved on a bus of the test's own. */
#include "daemon/transport/mdns-names.h"

#include <string.h>

#define NAME "0f8fad5b-d9cb-469f-a165-70867728950e.local"
#define CANDIDATE(name) "candidate:1 1 udp 2113937151 " name " 50123 typ host"

static const char introspection[] =
  "<node>"
  "<interface name='org.freedesktop.Avahi.Server'><method name='ResolveHostName'>"
  "<arg type='i' direction='in'/><arg type='i' direction='in'/><arg type='s' direction='in'/>"
  "<arg type='i' direction='in'/><arg type='u' direction='in'/>"
  "<arg type='i' direction='out'/><arg type='i' direction='out'/><arg type='s' direction='out'/>"
  "<arg type='i' direction='out'/><arg type='s' direction='out'/><arg type='u' direction='out'/>"
  "</method></interface>"
  "<interface name='org.freedesktop.resolve1.Manager'><method name='ResolveHostname'>"
  "<arg type='i' direction='in'/><arg type='s' direction='in'/><arg type='i' direction='in'/>"
  "<arg type='t' direction='in'/><arg type='a(iiay)' direction='out'/>"
  "<arg type='s' direction='out'/><arg type='t' direction='out'/>"
  "</method></interface></node>";

typedef struct
{
  GDBusConnection *server; /* of the pretended ones */
  BgMdnsNames *names;
  const char *avahi; /* its answer, NULL: none */
  guint questions, found;
  char *address;
} Fixture;

static void
on_avahi (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
          const char *method, GVariant *arguments, GDBusMethodInvocation *call, gpointer data)
{
  Fixture *self = data;

  self->questions++;
  if (self->avahi)
    g_dbus_method_invocation_return_value (
      call, g_variant_new ("(iisisu)", 2, 0, NAME, 0, self->avahi, 0));
  else
    g_dbus_method_invocation_return_dbus_error (call, "org.freedesktop.Avahi.TimeoutError", "no");
}

static void
on_resolved (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
             const char *method, GVariant *arguments, GDBusMethodInvocation *call, gpointer data)
{
  static const guint8 bytes[] = { 192, 0, 2, 9 };
  Fixture *self = data;
  GVariantBuilder list;
  guint64 flags;

  self->questions++;
  g_variant_get (arguments, "(i&sit)", NULL, NULL, NULL, &flags);
  g_assert_cmpuint (flags, ==, 0x18);
  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(iiay)"));
  g_variant_builder_add (&list, "(ii@ay)", 2, 2,
                         g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes, sizeof bytes, 1));
  g_dbus_method_invocation_return_value (call, g_variant_new ("(a(iiay)st)", &list, NAME, flags));
}

/* Of RequestName. */
enum
{
  DO_NOT_QUEUE = 4,
  PRIMARY_OWNER = 1,
};

static void
serve (Fixture *self, const char *name, const char *path, guint interface,
       GDBusInterfaceMethodCallFunc method)
{
  g_autoptr (GDBusNodeInfo) info = g_dbus_node_info_new_for_xml (introspection, NULL);
  const GDBusInterfaceVTable table = { .method_call = method };
  guint32 owner = 0;

  g_assert_cmpuint (g_dbus_connection_register_object (
                      self->server, path, info->interfaces[interface], &table, self, NULL, NULL),
                    >, 0);
  while (owner != PRIMARY_OWNER) /* the bus may not have seen the last test's connection close */
    {
      g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
        self->server, "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName",
        g_variant_new ("(su)", name, DO_NOT_QUEUE), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);

      g_assert_nonnull (reply);
      g_variant_get (reply, "(u)", &owner);
    }
}

static void
serve_avahi (Fixture *self, const char *answer)
{
  self->avahi = answer;
  serve (self, "org.freedesktop.Avahi", "/", 0, on_avahi);
}

static void
serve_resolved (Fixture *self)
{
  serve (self, "org.freedesktop.resolve1", "/org/freedesktop/resolve1", 1, on_resolved);
}

static void
on_found (BgIceCandidate *candidate, gpointer data)
{
  Fixture *self = data;

  self->found++;
  g_free (self->address);
  self->address = g_inet_address_to_string (candidate->address);
  bg_ice_candidate_free (candidate);
}

static GTestDBus *the_bus; /* of all tests: the process has one connection to it */

static void
set_up (Fixture *self, gconstpointer data)
{
  self->server = g_dbus_connection_new_for_address_sync (
    g_test_dbus_get_bus_address (the_bus),
    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
    NULL, NULL, NULL);
  g_assert_nonnull (self->server);
  self->names = bg_mdns_names_new (on_found, self);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  bg_mdns_names_free (self->names);
  g_dbus_connection_close_sync (self->server, NULL, NULL); /* and its names are free */
  g_object_unref (self->server);
  g_free (self->address);
}

static void
ask (Fixture *self, const char *line)
{
  BgIceCandidate *candidate = bg_ice_candidate_parse (line, NULL);

  g_assert_nonnull (candidate);
  bg_mdns_names_ask_take (self->names, candidate);
}

static void
wait_for (const guint *count, guint value)
{
  while (*count < value)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_avahi (Fixture *self, gconstpointer data)
{
  serve_avahi (self, "192.0.2.7");
  ask (self, CANDIDATE (NAME));
  wait_for (&self->found, 1);
  g_assert_cmpstr (self->address, ==, "192.0.2.7");
}

static void
test_resolved (Fixture *self, gconstpointer data)
{
  serve_resolved (self);
  ask (self, CANDIDATE (NAME));
  wait_for (&self->found, 1);
  g_assert_cmpstr (self->address, ==, "192.0.2.9");
}

/* Avahi has no answer; resolved is asked then, whose link may be another. */
static void
test_both (Fixture *self, gconstpointer data)
{
  serve_avahi (self, NULL);
  serve_resolved (self);
  ask (self, CANDIDATE (NAME));
  wait_for (&self->found, 1);
  g_assert_cmpuint (self->questions, ==, 2);
}

static void
test_rubbish_answer (Fixture *self, gconstpointer data)
{
  serve_avahi (self, "no address");
  ask (self, CANDIDATE (NAME));
  wait_for (&self->questions, 1);
  serve_resolved (self);
  self->avahi = NULL;
  ask (self, CANDIDATE (NAME));
  wait_for (&self->found, 1); /* the second's */
  g_assert_cmpuint (self->questions, ==, 3);
}

static void
test_bounded (Fixture *self, gconstpointer data)
{
  serve_avahi (self, "192.0.2.7");
  ask (self, CANDIDATE ("printer.local")); /* nobody's candidate */
  for (guint i = 0; i < 3 * BG_MDNS_NAMES_MAX; i++)
    ask (self, CANDIDATE (NAME));
  wait_for (&self->found, BG_MDNS_NAMES_MAX);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (self->questions, ==, BG_MDNS_NAMES_MAX);
}

/* The session ends while a question is under way. */
static void
test_freed (Fixture *self, gconstpointer data)
{
  serve_avahi (self, "192.0.2.7");
  ask (self, CANDIDATE (NAME));
  g_clear_pointer (&self->names, bg_mdns_names_free);
  self->names = bg_mdns_names_new (on_found, self);
  ask (self, CANDIDATE (NAME));
  wait_for (&self->found, 1);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (self->found, ==, 1);
}

static void
test_names (void)
{
  g_assert_true (bg_mdns_name_is_usual (NAME));
  g_assert_false (bg_mdns_name_is_usual ("printer.local"));
  g_assert_false (bg_mdns_name_is_usual ("0f8fad5b-d9cb-469f-a165-70867728950e.example"));
  g_assert_false (bg_mdns_name_is_usual ("a." NAME));
  g_assert_false (bg_mdns_name_is_usual (".local"));
}

#define TEST(name, func) g_test_add ("/mdns-names/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  the_bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (the_bus);
  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", g_test_dbus_get_bus_address (the_bus), TRUE);
  g_test_add_func ("/mdns-names/names", test_names);
  TEST ("avahi", test_avahi);
  TEST ("resolved", test_resolved);
  TEST ("both", test_both);
  TEST ("rubbish-answer", test_rubbish_answer);
  TEST ("bounded", test_bounded);
  TEST ("freed", test_freed);
  result = g_test_run ();
  g_test_dbus_stop (the_bus);
  g_object_unref (the_bus);
  return result;
}
