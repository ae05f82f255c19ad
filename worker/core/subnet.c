/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/subnet.h"

enum
{
  SHORTEST_PREFIX = 8,
  LONGEST_PREFIX = 30,
};

/* A decimal number without leading zeros at the beginning of `text`, which moves behind it. */
static bool
read_number (BgBytes *text, uint32_t most, uint32_t *number)
{
  size_t len = 0;
  uint32_t value = 0;

  while (len < text->len && len < 3 && text->bytes[len] >= '0' && text->bytes[len] <= '9')
    value = value * 10 + (uint32_t) (text->bytes[len++] - '0');
  if (len == 0 || (len > 1 && text->bytes[0] == '0') || value > most)
    return false;
  *text = (BgBytes){ text->bytes + len, text->len - len };
  *number = value;
  return true;
}

static bool
read_char (BgBytes *text, char wanted)
{
  if (text->len == 0 || text->bytes[0] != (uint8_t) wanted)
    return false;
  *text = (BgBytes){ text->bytes + 1, text->len - 1 };
  return true;
}

static bool
read_address (BgBytes *text, uint32_t *address)
{
  uint32_t part;

  *address = 0;
  for (int i = 0; i < 4; i++)
    {
      if ((i > 0 && !read_char (text, '.')) || !read_number (text, 255, &part))
        return false;
      *address = *address << 8 | part;
    }
  return true;
}

static uint32_t
last_host (const BgSubnet *self)
{
  return (UINT32_C (1) << (32 - self->len)) - 2;
}

bool
bg_subnet_read (BgSubnet *self, BgBytes text)
{
  uint32_t address, len;

  if (!read_address (&text, &address) || !read_char (&text, '/') || !read_number (&text, 32, &len)
      || text.len > 0 || len < SHORTEST_PREFIX || len > LONGEST_PREFIX)
    return false;
  self->len = (uint8_t) len;
  self->network = address >> (32 - len) << (32 - len);
  return true;
}

static size_t
write_number (uint32_t number, char *out)
{
  size_t digits = number > 99 ? 3 : number > 9 ? 2 : 1;

  for (size_t i = digits; i > 0; number /= 10)
    out[--i] = (char) ('0' + number % 10);
  return digits;
}

size_t
bg_subnet_write (const BgSubnet *self, uint32_t host, char out[BG_SUBNET_TEXT])
{
  uint32_t address = self->network + host;
  size_t len = 0;

  for (int shift = 24; shift >= 0; shift -= 8)
    {
      len += write_number (address >> shift & 255, out + len);
      out[len++] = shift > 0 ? '.' : '/';
    }
  len += write_number (self->len, out + len);
  out[len] = '\0';
  return len;
}

uint32_t
bg_subnet_host_of (const BgSubnet *self, BgBytes text)
{
  uint32_t address, len, host;

  if (!read_address (&text, &address))
    return 0;
  if (text.len > 0 && (!read_char (&text, '/') || !read_number (&text, 32, &len) || text.len > 0))
    return 0;
  host = address - self->network;
  return address >= self->network && host <= last_host (self) ? host : 0;
}

void
bg_hosts_add (BgHosts *self, uint32_t host)
{
  if (host < BG_HOSTS_MAX)
    self->bits[host / 8] |= (uint8_t) (1 << host % 8);
}

bool
bg_hosts_has (const BgHosts *self, uint32_t host)
{
  return host < BG_HOSTS_MAX && self->bits[host / 8] >> host % 8 & 1;
}

uint32_t
bg_hosts_lowest_free (const BgHosts *a, const BgHosts *b, const BgSubnet *subnet)
{
  for (uint32_t host = 1; host < BG_HOSTS_MAX && host <= last_host (subnet); host++)
    if (!bg_hosts_has (a, host) && !bg_hosts_has (b, host))
      return host;
  return 0;
}
