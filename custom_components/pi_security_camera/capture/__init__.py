"""What is decided, in plain Python: no Home Assistant, no clock, no input or output."""
