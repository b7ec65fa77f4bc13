"""Citizens who watch on the spot (网民代表): application, lot, invitation, attendance, talk."""
