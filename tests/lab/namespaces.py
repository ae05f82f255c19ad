# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sockets of this program in the network namespaces of lab hosts: a socket belongs where it was made."""

import ctypes
import os
import threading

CLONE_NEWNET = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)


def made_on(host, make):
    """What `make` returns, called by a thread that is on the host's network."""
    done = []

    def there():
        space = os.open(f"/proc/{host.anchor.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            if libc.setns(space, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), f"no way into the network of {host.name}")
            done.append(make())
        except OSError as error:
            done.append(error)
        finally:
            os.close(space)

    thread = threading.Thread(target=there)
    thread.start()
    thread.join()
    if isinstance(done[0], OSError):
        raise done[0]
    return done[0]
