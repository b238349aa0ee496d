"""What the pages share: the frame around each page, its look, cached data, and panels for what is missing."""
