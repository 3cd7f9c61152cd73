"""rtpng doctor: what is measured, and what it means."""
