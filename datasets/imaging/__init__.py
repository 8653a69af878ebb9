"""Pictures as untrusted bytes: what they are, whether they may enter, and their upright renditions. Pillow, and libvips for the largest."""
