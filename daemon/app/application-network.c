/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The signed network as it is seen from the bus: what is known of it, and what a person says about an alarm. */
#include "app/application-network.h"

#include "app/application-private.h"
#include "app/granted-options.h"
#include "app/signing-key.h"
#include "common/error.h"
#include "common/key-text.h"
#include "membership/member-list.h"
#include "membership/trust-text.h"

#include <string.h>

/* --- The network --- */

static const char *const alarm_names[] = {
  [BG_ALARM_NONE] = "",
  [BG_ALARM_FORKED] = "forked",
  [BG_ALARM_BROKEN] = "broken",
  [BG_ALARM_WITHHELD] = "withheld",
};

static void
insert_hash (GVariantDict *dict, const char *name, const guint8 *hash)
{
  g_autofree char *text = bg_hash_text (hash);

  g_variant_dict_insert (dict, name, "s", text);
}

static void
describe_alarm (BgApplication *self, GVariantDict *dict)
{
  BgAlarm alarm = bg_network_log_get_alarm (self->network_log);

  g_variant_dict_insert (dict, "alarm", "s", alarm_names[alarm.kind]);
  if (alarm.kind != BG_ALARM_FORKED)
    return;
  g_variant_dict_insert (dict, "alarm-peer", "s", alarm.peer);
  g_variant_dict_insert (dict, "alarm-entry", "u", alarm.entry);
  insert_hash (dict, "alarm-ours",
               bg_membership_log_get_hash (bg_network_log_get (self->network_log), alarm.entry));
  insert_hash (dict, "alarm-theirs", alarm.theirs);
}

static gboolean
read_own_key (BgApplication *self, guint8 key[BG_ENTRY_KEY])
{
  return bg_key_from_base64 (self->public_key, key);
}

static gboolean
has_text (const BgMemberRecord *record, const char *text)
{
  BgIpPrefix said;

  if (!text || !bg_ip_prefix_parse (text, &said))
    return !text;
  for (guint i = 0; i < record->n_addresses; i++)
    if ((record->addresses[i].family == 4) == (said.family == AF_INET)
        && memcmp (record->addresses[i].bytes, &said.addr, said.family == AF_INET ? 4 : 16) == 0)
      return TRUE;
  return FALSE;
}

gboolean
bg_application_is_own_record (BgApplication *self, const char *name, const char *address,
                              const char *address6)
{
  const BgMembership *state = bg_network_log_get_state (self->network_log);
  guint8 key[BG_ENTRY_KEY];
  const BgMember *member = state && read_own_key (self, key) ? bg_membership_find_key (state, key)
                                                             : NULL;

  return member && !member->is_revoked && (!name || g_str_equal (member->record.name, name))
         && has_text (&member->record, address) && has_text (&member->record, address6);
}

static void
describe_self (BgApplication *self, const BgMembership *state, GVariantDict *dict)
{
  guint8 key[BG_ENTRY_KEY];
  const BgMember *member = read_own_key (self, key) ? bg_membership_find_key (state, key) : NULL;
  gboolean is_in = member && !member->is_revoked;

  g_variant_dict_insert (dict, "member", "b", is_in);
  g_variant_dict_insert (dict, "owner", "b", is_in && bg_membership_is_owners_device (state, key));
}

/* Of active ones. */
static guint
count_others (const BgMembership *state, const guint8 key[BG_ENTRY_KEY])
{
  guint n = 0;

  for (guint i = 0; i < bg_membership_n_members (state); i++)
    {
      const BgMember *member = bg_membership_member (state, i);

      n += !member->is_revoked && memcmp (member->record.key, key, BG_ENTRY_KEY) != 0 ? 1 : 0;
    }
  return n;
}

gboolean
bg_application_is_last_owner (BgApplication *self)
{
  const BgMembership *state = bg_network_log_get_state (self->network_log);
  guint8 key[BG_ENTRY_KEY];

  return state && read_own_key (self, key) && bg_membership_is_owners_device (state, key)
         && bg_membership_n_owners (state) == 1 && count_others (state, key) > 0;
}

GVariant *
bg_application_describe_network (BgApplication *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  const BgMembership *state;

  g_variant_dict_insert (&dict, "signed", "b", bg_network_log_is_signed (self->network_log));
  g_variant_dict_insert (&dict, "pending", "u", bg_network_log_get_pending (self->network_log));
  describe_alarm (self, &dict);
  if (!bg_network_log_is_signed (self->network_log))
    return g_variant_dict_end (&dict);
  state = bg_network_log_get_state (self->network_log);
  insert_hash (&dict, "id", bg_membership_id (state));
  insert_hash (&dict, "head", bg_membership_head (state));
  g_variant_dict_insert (&dict, "entries", "u", bg_membership_count (state));
  g_variant_dict_insert (&dict, "changed-at", "t", bg_membership_time (state));
  g_variant_dict_insert (&dict, "allows-unsigned", "b",
                         (bg_membership_policy (state) & BG_POLICY_UNSIGNED) != 0);
  describe_self (self, state, &dict);
  bg_application_describe_authority (self, &dict);
  bg_application_describe_given_names (self, &dict);
  return g_variant_dict_end (&dict);
}

/* A log that this machine is in no entry of: it waits for an owner, or was put out. */
static const char *
membership_name (BgApplication *self, gboolean is_in)
{
  if (bg_network_log_get_alarm (self->network_log).kind != BG_ALARM_NONE)
    return "alarm";
  if (!bg_network_log_is_signed (self->network_log))
    return self->config->server_url ? "unsigned" : "";
  return is_in ? "signed" : "pending";
}

void
bg_application_fill_membership (BgApplication *self)
{
  const BgMembership *state = bg_network_log_get_state (self->network_log);
  guint8 key[BG_ENTRY_KEY];
  const BgMember *member = state && read_own_key (self, key) ? bg_membership_find_key (state, key)
                                                             : NULL;
  gboolean is_in = member && !member->is_revoked;

  g_free (self->info_network_id);
  self->info_network_id = state && bg_membership_id (state)
                            ? bg_hash_text (bg_membership_id (state))
                            : g_strdup ("");
  self->info.network_id = self->info_network_id;
  self->info.membership = membership_name (self, is_in);
  self->info.is_owner = bg_network_log_is_signed (self->network_log)
                          ? is_in && bg_membership_is_owners_device (state, key)
                          : self->hub_access && bg_hub_access_is_owner (self->hub_access);
  self->info.pending_devices = bg_network_log_get_pending (self->network_log);
  self->info.hub_move = self->move_step ? self->move_step : "";
}

/* --- Its devices --- */

static GVariant *
addresses_of (const BgMemberRecord *record)
{
  GVariantBuilder texts = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("as"));
  char text[BG_IP_PREFIX_TEXT];

  for (guint i = 0; i < record->n_addresses; i++)
    {
      BgIpPrefix host = bg_entry_prefix_get (&record->addresses[i]);

      bg_ip_prefix_format_address (&host, text);
      g_variant_builder_add (&texts, "s", text);
    }
  return g_variant_builder_end (&texts);
}

static void
describe_grant (const BgGrantedOffer *granted, GVariantDict *dict)
{
  g_auto (GStrv) routes = bg_granted_dup_routes (granted),
                 exit = bg_families_to_texts ((bg_grant_has_exit (granted, 4) ? BG_FAMILY_4 : 0)
                                              | (bg_grant_has_exit (granted, 6) ? BG_FAMILY_6 : 0));

  g_variant_dict_insert (dict, "any-route", "b", (granted->bits & BG_GRANT_ANY_ROUTE) != 0);
  g_variant_dict_insert (dict, "routes", "^as", routes);
  g_variant_dict_insert (dict, "exit", "^as", exit);
}

static GVariant *
describe_member (BgApplication *self, const BgMemberView *view)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  const BgMemberRecord *record = &view->member->record;
  char key[BG_KEY_TEXT_LEN + 1];

  bg_key_to_base64 (record->key, key);
  g_variant_dict_insert (&dict, "name", "s", record->name);
  g_variant_dict_insert (&dict, "public-key", "s", key);
  g_variant_dict_insert_value (&dict, "addresses", addresses_of (record));
  g_variant_dict_insert (&dict, "revoked", "b", (gboolean) view->member->is_revoked);
  g_variant_dict_insert (&dict, "owner", "b", view->is_owner);
  g_variant_dict_insert (&dict, "self", "b", g_str_equal (key, self->public_key));
  describe_grant (&record->granted, &dict);
  g_variant_dict_insert (&dict, "entry", "u", view->member->number);
  g_variant_dict_insert (&dict, "signed-at", "t", view->signed_at);
  g_variant_dict_insert (&dict, "signed-by", "s", view->signed_by ? view->signed_by : "");
  g_variant_dict_insert (&dict, "by-invite", "b", view->by_invite);
  g_variant_dict_insert (&dict, "by-recovery", "b", view->by_recovery);
  return g_variant_dict_end (&dict);
}

GVariant *
bg_application_list_members (BgApplication *self)
{
  BgMembershipLog *log = bg_network_log_get (self->network_log);
  GVariantBuilder list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr (GPtrArray) views = log ? bg_member_list_new (log) : g_ptr_array_new ();

  for (guint i = 0; i < views->len; i++)
    g_variant_builder_add_value (&list, describe_member (self, views->pdata[i]));
  return g_variant_builder_end (&list);
}

/* --- This machine's signing key --- */

static char *
own_signing_key (BgApplication *self, GError **error)
{
  g_autoptr (BgSecretStore) secrets = bg_secret_keeper_open_files (self->keeper, error);
  guint8 seed[BG_SEED_BYTES], public[BG_ENTRY_KEY];
  char *text = NULL;

  if (!secrets || !bg_signing_key_keep (secrets, seed, error))
    return NULL;
  if (bg_seed_get_public (seed, public))
    {
      text = g_malloc (BG_KEY_TEXT_LEN + 1);
      bg_key_to_base64 (public, text);
    }
  else
    bg_error_set (error, BG_ERROR_CONFIG, BAD_SIGNING_KEY);
  explicit_bzero (seed, sizeof seed);
  return text;
}

void
bg_application_get_signing_key_async (BgApplication *self, GAsyncReadyCallback callback,
                                      gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;
  char *text = own_signing_key (self, &error);

  g_task_set_source_tag (task, bg_application_get_signing_key_async);
  if (text)
    g_task_return_pointer (task, text, g_free);
  else
    g_task_return_error (task, error);
}

char *
bg_application_get_signing_key_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Alarms --- */

static void
on_trusted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (bg_network_log_trust_finish (result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
bg_application_trust_async (BgApplication *self, const char *head, GAsyncReadyCallback callback,
                            gpointer data)
{
  GTask *task = g_task_new (self, NULL, callback, data);

  g_task_set_source_tag (task, bg_application_trust_async);
  bg_network_log_trust_async (self->network_log, head, on_trusted, task);
}

gboolean
bg_application_trust_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
