/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/program-locale.h"

#include <langinfo.h>
#include <libintl.h>
#include <stdlib.h>
#include <string.h>

void
bg_locale_init (int category)
{
  setlocale (category, "");
  if (strcmp (nl_langinfo (CODESET), "ANSI_X3.4-1968") == 0) /* what glibc calls ASCII */
    setlocale (LC_CTYPE, "C.UTF-8");
}

void
bg_locale_bind (const char *domain, const char *directory)
{
  const char *other = secure_getenv ("BAMGATE_LOCALEDIR");

  bindtextdomain (domain, other ? other : directory);
  bind_textdomain_codeset (domain, "UTF-8");
  textdomain (domain);
}
