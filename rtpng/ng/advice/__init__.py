"""What the words of a proxy's script do, which do nothing, and which are probably a mistake."""
