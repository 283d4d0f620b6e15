"""Samples to movements to scores: pure, arrays in, records out."""
