"""SDP documents: lossless parsing and typed views (RFC 8866)."""
