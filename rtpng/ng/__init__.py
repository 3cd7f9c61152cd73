"""The ng control protocol: wire, flags, commands, listeners."""
