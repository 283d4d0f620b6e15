"""The running device: the only folder with files, sockets, threads, clocks and users."""
