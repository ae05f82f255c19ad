/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/program-beside.h"

char *
bg_program_beside (const char *name)
{
  g_autofree char *own = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *here = own ? g_path_get_dirname (own) : NULL;

  return here ? g_build_filename (here, name, NULL) : NULL;
}
