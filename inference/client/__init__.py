"""How this process reaches the engine: in its own limited children, or in the detector service."""
