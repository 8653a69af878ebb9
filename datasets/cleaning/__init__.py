"""Finding what a dataset is better without: pictures that look alike, and rules on what was measured. Pure."""
