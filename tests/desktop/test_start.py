# SPDX-License-Identifier: LGPL-2.1-or-later
"""It starts, once, with a window or without, and knows whether the daemon is there."""

import subprocess


def test_a_window_that_knows_the_daemon(lone, open_applet):
    applet = open_applet(lone)
    applet.wait_says("Your Own Private Network")


def test_in_the_background_until_somebody_wants_to_see_it(lone, open_applet):
    applet = open_applet(lone, "--background")
    assert applet.windows == []
    applet.activate()
    applet.wait("a window", lambda: applet.windows)


def test_a_second_one_shows_the_first(lone, open_applet, desktop):
    applet = open_applet(lone, "--background")
    environment = {**desktop.environment, **applet.environment}
    subprocess.run(applet.command("--background"), env=environment, check=True, timeout=20)
    assert applet.windows == []
    subprocess.run(applet.command(), env=environment, check=True, timeout=20)
    applet.wait("a window", lambda: applet.windows)
    assert len(applet.windows) == 1
