"""rtpng demo: two phones, a call between them through a daemon, and a live view of it."""
