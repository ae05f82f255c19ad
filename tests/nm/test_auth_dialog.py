# SPDX-License-Identifier: LGPL-2.1-or-later
"""The program that tells agents what to ask for."""

import configparser
import os
import subprocess

from lab.paths import build_dir

DIALOG = build_dir() / "nm-plugin" / "nm-bamgate-auth-dialog"
WHO = ("-u", "6c57f7d4-0000-4000-8000-000000000000", "-n", "home", "-s", "org.freedesktop.NetworkManager.bamgate")
KEY = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="


def details(data, secrets):
    """A connection as agents hand it on."""
    text = "".join(f"DATA_KEY={key}\nDATA_VAL={value}\n\n" for key, value in data.items())
    return text + "".join(f"SECRET_KEY={key}\nSECRET_VAL={value}\n\n" for key, value in secrets.items()) + "DONE\n\n"


def dialog(*options, data=None, secrets=None, more=""):
    return subprocess.run([DIALOG, *options], input=details(data or {}, secrets or {}) + more, capture_output=True, text=True,
                          timeout=20, env={**os.environ, "LC_ALL": "C.UTF-8"}, check=False)


def questions(*options, **kwargs):
    done = dialog(*WHO, "--external-ui-mode", *options, **kwargs)
    assert done.returncode == 0, done.stderr
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.read_string(done.stdout)
    return parsed


def test_dialog_asks_for_the_code():
    asked = questions("-i", data={"hub": "https://198.51.100.7:8443#sha256=abc=", "invite-flags": "2"})
    assert asked["VPN Plugin UI"]["Version"] == "2" and "https://198.51.100.7:8443." in asked["VPN Plugin UI"]["Description"]
    assert dict(asked["invite"]) == {"value": "", "label": "Invite code", "issecret": "true", "shouldask": "true"}


def test_dialog_asks_only_for_what_is_missing():
    data = {"hub": "https://198.51.100.7:8443"}
    stored = questions("-i", data=data, secrets={"invite": "ABCD-EFGH"})
    assert stored["invite"]["Value"] == "ABCD-EFGH" and stored["invite"]["ShouldAsk"] == "false"
    assert questions("-i", "-r", data=data, secrets={"invite": "ABCD-EFGH"})["invite"]["ShouldAsk"] == "true"
    assert questions(data=data)["invite"]["ShouldAsk"] == "false"  # nobody may be asked
    assert questions("-i", "-t", "invite", data={})["invite"]["ShouldAsk"] == "true"
    assert questions("-i", data={}).sections() == ["VPN Plugin UI"]
    assert questions("-i", data={**data, "invite-flags": "4"}).sections() == ["VPN Plugin UI"]


def test_dialog_with_a_wireguard_file():
    asked = questions("-i", data={"wg-quick": "[Interface]"}, secrets={"private-key": KEY, "preshared-key-1": KEY})
    assert asked["private-key"]["Value"] == asked["preshared-key-1"]["Value"] == KEY
    assert asked["private-key"]["ShouldAsk"] == asked["preshared-key-1"]["ShouldAsk"] == "false"


def test_dialog_for_agents_of_old():
    data = {"hub": "https://198.51.100.7:8443"}
    done = dialog(*WHO, "-i", data=data, secrets={"invite": "ABCD-EFGH"}, more="QUIT\n\n")
    assert done.returncode == 0 and done.stdout == "invite\nABCD-EFGH\n\n\n"
    missing = dialog(*WHO, "-i", data=data, more="QUIT\n\n")
    assert missing.returncode == 1 and missing.stdout == "" and "settings of the connection" in missing.stderr


def test_dialog_is_for_agents():
    assert dialog().returncode == 1
    assert dialog("-u", "x", "-n", "x", "-s", "org.freedesktop.NetworkManager.openvpn", data={"hub": "x"}).returncode == 1
    assert dialog("--no-such-option").returncode == 2
    done = subprocess.run([DIALOG, *WHO, "--external-ui-mode", "-i"], input="nonsense", capture_output=True, text=True, timeout=20,
                          check=False)
    assert done.returncode == 0 and "ShouldAsk" not in done.stdout
