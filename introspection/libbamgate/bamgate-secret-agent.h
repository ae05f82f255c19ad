/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bamgate-client.h"

G_BEGIN_DECLS

#define BAMGATE_TYPE_SECRET_REQUEST (bamgate_secret_request_get_type ())
G_DECLARE_FINAL_TYPE (BamgateSecretRequest, bamgate_secret_request, BAMGATE, SECRET_REQUEST, GObject)

/**
 * BamgateSecretRequestKind:
 * @BAMGATE_SECRET_REQUEST_GET: secrets are wanted
 * @BAMGATE_SECRET_REQUEST_SAVE: secrets are to be kept
 * @BAMGATE_SECRET_REQUEST_DELETE: secrets are not needed any more
 *
 * What the daemon asks of an agent.
 *
 * Since: 0.1
 */
typedef enum /*< underscore_name=bamgate_secret_request_kind >*/
{
  BAMGATE_SECRET_REQUEST_GET,
  BAMGATE_SECRET_REQUEST_SAVE,
  BAMGATE_SECRET_REQUEST_DELETE,
} BamgateSecretRequestKind;

#define BAMGATE_SECRET_ERROR (bamgate_secret_error_quark ())
GQuark bamgate_secret_error_quark (void);

/**
 * BamgateSecretError:
 * @BAMGATE_SECRET_ERROR_FAILED: it did not work
 * @BAMGATE_SECRET_ERROR_CANCELED: the person said no
 * @BAMGATE_SECRET_ERROR_LOCKED: the keyring stays locked
 *
 * What an agent can answer instead of secrets.
 *
 * Since: 0.1
 */
typedef enum /*< underscore_name=bamgate_secret_error_code >*/
{
  BAMGATE_SECRET_ERROR_FAILED,
  BAMGATE_SECRET_ERROR_CANCELED,
  BAMGATE_SECRET_ERROR_LOCKED,
} BamgateSecretError;

BamgateSecretRequestKind bamgate_secret_request_get_kind        (BamgateSecretRequest *self);
const char *const       *bamgate_secret_request_get_names       (BamgateSecretRequest *self);
GVariant                *bamgate_secret_request_get_secrets     (BamgateSecretRequest *self);
const char              *bamgate_secret_request_get_label       (BamgateSecretRequest *self);
const char              *bamgate_secret_request_get_network     (BamgateSecretRequest *self);
gboolean                 bamgate_secret_request_get_ask         (BamgateSecretRequest *self);
GCancellable            *bamgate_secret_request_get_cancellable (BamgateSecretRequest *self);
void                     bamgate_secret_request_answer          (BamgateSecretRequest *self, GVariant *secrets);
void                     bamgate_secret_request_fail            (BamgateSecretRequest *self, const GError *error);

#define BAMGATE_TYPE_SECRET_AGENT (bamgate_secret_agent_get_type ())
G_DECLARE_FINAL_TYPE (BamgateSecretAgent, bamgate_secret_agent, BAMGATE, SECRET_AGENT, GObject)

BamgateSecretAgent *bamgate_secret_agent_new             (BamgateClient *client);
void                bamgate_secret_agent_register        (BamgateSecretAgent *self, GCancellable *cancellable,
                                                          GAsyncReadyCallback callback, gpointer user_data);
gboolean            bamgate_secret_agent_register_finish (BamgateSecretAgent *self, GAsyncResult *result, GError **error);
void                bamgate_secret_agent_unregister      (BamgateSecretAgent *self);
gboolean            bamgate_secret_agent_get_registered  (BamgateSecretAgent *self);

G_END_DECLS
