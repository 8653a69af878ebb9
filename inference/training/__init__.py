"""Training: from pictures with boxes to a detector that the engine runs. Needs PyTorch; knows no Django."""
