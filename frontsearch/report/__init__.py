"""Comparison to figures, tables and one HTML page; decides nothing."""
