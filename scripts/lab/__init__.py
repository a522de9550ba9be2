"""A whole house on one machine: a broker, a camera and a real Home Assistant with the integration.

`demo` shows it, `bench` measures it.
"""
