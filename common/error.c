/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"

G_DEFINE_QUARK (bg_error_quark, bg_error)
