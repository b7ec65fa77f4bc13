"""Whole evenings in a real browser, against a real server: what people do, press and see."""
