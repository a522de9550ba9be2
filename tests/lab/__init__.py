"""The lab of the demo and the measurements, without a Home Assistant."""
