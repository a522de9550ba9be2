"""The tests, in rings: capture (plain functions), runners and archive (real processes and files), the rest with all."""
