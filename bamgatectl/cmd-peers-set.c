/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is taken of what a peer offers: bamgatectl peers set NAME, also of one that was never seen. */
#include "bamgatectl/commands.h"

#include "common/printable.h"

static char **accept_routes, **prefer, **accept_dns, **accept_search;
static gboolean accept_all, accept_none, accept_default;

const GOptionEntry cmd_peers_set_entries[] = {
  { "accept-route", 0, 0, G_OPTION_ARG_STRING_ARRAY, &accept_routes,
    N_ ("Of set: take this network, or this part of one, that the peer offers"), N_ ("NETWORK") },
  { "accept-all", 0, 0, G_OPTION_ARG_NONE, &accept_all,
    N_ ("Of set: take all networks that the peer offers"), NULL },
  { "accept-none", 0, 0, G_OPTION_ARG_NONE, &accept_none, N_ ("Of set: take none of them"), NULL },
  { "accept-default", 0, 0, G_OPTION_ARG_NONE, &accept_default,
    N_ ("Of set: let device.accept-routes decide about this peer again"), NULL },
  { "prefer", 0, 0, G_OPTION_ARG_STRING_ARRAY, &prefer,
    N_ ("Of set: where others offer this network too, go through this peer"), N_ ("NETWORK") },
  { "accept-dns", 0, 0, G_OPTION_ARG_STRING_ARRAY, &accept_dns,
    N_ ("Of set: ask this name server that the peer offers; all, or none"), N_ ("ADDRESS") },
  { "accept-search", 0, 0, G_OPTION_ARG_STRING_ARRAY, &accept_search,
    N_ ("Of set: ask it for names of this domain; all, or none"), N_ ("DOMAIN") },
  { NULL },
};

gboolean
cmd_peers_set_is_asked (void)
{
  return accept_routes || prefer || accept_dns || accept_search || accept_all || accept_none
         || accept_default;
}

/* "all" for what the settings write as "*", "none" for an empty list. */
static char *
text_of (char *const *words)
{
  if (words[1] == NULL && g_str_equal (words[0], "all"))
    return g_strdup ("*");
  if (words[1] == NULL && g_str_equal (words[0], "none"))
    return g_strdup ("");
  return g_strjoinv (";", (char **) words);
}

static void
add (GVariantDict *changes, const char *id, const char *key, char *const *words)
{
  g_autofree char *name = g_strdup_printf ("accept.%s.%s", id, key), *text = NULL;

  if (!words)
    return;
  text = text_of (words);
  g_variant_dict_insert (changes, name, "s", text);
}

static GVariant *
gather (const char *id)
{
  static char *all[] = { (char *) "all", NULL }, *none[] = { (char *) "none", NULL };
  g_auto (GVariantDict) changes = G_VARIANT_DICT_INIT (NULL);

  if (accept_default)
    {
      g_autofree char *name = g_strconcat ("accept.", id, NULL);

      g_variant_dict_insert_value (&changes, name, g_variant_new ("a{sv}", NULL)); /* removes it */
    }
  add (&changes, id, "routes", accept_all ? all : accept_none ? none : accept_routes);
  add (&changes, id, "prefer", prefer);
  add (&changes, id, "dns", accept_dns);
  add (&changes, id, "dns-search", accept_search);
  return g_variant_ref_sink (g_variant_dict_end (&changes));
}

/* A section decides alone. Where there is none yet, one that is about something else must not end what was taken before. */
static gboolean
would_end_routes (Ctl *ctl, const char *id)
{
  g_autoptr (GVariant) settings = bamgate_client_get_configuration_sync (ctl->client, NULL, NULL);
  g_autofree char *name = g_strdup_printf ("accept.%s.routes", id);
  g_autoptr (GVariant) chosen = settings ? g_variant_lookup_value (settings, name, NULL) : NULL;
  gboolean takes = FALSE;

  if (settings)
    g_variant_lookup (settings, "device.accept-routes", "b", &takes);
  return takes && !chosen;
}

static gboolean
says_routes (void)
{
  return accept_routes || accept_all || accept_none || accept_default;
}

static gboolean
is_contradictory (void)
{
  guint routes = (accept_routes != NULL) + accept_all + accept_none + accept_default;

  return routes > 1 || (accept_default && (prefer || accept_dns || accept_search));
}

/* A name that was mistyped shows by that nobody has it. */
static const char *
saying_of (Ctl *ctl, BamgatePeer *peer)
{
  return peer || ctl_is_off (ctl)
           ? _ ("saved")
           : _ ("saved; there is no machine of this name yet (see: bamgatectl peers)");
}

CtlExit
cmd_peers_set (Ctl *ctl, const char *name)
{
  BamgatePeer *peer = ctl_lookup_peer (ctl, name);
  const char *id = peer ? bamgate_peer_get_id (peer) : name;
  g_autofree char *shown = bg_printable (id);
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (Out) out = NULL;
  GError *error = NULL;

  if (!cmd_peers_set_is_asked () || is_contradictory ())
    return ctl_fail_with (
      CTL_USAGE, _ ("peers set: say one of --accept-route, --accept-all, --accept-none and "
                    "--accept-default, or what to prefer or to ask"));
  if (peer && bamgate_peer_get_kind (peer) == BAMGATE_PEER_KIND_STATIC)
    return ctl_fail_with (CTL_USAGE, _ ("peers set: %s is a static peer; see: bamgatectl config"),
                          shown);
  accept_all = accept_all || (!says_routes () && would_end_routes (ctl, id));
  settings = gather (id);
  if (!bamgate_client_configure_sync (ctl->client, settings, NULL, &error))
    return ctl_fail (NULL, error);
  ctl_catch_up (ctl);
  out = out_new (ctl->json, FALSE);
  out_text (out, "peer", NULL, id);
  out_note (out, "%s: %s", shown, saying_of (ctl, peer));
  return CTL_OK;
}
