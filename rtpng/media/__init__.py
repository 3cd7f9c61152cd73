"""Userspace media: sockets and the packet path."""
