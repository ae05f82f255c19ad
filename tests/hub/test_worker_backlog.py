# SPDX-License-Identifier: LGPL-2.1-or-later
"""What may wait for the Worker's readers, and for all of them together: its room of the code, alone, in Node.js."""

import shutil
import subprocess

import pytest

from lab import workerd

SCENE = """
const { Backlog } = await import(process.argv[1]);
const { strict: assert } = await import("node:assert");
const KIB = 1024, MIB = 1024 * KIB, most = 256 * KIB;
let now = 1000;
Date.now = () => now;

const backlog = new Backlog(most);
const reader = { bufferedAmount: most }, one = { bufferedAmount: most + 1 };
assert(!backlog.isFull(reader));
assert(backlog.isFull(one) && !backlog.isFull(one, 1));
one.bufferedAmount = 0;
assert(!backlog.isFull(one));

// The more waits in all, the less for each, down to 64 KiB.
const others = Array.from({ length: 64 }, () => ({ bufferedAmount: MIB - 3 * KIB }));
others.forEach((other) => backlog.isFull(other));
reader.bufferedAmount = 0;
assert.equal(backlog.recount(), 64 * (MIB - 3 * KIB));
assert.equal(backlog.allowance(), 192 * KIB);
reader.bufferedAmount = 129 * KIB;
assert(backlog.isFull(reader));
others.forEach((other) => { other.bufferedAmount = 2 * MIB; });
now += 1000;
assert.equal(backlog.allowance(), 64 * KIB);

// They read, and say nothing of it; a line that is gone takes along what waited for it.
others.forEach((other, i) => { other.bufferedAmount = i === 0 ? MIB : 0; });
now += 1000;
assert(!backlog.isFull(reader));
backlog.forget(others[0]);
assert.equal(backlog.recount(), 129 * KIB);
"""


def test_the_more_waits_the_less_may_wait_for_each(build, tmp_path):
    node = shutil.which("node")
    if not node or workerd.install():
        pytest.skip("not on this machine: Node.js")
    module = tmp_path / "backlog.mjs"
    module.write_bytes((build / "worker" / "cloudflare" / "backlog.js").read_bytes())
    subprocess.run([node, "--input-type=module", "--eval", SCENE, module], timeout=30, check=True)
