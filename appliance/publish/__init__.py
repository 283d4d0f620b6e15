"""Publishing to home automation: topics, payloads, delivery, commands."""
