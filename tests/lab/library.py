# SPDX-License-Identifier: LGPL-2.1-or-later
"""libbamgate of the build folder, in this process and in programs that a test starts."""

import os

import gi
from gi.repository import GLib

from .paths import build_dir
from .process import LabError


def folder():
    return build_dir() / "introspection" / "libbamgate"


def environment():
    """For programs in other languages."""
    return {"GI_TYPELIB_PATH": str(folder()), "LD_LIBRARY_PATH": str(folder())}


def is_there():
    return (folder() / "Bamgate-1.typelib").exists()


def why_not():
    """For skipif's reason."""
    return f"not on this machine: no typelib in {folder()}, built without introspection"


def load():
    """The module Bamgate; None where there is none."""
    if not is_there():
        return None
    gi.require_version("GIRepository", "2.0")
    from gi.repository import GIRepository

    GIRepository.Repository.prepend_search_path(str(folder()))
    GIRepository.Repository.prepend_library_path(str(folder()))
    gi.require_version("Bamgate", "1")
    from gi.repository import Bamgate

    return Bamgate


def wait(what, is_true, seconds=20):
    """Iterates the main context, where clients signal, until `is_true` gives a true value, which is returned."""
    late = []
    timer = GLib.timeout_add(int(seconds * 1000), lambda: late.append(True) or GLib.SOURCE_REMOVE)
    while not (value := is_true()) and not late:
        GLib.MainContext.default().iteration(True)
    if late:
        raise LabError(f"not within {seconds:g} s: {what}")
    GLib.source_remove(timer)
    return value
