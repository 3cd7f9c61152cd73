"""Tells others of digits: a UDP address, the clients of ng over TCP, a facility of syslog."""

import logging
import secrets
import socket
from collections.abc import Callable, Iterable

from rtpng.calls.digits import Notice
from rtpng.config import Config
from rtpng.listening import Connection
from rtpng.log import DTMF_RECORDS
from rtpng.ng.wire import Encoding, encode, write_json
from sipcore.address import Address, Family

_log = logging.getLogger(__name__)
_records = logging.getLogger(DTMF_RECORDS)
_UNREAD = 65536  # bytes; a client that does not read what it has been told is told no more
_FAMILIES = {Family.IP4: socket.AF_INET, Family.IP6: socket.AF_INET6}


def wanted(config: Config) -> bool:
    """Whether anybody is told of the digits of all calls."""
    return config.dtmf_log_dest is not None or config.dtmf_log_ng_tcp or config.log_facility_dtmf is not None


class DtmfLog:
    """``clients``: the connections of ng over TCP at this moment."""

    def __init__(self, config: Config, clients: Callable[[], Iterable[Connection]]) -> None:
        self._config = config
        self._clients = clients
        self._sockets: dict[Family, socket.socket] = {}
        self._unreachable: set[Address] = set()

    def tell(self, notice: Notice) -> None:
        if notice.played and self._config.dtmf_no_log_injects:
            return
        record = write_json(notice.data)
        destination = notice.destination or self._config.dtmf_log_dest
        if destination is not None:
            self._send(record, destination)
        if self._config.dtmf_log_ng_tcp:
            self._push(notice)
        if self._config.log_facility_dtmf is not None:
            _records.info("%s", record.decode(errors="replace"))

    def close(self) -> None:
        for opened in self._sockets.values():
            opened.close()
        self._sockets.clear()

    def _send(self, datagram: bytes, destination: Address) -> None:
        try:
            self._socket(destination.family).sendto(datagram, destination)
        except OSError as error:
            if destination not in self._unreachable:
                self._unreachable.add(destination)
                _log.warning("Cannot tell %s of digits: %s (further ones are not logged)", destination, error.strerror)

    def _socket(self, family: Family) -> socket.socket:
        if family not in self._sockets:
            self._sockets[family] = socket.socket(_FAMILIES[family], socket.SOCK_DGRAM)
            self._sockets[family].setblocking(False)
        return self._sockets[family]

    def _push(self, notice: Notice) -> None:
        """An unasked message, with a cookie of its own. Empty texts are left out, as rtpengine does here."""
        data = {key: value for key, value in notice.data.items() if value != ""}
        cookie = secrets.token_hex(8).encode()
        message = encode(cookie, {"notify": "onDTMF", "data": data}, Encoding.BENCODE)
        for connection in self._clients():
            if connection.transport.get_write_buffer_size() < _UNREAD and not connection.transport.is_closing():
                connection.transport.write(message)
