"""Past questions and answers from elsewhere: imported, marked so, read beside the questions asked here."""
