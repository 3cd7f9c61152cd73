"""Legs towards peers that speak ICE or DTLS: agents and handshakes behind the ports of a stream."""
