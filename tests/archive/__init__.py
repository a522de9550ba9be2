"""Where photos lie: real files."""
