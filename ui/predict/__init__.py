"""What the Predict page is made of: `page` puts it together, and each view is a module with ``show()``.

Every prediction that a view shows is recorded by `remember` or `remember_all`.
"""

from ui.predict.kept import remember, remember_all

__all__ = ["remember", "remember_all"]
