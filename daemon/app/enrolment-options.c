/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Setup and Join are given. */
#include "app/enrolment.h"

#include "common/device-name.h"
#include "common/error.h"
#include "common/join-line.h"
#include "common/key-text.h"
#include "common/printable.h"

#include <string.h>
#include <sys/socket.h>

static const struct
{
  const char *name;
  const char *type;
  gsize offset;
  guint kinds; /* 1 << BgEnrolmentKind */
} option_table[] = {
#define OPTION(name, type, field, kinds)                                                           \
  {                                                                                                \
    name, type, G_STRUCT_OFFSET (BgEnrolmentOptions, field), kinds                                 \
  }
#define SETUP (1u << BG_ENROLMENT_SETUP)
#define BOTH (1u << BG_ENROLMENT_SETUP | 1u << BG_ENROLMENT_JOIN)
  OPTION ("name", "s", name, BOTH),
  OPTION ("server-url", "s", server_url, BOTH),
  OPTION ("server-pin", "s", server_pin, SETUP),
  OPTION ("token", "s", token, SETUP),
  OPTION ("address", "s", address, SETUP),
  OPTION ("listen", "s", listen, SETUP),
  OPTION ("subnet", "s", subnet, SETUP),
  OPTION ("host", "b", host, SETUP),
  OPTION ("force", "b", force, BOTH),
#undef OPTION
};

static gboolean
take_option (BgEnrolmentKind kind, BgEnrolmentOptions *options, const char *name, GVariant *value,
             GError **error)
{
  g_autofree char *shown = bg_printable (name);

  for (gsize i = 0; i < G_N_ELEMENTS (option_table); i++)
    {
      gpointer field = (char *) options + option_table[i].offset;

      if (!g_str_equal (option_table[i].name, name) || !(option_table[i].kinds & 1u << kind))
        continue;
      if (!g_variant_is_of_type (value, G_VARIANT_TYPE (option_table[i].type)))
        {
          bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_OPTION_TYPE, shown,
                        option_table[i].type);
          return FALSE;
        }
      if (option_table[i].type[0] == 'b')
        *(gboolean *) field = g_variant_get_boolean (value);
      else
        *(char **) field = g_variant_dup_string (value, NULL);
      return TRUE;
    }
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, NO_SUCH_OPTION, shown);
  return FALSE;
}

static gboolean
split_url (const char *text, char **url, char **pin, char **trust, GError **error)
{
  guint8 digest[BG_KEY_BYTES];

  if (bg_join_line_split_server (text, url, pin, trust)
      && (!*pin || bg_key_from_base64 (*pin, digest)))
    return TRUE;
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_URL_FRAGMENT);
  return FALSE;
}

static gboolean
settle_pin (BgEnrolmentOptions *options, GError **error)
{
  g_autofree char *url = NULL, *pin = NULL;

  if (!options->server_url)
    return TRUE;
  if (!split_url (options->server_url, &url, &pin, &options->trust, error))
    return FALSE;
  if (pin && options->server_pin && !g_str_equal (pin, options->server_pin))
    {
      bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, PINS_DIFFER);
      return FALSE;
    }
  g_free (options->server_url);
  options->server_url = g_steal_pointer (&url);
  if (!options->server_pin)
    options->server_pin = g_steal_pointer (&pin);
  return TRUE;
}

static gboolean
subnet_fits (const BgEnrolmentOptions *options, GError **error)
{
  BgIpPrefix subnet, address;

  if (!options->subnet)
    return TRUE;
  if (!options->host)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, SUBNET_WITHOUT_HOST);
  else if (!strchr (options->subnet, '/') || !bg_ip_prefix_parse (options->subnet, &subnet)
           || subnet.family != AF_INET)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_SUBNET);
  else if (options->address && bg_ip_prefix_parse (options->address, &address)
           && (address.len != subnet.len || !bg_ip_prefix_contains (&subnet, &address)))
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, ADDRESS_OUTSIDE_SUBNET);
  else
    return TRUE;
  return FALSE;
}

static gboolean
options_fit (const BgEnrolmentOptions *options, GError **error)
{
  BgIpPrefix prefix;

  if (options->name && !bg_device_name_check (options->name, error))
    return FALSE;
  if (options->address
      && (!strchr (options->address, '/') || !bg_ip_prefix_parse (options->address, &prefix)))
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, BAD_ADDRESS);
  else if (options->host && options->token)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, TOKEN_AND_HOST);
  else if (options->listen && !options->host)
    bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, LISTEN_WITHOUT_HOST);
  else
    return subnet_fits (options, error);
  return FALSE;
}

BgEnrolmentOptions *
bg_enrolment_options_parse (BgEnrolmentKind kind, GVariant *options, GError **error)
{
  g_autoptr (BgEnrolmentOptions) parsed = g_new0 (BgEnrolmentOptions, 1);
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      gboolean ok = take_option (kind, parsed, name, value, error);

      g_variant_unref (value);
      if (!ok)
        return NULL;
    }
  if (!settle_pin (parsed, error) || !options_fit (parsed, error))
    return NULL;
  return g_steal_pointer (&parsed);
}

void
bg_enrolment_options_free (BgEnrolmentOptions *options)
{
  if (!options)
    return;
  g_free (options->name);
  g_free (options->server_url);
  g_free (options->server_pin);
  bg_secret_free (options->token);
  g_free (options->address);
  g_free (options->listen);
  g_free (options->subnet);
  bg_secret_free (options->trust);
  g_free (options);
}
