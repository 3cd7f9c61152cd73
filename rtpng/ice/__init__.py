"""Interactive Connectivity Establishment (RFC 8445): agents without sockets, clocks and tasks."""
