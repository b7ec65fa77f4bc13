"""The edge: streams, hot pages as ready bytes, asking under load; the only asynchronous code."""
