"""Simulated chips, bus adapter and bed, written from the datasheet facts."""
