/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Between config.c and the snapshot that it fills: the objects behind the sections of a file. */

#include "app/config.h"

G_BEGIN_DECLS

/* What is in effect without a file. */
BgConfig *bg_config_new (void);
/* The object behind the section [GROUP], made where it is news; `*section` is its name in the table of keys. NULL for what is no
 * section. */
gpointer bg_config_open_section (BgConfig *config, const char *group, const char **section);
/* How the headers of a section begin that has a name behind it, as in [peer NAME]; NULL where it has none. */
const char *bg_config_section_prefix (const char *section);
/* "peer." and the like at the beginning of a setting's name; the section, NULL for none. */
const char *bg_config_named_section_of (const char *setting);

G_END_DECLS
