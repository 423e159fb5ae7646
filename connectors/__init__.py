"""Connectors: what departments deliver, as bytes, becomes Arrow tables in which every column is text."""
