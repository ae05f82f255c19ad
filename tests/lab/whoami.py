# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host of the Internet that tells everybody which address it sees, by TCP."""

import contextlib
import socket
import threading

from .namespaces import made_on

PORT = 7777


class WhoAmI:
    """Answers on `host`, IPv4 and IPv6, until the context is left."""

    def __init__(self, host, port=PORT):
        self.host, self.port = host, port
        self.listening = made_on(host, self.listen)
        self.thread = threading.Thread(target=self.answer, daemon=True)

    def listen(self):
        return socket.create_server(("::", self.port), family=socket.AF_INET6, dualstack_ipv6=True)

    def answer(self):
        with contextlib.suppress(OSError):
            while True:
                connection, (address, *_) = self.listening.accept()
                with connection:
                    connection.sendall(address.removeprefix("::ffff:").encode())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join()

    def ask(self, client, address=None, seconds=2, link=None, mark=None):
        """What it tells `client`, who asks at `address` (else at its IPv4 one); None where nothing comes back."""
        address = address or self.host.address

        def connect():
            asking = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
            asking.settimeout(seconds)
            if link:
                asking.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, link.encode())
            if mark:
                asking.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark)
            try:
                asking.connect((address, self.port))
                return asking
            except OSError:
                asking.close()
                return None

        asking = made_on(client, connect)
        if not asking:
            return None
        with asking, contextlib.suppress(OSError):
            return asking.recv(64).decode() or None
        return None
