"""Cuts a stream into ng messages: one ends where its dictionary ends, and nothing stands between two of them.

The scanners remember where they are, so that a message which comes byte by byte is looked at once.
"""

import re
from typing import Protocol

from rtpng.ng.wire import MAX_COOKIE
from sipcore.errors import ParseError

MAX_MESSAGE = 256 * 1024  # bytes; what Kamailio takes as the longest reply

_TOKEN = re.compile(rb"(?P<open>[dl])|(?P<close>e)|(?P<integer>i-?[0-9]{1,20}e)|(?P<text>[0-9]{1,6}):")
_BEGINNING_OF_TOKEN = re.compile(rb"(?:i-?[0-9]{0,20}|[0-9]{0,6})")
_MARK = re.compile(rb"(?s:\\.)|[\"{}]")
_DEPTH = {"open": 1, "close": -1, "integer": 0, "text": 0}


class _Scanner(Protocol):
    at: int  # everything before it has been looked at

    def complete(self, data: bytearray) -> bool:
        """Whether ``data`` holds the whole dictionary, which then ends at ``at``. Raises ParseError if it cannot."""


class _Bencode:
    def __init__(self, at: int) -> None:
        self.at = at
        self._depth = 0

    def complete(self, data: bytearray) -> bool:
        while token := _TOKEN.match(data, self.at):
            kind = str(token.lastgroup)
            self.at = token.end() + (int(token["text"]) if kind == "text" else 0)
            self._depth += _DEPTH[kind]
            if not self._depth:
                return True
        if self.at < len(data) and not _BEGINNING_OF_TOKEN.fullmatch(data, self.at):
            raise ParseError(f"no bencode at byte {self.at}")
        return False


class _Json:
    """Matches braces outside of strings; the reader of the message finds everything else."""

    def __init__(self, at: int) -> None:
        self.at = at
        self._depth = 0
        self._in_text = False

    def complete(self, data: bytearray) -> bool:
        for mark in _MARK.finditer(data, self.at):
            self.at = mark.end()
            if mark[0] == b'"':
                self._in_text = not self._in_text
            elif not self._in_text and mark[0] in _BRACES:
                self._depth += _BRACES[mark[0]]
                if not self._depth:
                    return True
        if data[-1:] != b"\\":  # else it may be the first half of an escape
            self.at = len(data)
        return False


_BRACES = {b"{": 1, b"}": -1}
_SCANNERS: dict[bytes, type[_Bencode] | type[_Json]] = {b"d": _Bencode, b"{": _Json}


class Framer:
    """Takes bytes as they come, gives whole messages (``cookie SP dictionary``).

    ``broken``: the stream can no longer be told apart into messages; the last thing given is all that was left of it.
    """

    def __init__(self) -> None:
        self.broken = False
        self._data = bytearray()
        self._scanner: _Scanner | None = None

    def add(self, data: bytes) -> None:
        if not self.broken:
            self._data += data

    def next(self) -> bytes | None:
        """The next message, or None until more bytes have come. Raises nothing."""
        if not self._data:
            return None
        try:
            end = self._end()
        except ParseError:
            self.broken = True
            return self._taken(len(self._data))
        return None if end is None else self._taken(end)

    def _end(self) -> int | None:
        """Where the first message ends, if it is there. Raises ParseError."""
        if self._scanner is None:
            self._scanner = _scanner(self._data)
        if self._scanner is not None and self._scanner.complete(self._data):
            return self._scanner.at
        if len(self._data) > MAX_MESSAGE:
            raise ParseError("message too long")
        return None

    def _taken(self, end: int) -> bytes:
        message = bytes(self._data[:end])
        del self._data[:end]
        self._scanner = None
        return message


def _scanner(data: bytearray) -> _Scanner | None:
    """What reads the payload, once its first byte is there. Raises ParseError if that cannot begin a dictionary."""
    space = data.find(b" ", 0, MAX_COOKIE + 1)
    if space == 0 or (space < 0 and len(data) > MAX_COOKIE):
        raise ParseError("no cookie")
    if space < 0 or space + 1 == len(data):
        return None
    scanner = _SCANNERS.get(bytes(data[space + 1 : space + 2]))
    if scanner is None:
        raise ParseError("no dictionary")
    return scanner(space + 1)
