# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two people at two terminals: questions of bamgatectl setup, the line carried over by hand, a tunnel."""
import contextlib
import os
import re
import shutil

from lab.mesh import empty_machine
from lab.paths import program
from lab.terminal import Terminal
from lab.wait import wait_for


@contextlib.contextmanager
def at(machine, *words):
    _nsenter, *rest = machine.host.inside([program("bamgatectl"), *words])
    screen = Terminal([shutil.which("nsenter"), *rest], dict(os.environ) | {"LC_ALL": "C.UTF-8"}, columns=140, rows=60)
    try:
        yield screen
    finally:
        screen.close()


def test_two_machines_by_questions(net):
    home, attic = empty_machine(net.host("home")), empty_machine(net.host("attic"))
    with at(home, "setup") as screen:
        for prompt, answer in (("Number", ""), ("Name [", "home"), ("Port", ""), ("Name or", home.host.address),
                               ("Addresses", "10.66.0.0/24"), ("Sign it?", "n"), ("Go on?", "")):
            screen.answer(prompt, answer)
        assert screen.end() == 0, screen.text()
        (line,) = re.findall(r"bamgatectl join .*", screen.text())
    with at(attic, "setup") as screen:
        for prompt, answer in (("Number", "2"), ("Line:", line), ("Name [", "attic"), ("Go on?", "")):
            screen.answer(prompt, answer)
        assert screen.end() == 0, screen.text()
    with at(home, "status", "--watch") as screen:
        screen.until(lambda text: re.search("attic +connected", text))
        screen.type("q")
        assert screen.end() == 0
    wait_for("the tunnel", lambda: attic.host.run("ping", "-c1", "-W2", "10.66.0.1", check=False).returncode == 0, 20)
