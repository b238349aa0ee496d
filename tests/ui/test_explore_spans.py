"""The slider of a part of a clip: what is moved stays moved."""

from streamlit.testing.v1 import AppTest


def _page():
    from ui.explore import spans

    spans.controls(duration_s=3.0)


def test_a_moved_handle_is_not_moved_back_while_the_page_is_drawn():
    app = AppTest.from_function(_page).run()
    slider = app.slider[0].set_value((0.5, 2.0)).run().slider[0]
    assert slider.value == (0.5, 2.0) and app.query_params["t"] == "0.50-2.00"
    # Else the browser takes the server's value, although its visitor may have moved the handle on meanwhile.
    assert not slider.proto.set_value


def test_the_slider_follows_the_address_and_the_button():
    app = AppTest.from_function(_page)
    app.query_params["t"] = "0.50-1.25"
    assert app.run().slider[0].value == (0.5, 1.25)
    # Told with every run, for a slow browser may draw the second alone.
    assert list(app.run().slider[0].proto.default) == [0.5, 1.25]
    assert app.button[-1].click().run().slider[0].value == (0.0, 3.0)
