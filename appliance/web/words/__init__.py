"""Sentences for people: plain, short, kind, and no promise of health."""
