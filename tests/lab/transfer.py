# SPDX-License-Identifier: LGPL-2.1-or-later
"""A file over TCP between lab hosts, that goes on where it was when its connection dies: what arrives is to be the file.

    transfer.py serve ADDRESS PORT FILE BYTES_PER_S
    transfer.py fetch ADDRESS PORT FILE BYTES PATIENCE_S
"""
import hashlib
import pathlib
import socket
import struct
import sys
import threading
import time

CHUNK = 16384
SCRIPT = pathlib.Path(__file__).resolve()


class Transfer:
    """From `server` to `client`, so many bytes in some `seconds`. A connection that stands still for `patience` seconds is given up."""

    def __init__(self, client, server, address, seconds, size=4 << 20, port=9000, patience=1.0):
        self.size = size
        self.source, self.copy = server.dir / "source", client.dir / "copy"
        self.source.write_bytes(b"".join(hashlib.sha256(struct.pack(">I", n)).digest() for n in range(size // 32)))
        server.start("serve", sys.executable, SCRIPT, "serve", address, port, self.source, int(size / seconds)).wait_line("ready")
        self.process = client.start("fetch", sys.executable, SCRIPT, "fetch", address, port, self.copy, size, patience)

    def progress(self):
        return self.copy.stat().st_size if self.copy.exists() else 0

    def finish(self, seconds=30):
        """Waits for the end; how many connections it took. What arrived is what was sent."""
        line = self.process.wait_line("done", seconds)
        assert self.copy.read_bytes() == self.source.read_bytes()
        return int(line.split()[-1])


def answer(connection, data, rate):
    with connection:
        offset = struct.unpack(">Q", connection.recv(8, socket.MSG_WAITALL))[0]
        while offset < len(data):
            connection.sendall(data[offset:offset + CHUNK])
            offset += CHUNK
            time.sleep(CHUNK / rate)


def serve(address, port, path, rate):
    with open(path, "rb") as file:
        data = file.read()
    with socket.create_server((address, int(port))) as listener:
        print("ready", flush=True)
        while True:
            threading.Thread(target=answer, args=(listener.accept()[0], data, int(rate)), daemon=True).start()


def fetch(address, port, path, size, patience):
    connections = 0
    with open(path, "wb", buffering=0) as file:
        while file.tell() < int(size):
            connections += 1
            try:
                with socket.create_connection((address, int(port)), float(patience)) as connection:
                    connection.sendall(struct.pack(">Q", file.tell()))
                    while data := connection.recv(CHUNK):
                        file.write(data)
            except OSError:
                time.sleep(0.1)
    print("done", connections, flush=True)


if __name__ == "__main__":
    {"serve": serve, "fetch": fetch}[sys.argv[1]](*sys.argv[2:])
