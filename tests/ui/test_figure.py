"""Figures on a page: without their title, and as tall as those beside them."""

import plotly.graph_objects as go
import pytest

from ser_core.figures.marks import headed
from ui import figure as shown


def drawn(plot_px: int, title: str = "Short", **options) -> go.Figure:
    return headed(go.Figure(go.Scatter(name="SVM")), title=title, note="60 clips", plot_px=plot_px, **options)


def plot_px(figure: go.Figure) -> float:
    return figure.layout.height - figure.layout.margin.t - figure.layout.margin.b


def test_figures_side_by_side_are_as_tall_as_each_other():
    low, tall = drawn(110, title="long " * 30), drawn(300)
    height = shown.level(low, tall)
    assert height < tall.layout.height
    made = [shown._without_title(each, height) for each in (low, tall)]
    assert [each.layout.height for each in made] == [height, height]
    assert plot_px(made[0]) == plot_px(made[1]) == plot_px(shown._without_title(tall, None)) == 300
    # The figures themselves are shared between visitors, who may see others beside them.
    assert plot_px(low) == 110 and plot_px(shown._without_title(low, None)) == 110
    assert shown._without_title(low, height) is made[0]


def test_a_legend_keeps_its_distance_from_a_taller_plot():
    low = drawn(100, legend_rows=2)
    made = shown._without_title(low, shown.level(low) + 150)
    assert plot_px(made) == 250
    assert made.layout.legend.y * 250 == pytest.approx(low.layout.legend.y * 100)
