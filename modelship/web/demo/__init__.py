"""The sample project: a harbour that ModelShip draws itself and its own detector labels."""
