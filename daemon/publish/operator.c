/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/operator-private.h"

#include "common/boottime.h"
#include "common/error.h"
#include "common/log.h"
#include "common/secret-text.h"
#include "common/source.h"
#include "publish/ingress-address.h"

#include <string.h>

enum
{
  RELOAD_MS = 200, /* who replaces two files replaces both within this time */
  LONGEST_WAIT_MS = 24 * 3600 * 1000,
};

#define US_PER_MS 1000

static const char *const all_endpoints[] = { "true", NULL };

static guint ingress_changed_signal;

static void source_init (BgEndpointSourceInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BgOperator, bg_operator, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BG_TYPE_ENDPOINT_SOURCE, source_init))

/* --- As a source --- */

static const char *
get_name (BgEndpointSource *source)
{
  return BG_OPERATOR (source)->name;
}

static GPtrArray *
list (BgEndpointSource *source)
{
  return g_ptr_array_ref (BG_OPERATOR (source)->list);
}

static BgSourceState
get_state (BgEndpointSource *source, const BgWords **reason)
{
  BgOperator *self = BG_OPERATOR (source);

  *reason = self->is_leaving ? NULL : self->trouble;
  if (self->is_leaving)
    return BG_SOURCE_DRAINING;
  if (!self->has_api_key)
    return BG_SOURCE_WAITING_FOR_KEY;
  if (self->kind == BG_ANSWER_REFUSED)
    return BG_SOURCE_UNAUTHORIZED;
  if (!self->id || !self->identity)
    return BG_SOURCE_REGISTERING;
  if (!self->trouble)
    *reason = self->objection;
  return *reason ? BG_SOURCE_DEGRADED : BG_SOURCE_RUNNING;
}

static void
source_init (BgEndpointSourceInterface *interface)
{
  interface->get_name = get_name;
  interface->list = list;
  interface->get_state = get_state;
}

void
bg_operator_announce (BgOperator *self)
{
  const BgWords *reason;
  BgSourceState state = get_state (BG_ENDPOINT_SOURCE (self), &reason);

  if (state == self->told_state && bg_words_equal (reason, self->told_reason))
    return;
  bg_log (BG_TOPIC_APP, MESSAGE, NULL, "endpoints of %s: %s%s%s", self->name,
          bg_source_state_get_name (state), reason ? ": " : "", bg_words_get_text (reason));
  self->told_state = state;
  bg_words_take (&self->told_reason, reason ? bg_words_ref ((BgWords *) reason) : NULL);
  bg_endpoint_source_changed (BG_ENDPOINT_SOURCE (self));
}

/* --- What it knows --- */

static void
ingress_changed (BgOperator *self)
{
  g_signal_emit (self, ingress_changed_signal, 0);
}

void
bg_operator_take_identity (BgOperator *self, BgTlsIdentity *identity)
{
  g_autoptr (BgTlsIdentity) old = g_steal_pointer (&self->identity);

  self->identity = identity;
  if (!bg_tls_identity_equal (old, identity))
    ingress_changed (self);
}

/* For the next start, which may be one without the account. */
static void
remember (BgOperator *self)
{
  const char *told = self->told ? self->told : "";
  g_autoptr (GError) error = NULL;

  if (!bg_operator_files_save_endpoints (self->files, self->list, told, &error))
    bg_log (BG_TOPIC_APP, WARNING, NULL, "%s", error->message);
}

static gboolean
selects_others (BgOperator *self, const BgOperatorRecord *record)
{
  return !g_strv_equal ((const char *const *) record->selectors,
                        (const char *const *) self->selectors);
}

static gboolean
take_told (BgOperator *self, const char *text)
{
  g_autofree char *host = NULL;
  guint16 port = 0;

  if (*text != '\0' && !bg_ingress_address_parse (text, &host, &port, NULL))
    return FALSE;
  if (g_strcmp0 (host, self->told_host) == 0 && port == self->told_port)
    return FALSE;
  g_free (self->told);
  self->told = g_strdup (text);
  g_free (self->told_host);
  self->told_host = g_steal_pointer (&host);
  self->told_port = port;
  return TRUE;
}

/* Where the answer to a renewal was lost, the account's certificate is a newer one. */
static gboolean
has_other_certificate (BgOperator *self, const BgOperatorRecord *record)
{
  return self->identity && *record->certificate != '\0'
         && !g_str_equal (self->identity->certificate, record->certificate);
}

void
bg_operator_take_record (BgOperator *self, const BgOperatorRecord *record)
{
  if (self->is_suspected && has_other_certificate (self, record))
    self->must_renew = TRUE;
  self->is_suspected = FALSE;
  self->wants_others = selects_others (self, record);
  self->is_unread = FALSE;
  if (!take_told (self, record->ingress))
    return;
  remember (self);
  if (!self->ingress_host)
    ingress_changed (self);
}

/* One empty answer among others is more likely somebody's mistake than the end of everything. */
static gboolean
is_believed (BgOperator *self, const GPtrArray *fresh)
{
  gboolean believed = fresh->len > 0 || self->list->len == 0 || self->was_empty;

  self->was_empty = !believed;
  return believed;
}

void
bg_operator_take_list (BgOperator *self, GPtrArray *fresh)
{
  self->polled_at = g_get_real_time () / G_USEC_PER_SEC;
  if (!is_believed (self, fresh) || bg_endpoint_list_equal (self->list, fresh))
    return;
  g_ptr_array_unref (self->list);
  self->list = g_ptr_array_ref (fresh);
  remember (self);
  bg_endpoint_source_changed (BG_ENDPOINT_SOURCE (self));
}

static gint64
now_s (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static BgOperatorFacts
facts_of (BgOperator *self, gint64 now)
{
  BgTlsIdentity *identity = self->identity;
  BgOperatorFacts facts = {
    .has_pair = identity != NULL,
    .has_id = self->id != NULL,
    .has_api_key = self->has_api_key,
    .has_asked = self->has_asked,
    .has_ended = identity && now_s () >= identity->not_after,
    .is_due = self->must_renew
              || (identity && now >= self->certify_after
                  && now_s () >= bg_tls_identity_get_due (identity)),
    .is_unread = self->is_unread,
    .wants_others = self->wants_others,
    .has_polled = now < self->poll_due,
  };

  return facts;
}

/* --- What is due --- */

static gboolean
on_timer (gpointer data)
{
  bg_operator_run (data);
  return G_SOURCE_REMOVE;
}

static void
wait_until (BgOperator *self, gint64 at)
{
  gint64 ms = (at - bg_boottime_us ()) / US_PER_MS + 1;

  bg_source_arm (&self->timer, (guint) CLAMP (ms, 0, LONGEST_WAIT_MS), on_timer, self);
}

static gint64
next_due (BgOperator *self, gint64 now)
{
  gint64 left_s = bg_tls_identity_get_due (self->identity) - now_s ();
  gint64 renewal = now + MAX (left_s, 0) * G_USEC_PER_SEC;

  return MIN (self->poll_due, MAX (renewal, self->certify_after));
}

void
bg_operator_run (BgOperator *self)
{
  gint64 now = bg_boottime_us ();
  BgOperatorFacts facts = facts_of (self, now);
  BgOperatorStep step = bg_operator_step (&facts);

  if (self->step != BG_STEP_REST || self->is_leaving)
    return;
  bg_source_drop (&self->timer);
  if (step == BG_STEP_WAIT)
    bg_operator_announce (self);
  else if (now < self->not_before)
    wait_until (self, self->not_before);
  else if (step == BG_STEP_REST)
    wait_until (self, next_due (self, now));
  else
    bg_operator_begin (self, step);
}

void
bg_operator_interrupt (BgOperator *self)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->step = BG_STEP_REST;
}

/* --- What came of it --- */

/* The first time it registers at once, from then on not before `register_ms` have passed since the last. */
static BgWords *
forgotten (BgOperator *self, gint64 now)
{
  gint64 at = MAX (now, self->register_after);
  gboolean is_again = at > now;

  bg_operator_files_save_id (self->files, NULL, NULL);
  g_clear_pointer (&self->id, g_free);
  self->not_before = at;
  self->register_after = at + (gint64) self->timing.register_ms * US_PER_MS;
  self->has_asked = TRUE;
  if (!is_again)
    return bg_words (ACCOUNT_FORGOT);
  return bg_words (ACCOUNT_FORGOT_AGAIN, bg_arg_time (g_get_real_time () + at - now));
}

static guint
delay_ms (BgOperator *self, BgOperatorPace *pace, const BgOperatorAnswer *answer)
{
  return bg_operator_pace_next (pace, &self->timing, answer->kind, answer->asked_ms,
                                g_random_double ());
}

/* A certificate that is not renewed yet is no reason to ask for the list less often. */
static void
renewed (BgOperator *self, const BgOperatorAnswer *answer, gint64 now)
{
  gboolean has_ended = self->identity && now_s () >= self->identity->not_after;

  self->must_renew = FALSE;
  self->certify_after = now + (gint64) delay_ms (self, &self->certify_pace, answer) * US_PER_MS;
  if (!answer->reason)
    return;
  bg_log (BG_TOPIC_APP, MESSAGE, NULL, "endpoints of %s: no new certificate: %s", self->name,
          answer->reason->text);
  if (has_ended)
    bg_words_take (&self->trouble, bg_words (ACCOUNT_CERTIFICATE_ENDED, answer->reason));
}

static void
went_well (BgOperator *self, BgOperatorStep step, gint64 now)
{
  BgOperatorAnswer good = { .kind = BG_ANSWER_GOOD };
  guint delay = delay_ms (self, &self->pace, &good);

  self->kind = BG_ANSWER_GOOD;
  self->not_before = 0;
  if (step == BG_STEP_POLL)
    self->poll_due = now + (gint64) delay * US_PER_MS;
  if (step != BG_STEP_READ && step != BG_STEP_SELECT)
    bg_words_take (&self->trouble, NULL);
}

static void
went_wrong (BgOperator *self, BgOperatorStep step, const BgOperatorAnswer *answer, gint64 now)
{
  gboolean is_objection = step == BG_STEP_SELECT && answer->kind == BG_ANSWER_NOT_SO;

  self->kind = answer->kind;
  if (answer->kind == BG_ANSWER_GONE && self->id)
    {
      bg_words_take (&self->trouble, forgotten (self, now));
      return;
    }
  if (is_objection)
    self->wants_others = FALSE;
  bg_words_take (is_objection ? &self->objection : &self->trouble, bg_words_ref (answer->reason));
  self->not_before = now + (gint64) delay_ms (self, &self->pace, answer) * US_PER_MS;
}

static gboolean
is_renewal (BgOperator *self, BgOperatorStep step, BgAnswerKind kind)
{
  return step == BG_STEP_CERTIFY && self->identity && kind != BG_ANSWER_GONE
         && kind != BG_ANSWER_REFUSED;
}

void
bg_operator_done (BgOperator *self, BgOperatorAnswer *take)
{
  g_autoptr (BgOperatorAnswer) answer = take;
  BgOperatorStep step = self->step;
  gint64 now = bg_boottime_us ();

  self->step = BG_STEP_REST;
  g_clear_pointer (&self->new_key, bg_secret_free);
  g_clear_pointer (&self->new_id, g_free);
  g_clear_pointer (&self->new_list, g_ptr_array_unref);
  bg_log (BG_TOPIC_APP, DEBUG, NULL, "endpoints of %s: %s: %s", self->name,
          bg_operator_step_get_name (step), answer->reason ? answer->reason->text : "done");
  if (is_renewal (self, step, answer->kind))
    renewed (self, answer, now);
  else if (answer->kind == BG_ANSWER_GOOD)
    went_well (self, step, now);
  else
    went_wrong (self, step, answer, now);
  bg_operator_announce (self);
  bg_operator_run (self);
}

/* --- Files that somebody else replaced --- */

static gboolean
on_reload (gpointer data)
{
  BgOperator *self = data;
  BgTlsIdentity *identity = bg_operator_files_load_identity (self->files);

  bg_source_drop (&self->reload);
  if (identity)
    bg_operator_take_identity (self, identity);
  bg_operator_run (self);
  return G_SOURCE_REMOVE;
}

static void
on_file_changed (BgOperator *self)
{
  bg_source_arm (&self->reload, RELOAD_MS, on_reload, self);
}

static GFileMonitor *
watch (BgOperator *self, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GFileMonitor *monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);

  if (monitor)
    g_signal_connect_object (monitor, "changed", G_CALLBACK (on_file_changed), self,
                             G_CONNECT_SWAPPED);
  return monitor;
}

/* --- Settings --- */

static gboolean
parse_ingress (const char *text, char **host, guint16 *port, GError **error)
{
  return !text || *text == '\0' || bg_ingress_address_parse (text, host, port, error);
}

static void
take_api (BgOperator *self, BgOperatorApi *api, const char *url)
{
  bg_operator_interrupt (self);
  g_clear_pointer (&self->api, bg_operator_api_free);
  self->api = api;
  if (self->answers)
    bg_operator_api_count (api, self->answers);
  g_free (self->api_url);
  self->api_url = g_strdup (url);
}

static void
take_selectors (BgOperator *self, const char *const *selectors)
{
  const char *const *wish = selectors && *selectors ? selectors : all_endpoints;

  if (self->selectors && g_strv_equal ((const char *const *) self->selectors, wish))
    return;
  g_strfreev (self->selectors);
  self->selectors = g_strdupv ((char **) wish);
  bg_words_take (&self->objection, NULL);
  self->is_unread = TRUE;
}

static void
take_ingress (BgOperator *self, char *host, guint16 port)
{
  gboolean is_same = g_strcmp0 (host, self->ingress_host) == 0 && port == self->ingress_port;

  g_free (self->ingress_host);
  self->ingress_host = host;
  self->ingress_port = port;
  if (!is_same)
    ingress_changed (self);
}

static void
take_rest (BgOperator *self, const BgOperatorOptions *options)
{
  g_free (self->description);
  self->description = g_strdup (options->description);
  g_set_object (&self->proxies, options->proxies);
  self->timing = options->timing ? *options->timing : bg_operator_timing;
  self->poll_due = MIN (self->poll_due,
                        bg_boottime_us () + (gint64) self->timing.poll_ms * US_PER_MS);
  take_selectors (self, options->selectors);
}

static gboolean
needs_api (BgOperator *self, const BgOperatorOptions *options, const char *url)
{
  return g_strcmp0 (url, self->api_url) != 0 || options->proxies != self->proxies;
}

gboolean
bg_operator_configure (BgOperator *self, const BgOperatorOptions *options, GError **error)
{
  const char *url = options->api_url ? options->api_url : BG_API_URL_DEFAULT;
  BgOperatorApi *api = NULL;
  char *host = NULL;
  guint16 port = 0;

  if (!parse_ingress (options->ingress, &host, &port, error))
    return FALSE;
  if (needs_api (self, options, url) && !(api = bg_operator_api_new (url, options->proxies, error)))
    {
      g_free (host);
      return FALSE;
    }
  if (api)
    {
      self->has_api_key = self->has_api_key && bg_operator_api_copy_key (api, self->api);
      take_api (self, api, url);
    }
  take_rest (self, options);
  take_ingress (self, host, port);
  bg_operator_run (self);
  return TRUE;
}

/* --- Life --- */

static void
load (BgOperator *self, const BgOperatorOptions *options)
{
  g_autofree char *told = NULL;
  GPtrArray *saved;

  self->name = g_strdup (options->name);
  self->files = bg_operator_files_new (options->directory, options->certificate, options->key);
  self->identity = bg_operator_files_load_identity (self->files);
  self->id = bg_operator_files_load_id (self->files);
  self->instance = bg_operator_files_load_instance (self->files);
  self->has_asked = self->instance != NULL;
  saved = self->identity ? bg_operator_files_load_endpoints (self->files, self->name, &told) : NULL;
  if (saved)
    {
      g_ptr_array_unref (self->list);
      self->list = saved;
      take_told (self, told);
    }
  self->watches[0] = watch (self, self->files->certificate);
  self->watches[1] = watch (self, self->files->key);
}

BgOperator *
bg_operator_new (const BgOperatorOptions *options, GError **error)
{
  g_autoptr (BgOperator) self = g_object_new (BG_TYPE_OPERATOR, NULL);

  self->answers = options->answers ? g_hash_table_ref (options->answers) : NULL;
  load (self, options);
  return bg_operator_configure (self, options, error) ? g_steal_pointer (&self) : NULL;
}

static void
bg_operator_init (BgOperator *self)
{
  self->list = bg_endpoint_list_new ();
  self->cancellable = g_cancellable_new ();
  self->is_unread = TRUE;
  self->trouble = bg_words (API_KEY_MISSING);
}

static void
bg_operator_dispose (GObject *object)
{
  BgOperator *self = BG_OPERATOR (object);

  g_cancellable_cancel (self->cancellable);
  bg_source_drop (&self->timer);
  bg_source_drop (&self->reload);
  for (gsize i = 0; i < G_N_ELEMENTS (self->watches); i++)
    g_clear_object (&self->watches[i]);
  G_OBJECT_CLASS (bg_operator_parent_class)->dispose (object);
}

static void
bg_operator_finalize (GObject *object)
{
  BgOperator *self = BG_OPERATOR (object);
  char *texts[] = { self->name,      self->description,  self->api_url,
                    self->id,        self->ingress_host, self->instance,
                    self->told_host, self->told,         self->new_id };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_strfreev (self->selectors);
  g_clear_object (&self->proxies);
  bg_operator_api_free (self->api);
  g_clear_pointer (&self->answers, g_hash_table_unref);
  bg_operator_files_free (self->files);
  bg_tls_identity_unref (self->identity);
  bg_secret_free (self->new_key);
  g_ptr_array_unref (self->list);
  g_clear_pointer (&self->new_list, g_ptr_array_unref);
  g_object_unref (self->cancellable);
  bg_words_take (&self->trouble, NULL);
  bg_words_take (&self->objection, NULL);
  bg_words_take (&self->told_reason, NULL);
  G_OBJECT_CLASS (bg_operator_parent_class)->finalize (object);
}

static void
bg_operator_class_init (BgOperatorClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = bg_operator_dispose;
  object_class->finalize = bg_operator_finalize;
  ingress_changed_signal = g_signal_new ("ingress-changed", BG_TYPE_OPERATOR, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
}

/* --- What others ask of it --- */

static void
at_once (BgOperator *self)
{
  self->not_before = 0;
  self->pace.failures = 0;
  bg_operator_run (self);
}

void
bg_operator_set_api_key (BgOperator *self, const char *api_key)
{
  gboolean is_usable = api_key && bg_operator_api_key_is_usable (api_key);

  bg_operator_interrupt (self);
  bg_operator_api_set_key (self->api, is_usable ? api_key : NULL);
  self->has_api_key = is_usable;
  self->kind = BG_ANSWER_GOOD;
  self->poll_due = 0;
  bg_words_take (&self->trouble, is_usable ? NULL : bg_words (API_KEY_MISSING));
  bg_operator_announce (self);
  at_once (self);
}

void
bg_operator_refresh (BgOperator *self)
{
  self->poll_due = 0;
  at_once (self);
}

void
bg_operator_renew (BgOperator *self)
{
  self->must_renew = TRUE;
  at_once (self);
}

void
bg_operator_suspect (BgOperator *self)
{
  self->is_suspected = self->is_unread = TRUE;
  bg_operator_run (self);
}

BgTlsIdentity *
bg_operator_get_identity (BgOperator *self)
{
  return self->identity;
}

void
bg_operator_get_ingress (BgOperator *self, const char **host, guint16 *port)
{
  *host = self->ingress_host ? self->ingress_host : self->told_host;
  *port = self->ingress_host ? self->ingress_port : self->told_port;
  if (*host)
    return;
  *host = BG_INGRESS_DEFAULT_HOST;
  *port = BG_INGRESS_PORT;
}

const char *
bg_operator_get_id (BgOperator *self)
{
  return self->id;
}

gint64
bg_operator_get_polled_at (BgOperator *self)
{
  return self->polled_at;
}
