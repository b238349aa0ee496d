"""The Compare page: one module per view, and what they share."""
