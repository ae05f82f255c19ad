/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sdp-text.h"

#include "common/error.h"
#include "ice-session.h"

#include <string.h>

enum
{
  FINGERPRINT_LEN = 32 * 3 - 1,
  LINES_MAX = 1024,
  MID_MAX = 64,
  ORIGIN_MAX = 20
};

typedef enum
{
  KEY_MID,
  KEY_UFRAG,
  KEY_PWD,
  KEY_FINGERPRINT,
  KEY_SETUP,
  KEY_SCTP_PORT,
  KEY_MAX_MESSAGE,
  KEY_MARKER,
  N_KEYS,
} Key;

static const char *const key_words[N_KEYS] = {
  [KEY_MID] = "mid",
  [KEY_UFRAG] = "ice-ufrag",
  [KEY_PWD] = "ice-pwd",
  [KEY_FINGERPRINT] = "fingerprint",
  [KEY_SETUP] = "setup",
  [KEY_SCTP_PORT] = "sctp-port",
  [KEY_MAX_MESSAGE] = "max-message-size",
  [KEY_MARKER] = "x-bamgate",
};

static const char *const setup_words[] = {
  [BG_SDP_SETUP_ACTPASS] = "actpass",
  [BG_SDP_SETUP_ACTIVE] = "active",
  [BG_SDP_SETUP_PASSIVE] = "passive",
};

/* Attribute values of one level; they point into the lines. */
typedef struct
{
  const char *values[N_KEYS];
} Level;

typedef struct
{
  Level session, media;
  guint n_media;
  const char *legacy_port; /* SCTP's, of an m= line as before RFC 8841; points into the line */
  char **origin;           /* what was read */
  GPtrArray *candidates;
} Reader;

static gboolean
refuse (GError **error, const char *what)
{
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, SDP_BAD, what);
  return FALSE;
}

static gboolean
is_word (const char *text, gsize min, gsize max, const char *others)
{
  gsize len = strlen (text);

  if (len < min || len > max)
    return FALSE;
  for (const char *p = text; *p; p++)
    if (!g_ascii_isalnum (*p) && !strchr (others, *p))
      return FALSE;
  return TRUE;
}

/* A sha-256 attribute's value behind its algorithm, or NULL where it is another algorithm's. */
static const char *
sha256_value (const char *value)
{
  return g_ascii_strncasecmp (value, "sha-256 ", 8) ? NULL : value + 8;
}

static gboolean
keep (Level *level, Key key, const char *value, GError **error)
{
  if (level->values[key])
    {
      bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, SDP_TWICE, key_words[key]);
      return FALSE;
    }
  level->values[key] = value;
  return TRUE;
}

static gboolean
read_attribute (Reader *reader, char *line, GError **error)
{
  Level *level = reader->n_media ? &reader->media : &reader->session;
  char *value = strchr (line, ':');

  if (!value)
    return TRUE;
  *value++ = '\0';
  if (g_str_equal (line, "candidate"))
    {
      if (reader->candidates->len < BG_SDP_CANDIDATES_MAX)
        g_ptr_array_add (reader->candidates, g_strdup (value));
      return TRUE;
    }
  for (Key key = 0; key < N_KEYS; key++)
    if (g_str_equal (line, key_words[key]))
      {
        if (key == KEY_FINGERPRINT && !(value = (char *) sha256_value (value)))
          return TRUE;
        return keep (level, key, value, error);
      }
  return TRUE;
}

/* "DTLS/SCTP 5000": how drafts of RFC 8841 wrote it; aiortc still offers so. */
static gboolean
is_data_channel (Reader *reader, const char *line, char **words)
{
  if (g_strv_length (words) != 4 || !g_str_equal (words[0], "application"))
    return FALSE;
  if (g_str_equal (words[2], "DTLS/SCTP"))
    {
      reader->legacy_port = strrchr (line, ' ') + 1;
      return TRUE;
    }
  return g_str_equal (words[2], "UDP/DTLS/SCTP") && g_str_equal (words[3], "webrtc-datachannel");
}

static gboolean
read_media (Reader *reader, const char *line, GError **error)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 5);
  guint64 port;

  if (reader->n_media++ > 0)
    return refuse (error, "more than one m= line");
  if (!is_data_channel (reader, line, words))
    return refuse (error, "m= line is not a data channel's");
  if (!g_ascii_string_to_unsigned (words[1], 10, 1, G_MAXUINT16, &port, NULL))
    return refuse (error, "data channel refused by the peer");
  return TRUE;
}

static gboolean
is_text_line (const char *line)
{
  for (; *line; line++)
    if (g_ascii_iscntrl (*line))
      return FALSE;
  return TRUE;
}

static gboolean
is_number (const char *text)
{
  return *text && strlen (text) <= ORIGIN_MAX && strspn (text, "0123456789") == strlen (text);
}

static void
read_origin (Reader *reader, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 3);

  if (!*reader->origin && words[0] && words[1] && is_number (words[1]))
    *reader->origin = g_strdup (words[1]);
}

static gboolean
read_line (Reader *reader, char *line, GError **error)
{
  if (line[0] == '\0' || line[1] != '=' || !is_text_line (line))
    return refuse (error, "not SDP");
  switch (line[0])
    {
    case 'm':
      return read_media (reader, line + 2, error);
    case 'a':
      return read_attribute (reader, line + 2, error);
    case 'o':
      read_origin (reader, line + 2);
      return TRUE;
    default:
      return TRUE;
    }
}

static gboolean
read_lines (Reader *reader, char **lines, GError **error)
{
  for (guint i = 0; lines[i]; i++)
    {
      char *line = lines[i];
      gsize len = strlen (line);

      if (i == LINES_MAX)
        return refuse (error, "too many lines");
      if (len && line[len - 1] == '\r')
        line[--len] = '\0';
      if (len == 0 && !lines[i + 1])
        break;
      if (i == 0 && !g_str_equal (line, "v=0"))
        return refuse (error, "not SDP");
      if (!read_line (reader, line, error))
        return FALSE;
    }
  return reader->n_media == 1 || refuse (error, "no m= line");
}

static const char *
value_of (const Reader *reader, Key key)
{
  return reader->media.values[key] ? reader->media.values[key] : reader->session.values[key];
}

static gboolean
take_word (const Reader *reader, Key key, gsize min, gsize max, const char *others, char **out,
           GError **error)
{
  const char *value = value_of (reader, key);

  if (!value || !is_word (value, min, max, others))
    {
      bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, SDP_LINE_BAD, value ? "bad" : "no",
                    key_words[key]);
      return FALSE;
    }
  *out = g_strdup (value);
  return TRUE;
}

static gboolean
is_fingerprint (const char *text)
{
  for (guint i = 0; i < FINGERPRINT_LEN; i++)
    if (i % 3 == 2 ? text[i] != ':' : !g_ascii_isxdigit (text[i]))
      return FALSE;
  return text[FINGERPRINT_LEN] == '\0';
}

static gboolean
take_fingerprint (const Reader *reader, char **out, GError **error)
{
  const char *value = value_of (reader, KEY_FINGERPRINT);

  if (!value || !is_fingerprint (value))
    return refuse (error, "no SHA-256 fingerprint");
  *out = g_ascii_strup (value, -1);
  return TRUE;
}

static gboolean
take_setup (const Reader *reader, BgSdpSetup *out, GError **error)
{
  const char *value = value_of (reader, KEY_SETUP);

  for (guint i = 0; value && i < G_N_ELEMENTS (setup_words); i++)
    if (g_str_equal (value, setup_words[i]))
      {
        *out = i;
        return TRUE;
      }
  return refuse (error, "no usable a=setup");
}

static gboolean
take_numbers (const Reader *reader, BgSdp *sdp, GError **error)
{
  const char *port = reader->legacy_port ? reader->legacy_port : value_of (reader, KEY_SCTP_PORT);
  const char *size = value_of (reader, KEY_MAX_MESSAGE);
  guint64 number;

  if (!port || !g_ascii_string_to_unsigned (port, 10, 1, G_MAXUINT16, &number, NULL))
    return refuse (error, "no usable a=sctp-port");
  sdp->sctp_port = (guint) number;
  sdp->max_message = 65536;
  if (size && !g_ascii_string_to_unsigned (size, 10, 0, G_MAXUINT64, &sdp->max_message, NULL))
    return refuse (error, "bad a=max-message-size");
  return TRUE;
}

BgSdp *
bg_sdp_parse (const char *text, GError **error)
{
  g_autoptr (GPtrArray) candidates = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (BgSdp) sdp = g_new0 (BgSdp, 1);
  Reader reader = { .candidates = candidates, .origin = &sdp->origin };
  g_auto (GStrv) lines = NULL;

  if (strnlen (text, BG_SDP_MAX + 1) > BG_SDP_MAX)
    {
      refuse (error, "too long");
      return NULL;
    }
  lines = g_strsplit (text, "\n", LINES_MAX + 2);
  if (!read_lines (&reader, lines, error)
      || !take_word (&reader, KEY_MID, 1, MID_MAX, "!#$%&'*+-.^_`{|}~", &sdp->mid, error)
      || !take_word (&reader, KEY_UFRAG, 4, 256, "+/", &sdp->ufrag, error)
      || !take_word (&reader, KEY_PWD, 22, 256, "+/", &sdp->pwd, error)
      || !take_fingerprint (&reader, &sdp->fingerprint, error)
      || !take_setup (&reader, &sdp->setup, error) || !take_numbers (&reader, sdp, error))
    return NULL;
  sdp->marked = g_strcmp0 (value_of (&reader, KEY_MARKER), "1") == 0;
  sdp->candidates = g_steal_pointer (&candidates);
  return g_steal_pointer (&sdp);
}

char *
bg_sdp_format (const BgSdp *sdp)
{
  return g_strdup_printf ("v=0\r\n"
                          "o=- %s %u IN IP4 0.0.0.0\r\n"
                          "s=-\r\n"
                          "t=0 0\r\n"
                          "a=ice-options:trickle\r\n"
                          "a=group:BUNDLE %s\r\n"
                          "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
                          "c=IN IP4 0.0.0.0\r\n"
                          "a=setup:%s\r\n"
                          "a=mid:%s\r\n"
                          "a=sendrecv\r\n"
                          "a=sctp-port:%u\r\n"
                          "a=max-message-size:%" G_GUINT64_FORMAT "\r\n"
                          "a=ice-ufrag:%s\r\n"
                          "a=ice-pwd:%s\r\n"
                          "a=fingerprint:sha-256 %s\r\n"
                          "%s",
                          sdp->origin ? sdp->origin : "1", sdp->version, sdp->mid,
                          setup_words[sdp->setup], sdp->mid, sdp->sctp_port, sdp->max_message,
                          sdp->ufrag, sdp->pwd, sdp->fingerprint,
                          sdp->marked ? "a=x-bamgate:1\r\n" : "");
}

gboolean
bg_sdp_is_same_session (const BgSdp *a, const BgSdp *b)
{
  return a->origin && !g_str_equal (a->origin, "1") && g_strcmp0 (a->origin, b->origin) == 0;
}

void
bg_sdp_free (BgSdp *sdp)
{
  g_free (sdp->origin);
  g_free (sdp->mid);
  g_free (sdp->ufrag);
  g_free (sdp->pwd);
  g_free (sdp->fingerprint);
  g_clear_pointer (&sdp->candidates, g_ptr_array_unref);
  g_free (sdp);
}
