"""Helpers of the tests: a private PostgreSQL, a real server process, a browser, and the count of skipped tests."""
