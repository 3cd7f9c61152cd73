"""The ng protocol and the operator's command line over HTTP and WebSocket."""
