"""The page that Prometheus reads: rtpengine's names, and ours."""
