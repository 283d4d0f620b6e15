"""I2C bytes to physical samples on one 100 Hz time line."""
