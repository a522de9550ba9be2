"""Pi Security Camera: a motion alert becomes a photo."""
