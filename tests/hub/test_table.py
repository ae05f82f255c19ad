# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tests that README.md names are there."""

import pathlib
import re

HERE = pathlib.Path(__file__).parent
NAMED = re.findall(r"`([\w./-]+)::(\w+)`", (HERE / "README.md").read_text(encoding="utf-8"))


def is_there(file, name):
    path = HERE / file
    return path.exists() and re.search(rf"\b{name}\b", path.read_text(encoding="utf-8"))


def test_every_row_has_its_test():
    assert len(NAMED) > 50
    assert [f"{file}::{name}" for file, name in NAMED if not is_there(file, name)] == []
