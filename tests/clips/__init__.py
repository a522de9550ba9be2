"""Clips: frames in, a file out, without Home Assistant."""
