#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How large the Worker's core is, and that it may not grow beyond a bound."""

import pathlib
import sys

MOST = 200 * 1024

size = pathlib.Path(sys.argv[1]).stat().st_size
print(f"{sys.argv[1]}: {size} bytes of at most {MOST}")
sys.exit(size >= MOST)
