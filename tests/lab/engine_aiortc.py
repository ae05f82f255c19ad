# SPDX-License-Identifier: LGPL-2.1-or-later
"""WebRTC connections by Debian's python3-aiortc. Left alone, it offers in the words of before RFC 8841."""

import asyncio


class Connection:
    def __init__(self, program, remote, legacy):
        import aiortc

        self.program, self.remote = program, remote
        self.rtc = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
        self.rtc._sctpLegacySdp = legacy
        self.channel = None
        self.rtc.on("datachannel", self.take)

    def take(self, channel):
        self.channel = channel
        channel.on("message", lambda data: self.program.on_message(self.remote, data))
        channel.on("close", lambda: self.program.on_closed(self.remote, self))
        if channel.readyState == "open":
            self.on_open()
        else:
            channel.on("open", self.on_open)

    def on_open(self):
        self.program.on_open(self.remote, self.send)

    def send(self, data):
        if self.channel.readyState == "open":
            self.channel.send(data)

    async def offer(self):
        self.take(self.rtc.createDataChannel("bamgate", ordered=False, maxRetransmits=0))
        await self.rtc.setLocalDescription(await self.rtc.createOffer())
        return self.rtc.localDescription.sdp

    async def answer(self, sdp):
        import aiortc

        await self.rtc.setRemoteDescription(aiortc.RTCSessionDescription(sdp, "offer"))
        await self.rtc.setLocalDescription(await self.rtc.createAnswer())
        return self.rtc.localDescription.sdp

    async def accept(self, sdp):
        import aiortc

        await self.rtc.setRemoteDescription(aiortc.RTCSessionDescription(sdp, "answer"))

    async def add_candidate(self, line):
        from aiortc.sdp import candidate_from_sdp

        if line and line.split()[2].lower() == "udp":
            candidate = candidate_from_sdp(line.removeprefix("candidate:"))
            candidate.sdpMid, candidate.sdpMLineIndex = "0", 0
            await self.rtc.addIceCandidate(candidate)

    async def close(self):
        await self.rtc.close()


class Engine:
    def __init__(self, options):
        self.legacy, self.tsn = options.legacy, options.tsn

    async def start(self):
        import aiortc.rtcsctptransport

        if self.tsn is not None:
            aiortc.rtcsctptransport.random32 = lambda: self.tsn

    async def stop(self):
        await asyncio.sleep(0)

    async def obey(self, order):
        raise ValueError(f"not for aiortc: {order}")

    async def connection(self, program, remote):
        return Connection(program, remote, self.legacy)
