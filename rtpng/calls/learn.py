"""Who may be the remote address of an endpoint (latching)."""
