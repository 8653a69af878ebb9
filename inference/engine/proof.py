"""What a self-test can say of a model, and which settings it tries: words that need no engine to be read."""

# It sees what is there; it sees nothing; it sees far more than a picture can hold.
PLAUSIBLE, NOTHING, TOO_MANY = "plausible", "nothing_found", "too_many"
# More boxes in one picture are noise.
MOST_BOXES = 300
# The settings that no graph tells.
FEED = ("channel_order", "scale", "mean", "std")
