# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is behind an endpoint, over a line that has `recv` and `sendall`. Each ends when it has said everything; whoever called it ends the
line."""

import json
import time

BLOCK = 65536
BANNER = b"220 banner.test ready\r\n"
HEAD_MAX = 65536


def block(size):
    """Bytes that are told apart by where they stand."""
    return (b"".join(f"{at:015d}\n".encode() for at in range(size // 16 + 1)))[:size]


PATTERN = block(BLOCK)


def echo(line):
    while data := line.recv(BLOCK):
        line.sendall(data)


def banner(line):
    """It speaks first, then it is an echo."""
    line.sendall(BANNER)
    echo(line)


def sink(line):
    """Says at the end how many bytes came."""
    size = 0
    while data := line.recv(BLOCK):
        size += len(data)
    line.sendall(str(size).encode())


def source(line, size):
    while size > 0:
        line.sendall(PATTERN[:min(size, BLOCK)])
        size -= BLOCK


def after_end(line):
    """Nothing, until the other side has said everything; then all of it."""
    came = b""
    while data := line.recv(BLOCK):
        came += data
    line.sendall(came)


# HTTP/1.1


class Reader:
    def __init__(self, line):
        self.line, self.left = line, b""

    def more(self):
        data = self.line.recv(BLOCK)
        self.left += data
        return bool(data)

    def until(self, mark):
        """What stands before `mark`, and it; b"" at the end."""
        while mark not in self.left:
            if len(self.left) > HEAD_MAX or not self.more():
                return b""
        found, _, self.left = self.left.partition(mark)
        return found + mark

    def exactly(self, size):
        while len(self.left) < size and self.more():
            pass
        found, self.left = self.left[:size], self.left[size:]
        return found

    def body(self, headers):
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(self.chunks())
        return self.exactly(int(headers.get("content-length", 0)))

    def chunks(self):
        while size := int(self.until(b"\r\n").split(b";")[0] or b"0", 16):
            yield self.exactly(size)
            self.until(b"\r\n")
        while self.until(b"\r\n") not in (b"\r\n", b""):
            pass


def headers_of(head):
    pairs = (row.partition(":") for row in head.decode("latin-1").split("\r\n")[1:] if ":" in row)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def respond(line, body, *headers, status="200 OK"):
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    line.sendall("\r\n".join(lines).encode() + body)


def respond_in_chunks(line, body):
    line.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for part in (body[:7], body[7:]):
        if part:
            line.sendall(f"{len(part):x}\r\n".encode() + part + b"\r\n")
    line.sendall(b"0\r\n\r\n")


def respond_slowly(line, body):
    line.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode())
    for at in range(0, len(body), max(1, len(body) // 10)):
        line.sendall(body[at:at + max(1, len(body) // 10)])
        time.sleep(0.05)


def http(line):
    """Answers each request with {"head", "body"} as they came. By path: /chunked, /slow, /early (before the body is read), /upgrade (101, then an
    echo), /close."""
    reader = Reader(line)
    while head := reader.until(b"\r\n\r\n"):
        path, headers = head.split(b" ")[1].split(b"?")[0], headers_of(head)
        if path == b"/early":
            respond(line, b"too much", "Connection: close", status="413 Content Too Large")
            return
        if path == b"/upgrade":
            line.sendall(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
            line.sendall(reader.left)
            echo(line)
            return
        said = json.dumps({"head": head.decode("latin-1"), "body": reader.body(headers).decode("latin-1")}).encode()
        answer = {b"/chunked": respond_in_chunks, b"/slow": respond_slowly}.get(path, respond)
        answer(line, said)
        if path == b"/close" or headers.get("connection", "").lower() == "close":
            return


ORIGINS = {"echo": echo, "banner": banner, "sink": sink, "source": source, "after-end": after_end, "http": http}
