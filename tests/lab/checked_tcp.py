# SPDX-License-Identifier: LGPL-2.1-or-later
"""TCP from one lab host to another, its content checked on both sides."""

import hashlib
import os
import socket
import threading

from .namespaces import made_on

SIZE = 256 * 1024
SECONDS = 10


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def answer(listener, seen):
    """Takes one connection, and answers what it got with its digest."""
    line, peer = listener.accept()
    with line:
        line.settimeout(SECONDS)
        seen.append(peer[0])
        digest, left = hashlib.sha256(), SIZE
        while left > 0 and (data := line.recv(min(65536, left))):
            digest.update(data)
            left -= len(data)
        line.sendall(digest.digest())


def dial(client, address, port, seconds):
    return made_on(client, lambda: socket.create_connection((address, port), timeout=seconds))


def transfer(client, server, address, seconds=SECONDS):
    """Sends SIZE random bytes from the host `client` to `address` of the host `server`; what address the server saw. OSError where
    nothing gets through."""
    listener = made_on(server, lambda: socket.create_server(("", 0), family=family_of(address)))
    with listener:
        listener.settimeout(seconds)
        seen = []
        thread = threading.Thread(target=lambda: answer(listener, seen))
        with dial(client, address, listener.getsockname()[1], seconds) as line:
            thread.start()
            line.settimeout(SECONDS)
            sent = os.urandom(SIZE)
            line.sendall(sent)
            got = line.recv(64, socket.MSG_WAITALL)
        thread.join()
    assert got == hashlib.sha256(sent).digest()
    return seen[0]


def gets_through(client, server, address, seconds=1):
    """Whether a connection can be made at all."""
    listener = made_on(server, lambda: socket.create_server(("", 0), family=family_of(address)))
    with listener:
        try:
            dial(client, address, listener.getsockname()[1], seconds).close()
        except OSError:
            return False
    return True
