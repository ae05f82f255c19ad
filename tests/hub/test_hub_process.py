# SPDX-License-Identifier: LGPL-2.1-or-later
"""The program: start, TLS, limits, restart, end."""

import base64
import contextlib
import hashlib
import os
import socket
import ssl
import stat
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from hub_process import KEY_A, TIMEOUT, join_two, run

pytestmark = pytest.mark.host_only("hub", "program, files, TLS")

PLAIN = ("--plain", "--listen", "127.0.0.1:0")


def shown_pin(port):
    """The pin of the key that a TLS server shows."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), TIMEOUT) as tcp, context.wrap_socket(tcp) as tls:
        certificate = x509.load_der_x509_certificate(tls.getpeercert(True))
    spki = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(hashlib.sha256(spki).digest()).decode()


def usage(hub_program, *options):
    return subprocess.run([hub_program, *options], capture_output=True, text=True, timeout=TIMEOUT)


# TLS


def test_own_certificate_is_made_once_and_pinned(start_hub):
    hub = start_hub("--port", "0")
    assert hub.url == f"wss://127.0.0.1:{hub.port}/connect"
    assert shown_pin(hub.port) == hub.pin
    assert hub.stop() == 0
    again = start_hub("--port", "0")
    assert again.pin == hub.pin and again.token == hub.token
    assert shown_pin(again.port) == hub.pin


def test_websockets_over_tls(start_hub):
    hub = start_hub("--listen", "127.0.0.1:0")

    async def scene():
        alpha, bravo = await join_two(hub)
        assert await alpha.nothing_came(bravo)

    run(scene())


@pytest.mark.parametrize("listen", ["*:0", "[::]:0", ":0", "0"])
def test_both_families_are_served(start_hub, listen):
    hub = start_hub("--listen", listen, "--plain")
    for host in ["127.0.0.1", "::1"]:
        socket.create_connection((host, hub.port), TIMEOUT).close()


def test_one_family_alone(start_hub):
    hub = start_hub("--listen", "0.0.0.0:0", "--plain")
    socket.create_connection(("127.0.0.1", hub.port), TIMEOUT).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("::1", hub.port), TIMEOUT)


def test_given_certificate_has_no_pin(start_hub, tmp_path):
    other = start_hub("--port", "0", state="other")
    other.stop()
    hub = start_hub("--port", "0", "--tls-certificate", str(other.state / "tls.pem"))
    assert hub.pin is None
    assert shown_pin(hub.port) == other.pin


def test_plain_speech_to_a_tls_port_is_harmless(start_hub):
    hub = start_hub("--listen", "127.0.0.1:0")
    with socket.create_connection(("127.0.0.1", hub.port), TIMEOUT) as tcp:
        tcp.sendall(b"GET /status HTTP/1.1\r\nHost: x\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert b"ok" not in tcp.recv(4096)
    assert shown_pin(hub.port) == hub.pin


def test_plain_on_an_open_address_warns(start_hub):
    assert "no TLS" in start_hub("--plain", "--listen", "0.0.0.0:0").log()


def test_plain_on_loopback_does_not_warn(start_hub):
    assert "no TLS" not in start_hub(*PLAIN).log()


@pytest.mark.parametrize("subnet, warns", [("8.8.8.0/24", True), ("100.64.0.0/16", False)])
def test_subnet_of_others_warns(start_hub, subnet, warns):
    assert ("belongs to others" in start_hub(*PLAIN, "--subnet", subnet).log()) == warns


# State


def test_files_are_private(start_hub):
    hub = start_hub("--port", "0")
    for name in ["token", "tls.pem", "hub.sqlite"]:
        assert stat.S_IMODE(os.stat(hub.state / name).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(hub.state).st_mode) == 0o700


def test_restart_keeps_devices_addresses_and_invites(start_hub):
    hub = start_hub(*PLAIN, "--subnet", "10.7.0.0/24")

    async def scene():
        await hub.join("alpha", KEY_A, address="10.7.0.1/24")

    run(scene())
    code = hub.new_invite()
    hub.kill()
    again = start_hub(*PLAIN)
    assert again.get_json("GET", f"/invite/{code}")[1]["address"] == "10.7.0.2/24"
    info = again.get_json("GET", "/network-info", hub.token)[1]
    assert [device["device_name"] for device in info["devices"]] == ["alpha", ""]


def test_subnet_cannot_move_under_devices(start_hub, hub_program):
    hub = start_hub(*PLAIN)

    async def scene():
        await hub.join("alpha", KEY_A, address="10.0.0.1/24")

    run(scene())
    hub.stop()
    done = usage(hub_program, *PLAIN, "--state-dir", str(hub.state), "--subnet", "10.8.0.0/24")
    assert done.returncode == 1 and "1 devices in 10.0.0.0/24" in done.stderr


def test_token_file_is_used(start_hub, tmp_path):
    path = tmp_path / "mine"
    path.write_text("my-own-token-which-is-long\n")
    hub = start_hub(*PLAIN, "--token-file", str(path))
    assert hub.get_json("GET", "/network-info", "my-own-token-which-is-long")[0] == 200


@pytest.mark.parametrize("content", [None, "", "short", "two words are not a token", "x" * 300],
                         ids=["missing", "empty", "short", "blanks", "long"])
def test_bad_token_files_are_refused(hub_program, tmp_path, content):
    path = tmp_path / "mine"
    if content is not None:
        path.write_text(content)
    done = usage(hub_program, *PLAIN, "--state-dir", str(tmp_path / "s"), "--token-file", str(path))
    assert done.returncode == (1 if content is None else 78) and str(path) in done.stderr


def test_broken_database_is_refused(hub_program, tmp_path):
    (tmp_path / "hub.sqlite").write_bytes(b"no database at all, but long enough to be one" * 100)
    done = usage(hub_program, *PLAIN, "--state-dir", str(tmp_path))
    assert done.returncode == 1 and "hub.sqlite" in done.stderr


# Options


@pytest.mark.parametrize(
    "options", [["--nonsense"], ["word"], ["--port", "70000"], ["--plain", "--tls-certificate", "x"],
                ["--tls-key", "x"], ["--behind-proxy"], ["--max-peers", "0"], ["--log-level", "loud"]]
)
def test_wrong_options(hub_program, options):
    done = usage(hub_program, *options)
    assert done.returncode == 2 and done.stderr.startswith("bamgate-hub: ")


@pytest.mark.parametrize("options", [["--listen", "nonsense"], ["--listen", "hub.example:1"], ["--listen", "1.2.3.4:x"],
                                     ["--subnet", "10.0.0.0/31"], ["--subnet", "fd00::/64"], ["--public-url", "x"], ["--suffix", "a b"], ["--suffix", "arpa"]])
def test_unusable_options(hub_program, tmp_path, options):
    done = usage(hub_program, "--state-dir", str(tmp_path), *options)
    assert done.returncode == 78 and done.stderr.startswith("bamgate-hub: ")


def test_port_in_use(start_hub, hub_program, tmp_path):
    hub = start_hub(*PLAIN)
    done = usage(hub_program, "--plain", "--listen", f"127.0.0.1:{hub.port}", "--state-dir", str(tmp_path / "2"))
    assert done.returncode == 1 and str(hub.port) in done.stderr


def test_version_and_help(hub_program):
    assert usage(hub_program, "--version").stdout.startswith("bamgate-hub ")
    assert "--invite-lifetime" in usage(hub_program, "--help").stdout


# Limits


def test_idle_connections_do_not_keep_others_out(hub):
    idle = [socket.create_connection(("127.0.0.1", hub.port), TIMEOUT) for _ in range(400)]
    assert hub.get_json("GET", "/status")[0] == 200
    idle[0].settimeout(TIMEOUT)
    assert idle[0].recv(1) == b""  # the oldest had to go
    for connection in idle:
        connection.close()


RUBBISH = {
    "zeros": b"\x00" * 100,
    "version": b"GET / HTTP/9.9\r\n\r\n",
    "empty lines": b"\r\n" * 1000,
    "long header": b"GET /status HTTP/1.1\r\nHost: x\r\nA: " + b"y" * 200000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("rubbish", RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_instead_of_http(hub, rubbish):
    with socket.create_connection(("127.0.0.1", hub.port), TIMEOUT) as tcp:
        with contextlib.suppress(OSError):
            tcp.sendall(rubbish)
            tcp.shutdown(socket.SHUT_WR)
            tcp.recv(4096)
    assert hub.get_json("GET", "/status")[0] == 200


# The end


def test_sigterm_says_goodbye(hub):
    """And nothing else: the devices do not leave, and a Go peer that hears that one did ends its tunnel."""
    async def scene():
        alpha, bravo = await join_two(hub)
        hub.process.terminate()
        for client in (alpha, bravo):
            assert await client.rest() == []
            assert (await client.closed())[0] == 1001

    run(scene())
    assert hub.process.wait(TIMEOUT) == 0


def test_sigterm_does_not_wait_for_the_dead(hub):
    async def scene():
        alpha, bravo = await join_two(hub)
        alpha.socket.transport.pause_reading()
        hub.process.terminate()
        assert (await bravo.closed())[0] == 1001
        assert hub.process.wait(TIMEOUT) == 0

    run(scene())


def test_sigterm_while_idle(hub):
    assert hub.stop() == 0
