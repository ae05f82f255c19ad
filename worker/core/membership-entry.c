/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/membership-entry.h"

static const char context[] = "bamgate membership 1";

const BgBytes bg_entry_context = BG_BYTES (context);

enum
{
  KNOWN_GRANTS = BG_GRANT_ANY_ROUTE | BG_GRANT_EXIT4 | BG_GRANT_EXIT6,
  KNOWN_POLICIES = BG_POLICY_UNSIGNED,
  MOST_FIELDS = 4,
};

/* Bytes that are read, or written where `to` is there: every field is described once, for both. */
typedef struct
{
  const uint8_t *from;
  uint8_t *to;
  size_t left;
  bool is_bad;
} Stream;

static void
need (Stream *stream, bool condition)
{
  stream->is_bad = stream->is_bad || !condition;
}

static void
pass_bytes (Stream *stream, void *value, size_t n)
{
  need (stream, n <= stream->left);
  if (stream->is_bad)
    return;
  stream->left -= n;
  if (stream->to != NULL)
    {
      memcpy (stream->to, value, n);
      stream->to += n;
      return;
    }
  memcpy (value, stream->from, n);
  stream->from += n;
}

static void
pass16 (Stream *stream, uint16_t *value)
{
  uint8_t bytes[2];

  bg_put16 (bytes, *value);
  pass_bytes (stream, bytes, sizeof bytes);
  *value = bg_get16 (bytes);
}

static void
pass32 (Stream *stream, uint32_t *value)
{
  uint8_t bytes[4];

  bg_put32 (bytes, *value);
  pass_bytes (stream, bytes, sizeof bytes);
  *value = bg_get32 (bytes);
}

static void
pass64 (Stream *stream, uint64_t *value)
{
  uint8_t bytes[8];

  bg_put64 (bytes, *value);
  pass_bytes (stream, bytes, sizeof bytes);
  *value = bg_get64 (bytes);
}

static void
pass_bits (Stream *stream, uint8_t *bits, unsigned known)
{
  pass_bytes (stream, bits, 1);
  need (stream, (*bits & ~known) == 0);
}

/* A number of items that is within bounds, also where the stream is bad. */
static unsigned
pass_count (Stream *stream, uint8_t *n, unsigned least, unsigned most)
{
  pass_bytes (stream, n, 1);
  need (stream, *n >= least && *n <= most);
  return stream->is_bad ? 0 : *n;
}

static bool
is_alnum (char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
name_is_fine (const char *name, size_t len)
{
  for (size_t i = 0; i < len; i++)
    if (!is_alnum (name[i]) && name[i] != '-' && name[i] != '_' && name[i] != '.')
      return false;
  return len == 0 || (is_alnum (name[0]) && is_alnum (name[len - 1]));
}

static void
pass_name (Stream *stream, char name[BG_ENTRY_MAX_NAME + 1], uint8_t *len, unsigned least)
{
  unsigned n = pass_count (stream, len, least, BG_ENTRY_MAX_NAME);

  pass_bytes (stream, name, n);
  need (stream, name_is_fine (name, n));
}

static bool
has_bits_below (const BgEntryPrefix *prefix, unsigned width)
{
  for (unsigned bit = prefix->length; bit < width; bit++)
    if (prefix->bytes[bit / 8] >> (7 - bit % 8) & 1)
      return true;
  return false;
}

static void
pass_prefix (Stream *stream, BgEntryPrefix *prefix, bool is_address)
{
  unsigned width;

  pass_bytes (stream, &prefix->family, 1);
  need (stream, prefix->family == 4 || prefix->family == 6);
  width = prefix->family == 4 ? 32 : 128;
  pass_bytes (stream, prefix->bytes, width / 8);
  pass_bytes (stream, &prefix->length, 1);
  need (stream, prefix->length <= width && (!is_address || prefix->length == width));
  need (stream, !has_bits_below (prefix, width));
}

static void
pass_granted (Stream *stream, BgGrantedOffer *granted)
{
  unsigned n;

  pass_bits (stream, &granted->bits, KNOWN_GRANTS);
  n = pass_count (stream, &granted->n_routes, 0, BG_ENTRY_MAX_GRANTED);
  for (unsigned i = 0; i < n; i++)
    pass_prefix (stream, &granted->routes[i], false);
}

static void
pass_record (Stream *stream, BgMemberRecord *record)
{
  unsigned n;

  pass_bytes (stream, record->key, sizeof record->key);
  pass_name (stream, record->name, &record->name_len, 1);
  n = pass_count (stream, &record->n_addresses, 1, BG_ENTRY_MAX_ADDRESSES);
  for (unsigned i = 0; i < n; i++)
    pass_prefix (stream, &record->addresses[i], true);
  pass_granted (stream, &record->granted);
}

static uint8_t
length_of (const char *text, unsigned most)
{
  unsigned len = 0;

  while (len < most && text[len] != '\0')
    len++;
  return (uint8_t) len;
}

static void
pass_invited_name (Stream *stream, BgEntry *entry)
{
  uint8_t len = length_of (entry->name, BG_ENTRY_MAX_NAME);

  pass_name (stream, entry->name, &len, 0);
}

/* What a URL is made of; whether it is one is for those who go there. */
static bool
is_graphic (const char *text, size_t len)
{
  for (size_t i = 0; i < len; i++)
    if (text[i] <= ' ' || text[i] > '~')
      return false;
  return true;
}

static void
pass_url (Stream *stream, char url[BG_ENTRY_MAX_URL + 1])
{
  uint8_t len = length_of (url, BG_ENTRY_MAX_URL);
  unsigned n = pass_count (stream, &len, 1, BG_ENTRY_MAX_URL);

  pass_bytes (stream, url, n);
  need (stream, is_graphic (url, n));
}

/* A label of the DNS. */
static bool
is_label (const char *text, size_t len)
{
  for (size_t i = 0; i < len; i++)
    if (text[i] == '_' || text[i] == '.' || (text[i] >= 'A' && text[i] <= 'Z'))
      return false;
  return name_is_fine (text, len);
}

static void
pass_label (Stream *stream, char label[BG_ENTRY_MAX_NAME + 1])
{
  uint8_t len = length_of (label, BG_ENTRY_MAX_NAME);
  unsigned n = pass_count (stream, &len, 1, BG_ENTRY_MAX_NAME);

  pass_bytes (stream, label, n);
  need (stream, is_label (label, n));
}

/* Not copied: most entries have none. */
static void
pass_certificate (Stream *stream, BgBytes *certificate)
{
  uint16_t len = (uint16_t) certificate->len;

  need (stream, certificate->len <= BG_ENTRY_MAX_CERTIFICATE);
  pass16 (stream, &len);
  need (stream, len <= BG_ENTRY_MAX_CERTIFICATE && len <= stream->left);
  if (stream->is_bad)
    return;
  if (stream->to == NULL)
    {
      *certificate = (BgBytes){ stream->from, len };
      stream->from += len;
      stream->left -= len;
    }
  else if (len > 0)
    pass_bytes (stream, (void *) certificate->bytes, len);
}

typedef enum
{
  END,
  KEY,
  DEVICE,
  RECOVERY,
  POLICY,
  RECORD,
  EXPIRES_AT,
  GRANTED,
  NAME,
  URL,
  PIN,
  LABEL,
  CERTIFICATE,
} Field;

static const uint8_t bodies[][MOST_FIELDS] = {
  [BG_ENTRY_GENESIS] = { RECOVERY, POLICY, RECORD },
  [BG_ENTRY_DEVICE] = { RECORD },
  [BG_ENTRY_REVOKE] = { KEY },
  [BG_ENTRY_OWNER] = { KEY, DEVICE },
  [BG_ENTRY_DISOWN] = { KEY },
  [BG_ENTRY_INVITE] = { KEY, EXPIRES_AT, GRANTED, NAME },
  [BG_ENTRY_CANCEL] = { KEY },
  [BG_ENTRY_POLICY] = { POLICY },
  [BG_ENTRY_RECOVERY] = { RECOVERY, KEY, RECORD },
  [BG_ENTRY_MOVE] = { URL, PIN },
  [BG_ENTRY_AUTHORITY] = { CERTIFICATE },
  [BG_ENTRY_NAME] = { LABEL, DEVICE },
};

static void
pass_field (Stream *stream, Field field, BgEntry *entry)
{
  switch (field)
    {
    case KEY:
      return pass_bytes (stream, entry->key, sizeof entry->key);
    case DEVICE:
      return pass_bytes (stream, entry->device, sizeof entry->device);
    case RECOVERY:
      return pass_bytes (stream, entry->recovery, sizeof entry->recovery);
    case POLICY:
      return pass_bits (stream, &entry->policy, KNOWN_POLICIES);
    case RECORD:
      return pass_record (stream, &entry->record);
    case EXPIRES_AT:
      return pass64 (stream, &entry->expires_at);
    case GRANTED:
      return pass_granted (stream, &entry->granted);
    case NAME:
      return pass_invited_name (stream, entry);
    case URL:
      return pass_url (stream, entry->url);
    case PIN:
      return pass_bytes (stream, entry->pin, sizeof entry->pin);
    case LABEL:
      return pass_label (stream, entry->name);
    case CERTIFICATE:
      return pass_certificate (stream, &entry->certificate);
    case END:
      return;
    }
}

static void
pass_body (Stream *stream, BgEntry *entry)
{
  for (int i = 0; i < MOST_FIELDS; i++)
    pass_field (stream, bodies[entry->type][i], entry);
}

static bool
is_first (const BgEntry *entry)
{
  static const uint8_t zeroes[BG_ENTRY_HASH];

  return entry->number == 0 && memcmp (entry->previous, zeroes, sizeof zeroes) == 0;
}

static void
pass_head (Stream *stream, BgEntry *entry, uint16_t *body)
{
  uint8_t version = BG_ENTRY_VERSION, type = (uint8_t) entry->type;

  pass_bytes (stream, &version, 1);
  pass_bytes (stream, &type, 1);
  pass16 (stream, body);
  pass32 (stream, &entry->number);
  pass64 (stream, &entry->time);
  pass_bytes (stream, entry->previous, sizeof entry->previous);
  pass_bytes (stream, entry->signer, sizeof entry->signer);
  need (stream, version == BG_ENTRY_VERSION && type <= BG_ENTRY_NAME && *body <= BG_ENTRY_MAX_BODY);
  entry->type = type;
  need (stream, (entry->number == 0) == (entry->type == BG_ENTRY_GENESIS));
  need (stream, entry->number != 0 || is_first (entry));
}

bool
bg_entry_read (BgBytes bytes, BgEntry *entry)
{
  Stream stream = { .from = bytes.bytes, .left = bytes.len };
  uint16_t body = 0;

  memset (entry, 0, sizeof *entry);
  pass_head (&stream, entry, &body);
  need (&stream, stream.left == (size_t) body + BG_ENTRY_SIGNATURE);
  if (stream.is_bad)
    return false;
  stream.left = body;
  pass_body (&stream, entry);
  entry->is_signed = (BgBytes){ bytes.bytes, BG_ENTRY_HEAD + (size_t) body };
  entry->signature = (BgBytes){ bytes.bytes + BG_ENTRY_HEAD + body, BG_ENTRY_SIGNATURE };
  return !stream.is_bad && stream.left == 0;
}

size_t
bg_entry_write (const BgEntry *entry, uint8_t *bytes, size_t room)
{
  BgEntry copy = *entry;
  Stream stream = { .to = bytes, .left = room };
  uint16_t body = 0;
  size_t len;

  pass_head (&stream, &copy, &body);
  if (stream.is_bad)
    return 0;
  pass_body (&stream, &copy);
  len = room - stream.left;
  body = (uint16_t) (len - BG_ENTRY_HEAD);
  bg_put16 (bytes + 2, body);
  return stream.is_bad ? 0 : len;
}
