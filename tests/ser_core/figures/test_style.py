import plotly.graph_objects as go

from ser_core.figures.style import finish, plain_title, titles, to_html


def test_long_titles_break_into_lines_that_take_their_room():
    short = finish(go.Figure(), title="Short", height=300)
    long = finish(go.Figure(), title="word " * 20 + "<br><sup>note &amp; more</sup>", height=300)
    assert all(len(line) < 60 for line in long.layout.title.text.split("<br>")[:-1])
    assert long.layout.margin.t > short.layout.margin.t
    assert plain_title(long) == "word " * 19 + "word; note & more"


def test_no_title_takes_no_room():
    figure = finish(go.Figure(), title=None, height=300)
    assert figure.layout.title.text is None
    assert figure.layout.margin.t < 20
    assert plain_title(figure) == ""


def test_names_outside_the_set_are_shown_as_they_are():
    assert titles(["sad", "unknown"]) == ["Sad", "unknown"]


def test_html_needs_no_network():
    page = to_html(go.Figure(go.Bar(x=["a"], y=[1])))
    assert 'src="http' not in page
    assert "Plotly.newPlot" in page
