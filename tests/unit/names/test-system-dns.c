/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* On a bus of the test's own: a systemd-resolved that writes down what it is told, a NetworkManager with one interface; and the
 * real bamgate-system-dns behind a socket, with files of the test's own. */
#include "common/log.h"
#include "names/system-dns.h"
#include "unit/private-bus.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#define IFINDEX 7
#define STUB "nameserver 127.0.0.53\n"
#define HOSTS "127.0.0.1 localhost\n"

static const char resolved_xml[] =
  "<node><interface name='org.freedesktop.resolve1.Manager'>"
  "<method name='SetLinkDNS'><arg type='i' direction='in'/><arg type='a(iay)' direction='in'/></method>"
  "<method name='SetLinkDomains'><arg type='i' direction='in'/><arg type='a(sb)' direction='in'/></method>"
  "<method name='SetLinkDefaultRoute'><arg type='i' direction='in'/><arg type='b' direction='in'/></method>"
  "<method name='SetLinkLLMNR'><arg type='i' direction='in'/><arg type='s' direction='in'/></method>"
  "<method name='SetLinkMulticastDNS'><arg type='i' direction='in'/><arg type='s' direction='in'/></method>"
  "<method name='SetLinkDNSSEC'><arg type='i' direction='in'/><arg type='s' direction='in'/></method>"
  "<method name='RevertLink'><arg type='i' direction='in'/></method>"
  "<method name='GetLink'><arg type='i' direction='in'/><arg type='o' direction='out'/></method>"
  "</interface>"
  "<interface name='org.freedesktop.resolve1.Link'>"
  "<property name='DNS' type='a(iay)' access='read'/><property name='Domains' type='a(sb)' access='read'/>"
  "</interface></node>";

static const char nm_xml[] =
  "<node><interface name='org.freedesktop.NetworkManager'>"
  "<method name='GetDeviceByIpIface'><arg type='s' direction='in'/><arg type='o' direction='out'/></method>"
  "</interface><interface name='org.freedesktop.NetworkManager.Device'>"
  "<method name='GetAppliedConnection'><arg type='u' direction='in'/>"
  "<arg type='a{sa{sv}}' direction='out'/><arg type='t' direction='out'/></method>"
  "<method name='Reapply'><arg type='a{sa{sv}}' direction='in'/><arg type='t' direction='in'/>"
  "<arg type='u' direction='in'/></method></interface>"
  "<interface name='org.freedesktop.NetworkManager.DnsManager'>"
  "<property name='Mode' type='s' access='read'/><property name='RcManager' type='s' access='read'/>"
  "</interface></node>";

typedef struct
{
  PrivateBus bus;
  char *etc;
  GDBusConnection *program; /* resolved's or NetworkManager's */
  guint objects[3];
  GString *calls;
  GVariant *servers, *domains; /* of the link */
  const char *refused;         /* method */
  GVariant *profile;
  const char *nm_mode;
  GSocket *listener;
  char *socket;
  GSubprocess *helper;
  BgSystemDns *dns;
  guint changes;
} Fixture;

/* --- systemd-resolved --- */

static void
replace (GVariant **field, GVariant *parameters)
{
  g_clear_pointer (field, g_variant_unref);
  *field = g_variant_get_child_value (parameters, 1);
}

static void
on_resolved_call (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
                  const char *method, GVariant *parameters, GDBusMethodInvocation *call,
                  gpointer data)
{
  Fixture *f = data;
  g_autofree char *text = g_variant_print (parameters, FALSE);

  if (g_str_equal (method, "GetLink"))
    {
      g_dbus_method_invocation_return_value (
        call, g_variant_new ("(o)", "/org/freedesktop/resolve1/link/_37"));
      return;
    }
  g_string_append_printf (f->calls, "%s%s\n", method, text);
  if (g_strcmp0 (method, f->refused) == 0)
    {
      g_dbus_method_invocation_return_dbus_error (call, "org.freedesktop.DBus.Error.AccessDenied",
                                                  "no right");
      return;
    }
  if (g_str_equal (method, "SetLinkDNS"))
    replace (&f->servers, parameters);
  if (g_str_equal (method, "SetLinkDomains"))
    replace (&f->domains, parameters);
  g_dbus_method_invocation_return_value (call, NULL);
}

static GVariant *
on_link_property (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
                  const char *property, GError **error, gpointer data)
{
  Fixture *f = data;

  return g_variant_ref (g_str_equal (property, "DNS") ? f->servers : f->domains);
}

static void
own (Fixture *f, const char *name)
{
  g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
    f->program, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
    "RequestName", g_variant_new ("(su)", name, 0), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);

  g_assert_nonnull (answer);
}

static void export(Fixture *f, guint i, const char *path, GDBusInterfaceInfo *interface,
                   const GDBusInterfaceVTable *vtable)
{
  f->objects[i] = g_dbus_connection_register_object (f->program, path, interface, vtable, f, NULL,
                                                     NULL);
  g_assert_cmpuint (f->objects[i], >, 0);
}

static void
start_resolved (Fixture *f)
{
  static const GDBusInterfaceVTable manager = { .method_call = on_resolved_call },
                                    link = { .get_property = on_link_property };
  g_autoptr (GDBusNodeInfo) info = g_dbus_node_info_new_for_xml (resolved_xml, NULL);

  f->program = private_bus_connect (&f->bus);
  export(f, 0, "/org/freedesktop/resolve1", info->interfaces[0], &manager);
  export(f, 1, "/org/freedesktop/resolve1/link/_37", info->interfaces[1], &link);
  own (f, "org.freedesktop.resolve1");
}

static void
stop_program (Fixture *f)
{
  for (guint i = 0; i < G_N_ELEMENTS (f->objects); i++)
    if (f->objects[i])
      g_dbus_connection_unregister_object (f->program, f->objects[i]);
  memset (f->objects, 0, sizeof f->objects);
  g_dbus_connection_close_sync (f->program, NULL, NULL);
  g_clear_object (&f->program);
}

static void
say_servers_changed (Fixture *f)
{
  GVariantDict changed;

  g_variant_dict_init (&changed, NULL);
  g_variant_dict_insert_value (&changed, "DNS",
                               g_variant_new_array (G_VARIANT_TYPE ("(iiay)"), NULL, 0));
  g_dbus_connection_emit_signal (f->program, NULL, "/org/freedesktop/resolve1",
                                 "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                 g_variant_new ("(s@a{sv}as)", "org.freedesktop.resolve1.Manager",
                                                g_variant_dict_end (&changed), NULL),
                                 NULL);
}

/* --- NetworkManager --- */

static void
on_nm_call (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
            const char *method, GVariant *parameters, GDBusMethodInvocation *call, gpointer data)
{
  Fixture *f = data;

  if (g_str_equal (method, "GetDeviceByIpIface"))
    g_dbus_method_invocation_return_value (
      call, g_variant_new ("(o)", "/org/freedesktop/NetworkManager/Devices/4"));
  else if (g_str_equal (method, "GetAppliedConnection"))
    g_dbus_method_invocation_return_value (
      call, g_variant_new ("(@a{sa{sv}}t)", f->profile, (guint64) 9));
  else
    {
      guint64 version;
      guint32 flags;

      g_variant_unref (f->profile);
      g_variant_get (parameters, "(@a{sa{sv}}tu)", &f->profile, &version, &flags);
      g_assert_cmpuint (version, ==, 9);
      g_assert_cmpuint (flags, ==, 1);
      g_string_append (f->calls, "Reapply\n");
      g_dbus_method_invocation_return_value (call, NULL);
    }
}

static GVariant *
on_nm_property (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
                const char *property, GError **error, gpointer data)
{
  Fixture *f = data;

  return g_variant_new_string (g_str_equal (property, "Mode") ? f->nm_mode : "symlink");
}

static GVariant *
make_profile (const char *method4)
{
  g_autofree char *text = g_strdup_printf (
    "{'connection': {'id': <'bamgate0'>}, 'ipv4': {'method': <'%s'>, 'dns-search': <@as []>, 'dns-data': <['9.9.9.9']>},"
    " 'ipv6': {'method': <'disabled'>}}",
    method4);

  return g_variant_ref_sink (g_variant_new_parsed (text));
}

static void
start_nm (Fixture *f)
{
  static const GDBusInterfaceVTable methods = { .method_call = on_nm_call },
                                    properties = { .get_property = on_nm_property };
  g_autoptr (GDBusNodeInfo) info = g_dbus_node_info_new_for_xml (nm_xml, NULL);

  f->program = private_bus_connect (&f->bus);
  f->profile = make_profile ("manual");
  export(f, 0, "/org/freedesktop/NetworkManager", info->interfaces[0], &methods);
  export(f, 1, "/org/freedesktop/NetworkManager/Devices/4", info->interfaces[1], &methods);
  export(f, 2, "/org/freedesktop/NetworkManager/DnsManager", info->interfaces[2], &properties);
  own (f, "org.freedesktop.NetworkManager");
}

static void
assert_profile (Fixture *f, const char *section, const char *key, const char *expected)
{
  g_autoptr (GVariant) settings = g_variant_lookup_value (f->profile, section, NULL);
  g_autoptr (GVariant) value = g_variant_lookup_value (settings, key, NULL);
  g_autofree char *text = value ? g_variant_print (value, FALSE) : NULL;

  g_assert_cmpstr (text, ==, expected);
}

/* --- The helper --- */

static char *
in_etc (Fixture *f, const char *name)
{
  return g_build_filename (f->etc, name, NULL);
}

static void
write_text (Fixture *f, const char *name, const char *text)
{
  g_autofree char *path = in_etc (f, name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static gboolean
has_text (Fixture *f, const char *name, const char *expected)
{
  g_autofree char *path = in_etc (f, name), *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && strcmp (text, expected) == 0;
}

static void
die_with_us (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
start_helper (Fixture *f)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autofree char *hosts = in_etc (f, "hosts"), *record = in_etc (f, "record"),
                  *script = in_etc (f, "resolvconf");

  g_subprocess_launcher_take_fd (launcher, dup (g_socket_get_fd (f->listener)), 3);
  g_subprocess_launcher_set_child_setup (launcher, die_with_us, NULL, NULL);
  f->helper = g_subprocess_launcher_spawn (launcher, NULL, HELPER, "--socket-fd=3", "--hosts",
                                           hosts, "--record", record, "--resolvconf", script, NULL);
  g_assert_nonnull (f->helper);
}

static void
listen_for_helper (Fixture *f)
{
  g_autoptr (GSocketAddress) address = NULL;

  f->socket = in_etc (f, "socket");
  address = g_unix_socket_address_new (f->socket);
  f->listener = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);
  g_assert_true (g_socket_bind (f->listener, address, FALSE, NULL));
  g_assert_true (g_socket_listen (f->listener, NULL));
}

static void
end_helper (Fixture *f)
{
  g_subprocess_force_exit (f->helper);
  g_subprocess_wait (f->helper, NULL, NULL);
  g_clear_object (&f->helper);
}

/* --- Ours --- */

static void
on_changed (gpointer owner)
{
  ((Fixture *) owner)->changes++;
}

static void
start_dns (Fixture *f)
{
  f->dns = bg_system_dns_new (
    &(BgSystemDnsOptions){ .bus = f->bus.address, .helper = f->socket, .etc = f->etc }, on_changed,
    f);
}

static BgNamesPlan *
make_plan (gboolean search, gboolean exit)
{
  BgNamesPlan *plan = bg_names_plan_new ("bamgate0", "bamgate.internal");
  BgIpPrefix server = { 0 }, laptop = { 0 };

  g_assert_true (bg_ip_prefix_parse ("10.0.0.2", &server));
  g_assert_true (bg_ip_prefix_parse ("10.0.0.3", &laptop));
  bg_names_plan_add_server (plan, &server);
  bg_names_plan_add_domain (plan, "corp.example");
  bg_names_plan_set_search (plan, search);
  bg_names_plan_set_default_route (plan, exit);
  bg_names_plan_add_host (plan, "laptop", &laptop, 1);
  return bg_names_plan_seal (plan);
}

static void
set_plan (Fixture *f, gboolean search, gboolean exit)
{
  g_autoptr (BgNamesPlan) plan = make_plan (search, exit);

  bg_system_dns_set_plan (f->dns, plan, IFINDEX);
}

static gboolean
is_told (Fixture *f, const char *manager)
{
  return g_str_equal (bg_system_dns_get_manager (f->dns), manager);
}

static gboolean
has_concern (Fixture *f, const char *words)
{
  g_autoptr (BgWords) concern = bg_system_dns_dup_concern (f->dns);

  return words ? concern && strstr (concern->text, words) : !concern;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  private_bus_init (&f->bus);
  f->etc = g_dir_make_tmp ("bamgate-etc-XXXXXX", NULL);
  f->calls = g_string_new (NULL);
  f->nm_mode = "default";
  write_text (f, "resolv.conf", STUB);
  write_text (f, "hosts", HOSTS);
}

static void
remove_etc (Fixture *f)
{
  g_autoptr (GDir) dir = g_dir_open (f->etc, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = in_etc (f, name);

      g_unlink (path);
    }
  g_rmdir (f->etc);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  bg_system_dns_free (f->dns);
  if (f->program)
    stop_program (f);
  if (f->helper)
    end_helper (f);
  g_clear_object (&f->listener);
  private_bus_clear (&f->bus);
  remove_etc (f);
  g_clear_pointer (&f->servers, g_variant_unref);
  g_clear_pointer (&f->domains, g_variant_unref);
  g_clear_pointer (&f->profile, g_variant_unref);
  g_string_free (f->calls, TRUE);
  g_free (f->socket);
  g_free (f->etc);
}

/* --- Tests --- */

#define TOLD(domains, exit)                                                                        \
  "SetLinkLLMNR(7, 'no')\nSetLinkMulticastDNS(7, 'no')\nSetLinkDNSSEC(7, 'no')\n"                  \
  "SetLinkDNS(7, [(2, [0x0a, 0x00, 0x00, 0x02])])\nSetLinkDefaultRoute(7, " exit ")\n"             \
  "SetLinkDomains(7, [" domains "])\n"

/* It knows no DNS over TLS, which is none of our business. */
static void
test_resolved (Fixture *f, gconstpointer data)
{
  private_bus_start (&f->bus);
  start_resolved (f);
  start_dns (f);
  set_plan (f, FALSE, FALSE);
  WAIT_FOR (is_told (f, "systemd-resolved"));
  g_assert_cmpstr (f->calls->str, ==,
                   TOLD ("('bamgate.internal', true), ('corp.example', true)", "false"));
  g_assert_true (has_concern (f, NULL));

  g_string_truncate (f->calls, 0);
  set_plan (f, FALSE, FALSE); /* the same */
  set_plan (f, TRUE, TRUE);
  WAIT_FOR (strstr (f->calls->str, "Domains") && is_told (f, "systemd-resolved"));
  g_assert_cmpstr (
    f->calls->str, ==,
    TOLD ("('bamgate.internal', false), ('corp.example', true), ('.', true)", "true"));

  g_string_truncate (f->calls, 0);
  bg_system_dns_set_plan (f->dns, NULL, 0);
  WAIT_FOR (f->calls->len > 0);
  g_assert_cmpstr (f->calls->str, ==, "RevertLink(7,)\n");
  g_assert_true (is_told (f, ""));
}

static void
test_comes_and_goes (Fixture *f, gconstpointer data)
{
  start_dns (f);
  set_plan (f, FALSE, FALSE);
  private_bus_start (&f->bus);
  start_resolved (f);
  WAIT_FOR (is_told (f, "systemd-resolved"));
  stop_program (f);
  WAIT_FOR (is_told (f, ""));
  g_assert_true (has_concern (f, NULL)); /* nobody is there to be told */

  g_string_truncate (f->calls, 0);
  start_resolved (f);
  WAIT_FOR (is_told (f, "systemd-resolved"));
  g_assert_true (strstr (f->calls->str, "SetLinkDomains") != NULL);

  stop_program (f);
  private_bus_stop (&f->bus);
  private_bus_start (&f->bus);
  start_resolved (f);
  WAIT_FOR (is_told (f, "systemd-resolved"));
}

static void
test_changed_by_others (Fixture *f, gconstpointer data)
{
  g_autoptr (GVariant) ours = NULL;

  private_bus_start (&f->bus);
  start_resolved (f);
  start_dns (f);
  set_plan (f, FALSE, FALSE);
  WAIT_FOR (is_told (f, "systemd-resolved"));
  g_string_truncate (f->calls, 0);
  ours = f->servers;
  f->servers = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("(iay)"), NULL, 0));
  say_servers_changed (f);
  WAIT_FOR (has_concern (f, "another program changed what systemd-resolved knows"));
  g_assert_cmpstr (f->calls->str, ==, ""); /* not fought */

  bg_system_dns_tell_again (f->dns);
  WAIT_FOR (has_concern (f, NULL) && strstr (f->calls->str, "SetLinkDomains"));
  say_servers_changed (f); /* of another link */
  private_bus_iterate ();
  g_assert_true (has_concern (f, NULL));
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  private_bus_start (&f->bus);
  f->refused = "SetLinkDNS";
  start_resolved (f);
  start_dns (f);
  bg_system_dns_set_wish (f->dns, BG_DNS_ONLY_RESOLVED);
  set_plan (f, FALSE, FALSE);
  WAIT_FOR (has_concern (f, "does not know the names of peers: systemd-resolved: no right"));
  g_assert_true (is_told (f, ""));
  f->refused = NULL;
  bg_system_dns_set_wish (f->dns, BG_DNS_AUTO);
  WAIT_FOR (is_told (f, "systemd-resolved") && has_concern (f, NULL));
}

static void
test_wishes (Fixture *f, gconstpointer data)
{
  private_bus_start (&f->bus);
  start_resolved (f);
  start_dns (f);
  bg_system_dns_set_wish (f->dns, BG_DNS_OFF);
  set_plan (f, FALSE, FALSE);
  g_assert_true (has_concern (f, NULL));
  bg_system_dns_set_wish (f->dns, BG_DNS_ONLY_RESOLVCONF);
  WAIT_FOR (has_concern (f, "dns.manage is “resolvconf”"));
  bg_system_dns_set_wish (f->dns, BG_DNS_ONLY_RESOLVED);
  WAIT_FOR (is_told (f, "systemd-resolved"));
  bg_system_dns_set_wish (f->dns, BG_DNS_OFF);
  g_assert_true (is_told (f, ""));
  WAIT_FOR (strstr (f->calls->str, "RevertLink"));
}

static void
test_networkmanager (Fixture *f, gconstpointer data)
{
  private_bus_start (&f->bus);
  start_nm (f);
  start_dns (f);
  set_plan (f, TRUE, FALSE);
  WAIT_FOR (is_told (f, "NetworkManager"));
  assert_profile (f, "ipv4", "dns-search", "['bamgate.internal', '~corp.example']");
  assert_profile (f, "ipv4", "dns-priority", "50");
  assert_profile (f, "ipv4", "dns-data", NULL);
  assert_profile (f, "ipv4", "method", "'manual'");
  assert_profile (f, "ipv6", "method", "'ignore'");
  assert_profile (f, "ipv6", "dns", NULL);
  assert_profile (f, "connection", "id", "'bamgate0'");
  set_plan (f, FALSE, TRUE);
  WAIT_FOR (strstr (f->calls->str, "Reapply\nReapply\n"));
  assert_profile (f, "ipv4", "dns-priority", "-50");
  bg_system_dns_set_wish (f->dns, BG_DNS_OFF);
  WAIT_FOR (strstr (f->calls->str, "Reapply\nReapply\nReapply\n"));
  assert_profile (f, "ipv4", "dns", NULL);
  assert_profile (f, "ipv4", "dns-priority", NULL);
}

/* It has not seen the address: that passes. */
static void
test_networkmanager_is_late (Fixture *f, gconstpointer data)
{
  private_bus_start (&f->bus);
  start_nm (f);
  g_variant_unref (f->profile);
  f->profile = make_profile ("disabled");
  start_dns (f);
  set_plan (f, FALSE, FALSE);
  WAIT_FOR (f->changes > 0 || has_concern (f, NULL));
  for (guint i = 0; i < 5; i++)
    private_bus_iterate ();
  g_assert_true (is_told (f, ""));
  g_variant_unref (f->profile);
  f->profile = make_profile ("manual");
  WAIT_FOR (is_told (f, "NetworkManager"));
}

/* It has seen one family, and is not to take the other one away. */
static void
test_networkmanager_sees_half (Fixture *f, gconstpointer data)
{
  g_autoptr (BgNamesPlan) plan = bg_names_plan_new ("bamgate0", "bamgate.internal");
  BgIpPrefix servers[2];

  g_assert_true (bg_ip_prefix_parse ("10.0.0.2", &servers[0]));
  g_assert_true (bg_ip_prefix_parse ("fd12::2", &servers[1]));
  for (guint i = 0; i < G_N_ELEMENTS (servers); i++)
    bg_names_plan_add_server (plan, &servers[i]);
  bg_names_plan_seal (plan);
  private_bus_start (&f->bus);
  start_nm (f);
  start_dns (f);
  bg_system_dns_set_plan (f->dns, plan, IFINDEX);
  for (guint i = 0; i < 10; i++)
    private_bus_iterate ();
  g_assert_cmpstr (f->calls->str, ==, "");
  WAIT_FOR (is_told (f, "NetworkManager")); /* it never will */
  assert_profile (f, "ipv6", "method", "'ignore'");
}

/* One that leaves the resolver to others is not asked. */
static void
test_networkmanager_rests (Fixture *f, gconstpointer data)
{
  private_bus_start (&f->bus);
  f->nm_mode = "none";
  start_nm (f);
  listen_for_helper (f);
  start_helper (f);
  start_dns (f);
  set_plan (f, FALSE, FALSE);
  WAIT_FOR (is_told (f, "hosts"));
  g_assert_cmpstr (f->calls->str, ==, "");
}

#define WITH_LAPTOP                                                                                \
  HOSTS "# Names of bamgate; bamgated keeps these lines # bamgate\n"                               \
        "10.0.0.3\tlaptop.bamgate.internal # bamgate\n"

static void
test_hosts (Fixture *f, gconstpointer data)
{
  listen_for_helper (f);
  start_helper (f);
  start_dns (f);
  set_plan (f, FALSE, FALSE);
  WAIT_FOR (is_told (f, "hosts"));
  g_assert_true (has_text (f, "hosts", WITH_LAPTOP));

  write_text (f, "hosts", HOSTS); /* a person's editor, with an older copy */
  WAIT_FOR (has_concern (f, "another program changed what /etc/hosts knows"));
  g_assert_true (has_text (f, "hosts", HOSTS));
  bg_system_dns_tell_again (f->dns);
  WAIT_FOR (has_text (f, "hosts", WITH_LAPTOP) && has_concern (f, NULL));

  g_clear_pointer (&f->dns, bg_system_dns_free);
  WAIT_FOR (has_text (f, "hosts", HOSTS));
  g_subprocess_wait (f->helper, NULL, NULL); /* it goes when nobody is there */
}

/* What a helper that was killed left behind, its successor takes back, or takes over. */
static void
test_helper_dies (Fixture *f, gconstpointer data)
{
  listen_for_helper (f);
  start_helper (f);
  start_dns (f);
  set_plan (f, FALSE, FALSE);
  WAIT_FOR (is_told (f, "hosts"));
  end_helper (f);
  WAIT_FOR (is_told (f, ""));
  g_assert_true (has_text (f, "hosts", WITH_LAPTOP));
  start_helper (f);
  WAIT_FOR (is_told (f, "hosts"));
  g_assert_true (has_text (f, "hosts", WITH_LAPTOP));
  end_helper (f);
  g_clear_pointer (&f->dns, bg_system_dns_free);
  start_helper (f);
  WAIT_FOR (has_text (f, "hosts", HOSTS));
}

static GSocketConnection *
dial (Fixture *f)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (f->socket);
  GSocketConnection *line = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL,
                                                     NULL);

  g_assert_nonnull (line);
  return line;
}

/* As an endpoint's name, and an address that a machine without rights gives one. */
#define ENDPOINT "hosts\n127.107.0.2 db.prod\n.\n"
#define ENDPOINT_OUT "127.107.0.2\tdb.prod # bamgate\n"

/* Each line's names are there as long as it is. */
static void
test_helper_of_several (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocketConnection) line = NULL;

  listen_for_helper (f);
  start_helper (f);
  start_dns (f);
  set_plan (f, FALSE, FALSE);
  WAIT_FOR (is_told (f, "hosts"));
  line = dial (f);
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (line)),
                                            ENDPOINT, strlen (ENDPOINT), NULL, NULL, NULL));
  WAIT_FOR (has_text (f, "hosts", WITH_LAPTOP ENDPOINT_OUT));
  g_clear_pointer (&f->dns, bg_system_dns_free);
  WAIT_FOR (has_text (
    f, "hosts", HOSTS "# Names of bamgate; bamgated keeps these lines # bamgate\n" ENDPOINT_OUT));
  g_assert_true (g_io_stream_close (G_IO_STREAM (line), NULL, NULL));
  WAIT_FOR (has_text (f, "hosts", HOSTS));
  g_subprocess_wait (f->helper, NULL, NULL);
}

/* By its own socket: what is no name gets nothing written. */
static void
test_helper_refuses (Fixture *f, gconstpointer data)
{
  static const char bad[] = "hosts\n10.0.0.3 laptop\n10.0.0.4 a;b\n.\n";
  g_autoptr (GSocketConnection) line = NULL;
  char answer[256] = "";

  listen_for_helper (f);
  start_helper (f);
  line = dial (f);
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (line)), bad,
                                            strlen (bad), NULL, NULL, NULL));
  g_assert_cmpint (g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (line)), answer,
                                        sizeof answer - 1, NULL, NULL),
                   >, 0);
  g_assert_cmpstr (answer, ==, "failed the request is not understood\n");
  g_assert_true (has_text (f, "hosts", HOSTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("critical", NULL);
#define ADD(name, func) g_test_add ("/system-dns/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("resolved", test_resolved);
  ADD ("comes-and-goes", test_comes_and_goes);
  ADD ("changed-by-others", test_changed_by_others);
  ADD ("refused", test_refused);
  ADD ("wishes", test_wishes);
  ADD ("networkmanager", test_networkmanager);
  ADD ("networkmanager-is-late", test_networkmanager_is_late);
  ADD ("networkmanager-sees-half", test_networkmanager_sees_half);
  ADD ("networkmanager-rests", test_networkmanager_rests);
  ADD ("hosts", test_hosts);
  ADD ("helper-dies", test_helper_dies);
  ADD ("helper-of-several", test_helper_of_several);
  ADD ("helper-refuses", test_helper_refuses);
  return g_test_run ();
}
