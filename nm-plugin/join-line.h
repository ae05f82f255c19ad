/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The line that "bamgatectl invite" prints for another machine: bamgatectl join ABCD-EFGH 'https://host:port#sha256=PIN' --name NAME.
 * Pure. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  char *code; /* NULL: "-", it comes another way */
  char *hub;
  char *name; /* NULL: the host name */
} JoinLine;

/* The first line of `text` that is one, with what a person copies along (prompt, sudo, comments); FALSE for none. */
gboolean join_line_parse (const char *text, JoinLine *line);
void join_line_clear (JoinLine *line);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (JoinLine, join_line_clear)
char *join_line_format (const char *code, const char *hub, const char *name);
gboolean join_line_is_code (const char *text);

G_END_DECLS
