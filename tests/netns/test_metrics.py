# SPDX-License-Identifier: LGPL-2.1-or-later
"""What bamgated tells Prometheus."""

import re
import shutil

from lab import measure
from lab.mesh import Mesh
from lab.wait import wait_for

SAMPLE = re.compile(r'^([a-z_]+(?:\{[a-z_]+="(?:[^"\\\n]|\\[\\n"])*"(?:,[a-z_]+="(?:[^"\\\n]|\\[\\n"])*")*\})?) (-?\d+(?:\.\d+)?)$')
PORT = 9099


def curl(machine, *options, path="/metrics", check=True):
    return machine.host.run("curl", "--silent", "--show-error", "--max-time", 20, "--unix-socket", machine.runtime / "metrics.sock", *options,
                            f"http://localhost{path}", check=check).stdout


def scrape(machine):
    lines = [line for line in curl(machine).splitlines() if not line.startswith("#")]
    found = [SAMPLE.match(line) for line in lines]
    assert all(found), [line for line, match in zip(lines, found) if not match]
    return {match[1]: float(match[2]) for match in found}


def status_of(machine, *options, path="/metrics"):
    return curl(machine, "--output", "/dev/null", "--write-out", "%{http_code}", *options, path=path)


def test_scrape(net):
    with Mesh(net) as mesh:
        a, b = mesh.machine("a"), mesh.machine("b")
        mesh.wait_connected(a, b)
        before = scrape(a)
        measure.ping(a.host, b.address, count=5, size=1000)
        after = scrape(a)
        for way in ("received", "transmitted"):
            assert after[f'bamgate_peer_{way}_bytes_total{{peer="b"}}'] - before[f'bamgate_peer_{way}_bytes_total{{peer="b"}}'] >= 5 * 1000
            assert after[f'bamgate_peer_{way}_packets_total{{peer="b"}}'] - before[f'bamgate_peer_{way}_packets_total{{peer="b"}}'] >= 5
            assert after[f"bamgate_{way}_bytes_total"] >= after[f'bamgate_peer_{way}_bytes_total{{peer="b"}}']
        assert after['bamgate_peer_handshakes_total{peer="b"}'] >= 1 and after['bamgate_peer_connected{peer="b"}'] == 1
        assert after['bamgate_peer_connects_total{peer="b"}'] == 1
        assert after['bamgate_hub_connection_state{state="online"}'] == 1 and after["bamgate_hub_connects_total"] == 1
        assert after['bamgate_tunnel_state{state="online"}'] == 1 and after['bamgate_peers{state="connected"}'] == 1
        assert after["process_open_fds"] > 10 and after["process_threads"] >= 2
        a.host.run("ping", "-c", 1, "-W", 1, re.sub(r"\d+$", "200", a.address), check=False)
        assert sum(value for name, value in scrape(a).items() if name.startswith("bamgate_dropped_packets_total")) > sum(
            value for name, value in before.items() if name.startswith("bamgate_dropped_packets_total"))
        doors(a)
        assert shutil.which("promtool") is None or a.host.run("promtool", "check", "metrics", input=curl(a)).returncode == 0
        # counters outlive the tunnel, and the daemon answers while it is down
        a.ctl("down")
        down = scrape(a)
        assert down['bamgate_tunnel_state{state="off"}'] == 1 and down["bamgate_received_bytes_total"] >= before["bamgate_received_bytes_total"]
        a.ctl("up")
        mesh.wait_connected(a, b)
        assert scrape(a)["bamgate_received_bytes_total"] >= down["bamgate_received_bytes_total"]
        assert scrape(a)['bamgate_peer_connects_total{peer="b"}'] == 2


def doors(machine):
    assert (machine.runtime / "metrics.sock").stat().st_mode & 0o777 == 0o666
    assert status_of(machine, path="/") == "404" and status_of(machine, "--request", "POST", "--data", "x") == "405"
    assert "# EOF" in curl(machine, "--header", "Accept: application/openmetrics-text;version=1.0.0")
    text = machine.ctl("metrics", "--socket", machine.runtime / "metrics.sock").stdout
    assert 'bamgate_peer_connected{peer="b"} 1' in text.splitlines()
    assert machine.ctl_json("metrics", "--socket", machine.runtime / "metrics.sock")["metrics"].startswith("# HELP ")
    assert machine.ctl("metrics", "--socket", "/nowhere", check=False).returncode == 3
    # the port, as the settings say
    assert machine.ctl("config", "set", "metrics.listen=0.0.0.0:9099", check=False).returncode != 0
    machine.ctl("config", "set", f"metrics.listen=127.0.0.1:{PORT}")
    url = f"http://127.0.0.1:{PORT}/metrics"
    wait_for("the port answers", lambda: "bamgate_build_info" in machine.host.run("curl", "--silent", url, check=False).stdout, 10)
    refused = machine.host.run("curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--header", "Host: evil.example", url)
    assert refused.stdout == "403"
    machine.ctl("config", "unset", "metrics.listen")
    wait_for("the port is closed", lambda: machine.host.run("curl", "--silent", url, check=False).returncode == 7, 10)
