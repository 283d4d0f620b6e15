"""What a page says, worked out before any template sees it."""
