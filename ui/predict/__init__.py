"""What the Predict page is made of: `page` puts it together, and each view is a module with ``show()``."""
