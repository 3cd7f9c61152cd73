"""What is sent to other programs of the operator: RTCP and ng to Homer, statistics to Graphite."""
