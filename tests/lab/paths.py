# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where things are: the checkout, the build folder, the programs in it."""

import os
import pathlib

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
DATA = TOP / "data"


def build_dir():
    return pathlib.Path(os.environ.get("BAMGATE_BUILD", TOP / "build"))


def program(name):
    folder = {"bamgated": "daemon", "bamgate-namespace": "daemon", "bamgatectl": "bamgatectl", "bamgate-hub": "worker/hub"}[name]
    return build_dir() / folder / name
