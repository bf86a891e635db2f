"""What a network and its parameters are: plain values."""
