"""The demo project: pictures that ModelShip draws itself, with boxes that are right."""
