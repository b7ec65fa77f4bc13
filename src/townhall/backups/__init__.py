"""Backups somebody can trust: made, copied on, restored and proven. Knows files and databases, no table."""
