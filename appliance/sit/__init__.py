"""The evening test (suggested immobilisation test): guided start, its hour, its questions."""
