"""Measurements of the real agent; none is part of the tests."""
