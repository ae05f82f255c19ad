/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 32-byte keys as base64 text (44 characters) or hexadecimal (64), in constant time for the secret ones. */
enum { BG_KEY_BYTES = 32, BG_KEY_TEXT_LEN = 44, BG_KEY_HEX_LEN = 64 };

/* Writes 44 characters and a NUL. */
void bg_key_to_base64 (const uint8_t key[BG_KEY_BYTES], char out[BG_KEY_TEXT_LEN + 1]);
/* Exactly 44 characters of standard base64 with padding, NUL-terminated; else false and `key` is untouched. */
bool bg_key_from_base64 (const char *text, uint8_t key[BG_KEY_BYTES]);
/* 64 lower-case digits and a NUL; the form of the UAPI. */
void bg_key_to_hex (const uint8_t key[BG_KEY_BYTES], char out[BG_KEY_HEX_LEN + 1]);
bool bg_key_from_hex (const char *text, uint8_t key[BG_KEY_BYTES]);
