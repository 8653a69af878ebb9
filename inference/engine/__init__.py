"""The detection engine: model files in, boxes out. Knows nothing of Django or of the other apps."""
