"""The Train page: choose a run, watch it, and see what came of it."""
