"""Language models, asked over real connections."""
