/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/bus-words.h"
#include "bamgatectl/call.h"
#include "bamgatectl/commands.h"

#include "common/device-entry.h"
#include "common/printable.h"

/* What was said of one that is to be published. */
static char *tcp, *udp, *unix_path, *port, *peers;
static gboolean proxy_protocol, http_headers, with_tls;

static const GOptionEntry entries[] = {
  { "tcp", 0, 0, G_OPTION_ARG_STRING, &tcp, N_ ("Of add: where it is, by TCP"), N_ ("HOST:PORT") },
  { "unix", 0, 0, G_OPTION_ARG_STRING, &unix_path, N_ ("Of add: the same at a Unix socket"),
    N_ ("PATH") },
  { "udp", 0, 0, G_OPTION_ARG_STRING, &udp, N_ ("Of add: where it is, by UDP"), N_ ("HOST:PORT") },
  { "port", 0, 0, G_OPTION_ARG_STRING, &port,
    N_ ("Of add: where peers reach it; without it, at the same port"), N_ ("PORT") },
  { "peers", 0, 0, G_OPTION_ARG_STRING, &peers, N_ ("Of add: who may come; without it, all peers"),
    N_ ("NAME,…") },
  { "proxy-protocol", 0, 0, G_OPTION_ARG_NONE, &proxy_protocol,
    N_ ("Of add: tell it who comes, in PROXY protocol version 2"), NULL },
  { "http-headers", 0, 0, G_OPTION_ARG_NONE, &http_headers,
    N_ ("Of add: tell it who comes, in headers of each HTTP request"), NULL },
  { "tls", 0, 0, G_OPTION_ARG_NONE, &with_tls,
    N_ ("Of add: peers reach it with TLS, by a certificate of the network's"), NULL },
  { NULL },
};

static gboolean
is_anything_said (void)
{
  return tcp || udp || unix_path || port || peers || proxy_protocol || http_headers || with_tls;
}

/* --- List --- */

static GVariant *
get_services (Ctl *ctl, GError **error)
{
  return bamgate_client_list_services_sync (ctl->client, NULL, error);
}

/* "127.0.0.1:53, udp 127.0.0.1:53" */
static char *
say_targets (GVariant *service)
{
  const char *by_tcp = bg_device_entry_text (service, "tcp"),
             *by_unix = bg_device_entry_text (service, "unix"),
             *by_udp = bg_device_entry_text (service, "udp");

  return g_strdup_printf ("%s%s%s%s%s", by_tcp, by_unix,
                          (*by_tcp || *by_unix) && *by_udp ? ", " : "", *by_udp ? "udp " : "",
                          by_udp);
}

static void
show_numbers (Out *out, GVariant *service)
{
  guint64 connections = 0, total = 0, refused = 0, received = 0, sent = 0;

  g_variant_lookup (service, "connections", "t", &connections);
  g_variant_lookup (service, "connections-total", "t", &total);
  g_variant_lookup (service, "refused-connections", "t", &refused);
  g_variant_lookup (service, "rx-bytes", "t", &received);
  g_variant_lookup (service, "tx-bytes", "t", &sent);
  out_count (out, "connections", _ ("CONNECTIONS"), (gint64) connections);
  out_count (out, "connections_total", NULL, (gint64) total);
  out_count (out, "refused_connections", NULL, (gint64) refused);
  out_bytes (out, "rx_bytes", NULL, received);
  out_bytes (out, "tx_bytes", NULL, sent);
}

static void
show_settings (Out *out, GVariant *service)
{
  g_autofree char *targets = say_targets (service), *text = NULL;
  g_autofree const char **who = NULL;
  gboolean by_proxy = FALSE, by_headers = FALSE, by_tls = FALSE;
  guint32 most = 0;

  g_variant_lookup (service, "peers", "^a&s", &who);
  g_variant_lookup (service, "peer-connections", "u", &most);
  g_variant_lookup (service, "proxy-protocol", "b", &by_proxy);
  g_variant_lookup (service, "http-headers", "b", &by_headers);
  g_variant_lookup (service, "tls", "b", &by_tls);
  text = who && *who ? g_strjoinv (", ", (char **) who) : g_strdup (_ ("all"));
  out_text (out, "tcp", NULL, bg_device_entry_text (service, "tcp"));
  out_text (out, "unix", NULL, bg_device_entry_text (service, "unix"));
  out_text (out, "udp", NULL, bg_device_entry_text (service, "udp"));
  out_text (out, NULL, _ ("LEADS TO"), targets);
  out_list (out, "peers", NULL, (const char *const *) who);
  out_text (out, NULL, _ ("PEERS"), text);
  out_count (out, "peer_connections", NULL, most);
  out_flag (out, "proxy_protocol", NULL, by_proxy);
  out_flag (out, "http_headers", NULL, by_headers);
  out_flag (out, "tls", NULL, by_tls);
}

static void
show_service (Out *out, GVariant *service)
{
  const char *state = bg_device_entry_text (service, "state");
  guint32 number = 0;

  g_variant_lookup (service, "port", "u", &number);
  out_text (out, "name", _ ("NAME"), bg_device_entry_text (service, "name"));
  out_text (out, "host", _ ("HOST"), bg_device_entry_text (service, "host"));
  out_count (out, "port", _ ("PORT"), number);
  show_settings (out, service);
  out_text (out, "state", NULL, state);
  out_word (out, NULL, _ ("STATE"), bus_word_say (state),
            g_str_equal (state, "failed") ? OUT_BAD : OUT_GOOD);
  show_numbers (out, service);
  out_text (out, "last_error", _ ("LAST ERROR"), bg_device_entry_text (service, "last-error"));
}

static CtlExit
list (Ctl *ctl)
{
  GError *error = NULL;
  g_autoptr (GVariant) services = get_services (ctl, &error);
  g_autoptr (Out) out = NULL;

  if (!services)
    return ctl_fail (NULL, error);
  out = out_new (ctl->json, FALSE);
  out_table_begin (out, "services");
  for (gsize i = 0; i < g_variant_n_children (services); i++)
    {
      g_autoptr (GVariant) service = g_variant_get_child_value (services, i);

      out_row_begin (out);
      show_service (out, service);
      out_row_end (out);
    }
  out_table_end (out);
  if (g_variant_n_children (services) == 0)
    out_note (out,
              _ ("Nothing is published. To publish something: bamgatectl publish add web --tcp "
                 "127.0.0.1:8080"));
  return CTL_OK;
}

/* --- Add, remove --- */

/* NULL: it has its default, whatever it was before. */
static void
put (GVariantDict *changes, const char *name, const char *key, const char *value)
{
  g_autofree char *setting = g_strdup_printf ("service.%s.%s", name, key);

  g_variant_dict_insert_value (changes, setting,
                               value ? g_variant_new_string (value)
                                     : g_variant_new ("a{sv}", NULL)); /* removes it */
}

static GVariant *
gather (const char *name)
{
  g_auto (GVariantDict) changes = G_VARIANT_DICT_INIT (NULL);

  put (&changes, name, "tcp", tcp);
  put (&changes, name, "unix", unix_path);
  put (&changes, name, "udp", udp);
  put (&changes, name, "port", port);
  put (&changes, name, "peers", peers);
  put (&changes, name, "proxy-protocol", proxy_protocol ? "true" : NULL);
  put (&changes, name, "http-headers", http_headers ? "true" : NULL);
  put (&changes, name, "tls", with_tls ? "true" : NULL);
  return g_variant_ref_sink (g_variant_dict_end (&changes));
}

static GVariant *
find_service (GVariant *services, const char *name)
{
  for (gsize i = 0; services && i < g_variant_n_children (services); i++)
    {
      g_autoptr (GVariant) service = g_variant_get_child_value (services, i);

      if (g_str_equal (bg_device_entry_text (service, "name"), name))
        return g_steal_pointer (&service);
    }
  return NULL;
}

static void
say_where (Out *out, GVariant *service)
{
  const char *name = bg_device_entry_text (service, "name"),
             *host = bg_device_entry_text (service, "host");
  guint32 number = 0;

  g_variant_lookup (service, "port", "u", &number);
  if (*host)
    out_note (out, _ ("%s: peers reach it at %s:%u"), name, host, number);
  else
    out_note (out, _ ("%s: peers reach it at port %u of this machine, once the tunnel is up"), name,
              number);
}

static CtlExit
add (Ctl *ctl, const char *name)
{
  g_autoptr (GVariant) changes = gather (name), services = NULL, service = NULL;
  g_autoptr (Out) out = NULL;
  GError *error = NULL;

  if (!tcp && !udp && !unix_path)
    return ctl_fail_with (CTL_USAGE, _ ("publish add: say --tcp, --udp or --unix"));
  if (!bamgate_client_configure_sync (ctl->client, changes, NULL, &error))
    return ctl_fail (NULL, error);
  services = get_services (ctl, NULL);
  service = find_service (services, name);
  out = out_new (ctl->json, FALSE);
  if (!service)
    return CTL_OK;
  if (ctl->json)
    show_service (out, service);
  else
    say_where (out, service);
  return CTL_OK;
}

static CtlExit
remove_one (Ctl *ctl, const char *name)
{
  g_auto (GVariantDict) changes = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *setting = g_strconcat ("service.", name, NULL), *shown = bg_printable (name);
  g_autoptr (Out) out = NULL;
  GError *error = NULL;

  g_variant_dict_insert_value (&changes, setting, g_variant_new ("a{sv}", NULL));
  if (!bamgate_client_configure_sync (ctl->client, g_variant_dict_end (&changes), NULL, &error))
    return ctl_fail (NULL, error);
  out = out_new (ctl->json, FALSE);
  out_text (out, "name", NULL, name);
  out_note (out, _ ("%s is not published"), shown);
  return CTL_OK;
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  gboolean adds, removes;
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_publish, entries, 0, 2, &argc, &argv))
    return CTL_USAGE;
  adds = argc == 3 && g_str_equal (argv[1], "add");
  removes = argc == 3 && g_str_equal (argv[1], "remove");
  if (!adds && !removes && argc != 1 && !(argc == 2 && g_str_equal (argv[1], "list")))
    return ctl_fail_with (CTL_USAGE, _ ("publish: say list, add NAME or remove NAME"));
  if (!adds && is_anything_said ())
    return ctl_fail_with (CTL_USAGE, _ ("publish: these options belong to add"));
  code = adds || removes ? ctl_connect_to_act (ctl) : ctl_connect (ctl);
  if (code != CTL_OK)
    return code;
  if (adds)
    return add (ctl, argv[2]);
  return removes ? remove_one (ctl, argv[2]) : list (ctl);
}

const Command cmd_publish = {
  "publish",
  run,
  N_ ("[list|add SERVICE|remove SERVICE]"),
  N_ ("Let peers reach services of this machine by name"),
  N_ ("list             what is published, and what went through it\n"
      "add SERVICE      peers reach what is behind --tcp, --unix or --udp as\n"
      "                 SERVICE.MACHINE and the network's suffix; one of that name is replaced\n"
      "remove SERVICE   ends that, and the connections with it; fine where there is none\n\n"
      "Only peers get there, through the tunnel: all of them, or those of --peers. Nothing\n"
      "is opened to other networks. Services are settings, and there again after a restart.\n"
      "The daemon opens what is behind: in the system's, that is the user bamgate.\n\n"
      "Examples:\n"
      "  bamgatectl publish add web --tcp 127.0.0.1:8080\n"
      "  bamgatectl publish add wiki --unix /run/wiki/socket --port 80 --http-headers\n"
      "  bamgatectl publish add shop --tcp 127.0.0.1:8081 --port 443 --tls\n"
      "  bamgatectl publish add dns --udp 127.0.0.1:53 --tcp 127.0.0.1:53 --peers laptop,phone\n"
      "  bamgatectl publish remove web"),
  CTL_EXITS_BUS,
};
