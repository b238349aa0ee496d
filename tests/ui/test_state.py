"""A choice stands in the address under its own name and lasts."""

from streamlit.testing.v1 import AppTest


def script():
    from ui import state

    chosen = state.choice("Which?", ["one", "two"], key="which", format_func=str.upper)
    import streamlit as st

    st.text(chosen)


def app(**query) -> AppTest:
    test = AppTest.from_function(script, default_timeout=60)
    for key, value in query.items():
        test.query_params[key] = value
    return test


def test_the_first_is_the_default_and_keeps_the_address_clean():
    test = app().run()
    assert test.text[0].value == "one" and "which" not in test.query_params


def test_the_address_decides():
    assert app(which="two").run().text[0].value == "two"


def test_an_address_that_means_nothing_is_put_right():
    test = app(which="seven").run()
    assert test.text[0].value == "one" and "which" not in test.query_params


def test_the_address_follows_the_choice():
    test = app().run()
    test.segmented_control[0].set_value("two").run()
    assert test.query_params["which"] == "two"
    test.segmented_control[0].set_value("one").run()
    assert "which" not in test.query_params


def test_the_choice_lasts_when_the_page_is_left():
    test = app()
    test.session_state["kept-which"] = "two"
    assert test.run().text[0].value == "two"


def two_pages():
    import streamlit as st

    from ui import state

    if st.toggle("Other page"):
        state.choice("View", ["a", "b"], key="view", page="other-", format_func=str.upper)
    else:
        st.text(state.choice("View", ["one", "two"], key="view", page="this-", format_func=str.upper))


def test_pages_remember_choices_of_one_name_apart():
    test = AppTest.from_function(two_pages, default_timeout=60).run()
    test.segmented_control[0].set_value("two").run()
    test.toggle[0].set_value(True).run()
    test.query_params.clear()
    test.toggle[0].set_value(False).run()
    assert test.text[0].value == "two"


def test_a_kept_choice_that_is_gone_falls_back():
    test = app()
    test.session_state["kept-which"] = "seven"
    assert test.run().text[0].value == "one"


def many():
    import streamlit as st

    from ui import state

    options = ["one", "two", "three"]
    chosen = state.choices("Which?", options, key="which", default=["one", "two"], format_func=str.upper)
    st.text(" ".join(chosen))
    st.button("three", on_click=state.choose, args=("which", ["three"]))


def several(**query) -> AppTest:
    test = AppTest.from_function(many, default_timeout=60)
    for key, value in query.items():
        test.query_params[key] = value
    return test.run()


def test_several_begin_with_the_default_and_keep_the_address_clean():
    test = several()
    assert test.text[0].value == "one two" and "which" not in test.query_params


def test_several_come_from_the_address_in_their_own_order():
    test = several(which=["three", "one", "nonsense"])
    assert test.text[0].value == "one three"
    assert test.query_params["which"] == ["one", "three"]


def test_a_choice_of_none_is_the_default():
    test = several(which="nonsense")
    assert test.text[0].value == "one two" and "which" not in test.query_params


def test_several_can_be_set_by_a_callback():
    test = several()
    test.button[0].click().run()
    assert test.text[0].value == "three" and test.query_params["which"] == "three"


def test_every_run_tells_the_browser_what_is_chosen():
    """A slow browser may be told the next run before it has drawn one: it sent back that nothing was chosen."""
    assert list(app(which="two").run().run().segmented_control[0].proto.default) == [1]
    assert list(several(which=["one", "three"]).run().pills[0].proto.default) == [0, 2]
