/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/dbus-agents.h"

#include "app/secret-store.h"

#include "common/log.h"

#include <string.h>

#define AGENT "org.bamgate.SecretAgent1"

enum
{
  PERSON_MS = 120 * 1000, /* for an answer that may need a person */
  KEYRING_MS = 30 * 1000, /* for one that does not */
  MAX_ANSWER = 256 * 1024,
};

typedef struct
{
  char *name; /* unique */
  char *path;
  guint32 uid;
  gboolean is_known; /* the bus has said whose it is */
  guint watch;
} Agent;

struct _BgDBusAgents
{
  GDBusConnection *connection;
  BgApplication *app;
  GCancellable *cancellable; /* ends the questions */
  GPtrArray *agents;         /* the newest last */
  guint32 requests;
};

static void
agent_free (gpointer data)
{
  Agent *agent = data;

  g_bus_unwatch_name (agent->watch);
  g_free (agent->name);
  g_free (agent->path);
  g_free (agent);
}

static Agent *
find_agent (BgDBusAgents *self, const char *name)
{
  for (guint i = 0; i < self->agents->len; i++)
    if (g_str_equal (((Agent *) self->agents->pdata[i])->name, name))
      return self->agents->pdata[i];
  return NULL;
}

/* --- A question, which goes from agent to agent --- */

typedef struct
{
  GDBusConnection *connection;
  BgSecretOwner owner;
  char **names;
  const char *method;
  GVariant *arguments;
  gboolean is_get;
  int timeout_ms;
  guint32 request;
  GPtrArray *agents; /* Agent, copies: name and path; the next one last */
  gulong cancelled_id, closed_id;
  GCancellable *cancellable, *caller, *closed;
  GError *error; /* of the last one that was asked */
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_cancellable_disconnect (question->caller, question->cancelled_id);
  g_cancellable_disconnect (question->closed, question->closed_id);
  g_clear_object (&question->caller);
  g_clear_object (&question->closed);
  g_clear_object (&question->cancellable);
  g_clear_object (&question->connection);
  g_clear_error (&question->error);
  g_clear_pointer (&question->arguments, g_variant_unref);
  g_ptr_array_unref (question->agents);
  g_strfreev (question->names);
  g_free (question);
}

static void
copy_free (gpointer data)
{
  Agent *agent = data;

  g_free (agent->name);
  g_free (agent->path);
  g_free (agent);
}

static void
copy_agents (BgDBusAgents *self, Question *question)
{
  for (guint i = 0; i < self->agents->len; i++)
    {
      const Agent *agent = self->agents->pdata[i];
      Agent *copy;

      if (!agent->is_known || agent->uid != question->owner.uid)
        continue;
      copy = g_new0 (Agent, 1);
      copy->name = g_strdup (agent->name);
      copy->path = g_strdup (agent->path);
      g_ptr_array_add (question->agents, copy);
    }
}

static GHashTable *
no_secrets (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) bg_secret_free);
}

static void
give_up (GTask *task)
{
  Question *question = g_task_get_task_data (task);
  g_autoptr (BgWords) words = bg_secret_words (question->names[0]);
  g_autofree char *person = bg_secret_owner_person (&question->owner);

  if (question->error)
    g_task_return_error (task, g_steal_pointer (&question->error));
  else
    g_task_return_error (
      task, bg_error_new_take (BG_ERROR_WRONG_STATE,
                               question->owner.kind == BG_SECRET_ASK
                                 ? bg_words (ASKED_WITHOUT_AGENT, words, person, person)
                                 : bg_words (KEYRING_WITHOUT_AGENT, words, person, person)));
  g_object_unref (task);
}

static void ask_next (GTask *task);

/* Takes `inner`. TRUE: no other agent is to be asked, because it was the person who said it. */
static gboolean
take_error (Question *question, GError *inner)
{
  g_autoptr (GError) owned = inner;
  g_autoptr (BgWords) words = bg_secret_words (question->names[0]);
  g_autofree char *name = g_dbus_error_get_remote_error (inner),
                  *person = bg_secret_owner_person (&question->owner);

  g_clear_error (&question->error);
  if (g_cancellable_is_cancelled (question->closed))
    question->error = bg_error (BG_ERROR_FAILED, AGENT_BUS_GONE, words);
  else if (g_error_matches (inner, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    question->error = g_error_copy (inner);
  else if (g_strcmp0 (name, AGENT ".Error.Canceled") == 0)
    question->error = bg_error (BG_ERROR_WRONG_STATE, AGENT_SAID_NO, words, person);
  else if (g_strcmp0 (name, AGENT ".Error.Locked") == 0)
    question->error = bg_error (BG_ERROR_WRONG_STATE, KEYRING_LOCKED, words, person);
  else if (g_error_matches (inner, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    question->error = bg_error (BG_ERROR_TIMEOUT, AGENT_LATE, words, person);
  else
    question->error = bg_error (BG_ERROR_FAILED, AGENT_ODD, words, person);
  bg_log (BG_TOPIC_DBUS, INFO, NULL, "%s of an agent: %s", question->method, inner->message);
  return question->error->domain == G_IO_ERROR || g_cancellable_is_cancelled (question->closed)
         || g_strcmp0 (name, AGENT ".Error.Canceled") == 0;
}

static void
take_back (Question *question, const Agent *agent)
{
  if (question->is_get)
    g_dbus_connection_call (question->connection, agent->name, agent->path, AGENT,
                            "CancelGetSecrets", g_variant_new ("(u)", question->request), NULL,
                            G_DBUS_CALL_FLAGS_NO_AUTO_START, KEYRING_MS, NULL, NULL, NULL);
}

/* Only what was asked for, and only what a secret can be. */
static GHashTable *
read_secrets (Question *question, GVariant *reply)
{
  GHashTable *secrets = no_secrets ();
  g_autoptr (GVariant) dict = g_variant_get_child_value (reply, 0);

  for (char **name = question->names; *name; name++)
    {
      const char *secret = NULL;

      if (g_variant_lookup (dict, *name, "&s", &secret) && *secret)
        g_hash_table_replace (secrets, g_strdup (*name), g_strdup (secret));
    }
  return secrets;
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Question *question = g_task_get_task_data (task);
  g_autoptr (GPtrArray) agents = g_ptr_array_ref (question->agents);
  const Agent *agent = agents->pdata[agents->len - 1];
  GError *inner = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &inner);

  if (reply && g_variant_get_size (reply) > MAX_ANSWER)
    {
      g_clear_pointer (&reply, g_variant_unref);
      inner = bg_error (BG_ERROR_FAILED, AGENT_ANSWER_TOO_LONG);
    }
  if (reply)
    {
      g_task_return_pointer (task,
                             question->is_get ? read_secrets (question, reply) : no_secrets (),
                             (GDestroyNotify) g_hash_table_unref);
      g_object_unref (task);
      return;
    }
  if (g_error_matches (inner, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      || g_error_matches (inner, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    take_back (question, agent);
  if (take_error (question, inner))
    give_up (task);
  else
    {
      g_ptr_array_set_size (agents, (int) agents->len - 1);
      ask_next (task);
    }
}

static void
ask_next (GTask *task)
{
  Question *question = g_task_get_task_data (task);
  const Agent *agent;

  if (question->agents->len == 0)
    {
      give_up (task);
      return;
    }
  agent = question->agents->pdata[question->agents->len - 1];
  g_dbus_connection_call (question->connection, agent->name, agent->path, AGENT, question->method,
                          question->arguments, G_VARIANT_TYPE (question->is_get ? "(a{ss})" : "()"),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, question->timeout_ms,
                          question->cancellable, on_answered, task);
}

static void
on_cancelled (GCancellable *cancellable, GCancellable *ours)
{
  g_cancellable_cancel (ours);
}

static gulong
chain (GCancellable *from, GCancellable *to)
{
  return from ? g_cancellable_connect (from, G_CALLBACK (on_cancelled), g_object_ref (to),
                                       g_object_unref)
              : 0;
}

/* Takes `arguments`, which is floating. */
static void
ask (BgDBusAgents *self, const BgSecretOwner *owner, const char *const *names, const char *method,
     GVariant *arguments, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, NULL, callback, data);
  Question *question = g_new0 (Question, 1);

  g_task_set_source_tag (task, ask);
  question->connection = g_object_ref (self->connection);
  question->owner = *owner;
  question->names = g_strdupv ((char **) names);
  question->method = method;
  question->arguments = g_variant_ref_sink (arguments);
  question->is_get = g_str_equal (method, "GetSecrets");
  question->timeout_ms = PERSON_MS; /* the keyring may have to be opened */
  question->request = self->requests;
  question->agents = g_ptr_array_new_with_free_func (copy_free);
  question->cancellable = g_cancellable_new ();
  question->caller = cancellable ? g_object_ref (cancellable) : NULL;
  question->closed = g_object_ref (self->cancellable);
  g_task_set_task_data (task, question, question_free);
  question->cancelled_id = chain (question->caller, question->cancellable);
  question->closed_id = chain (question->closed, question->cancellable);
  copy_agents (self, question);
  ask_next (task);
}

/* --- The source --- */

static GVariant *
hints_of (BgDBusAgents *self, const BgSecretOwner *owner, const char *name)
{
  const BgApplicationInfo *info = bg_application_get_info (self->app);
  g_autoptr (BgWords) words = bg_secret_words (name);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "label", "s", words->text);
  g_variant_dict_insert (&dict, "network", "s", info->server_url);
  g_variant_dict_insert (&dict, "ask", "b", owner->kind == BG_SECRET_ASK);
  return g_variant_dict_end (&dict);
}

static void
agents_get (gpointer source, const BgSecretOwner *owner, const char *const *names,
            GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  BgDBusAgents *self = source;

  self->requests++;
  ask (self, owner, names, "GetSecrets",
       g_variant_new ("(u^as@a{sv})", self->requests, names, hints_of (self, owner, names[0])),
       cancellable, callback, data);
}

/* The agents may be gone by now. */
static GHashTable *
agents_get_finish (gpointer source, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
agents_save (gpointer source, const BgSecretOwner *owner, const char *name, const char *secret,
             GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  BgDBusAgents *self = source;
  const char *names[] = { name, NULL };
  GVariantBuilder secrets;

  g_variant_builder_init (&secrets, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&secrets, "{ss}", name, secret);
  ask (self, owner, names, "SaveSecrets",
       g_variant_new ("(a{ss}@a{sv})", &secrets, hints_of (self, owner, name)), cancellable,
       callback, data);
}

static void
agents_remove (gpointer source, const BgSecretOwner *owner, const char *name,
               GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  BgDBusAgents *self = source;
  const char *names[] = { name, NULL };

  ask (self, owner, names, "DeleteSecrets",
       g_variant_new ("(^as@a{sv})", names, hints_of (self, owner, name)), cancellable, callback,
       data);
}

static gboolean
agents_done (gpointer source, GAsyncResult *result, GError **error)
{
  g_autoptr (GHashTable) answer = agents_get_finish (source, result, error);

  return answer != NULL;
}

static const BgSecretSourceOps agents_ops = { agents_get, agents_get_finish, agents_save,
                                              agents_remove, agents_done };

/* --- Who is there --- */

/* A question to the bus: whose is this agent? */
typedef struct
{
  BgDBusAgents *self; /* gone where the question was cancelled */
  GTask *task;
  char *client;
} Registration;

static void
registration_free (Registration *registration)
{
  g_object_unref (registration->task);
  g_free (registration->client);
  g_free (registration);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Registration, registration_free)

static guint
count_of_user (BgDBusAgents *self, guint32 uid)
{
  guint n = 0;

  for (guint i = 0; i < self->agents->len; i++)
    n += ((Agent *) self->agents->pdata[i])->is_known
         && ((Agent *) self->agents->pdata[i])->uid == uid;
  return n;
}

static void
refuse (GTask *task, const char *why)
{
  g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED, "%s", why);
}

static void
on_user_got (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Registration) registration = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  Agent *agent;
  guint32 uid = 0;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_task_return_error (registration->task, g_steal_pointer (&error));
      return;
    }
  agent = find_agent (registration->self, registration->client);
  if (answer && agent)
    g_variant_get (answer, "(u)", &uid);
  if (!answer || !agent || count_of_user (registration->self, uid) >= BG_AGENTS_MAX_PER_USER)
    {
      bg_dbus_agents_unregister (registration->self, registration->client);
      refuse (registration->task, "too many agents of this user");
      return;
    }
  agent->uid = uid;
  agent->is_known = TRUE;
  bg_log (BG_TOPIC_DBUS, INFO, NULL, "an agent of user %u answers for secrets", uid);
  g_task_return_boolean (registration->task, TRUE);
  bg_application_secret_source_grew (registration->self->app);
}

static void
on_agent_vanished (GDBusConnection *connection, const char *name, gpointer data)
{
  bg_dbus_agents_unregister (data, name);
}

static void
add_agent (BgDBusAgents *self, const char *client, const char *path, GTask *task)
{
  Registration *registration = g_new (Registration, 1);
  Agent *agent = g_new0 (Agent, 1);

  agent->name = g_strdup (client);
  agent->path = g_strdup (path);
  agent->watch = g_bus_watch_name_on_connection (
    self->connection, client, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_agent_vanished, self, NULL);
  g_ptr_array_add (self->agents, agent);
  *registration = (Registration){ self, g_object_ref (task), g_strdup (client) };
  g_dbus_connection_call (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "GetConnectionUnixUser",
                          g_variant_new ("(s)", client), G_VARIANT_TYPE ("(u)"),
                          G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable, on_user_got, registration);
}

void
bg_dbus_agents_register_async (BgDBusAgents *self, const char *client, const char *path,
                               GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);
  Agent *agent = find_agent (self, client);

  g_task_set_source_tag (task, bg_dbus_agents_register_async);
  if (agent)
    {
      g_free (agent->path);
      agent->path = g_strdup (path);
      g_task_return_boolean (task, TRUE);
    }
  else if (self->agents->len >= BG_AGENTS_MAX)
    refuse (task, "too many agents");
  else
    add_agent (self, client, path, task);
}

gboolean
bg_dbus_agents_register_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
bg_dbus_agents_unregister (BgDBusAgents *self, const char *client)
{
  Agent *agent = find_agent (self, client);

  if (agent)
    g_ptr_array_remove (self->agents, agent);
}

/* --- Life --- */

BgDBusAgents *
bg_dbus_agents_new (GDBusConnection *connection, BgApplication *app)
{
  BgDBusAgents *self = g_new0 (BgDBusAgents, 1);

  self->connection = g_object_ref (connection);
  self->app = g_object_ref (app);
  self->cancellable = g_cancellable_new ();
  self->agents = g_ptr_array_new_with_free_func (agent_free);
  bg_application_set_secret_source (app, &agents_ops, self);
  return self;
}

void
bg_dbus_agents_free (BgDBusAgents *self)
{
  if (!self)
    return;
  bg_application_set_secret_source (self->app, NULL, NULL);
  g_cancellable_cancel (self->cancellable);
  g_ptr_array_unref (self->agents);
  g_object_unref (self->cancellable);
  g_object_unref (self->connection);
  g_object_unref (self->app);
  g_free (self);
}
