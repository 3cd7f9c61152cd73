"""One module per rtpng sub-command."""
