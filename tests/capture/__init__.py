"""What is decided: plain functions, no Home Assistant."""
