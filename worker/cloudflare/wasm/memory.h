/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/core-bytes.h"

/* The memory of one Durable Object's core: what the linker left, and what grows behind it. */

#define EXPORT(name) __attribute__ ((export_name (#name)))
#define IMPORT(name) __attribute__ ((import_module ("host"), import_name (#name)))

enum
{
  INPUT_MAX = 64 * 1024,
};

/* Where the host writes the bytes that a call is about, in a row. */
extern uint8_t input[INPUT_MAX];

/* At least `len` bytes, aligned for anything and not cleared; NULL where there is no memory left. To be given back with the
 * same `len`. */
void *block_take (size_t len);
void block_give_back (void *block, size_t len);
