"""How commands are run: real child processes."""
