"""What the tests compare with: the same mathematics written another way, and numbers that PyTorch computed."""
