/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Behind the mark, or `text` where there is none. */
const char *bg_behind_byte_order_mark (const char *text);
/* Takes away the mark that editors of other systems begin a UTF-8 file with. */
void bg_skip_byte_order_mark (char *text);
