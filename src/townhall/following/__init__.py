"""Who asked to hear of one promise, one unit or one subject; and askers, when their own promise changes.

A reader of the journal. What is told is kept as a reference (a step, an answer, a promise) and worded when it
leaves, from what is public at that moment: what was covered meanwhile does not go out.
"""
