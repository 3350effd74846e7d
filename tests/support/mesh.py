"""Fixtures; being written."""
