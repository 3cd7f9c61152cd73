"""Tells Homer of RTCP and of ng messages, as they pass."""

import errno
import logging
import socket
import struct

from rtpng.calls.model import Call
from rtpng.clock import Clock
from rtpng.config import Config
from rtpng.export import rtcp_json
from rtpng.export.hep import RTCP_AS_JSON, Capture, packet
from sipcore.address import Address, Family
from sipcore.rtcp import Compound

RETRY = 5.0  # seconds until a connection that failed is tried again

_log = logging.getLogger(__name__)
_FAMILIES = {Family.IP4: socket.AF_INET, Family.IP6: socket.AF_INET6}
_ANY = {Family.IP4: "0.0.0.0", Family.IP6: "::"}


class Homer:
    """Nothing waits for Homer: what it does not take at once is lost, and counted."""

    def __init__(self, server: Address, config: Config, clock: Clock) -> None:
        self._server, self._config, self._clock = server, config, clock
        self._socket: socket.socket | None = None
        self._again = 0.0
        self.dropped = 0

    def rtcp(self, call: Call, local: Address, source: Address, compound: Compound) -> None:
        """RTCP has come from ``source`` to our port."""
        payload = rtcp_json.text(compound)
        if payload:
            self._send(Capture(source, local, self._clock.wall(), RTCP_AS_JSON, call.call_id, payload))

    def ng(self, call_id: str, client: Address, request: bytes, reply: bytes) -> None:
        """A request has been answered."""
        ours = self._ng_port(client.family)
        for source, target, payload in ((client, ours, request), (ours, client, reply)):
            protocol = self._config.homer_ng_capture_proto
            self._send(Capture(source, target, self._clock.wall(), protocol, call_id, payload))

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _ng_port(self, family: Family) -> Address:
        """Where ng is asked, as far as the configuration says it."""
        listens = (each for each in self._config.listen_ng if each.host is not None)
        known = [Address(each.host or "", each.port) for each in listens]
        port = next((each.port for each in self._config.listen_ng), 0)
        return next((address for address in known if address.family is family), Address(_ANY[family], port))

    def _send(self, capture: Capture) -> None:
        if self._socket is None and self._clock.now() < self._again:
            self.dropped += 1
            return
        try:
            data = packet(capture, self._config.homer_id)
        except (OverflowError, struct.error):  # longer than HEP can say
            self.dropped += 1
            return
        try:
            if self._connected().send(data) < len(data):
                raise OSError("it reads too slowly")  # half a packet in a stream: only a new connection helps
        except BlockingIOError:
            self.dropped += 1
        except OSError as error:
            if error.errno == errno.EMSGSIZE:  # too long for a datagram: the next one may not be
                self.dropped += 1
            else:
                self._failed(error)

    def _connected(self) -> socket.socket:
        """Raises OSError."""
        if self._socket is None:
            kind = socket.SOCK_STREAM if self._config.homer_protocol == "tcp" else socket.SOCK_DGRAM
            self._socket = opened = socket.socket(_FAMILIES[self._server.family], kind)
            opened.setblocking(False)
            opened.connect_ex(self._server)
        return self._socket

    def _failed(self, error: Exception) -> None:
        self.dropped += 1
        if not self._again:
            _log.warning("Homer at %s cannot be told: %s (said once; it is tried again)", self._server, error)
        self._again = self._clock.now() + RETRY
        self.close()
