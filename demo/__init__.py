"""A demo city and the main job on it, over the same doors that a city would use."""
