"""The detector service: the engine behind HTTP, in a process of its own, without Django and without a database."""
