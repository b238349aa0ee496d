"""Long recordings: where somebody speaks, how each stretch sounds, and the whole as a timeline.

Examples
--------
>>> from ser_core.serving import Predictor
>>> timeline = make_timeline("meeting.mp3", Predictor.load())  # doctest: +SKIP
>>> timeline.segments[0].label  # doctest: +SKIP
'neutral'
"""

from ser_core.recordings.export import FORMATS, export
from ser_core.recordings.segment import Segment, Timeline
from ser_core.recordings.smoothing import smooth
from ser_core.recordings.spans import Cutting, Span
from ser_core.recordings.timeline import make_timeline, segments

__all__ = ["FORMATS", "Cutting", "Segment", "Span", "Timeline", "export", "make_timeline", "segments", "smooth"]
