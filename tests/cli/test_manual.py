# SPDX-License-Identifier: LGPL-2.1-or-later
"""The man pages name every command and option that the programs have."""
import re
import subprocess

import pytest

from bus_fixtures import ROOT, build, ctl

PAGES = ROOT / "data" / "man"
OPTION = re.compile(r"^  (?:-\w, )?(--[a-z-]+)", re.MULTILINE)


def page(name):
    """As it is read: without roff's marks."""
    return re.sub(r"\\f.|\\&|\\[|^]", "", (PAGES / name).read_text().replace(r"\-", "-"))


def help_of(program, *words):
    return subprocess.run([program, *words, "--help"], text=True, capture_output=True, check=True, timeout=30).stdout


def commands():
    return re.findall(r"^  (\w+) ", help_of(ctl()).partition("Commands:")[2].partition("\n\n")[0], re.MULTILINE)


def test_every_command_is_there():
    text = page("bamgatectl.1").partition(".SH COMMANDS")[2].partition("\n.SH ")[0]
    heads = " ".join(re.findall(r"^\.TP\n(\..*)", text, re.MULTILINE))
    assert len(commands()) > 15
    assert [name for name in commands() if not re.search(rf"\b{name}\b", heads)] == []


@pytest.mark.parametrize("command", commands())
def test_every_option_of_a_command_is_there(command):
    text = page("bamgatectl.1")
    assert [option for option in OPTION.findall(help_of(ctl(), command)) if not re.search(re.escape(option) + r"\b", text)] == []


@pytest.mark.parametrize("program, name", [("daemon/bamgated", "bamgated.8"), ("worker/hub/bamgate-hub", "bamgate-hub.8"),
                                           ("bamgatectl/bamgatectl", "bamgatectl.1"),
                                           ("gtk-applet/bamgate-applet", "bamgate-applet.1")])
def test_every_option_of_a_program_is_there(program, name):
    if not (build() / program).exists():
        pytest.skip(f"not on this machine: {program} is not built")
    options = [option for option in OPTION.findall(help_of(build() / program)) if option != "--help"]
    assert len(options) > 2
    assert [option for option in options if not re.search(re.escape(option) + r"\b", page(name))] == []


def test_every_exit_status_is_there():
    text = page("bamgatectl.1").partition(".SH EXIT STATUS")[2].partition("\n.SH ")[0]
    told = {code for command in commands() for code in re.findall(r"^  (\d)  ", help_of(ctl(), command), re.MULTILINE)}
    assert told <= set(re.findall(r"^\.B (\d+)$", text, re.MULTILINE)) and {"0", "7"} <= told
