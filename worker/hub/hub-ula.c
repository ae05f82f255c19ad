/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-ula.h"
#include "common/ip-prefix.h"

#include <openssl/rand.h>
#include <string.h>
#include <sys/socket.h>

#define SETTING BG_HUB_ULA_SETTING

enum
{
  PREFIX_BITS = 64,
  RANDOM_BYTES = 5,
};

struct _BgHubUla
{
  BgHubWriter *writer;
  gboolean is_made;
  BgIpPrefix prefix;
};

static gboolean
read_prefix (BgHubUla *self, const char *text)
{
  return bg_ip_prefix_parse (text, &self->prefix) && self->prefix.family == AF_INET6
         && self->prefix.len == PREFIX_BITS;
}

BgHubUla *
bg_hub_ula_new (GPtrArray *settings, BgHubWriter *writer)
{
  BgHubUla *self = g_new0 (BgHubUla, 1);

  self->writer = writer;
  for (guint i = 0; i < settings->len; i++)
    {
      const BgHubSetting *setting = settings->pdata[i];

      if (g_str_equal (setting->key, SETTING))
        self->is_made = read_prefix (self, setting->value);
    }
  return self;
}

void
bg_hub_ula_free (BgHubUla *self)
{
  g_free (self);
}

static gboolean
make (BgHubUla *self)
{
  guint8 random[RANDOM_BYTES];
  char text[BG_IP_PREFIX_TEXT];

  if (RAND_bytes (random, sizeof random) != 1)
    return FALSE;
  self->prefix = (BgIpPrefix){ .family = AF_INET6, .len = PREFIX_BITS };
  bg_ula_prefix (random, self->prefix.addr);
  bg_ip_prefix_format (&self->prefix, text);
  bg_hub_writer_put (self->writer, bg_hub_change_of_setting (SETTING, text));
  return TRUE;
}

static gboolean
ensure (BgHubUla *self)
{
  self->is_made = self->is_made || make (self);
  return self->is_made;
}

static char *
format (const BgIpPrefix *prefix)
{
  char text[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format (prefix, text);
  return g_strdup (text);
}

char *
bg_hub_ula_get_subnet (BgHubUla *self)
{
  return ensure (self) ? format (&self->prefix) : NULL;
}

char *
bg_hub_ula_get_address (BgHubUla *self, guint32 host)
{
  BgIpPrefix address;

  if (host == 0 || !ensure (self))
    return g_strdup ("");
  address = self->prefix;
  bg_ula_address (self->prefix.addr, host, address.addr);
  return format (&address);
}

char *
bg_hub_ula_get_stored (BgHubUla *self)
{
  return self->is_made ? format (&self->prefix) : g_strdup ("");
}
