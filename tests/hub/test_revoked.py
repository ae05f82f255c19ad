# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who was revoked in a network that is not signed, said to all others (docs/devices.md, On the WebSocket)."""
from device_client import call, invited, owner
from hub_process import run

PLAIN = ("--plain", "--listen", "127.0.0.1:0")


def revoked_by(device):
    answer = device.call("GET", "/auth/revoked")
    assert answer.status == 200
    return answer.json


def test_who_was_revoked_is_said_to_all(hub):
    """How many keys in a frame, which of them when asked: to those who were there, and to those who come later."""
    first = owner(hub)
    second, third, fourth = (invited(hub, name, first) for name in ("second", "third", "fourth"))

    async def scene():
        watcher = await third.joined()
        assert watcher.network == {"log": 0, "pending": 0, "type": "network"} and revoked_by(third) == {"revoked": []}
        for number, device in enumerate((second, fourth), 1):
            assert first.call("DELETE", f"/auth/devices/{device.id}").status == 200
            assert await watcher.receive() == {"log": 0, "pending": 0, "revoked": number, "type": "network"}
        late = await first.joined()
        assert late.network["revoked"] == 2

    run(scene())
    assert revoked_by(third) == revoked_by(first) == {"revoked": [second.public_key, fourth.public_key]}


def test_only_who_is_in_the_network_hears_who_was_revoked(start_hub):
    hub = start_hub(*PLAIN, "--approve-devices", "yes")
    first = owner(hub)
    second, third = invited(hub, "second", first), invited(hub, "third", first)
    assert first.call("DELETE", f"/auth/devices/{second.id}").status == 200
    assert third.call("GET", "/auth/revoked").status == 403
    assert second.call("GET", "/auth/revoked").status == call(hub, "GET", "/auth/revoked").status == 401
    assert call(hub, "GET", "/auth/revoked", token=hub.token).status in (401, 403)


def test_revoked_stays_so_over_a_restart(start_hub):
    hub = start_hub(*PLAIN)
    first = owner(hub)
    second = invited(hub, "second", first)
    assert first.call("DELETE", f"/auth/devices/{second.id}").status == 200
    hub.stop()
    first.hub = start_hub(*PLAIN)
    assert revoked_by(first) == {"revoked": [second.public_key]}


def test_replaced_key_is_revoked_and_who_left_is_not(hub):
    first = owner(hub)
    old, gone = invited(hub, "laptop", first), invited(hub, "gone", first)
    new = invited(hub, "laptop", first)
    assert gone.call("POST", "/auth/leave").status == 200
    assert first.call("PATCH", f"/auth/devices/{new.id}", {"state": "active"}).status == 200
    assert revoked_by(new) == {"revoked": [old.public_key]}
