/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "secrets/session-agent.h"

#include "secrets/keyring.h"

struct _BgSessionAgent
{
  BamgateSecretAgent *agent;
  char *place;
  BgSessionAgentAsk ask;
  BgSessionAgentTold told;
  gpointer owner;
};

/* One request under way. */
typedef struct
{
  BgSessionAgent *self; /* NULL once the agent is gone */
  BamgateSecretRequest *request;
} Work;

static void
on_agent_gone (gpointer data, GObject *agent)
{
  ((Work *) data)->self = NULL;
}

static Work *
work_new (BgSessionAgent *self, BamgateSecretRequest *request)
{
  Work *work = g_new (Work, 1);

  *work = (Work){ self, g_object_ref (request) };
  g_object_weak_ref (G_OBJECT (self->agent), on_agent_gone, work);
  return work;
}

static void
work_free (Work *work)
{
  if (work->self)
    g_object_weak_unref (G_OBJECT (work->self->agent), on_agent_gone, work);
  g_object_unref (work->request);
  g_free (work);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Work, work_free)

static void
fail (BamgateSecretRequest *request, const GError *error)
{
  g_autoptr (GError)
    told = g_error_new (BAMGATE_SECRET_ERROR,
                        g_error_matches (error, BG_KEYRING_ERROR, BG_KEYRING_ERROR_LOCKED)
                          ? BAMGATE_SECRET_ERROR_LOCKED
                          : BAMGATE_SECRET_ERROR_FAILED,
                        "%s", error->message);

  bamgate_secret_request_fail (request, told);
}

static void
end_work (Work *work, const GError *error)
{
  if (error)
    fail (work->request, error);
  if (work->self && work->self->told)
    work->self->told (work->request, error, work->self->owner);
}

static GVariant *
to_variant (GHashTable *secrets)
{
  GVariantBuilder builder;
  GHashTableIter iter;
  gpointer name, secret;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  g_hash_table_iter_init (&iter, secrets);
  while (g_hash_table_iter_next (&iter, &name, &secret))
    g_variant_builder_add (&builder, "{ss}", name, secret);
  return g_variant_builder_end (&builder);
}

static void
on_got (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Work) work = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) secrets = bg_keyring_get_finish (result, &error);

  if (secrets)
    bamgate_secret_request_answer (work->request, to_variant (secrets));
  end_work (work, error);
}

/* Never cancelled: gnome-keyring 42 ends with a failed assertion when a question of its own is taken back. The daemon has its
 * answer all the same, and what a person types later opens the keyring for the next time. */
static void
get (BgSessionAgent *self, BamgateSecretRequest *request)
{
  g_autoptr (GError) error = NULL;

  if (!bamgate_secret_request_get_ask (request))
    bg_keyring_get_async (self->place, bamgate_secret_request_get_names (request), NULL, on_got,
                          work_new (self, request));
  else if (self->ask)
    self->ask (request, self->owner);
  else
    {
      error = g_error_new (BAMGATE_SECRET_ERROR, BAMGATE_SECRET_ERROR_FAILED,
                           "this agent cannot ask a person");
      bamgate_secret_request_fail (request, error);
    }
}

/* --- Keeping and deleting, one name behind the other: the daemon sends one at a time --- */

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Work) work = data;
  g_autoptr (GError) error = NULL;

  if (bg_keyring_done (result, &error))
    bamgate_secret_request_answer (work->request, NULL);
  end_work (work, error);
}

/* FALSE: not one, which the daemon never sends. */
static gboolean
has_one_name (BamgateSecretRequest *request)
{
  const char *const *names = bamgate_secret_request_get_names (request);
  g_autoptr (GError) error = NULL;

  if (names[0] && !names[1])
    return TRUE;
  error = g_error_new (BAMGATE_SECRET_ERROR, BAMGATE_SECRET_ERROR_FAILED,
                       "this agent takes one secret at a time");
  bamgate_secret_request_fail (request, error);
  return FALSE;
}

static void
save (BgSessionAgent *self, BamgateSecretRequest *request)
{
  const char *network = bamgate_secret_request_get_network (request), *name, *secret;
  g_autofree char *label = NULL;

  if (!has_one_name (request))
    return;
  label = g_strdup_printf ("bamgate: %s%s%s", bamgate_secret_request_get_label (request),
                           *network ? ", " : "", network);
  g_variant_get_child (bamgate_secret_request_get_secrets (request), 0, "{&s&s}", &name, &secret);
  bg_keyring_set_async (self->place, name, secret, label, NULL, on_done, work_new (self, request));
}

static void
on_agent_request (BamgateSecretAgent *agent, BamgateSecretRequest *request, BgSessionAgent *self)
{
  switch (bamgate_secret_request_get_kind (request))
    {
    case BAMGATE_SECRET_REQUEST_GET:
      get (self, request);
      break;
    case BAMGATE_SECRET_REQUEST_SAVE:
      save (self, request);
      break;
    case BAMGATE_SECRET_REQUEST_DELETE:
      if (has_one_name (request))
        bg_keyring_remove_async (self->place, bamgate_secret_request_get_names (request)[0], NULL,
                                 on_done, work_new (self, request));
      break;
    default:
      g_return_if_reached ();
    }
}

BgSessionAgent *
bg_session_agent_new (BamgateClient *client, const char *place, BgSessionAgentAsk ask,
                      BgSessionAgentTold told, gpointer owner)
{
  BgSessionAgent *self = g_new0 (BgSessionAgent, 1);

  self->agent = bamgate_secret_agent_new (client);
  self->place = g_strdup (place);
  self->ask = ask;
  self->told = told;
  self->owner = owner;
  g_signal_connect (self->agent, "request", G_CALLBACK (on_agent_request), self);
  return self;
}

BamgateSecretAgent *
bg_session_agent_get (BgSessionAgent *self)
{
  return self->agent;
}

void
bg_session_agent_free (BgSessionAgent *self)
{
  if (!self)
    return;
  g_signal_handlers_disconnect_by_data (self->agent, self);
  bamgate_secret_agent_unregister (self->agent);
  g_object_unref (self->agent);
  g_free (self->place);
  g_free (self);
}
