"""The rtpng command line: thin click commands that ask a daemon over ng and print."""

DISTRIBUTION = "rtpng"
