"""One ng datagram in, one reply out: everything of the control port but its sockets."""

import logging
import secrets
from collections.abc import Callable, Mapping

from rtpng.errors import NgError
from rtpng.ng.cookies import Cookies
from rtpng.ng.fit import fit
from rtpng.ng.logtext import loggable
from rtpng.ng.message import Message
from rtpng.ng.tally import Tally
from rtpng.ng.wire import MAX_DATAGRAM, NO_COMMAND, Envelope, WireError, decode, encode, split
from sipcore.address import Address

Handle = Callable[[Message, Address], Mapping[str, object]]

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

    def respond(self, datagram: bytes, client: Address, now: float) -> bytes | None:
        """The reply to one datagram; None if there is nobody to answer. Raises nothing."""
        try:
            cookie, payload = split(datagram)
        except WireError:
            _log.warning("Received invalid NG data (no cookie) from %s: %s", client, loggable(datagram))
            return None
        remembered = self._cookies.recall(client.host, cookie, now)
        if remembered is not None:
            _log.info("Detected command from %s as a duplicate", client)
            return remembered
        reply = self._answer(datagram, cookie, payload, client, now)
        self._cookies.remember(client.host, cookie, reply, now)
        return reply

    def _answer(self, datagram: bytes, cookie: bytes, payload: bytes, client: Address, now: float) -> bytes:
        try:
            envelope = decode(datagram)
        except WireError as error:
            reply = self._refused(error.reason, payload, client)
            return encode(cookie, reply, error.encoding)
        command = envelope.message.text("command")
        if command is None:
            return encode(cookie, self._refused(NO_COMMAND, payload, client), envelope.encoding)
        return self._carried_out(envelope, command, payload, client, now)

    def _carried_out(self, envelope: Envelope, command: str, payload: bytes, client: Address, now: float) -> bytes:
        shown = loggable(command, limit=64)
        _log.info("Received command '%s' from %s", shown, client)
        try:
            reply = self._reply(envelope, payload, client)
        except Exception:  # noqa: BLE001 - the barrier of one request: our bug must not end the daemon
            reply = self._broken(envelope, shown, client)
        elapsed = self._clock() - now
        self.tally.command(client.host, command, elapsed)
        _log.info("Replying to '%s' from %s (elapsed time %.6f sec)", shown, client, elapsed)
        return reply

    def _reply(self, envelope: Envelope, payload: bytes, client: Address) -> bytes:
        try:
            reply = self._handle(envelope.message, client)
        except NgError as error:
            reply = _error(str(error))
        written = encode(envelope.cookie, reply, envelope.encoding)
        if len(written) > MAX_DATAGRAM:
            reply = _fitted(reply, envelope)
            written = encode(envelope.cookie, reply, envelope.encoding)
        if reply.get("result") == "error":
            self._refused(str(reply.get("error-reason", "")), payload, client)
        return written

    def _refused(self, reason: str, payload: bytes, client: Address) -> Mapping[str, object]:
        self.tally.error(client.host)
        _log.warning("Protocol error in packet from %s: %s [%s]", client, loggable(reason), loggable(payload))
        return _error(reason)

    def _broken(self, envelope: Envelope, shown: str, client: Address) -> bytes:
        self.tally.error(client.host)
        _log.exception("Internal error %s in '%s' from %s", secrets.token_hex(4), shown, client)
        return encode(envelope.cookie, _error("Internal error"), envelope.encoding)


def _error(reason: str) -> Mapping[str, object]:
    return {"result": "error", "error-reason": reason}


def _fitted(reply: Mapping[str, object], envelope: Envelope) -> Mapping[str, object]:
    return fit(reply, lambda cut: len(encode(envelope.cookie, cut, envelope.encoding)), MAX_DATAGRAM)
