/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/report-filter.h"

#include "common/device-name.h"

#include <gio/gio.h>
#include <string.h>

#define REMOVED "(removed)"

enum
{
  KEY_TEXT = 44, /* 32 bytes in base64 */
  STEP_MAX = 20,
};

struct _ReportFilter
{
  gboolean anonymous;
  GHashTable *public;     /* keys that stay */
  GPtrArray *hidden;      /* names */
  GRegex *names;          /* of them; NULL: to be made */
  GHashTable *pseudonyms; /* by what they stand for */
  guint n_of_kind[5];
};

typedef enum
{
  NAME,
  IPV4,
  IPV6,
  HARDWARE,
  KEY,
} Kind;

ReportFilter *
report_filter_new (gboolean anonymous)
{
  ReportFilter *self = g_new0 (ReportFilter, 1);

  self->anonymous = anonymous;
  self->public = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->hidden = g_ptr_array_new_with_free_func (g_free);
  self->pseudonyms = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
report_filter_free (ReportFilter *self)
{
  g_hash_table_unref (self->public);
  g_ptr_array_unref (self->hidden);
  g_hash_table_unref (self->pseudonyms);
  g_clear_pointer (&self->names, g_regex_unref);
  g_free (self);
}

void
report_filter_keep (ReportFilter *self, const char *public_key)
{
  if (public_key && *public_key)
    g_hash_table_add (self->public, g_strdup (public_key));
}

static void
hide_one (ReportFilter *self, const char *name)
{
  if (!name || !*name || g_ptr_array_find_with_equal_func (self->hidden, name, g_str_equal, NULL))
    return;
  g_ptr_array_add (self->hidden, g_strdup (name));
  g_clear_pointer (&self->names, g_regex_unref);
}

void
report_filter_hide (ReportFilter *self, const char *name)
{
  g_autofree char *label = name ? bg_device_name_to_label (name) : NULL;

  hide_one (self, name);
  hide_one (self, label);
}

/* Replacing */

typedef struct
{
  ReportFilter *filter;
  const GMatchInfo *match;
  GString *result;
} Found;

typedef void (*Replace) (ReportFilter *self, const GMatchInfo *match, GString *result);

typedef struct
{
  ReportFilter *filter;
  Replace replace;
} Pass;

static gboolean
on_match (const GMatchInfo *match, GString *result, gpointer data)
{
  Pass *pass = data;

  pass->replace (pass->filter, match, result);
  return FALSE;
}

/* A text that is too much for it is not shown at all. */
static char *
pass_over (ReportFilter *self, GRegex *regex, char *text, Replace replace)
{
  g_autofree char *old = text;
  Pass pass = { self, replace };
  char *changed = g_regex_replace_eval (regex, old, -1, 0, 0, on_match, &pass, NULL);

  return changed ? changed : g_strdup (REMOVED "\n");
}

static const char *
pseudonym_of (ReportFilter *self, Kind kind, const char *what)
{
  static const char *const words[] = { "name", "ip4", "ip6", "mac", "key" };
  const char *known = g_hash_table_lookup (self->pseudonyms, what);
  char *made;

  if (known)
    return known;
  made = g_strdup_printf ("%s-%u", words[kind], ++self->n_of_kind[kind]);
  g_hash_table_insert (self->pseudonyms, g_strdup (what), made);
  return made;
}

static void
append_as (ReportFilter *self, Kind kind, const GMatchInfo *match, GString *result)
{
  g_autofree char *found = g_match_info_fetch (match, 0);

  g_string_append (result, pseudonym_of (self, kind, found));
}

/* Secrets */

/* Words of a path, and long names, have not all of them. */
static gboolean
looks_random (const char *text)
{
  gboolean upper = FALSE, lower = FALSE, digit = FALSE;

  for (; *text; text++)
    {
      upper |= g_ascii_isupper (*text);
      lower |= g_ascii_islower (*text);
      digit |= g_ascii_isdigit (*text);
    }
  return upper && lower && digit;
}

static gsize
longest_step (const char *text)
{
  gsize longest = 0;

  for (gsize len; *text; text += len + (text[len] == '/'))
    {
      len = strcspn (text, "/");
      longest = MAX (longest, len);
    }
  return longest;
}

/* What has short steps is a path, of files or of objects on a bus. */
static gboolean
is_secret (ReportFilter *self, const char *found)
{
  gsize len = strlen (found);

  if (g_hash_table_contains (self->public, found))
    return FALSE;
  if (strspn (found, "0123456789abcdefABCDEF") == len || (len == KEY_TEXT && found[len - 1] == '='))
    return TRUE;
  return looks_random (found) && (found[len - 1] == '=' || longest_step (found) >= STEP_MAX);
}

static void
replace_random (ReportFilter *self, const GMatchInfo *match, GString *result)
{
  g_autofree char *found = g_match_info_fetch (match, 0);

  g_string_append (result, is_secret (self, found) ? REMOVED : found);
}

/* Around the secret: what is before and behind it stays. */
static void
replace_value (ReportFilter *self, const GMatchInfo *match, GString *result)
{
  g_autofree char *before = g_match_info_fetch (match, 1), *value = g_match_info_fetch (match, 2);
  gboolean says_nothing = g_str_equal (value, "true") || g_str_equal (value, "false")
                          || g_str_equal (value, "null");

  g_string_append (result, before);
  g_string_append (result, says_nothing ? value : REMOVED);
}

static void
replace_all (ReportFilter *self, const GMatchInfo *match, GString *result)
{
  g_string_append (result, REMOVED);
}

typedef struct
{
  const char *pattern;
  Replace replace;
} Rule;

/* Keys of 32 bytes in base64 and whatever is as long, hexadecimal from 16 bytes on, the same in base64 of URLs; invite codes; what
 * stands behind a word that says what it is; passwords in URLs; keys as OpenSSL writes them. */
static const Rule secrets[] = {
  { "-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*-----|\\z)", replace_all },
  { "((?i:\\bbearer )\\s*)(\\S+)", replace_value },
  { "((?i:(?<![A-Za-z])(?:private-?_?key|preshared-?_?key|psk|token|secret|passwd|password|auth_token|turn_secret))"
    "\"?(?:\\s*=|\\s*:\\s*\")\\s*\"?)([^\\s\"',}]+)",
    replace_value },
  { "(://)[^/\\s:@]+(:[^/\\s@]+)@", replace_value },
  { "[0-9A-Fa-f]{32,}", replace_random },
  { "[A-Za-z0-9+/_-]{32,}={0,2}", replace_random },
  { "(?<![A-Za-z0-9-])[A-Z0-9]{4}-[A-Z0-9]{4}(?![A-Za-z0-9-])", replace_all },
};

/* Names and addresses */

/* However it is written: as a name, as a label of DNS, in capitals. */
static void
replace_name (ReportFilter *self, const GMatchInfo *match, GString *result)
{
  g_autofree char *found = g_match_info_fetch (match, 0), *label = bg_device_name_to_label (found),
                  *lower = g_utf8_strdown (found, -1);

  g_string_append (result, pseudonym_of (self, NAME, label ? label : lower));
}

/* What is the same on every machine tells nothing. */
static gboolean
is_everybodys (GInetAddress *address)
{
  return g_inet_address_get_is_any (address) || g_inet_address_get_is_loopback (address)
         || g_inet_address_get_is_multicast (address);
}

static void
replace_address (ReportFilter *self, const GMatchInfo *match, GString *result)
{
  g_autofree char *found = g_match_info_fetch (match, 0);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (found);
  Kind kind;

  if (!address || is_everybodys (address) || g_str_has_prefix (found, "255."))
    {
      g_string_append (result, found);
      return;
    }
  kind = g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4 ? IPV4 : IPV6;
  append_as (self, kind, match, result);
}

static void
replace_hardware (ReportFilter *self, const GMatchInfo *match, GString *result)
{
  append_as (self, HARDWARE, match, result);
}

static void
replace_key (ReportFilter *self, const GMatchInfo *match, GString *result)
{
  append_as (self, KEY, match, result);
}

static const Rule places[] = {
  { "(?<![0-9A-Fa-f:])(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:])", replace_hardware },
  { "(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=", replace_key },
  { "(?<![\\w.:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,8}(?:(?<=:)\\d+(?:\\.\\d+){3})?(?![\\w:])",
    replace_address },
  { "(?<![\\w.])\\d{1,3}(?:\\.\\d{1,3}){3}(?![\\w]|\\.\\d)", replace_address },
};

static int
longest_first (gconstpointer a, gconstpointer b)
{
  const char *const *one = a, *const *other = b;

  return (int) strlen (*other) - (int) strlen (*one);
}

static GRegex *
regex_of_names (ReportFilter *self)
{
  g_autoptr (GString) pattern = g_string_new ("(?<![\\w-])(?:");

  g_ptr_array_sort (self->hidden, longest_first);
  for (guint i = 0; i < self->hidden->len; i++)
    {
      g_autofree char *escaped = g_regex_escape_string (self->hidden->pdata[i], -1);

      g_string_append_printf (pattern, "%s%s", i > 0 ? "|" : "", escaped);
    }
  g_string_append (pattern, ")(?![\\w-])");
  return g_regex_new (pattern->str, G_REGEX_OPTIMIZE | G_REGEX_CASELESS, 0, NULL);
}

static char *
hide_names (ReportFilter *self, char *text)
{
  if (self->hidden->len == 0)
    return text;
  if (!self->names)
    self->names = regex_of_names (self);
  return self->names ? pass_over (self, self->names, text, replace_name) : text;
}

/* All of it */

static char *
apply_rules (ReportFilter *self, char *text, const Rule *rules, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GRegex)
        regex = g_regex_new (rules[i].pattern, G_REGEX_DOTALL | G_REGEX_OPTIMIZE, 0, NULL);

      g_assert_nonnull (regex);
      text = pass_over (self, regex, text, rules[i].replace);
    }
  return text;
}

char *
report_filter_apply (ReportFilter *self, const char *text)
{
  char *filtered = g_utf8_make_valid (text, -1);

  filtered = apply_rules (self, filtered, secrets, G_N_ELEMENTS (secrets));
  if (!self->anonymous)
    return filtered;
  filtered = apply_rules (self, filtered, places, G_N_ELEMENTS (places));
  return hide_names (self, filtered);
}
