"""The operator's command line: what rtpengine-ctl asks, over TCP, HTTP, WebSocket or the ng command ``cli``."""
