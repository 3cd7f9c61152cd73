"""Capturing one call on this host: a packet socket, whatever forwards the media."""
