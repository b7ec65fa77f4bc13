"""One main venue and the branch venues: contact, link, check-in, state."""
