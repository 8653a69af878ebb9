"""The detector that comes with the product: a file beside its card, trained on the harbour by this repository."""
