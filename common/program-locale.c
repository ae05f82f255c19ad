/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/program-locale.h"

#include <langinfo.h>
#include <string.h>

void
bg_locale_init (int category)
{
  setlocale (category, "");
  if (strcmp (nl_langinfo (CODESET), "ANSI_X3.4-1968") == 0) /* what glibc calls ASCII */
    setlocale (LC_CTYPE, "C.UTF-8");
}
