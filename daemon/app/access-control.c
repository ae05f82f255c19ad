/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/access-control.h"

#include "common/access-item.h"
#include "common/source.h"
#include "dataplane/access-rules.h"
#include "dataplane/reach.h"
#include "files/file-port.h"
#include "peer/data-commands.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* What a rule is made of, and made of again when names stand for other keys. */
typedef struct
{
  char *text; /* as in the settings; NULL: it is a published service's */
  BgAccessItem *item;
  gboolean deny;
} Wish;

struct _BgAccessControl
{
  BgDataplane *dataplane;
  BgConfig *config;
  BgPeerSet *peers;      /* NULL: not yet, or not any more */
  GPtrArray *wishes;     /* Wish; the rules', in their order */
  GArray *rules;         /* BgAccessRule, as the data plane has them */
  BgAccessRules *shared; /* NULL: there are none */
  GSource *due;
  BgIpPrefix addresses[2]; /* ours, as the tunnel came up with */
  guint n_addresses;
};

/* --- From the settings to rules --- */

static const guint8 protocols[] = {
  [BG_ACCESS_ALL] = BG_ACCESS_ANY,
  [BG_ACCESS_TCP] = IPPROTO_TCP,
  [BG_ACCESS_UDP] = IPPROTO_UDP,
  [BG_ACCESS_ICMP] = IPPROTO_ICMP,
};

static BgAllowedIp
prefix_of (const BgIpPrefix *prefix)
{
  BgAllowedIp any = { 0 };

  return prefix->family == 0 ? any : bg_allowed_ip (prefix);
}

static gboolean
find_static_key (const BgConfig *config, const char *name, WgKey *key)
{
  for (guint i = 0; i < config->static_peers->len; i++)
    {
      const BgStaticPeer *peer = config->static_peers->pdata[i];

      if (g_str_equal (peer->name, name))
        {
          memcpy (key, peer->key, sizeof *key);
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
find_key (BgAccessControl *self, const char *name, WgKey *key)
{
  BgPeer *peer = self->peers ? bg_peer_set_lookup (self->peers, name) : NULL;
  const BgPeerInfo *info = peer ? bg_peer_get_info (peer) : NULL;

  if (find_static_key (self->config, name, key))
    return TRUE;
  if (!info || !info->has_key)
    return FALSE;
  *key = info->key;
  return TRUE;
}

static void
wish_free (gpointer data)
{
  Wish *wish = data;

  g_free (wish->text);
  bg_access_item_free (wish->item);
  g_free (wish);
}

static BgAccessRule
make_rule (BgAccessControl *self, const Wish *wish)
{
  const BgAccessItem *item = wish->item;
  BgAccessRule rule;

  memset (&rule, 0, sizeof rule); /* compared as bytes */
  rule.deny = wish->deny;
  rule.door = !wish->text;
  rule.named = item->peer != NULL;
  rule.known = item->peer && find_key (self, item->peer, &rule.key);
  rule.from = prefix_of (&item->from);
  rule.to = prefix_of (&item->to);
  rule.protocol = protocols[item->protocol];
  rule.n_ports = (guint8) item->n_ports;
  for (guint i = 0; i < item->n_ports; i++)
    {
      rule.ports[i].first = item->first[i];
      rule.ports[i].last = item->last[i];
    }
  return rule;
}

static void
share (BgAccessControl *self)
{
  guint64 unmatched = self->shared ? bg_access_rules_unmatched (self->shared) : 0;

  bg_access_rules_unref (self->shared);
  self->shared = self->rules->len > 0
                   ? bg_access_rules_new ((const BgAccessRule *) (const void *) self->rules->data,
                                          self->rules->len, unmatched)
                   : NULL;
  bg_dataplane_set_access (self->dataplane, self->shared);
}

/* --- What is offered --- */

static guint32
who_gets_offered_only (const char *forward)
{
  if (g_str_equal (forward, "all"))
    return 0;
  return g_str_equal (forward, "offered") ? BG_REACH_MESH | BG_REACH_STATIC : BG_REACH_MESH;
}

static void
add_offered (GArray *offered, const BgIpPrefix *prefix)
{
  BgAllowedIp ip = bg_allowed_ip (prefix);

  g_array_append_val (offered, ip);
}

static GArray *
list_offered (const BgConfig *config)
{
  GArray *offered = g_array_new (FALSE, TRUE, sizeof (BgAllowedIp));
  const BgIpPrefix everywhere[] = { { .family = AF_INET }, { .family = AF_INET6 } };
  BgIpPrefix server;

  for (guint i = 0; i < config->routes->len; i++)
    add_offered (offered, &g_array_index (config->routes, BgServedRoute, i).shown);
  for (char *const *text = config->dns; *text; text++)
    if (bg_ip_prefix_parse (*text, &server))
      add_offered (offered, &server);
  for (gsize i = 0; config->exit && i < G_N_ELEMENTS (everywhere); i++)
    add_offered (offered, &everywhere[i]);
  return offered;
}

static void
set_reach (BgAccessControl *self)
{
  g_autoptr (GArray) offered = list_offered (self->config);

  bg_dataplane_set_reach_take (
    self->dataplane, bg_reach_new ((const BgAllowedIp *) (const void *) offered->data, offered->len,
                                   who_gets_offered_only (self->config->forward)));
}

/* --- Names --- */

static gboolean
name_again (BgAccessControl *self, guint i)
{
  BgAccessRule *rule = &g_array_index (self->rules, BgAccessRule, i);
  BgAccessRule now = make_rule (self, self->wishes->pdata[i]);

  rule->hits = 0;
  if (memcmp (&now, rule, sizeof now) == 0)
    return FALSE;
  *rule = now;
  return TRUE;
}

static gboolean
on_due (gpointer data)
{
  BgAccessControl *self = data;
  gboolean changed = FALSE;

  bg_source_drop (&self->due);
  for (guint i = 0; i < self->rules->len; i++)
    changed |= name_again (self, i);
  for (guint i = 0; changed && i < self->rules->len; i++)
    g_array_index (self->rules, BgAccessRule, i).hits = bg_access_rules_hits (self->shared, i);
  if (changed)
    share (self);
  return G_SOURCE_REMOVE;
}

static gboolean
has_names (BgAccessControl *self)
{
  for (guint i = 0; i < self->rules->len; i++)
    if (g_array_index (self->rules, BgAccessRule, i).named)
      return TRUE;
  return FALSE;
}

/* Before any session of whoever it is can come up, which takes another turn of this loop. */
static void
look_again (BgAccessControl *self)
{
  if (self->due || !has_names (self))
    return;
  self->due = g_idle_source_new ();
  g_source_set_priority (self->due, G_PRIORITY_HIGH);
  self->due = bg_source_attach (self->due, on_due, self);
}

static void
on_peer_changed (BgPeer *peer, BgAccessControl *self)
{
  look_again (self);
}

static void
on_peer_added (BgPeerSet *peers, BgPeer *peer, BgAccessControl *self)
{
  g_signal_connect (peer, "changed", G_CALLBACK (on_peer_changed), self);
  look_again (self);
}

static void
on_peer_removed (BgPeerSet *peers, BgPeer *peer, BgAccessControl *self)
{
  g_signal_handlers_disconnect_by_data (peer, self);
  look_again (self);
}

static void
unfollow (BgAccessControl *self)
{
  g_autoptr (GPtrArray) peers = NULL;

  if (!self->peers)
    return;
  peers = bg_peer_set_get_peers (self->peers);
  for (guint i = 0; i < peers->len; i++)
    g_signal_handlers_disconnect_by_data (peers->pdata[i], self);
  g_signal_handlers_disconnect_by_data (self->peers, self);
  g_clear_object (&self->peers);
}

void
bg_access_control_follow (BgAccessControl *self, BgPeerSet *peers)
{
  g_autoptr (GPtrArray) list = NULL;

  unfollow (self);
  if (!peers)
    return;
  self->peers = g_object_ref (peers);
  g_signal_connect (peers, "peer-added", G_CALLBACK (on_peer_added), self);
  g_signal_connect (peers, "peer-removed", G_CALLBACK (on_peer_removed), self);
  list = bg_peer_set_get_peers (peers);
  for (guint i = 0; i < list->len; i++)
    g_signal_connect (list->pdata[i], "changed", G_CALLBACK (on_peer_changed), self);
  on_due (self);
}

/* --- Life --- */

static guint64
hits_of (BgAccessControl *self, const char *text, gboolean deny)
{
  for (guint i = 0; i < self->rules->len; i++)
    if (g_array_index (self->rules, BgAccessRule, i).deny == deny
        && g_strcmp0 (((Wish *) self->wishes->pdata[i])->text, text) == 0)
      return bg_access_rules_hits (self->shared, i);
  return 0;
}

/* Takes all of it. */
static void
add_rule (BgAccessControl *self, GPtrArray *wishes, GArray *rules, Wish values)
{
  Wish *wish = g_memdup2 (&values, sizeof values);
  BgAccessRule rule = make_rule (self, wish);

  rule.hits = wish->text ? hits_of (self, wish->text, wish->deny) : 0;
  g_array_append_val (rules, rule);
  g_ptr_array_add (wishes, wish);
}

static void
add_rules (BgAccessControl *self, char *const *items, gboolean deny, GPtrArray *wishes,
           GArray *rules)
{
  for (; *items; items++)
    add_rule (self, wishes, rules,
              (Wish){ g_strdup (*items), bg_access_item_parse (*items), deny });
}

/* --- Doors of ours, which are in no list --- */

typedef struct
{
  BgAccessProtocol protocol;
  guint16 port;
  const BgIpPrefix *address;
  const char *peer; /* NULL: all */
} Door;

static void
add_door (BgAccessControl *self, GPtrArray *wishes, GArray *rules, Door door)
{
  BgAccessItem *item = g_new0 (BgAccessItem, 1);

  item->protocol = door.protocol;
  item->n_ports = 1;
  item->first[0] = item->last[0] = door.port;
  item->peer = g_strdup (door.peer);
  item->to = bg_ip_prefix_host (door.address);
  add_rule (self, wishes, rules, (Wish){ .item = item });
}

/* --- Published services --- */

typedef struct
{
  BgAccessControl *self;
  GPtrArray *wishes;
  GArray *rules;
  const BgService *service;
} Publishing;

static void
let_in (const Publishing *to, BgAccessProtocol protocol, const BgIpPrefix *address,
        const char *peer)
{
  add_door (to->self, to->wishes, to->rules,
            (Door){ protocol, bg_service_port (to->service), address, peer });
}

static void
let_all_in (const Publishing *to, BgAccessProtocol protocol, const BgIpPrefix *address)
{
  for (char *const *peer = to->service->peers; *peer; peer++)
    let_in (to, protocol, address, *peer);
  if (!*to->service->peers)
    let_in (to, protocol, address, NULL);
}

static void
publish_at (const Publishing *to, const BgIpPrefix *address)
{
  if (bg_service_is_stream (to->service))
    let_all_in (to, BG_ACCESS_TCP, address);
  if (to->service->udp)
    let_all_in (to, BG_ACCESS_UDP, address);
}

/* One that is for all peers needs no rule where everything is allowed. */
static void
add_services (BgAccessControl *self, GPtrArray *wishes, GArray *rules)
{
  Publishing to = { self, wishes, rules, NULL };

  for (guint i = 0; i < self->config->services->len; i++)
    {
      to.service = self->config->services->pdata[i];
      for (guint a = 0; a < self->n_addresses; a++)
        if (*self->config->allow || *to.service->peers)
          publish_at (&to, &self->addresses[a]);
    }
}

/* Peers may offer files where other things are allowed to them, unless a rule denies it. */
static void
add_files (BgAccessControl *self, GPtrArray *wishes, GArray *rules)
{
  for (guint i = 0; i < self->n_addresses && *self->config->allow; i++)
    if (bg_config_receives_files (self->config))
      add_door (self, wishes, rules,
                (Door){ BG_ACCESS_TCP, BG_FILE_PORT, &self->addresses[i], NULL });
}

void
bg_access_control_apply (BgAccessControl *self, BgConfig *config)
{
  GPtrArray *wishes = g_ptr_array_new_with_free_func (wish_free);
  GArray *rules = g_array_new (FALSE, TRUE, sizeof (BgAccessRule));

  g_clear_pointer (&self->config, bg_config_unref);
  self->config = bg_config_ref (config);
  add_rules (self, config->deny, TRUE, wishes, rules);
  add_rules (self, config->allow, FALSE, wishes, rules);
  add_files (self, wishes, rules);
  add_services (self, wishes, rules);
  g_ptr_array_unref (self->wishes);
  g_array_unref (self->rules);
  self->wishes = wishes;
  self->rules = rules;
  share (self);
  set_reach (self);
}

BgAccessControl *
bg_access_control_new (BgDataplane *dataplane, BgConfig *config)
{
  BgAccessControl *self = g_new0 (BgAccessControl, 1);

  self->dataplane = dataplane;
  self->wishes = g_ptr_array_new_with_free_func (wish_free);
  if (config->has_address)
    self->addresses[self->n_addresses++] = config->address;
  if (config->has_address6)
    self->addresses[self->n_addresses++] = config->address6;
  self->rules = g_array_new (FALSE, TRUE, sizeof (BgAccessRule));
  bg_access_control_apply (self, config);
  return self;
}

void
bg_access_control_free (BgAccessControl *self)
{
  if (!self)
    return;
  bg_source_drop (&self->due);
  unfollow (self);
  bg_config_unref (self->config);
  g_ptr_array_unref (self->wishes);
  g_array_unref (self->rules);
  bg_access_rules_unref (self->shared);
  g_free (self);
}

/* --- What is said of them --- */

static void
describe (GVariantBuilder *list, const char *text, gboolean deny, guint64 packets, gboolean known)
{
  g_variant_builder_open (list, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (list, "{sv}", "action", g_variant_new_string (deny ? "deny" : "allow"));
  g_variant_builder_add (list, "{sv}", "rule", g_variant_new_string (text));
  g_variant_builder_add (list, "{sv}", "packets", g_variant_new_uint64 (packets));
  g_variant_builder_add (list, "{sv}", "known", g_variant_new_boolean (known));
  g_variant_builder_close (list);
}

static void
describe_settings (GVariantBuilder *list, const BgConfig *config)
{
  for (char **item = config->deny; *item; item++)
    describe (list, *item, TRUE, 0, TRUE);
  for (char **item = config->allow; *item; item++)
    describe (list, *item, FALSE, 0, TRUE);
}

GVariant *
bg_access_control_list (BgAccessControl *self, const BgConfig *config)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  if (!self)
    describe_settings (&list, config);
  for (guint i = 0; self && i < self->rules->len; i++)
    {
      const BgAccessRule *rule = &g_array_index (self->rules, BgAccessRule, i);
      const Wish *wish = self->wishes->pdata[i];

      if (wish->text)
        describe (&list, wish->text, rule->deny, bg_access_rules_hits (self->shared, i),
                  !rule->named || rule->known);
    }
  return g_variant_builder_end (&list);
}
