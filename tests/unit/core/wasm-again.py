#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Worker's core is the same, byte for byte, wherever it is compiled: copies of the sources in two folders, and what was built."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

built, top, *command = sys.argv[1:]


def compiled(folder):
    """The build's own command, in a copy of what it reads."""
    for part in ("worker/core", "worker/cloudflare/wasm"):
        shutil.copytree(pathlib.Path(top) / part, folder / part)
    absolute = [os.path.abspath(word) if pathlib.Path(word).is_file() else word for word in command]
    subprocess.run([word.replace(top, str(folder)) for word in absolute] + ["-o", folder / "core.wasm"], check=True)
    return (folder / "core.wasm").read_bytes()


with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory(prefix="of-a-longer-name-") as second:
    here, there = compiled(pathlib.Path(first) / "a"), compiled(pathlib.Path(second) / "b")
print(f"{built}: {len(here)} bytes")
sys.exit("two folders make two cores" if here != there else "not what was built" if here != pathlib.Path(built).read_bytes() else 0)
