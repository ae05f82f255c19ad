# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the hub listens at, what certificate it shows, and who may come in how often."""

import asyncio
import contextlib
import datetime
import os
import shutil
import signal
import socket
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub_process import TIMEOUT, join_two, run, trusting_context, wait_for

pytestmark = pytest.mark.host_only("hub", "sockets and TLS")

LOOPBACK = ("--listen", "127.0.0.1:0")


# Sockets of systemd


def listening(address, family=socket.AF_INET):
    sock = socket.socket(family)
    sock.bind((address, 0))
    sock.listen()
    return sock


def test_sockets_that_are_handed_over(start_hub):
    with listening("127.0.0.1") as first, listening("::1", socket.AF_INET6) as second:
        hub = start_hub("--plain", "--listen", "192.0.2.1:1", sockets=(first, second))  # which it has no part in
        assert hub.port == first.getsockname()[1]
        assert hub.get_json("GET", "/status")[0] == 200
        socket.create_connection(second.getsockname()[:2], TIMEOUT).close()


def test_sockets_of_other_kinds_are_left_alone(start_hub, tmp_path):
    with socket.socket(socket.AF_UNIX) as unix, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        unix.bind(str(tmp_path / "socket"))
        unix.listen()
        hub = start_hub("--plain", *LOOPBACK, sockets=(unix, udp))
        assert hub.get_json("GET", "/status")[0] == 200


def test_sockets_for_another_process_are_not_ours(start_hub):
    hub = start_hub("--plain", *LOOPBACK, environment={"LISTEN_PID": "1", "LISTEN_FDS": "3"})
    assert hub.get_json("GET", "/status")[0] == 200


# Certificates


def write_pair(certificate_path, key_path, name, days=1):
    """A certificate and its key; the name is what a client sees."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.utcnow()
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=2))
        .not_valid_after(now + datetime.timedelta(days=days)).sign(key, hashes.SHA256()))
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))


def shown_name(hub):
    with socket.create_connection(("127.0.0.1", hub.port), TIMEOUT) as tcp, \
            trusting_context().wrap_socket(tcp) as tls:
        certificate = x509.load_der_x509_certificate(tls.getpeercert(True))
    return certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value


@pytest.fixture
def pair(tmp_path):
    directory = tmp_path / "certificates"
    directory.mkdir()
    paths = directory / "fullchain.pem", directory / "privkey.pem"
    write_pair(*paths, "first")
    return paths


@pytest.fixture
def certified(start_hub, pair):
    return start_hub(*LOOPBACK, "--tls-certificate", str(pair[0]), "--tls-key", str(pair[1]))


def test_renewed_certificate_is_shown_and_nobody_is_cut_off(certified, pair):
    async def scene():
        alpha, bravo = await join_two(certified)
        assert shown_name(certified) == "first"
        write_pair(*pair, "second")
        for _ in range(200):
            if await asyncio.to_thread(shown_name, certified) == "second":
                break
            await asyncio.sleep(0.05)
        assert await asyncio.to_thread(shown_name, certified) == "second"
        assert await alpha.nothing_came(bravo)
        assert await bravo.nothing_came(alpha)

    run(scene())


def test_renewed_by_links_as_certbot_does(start_hub, tmp_path):
    live, archive = tmp_path / "live", tmp_path / "archive"
    live.mkdir()
    archive.mkdir()

    def renew(number):
        write_pair(archive / f"fullchain{number}.pem", archive / f"privkey{number}.pem", f"number {number}")
        for name in "privkey", "fullchain":
            (live / "new").symlink_to(archive / f"{name}{number}.pem")
            os.replace(live / "new", live / f"{name}.pem")

    renew(1)
    hub = start_hub(*LOOPBACK, "--tls-certificate", str(live / "fullchain.pem"), "--tls-key", str(live / "privkey.pem"))
    for number in 2, 3:
        renew(number)
        wait_for(lambda number=number: shown_name(hub) == f"number {number}")


def test_hangup_reads_it_again(certified, pair):
    write_pair(*pair, "second")
    certified.process.send_signal(signal.SIGHUP)
    wait_for(lambda: shown_name(certified) == "second")


def spoil_certificate(certificate, key):
    certificate.write_text("rubbish")


def spoil_key(certificate, key):
    write_pair(certificate.parent / "other.pem", key, "other")


def remove_key(certificate, key):
    key.unlink()


def let_expire(certificate, key):
    write_pair(certificate, key, "expired", days=-1)


@pytest.mark.parametrize("spoil", [spoil_certificate, spoil_key, remove_key, let_expire])
def test_bad_certificate_leaves_the_old_one(certified, pair, spoil):
    spoil(*pair)
    wait_for(lambda: "the certificate stays as it is" in certified.log())
    assert shown_name(certified) == "first"
    assert str(pair[0].parent) in certified.log().split("stays as it is")[1]
    write_pair(*pair, "second")
    wait_for(lambda: shown_name(certified) == "second")


def test_hangup_without_a_given_certificate_changes_nothing(start_hub):
    hub = start_hub(*LOOPBACK)
    hub.process.send_signal(signal.SIGHUP)
    assert shown_name(hub) == "bamgate-hub"


def test_credentials_of_the_unit(start_hub, pair, tmp_path):
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    shutil.copy(pair[0], credentials / "tls-certificate")
    shutil.copy(pair[1], credentials / "tls-key")
    (credentials / "token").write_text("a-token-from-elsewhere\n")
    hub = start_hub(*LOOPBACK, environment={"CREDENTIALS_DIRECTORY": str(credentials)})
    assert shown_name(hub) == "first" and hub.token == "a-token-from-elsewhere" and hub.pin is None


# Shares


def connect_from(source, port):
    return socket.create_connection(("127.0.0.1", port), TIMEOUT, source_address=(source, 0))


def try_to_connect(source, port):
    """None where we are turned away at once."""
    try:
        return connect_from(source, port)
    except ConnectionResetError:
        return None


def is_turned_away(sock):
    if sock is None:
        return True
    sock.setblocking(False)
    try:
        return sock.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def test_one_source_has_its_share_of_connections(start_hub):
    hub = start_hub(*LOOPBACK)
    with contextlib.ExitStack() as stack:
        guest = stack.enter_context(connect_from("127.0.0.1", hub.port))  # before the crowd: the oldest of all
        crowd = [try_to_connect("127.7.0.1", hub.port) for _ in range(1000)]
        tls = stack.enter_context(trusting_context().wrap_socket(guest))
        tls.sendall(b"GET /status HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in tls.recv(4096)
        wait_for(lambda: sum(map(is_turned_away, crowd)) >= 600)
    assert "too many connections from one place" in hub.log()


def test_a_flood_does_not_slow_others(start_hub):
    hub = start_hub(*LOOPBACK)
    over = threading.Event()
    opened = []

    def flood():
        crowd = []
        while not over.is_set():
            with contextlib.suppress(OSError):
                crowd.append(connect_from("127.7.0.1", hub.port))
            opened.append(1)
            if len(crowd) > 400:
                crowd.pop(0).close()

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        wait_for(lambda: len(opened) > 500)
        for _ in range(10):
            with connect_from("127.0.0.1", hub.port) as tcp, trusting_context().wrap_socket(tcp) as tls:
                tls.sendall(b"GET /status HTTP/1.1\r\nHost: x\r\n\r\n")
                assert b"200 OK" in tls.recv(4096)
    finally:
        over.set()
        thread.join()


def test_one_source_has_its_share_of_sockets(start_hub):
    hub = start_hub(*LOOPBACK, "--max-sockets", "100", "--join-timeout", "60")
    there = {"local_addr": ("127.7.0.1", 0), "ssl": trusting_context()}

    async def scene():
        crowd = [await hub.connect(**there) for _ in range(64)]
        assert await hub.refused(**there) == 503
        alpha, bravo = await join_two(hub)
        assert await alpha.nothing_came(bravo)
        for sock in crowd:
            sock.transport.abort()

    run(scene())


def test_what_comes_from_a_proxy_has_no_share(start_hub):
    hub = start_hub("--plain", *LOOPBACK)
    for _ in range(300):
        connect_from("127.0.0.1", hub.port).close()
    assert hub.get_json("GET", "/status")[0] == 200
