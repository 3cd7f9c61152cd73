"""One ng message in, one reply out: everything of the control ports but their sockets."""

import logging
import secrets
from collections.abc import Callable, Mapping

from rtpng.errors import NgError
from rtpng.ng.cookies import Cookies
from rtpng.ng.fit import fit
from rtpng.ng.logtext import loggable
from rtpng.ng.message import Message
from rtpng.ng.tally import SHORT_NAMES, Tally
from rtpng.ng.wire import MAX_DATAGRAM, NO_COMMAND, Envelope, WireError, decode, encode, split
from sipcore.address import Address
from sipcore.record import record

Handle = Callable[[Message, Address], Mapping[str, object]]
Onlooker = Callable[[str, Address, bytes, bytes], None]  # Call-ID, client, request and reply as they were sent

_log = logging.getLogger(__name__)


class Responder:
    """Answers requests one after the other, so that a duplicate finds the first copy's reply in any case.

    ``handle`` carries out a message and returns the reply with its ``result``; an NgError becomes an error reply.
    ``clock`` reads the same monotonic clock as the ``now`` of ``respond``; it only serves to measure.
    """

    def __init__(self, handle: Handle, clock: Callable[[], float], tally: Tally | None = None) -> None:
        self._handle = handle
        self._clock = clock
        self._cookies = Cookies()
        self.tally = tally or Tally()
        self.onlooker: Onlooker | None = None

    def respond(self, datagram: bytes, client: Address, now: float, limit: int = MAX_DATAGRAM) -> bytes | None:
        """The reply to one message, in at most ``limit`` bytes; None if there is nobody to answer. Raises nothing."""
        try:
            cookie, payload = split(datagram)
        except WireError:
            _log.warning("Received invalid NG data (no cookie) from %s: %s", client, loggable(datagram))
            return None
        remembered = self._cookies.recall(client.host, cookie, now)
        if remembered is not None:
            _log.info("Detected command from %s as a duplicate", client)
            return remembered
        reply = self._answer(datagram, _Asked(cookie, payload, client, now, limit))
        self._cookies.remember(client.host, cookie, reply, now)
        return reply

    def respond_plain(self, payload: bytes, client: Address, now: float, limit: int = MAX_DATAGRAM) -> bytes:
        """The reply to a dictionary without a cookie, where the transport itself tells what answers what."""
        return self._answer(b"- " + payload, _Asked(b"-", payload, client, now, limit)).removeprefix(b"- ")

    def _answer(self, datagram: bytes, asked: "_Asked") -> bytes:
        try:
            envelope = decode(datagram)
        except WireError as error:
            return encode(asked.cookie, self._refused(error.reason, asked), error.encoding)
        command = envelope.message.text("command")
        if command is None:
            return encode(asked.cookie, self._refused(NO_COMMAND, asked), envelope.encoding)
        return self._carried_out(envelope, command, asked)

    def _carried_out(self, envelope: Envelope, command: str, asked: "_Asked") -> bytes:
        shown = command if command in SHORT_NAMES else loggable(command, limit=64)
        _log.info("Received command '%s' from %s", shown, asked.client)
        try:
            reply = self._reply(envelope, asked)
        except Exception:  # noqa: BLE001 - the barrier of one request: our bug must not end the daemon
            reply = self._broken(envelope, shown, asked.client)
        elapsed = self._clock() - asked.now
        self.tally.command(asked.client.host, command, elapsed)
        _log.info("Replying to '%s' from %s (elapsed time %.6f sec)", shown, asked.client, elapsed)
        if self.onlooker is not None:
            self._show(self.onlooker, envelope.message.text("call-id"), asked, reply)
        return reply

    def _show(self, onlooker: Onlooker, call_id: str | None, asked: "_Asked", reply: bytes) -> None:
        try:
            if call_id:
                onlooker(call_id, asked.client, asked.cookie + b" " + asked.payload, reply)
        except Exception:  # noqa: BLE001 - the command was carried out: the client must hear that
            _log.exception("Internal error beside a command from %s", asked.client)

    def _reply(self, envelope: Envelope, asked: "_Asked") -> bytes:
        try:
            reply = self._handle(envelope.message, asked.client)
        except NgError as error:
            reply = _error(str(error))
        written = encode(envelope.cookie, reply, envelope.encoding)
        if len(written) > asked.limit:
            reply = _fitted(reply, envelope, asked.limit)
            written = encode(envelope.cookie, reply, envelope.encoding)
        if reply.get("result") == "error":
            self._refused(str(reply.get("error-reason", "")), asked)
        return written

    def _refused(self, reason: str, asked: "_Asked") -> Mapping[str, object]:
        self.tally.error(asked.client.host)
        text = "Protocol error in packet from %s: %s [%s]"
        _log.warning(text, asked.client, loggable(reason), loggable(asked.payload))
        return _error(reason)

    def _broken(self, envelope: Envelope, shown: str, client: Address) -> bytes:
        self.tally.error(client.host)
        _log.exception("Internal error %s in '%s' from %s", secrets.token_hex(4), shown, client)
        return encode(envelope.cookie, _error("Internal error"), envelope.encoding)


@record
class _Asked:
    """One message as it came; ``limit`` is the longest reply that the way back takes."""

    cookie: bytes
    payload: bytes
    client: Address
    now: float
    limit: int


def _error(reason: str) -> Mapping[str, object]:
    return {"result": "error", "error-reason": reason}


def _fitted(reply: Mapping[str, object], envelope: Envelope, limit: int) -> Mapping[str, object]:
    return fit(reply, lambda cut: len(encode(envelope.cookie, cut, envelope.encoding)), limit)
