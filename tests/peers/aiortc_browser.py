"""aiortc in the place of a browser."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, MediaStreamTrack
from aiortc.rtcdtlstransport import SRTP_PROFILES

from sipcore.address import Address

PROFILES = tuple(known.openssl_profile.decode() for known in SRTP_PROFILES)


class Browser:
    """One peer connection that knows one profile; what it hears is counted."""

    def __init__(self, profile: str = PROFILES[0]) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._profiles = [known for known in SRTP_PROFILES if known.openssl_profile.decode() == profile]
        self._heard = asyncio.Queue[object]()
        self._listening: set[asyncio.Task[None]] = set()
        self.connection.on("track", self._listen)

    async def offer(self) -> str:
        self.connection.addTrack(AudioStreamTrack())
        return await self._describe(await self.connection.createOffer())

    async def answer(self, offer: str, active: bool) -> str:
        """``active``: it begins the handshake, which it would always do if it had the choice."""
        await self.connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        self.connection.addTrack(AudioStreamTrack())
        for sender in self.connection.getSenders():
            sender.transport._set_role("client" if active else "server")
        return await self._describe(await self.connection.createAnswer())

    async def take(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def hear(self, frames: int) -> None:
        """Waits for so many frames of sound."""
        for _ in range(frames):
            await self._heard.get()

    async def close(self) -> None:
        await self.connection.close()
        await asyncio.gather(*self._listening)

    async def _describe(self, description: RTCSessionDescription) -> str:
        for sender in self.connection.getSenders():
            sender.transport._srtp_profiles = self._profiles
        await self.connection.setLocalDescription(description)
        return str(self.connection.localDescription.sdp)

    def _listen(self, track: MediaStreamTrack) -> None:
        self._listening.add(asyncio.create_task(self._count(track)))

    async def _count(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                self._heard.put_nowait(await track.recv())
            except MediaStreamError:
                return

    def sent(self) -> int:
        """RTP packets."""
        sender: Any = self.connection.getSenders()[0]
        return int(sender._RTCRtpSender__packet_count)

    def lost(self) -> int:
        """RTP packets that it misses."""
        receiver: Any = self.connection.getTransceivers()[0].receiver
        return sum(stream.packets_lost for stream in receiver._RTCRtpReceiver__remote_streams.values())

    def overhear(self, take: Callable[[bytes], None]) -> None:
        """``take`` gets a copy of each datagram that it sends from now on."""
        for protocol in self._protocols():
            send = protocol.transport.sendto

            def tapped(data: bytes, address: tuple[str, int], send: Callable[..., None] = send) -> None:
                take(bytes(data))
                send(data, address)

            protocol.transport.sendto = tapped

    def forge(self, data: bytes, target: Address) -> None:
        """Sends a datagram from where its media comes from, as somebody on the way can."""
        self._ice()._nominated[1].protocol.transport.get_extra_info("socket")._sock.sendto(data, target)

    def relay(self) -> Address:
        """Where its media goes."""
        return Address(*self._ice()._nominated[1].remote_addr)

    def _protocols(self) -> list[Any]:
        return list(self._ice()._protocols)

    def _ice(self) -> Any:
        (sender,) = self.connection.getSenders()
        return sender.transport.transport._connection
