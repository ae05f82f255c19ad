/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-secret-agent-private.h"

#include "bamgate-client-private.h"
#include "introspection/bamgate-agent-generated.h"

#define AGENT_PATH "/org/bamgate/SecretAgent"

/**
 * BamgateSecretAgent:
 *
 * Answers for the secrets of this user. Its signal tells what the daemon asks; where the secrets are is the application's
 * business.
 *
 * Since: 0.1
 */
struct _BamgateSecretAgent
{
  GObject parent;
  BamgateClient *client;
  BgDBusSecretAgent1 *bus;
  GHashTable *requests; /* number → GCancellable */
  gboolean wanted;      /* to be registered whenever the daemon is there */
  gboolean registered;
};

enum
{
  PROP_CLIENT = 1,
  PROP_REGISTERED,
};

static guint signal_request;

G_DEFINE_FINAL_TYPE (BamgateSecretAgent, bamgate_secret_agent, G_TYPE_OBJECT)

/* --- What the daemon asks --- */

/* Nobody but the daemon has a say: its name is taken by whom the bus allows it. */
static gboolean
is_daemon (BamgateSecretAgent *self, GDBusMethodInvocation *invocation)
{
  g_autofree char *owner = g_dbus_proxy_get_name_owner (self->client->tunnel);

  if (owner && g_strcmp0 (owner, g_dbus_method_invocation_get_sender (invocation)) == 0)
    return TRUE;
  g_dbus_method_invocation_return_error_literal (
    invocation, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED, "only the bamgate daemon may ask this");
  return FALSE;
}

static void
tell (BamgateSecretAgent *self, BamgateSecretRequest *request)
{
  g_signal_emit (self, signal_request, 0, request);
}

static gboolean
handle_get_secrets (BgDBusSecretAgent1 *bus, GDBusMethodInvocation *invocation, guint number,
                    const char *const *names, GVariant *hints, BamgateSecretAgent *self)
{
  g_autoptr (GVariant) none = g_variant_ref_sink (g_variant_new ("a{ss}", NULL));
  g_autoptr (BamgateSecretRequest) request = NULL;

  if (!is_daemon (self, invocation))
    return TRUE;
  request = bamgate_secret_request_new (BAMGATE_SECRET_REQUEST_GET, invocation, names, none, hints);
  /* the daemon counts its requests, and waits for two minutes: of older ones nobody wants to hear */
  if (g_hash_table_size (self->requests) >= 64)
    g_hash_table_remove_all (self->requests);
  g_hash_table_replace (self->requests, GUINT_TO_POINTER (number),
                        g_object_ref (bamgate_secret_request_get_cancellable (request)));
  tell (self, request);
  return TRUE;
}

static gboolean
handle_cancel_get_secrets (BgDBusSecretAgent1 *bus, GDBusMethodInvocation *invocation, guint number,
                           BamgateSecretAgent *self)
{
  GCancellable *cancellable;

  if (!is_daemon (self, invocation))
    return TRUE;
  cancellable = g_hash_table_lookup (self->requests, GUINT_TO_POINTER (number));
  if (cancellable)
    g_cancellable_cancel (cancellable);
  g_hash_table_remove (self->requests, GUINT_TO_POINTER (number));
  bg_dbus_secret_agent1_complete_cancel_get_secrets (bus, invocation);
  return TRUE;
}

static char **
names_in (GVariant *secrets)
{
  GPtrArray *names = g_ptr_array_new ();
  GVariantIter iter;
  char *name;

  g_variant_iter_init (&iter, secrets);
  while (g_variant_iter_next (&iter, "{s&s}", &name, NULL))
    g_ptr_array_add (names, name);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

static gboolean
handle_save_secrets (BgDBusSecretAgent1 *bus, GDBusMethodInvocation *invocation, GVariant *secrets,
                     GVariant *hints, BamgateSecretAgent *self)
{
  g_auto (GStrv) names = names_in (secrets);
  g_autoptr (BamgateSecretRequest) request = NULL;

  if (!is_daemon (self, invocation))
    return TRUE;
  request = bamgate_secret_request_new (BAMGATE_SECRET_REQUEST_SAVE, invocation,
                                        (const char *const *) names, secrets, hints);
  tell (self, request);
  return TRUE;
}

static gboolean
handle_delete_secrets (BgDBusSecretAgent1 *bus, GDBusMethodInvocation *invocation,
                       const char *const *names, GVariant *hints, BamgateSecretAgent *self)
{
  g_autoptr (GVariant) none = g_variant_ref_sink (g_variant_new ("a{ss}", NULL));
  g_autoptr (BamgateSecretRequest) request = NULL;

  if (!is_daemon (self, invocation))
    return TRUE;
  request = bamgate_secret_request_new (BAMGATE_SECRET_REQUEST_DELETE, invocation, names, none,
                                        hints);
  tell (self, request);
  return TRUE;
}

/* --- Being known to the daemon --- */

static void
set_registered (BamgateSecretAgent *self, gboolean registered)
{
  if (self->registered == registered)
    return;
  self->registered = registered;
  g_object_notify (G_OBJECT (self), "registered");
}

static void
on_registered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BamgateSecretAgent *self = g_task_get_source_object (task);
  GError *error = NULL;
  gboolean ok = bamgate_client_register_secret_agent_finish (self->client, result, &error);

  set_registered (self, ok && self->wanted);
  if (ok)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_client_running (BamgateClient *client, GParamSpec *pspec, BamgateSecretAgent *self)
{
  if (!bamgate_client_get_running (client))
    set_registered (self, FALSE);
  else if (self->wanted)
    bamgate_secret_agent_register (self, NULL, NULL, NULL);
}

/**
 * bamgate_secret_agent_register:
 * @self: an agent
 * @cancellable: (nullable): ends the wait
 * @callback: called when it is known to the daemon
 * @user_data: for @callback
 *
 * Answers for the secrets of this user from now on: whenever the daemon is on the bus, the agent is known to it.
 *
 * Since: 0.1
 */
void
bamgate_secret_agent_register (BamgateSecretAgent *self, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  GDBusInterfaceSkeleton *bus;
  GError *error = NULL;
  GTask *task;

  g_return_if_fail (BAMGATE_IS_SECRET_AGENT (self));
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bamgate_secret_agent_register);
  bus = G_DBUS_INTERFACE_SKELETON (self->bus);
  self->wanted = TRUE;
  if (!g_dbus_interface_skeleton_get_object_path (bus)
      && !g_dbus_interface_skeleton_export (bus, bamgate_client_get_connection (self->client),
                                            AGENT_PATH, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  bamgate_client_register_secret_agent (self->client, AGENT_PATH, cancellable, on_registered, task);
}

/**
 * bamgate_secret_agent_register_finish:
 * @self: an agent
 * @result: of the call
 * @error: why not
 *
 * Tells whether the daemon knows it; where it is not running, it will when it comes.
 *
 * Returns: whether the daemon knows it; where it is not running, it will when it comes
 *
 * Since: 0.1
 */
gboolean
bamgate_secret_agent_register_finish (BamgateSecretAgent *self, GAsyncResult *result,
                                      GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * bamgate_secret_agent_unregister:
 * @self: an agent
 *
 * Answers for nothing any more.
 *
 * Since: 0.1
 */
void
bamgate_secret_agent_unregister (BamgateSecretAgent *self)
{
  GDBusInterfaceSkeleton *bus;

  g_return_if_fail (BAMGATE_IS_SECRET_AGENT (self));
  bus = G_DBUS_INTERFACE_SKELETON (self->bus);
  if (self->registered)
    bamgate_client_unregister_secret_agent (self->client, NULL, NULL, NULL);
  self->wanted = FALSE;
  set_registered (self, FALSE);
  g_hash_table_remove_all (self->requests);
  if (g_dbus_interface_skeleton_get_object_path (bus))
    g_dbus_interface_skeleton_unexport (bus);
}

/**
 * bamgate_secret_agent_get_registered:
 * @self: an agent
 *
 * Tells whether the daemon asks it.
 *
 * Returns: whether the daemon asks it
 *
 * Since: 0.1
 */
gboolean
bamgate_secret_agent_get_registered (BamgateSecretAgent *self)
{
  g_return_val_if_fail (BAMGATE_IS_SECRET_AGENT (self), FALSE);
  return self->registered;
}

/* --- Life --- */

/**
 * bamgate_secret_agent_new:
 * @client: where the daemon is
 *
 * Makes an agent, which is not known to the daemon before bamgate_secret_agent_register().
 *
 * Returns: (transfer full): an agent, which is not known to the daemon yet
 *
 * Since: 0.1
 */
BamgateSecretAgent *
bamgate_secret_agent_new (BamgateClient *client)
{
  g_return_val_if_fail (BAMGATE_IS_CLIENT (client), NULL);
  return g_object_new (BAMGATE_TYPE_SECRET_AGENT, "client", client, NULL);
}

static void
bamgate_secret_agent_constructed (GObject *object)
{
  BamgateSecretAgent *self = BAMGATE_SECRET_AGENT (object);

  G_OBJECT_CLASS (bamgate_secret_agent_parent_class)->constructed (object);
  g_signal_connect_object (self->client, "notify::running", G_CALLBACK (on_client_running), self,
                           0);
}

static void
bamgate_secret_agent_dispose (GObject *object)
{
  BamgateSecretAgent *self = BAMGATE_SECRET_AGENT (object);

  if (self->client)
    bamgate_secret_agent_unregister (self);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (bamgate_secret_agent_parent_class)->dispose (object);
}

static void
bamgate_secret_agent_finalize (GObject *object)
{
  BamgateSecretAgent *self = BAMGATE_SECRET_AGENT (object);

  g_signal_handlers_disconnect_by_data (self->bus, self);
  g_object_unref (self->bus);
  g_hash_table_unref (self->requests);
  G_OBJECT_CLASS (bamgate_secret_agent_parent_class)->finalize (object);
}

static void
bamgate_secret_agent_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BamgateSecretAgent *self = BAMGATE_SECRET_AGENT (object);

  if (id == PROP_CLIENT)
    g_value_set_object (value, self->client);
  else if (id == PROP_REGISTERED)
    g_value_set_boolean (value, self->registered);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
bamgate_secret_agent_set_property (GObject *object, guint id, const GValue *value,
                                   GParamSpec *pspec)
{
  if (id == PROP_CLIENT)
    BAMGATE_SECRET_AGENT (object)->client = g_value_dup_object (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
bamgate_secret_agent_class_init (BamgateSecretAgentClass *klass)
{
  GObjectClass *object = G_OBJECT_CLASS (klass);

  object->constructed = bamgate_secret_agent_constructed;
  object->dispose = bamgate_secret_agent_dispose;
  object->finalize = bamgate_secret_agent_finalize;
  object->get_property = bamgate_secret_agent_get_property;
  object->set_property = bamgate_secret_agent_set_property;
  /**
   * BamgateSecretAgent:client:
   *
   * Where the daemon is.
   *
   * Since: 0.1
   */
  g_object_class_install_property (
    object, PROP_CLIENT,
    g_param_spec_object ("client", NULL, NULL, BAMGATE_TYPE_CLIENT,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
  /**
   * BamgateSecretAgent:registered:
   *
   * Whether the daemon asks it.
   *
   * Since: 0.1
   */
  g_object_class_install_property (
    object, PROP_REGISTERED,
    g_param_spec_boolean ("registered", NULL, NULL, FALSE,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  /**
   * BamgateSecretAgent::request:
   * @self: the agent
   * @request: what is asked
   *
   * The daemon asks for secrets, or to keep or delete some. The handler answers, now or later; a request that it drops is
   * answered with an error.
   *
   * Since: 0.1
   */
  signal_request = g_signal_new ("request", BAMGATE_TYPE_SECRET_AGENT, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 1, BAMGATE_TYPE_SECRET_REQUEST);
}

static void
bamgate_secret_agent_init (BamgateSecretAgent *self)
{
  self->requests = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
  self->bus = bg_dbus_secret_agent1_skeleton_new ();
  g_signal_connect (self->bus, "handle-get-secrets", G_CALLBACK (handle_get_secrets), self);
  g_signal_connect (self->bus, "handle-cancel-get-secrets", G_CALLBACK (handle_cancel_get_secrets),
                    self);
  g_signal_connect (self->bus, "handle-save-secrets", G_CALLBACK (handle_save_secrets), self);
  g_signal_connect (self->bus, "handle-delete-secrets", G_CALLBACK (handle_delete_secrets), self);
}
