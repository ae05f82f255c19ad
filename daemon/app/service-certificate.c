/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/service-certificate.h"

#include "common/log.h"
#include "peer/main-timer.h"
#include "publish/tls-identity.h"
#include "publish/name-authority.h"
#include "publish/name-request.h"

#define SECRET "service-certificate"

enum
{
  ASK_AGAIN_MIN_S = 5,
  ASK_AGAIN_MAX_S = 600,
  LOOK_AGAIN_S = 24 * 3600, /* clocks are set */
};

struct _BgServiceCertificate
{
  BgSecretStore *secrets;
  const BgServiceCertificateOps *ops;
  gpointer owner;
  GBytes *root;
  char **names;
  BgTlsIdentity *pair; /* NULL: none yet */
  BgTlsServer *server; /* of it */
  guint number;
  gboolean fits;        /* names and authority: looked at when one of them is another; */
  gboolean is_for_more; /* and beside that for a name that is not this machine's any more */
  char *key;            /* of what is asked for; NULL: nothing is */
  GBytes *request;      /* with it */
  guint wait_s;         /* before the next question; 0: it is due */
  GSource *again;
};

static void look (BgServiceCertificate *self);

/* --- What there is --- */

/* Would who has the authority's certificate take it, for each name, as long as it lasts? */
static gboolean
is_for_all (BgServiceCertificate *self)
{
  const BgTlsIdentity *pair = self->pair;

  if (!pair || !self->root || !self->names || !self->names[0])
    return FALSE;
  for (char **name = self->names; *name; name++)
    if (!bg_name_request_is_answered (self->root, pair->certificate, pair->key, *name,
                                      pair->not_before))
      return FALSE;
  return TRUE;
}

static void
judge (BgServiceCertificate *self)
{
  self->fits = is_for_all (self);
  self->is_for_more = self->fits
                      && bg_name_request_has_other_names (self->pair->certificate,
                                                          (const char *const *) self->names);
}

static gboolean
use (BgServiceCertificate *self, const char *certificate, const char *key)
{
  BgTlsIdentity *pair = bg_tls_identity_new (certificate, key);
  BgTlsServer *server = pair ? bg_tls_server_new (certificate, key, NULL) : NULL;

  if (!server)
    {
      bg_tls_identity_unref (pair);
      return FALSE;
    }
  g_clear_pointer (&self->pair, bg_tls_identity_unref);
  g_clear_pointer (&self->server, bg_tls_server_unref);
  self->pair = pair;
  self->server = server;
  self->number++;
  judge (self);
  return TRUE;
}

/* Key and certificate are one text, so that no crash parts them. */
static void
recall (BgServiceCertificate *self)
{
  g_autoptr (GError) error = NULL;
  char *text = bg_secret_store_read (self->secrets, SECRET, &error);

  if (error)
    bg_log (BG_TOPIC_APP, WARNING, NULL, "the certificate of published services cannot be read: %s",
            error->message);
  else if (text && !use (self, text, text))
    bg_log (BG_TOPIC_APP, WARNING, NULL,
            "the certificate of published services that was kept is none: another is asked for");
  bg_secret_free (text);
}

static void
remember (BgServiceCertificate *self)
{
  char *text = g_strconcat (self->pair->key, self->pair->certificate, NULL);
  g_autoptr (GError) error = NULL;

  if (!bg_secret_store_write (self->secrets, SECRET, text, &error))
    bg_log (BG_TOPIC_APP, WARNING, NULL, "the certificate of published services is not kept: %s",
            error->message);
  bg_secret_free (text);
}

static gboolean
is_good (BgServiceCertificate *self)
{
  gint64 now = self->ops->now ();

  return self->fits && now >= self->pair->not_before && now < self->pair->not_after;
}

/* --- Asking --- */

static void
drop_request (BgServiceCertificate *self)
{
  bg_secret_free (g_steal_pointer (&self->key));
  g_clear_pointer (&self->request, g_bytes_unref);
}

static gboolean
on_again (gpointer data)
{
  BgServiceCertificate *self = data;

  bg_clear_source (&self->again);
  look (self);
  self->ops->changed (self->owner);
  return G_SOURCE_REMOVE;
}

static void
look_in (BgServiceCertificate *self, gint64 seconds)
{
  bg_arm_timer (&self->again, (guint) CLAMP (seconds, 1, LOOK_AGAIN_S) * 1000, on_again, self);
}

static gboolean
has_request (BgServiceCertificate *self)
{
  g_autoptr (GError) error = NULL;

  if (self->request || bg_name_request_new (&self->key, &self->request, &error))
    return TRUE;
  bg_log (BG_TOPIC_APP, WARNING, NULL, "%s", error->message);
  return FALSE;
}

static void
ask (BgServiceCertificate *self)
{
  g_autoptr (GBytes) answer = NULL;

  self->wait_s = CLAMP (self->wait_s * 2, ASK_AGAIN_MIN_S, ASK_AGAIN_MAX_S);
  look_in (self, self->wait_s);
  if (has_request (self))
    answer = self->ops->ask (self->owner, self->request);
  if (answer)
    bg_service_certificate_take (self, answer);
}

/* What is asked for waits for its time, whatever else happens meanwhile. */
static void
look (BgServiceCertificate *self)
{
  gboolean is_fine = is_good (self) && !self->is_for_more;
  gint64 left = is_fine ? bg_tls_identity_get_due (self->pair) - self->ops->now () : 0;

  if (left > 0)
    {
      self->wait_s = 0;
      drop_request (self);
      look_in (self, left);
    }
  else if (!self->root || !self->names || !self->names[0])
    bg_clear_source (&self->again);
  else if (!self->again)
    ask (self);
}

void
bg_service_certificate_retry (BgServiceCertificate *self)
{
  if (!self->request)
    return;
  self->wait_s = 0;
  bg_clear_source (&self->again);
  look (self);
}

static gboolean
is_for_this (BgServiceCertificate *self, const char *certificate)
{
  return self->names && self->names[0]
         && bg_name_request_is_answered (self->root, certificate, self->key, self->names[0],
                                         self->ops->now ());
}

gboolean
bg_service_certificate_take (BgServiceCertificate *self, GBytes *certificate)
{
  g_autofree char *text = self->request && self->root ? bg_certificate_to_pem (certificate) : NULL;

  if (!text || !is_for_this (self, text) || !use (self, text, self->key))
    return FALSE;
  drop_request (self);
  remember (self);
  if (is_good (self))
    look (self);
  self->ops->changed (self->owner);
  return TRUE;
}

/* --- The object --- */

BgServiceCertificate *
bg_service_certificate_new (BgSecretStore *secrets, const BgServiceCertificateOps *ops,
                            gpointer owner)
{
  BgServiceCertificate *self = g_new0 (BgServiceCertificate, 1);

  self->secrets = secrets;
  self->ops = ops;
  self->owner = owner;
  recall (self);
  return self;
}

void
bg_service_certificate_free (BgServiceCertificate *self)
{
  if (!self)
    return;
  bg_clear_source (&self->again);
  drop_request (self);
  g_clear_pointer (&self->root, g_bytes_unref);
  g_strfreev (self->names);
  g_clear_pointer (&self->pair, bg_tls_identity_unref);
  g_clear_pointer (&self->server, bg_tls_server_unref);
  g_free (self);
}

static gboolean
is_same_root (GBytes *a, GBytes *b)
{
  return a == b || (a && b && g_bytes_equal (a, b));
}

static gboolean
are_same_names (char **a, const char *const *b)
{
  return a && b ? g_strv_equal ((const char *const *) a, b) : !a && !b;
}

void
bg_service_certificate_want (BgServiceCertificate *self, GBytes *root, const char *const *names)
{
  if (is_same_root (self->root, root) && are_same_names (self->names, names))
    return;
  g_clear_pointer (&self->root, g_bytes_unref);
  self->root = root ? g_bytes_ref (root) : NULL;
  g_strfreev (self->names);
  self->names = g_strdupv ((char **) names);
  judge (self);
  self->wait_s = 0;
  bg_clear_source (&self->again);
  look (self);
}

BgTlsServer *
bg_service_certificate_get (BgServiceCertificate *self, guint *number)
{
  *number = self->number;
  return self->server;
}

BgWords *
bg_service_certificate_dup_failure (BgServiceCertificate *self)
{
  if (!self->root)
    return bg_words (SERVICE_TLS_NO_AUTHORITY);
  return is_good (self) ? NULL : bg_words (SERVICE_TLS_WAITS);
}
