"""Tests of the stand-in for the camera programs, against what the real ones did."""
