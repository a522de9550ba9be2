"""`camera.record` and its neighbours, as automations call them."""
