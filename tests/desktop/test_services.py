# SPDX-License-Identifier: LGPL-2.1-or-later
"""What this machine publishes and what the others do, in a window. Over the pretended daemon of tests/cli, and over real ones."""
import shutil
import sys

import pytest

from keyboard import Keyboard
from lab.mesh import Mesh
from screen import RADIO

WEB_PAGES = "import http.server as h; h.HTTPServer(('127.0.0.1', 8000), h.SimpleHTTPRequestHandler).serve_forever()"


@pytest.fixture
def open_services(open_page):
    """→ the daemon, and an applet that shows published services."""
    return lambda scenario: open_page(scenario, "services", "On Other Machines")


def calls(service):
    return [call for call in service.calls() if call.startswith("Configure")]


def wait_call(applet, service, wanted):
    seen = []

    def is_seen():
        seen.extend(calls(service))
        return wanted in seen

    applet.wait(wanted, is_seen)


def fill_form(applet, name, target):
    applet.press("Add…")
    applet.fill("Name, as in web", name)
    applet.fill("Where It Is, as in 127.0.0.1:8080", target)


def test_what_is_published(open_services):
    _service, applet = open_services("services")
    applet.wait_find("web: web.laptop.bamgate.internal:80\nLeads to 127.0.0.1:8080 · For attic, home")
    applet.wait_find(lambda name: name.startswith("dns: dns.laptop.bamgate.internal:53\nLeads to /run/dns, UDP 127.0.0.1:53 · For all machines")
                     and name.endswith("It is not open; the page of this machine says why"))
    applet.wait_find("wiki: wiki.home.bamgate.internal:80\nOn home · HTTP")
    applet.wait_find("dns: dns.home.bamgate.internal:53\nOn home · UDP")


def test_what_peers_publish_comes_and_goes(open_services):
    service, applet = open_services("services")
    applet.wait_find("wiki: wiki.home.bamgate.internal:80\nOn home · HTTP")
    service.steer("SetPeerServices", "attic", "games 7777 tcp")
    applet.wait_find("games: 10.0.0.4:7777\nOn attic · TCP\nConnecting…")
    service.steer("SetPeerServices", "home", "")
    applet.wait_silent("wiki")
    service.steer("RemovePeer", "attic")
    applet.wait_says("What other machines publish is here")


def test_only_web_pages_are_opened_in_a_browser(open_services):
    _service, applet = open_services("services")
    applet.wait_find("wiki: wiki.home.bamgate.internal:80\nOn home · HTTP")
    buttons = [node.name for window in applet.windows for node in window.walk() if node.role == "push button"]
    assert buttons.count("Open in the Browser") == 1 and buttons.count("Copy the Address") == 4


def test_the_first_one(open_services):
    service, applet = open_services("services-none")
    applet.wait_find("Nothing Yet: Add what runs on this machine, and other machines reach it by a name.")
    applet.wait_find("Nothing Yet: What other machines publish is here with its address as soon as they do.")
    fill_form(applet, "wiki", "/run/wiki")
    applet.fill("Port for the Others (Empty: the Same)", "80")
    applet.press("Publish")
    wait_call(applet, service, "Configure({'service.wiki.http-headers': <true>, 'service.wiki.port': <'80'>, 'service.wiki.unix': <'/run/wiki'>},)")
    applet.wait_find("wiki: wiki.laptop.bamgate.internal:80\nLeads to /run/wiki · For all machines")
    applet.wait_says("It is published")


def test_for_some_machines_only(open_services):
    service, applet = open_services("services")
    fill_form(applet, "ssh", "127.0.0.1:22")
    applet.press("All Machines", "check box")
    applet.wait("nobody is chosen yet", lambda: not applet.wait_find("Publish").has_state("sensitive"))
    applet.press("home", "check box")
    applet.wait("somebody is", lambda: applet.wait_find("Publish").has_state("sensitive"))
    applet.press("Publish")
    wait_call(applet, service, "Configure({'service.ssh.http-headers': <true>, 'service.ssh.peers': <['home']>, 'service.ssh.tcp': <'127.0.0.1:22'>},)")
    applet.wait_says("For home")


@pytest.mark.skipif(not shutil.which("xdotool"), reason="not on this machine: xdotool is not installed")
@pytest.mark.parametrize("spoken, key", [("Anything Else by TCP", "tcp"), ("UDP", "udp")], ids=["tcp", "udp"])
def test_what_it_speaks(open_services, desktop, spoken, key):
    service, applet = open_services("services")
    applet.press("Add…")
    applet.wait_find("Web Pages (HTTP)", RADIO)
    keyboard = Keyboard(desktop, applet)
    keyboard.focus()
    keyboard.choose("Web Pages (HTTP)", spoken, "space")
    applet.fill("Name, as in web", "games")
    applet.fill("Where It Is, as in 127.0.0.1:8080", "127.0.0.1:7777")
    applet.press("Publish")
    wait_call(applet, service, f"Configure({{'service.games.{key}': <'127.0.0.1:7777'>}},)")


def test_a_name_that_is_taken(open_services):
    service, applet = open_services("services")
    fill_form(applet, "web", "127.0.0.1:1")
    applet.press("Publish")
    applet.wait_says("“web” is published already")
    applet.press("Cancel")
    applet.wait_silent("“web” is published already")
    assert calls(service) == []


def test_what_the_daemon_refuses_stays_to_be_mended(open_services):
    _service, applet = open_services("services")
    fill_form(applet, "ssh", "nowhere")
    applet.press("Publish")
    applet.wait_says("“nowhere” is no address with a port")
    applet.fill("Where It Is, as in 127.0.0.1:8080", "127.0.0.1:22")
    applet.press("Publish")
    applet.wait_find("ssh: ssh.laptop.bamgate.internal:0\nLeads to 127.0.0.1:22 · For all machines")


@pytest.mark.parametrize("answer, does", [("Remove", True), ("Cancel", False)])
def test_removing_asks(open_services, answer, does):
    service, applet = open_services("services")
    applet.press("Remove web")
    applet.wait_says("Other machines reach it no more")
    applet.press(answer)
    applet.wait_silent("Other machines reach it no more")
    if does:
        wait_call(applet, service, "Configure({'service.web': <@a{sv} {}>},)")
        applet.wait_silent("web.laptop.bamgate.internal")
    else:
        assert calls(service) == []


def test_who_may_not_is_told(open_services):
    _service, applet = open_services("services-denied")
    applet.press("Remove web")
    applet.press("Remove")
    applet.wait_says("needs a password")
    applet.wait_says("web.laptop.bamgate.internal")


def test_without_a_tunnel(open_services):
    _service, applet = open_services("off")
    applet.wait_find("Nothing Yet: Turn the tunnel on to see what other machines publish.")


def test_from_one_machine_to_the_other(net, open_applet):
    """Published by the window of one, seen in that of the other, removed again."""
    with Mesh(net) as mesh:
        home, laptop = mesh.machine("home"), mesh.machine("laptop")
        mesh.wait_connected(home, laptop)
        home.host.start("pages", sys.executable, "-c", WEB_PAGES)
        publisher, reader = open_applet(home), None
        publisher.wait_find("Tunnel", "check box")
        publisher.window_action("services")
        publisher.wait_says("Nothing Yet")
        fill_form(publisher, "web", "127.0.0.1:8000")
        publisher.press("Publish")
        publisher.wait_find("web: web.home.bamgate.internal:8000\nLeads to 127.0.0.1:8000 · For all machines")
        publisher.stop()
        reader = open_applet(laptop)
        reader.wait_find("Tunnel", "check box")
        reader.window_action("services")
        reader.wait_find("web: web.home.bamgate.internal:8000\nOn home · HTTP")
        assert laptop.host.run("curl", "-sS", "-m", "8", "-o", "/dev/null", "-w", "%{http_code}", "--noproxy", "*",
                               f"http://{home.address}:8000/").stdout == "200"
        home.ctl("publish", "remove", "web")
        reader.wait_silent("web.home.bamgate.internal")
