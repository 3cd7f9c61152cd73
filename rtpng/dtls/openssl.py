"""The one place that talks to OpenSSL: a context per certificate, and one SSL object per handshake, in memory."""

from collections.abc import Callable, Iterable
from hmac import compare_digest
from secrets import token_bytes
from typing import NamedTuple

from OpenSSL import SSL, crypto

from rtpng.dtls.certificates import Certificate
from sipcore.sdp.dtls import Role
from sipcore.srtp import DTLS_SUITES

Context = SSL.Context

_DTLS_1_2 = 0xFEFD
_EXPORTER = b"EXTRACTOR-dtls_srtp"  # RFC 5764 4.2
_EVERYTHING = 65536
_COOKIE = 16  # bytes

# NO_QUERY_MTU: without it OpenSSL forgets the MTU that it is told and cuts everything into 256 bytes. NO_TICKET: a
# ticket is half a kilobyte that nobody will ever use.
_OPTIONS = SSL.OP_NO_QUERY_MTU | SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION

Judge = Callable[[bytes], bool]


class _About(NamedTuple):
    """What OpenSSL's callbacks must know of a connection."""

    judge: Judge
    cookie: bytes


class TlsError(Exception):
    """OpenSSL gave up; the message is its reason in words."""


def make_context(certificate: Certificate, ciphers: str, profiles: Iterable[str] = DTLS_SUITES) -> Context:
    """What all handshakes with one certificate share; takes 0.5 ms. Raises TlsError for no ciphers, or too small a key.

    ``profiles`` of SRTP as OpenSSL names them: their order decides when we are the server.
    """
    context = Context(SSL.DTLS_METHOD)
    context.set_min_proto_version(_DTLS_1_2)
    context.set_options(_OPTIONS)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.set_tlsext_use_srtp(":".join(profiles).encode())
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, _verify)
    context.set_cookie_generate_callback(_cookie)
    context.set_cookie_verify_callback(lambda connection, cookie: compare_digest(cookie, _cookie(connection)))
    try:
        context.set_cipher_list(ciphers.encode())  # before the certificate: it may say @SECLEVEL, which judges keys
        context.use_certificate(certificate.x509)
    except SSL.Error as error:
        raise TlsError(_reason(error)) from None
    context.use_privatekey(certificate.key)
    return context


def _verify(connection: SSL.Connection, certificate: crypto.X509, _error: int, depth: int, ok: int) -> bool:
    """Judges the peer's own certificate by its bytes; who signed it, and whether it has expired, means nothing here.

    OpenSSL asks about every such complaint (not ``ok``), and at last about each certificate, the peer's own at depth 0.
    """
    if depth or not ok:
        return True
    about: _About = connection.get_app_data()
    return about.judge(crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate))


def _cookie(connection: SSL.Connection) -> bytes:
    about: _About = connection.get_app_data()
    return about.cookie


class Tls:
    """One SSL object with memory in place of a socket.

    ``judge`` is asked about the peer's certificate (DER) inside the handshake, before there are any keys. Handshake
    messages are cut into records of at most ``size`` bytes. A server that is ``doubtful`` of its client's address first
    has it send back a cookie, in fewer bytes than the ClientHello (RFC 6347 4.2.1).
    """

    __slots__ = ("_connection", "doubtful")

    def __init__(self, context: Context, role: Role, judge: Judge, size: int, *, doubtful: bool = False) -> None:
        self.doubtful = doubtful
        self._connection = SSL.Connection(context, None)
        self._connection.set_app_data(_About(judge, token_bytes(_COOKIE) if doubtful else b""))
        self._connection.set_ciphertext_mtu(size)
        if role is Role.ACTIVE:
            self._connection.set_connect_state()
        else:
            self._connection.set_accept_state()

    def put(self, records: bytes) -> None:
        """Hands in what was received: whole records."""
        self._connection.bio_write(records)

    def take(self) -> bytes:
        """What is to be sent: whole records."""
        parts = []
        while True:
            try:
                parts.append(self._connection.bio_read(_EVERYTHING))
            except SSL.WantReadError:
                return b"".join(parts)

    def shake_hands(self) -> bool:
        """Goes on with the handshake; True when it is over. Raises TlsError when it failed."""
        if self.doubtful and not self._has_cookie():
            return False
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return False
        except SSL.Error as error:
            raise TlsError(_reason(error)) from None
        return True

    def _has_cookie(self) -> bool:
        try:
            self._connection.DTLSv1_listen()
        except SSL.Error:  # anything but a ClientHello in one piece that has it
            return False
        self.doubtful = False
        return True

    def listen(self) -> bool:
        """Reads what came after the handshake, data unread; False when the peer has closed. Raises TlsError."""
        while True:
            try:
                self._connection.recv(_EVERYTHING)
            except SSL.WantReadError:
                return True
            except SSL.ZeroReturnError:
                return False
            except SSL.Error as error:
                raise TlsError(_reason(error)) from None

    def timeout(self) -> float | None:
        """Seconds until ``on_timeout`` wants to be called: OpenSSL reads the system's clock itself."""
        return self._connection.DTLSv1_get_timeout()

    def on_timeout(self) -> None:
        """Repeats the flight in fresh records if it is time. Raises TlsError when OpenSSL has had enough."""
        try:
            self._connection.DTLSv1_handle_timeout()
        except SSL.Error as error:
            raise TlsError(_reason(error)) from None

    @property
    def srtp_profile(self) -> str:
        """The agreed SRTP profile as OpenSSL names it; "" if there is none."""
        return self._connection.get_selected_srtp_profile().decode()

    def export(self, length: int) -> bytes:
        """Key material for SRTP."""
        return self._connection.export_keying_material(_EXPORTER, length)

    def farewell(self) -> bytes:
        """A close_notify, good for any later time; b"" if the connection cannot say it any more."""
        try:
            self._connection.shutdown()
        except SSL.Error:
            return b""
        return self.take()


def _reason(error: SSL.Error) -> str:
    """The innermost reason; its other fields are places in the source of OpenSSL."""
    match error.args:
        case [[*_, (*_, str(reason))]] if reason:
            return reason
        case [int(), str(reason)]:
            return reason
        case _:
            return "unknown error"
