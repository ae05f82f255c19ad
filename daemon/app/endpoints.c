/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/endpoints-private.h"

#include "app/config-diff.h"
#include "app/endpoint-claim.h"
#include "app/instance-lock.h"
#include "common/error.h"
#include "common/log.h"
#include "common/source.h"
#include "signaling/proxy.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCOUNT "ngrok"
#define LOCK "@endpoints" /* no interface is called so */

enum
{
  CALM_MS = 30 * 1000
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (BgEndpoints, bg_endpoints, G_TYPE_OBJECT)

/* --- Telling --- */

static gboolean
on_announcing (gpointer data)
{
  BgEndpoints *self = data;

  bg_source_drop (&self->announcing);
  g_signal_emit (self, signals[CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static gboolean
has_problem (BgEndpoints *self)
{
  for (guint i = 0; self->set && i < bg_endpoint_set_count (self->set); i++)
    {
      BgEndpointView view = bg_endpoint_set_look (self->set, i);

      if (view.problem && !view.endpoint->refused)
        return TRUE;
    }
  return FALSE;
}

static gboolean
on_again (gpointer data)
{
  BgEndpoints *self = data;

  bg_source_drop (&self->again);
  if (!self->set || self->is_over)
    return G_SOURCE_REMOVE;
  bg_endpoint_set_retry (self->set);
  bg_endpoints_announce (self);
  return G_SOURCE_REMOVE;
}

void
bg_endpoints_announce (BgEndpoints *self)
{
  bg_endpoints_take_note (self);
  /* what keeps one from standing, as a program at its port, may go without a word */
  if (!self->again && !self->is_over && has_problem (self))
    bg_source_arm (&self->again, self->config->ngrok_poll_interval * 1000, on_again, self);
  if (!self->announcing)
    self->announcing = bg_source_attach (g_idle_source_new (), on_announcing, self);
}

/* --- What is wanted --- */

/* Why no endpoint may have this name; NULL. */
static BgWords *
judge (BgEndpoints *self, const char *host)
{
  g_autofree char *suffix = self->dup_suffix ? self->dup_suffix (self->owner) : NULL;
  const BgEndpointClaims claims = { .allowed = (const char *const *) self->config->ngrok_names,
                                    .suffix = suffix,
                                    .own = g_get_host_name () };
  BgWords *why = bg_endpoint_claim_judge (&claims, host);

  if (!why && bg_endpoint_hosts_file_has (self->hosts_file, host))
    return bg_words (ENDPOINT_NAME_IN_HOSTS, host, self->hosts_path);
  return why;
}

static BgListenRules *
make_rules (const BgConfig *config)
{
  BgListenMode mode = { .kind = BG_LISTEN_VIRTUAL };
  BgListenRules *rules;

  (void) bg_listen_mode_parse (config->publish_listen,
                               &mode); /* checked when it was loaded, as are those below */
  rules = bg_listen_rules_new (&mode);
  for (char **rule = config->publish_listen_each; *rule; rule++)
    {
      g_auto (GStrv) words = g_strsplit (*rule, " ", 2);

      if (bg_listen_mode_parse (words[1], &mode))
        bg_listen_rules_add (rules, words[0], &mode);
    }
  return rules;
}

/* Only what has an address of its own leads its name there. */
static gboolean
takes_name (const BgListenRules *rules, const BgWantedEndpoint *endpoint)
{
  return rules && !endpoint->refused && !endpoint->is_literal
         && bg_listen_rules_find (rules, endpoint->host, endpoint->port)->kind == BG_LISTEN_VIRTUAL;
}

static void
admit (BgEndpoints *self, GPtrArray *wanted, BgWantedEndpoint *endpoint, gboolean is_named)
{
  BgWords *why = is_named ? judge (self, endpoint->host) : NULL;

  g_ptr_array_add (wanted,
                   why ? bg_endpoint_new_refused (endpoint, why) : bg_endpoint_ref (endpoint));
}

/* `old`: of the settings before, by which the set still goes; NULL. */
static void
want (BgEndpoints *self, const BgListenRules *old)
{
  g_autoptr (GPtrArray) list = bg_endpoint_source_list (BG_ENDPOINT_SOURCE (self->account)),
                        wanted = bg_endpoint_list_new ();
  g_autoptr (BgListenRules) rules = make_rules (self->config);

  for (guint i = 0; i < list->len; i++)
    admit (self, wanted, list->pdata[i],
           takes_name (rules, list->pdata[i]) || takes_name (old, list->pdata[i]));
  bg_endpoint_set_want (self->set, wanted);
  bg_endpoints_announce (self);
}

void
bg_endpoints_judge_again (BgEndpoints *self)
{
  if (self->account && !self->is_over)
    want (self, NULL);
}

void
bg_endpoints_repeat_names (BgEndpoints *self)
{
  if (self->hosts_file)
    bg_endpoint_hosts_file_tell_again (self->hosts_file);
}

/* --- What the parts say --- */

static void
look_at_ingress (BgEndpoints *self)
{
  BgIngressPlace place = { .identity = bg_operator_get_identity (self->account),
                           .trust = self->config->ngrok_ingress_ca };

  bg_operator_get_ingress (self->account, &place.host, &place.port);
  bg_ingress_route_set (self->route, &place);
}

static void
on_account_changed (BgOperator *account, gpointer data)
{
  bg_endpoints_judge_again (data);
}

static void
on_ingress_changed (BgOperator *account, gpointer data)
{
  BgEndpoints *self = data;

  bg_words_take (&self->hangs_up, NULL);
  look_at_ingress (self);
}

static void
on_route_changed (gpointer owner)
{
  BgEndpoints *self = owner;

  if (!self->set || self->is_over)
    return;
  bg_endpoint_set_lead (self->set);
  bg_endpoints_announce (self);
}

static void
on_others_names (gpointer owner)
{
  bg_endpoints_judge_again (owner);
}

static void
on_names_problem (gpointer owner)
{
  BgEndpoints *self = owner;

  if (self->set)
    bg_endpoints_announce (self);
}

static const BgEndpointHostsFileEvents hosts_events = { on_others_names, on_names_problem };

static BgForwardWay *
find_way (gpointer owner, const BgWantedEndpoint *endpoint, GError **error)
{
  BgEndpoints *self = owner;

  return bg_ingress_route_dup_way (self->route, endpoint, error);
}

static void
name (gpointer owner, const BgEndpointName *names, guint n)
{
  BgEndpoints *self = owner;

  bg_endpoint_hosts_file_set (self->hosts_file, names, n);
}

static void close_account (BgEndpoints *self);

static gboolean
on_finishing (gpointer data)
{
  BgEndpoints *self = data;
  g_autoptr (GTask) task = g_steal_pointer (&self->stopper);

  bg_source_drop (&self->finishing);
  close_account (self);
  g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

/* Not from within a part, which goes with it. */
static void
finish_stop (BgEndpoints *self)
{
  if (self->stopper && !self->finishing && bg_endpoints_count_doors (self) == 0)
    self->finishing = bg_source_attach (g_idle_source_new (), on_finishing, self);
}

static void
on_drained (gpointer owner, guint64 door)
{
  BgEndpoints *self = owner;

  bg_endpoints_note_drained (self, door);
  bg_endpoint_set_drained (self->set, door);
  finish_stop (self);
}

/* Whether it still does is for the next connections to show. */
static gboolean
on_calm (gpointer data)
{
  BgEndpoints *self = data;

  bg_source_drop (&self->calm);
  bg_words_take (&self->hangs_up, NULL);
  bg_endpoints_announce (self);
  return G_SOURCE_REMOVE;
}

static void
on_rejected (gpointer owner, guint64 door)
{
  BgEndpoints *self = owner;

  bg_words_take (&self->hangs_up, bg_words (INGRESS_HANGS_UP));
  bg_source_arm (&self->calm, CALM_MS, on_calm, self);
  bg_operator_suspect (self->account);
  bg_ingress_route_look_again (self->route);
  bg_endpoints_announce (self);
}

static void
on_moved (gpointer owner)
{
  BgEndpoints *self = owner;

  if (!self->set || self->is_over)
    return;
  bg_endpoint_set_retry (self->set);
  bg_endpoints_announce (self);
}

static void lay_anew (BgEndpoints *self);

static gboolean
on_moving (gpointer data)
{
  BgEndpoints *self = data;

  bg_source_drop (&self->moving);
  if (!self->account || self->is_over)
    return G_SOURCE_REMOVE;
  lay_anew (self);
  bg_endpoints_judge_again (self);
  return G_SOURCE_REMOVE;
}

/* The person's own network comes first. Not from within the ground, which goes. */
static void
on_met (gpointer owner)
{
  BgEndpoints *self = owner;

  if (!self->moving)
    self->moving = bg_source_attach (g_idle_source_new (), on_moving, self);
}

static const BgGroundEvents ground_events = { find_way,    name,     on_drained,
                                              on_rejected, on_moved, on_met };

/* --- Their settings --- */

/* The network's own, which need not be up yet. */
static guint
list_avoided (const BgConfig *config, BgIpPrefix *avoid)
{
  guint n = 0;

  if (config->has_address)
    avoid[n++] = config->address;
  for (guint i = 0; i < n; i++)
    bg_ip_prefix_mask (&avoid[i]);
  return n;
}

static void
fill_ground (BgEndpoints *self, BgGroundOptions *options, BgIpPrefix *avoid)
{
  const BgConfig *config = self->config;

  *options = (BgGroundOptions){ .engine = self->engine,
                                .directory = self->directory,
                                .has_subnet6 = !g_str_equal (config->publish_subnet6, "none"),
                                .first_port = (guint16) config->publish_first_port,
                                .last_port = (guint16) config->publish_last_port,
                                .from = (const BgIpPrefix *) config->publish_from->data,
                                .n_from = config->publish_from->len,
                                .avoid = avoid,
                                .n_avoid = list_avoided (config, avoid) };
  bg_ip_prefix_parse (config->publish_subnet, &options->subnet);
  if (options->has_subnet6 && !g_str_equal (config->publish_subnet6, "auto"))
    bg_ip_prefix_parse (config->publish_subnet6, &options->subnet6);
}

static void
configure_set (BgEndpoints *self)
{
  BgEndpointSettings settings = { .drain_us = self->config->publish_drain * G_USEC_PER_SEC,
                                  .finds_port = g_str_equal (self->config->publish_on_conflict,
                                                             "port") };

  bg_ground_get_places (self->ground, &settings.places.mirror, &settings.places.subnet6);
  bg_endpoint_set_configure (self->set, &settings, make_rules (self->config));
}

static gboolean
lay_ground (BgEndpoints *self, GError **error)
{
  BgGroundOptions options;
  BgIpPrefix avoid[1];

  fill_ground (self, &options, avoid);
  self->ground = bg_ground_new (&options, &ground_events, self, error);
  if (!self->ground)
    return FALSE;
  self->set = bg_endpoint_set_new (bg_ground_get_operations (), self->ground,
                                   bg_ground_get_addresses (self->ground),
                                   bg_ground_get_ports (self->ground));
  configure_set (self);
  return TRUE;
}

/* Connections end with it. */
static void
clear_ground (BgEndpoints *self)
{
  g_clear_pointer (&self->set, bg_endpoint_set_free);
  g_clear_pointer (&self->ground, bg_ground_free);
  g_clear_pointer (&self->notes, bg_endpoint_notes_free);
  self->notes = bg_endpoint_notes_new ();
}

static BgOperatorOptions
account_options (BgEndpoints *self, BgOperatorTiming *timing, const char **selectors)
{
  const BgConfig *config = self->config;

  *timing = bg_operator_timing;
  timing->poll_ms = config->ngrok_poll_interval * 1000;
  selectors[0] = config->ngrok_selector;
  selectors[1] = NULL;
  return (BgOperatorOptions){ .name = ACCOUNT,
                              .directory = self->directory,
                              .description = config->ngrok_description,
                              .api_url = config->ngrok_api_url,
                              .ingress = config->ngrok_ingress,
                              .selectors = selectors,
                              .timing = timing,
                              .answers = self->answers };
}

static BgOperator *
make_account (BgEndpoints *self, GError **error)
{
  g_autoptr (GProxyResolver) proxies = bg_proxy_resolver_new ();
  BgOperatorTiming timing;
  const char *selectors[2];
  BgOperatorOptions options = account_options (self, &timing, selectors);

  options.proxies = proxies;
  return bg_operator_new (&options, error);
}

static void
configure_account (BgEndpoints *self)
{
  g_autoptr (GProxyResolver) proxies = bg_proxy_resolver_new ();
  g_autoptr (GError) error = NULL;
  BgOperatorTiming timing;
  const char *selectors[2];
  BgOperatorOptions options = account_options (self, &timing, selectors);

  options.proxies = proxies;
  if (!bg_operator_configure (self->account, &options, &error))
    bg_log (BG_TOPIC_APP, WARNING, NULL, "%s", error->message);
  look_at_ingress (self);
}

/* --- The account --- */

static gboolean
take_lock (BgEndpoints *self, GError **error)
{
  if (self->lock_fd < 0)
    self->lock_fd = bg_instance_lock_take (self->runtime_dir, LOCK, NULL);
  if (self->lock_fd < 0)
    bg_error_set (error, BG_ERROR_WRONG_STATE, ENDPOINTS_OF_ANOTHER);
  return self->lock_fd >= 0;
}

static void
close_account (BgEndpoints *self)
{
  if (self->account)
    g_signal_handlers_disconnect_by_data (self->account, self);
  clear_ground (self);
  g_clear_object (&self->account);
  g_clear_pointer (&self->route, bg_ingress_route_free);
  g_clear_pointer (&self->hosts_file, bg_endpoint_hosts_file_free);
  bg_source_drop (&self->calm);
  bg_source_drop (&self->moving);
  bg_source_drop (&self->again);
  bg_words_take (&self->hangs_up, NULL);
}

static gboolean
open_parts (BgEndpoints *self, GError **error)
{
  if (g_mkdir_with_parents (self->directory, 0700) != 0)
    {
      bg_error_set (error, BG_ERROR_FAILED, ABOUT, self->directory, bg_arg_errno (errno));
      return FALSE;
    }
  self->account = make_account (self, error);
  if (!self->account)
    return FALSE;
  self->route = bg_ingress_route_new (self->tally, on_route_changed, self);
  self->hosts_file = bg_endpoint_hosts_file_new (self->hosts_path, self->dns_socket, &hosts_events,
                                                 self);
  return lay_ground (self, error);
}

BgOperator *
bg_endpoints_open_account (BgEndpoints *self, GError **error)
{
  if (self->account)
    return self->account;
  if (!self->config->ngrok_enabled || self->is_over)
    {
      bg_error_set (error, BG_ERROR_WRONG_STATE, ENDPOINTS_DISABLED);
      return NULL;
    }
  if (!take_lock (self, error))
    return NULL;
  if (!open_parts (self, error))
    {
      close_account (self);
      return NULL;
    }
  g_signal_connect (self->account, "changed", G_CALLBACK (on_account_changed), self);
  g_signal_connect (self->account, "ingress-changed", G_CALLBACK (on_ingress_changed), self);
  look_at_ingress (self);
  want (self, NULL);
  return self->account;
}

BgOperator *
bg_endpoints_get_account (BgEndpoints *self)
{
  return self->account;
}

void
bg_endpoints_set_api_key (BgEndpoints *self, const char *api_key)
{
  self->has_api_key = api_key != NULL;
  if (self->account)
    bg_operator_set_api_key (self->account, api_key);
  bg_endpoints_announce (self);
}

gboolean
bg_endpoints_has_api_key (BgEndpoints *self)
{
  return self->has_api_key;
}

/* Somebody had an account here: its files are there. */
static gboolean
was_used (BgEndpoints *self)
{
  return g_file_test (self->directory, G_FILE_TEST_IS_DIR);
}

void
bg_endpoints_start (BgEndpoints *self, const char *api_key)
{
  g_autoptr (GError) error = NULL;

  self->has_api_key = api_key != NULL;
  if (!api_key && !was_used (self))
    return;
  if (!self->config->ngrok_enabled && take_lock (self, NULL))
    bg_ground_remove_leftovers ();
  else if (!bg_endpoints_open_account (self, &error))
    bg_log (BG_TOPIC_APP, WARNING, NULL, "endpoints: %s", error->message);
  if (self->account && api_key)
    bg_operator_set_api_key (self->account, api_key);
}

/* --- Other settings --- */

/* With other addresses, where those of before cannot be kept. Connections end. */
static void
lay_anew (BgEndpoints *self)
{
  g_autoptr (GError) error = NULL;

  clear_ground (self);
  if (lay_ground (self, &error))
    return;
  bg_log (BG_TOPIC_APP, WARNING, NULL, "endpoints: %s", error->message);
  close_account (self);
}

static void
configure_ground (BgEndpoints *self, const BgConfig *old)
{
  BgGroundOptions options;
  BgIpPrefix avoid[1];

  if (!bg_config_diff_subnets (old, self->config))
    {
      g_autoptr (BgListenRules) rules = make_rules (old);

      want (self, rules);
      fill_ground (self, &options, avoid);
      bg_ground_configure (self->ground, &options);
      configure_set (self);
      return;
    }
  lay_anew (self);
}

static void
configure (BgEndpoints *self, const BgConfig *old)
{
  if (!self->config->ngrok_enabled)
    close_account (self);
  else
    configure_ground (self, old);
  if (self->account)
    {
      configure_account (self);
      want (self, NULL);
    }
  bg_endpoints_announce (self);
}

gboolean
bg_endpoints_set_config (BgEndpoints *self, BgConfig *config)
{
  g_autoptr (BgConfig) old = self->config;

  self->config = bg_config_ref (config);
  if (self->account && !self->is_over && bg_config_diff_endpoints (old, config))
    configure (self, old);
  return !old->ngrok_enabled && config->ngrok_enabled && !self->account && !self->is_over;
}

/* --- Life --- */

static void
bg_endpoints_finalize (GObject *object)
{
  BgEndpoints *self = BG_ENDPOINTS (object);

  close_account (self);
  bg_source_drop (&self->announcing);
  bg_source_drop (&self->finishing);
  bg_endpoint_notes_free (self->notes);
  bg_ingress_tally_unref (self->tally);
  g_hash_table_unref (self->answers);
  bg_config_unref (self->config);
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  g_free (self->directory);
  g_free (self->runtime_dir);
  g_free (self->dns_socket);
  g_free (self->hosts_path);
  G_OBJECT_CLASS (bg_endpoints_parent_class)->finalize (object);
}

static void
bg_endpoints_class_init (BgEndpointsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bg_endpoints_finalize;
  signals[CHANGED] = g_signal_new ("changed", BG_TYPE_ENDPOINTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
bg_endpoints_init (BgEndpoints *self)
{
  self->lock_fd = -1;
  self->notes = bg_endpoint_notes_new ();
  self->tally = bg_ingress_tally_new ();
  self->answers = g_hash_table_new (NULL, NULL);
}

BgEndpoints *
bg_endpoints_new (const BgEndpointsOptions *options, BgConfig *config)
{
  BgEndpoints *self = g_object_new (BG_TYPE_ENDPOINTS, NULL);

  self->directory = g_build_filename (options->state_dir, "endpoints", NULL);
  self->runtime_dir = g_strdup (options->runtime_dir);
  self->dns_socket = g_strdup (options->dns_socket);
  self->hosts_path = g_strdup (options->hosts_path);
  self->dup_suffix = options->dup_suffix;
  self->owner = options->owner;
  self->engine = options->engine;
  self->config = bg_config_ref (config);
  return self;
}

void
bg_endpoints_close (BgEndpoints *self)
{
  g_autoptr (GPtrArray) nothing = bg_endpoint_list_new ();

  if (self->is_over)
    return;
  self->is_over = TRUE;
  if (!self->set)
    return;
  bg_endpoint_set_want (self->set, nothing);
  bg_endpoints_announce (self);
}

void
bg_endpoints_stop_async (BgEndpoints *self, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);

  g_task_set_source_tag (task, bg_endpoints_stop_async);
  bg_endpoints_close (self);
  if (self->stopper)
    {
      bg_task_return_error (task, BG_ERROR_WRONG_STATE, GOING_DOWN);
      return;
    }
  self->stopper = g_object_ref (task);
  finish_stop (self);
}

gboolean
bg_endpoints_stop_finish (BgEndpoints *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
