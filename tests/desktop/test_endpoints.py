# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an account binds to this machine, in a window. Over the pretended daemon of tests/cli."""


def test_where_they_are_and_the_account(open_page):
    service, applet = open_page("endpoints", "endpoints", "API Key")
    applet.wait_find(lambda name: name.startswith("db.prod:5432: 10.107.0.2:5432"))
    applet.wait_find(lambda name: name.startswith("web.prod:443: another program has port 443"))
    applet.wait_find("How It Is: It knows this machine")
    applet.wait_find("Open in the Browser")
    applet.wait_find("Ask Now", "push button").do()
    applet.wait("the account is asked", lambda: "Refresh()" in service.calls())
