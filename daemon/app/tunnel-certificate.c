/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The certificate of what this machine publishes with TLS: whoever signs for the network's names is asked through the tunnel, and what peers
 * ask of this machine goes to its owner, who may be that. */
#include "app/tunnel-private.h"

#include "app/certified-names.h"
#include "app/service-certificate.h"
#include "common/log.h"
#include "publish/name-authority.h"

#include <string.h>

/* A peer that rests comes for this. */
#define WAKE_MS (10 * 1000)

struct _BgTunnelCertificate
{
  BgSecretStore *secrets;
  BgServiceCertificate *certificate;
  GByteArray *parts;      /* of an answer that is not whole yet */
  gboolean has_authority; /* it is connected */
};

/* --- Who signs --- */

static BgMembershipAuthority
authority_of (BgTunnel *self)
{
  const BgMembership *state = bg_network_log_get_state (self->network_log);

  return state ? bg_membership_authority (state) : (BgMembershipAuthority){ 0 };
}

static gboolean
is_own_key (BgTunnel *self, const guint8 key[BG_ENTRY_KEY])
{
  return memcmp (self->public_key.bytes, key, BG_ENTRY_KEY) == 0;
}

/* NULL: it is not among the peers. */
static BgPeer *
find_authority (BgTunnel *self, const guint8 key[BG_ENTRY_KEY])
{
  const BgMember *member = bg_membership_find_key (bg_network_log_get_state (self->network_log),
                                                   key);
  BgPeer *peer = member ? bg_peer_set_lookup (self->peers, member->record.name) : NULL;

  return peer && memcmp (bg_peer_get_info (peer)->key.bytes, key, BG_ENTRY_KEY) == 0 ? peer : NULL;
}

static void
say_request (BgPeer *peer, GBytes *request)
{
  gsize len;
  const guint8 *bytes = g_bytes_get_data (request, &len);
  BgLogPart part = { .type = BG_CONTROL_REQUEST, .entry = (guint32) len, .len = (guint16) len };

  if (len > sizeof part.bytes)
    return;
  memcpy (part.bytes, bytes, len);
  if (!bg_peer_say_part (peer, &part))
    bg_peer_ping_async (peer, WAKE_MS, NULL, NULL, NULL);
}

static GBytes *
on_ask (gpointer owner, GBytes *request)
{
  BgTunnel *self = owner;
  BgMembershipAuthority authority = authority_of (self);
  BgPeer *peer;

  if (authority.number == 0)
    return NULL;
  if (is_own_key (self, authority.device))
    return self->events->sign_names (self->owner, authority.device, request);
  peer = find_authority (self, authority.device);
  if (peer)
    say_request (peer, request);
  return NULL;
}

static void
on_changed (gpointer owner)
{
  bg_tunnel_look_at_services (owner);
}

static gint64
unix_now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static const BgServiceCertificateOps ops = { on_ask, on_changed, unix_now };

/* --- What is wanted --- */

static gboolean
wants_tls (BgTunnel *self)
{
  for (guint i = 0; i < self->config->services->len; i++)
    if (((const BgService *) self->config->services->pdata[i])->tls)
      return TRUE;
  return FALSE;
}

static void
note_authority (BgTunnel *self, const BgMembershipAuthority *authority)
{
  BgPeer *peer = authority->number > 0 ? find_authority (self, authority->device) : NULL;
  gboolean is_here = peer && bg_peer_get_info (peer)->state == BG_PEER_PUBLIC_CONNECTED;

  if (is_here && !self->certificate->has_authority)
    bg_service_certificate_retry (self->certificate->certificate);
  self->certificate->has_authority = is_here;
}

static gboolean
has_certificate (BgTunnel *self)
{
  BgTunnelCertificate *own;
  BgSecretStore *secrets;
  g_autoptr (GError) error = NULL;

  if (self->certificate)
    return TRUE;
  secrets = bg_secret_keeper_open_files (self->keeper, &error);
  if (!secrets)
    {
      bg_log (BG_TOPIC_APP, WARNING, NULL, "services with TLS have no certificate: %s",
              error->message);
      return FALSE;
    }
  own = self->certificate = g_new0 (BgTunnelCertificate, 1);
  own->secrets = secrets;
  own->certificate = bg_service_certificate_new (secrets, &ops, self);
  own->parts = g_byte_array_new ();
  return TRUE;
}

BgServiceCertificate *
bg_tunnel_look_at_certificate (BgTunnel *self)
{
  BgMembershipAuthority authority = authority_of (self);
  g_autoptr (GBytes) root = NULL;
  g_auto (GStrv) names = NULL;

  if (!wants_tls (self) || !has_certificate (self))
    {
      bg_tunnel_end_certificate (self);
      return NULL;
    }
  if (authority.number > 0)
    {
      root = g_bytes_new (authority.certificate.bytes, authority.certificate.len);
      names = bg_certified_names_of (bg_network_log_get_state (self->network_log),
                                     self->public_key.bytes, bg_tunnel_get_suffix (self));
    }
  bg_service_certificate_want (self->certificate->certificate, root, (const char *const *) names);
  note_authority (self, &authority);
  return self->certificate->certificate;
}

void
bg_tunnel_end_certificate (BgTunnel *self)
{
  BgTunnelCertificate *own = g_steal_pointer (&self->certificate);

  if (!own)
    return;
  bg_service_certificate_free (own->certificate);
  bg_secret_store_free (own->secrets);
  g_byte_array_unref (own->parts);
  g_free (own);
}

/* --- What peers say --- */

static void
say_certificate (BgPeer *peer, GBytes *certificate)
{
  gsize len;
  const guint8 *bytes = g_bytes_get_data (certificate, &len);

  for (gsize at = 0; at < len; at += BG_LOG_PART)
    {
      BgLogPart part = { .type = BG_CONTROL_CERTIFICATE,
                         .entry = (guint32) len,
                         .offset = (guint16) at,
                         .len = (guint16) MIN (len - at, BG_LOG_PART) };

      memcpy (part.bytes, bytes + at, part.len);
      bg_peer_say_part (peer, &part);
    }
}

/* One part holds any request. */
static void
take_request (BgTunnel *self, BgPeer *peer, const BgLogPart *part)
{
  g_autoptr (GBytes) request = g_bytes_new (part->bytes, part->len), certificate = NULL;

  if (part->offset == 0 && part->entry == part->len)
    certificate = self->events->sign_names (self->owner, bg_peer_get_info (peer)->key.bytes,
                                            request);
  if (certificate && g_bytes_get_size (certificate) <= BG_NAME_CERTIFICATE_MAX)
    say_certificate (peer, certificate);
}

/* Parts that came in another order, or not all of them, are asked for again. */
static void
take_certificate (BgTunnel *self, const BgLogPart *part)
{
  GByteArray *parts = self->certificate->parts;

  if (part->offset == 0)
    g_byte_array_set_size (parts, 0);
  if (part->offset != parts->len || part->entry > BG_NAME_CERTIFICATE_MAX
      || part->len > part->entry - MIN (part->entry, parts->len))
    return;
  g_byte_array_append (parts, part->bytes, part->len);
  if (parts->len == part->entry)
    {
      g_autoptr (GBytes) whole = g_bytes_new (parts->data, parts->len);

      g_byte_array_set_size (parts, 0);
      bg_service_certificate_take (self->certificate->certificate, whole);
    }
}

void
bg_tunnel_take_certificate_part (BgTunnel *self, BgPeer *peer, const BgLogPart *part)
{
  BgMembershipAuthority authority = authority_of (self);

  if (part->len == 0)
    return;
  if (part->type == BG_CONTROL_REQUEST)
    take_request (self, peer, part);
  else if (self->certificate && authority.number > 0
           && memcmp (bg_peer_get_info (peer)->key.bytes, authority.device, BG_ENTRY_KEY) == 0)
    take_certificate (self, part);
}
