"""DTLS-SRTP (RFC 5764): handshakes without sockets or clocks, and the keys that come out of them."""
