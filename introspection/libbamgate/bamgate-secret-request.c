/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-secret-agent-private.h"

/**
 * BamgateSecretRequest:
 *
 * What the daemon asks of an agent, to be answered once.
 *
 * Since: 0.1
 */
struct _BamgateSecretRequest
{
  GObject parent;
  BamgateSecretRequestKind kind;
  GDBusMethodInvocation *invocation; /* NULL once answered */
  char **names;
  GVariant *secrets, *hints;
  GCancellable *cancellable;
};
G_DEFINE_FINAL_TYPE (BamgateSecretRequest, bamgate_secret_request, G_TYPE_OBJECT)

#define ERROR_NAME "org.bamgate.SecretAgent1.Error."

static const GDBusErrorEntry errors[] = {
  { BAMGATE_SECRET_ERROR_FAILED, ERROR_NAME "Failed" },
  { BAMGATE_SECRET_ERROR_CANCELED, ERROR_NAME "Canceled" },
  { BAMGATE_SECRET_ERROR_LOCKED, ERROR_NAME "Locked" },
};

/**
 * bamgate_secret_error_quark:
 *
 * Tells the domain of #BamgateSecretError.
 *
 * Returns: the domain of #BamgateSecretError
 *
 * Since: 0.1
 */
GQuark
bamgate_secret_error_quark (void)
{
  static gsize quark;

  g_dbus_error_register_error_domain ("bamgate-secret-error", &quark, errors,
                                      G_N_ELEMENTS (errors));
  return (GQuark) quark;
}

static void
on_cancelled (GCancellable *cancellable, BamgateSecretRequest *self)
{
  g_autoptr (GError) error = g_error_new (BAMGATE_SECRET_ERROR, BAMGATE_SECRET_ERROR_FAILED,
                                          "nobody waits for it any more");

  bamgate_secret_request_fail (self, error);
}

BamgateSecretRequest *
bamgate_secret_request_new (BamgateSecretRequestKind kind, GDBusMethodInvocation *invocation,
                            const char *const *names, GVariant *secrets, GVariant *hints)
{
  BamgateSecretRequest *self = g_object_new (BAMGATE_TYPE_SECRET_REQUEST, NULL);

  self->kind = kind;
  self->invocation = invocation;
  self->names = g_strdupv ((char **) names);
  self->secrets = g_variant_ref (secrets);
  self->hints = g_variant_ref (hints);
  return self;
}

/**
 * bamgate_secret_request_get_kind:
 * @self: a request
 *
 * Tells what is asked.
 *
 * Returns: what is asked
 *
 * Since: 0.1
 */
BamgateSecretRequestKind
bamgate_secret_request_get_kind (BamgateSecretRequest *self)
{
  g_return_val_if_fail (BAMGATE_IS_SECRET_REQUEST (self), BAMGATE_SECRET_REQUEST_GET);
  return self->kind;
}

/**
 * bamgate_secret_request_get_names:
 * @self: a request
 *
 * Tells names of the secrets that it is about: device-key, token, turn-secret, peer/NAME/psk.
 *
 * Returns: (transfer none): names of the secrets that it is about: device-key, token, turn-secret, peer/NAME/psk
 *
 * Since: 0.1
 */
const char *const *
bamgate_secret_request_get_names (BamgateSecretRequest *self)
{
  g_return_val_if_fail (BAMGATE_IS_SECRET_REQUEST (self), NULL);
  return (const char *const *) self->names;
}

/**
 * bamgate_secret_request_get_secrets:
 * @self: a request to save
 *
 * Tells a{ss}, name to secret; empty for other kinds.
 *
 * Returns: (transfer none): a{ss}, name to secret; empty for other kinds
 *
 * Since: 0.1
 */
GVariant *
bamgate_secret_request_get_secrets (BamgateSecretRequest *self)
{
  g_return_val_if_fail (BAMGATE_IS_SECRET_REQUEST (self), NULL);
  return self->secrets;
}

static const char *
hint (BamgateSecretRequest *self, const char *name)
{
  const char *text = "";

  g_variant_lookup (self->hints, name, "&s", &text);
  return text;
}

/**
 * bamgate_secret_request_get_label:
 * @self: a request
 *
 * Tells what people call the secret; empty where the daemon does not say.
 *
 * Returns: what people call the secret; empty where the daemon does not say
 *
 * Since: 0.1
 */
const char *
bamgate_secret_request_get_label (BamgateSecretRequest *self)
{
  g_return_val_if_fail (BAMGATE_IS_SECRET_REQUEST (self), NULL);
  return hint (self, "label");
}

/**
 * bamgate_secret_request_get_network:
 * @self: a request
 *
 * Tells the URL of the hub of the network; empty where there is none.
 *
 * Returns: the URL of the hub of the network; empty where there is none
 *
 * Since: 0.1
 */
const char *
bamgate_secret_request_get_network (BamgateSecretRequest *self)
{
  g_return_val_if_fail (BAMGATE_IS_SECRET_REQUEST (self), NULL);
  return hint (self, "network");
}

/**
 * bamgate_secret_request_get_ask:
 * @self: a request
 *
 * Tells whether the person is to type it, and it is not to be kept.
 *
 * Returns: whether the person is to type it, and it is not to be kept
 *
 * Since: 0.1
 */
gboolean
bamgate_secret_request_get_ask (BamgateSecretRequest *self)
{
  gboolean ask = FALSE;

  g_return_val_if_fail (BAMGATE_IS_SECRET_REQUEST (self), FALSE);
  g_variant_lookup (self->hints, "ask", "b", &ask);
  return ask;
}

/**
 * bamgate_secret_request_get_cancellable:
 * @self: a request
 *
 * Tells cancelled when nobody waits for the answer any more.
 *
 * Returns: (transfer none): cancelled when nobody waits for the answer any more
 *
 * Since: 0.1
 */
GCancellable *
bamgate_secret_request_get_cancellable (BamgateSecretRequest *self)
{
  g_return_val_if_fail (BAMGATE_IS_SECRET_REQUEST (self), NULL);
  return self->cancellable;
}

/**
 * bamgate_secret_request_answer:
 * @self: a request
 * @secrets: (nullable): a{ss} for one that wants secrets, without those that are not there; %NULL for others
 *
 * Answers, once. Later answers go nowhere.
 *
 * Since: 0.1
 */
void
bamgate_secret_request_answer (BamgateSecretRequest *self, GVariant *secrets)
{
  g_autoptr (GVariant) sunk = secrets ? g_variant_ref_sink (secrets) : NULL;
  GDBusMethodInvocation *invocation;

  g_return_if_fail (BAMGATE_IS_SECRET_REQUEST (self));
  invocation = g_steal_pointer (&self->invocation);
  if (!invocation)
    return;
  if (self->kind != BAMGATE_SECRET_REQUEST_GET)
    g_dbus_method_invocation_return_value (invocation, NULL);
  else if (sunk)
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(@a{ss})", sunk));
  else
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(a{ss})", NULL));
}

/**
 * bamgate_secret_request_fail:
 * @self: a request
 * @error: why; of #BamgateSecretError, or anything else for failed
 *
 * Answers with an error, once.
 *
 * Since: 0.1
 */
void
bamgate_secret_request_fail (BamgateSecretRequest *self, const GError *error)
{
  GDBusMethodInvocation *invocation;

  g_return_if_fail (BAMGATE_IS_SECRET_REQUEST (self));
  g_return_if_fail (error != NULL);
  invocation = g_steal_pointer (&self->invocation);
  if (!invocation)
    return;
  if (error->domain == BAMGATE_SECRET_ERROR)
    g_dbus_method_invocation_return_gerror (invocation, error);
  else
    g_dbus_method_invocation_return_dbus_error (invocation, ERROR_NAME "Failed", error->message);
}

static void
bamgate_secret_request_dispose (GObject *object)
{
  BamgateSecretRequest *self = BAMGATE_SECRET_REQUEST (object);
  g_autoptr (GError) error = g_error_new (BAMGATE_SECRET_ERROR, BAMGATE_SECRET_ERROR_FAILED,
                                          "this agent has no answer");

  bamgate_secret_request_fail (self, error);
  G_OBJECT_CLASS (bamgate_secret_request_parent_class)->dispose (object);
}

static void
bamgate_secret_request_finalize (GObject *object)
{
  BamgateSecretRequest *self = BAMGATE_SECRET_REQUEST (object);

  g_signal_handlers_disconnect_by_data (self->cancellable, self);
  g_object_unref (self->cancellable);
  g_clear_pointer (&self->secrets, g_variant_unref);
  g_clear_pointer (&self->hints, g_variant_unref);
  g_strfreev (self->names);
  G_OBJECT_CLASS (bamgate_secret_request_parent_class)->finalize (object);
}

static void
bamgate_secret_request_class_init (BamgateSecretRequestClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bamgate_secret_request_dispose;
  G_OBJECT_CLASS (klass)->finalize = bamgate_secret_request_finalize;
}

static void
bamgate_secret_request_init (BamgateSecretRequest *self)
{
  self->cancellable = g_cancellable_new ();
  g_signal_connect (self->cancellable, "cancelled", G_CALLBACK (on_cancelled), self);
}
