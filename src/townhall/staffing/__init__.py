"""Who does what on the evening: posts, people, stand-ins, check-in, things needed."""
