"""rtpng and a reference relay side by side on the same work."""
