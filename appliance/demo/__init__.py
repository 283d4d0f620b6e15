"""A night without hardware: simulated sleepers and chips under the shipped recorder."""
