"""Transformers for vatic: model files, and an integer reference of what the engine computes."""
