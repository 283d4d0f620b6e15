"""`plms record`: sensors to nights. The only part that owns buses, threads and the lock."""
