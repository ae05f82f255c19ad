# SPDX-License-Identifier: LGPL-2.1-or-later
"""The window in a language that nobody speaks: every word of it is translated."""

import pathlib
import re

import pytest
from gi.repository import GLib

import pseudo_language

# What is nobody's to translate here: names and addresses, keys, figures; and words of GTK, which knows no such language.
DATA = re.compile(r"bamgate|bamgated 0.1.0|laptop|home|attic|server|näs|office|GtkImage|[A-Za-z0-9+/]{43}=|[\d.:/ ]+(ms|%)?|[\d.:a-f/]+|hub\.example\.net:8443|"
                  r"\w+\.bamgate\.internal|systemd-resolved|resolvconf|NetworkManager|(all|tcp) [\w -]+|\w+\.example\.org(, \w+\.example\.org)*|"
                  r"https?://\S+|(host|srflx|relay) udp \S+|bamgate0|[\d.,]+.(bytes|kB|MB)(/s)?|(Gtk|Adw|Applet)[A-Z]\w+|"
                  r"(Close|Minimize|Maximize) the window|Close|Minimize|Maximize|Search|No Results Found|Try a different search.|Enable \w+|Disable \w+|0 characters")
PAGES = {
    "online": [("app.show-peer", "home"), ("app.show-peer", "office")],
    "offers": [("app.show-peer", "home")],
    "exits": [],
    "exit-lost": [],
    "hub": [("win.leave", None), ("win.show-settings", "general")],
    "fresh": [("win.join", None), ("win.setup", None)],
    "static": [("win.add-peer", None)],
    "degraded": [], "pending": [], "off": [],
}


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory):
    # GTK 4.8 finds fault with the sizes of its own boxes where letters of several scripts meet
    return {**pseudo_language.make(tmp_path_factory.mktemp("pseudo")), "G_DEBUG": ""}


def texts(applet):
    return {text for window in applet.windows for node in window.walk() for text in (node.name, node.description) if text}


def left_in_english(applet):
    return {text for text in texts(applet) if "⟦" not in text and not all(DATA.fullmatch(line.strip()) for line in text.split("\n"))}


def open_page(applet, action, target):
    where, name = action.split(".")
    values = [GLib.Variant("s", target)] if target else []
    before = texts(applet)
    (applet.action if where == "app" else applet.window_action)(name, *values)
    applet.wait("the page", lambda: len(texts(applet) - before) > 3)


@pytest.mark.parametrize("scenario", PAGES)
def test_no_word_is_left(services, open_window, pseudo, scenario):
    applet = open_window(services(scenario), environment=pseudo)
    applet.wait("words of it", lambda: any("⟦" in text for text in texts(applet)))
    assert left_in_english(applet) == set()
    for action, target in PAGES[scenario]:
        open_page(applet, action, target)
        assert left_in_english(applet) == set(), (action, target)


def test_every_reason_to_drop_packets_has_words():
    top = pathlib.Path(__file__).resolve().parents[2]
    counted = re.findall(r'\[BG_DROP_\w+\] = "([^"]+)"', (top / "daemon/packet/counters.c").read_text(encoding="utf-8"))
    assert counted == re.findall(r'\{ "([^"]+)", N_', (top / "gtk-applet/drop-words.c").read_text(encoding="utf-8"))
