# SPDX-License-Identifier: LGPL-2.1-or-later
"""A strict exit: nothing leaves but what the tunnel itself sends, whatever happens to it."""

import pytest

from lab.exits import OURS4, rules, tables
from lab.leaks import PORT, asks_for
from lab.strict import UID, Strict, events, shut, wait_active
from lab.wait import wait_for
from lab.whoami import WhoAmI

SEED = 10
ROUNDS = 100  # of the long test
REPLACEMENTS = 60
FLOOD = """
import socket, sys
flood = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
flood.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
while True:
    try:
        flood.sendto(b"probe", (sys.argv[1], int(sys.argv[2])))
    except OSError:
        pass
"""


def test_nothing_leaves(net):
    """Through all that can happen once, in an order that the seed says."""
    with Strict(net, SEED) as lab, WhoAmI(lab.w) as who:
        lab.see_all()
        assert asks_for(net.router, lab.a, OURS4)  # as machines do
        lab.lose()
        shut(lab)
        lab.look("connecting")
        assert not asks_for(net.router, lab.a, OURS4)
        lab.find()
        wait_active(lab)
        assert who.ask(lab.a) == lab.b.address
        lab.look("connected")
        for what, happen in lab.random.sample(sorted(events(lab).items()), len(events(lab))):
            happen()
            lab.look(what)
        wait_active(lab)
        assert who.ask(lab.a) == lab.b.address
        lab.look("at last")
        lab.ours.ctl("exit", "set", "none")
        lab.see_all()
        assert not rules(lab.a) and not tables(lab.a) and "bamgate_strict" not in lab.a.out("nft", "list", "ruleset")
        assert not (lab.ours.state / "strict.nft").exists()


def test_a_replacement_has_no_gap(net):
    """Rules take the place of the same rules, as at every start of a daemon, while somebody sends as fast as it goes."""
    with Strict(net, SEED) as lab:
        shut(lab)
        wait_active(lab)
        flood = lab.a.start("flood", "python3", "-c", FLOOD, lab.w.address, PORT)
        for _ in range(REPLACEMENTS):
            lab.a.run("nft", "--file", lab.ours.state / "strict.nft")
        lab.look("replaced")
        flood.stop()


def test_it_holds_without_the_daemon(net):
    """As at boot: the file alone; and a ruleset that somebody flushed while the daemon runs."""
    with Strict(net, SEED) as lab:
        shut(lab)
        wait_active(lab)
        lab.a.run("nft", "flush", "ruleset")
        wait_for("the rules are back", lambda: "bamgate_strict" in lab.a.out("nft", "list", "tables"), 5)
        lab.wire.take()
        lab.look("flushed")
        lab.ours.kill()
        lab.a.run("nft", "flush", "ruleset")
        lab.a.run("setpriv", "--reuid", UID, "--regid", UID, "--clear-groups", "--inh-caps=-all,+net_admin", "--ambient-caps=+net_admin",
                  "--bounding-set=-all,+net_admin", "nft", "--file", lab.ours.state / "strict.nft")
        lab.wire.take()
        lab.look("booted")
        lab.start()
        wait_active(lab)
        lab.look("started")
        lab.ours.kill()
        lab.ours.config.write_text(lab.ours.config.read_text().replace("exit-strict=true", "exit-strict=false"))
        lab.look("killed")
        lab.start()
        assert "bamgate_strict" not in lab.a.out("nft", "list", "tables")


@pytest.mark.long
@pytest.mark.limit(900)
def test_nothing_leaves_in_a_hundred_rounds(net):
    with Strict(net, SEED) as lab:
        lab.see_all()
        shut(lab)
        wait_active(lab)
        happenings = events(lab)
        for number in range(ROUNDS):
            what = lab.random.choice(sorted(happenings))
            happenings[what]()
            lab.look(f"round {number}: {what}")
        wait_active(lab)
