"""The lab of the demo and the measurements, as far as it starts nothing."""
